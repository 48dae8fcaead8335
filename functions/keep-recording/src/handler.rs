//! One order: fetch a recording and keep it.

use std::sync::Arc;

use anyhow::{Context, bail};
use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use carillon_domain::attempt::Recording;
use carillon_domain::ids::{LiveId, TenantId};
use carillon_domain::ports::Objects;
use carillon_engine::errands::KeepRecording;
use carillon_shell::secrets::SecretStore;
use carillon_store::{Table, TenantTable};
use carillon_twilio::recordings::Recordings;

/// A provider that says it has no such recording may not have it yet. One that has said so as often as this, ten minutes
/// apart, never will.
const RECEIVES_UNTIL_GONE: u32 = 4;

/// Where recordings come from.
#[async_trait]
pub trait Source: Send + Sync {
    /// The sound of a recording, as MP3; `None` if the provider no longer has it.
    async fn fetch(&self, tenant: &TenantId, recording: &Recording) -> anyhow::Result<Option<Vec<u8>>>;

    /// Has the provider delete its copy, if it still has one.
    async fn delete(&self, tenant: &TenantId, recording: &Recording) -> anyhow::Result<()>;
}

#[async_trait]
impl<S: SecretStore + Clone + 'static> Source for Recordings<S> {
    async fn fetch(&self, tenant: &TenantId, recording: &Recording) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.mp3(tenant, recording).await?)
    }

    async fn delete(&self, tenant: &TenantId, recording: &Recording) -> anyhow::Result<()> {
        Ok(Self::delete(self, tenant, recording).await?)
    }
}

/// What the function works with.
pub struct Deps {
    /// The table.
    pub table: Arc<dyn Table>,
    /// Where recordings are kept.
    pub objects: Arc<dyn Objects>,
    /// Where they come from.
    pub source: Arc<dyn Source>,
}

/// One bad message must not hold back the others.
///
/// # Errors
/// None: what fails is reported message by message.
pub async fn handle(deps: &Deps, event: SqsEvent) -> anyhow::Result<SqsBatchResponse> {
    let mut response = SqsBatchResponse::default();
    for message in event.records {
        let id = message.message_id.clone().unwrap_or_default();
        if let Err(error) = keep(deps, &message).await {
            tracing::error!(error = format!("{error:#}"), message.id = id, "a recording was not kept");
            response.add_failure(id);
        }
    }
    Ok(response)
}

/// What lies in two places is forgotten in one: once it is kept here, the provider's copy goes.
async fn keep(deps: &Deps, message: &SqsMessage) -> anyhow::Result<()> {
    let order: KeepRecording =
        serde_json::from_str(message.body.as_deref().unwrap_or_default()).context("not an order")?;
    let (key, tenant) = (order.key(), order.call.tenant());
    if let Some(theirs) = &order.forgotten {
        deps.source.delete(tenant, theirs).await.context("deleting the provider's copy")?;
        return forget(deps, &key).await;
    }
    let table = TenantTable::new(deps.table.as_ref(), tenant);
    let recording = async || -> anyhow::Result<Option<Recording>> {
        if let LiveId::Attempt(attempt) = &order.call {
            return Ok(table.attempt(attempt).await?.and_then(|attempt| attempt.value.recording));
        }
        let live = table.live(&order.call).await?.map(|live| live.value);
        Ok(live.and_then(|live| match order.message {
            true => live.voicemail.map(|message| message.recording),
            false => live.recording,
        }))
    };
    let Some(kept) = recording().await? else { return Ok(()) };
    if deps.objects.head(&key).await?.is_none() {
        match deps.source.fetch(tenant, &kept).await.context("fetching a recording")? {
            Some(sound) => {
                deps.objects.put(&key, sound, "audio/mpeg").await.context("keeping a recording")?;
            }
            None if receives(message) < RECEIVES_UNTIL_GONE => {
                bail!("the provider does not have it, or not yet")
            }
            None => {
                tracing::warn!(metric.recordings_gone = 1, "the provider no longer has a recording");
                return Ok(());
            }
        }
    }
    deps.source.delete(tenant, &kept).await.context("deleting the provider's copy")?;
    // Whoever was forgotten while the sound was on its way: the erasure may have looked before it was here.
    // Whoever dies before has left it to the order that follows from the forgetting.
    if recording().await?.is_none() { forget(deps, &key).await } else { Ok(()) }
}

/// How often the queue has handed an order out.
fn receives(message: &SqsMessage) -> u32 {
    message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}

