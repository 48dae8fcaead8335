//! Calls that dial others: the one that dials, and the ones that are dialled.

use std::collections::HashMap;
use std::time::Duration;

use super::leg::{Interrupt, Leg};
use super::place::{place, refused};
use super::wait::FOREVER;
use crate::rooms;
use crate::twilio::call::{ChildNews, Direction, Status, Steer};
use crate::twilio::create::{CreateCall, Detection, Source, StatusHook};
use crate::twilio::form::Hook;

/// Somebody to dial.
#[derive(Clone, Debug)]
pub(crate) struct Noun {
    /// A number, or `client:name`.
    pub(crate) to: String,
    /// What they hear before they are connected.
    pub(crate) whisper: Option<Hook>,
    pub(crate) status: Option<StatusHook>,
    pub(crate) send_digits: Option<String>,
    pub(crate) detection: Option<Detection>,
}

/// What came of dialling.
#[derive(Clone, Debug)]
pub(crate) struct Dialled {
    pub(crate) status: &'static str,
    pub(crate) sid: Option<String>,
    pub(crate) seconds: u64,
    pub(crate) bridged: bool,
}

/// Where a dialled call stands, as the one that dialled sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Child {
    Ringing,
    Answered,
    Over(Status, u64),
}

impl Leg {
    /// Dials them all; the first who answers is connected, the others ring no more.
    pub(crate) async fn dial_out(
        &mut self,
        nouns: &[Noun],
        from: &str,
        ring: Duration,
    ) -> Result<Dialled, Interrupt> {
        self.dialling = true;
        let mut children = HashMap::new();
        for noun in nouns {
            if let Some(sid) = self.dial_one(noun, from, ring) {
                children.insert(sid, Child::Ringing);
            }
        }
        let result = self.see_through(&mut children).await;
        self.dialling = false;
        for (sid, child) in &children {
            if matches!(child, Child::Ringing | Child::Answered) {
                self.net.steer(sid, Steer::Complete);
            }
        }
        result
    }

    fn dial_one(&self, noun: &Noun, from: &str, ring: Duration) -> Option<String> {
        let request = CreateCall {
            direction: Direction::OutboundDial,
            parent: Some(self.sid.clone()),
            to: noun.to.clone(),
            from: from.to_owned(),
            source: noun.whisper.clone().map_or(Source::Nothing, Source::Hook),
            fallback: None,
            status: noun.status.clone(),
            ring,
            time_limit: Duration::from_secs(14_400),
            send_digits: noun.send_digits.clone(),
            detection: noun.detection.clone(),
            record: None,
        };
        let settings = self.net.settings();
        let placed = refused(&self.net, &settings, &noun.to).and_then(|behaves| {
            place(&self.net, &self.account, &settings, request, behaves, Duration::ZERO, |_| Ok(None))
        });
        match placed {
            Ok(sid) => Some(sid),
            Err(error) => {
                // 13224: Twilio does not support calling this number.
                self.net.journal.alert(13224, error.message, &self.sid, None);
                None
            }
        }
    }

    async fn see_through(&mut self, children: &mut HashMap<String, Child>) -> Result<Dialled, Interrupt> {
        let mut bridged: Option<String> = None;
        let mut last = Dialled { status: "failed", sid: None, seconds: 0, bridged: false };
        while children.values().any(|child| !matches!(child, Child::Over(..))) {
            let result = match &bridged {
                None => self.play("ringback", String::new(), FOREVER).await,
                Some(_) => self.wait(FOREVER).await,
            };
            let (sid, news) = match result {
                Ok(()) | Err(Interrupt::Key) => continue,
                Err(Interrupt::Child(sid, news)) => (sid, news),
                Err(Interrupt::Star | Interrupt::DialLimit) if bridged.is_some() => {
                    self.hang_up_on(&mut bridged);
                    last.status = "completed";
                    break;
                }
                Err(Interrupt::Star) => continue,
                Err(interrupt) => {
                    self.hang_up_on(&mut bridged);
                    return Err(interrupt);
                }
            };
            let Some(child) = children.get_mut(&sid) else { continue };
            match news {
                ChildNews::Answered => {
                    *child = Child::Answered;
                    let ringing = children.iter().filter(|(_, child)| **child == Child::Ringing);
                    for (other, _) in ringing {
                        self.net.steer(other, Steer::Cancel);
                    }
                }
                ChildNews::Ready => {
                    rooms::bridge(&self.net, &self.sid, &sid);
                    self.net.steer(&sid, Steer::Bridged);
                    self.space = Some(self.sid.clone());
                    self.begin_talk();
                    last = Dialled { status: "completed", sid: Some(sid.clone()), seconds: 0, bridged: true };
                    bridged = Some(sid);
                }
                ChildNews::Left => {
                    *child = Child::Over(Status::Completed, 0);
                    self.hang_up_on(&mut bridged);
                }
                ChildNews::Over { status, seconds } => {
                    let answered = *child != Child::Ringing;
                    *child = Child::Over(status, seconds);
                    if bridged.as_ref() == Some(&sid) {
                        self.hang_up_on(&mut bridged);
                        last.seconds = seconds;
                    } else if !last.bridged && (answered || last.status != "completed") {
                        let status = status.in_callbacks();
                        last = Dialled { status, sid: Some(sid), seconds, bridged: false };
                    }
                }
            }
        }
        Ok(last)
    }

    /// They are not connected any more.
    fn hang_up_on(&mut self, bridged: &mut Option<String>) {
        if bridged.take().is_some() {
            rooms::part(&self.net, &self.sid);
            self.end_talk();
            self.space = None;
        }
    }

    /// A dialled call is ready: it meets the one that dialled it, and talks.
    pub(crate) async fn meet(&mut self, parent: &str) -> Interrupt {
        self.meeting = true;
        self.net.steer(parent, Steer::Child { sid: self.sid.clone(), news: ChildNews::Ready });
        let interrupt = loop {
            match self.wait(FOREVER).await {
                Ok(()) | Err(Interrupt::Key) => {}
                Err(Interrupt::Bridged) => {
                    self.space = Some(parent.to_owned());
                    self.begin_talk();
                }
                Err(interrupt) => break interrupt,
            }
        };
        self.meeting = false;
        self.end_talk();
        self.space = None;
        let Interrupt::Redirect(source) = interrupt else { return interrupt };
        self.net.steer(parent, Steer::Child { sid: self.sid.clone(), news: ChildNews::Left });
        self.follow(*source).await
    }
}
