//! `<Redirect>`, `<Hangup>` and `<Reject>`: what ends a document.

use super::{Address, Flow, Goto};
use crate::live::leg::{Interrupt, Leg};
use crate::twiml::TwimlError;
use crate::twiml::attributes::Attributes;
use crate::twiml::xml::Element;

/// `<Redirect>`: goes on with another document.
#[derive(Clone, Debug)]
pub(crate) struct Redirect(Address);

impl Redirect {
    pub(crate) fn read(element: &Element) -> Result<Self, TwimlError> {
        let mut attributes = Attributes::of(element);
        let method = attributes.method("method")?;
        attributes.finish()?;
        Ok(Self(Address::new(&element.text_only()?, method)))
    }

    pub(crate) async fn run(&self, leg: &mut Leg) -> Result<Flow, Interrupt> {
        let hook = self.0.resolve(leg).await?;
        Ok(Flow::Goto(Goto { hook, params: Vec::new() }))
    }
}

pub(crate) fn read_end(element: &Element) -> Result<(), TwimlError> {
    let mut attributes = Attributes::of(element);
    if element.name == "Reject" {
        attributes.one_of("reason", &["rejected", "busy"])?;
    }
    attributes.finish()?;
    element.empty()
}
