//! Time on a leg: it passes until something breaks it off, and meanwhile the person speaks and hears.

use std::time::{Duration, Instant};

use serde_json::json;

use super::leg::{Act, Doing, Interrupt, Leg};
use crate::people::behaviour::{Act as Does, Screening, Talk};
use crate::people::draw::seconds;
use crate::rooms;
use crate::twilio::call::{Did, Heard, Listener, Sound, Steer};
use crate::twiml::spoken;

/// As long as it takes: longer than any call.
pub(crate) const FOREVER: Duration = Duration::from_secs(30 * 86_400);

/// Call screening that has not been decided yet.
#[derive(Clone, Debug)]
pub(crate) struct Screened {
    asked_at: Duration,
    wants: Screening,
    answered: bool,
}

impl Leg {
    /// Lets this much network time pass, unless something happens first.
    pub(crate) async fn wait(&mut self, span: Duration) -> Result<(), Interrupt> {
        let until = self.elapsed() + span;
        loop {
            let mut next = until;
            let mut interrupt = None;
            let events = [
                (self.limit_at, Interrupt::TimeLimit),
                (self.leaves_at, Interrupt::HungUp),
                (self.dial_limit_at, Interrupt::DialLimit),
                (self.key_at, Interrupt::Key),
            ];
            for (at, event) in events {
                if let Some(at) = at.filter(|at| *at < next) {
                    next = at;
                    interrupt = Some(event);
                }
            }
            let act_at = self.acts.iter().map(|act| act.at).min().filter(|at| *at <= next);
            self.sleep_until(act_at.unwrap_or(next)).await?;
            match (act_at, interrupt) {
                (Some(at), _) => self.act(at)?,
                (None, Some(Interrupt::Key)) => {
                    self.key_at = None;
                    return Err(Interrupt::Key);
                }
                (None, Some(interrupt)) => {
                    self.line_died = self.line_dies_at.is_some_and(|dies| dies <= self.elapsed());
                    return Err(interrupt);
                }
                (None, None) => return Ok(()),
            }
        }
    }

    async fn sleep_until(&mut self, until: Duration) -> Result<(), Interrupt> {
        loop {
            let speed = self.time.speed();
            let nap = speed.real(until.saturating_sub(self.elapsed()));
            let began = Instant::now();
            tokio::select! {
                biased;
                Some(steer) = self.steer.recv() => {
                    self.time.advance(speed.network(began.elapsed().min(nap)));
                    self.steered(steer)?;
                }
                () = tokio::time::sleep(nap) => break,
            }
        }
        self.time.advance_to(until);
        Ok(())
    }

    fn steered(&mut self, steer: Steer) -> Result<(), Interrupt> {
        match steer {
            Steer::Complete => Err(Interrupt::Ended),
            Steer::Cancel if self.answered_at.is_none() => Err(Interrupt::Ended),
            Steer::Cancel => Ok(()),
            Steer::Redirect { source, fallback } => {
                self.key_at = None;
                self.fallback = fallback.or(self.fallback.take());
                Err(Interrupt::Redirect(Box::new(source)))
            }
            Steer::Status(hook) => {
                self.reports_to = Some(hook);
                Ok(())
            }
            Steer::Hear(sound) => {
                self.hear(sound);
                Ok(())
            }
            Steer::Changed { room } if self.space.as_ref() == Some(&room) => Err(Interrupt::Changed),
            Steer::Out { room } if self.space.as_ref() == Some(&room) => Err(Interrupt::Out),
            Steer::Announce { room, announcement } if self.space.as_ref() == Some(&room) => {
                Err(Interrupt::Announce(announcement))
            }
            // News of a conference that this call has left already.
            Steer::Changed { .. } | Steer::Out { .. } | Steer::Announce { .. } => Ok(()),
            Steer::Child { sid, news } if self.dialling => Err(Interrupt::Child(sid, news)),
            Steer::Bridged if self.meeting => Err(Interrupt::Bridged),
            // News of a call that was given up, and of one that gave up.
            Steer::Child { .. } | Steer::Bridged => Ok(()),
        }
    }

    /// Hears what comes from elsewhere.
    pub(crate) fn hear(&mut self, sound: Sound) {
        let Sound { kind, content, from, length } = sound;
        self.answer_the_screening();
        let began_seconds = self.at();
        let heard = Heard {
            kind,
            content,
            from,
            began_seconds,
            seconds: length.as_secs_f64(),
            cut_short: false,
            by: self.listener(self.elapsed()),
        };
        self.note("call.heard", json!(heard));
        self.net.report(&self.sid, |report| report.heard.push(heard));
    }

    /// What was said to it before it was over, and nobody had time to note.
    pub(crate) fn hear_the_last(&mut self) {
        while let Ok(steer) = self.steer.try_recv() {
            if let Steer::Hear(sound) = steer {
                self.hear(sound);
            }
        }
    }

    fn listener(&self, began: Duration) -> Listener {
        match (self.mailbox_at, &self.screened) {
            (Some(opens), _) if began >= opens => Listener::Mailbox,
            (Some(_), _) => Listener::Greeting,
            (None, Some(_)) => Listener::Screener,
            (None, None) => Listener::Person,
        }
    }

