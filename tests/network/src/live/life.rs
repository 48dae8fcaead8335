//! The life of one call: queued, dialled, ringing, picked up or not, and over.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc;

use super::courier;
use super::leg::{Interrupt, Leg};
use crate::clock::Timeline;
use crate::config::{Account, Settings};
use crate::people::amd;
use crate::people::behaviour::{Behaviour, Pickup};
use crate::people::draw::seconds;
use crate::rooms;
use crate::shared::Shared;
use crate::twilio::call::{ChildNews, Direction, EndedBy, Status, Steer};
use crate::twilio::create::{CreateCall, Detection};

/// How long Twilio takes to dial.
const DIALLING: Duration = Duration::from_millis(300);
/// From dialling to the first ring, or to the engaged tone.
const CONNECTING: Duration = Duration::from_millis(1_200);
/// From the end of a call to its recording.
const PROCESSING: Duration = Duration::from_millis(1_500);

/// All that a call needs to begin.
pub(crate) struct Start {
    pub(crate) net: Arc<Shared>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) account: Account,
    pub(crate) sid: String,
    pub(crate) attempt: u32,
    pub(crate) request: Arc<CreateCall>,
    pub(crate) behaviour: Behaviour,
    pub(crate) created_at: Timestamp,
    /// How long it waits for its turn, in real time.
    pub(crate) queued: Duration,
    pub(crate) steer: mpsc::UnboundedReceiver<Steer>,
    /// The conference that it is called into.
    pub(crate) room: Option<String>,
}

/// How a call ended.
struct End {
    status: Status,
    by: EndedBy,
    /// What the far end's switch said.
    sip: u16,
}

/// Lives a call.
pub(crate) async fn live(start: Start) {
    let behaviour = start.behaviour.clone();
    let queued = start.queued;
    let speed = start.settings.pace();
    let mut leg = Leg {
        mailbag: courier::start(Arc::clone(&start.net), speed),
        time: Timeline::beginning(start.created_at, speed),
        reports_to: start.request.status.clone(),
        fallback: start.request.fallback.clone(),
        net: start.net,
        settings: start.settings,
        account: start.account,
        sid: start.sid,
        attempt: start.attempt,
        request: start.request,
        steer: start.steer,
        status: Status::Queued,
        document_url: None,
        documents: 0,
        key_at: None,
        replies: VecDeque::new(),
        answered_at: None,
        leaves_at: None,
        limit_at: None,
        mailbox_at: None,
        screened: None,
        playing: false,
        acts: Vec::new(),
        listens: false,
        talks: VecDeque::new(),
        talking: false,
        stays_until: None,
        line_dies_at: None,
        line_died: false,
        space: None,
        room: start.room,
        caller: None,
        dialling: false,
        meeting: false,
        star_hangs_up: false,
        dial_limit_at: None,
        answered_by: None,
        sequence: 0,
    };
    // The queue is the account's rate in real seconds, which the speed does not change.
    let end = match (leg.request.direction, leg.wait(speed.network(queued)).await) {
        (Direction::Inbound, Ok(())) => leg.receive(&behaviour).await,
        (Direction::OutboundApi | Direction::OutboundDial, Ok(())) => leg.dial(&behaviour).await,
        (_, Err(_)) => canceled(),
    };
    leg.over(&end);
}

fn canceled() -> End {
    End { status: Status::Canceled, by: EndedBy::Api, sip: 487 }
}

fn not_connected(status: Status, sip: u16) -> End {
    End { status, by: EndedBy::NotConnected, sip }
}

impl Leg {
    fn stands(&mut self, status: Status) {
        self.status = status;
        let now = self.now();
        self.net.change(&self.sid, |call| {
            call.report.status = status;
            call.updated_at = now;
        });
        self.note("call.status", json!({"status": status, "at": now}));
    }

    async fn dial(&mut self, behaviour: &Behaviour) -> End {
        if self.wait(DIALLING).await.is_err() {
            return canceled();
        }
        let now = self.now();
        self.net.report(&self.sid, |report| report.started_at = Some(now));
        self.stands(Status::Initiated);
        self.progress("initiated", &[]);
        if self.wait(CONNECTING).await.is_err() {
            return canceled();
        }
        let pickup = match behaviour {
            Behaviour::Busy => return not_connected(Status::Busy, 486),
            Behaviour::Failed | Behaviour::Refused(_) => return not_connected(Status::Failed, 404),
            Behaviour::NoAnswer
            | Behaviour::Human(_)
            | Behaviour::Voicemail(_)
            | Behaviour::Screening(_)
            | Behaviour::Fax(_) => behaviour.pickup(),
        };
        self.stands(Status::Ringing);
        if let Some(room) = &self.room {
            rooms::stage(&self.net, room, &self.sid, rooms::Stage::Ringing);
        }
        self.net.report(&self.sid, |report| report.rang_at_wall = Some(Timestamp::now()));
        self.progress("ringing", &[]);
        let ring = pickup.as_ref().map(|pickup| seconds(pickup.ring_seconds));
        let rings = ring.unwrap_or(Duration::MAX).min(self.request.ring);
        let began = self.elapsed();
        let rung = self.wait(rings).await;
        let ring_seconds = self.elapsed().saturating_sub(began).as_secs_f64();
        self.net.report(&self.sid, |report| report.ring_seconds = Some(ring_seconds));
        match (rung, pickup) {
            (Err(_), _) => canceled(),
            (Ok(()), Some(pickup)) if seconds(pickup.ring_seconds) <= self.request.ring => {
                self.answered(&pickup).await
            }
            (Ok(()), Some(_) | None) => not_connected(Status::NoAnswer, 487),
        }
    }

