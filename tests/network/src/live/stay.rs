//! A call's stay in a conference: waiting, on hold, talking, until something ends it.

use super::leg::{Interrupt, Leg};
use super::wait::FOREVER;
use crate::live::document::Aside;
use crate::rooms::{self, Joining, Left, Refused, Stage, View, Wait};
use crate::twilio::call::Announcement;
use crate::twilio::form::Hook;

/// What a call on hold hears where nobody says what.
const MUSIC: &str = "hold music";

/// How a stay ended, where the call goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stayed {
    /// The conference ended, they were removed, pressed the star, or the time was up.
    Left,
    /// They never got in, or what they were to hear while waiting could not be had.
    Failed,
}

impl Leg {
    /// Joins a conference and stays in it.
    pub(crate) async fn stay(&mut self, joining: &Joining) -> Result<Stayed, Interrupt> {
        let (account, person) = (self.account.clone(), self.person().to_owned());
        let entered = rooms::enter(&self.net, &account, joining, &self.sid, &person, Stage::Joined);
        let sid = match entered {
            Ok(sid) => sid,
            Err(Refused { code, message }) => {
                self.net.journal.alert(code, message, &self.sid, None);
                return Ok(Stayed::Failed);
            }
        };
        // It has joined, so that its end is no failure to.
        self.room = None;
        self.space = Some(sid.clone());
        let interrupt = self.converse(&sid).await;
        self.end_talk();
        self.space = None;
        let goes_on = matches!(interrupt, Interrupt::Star | Interrupt::DialLimit | Interrupt::NoWait);
        let (why, status) = match (&interrupt, goes_on) {
            (Interrupt::Redirect(_), _) => (Left::ParticipantUpdatedViaApi, "in-progress"),
            (_, true) => (Left::ParticipantHungUp, "in-progress"),
            (_, false) => (Left::ParticipantHungUp, "completed"),
        };
        // Nothing where the conference has let go of it already.
        rooms::leave(&self.net, &sid, &self.sid, why, status);
        match (&interrupt, goes_on) {
            (Interrupt::NoWait, _) => Ok(Stayed::Failed),
            (Interrupt::Out, _) | (_, true) => Ok(Stayed::Left),
            (_, false) => Err(interrupt),
        }
    }

    async fn converse(&mut self, sid: &str) -> Interrupt {
        loop {
            let result = match rooms::view(&self.net, sid, &self.sid) {
                View::Gone => return Interrupt::Out,
                View::Waiting(wait) => self.pass_time(&wait).await,
                View::Held(wait) => match self.pass_time(&wait).await {
                    // Whoever is in it stays in it, in silence.
                    Err(Interrupt::NoWait) => self.wait(FOREVER).await,
                    result => result,
                },
                View::Talking => {
                    self.begin_talk();
                    self.wait(FOREVER).await
                }
            };
            match result {
                Ok(()) | Err(Interrupt::Changed | Interrupt::Key) => {}
                Err(Interrupt::Announce(Announcement { hook, told })) => {
                    let played = self.aside("announce", &hook, Aside::Once).await;
                    if told {
                        let failed = matches!(played, Err(Interrupt::NoWait));
                        rooms::announced(&self.net, sid, &self.sid, hook.url.as_str(), failed);
                    }
                    match played {
                        Ok(()) | Err(Interrupt::Changed | Interrupt::NoWait) => {}
                        Err(interrupt) => return interrupt,
                    }
                }
                Err(interrupt) => return interrupt,
            }
        }
    }

    async fn pass_time(&mut self, wait: &Wait) -> Result<(), Interrupt> {
        match wait {
            Wait::Music => self.play("music", MUSIC.to_owned(), FOREVER).await,
            Wait::Silence => self.wait(FOREVER).await,
            Wait::At(hook) => {
                self.aside("wait", hook, Aside::UntilChanged).await?;
                // Once the document runs out of verbs there is silence.
                self.wait(FOREVER).await
            }
        }
    }

    /// Plays what is found at an address beside the call's instructions: audio, or a document of the few verbs
    /// that are allowed there.
    async fn aside(&mut self, purpose: &'static str, hook: &Hook, aside: Aside) -> Result<(), Interrupt> {
        let document_url = self.document_url.clone();
        let result = self.follow_aside(purpose, hook, aside).await;
        self.document_url = document_url;
        result
    }
}
