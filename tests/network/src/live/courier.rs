//! Carries a call's callbacks: in order, unless the faults say otherwise.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;

use crate::clock::Speed;
use crate::faults::CallbackFate;
use crate::people::draw::seconds;
use crate::shared::Shared;
use crate::webhook::Outgoing;

/// A callback and what is to become of it.
pub(crate) struct Callback {
    pub(crate) outgoing: Outgoing,
    pub(crate) fate: CallbackFate,
    /// How long Twilio takes before it sends it (a recording has to be processed), in network time.
    pub(crate) after: Duration,
}

/// The way into a call's courier; it delivers what it has when the last of these is dropped.
pub(crate) type Mailbag = mpsc::UnboundedSender<Callback>;

/// Starts the courier of one call.
pub(crate) fn start(net: Arc<Shared>, speed: Speed) -> Mailbag {
    let (mailbag, mut inbox) = mpsc::unbounded_channel::<Callback>();
    tokio::spawn(async move {
        let mut held: Option<Outgoing> = None;
        while let Some(Callback { mut outgoing, fate, after }) = inbox.recv().await {
            match fate {
                CallbackFate::Lost => {
                    let detail = json!({"purpose": outgoing.purpose, "params": outgoing.params});
                    net.journal.note("callback.lost", Some(&outgoing.call_sid), None, detail);
                    continue;
                }
                CallbackFate::Late(by) => {
                    outgoing.fault = Some("late");
                    later(&net, outgoing, speed.real(after + seconds(by)));
                    continue;
                }
                CallbackFate::Reordered if held.is_none() => {
                    outgoing.fault = Some("reordered");
                    held = Some(outgoing);
                    continue;
                }
                CallbackFate::Duplicated => {
                    outgoing.fault = Some("duplicated");
                    deliver(&net, &outgoing).await;
                }
                CallbackFate::Sent | CallbackFate::Reordered if !after.is_zero() => {
                    later(&net, outgoing, speed.real(after));
                    continue;
                }
                CallbackFate::Sent | CallbackFate::Reordered => {}
            }
            deliver(&net, &outgoing).await;
            if let Some(held) = held.take() {
                deliver(&net, &held).await;
            }
        }
        if let Some(held) = held {
            deliver(&net, &held).await;
        }
    });
    mailbag
}

fn later(net: &Arc<Shared>, outgoing: Outgoing, delay: Duration) {
    let net = Arc::clone(net);
    tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        deliver(&net, &outgoing).await;
    });
}

/// A callback that is refused or cannot be delivered is an alert and nothing more, as at Twilio.
async fn deliver(net: &Shared, outgoing: &Outgoing) {
    let problem = match net.webhooks.send(outgoing).await {
        Ok(response) if (200..300).contains(&response.status) => return,
        Ok(response) => format!("the {} callback was answered {}", outgoing.purpose, response.status),
        Err(failure) => format!("the {} callback failed: {failure}", outgoing.purpose),
    };
    let code = if outgoing.purpose == "conference" { 16011 } else { 11200 };
    net.journal.alert(code, problem, &outgoing.call_sid, Some(outgoing.url.to_string()));
}