    /// Somebody calls one of our numbers: it rings until the first verb, unless that turns them away.
    async fn receive(&mut self, behaviour: &Behaviour) -> End {
        self.stands(Status::Ringing);
        let Some(pickup) = behaviour.pickup() else { return not_connected(Status::Failed, 404) };
        self.caller = Some(pickup);
        let request = Arc::clone(&self.request);
        let interrupt = self.follow(request.source.clone()).await;
        match (&interrupt, self.answered_at) {
            (Interrupt::Rejected, _) => not_connected(Status::Busy, 603),
            (_, None) => not_connected(Status::Failed, 500),
            (_, Some(_)) => self.ended(interrupt),
        }
    }

    /// From here on somebody is on the line.
    pub(crate) fn picked_up(&mut self, pickup: &Pickup) {
        let at = self.elapsed();
        let now = self.now();
        self.answered_at = Some(at);
        self.leaves_at = pickup.leaves_after_seconds.map(|after| at + seconds(after));
        self.mailbox_at = pickup.mailbox_opens_after_seconds.map(|after| at + seconds(after));
        self.limit_at = Some(at + self.request.time_limit);
        self.replies = pickup.replies.clone().into();
        self.talks = pickup.talks.clone().into();
        if let Some(screening) = &pickup.screening {
            self.screen(screening);
        }
        self.net.report(&self.sid, |report| {
            report.answered_at = Some(now);
            report.answered_at_wall = Some(Timestamp::now());
        });
        self.stands(Status::InProgress);
        self.did("picked_up", String::new());
        self.progress("answered", &[]);
    }

    async fn answered(&mut self, pickup: &Pickup) -> End {
        self.picked_up(pickup);
        let interrupt = self.conduct(pickup).await;
        self.ended(interrupt)
    }

    fn ended(&mut self, interrupt: Interrupt) -> End {
        let by = match interrupt {
            Interrupt::Ended => EndedBy::Api,
            Interrupt::TimeLimit => EndedBy::TimeLimit,
            Interrupt::Broken => EndedBy::ApplicationError,
            Interrupt::HungUp if self.line_died => {
                self.did("line_died", String::new());
                EndedBy::CalledSide
            }
            Interrupt::HungUp => {
                self.did("hung_up", String::new());
                EndedBy::CalledSide
            }
            // None but the first two get this far; the others are dealt with where they can happen.
            Interrupt::Finished
            | Interrupt::SaidHangUp
            | Interrupt::Rejected
            | Interrupt::Redirect(_)
            | Interrupt::Key
            | Interrupt::Said(..)
            | Interrupt::Changed
            | Interrupt::Out
            | Interrupt::Announce(_)
            | Interrupt::Star
            | Interrupt::DialLimit
            | Interrupt::NoWait
            | Interrupt::Child(..)
            | Interrupt::Bridged => EndedBy::Instructions,
        };
        End { status: Status::Completed, by, sip: 200 }
    }

    async fn conduct(&mut self, pickup: &Pickup) -> Interrupt {
        let request = Arc::clone(&self.request);
        let mut source = request.source.clone();
        let before = self.before_instructions(&request, pickup).await;
        match before {
            Ok(()) => {}
            Err(Interrupt::Redirect(other)) => source = *other,
            Err(interrupt) => return interrupt,
        }
        if let Some(parent) = &request.parent {
            self.net.steer(parent, Steer::Child { sid: self.sid.clone(), news: ChildNews::Answered });
        }
        match (self.follow(source).await, &request.parent) {
            (Interrupt::Finished, Some(parent)) => self.meet(parent).await,
            (interrupt, _) => interrupt,
        }
    }