    /// Plays something, which whoever is on the line hears.
    pub(crate) async fn play(
        &mut self,
        kind: &'static str,
        content: String,
        length: Duration,
    ) -> Result<(), Interrupt> {
        let began = self.elapsed();
        let by = self.listener(began);
        let began_seconds = self.at();
        self.answer_the_screening();
        self.playing = true;
        let result = self.wait(length).await;
        self.playing = false;
        let seconds = self.elapsed().saturating_sub(began).as_secs_f64();
        let cut_short = result.is_err();
        // What is broken off before its first sound was heard by nobody.
        if seconds > 0.0 || length.is_zero() {
            let heard = Heard { kind, content, from: None, began_seconds, seconds, cut_short, by };
            self.note("call.heard", json!(heard));
            self.net.report(&self.sid, |report| report.heard.push(heard));
        }
        result
    }

    /// Notes what the called side did.
    pub(crate) fn did(&mut self, what: &'static str, content: String) {
        let heard_by = match (&self.space, what) {
            (Some(space), "said") => rooms::speak(&self.net, space, &self.sid, &content, spoken(&content)),
            _ => Vec::new(),
        };
        let did = Did { what, content, at_seconds: self.at(), heard_by };
        self.note("call.did", json!(did));
        self.net.report(&self.sid, |report| report.did.push(did));
    }

    /// Does what is due at this time; an interrupt where that ends what is going on.
    fn act(&mut self, at: Duration) -> Result<(), Interrupt> {
        let Some(index) = self.acts.iter().position(|act| act.at == at) else { return Ok(()) };
        match self.acts.swap_remove(index).doing {
            Doing::Say(text) => {
                self.did("said", text.clone());
                let takes = spoken(&text);
                if self.listens { Err(Interrupt::Said(text, takes)) } else { Ok(()) }
            }
            Doing::Press(key) => {
                self.did("pressed", key.to_string());
                if key == '*' && self.star_hangs_up { Err(Interrupt::Star) } else { Ok(()) }
            }
            Doing::Ask(question) => {
                self.did("said", question.clone());
                if self.listens {
                    return Err(Interrupt::Said(question, Duration::ZERO));
                }
                // Whoever speaks on has answered.
                if self.playing {
                    self.answer_the_screening();
                }
                Ok(())
            }
            Doing::Decide => self.decide_the_screening(),
        }
    }

    /// The assistant of call screening asks its question while everything else goes on.
    pub(crate) fn screen(&mut self, wants: &Screening) {
        let asked_at = self.elapsed() + seconds(wants.question_seconds);
        self.acts.push(Act { at: asked_at, doing: Doing::Ask(wants.question.clone()) });
        self.screened = Some(Screened { asked_at, wants: wants.clone(), answered: false });
    }

    /// Whatever the assistant hears once it has asked is an answer.
    fn answer_the_screening(&mut self) {
        let now = self.elapsed();
        let Some(screened) = self.screened.as_mut().filter(|it| !it.answered && now >= it.asked_at) else {
            return;
        };
        screened.answered = true;
        let at = now + seconds(screened.wants.decides_after_seconds);
        self.leaves_at = None;
        self.acts.push(Act { at, doing: Doing::Decide });
    }

    fn decide_the_screening(&mut self) -> Result<(), Interrupt> {
        match self.screened.take() {
            Some(screened) if screened.wants.accepts => {
                self.did("took_the_call", String::new());
                Ok(())
            }
            Some(_) => Err(Interrupt::HungUp),
            None => Ok(()),
        }
    }

    /// From here on the person can hear somebody: what they do in this conversation.
    pub(crate) fn begin_talk(&mut self) {
        if self.talking {
            return;
        }
        self.talking = true;
        let talk = match self.talks.len() {
            0 => Talk::default(),
            1 => self.talks.front().cloned().unwrap_or_default(),
            _ => self.talks.pop_front().unwrap_or_default(),
        };
        let now = self.elapsed();
        for act in &talk.acts {
            let (doing, after_seconds) = match act {
                Does::Say { text, after_seconds } => (Doing::Say(text.clone()), after_seconds),
                Does::Press { key, after_seconds } => (Doing::Press(*key), after_seconds),
            };
            self.acts.push(Act { at: now + seconds(*after_seconds), doing });
        }
        self.stays_until = self.leaves_at;
        let ends = [talk.hangs_up_after_seconds, talk.line_dies_after_seconds];
        let [hangs_up, dies] = ends.map(|after| after.map(|after| now + seconds(after)));
        self.line_dies_at = dies;
        self.leaves_at = [self.leaves_at, hangs_up, dies].into_iter().flatten().min();
    }

    /// The conversation is over, the call perhaps not.
    pub(crate) fn end_talk(&mut self) {
        if std::mem::take(&mut self.talking) {
            self.leaves_at = self.stays_until.take();
            self.line_dies_at = None;
            self.acts.retain(|act| matches!(act.doing, Doing::Ask(_) | Doing::Decide));
        }
    }
}
