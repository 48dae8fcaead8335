//! A floor of agents: queues, people who sign in at the API, and the telephones in front of them.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::api::{Api, unique};
use crate::campaign;
use crate::people;
use crate::wait::until;
use crate::world::{User, World};

/// What every agent's whisper ends with, so that a test can tell it from everything else.
pub const WHISPER: &str = "about the appointment. Press 1 to take the call.";
/// What somebody hears for whom nobody is free.
pub const SORRY: &str = "This is the clinic. Nobody is free to speak with you at the moment.";

/// An agent: signed in at the API, with a telephone.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Their id.
    pub id: String,
    /// What they do on screen.
    pub api: Api,
    /// Their telephone's number.
    pub phone: String,
}

/// Creates a queue and returns its id.
///
/// # Errors
/// The API's.
pub fn queue(admin: &Api, plan: &Value) -> Result<String> {
    let created = admin.post("/v1/queues", plan)?.expect(&[201], "creating a queue")?.json();
    Ok(created["id"].as_str().context("a queue without an id")?.to_owned())
}

/// A queue in which an agent has this long after a call, seconds.
#[must_use]
pub fn queue_plan(wrap_up_seconds: u16) -> Value {
    json!({"name": "Appointments", "wrap_up_seconds": wrap_up_seconds})
}

/// Where a number leads whose calls in are the tenant's queues'.
#[must_use]
pub fn calls_in_at(world: &World) -> String {
    format!("{}/twilio/inbound/acme", world.webhook_url)
}

/// A queue that is called at a number of its own, and where a message may be left after three seconds, with this of its
/// plan beside. Returns the number and the queue's id.
///
/// # Errors
/// The API's, or the network's.
pub fn queue_called(world: &World, admin: &Api, beside: &Value) -> Result<(String, String)> {
    let number = people::number();
    let mut plan = queue_plan(0);
    (plan["numbers"], plan["max_wait_seconds"]) = (json!([number]), json!(3));
    for (field, value) in beside.as_object().into_iter().flatten() {
        plan[field] = value.clone();
    }
    let queue = queue(admin, &plan)?;
    world.network().buy_number(world.tenant("acme")?, &number, &calls_in_at(world))?;
    Ok((number, queue))
}

/// Somebody new who serves a queue and whose telephone behaves like this. They have not signed in at the desk.
///
/// # Errors
/// The API's, or the directory's.
pub fn agent(world: &World, admin: &Api, queues: &[&str], telephone: &Value) -> Result<Agent> {
    let phone = people::number();
    world.network().script([(&phone, vec![telephone.clone()])])?;
    let email = format!("agent-{:x}@acme.example", unique());
    let invitation = json!({"email": email, "name": "An Agent", "role": "agent"});
    let user = admin.post("/v1/users", &invitation)?.expect(&[201], "inviting an agent")?.json();
    let user = user["id"].as_str().context("a user without an id")?.to_owned();
    let account = User { email, password: "Carillon-journey-1".to_owned(), role: "agent".to_owned() };
    world.set_password(&account)?;
    let api = Api::new(&world.api_url, Some(world.id_token(&account)?));
    let profile = json!({
        "name": "An Agent", "queues": queues, "timezone": "Europe/Berlin",
        "reach": {"by": "phone", "number": phone},
    });
    let body = json!({"user": user, "profile": profile});
    let made = admin.post("/v1/agents", &body)?.expect(&[201], "making a user an agent")?.json();
    let id = made["id"].as_str().context("an agent without an id")?.to_owned();
    Ok(Agent { id, api, phone })
}

/// The same, ready for the first call.
///
/// # Errors
/// As above.
pub fn ready_agent(world: &World, admin: &Api, queue: &str, telephone: &Value) -> Result<Agent> {
    let agent = agent(world, admin, &[queue], telephone)?;
    agent.wants("available")?;
    Ok(agent)
}

impl Agent {
    /// Says where they want to stand.
    ///
    /// # Errors
    /// When it is refused.
    pub fn wants(&self, state: &str) -> Result<Value> {
        let reply = self.api.put("/v1/agents/me/state", &json!({"state": state}), None)?;
        Ok(reply.expect(&[200], "changing an agent's state")?.json())
    }

    /// Where they stand.
    ///
    /// # Errors
    /// The API's.
    pub fn presence(&self) -> Result<Value> {
        Ok(self.api.read("/v1/agents/me")?["presence"].clone())
    }

    /// Waits until they stand somewhere, and returns their presence then.
    ///
    /// # Errors
    /// When it takes too long.
    pub fn until(&self, state: &str, seconds_max: u64) -> Result<Value> {
        let mut last = Value::Null;
        let reached = until(&format!("an agent to be {state}"), seconds_max, || {
            last = self.presence()?;
            Ok((last["state"] == state).then(|| last.clone()))
        });
        reached.with_context(|| format!("last seen: {last}"))
    }

