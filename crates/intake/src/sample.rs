//! Contact lists as they come in real life, made from a seed. See [`contacts`].