async fn forget(deps: &Deps, key: &str) -> anyhow::Result<()> {
    deps.objects.delete(key).await.context("deleting a recording of a person who was forgotten")
}

#[cfg(test)]
mod tests {
    use carillon_shell::fakes::MemoryObjects;
    use carillon_store::memory::MemoryTable;

    use super::*;

    const CALL: &str = "acme.cmp_1.con_1.1";

    /// A provider with some recordings, on whose table something happens while the sound is on its way.
    struct Provider {
        table: Arc<MemoryTable>,
        forgets_meanwhile: bool,
        has_none: std::sync::atomic::AtomicBool,
        deleted: std::sync::Mutex<Vec<String>>,
    }

    #[async_trait]
    impl Source for Provider {
        async fn fetch(&self, tenant: &TenantId, _: &Recording) -> anyhow::Result<Option<Vec<u8>>> {
            if self.forgets_meanwhile {
                let table = TenantTable::new(self.table.as_ref(), tenant);
                let mut attempt = table.attempt(&CALL.parse()?).await?.context("an attempt")?;
                attempt.value.erase();
                table.save_attempt(&attempt).await?;
            }
            let has_none = self.has_none.load(std::sync::atomic::Ordering::Relaxed);
            Ok((!has_none).then(|| vec![0; 4]))
        }

        async fn delete(&self, _: &TenantId, recording: &Recording) -> anyhow::Result<()> {
            self.deleted.lock().expect("not poisoned").push(recording.id.clone());
            Ok(())
        }
    }

    fn rig(forgets_meanwhile: bool) -> (Deps, Arc<Provider>, Arc<MemoryObjects>) {
        let table = Arc::new(MemoryTable::new());
        let deleted = std::sync::Mutex::default();
        let source =
            Arc::new(Provider { table: table.clone(), forgets_meanwhile, has_none: false.into(), deleted });
        let objects = Arc::new(MemoryObjects::default());
        (Deps { table, objects: objects.clone(), source: source.clone() }, source, objects)
    }

    async fn recorded(deps: &Deps) {
        let attempt = serde_json::json!({"id": CALL, "to": "+4917112345678", "from": "+493087654321",
            "state": {"is": "ended", "outcome": "completed", "at": "2026-11-23T11:00:00Z"},
            "created_at": "2026-11-23T11:00:00Z", "check_after": "2026-11-23T11:00:00Z",
            "recording": {"id": "RE1", "url": "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1",
                "seconds": 3},
            "allowed_by": {"is": "allowed", "open_until": "2026-11-23T11:00:00Z",
                "basis": {"book": "b", "at": "2026-11-23T11:00:00Z", "rules": []}}});
        let attempt = serde_json::from_value(attempt).expect("an attempt");
        let tenant = "acme".parse().expect("a tenant");
        let table = TenantTable::new(deps.table.as_ref(), &tenant);
        table.save_attempt(&carillon_store::Stored::new(attempt)).await.expect("saved");
    }

    async fn handed(deps: &Deps, bodies: &[(&str, &str)]) -> Vec<String> {
        handed_again(deps, bodies, 1).await
    }

    async fn handed_again(deps: &Deps, bodies: &[(&str, &str)], receives: u32) -> Vec<String> {
        let message = |(id, body): &(&str, &str)| {
            let mut message = SqsMessage::default();
            message.attributes = [("ApproximateReceiveCount".into(), receives.to_string())].into();
            message.message_id = Some((*id).into());
            message.body = Some((*body).into());
            message
        };
        let mut event = SqsEvent::default();
        event.records = bodies.iter().map(message).collect();
        let response = handle(deps, event).await.expect("answered");
        response.batch_item_failures.iter().map(|f| f.item_identifier.clone()).collect()
    }