    /// Waits until they talk, and returns the call's id.
    ///
    /// # Errors
    /// When it takes too long.
    pub fn until_talking(&self, seconds_max: u64) -> Result<String> {
        let presence = self.until("on_call", seconds_max)?;
        Ok(presence["call"].as_str().context("on a call without a call")?.to_owned())
    }

    /// Steers a call of theirs.
    ///
    /// # Errors
    /// When it is refused.
    pub fn steers(&self, call: &str, what: &str, body: &Value) -> Result<Value> {
        let reply = self.api.post(&format!("/v1/live-calls/{call}/{what}"), body)?;
        Ok(reply.expect(&[200, 201, 204], what)?.json())
    }

    /// Says how a call went, and takes the next.
    ///
    /// # Errors
    /// When it is refused.
    pub fn disposes(&self, call: &str, disposition: &str) -> Result<Value> {
        let body = json!({"disposition": disposition, "ready": true});
        let reply = self.api.put(&format!("/v1/live-calls/{call}/wrap-up"), &body, None)?;
        Ok(reply.expect(&[200], "a disposition")?.json())
    }
}

/// A telephone whose owner takes every call that is whispered, and talks until the other side hangs up.
#[must_use]
pub fn accepts() -> Value {
    accepts_and(&json!({"hangs_up_after_seconds": null}))
}

/// The same, with something of their own during the talk.
#[must_use]
pub fn accepts_and(talk: &Value) -> Value {
    json!({"human": {"ring_seconds": 1, "replies": [{"press": {"keys": "1"}}], "talks": [talk]}})
}

/// A telephone whose owner says no.
#[must_use]
pub fn declines() -> Value {
    json!({"human": {"ring_seconds": 1, "replies": [{"press": {"keys": "2", "interrupts": true}}]}})
}

/// A person who talks for so many seconds of the network's time once they are put through.
#[must_use]
pub fn talks_for(seconds: u32) -> Value {
    talks(&json!({"hangs_up_after_seconds": seconds}))
}

/// A person with something of their own during the talk.
#[must_use]
pub fn talks(talk: &Value) -> Value {
    json!({"human": {"ring_seconds": 6, "talks": [talk]}})
}

/// A campaign whose calls this queue's agents take.
#[must_use]
pub fn plan(name: &str, queue: &str) -> Value {
    let mut plan = campaign::plan_at_any_hour(name);
    // Whoever answers is put through at once: nobody waits until it is known who or what they are.
    plan["amd"] = json!("off");
    plan["script"]["voicemail"] = json!(null);
    plan["agents"] = json!({
        "queue": queue,
        "whisper": format!("{{{{first_name|Somebody}}}} {WHISPER}"),
        "sorry": SORRY,
        "offer_seconds": 15,
        "patience_seconds": 60,
    });
    plan
}

/// Creates a campaign for these people, and starts it.
///
/// # Errors
/// The API's.
pub fn begin(admin: &Api, plan: &Value, numbers: &[String]) -> Result<String> {
    let id = campaign::create(admin, plan)?;
    campaign::fill(admin, &id, &people::list(numbers))?;
    campaign::command(admin, &id, "start")?;
    Ok(id)
}

/// The outcome of everybody's last attempt, in the order of these numbers.
///
/// # Errors
/// The API's, or that somebody is not in the campaign.
pub fn outcomes(admin: &Api, campaign: &str, numbers: &[String]) -> Result<Vec<String>> {
    let enrollments = campaign::enrollments(admin, campaign)?;
    let mut outcomes = Vec::new();
    for number in numbers {
        let enrollment = enrollments.iter().find(|it| it["to"] == json!(number));
        let contact = enrollment.and_then(|it| it["contact"].as_str()).context("not in the campaign")?;
        let full = admin.read(&format!("/v1/campaigns/{campaign}/enrollments/{contact}"))?;
        let last = full["attempts"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
        outcomes.push(last["outcome"].as_str().unwrap_or("open").to_owned());
    }
    Ok(outcomes)
}

/// What was heard on a call of the network, as (kind, words, seconds after pick-up).
#[must_use]
pub fn heard(call: &Value) -> Vec<(String, String, f64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let heard = call["heard"].as_array().cloned().unwrap_or_default();
    heard
        .iter()
        .map(|it| (text(&it["kind"]), text(&it["content"]), it["began_seconds"].as_f64().unwrap_or(0.0)))
        .collect()
}

/// Whether words were heard on a call.
#[must_use]
pub fn heard_words(call: &Value, words: &str) -> bool {
    heard(call).iter().any(|(_, content, _)| content.contains(words))
}
