//! A well-formed XML document as a tree, or error 12100.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::TwimlError;

/// An element with its attributes and content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Node>,
}

/// What an element contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// The children of an element that may not contain text.
    pub(crate) fn elements_only(&self) -> Result<impl Iterator<Item = &Element>, TwimlError> {
        let stray = self.children.iter().any(|node| match node {
            Node::Text(text) => !text.trim().is_empty(),
            Node::Element(_) => false,
        });
        if stray {
            return Err(TwimlError::schema(format!("<{}> may not contain text", self.name)));
        }
        Ok(self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        }))
    }

    /// The text of an element that may contain nothing else, trimmed.
    pub(crate) fn text_only(&self) -> Result<String, TwimlError> {
        let mut all = String::new();
        for node in &self.children {
            match node {
                Node::Text(text) => all.push_str(text),
                Node::Element(child) => {
                    let message = format!("<{}> may not contain <{}>", self.name, child.name);
                    return Err(TwimlError::schema(message));
                }
            }
        }
        Ok(all.trim().to_owned())
    }

    /// An element that must have no content.
    pub(crate) fn empty(&self) -> Result<(), TwimlError> {
        match self.text_only()?.is_empty() {
            true => Ok(()),
            false => Err(TwimlError::schema(format!("<{}> must be empty", self.name))),
        }
    }
}

/// Reads a document with exactly one root.
pub(crate) fn read(text: &str) -> Result<Element, TwimlError> {
    let mut reader = Reader::from_str(text);
    // The bottom stands for the document itself, so that there is always something to add to.
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| {
            TwimlError::parse(format!("not well-formed at byte {}: {error}", reader.error_position()))
        })?;
        match event {
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => {
                let child = element(&start)?;
                add(&mut open, Node::Element(child));
            }
            Event::End(_) => {
                if let Some(child) = open.pop() {
                    add(&mut open, Node::Element(child));
                }
            }
            Event::Text(text) => add(&mut open, Node::Text(text.xml10_content().into_owned())),
            Event::CData(text) => add(&mut open, Node::Text(text.xml10_content().into_owned())),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|e| TwimlError::parse(e.to_string()))?;
                let text = match character {
                    Some(character) => character.to_string(),
                    None => resolve_predefined_entity(&reference)
                        .ok_or_else(|| TwimlError::parse("an entity is not declared"))?
                        .to_owned(),
                };
                add(&mut open, Node::Text(text));
            }
            Event::DocType(_) => return Err(TwimlError::parse("a document type is not allowed")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    root(open)
}

fn root(mut open: Vec<Element>) -> Result<Element, TwimlError> {
    let document = match (open.pop(), open.is_empty()) {
        (Some(document), true) => document,
        (Some(element), false) => {
            return Err(TwimlError::parse(format!("<{}> is not closed", element.name)));
        }
        (None, _) => return Err(TwimlError::parse("more is closed than was opened")),
    };
    let mut roots = Vec::new();
    for node in document.children {
        match node {
            Node::Element(element) => roots.push(element),
            Node::Text(text) if text.trim().trim_start_matches('\u{feff}').is_empty() => {}
            Node::Text(_) => return Err(TwimlError::parse("text outside the root element")),
        }
    }
    match (roots.pop(), roots.is_empty()) {
        (Some(root), true) => Ok(root),
        (Some(_), false) => Err(TwimlError::parse("more than one root element")),
        (None, _) => Err(TwimlError::parse("the document is empty")),
    }
}

fn add(open: &mut [Element], node: Node) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(node);
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, TwimlError> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| TwimlError::parse(error.to_string()))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| TwimlError::parse(error.to_string()))?;
        attributes.push((AsRef::<str>::as_ref(&attribute.key).to_owned(), value.into_owned()));
    }
    Ok(Element { name: AsRef::<str>::as_ref(&start.name()).to_owned(), attributes, children: Vec::new() })
}