    #[tokio::test]
    async fn an_order_that_is_none_comes_back_and_one_for_nothing_is_done_with() {
        let (deps, source, _) = rig(false);
        let order = format!(r#"{{"call": "{CALL}"}}"#);
        assert_eq!(handed(&deps, &[("a", "nonsense"), ("b", &order)]).await, ["a"]);
        assert!(source.deleted.lock().expect("not poisoned").is_empty());
    }

    #[tokio::test]
    async fn what_is_kept_here_is_kept_nowhere_else() {
        let (deps, source, objects) = rig(false);
        recorded(&deps).await;
        let order = format!(r#"{{"call": "{CALL}"}}"#);
        assert!(handed(&deps, &[("a", &order), ("b", &order)]).await.is_empty());
        assert_eq!(objects.keys(), ["recordings/acme/cmp_1/con_1/1.mp3"]);
        assert_eq!(
            *source.deleted.lock().expect("not poisoned"),
            ["RE1", "RE1"],
            "asked again, which is no error"
        );
    }

    #[tokio::test]
    async fn a_recording_that_is_not_there_yet_is_waited_for_and_one_that_stays_away_is_gone() {
        let (deps, source, objects) = rig(false);
        source.has_none.store(true, std::sync::atomic::Ordering::Relaxed);
        recorded(&deps).await;
        let order = format!(r#"{{"call": "{CALL}"}}"#);
        for receives in 1..RECEIVES_UNTIL_GONE {
            assert_eq!(handed_again(&deps, &[("a", &order)], receives).await, ["a"]);
        }
        assert!(handed_again(&deps, &[("a", &order)], RECEIVES_UNTIL_GONE).await.is_empty());
        assert!(objects.keys().is_empty());
        assert!(source.deleted.lock().expect("not poisoned").is_empty(), "it may come after all");
    }

    #[tokio::test]
    async fn a_call_in_and_the_message_that_was_left_on_it_are_two_things() {
        let (deps, source, objects) = rig(false);
        let recording = |id| serde_json::json!({"id": id, "url": "https://api.twilio.com/x", "seconds": 3});
        let now = "2026-11-23T11:00:00Z";
        let call = serde_json::json!({
            "id": "acme.inb_0192f3a4b5c67d8e9f00112233445566", "queue": "que_1", "priority": 5, "from": "+493087654321",
            "handling": {"offer_seconds": 20, "patience_seconds": 2, "wrap_up_seconds": 30, "ring": "on_answer",
                "transfer": "warm"},
            "person": {"is": "gone"}, "desk": {"is": "over", "how": "nobody_free"}, "ring_until": now,
            "created_at": now, "recording": recording("RE1"), "voicemail": {"recording": recording("RE2"), "at": now},
        });
        let call: carillon_domain::agents::live::LiveCall = serde_json::from_value(call).expect("a call");
        let tenant = "acme".parse().expect("a tenant");
        let table = TenantTable::new(deps.table.as_ref(), &tenant);
        table.save_live(&carillon_store::Stored::new(call.clone()), None, &[]).await.expect("saved");
        let talk = format!(r#"{{"call": "{}"}}"#, call.id);
        let message = format!(r#"{{"call": "{}", "message": true}}"#, call.id);
        assert!(handed(&deps, &[("a", &talk), ("b", &message)]).await.is_empty());
        let mut keys = objects.keys();
        keys.sort();
        let ids = call.id.to_string();
        let id = ids.strip_prefix("acme.").expect("the tenant's");
        assert_eq!(
            keys,
            [
                format!("recordings/acme/calls-in/{id}.message.mp3"),
                format!("recordings/acme/calls-in/{id}.talk.mp3")
            ]
        );
        assert_eq!(*source.deleted.lock().expect("not poisoned"), ["RE1", "RE2"]);
    }

    /// Whoever kept it died before they looked again, and the erasure had looked before it was here.
    #[tokio::test]
    async fn nothing_is_left_of_who_was_forgotten_when_their_recording_had_just_been_kept() {
        let (deps, source, objects) = rig(false);
        objects.put("recordings/acme/cmp_1/con_1/1.mp3", vec![0; 4], "audio/mpeg").await.expect("put");
        let recording = r#"{"id": "RE1", "url": "https://api.twilio.com/x", "seconds": 3}"#;
        let order = format!(r#"{{"call": "{CALL}", "forgotten": {recording}}}"#);
        assert!(handed(&deps, &[("a", &order), ("b", &order)]).await.is_empty());
        assert!(objects.keys().is_empty());
        assert_eq!(*source.deleted.lock().expect("not poisoned"), ["RE1", "RE1"]);
    }

    #[tokio::test]
    async fn nothing_is_kept_of_who_is_forgotten_while_the_sound_is_on_its_way() {
        let (deps, source, objects) = rig(true);
        recorded(&deps).await;
        assert!(handed(&deps, &[("a", &format!(r#"{{"call": "{CALL}"}}"#))]).await.is_empty());
        assert!(objects.keys().is_empty());
        assert_eq!(*source.deleted.lock().expect("not poisoned"), ["RE1"]);
    }
}