    /// Keys to be dialled, and the verdict on who answered when the instructions wait for it.
    async fn before_instructions(&mut self, request: &CreateCall, pickup: &Pickup) -> Result<(), Interrupt> {
        if let Some(keys) = &request.send_digits {
            // Twilio ignores detection when it has digits to send.
            return self.play("digits", keys.clone(), seconds(keys.len() as f64 * 0.5)).await;
        }
        let Some(detection) = &request.detection else { return Ok(()) };
        let verdict = amd::verdict(detection.mode, &detection.tuning, &pickup.sound);
        if detection.asynchronous {
            self.detect_meanwhile(detection, verdict);
            return Ok(());
        }
        self.wait(verdict.after).await?;
        self.answered_by = Some((verdict.answered_by, verdict.after));
        self.net.report(&self.sid, |report| {
            report.answered_by = Some(verdict.answered_by);
            report.machine_detection_ms = Some(verdict.after.as_millis() as u64);
        });
        self.note("call.detected", json!({"answered_by": verdict.answered_by}));
        Ok(())
    }

    /// The verdict comes while the instructions run, unless the call is over by then.
    fn detect_meanwhile(&self, detection: &Detection, verdict: amd::Verdict) {
        let outgoing = detection.callback.as_ref().map(|hook| {
            let params = [
                ("AccountSid", self.account.sid.clone()),
                ("AnsweredBy", verdict.answered_by.to_owned()),
                ("CallSid", self.sid.clone()),
                ("MachineDetectionDuration", verdict.after.as_millis().to_string()),
            ];
            self.outgoing("amd", hook, params.map(|(name, value)| (name.to_owned(), value)).to_vec())
        });
        let fate = self.settings.faults.callback(self.person(), self.attempt, "amd", 0);
        let (net, sid, mailbag) = (Arc::clone(&self.net), self.sid.clone(), self.mailbag.clone());
        let nap = self.time.speed().real(verdict.after);
        tokio::spawn(async move {
            tokio::time::sleep(nap).await;
            let live = net.report(&sid, |report| {
                let live = !report.status.is_final();
                if live {
                    report.answered_by = Some(verdict.answered_by);
                    report.machine_detection_ms = Some(verdict.after.as_millis() as u64);
                }
                live
            });
            if live != Some(true) {
                return;
            }
            net.journal.note("call.detected", Some(&sid), None, json!({"answered_by": verdict.answered_by}));
            if let Some(outgoing) = outgoing {
                let _ = mailbag.send(courier::Callback { outgoing, fate, after: Duration::ZERO });
            }
        });
    }

    fn over(&mut self, end: &End) {
        self.hear_the_last();
        if let Some(room) = self.room.take() {
            let status = end.status.in_callbacks();
            rooms::leave(&self.net, &room, &self.sid, rooms::Left::ParticipantAddFailed, status);
        }
        let duration = self.answered_at.map(|at| self.elapsed().saturating_sub(at));
        let billed = duration.map_or(0, |span| span.as_secs_f64().ceil() as u64);
        let now = self.now();
        let known = self.net.change(&self.sid, |call| {
            call.steer = None;
            call.over_since = Some(Instant::now());
            call.report.ended_at = Some(now);
            call.report.duration_seconds = billed;
            call.report.ended_by = Some(end.by);
            call.report.answered_by
        });
        self.stands(end.status);
        if let Some(parent) = &self.request.parent {
            let news = ChildNews::Over { status: end.status, seconds: billed };
            self.net.steer(parent, Steer::Child { sid: self.sid.clone(), news });
        }
        self.note("call.ended", json!({"status": end.status, "by": end.by, "duration_seconds": billed}));
        if self.answered_by.is_none() {
            // The verdict of asynchronous detection is known to the resource only.
            self.answered_by = known.flatten().map(|answered_by| (answered_by, Duration::ZERO));
        }
        let mut extra = vec![
            ("CallDuration".to_owned(), billed.to_string()),
            ("SipResponseCode".to_owned(), end.sip.to_string()),
        ];
        if end.status == Status::Completed {
            extra.push(("Duration".to_owned(), billed.div_ceil(60).to_string()));
        }
        let request = Arc::clone(&self.request);
        let recording = match (&request.record, duration, self.answered_at) {
            (Some(wanted), Some(length), Some(at)) => {
                let began_at =
                    self.now() - jiff::SignedDuration::try_from(self.elapsed() - at).unwrap_or_default();
                let recording = self.recorded("OutboundAPI", wanted.track, wanted.channels, length, began_at);
                extra.push(("RecordingSid".to_owned(), recording.sid.clone()));
                extra.push(("RecordingUrl".to_owned(), self.recording_url(&recording)));
                extra.push(("RecordingDuration".to_owned(), recording.seconds.to_string()));
                Some((wanted, recording))
            }
            _ => None,
        };
        self.progress("completed", &extra);
        if let Some((wanted, recording)) = recording {
            self.recording_callback(wanted.callback.clone(), &wanted.events, &recording, PROCESSING);
        }
    }
}
