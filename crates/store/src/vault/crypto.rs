//! AES-256-GCM by ring, which TLS has linked already: a version, a random nonce, the sealed text and its tag.
//!
//! Nonces are random, 96 bits. A profile's key seals a few texts in its life, a tenant's key one per contact: far below
//! the 2³² at which two nonces of one key might meet.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

pub(super) const KEY_BYTES: usize = 32;
pub(super) const NONCE_BYTES: usize = 12;

/// Of everything sealed here, so that another algorithm can come.
const VERSION: u8 = 1;

/// A key that is ready for use.
pub(super) struct SealingKey(LessSafeKey);

impl SealingKey {
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Self {
        // ring refuses other lengths alone.
        let key = UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are a key");
        Self(LessSafeKey::new(key))
    }

    /// Seals a text; `about` is bound to it without being in it.
    pub(super) fn seal(&self, nonce: [u8; NONCE_BYTES], about: &[u8], text: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + text.len() + AES_256_GCM.tag_len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(text);
        let (_, text) = sealed.split_at_mut(1 + NONCE_BYTES);
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(about), text)
            .expect("texts are shorter than 64 GB");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what was sealed about the same.
    pub(super) fn open(&self, about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, text) = rest.split_at_checked(NONCE_BYTES)?;
        if *version != VERSION {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let length = self.0.open_in_place(nonce, Aad::from(about), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_about_the_same_and_untouched() {
        let key = SealingKey::new(&[7; KEY_BYTES]);
        let sealed = key.seal([1; NONCE_BYTES], b"acme con_1 profile", b"Ada Example");
        assert!(!sealed.windows(3).any(|three| three == b"Ada"));
        assert_eq!(key.open(b"acme con_1 profile", &sealed).as_deref(), Some(&b"Ada Example"[..]));
        assert_eq!(key.open(b"acme con_2 profile", &sealed), None, "somebody else's");
        assert_eq!(
            SealingKey::new(&[8; KEY_BYTES]).open(b"acme con_1 profile", &sealed),
            None,
            "another key"
        );
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(b"acme con_1 profile", &changed), None, "byte {at}");
        }
        for length in 0..sealed.len() {
            assert_eq!(key.open(b"acme con_1 profile", &sealed[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn it_is_the_algorithm_that_everybody_knows() {
        // NIST's GCM test vectors, AES-256, case 14: an all-zero key, nonce and block.
        let key = SealingKey::new(&[0; KEY_BYTES]);
        let sealed = key.seal([0; NONCE_BYTES], b"", &[0; 16]);
        let hex: String = sealed[1 + NONCE_BYTES..].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    }
}
