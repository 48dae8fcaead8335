//! Our side of the wire against the simulated network, which refuses what Twilio refuses: every request, every document
//! and every callback of a call that a person answers and an agent takes.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, missing_docs)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use carillon_domain::agents::ports::{
    ConferenceId, Leg, ParticipantChange, Place, Reach, RingLeg, Switchboard,
};
use carillon_domain::ids::LiveId;
use carillon_domain::phone::E164;
use carillon_domain::ports::{
    AmdMode, AmdTuning, AnsweredBy, CallId, CallStatus, PlaceCall, PlaceError, Voice,
};
use carillon_network::{Account, CallReport, Config, Handle, Network, Settings};
use carillon_shell::http::{Http, Pool};
use carillon_shell::secrets::{Fixed, Secret};
use carillon_twilio::client::{Credentials, TwilioVoice};
use carillon_twilio::signature::{self, Body};
use carillon_twilio::twiml::{self, Conference, Dial, DialTo, Gather, Input, Prompt, Say, Twiml, Verb, Wait};
use carillon_twilio::urls::{self, Hook, LegHook, PublicUrl};
use carillon_twilio::webhook::{self, ConferenceNews, VoiceEvent, VoiceWebhook};
use serde_json::{Value, json};

const PERSON: &str = "+4930111111";
const AGENT: &str = "+4930222222";
const BOSS: &str = "+4930333333";
const OURS: &str = "+4930999999";

/// What was called back, and what has been wrong with it.
#[derive(Clone)]
struct Desk {
    public: PublicUrl,
    heard: Arc<Mutex<Vec<(Hook, VoiceWebhook)>>>,
    wrong: Arc<Mutex<Vec<String>>>,
}

struct World {
    network: Handle,
    twilio: TwilioVoice,
    desk: Desk,
    live: LiveId,
}

impl Desk {
    /// Twilio asks: a document where it waits for one.
    fn asked(&self, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Option<Twiml>, String> {
        let form = webhook::decode_form(body);
        let called = self.public.called(uri.path(), uri.query());
        let signed = headers.get(signature::HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !signature::is_valid(&Account::example().token, &called, Body::Form(&form), signed) {
            return Err(format!("badly signed: {called}"));
        }
        let (live, hook) =
            urls::parse(uri.path(), uri.query()).ok_or_else(|| format!("unknown: {called}"))?;
        let webhook = webhook::parse(hook, &form).map_err(|error| format!("{hook:?}: {error}"))?;
        self.heard.lock().unwrap().push((hook, webhook.clone()));
        Ok(self.document(&live, hook, &webhook))
    }

    fn document(&self, live: &LiveId, hook: Hook, webhook: &VoiceWebhook) -> Option<Twiml> {
        let url = |hook| self.public.hook(live, hook);
        let say = |text: &str| {
            Verb::Prompt(Prompt::Say(Say {
                text: text.into(),
                language: Some("en-GB".into()),
                voice: Some("Polly.Amy-Neural".into()),
            }))
        };
        let enter = |action, conference| {
            Verb::Dial(Dial {
                to: DialTo::Conference(conference),
                action: Some(url(action)),
                caller_id: None,
                ring_seconds_max: 30,
            })
        };
        let conference = |label: &str, starts| Conference {
            name: live.to_string(),
            start_on_enter: starts,
            end_on_exit: true,
            wait: if starts { Wait::Silence } else { Wait::Url(url(Hook::Wait { turn: 0 })) },
            status_callback: Some(url(Hook::Conference)),
            label: Some(label.into()),
            muted: false,
            coach: None,
            recording_callback: Some(url(Hook::Recording)),
        };
        let agent = |about, offer| Hook::Agent { about, offer };
        let verbs = match hook {
            Hook::Answer | Hook::Enter => vec![enter(Hook::Left, conference("person", false))],
            Hook::Wait { turn } => vec![
                say("All our agents are talking."),
                Verb::Prompt(Prompt::Pause { seconds: 2 }),
                Verb::Redirect { url: url(Hook::Wait { turn: turn + 1 }) },
            ],
            Hook::Sorry => vec![say("Nobody is free. Goodbye.")],
            Hook::Agent { about: LegHook::Answer, offer } => vec![
                Verb::Gather(Gather {
                    input: Input::Keys,
                    action: url(agent(LegHook::Key, offer)),
                    keys_max: Some(1),
                    finish_key: None,
                    wait_seconds: 5,
                    language: None,
                    hints: vec![],
                    prompts: vec![Prompt::Say(Say { text: "An order.".into(), language: None, voice: None })],
                }),
                Verb::Hangup,
            ],
            Hook::Agent { about: LegHook::Key, offer } => match &webhook.event {
                VoiceEvent::Gathered { digits: Some(digits), .. } if digits == "1" => {
                    vec![enter(agent(LegHook::Left, offer), conference("agent-1", true))]
                }
                _ => vec![Verb::Hangup],
            },
            Hook::Agent { about: LegHook::Join, offer } => {
                vec![enter(agent(LegHook::Left, offer), conference("agent-1", true))]
            }
            Hook::Guest { about: LegHook::Answer, guest } => {
                let conference = Conference {
                    start_on_enter: false,
                    end_on_exit: false,
                    muted: true,
                    ..conference("guest-1", true)
                };
                vec![enter(Hook::Guest { about: LegHook::Left, guest }, conference)]
            }
            Hook::Left
            | Hook::Agent { about: LegHook::Left, .. }
            | Hook::Guest { about: LegHook::Left, .. } => {
                vec![Verb::Hangup]
            }
            _ => return None,
        };
        Some(Twiml::new(&verbs).unwrap())
    }
}

async fn receive(State(desk): State<Desk>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    match desk.asked(&uri, &headers, &body) {
        Ok(Some(document)) => {
            ([(header::CONTENT_TYPE, twiml::CONTENT_TYPE)], document.as_str().to_owned()).into_response()
        }
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(wrong) => {
            desk.wrong.lock().unwrap().push(wrong);
            StatusCode::BAD_REQUEST.into_response()
        }
    }
}

impl World {
    async fn new(people: Value) -> Self {
        let settings = Settings {
            calls_per_second: 0.0,
            speed: 60.0,
            script: serde_json::from_value(json!({ "numbers": people })).unwrap(),
            ..Settings::default()
        };
        let network = Network::start(Config { settings, ..Config::default() }).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public: PublicUrl = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let desk = Desk { public: public.clone(), heard: Arc::default(), wrong: Arc::default() };
        let app = Router::new().fallback(receive).with_state(desk.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let Account { sid, token, .. } = Account::example();
        let credentials = Credentials { account_sid: sid, auth_token: Secret::new(token), api_key: None };
        let credentials = Arc::new(Fixed(Arc::new(credentials)));
        let twilio = TwilioVoice::new(Http::new(Pool::public()), network.url(), public, credentials);
        Self { network, twilio, desk, live: "acme.cmp_1.con_2.3".parse().unwrap() }
    }

    fn call(&self, to: &str) -> PlaceCall {
        PlaceCall {
            attempt: self.live.attempt().unwrap().clone(),
            to: number(to),
            from: number(OURS),
            ring_seconds_max: 25,
            amd: AmdMode::Off,
            amd_tuning: AmdTuning::default(),
            await_beep: false,
            opening: None,
            record: false,
        }
    }

    fn leg(&self, leg: Leg, reach: Reach) -> RingLeg {
        RingLeg {
            live: self.live.clone(),
            leg,
            agent: Some("agt_1".parse().unwrap()),
            reach,
            from: number(OURS),
            ring_seconds_max: 20,
        }
    }

    fn count(&self, counts: impl Fn(&Hook, &VoiceEvent) -> bool) -> usize {
        let heard = self.desk.heard.lock().unwrap();
        heard.iter().filter(|(hook, webhook)| counts(hook, &webhook.event)).count()
    }

    async fn until(&self, what: &str, counts: impl Fn(&Hook, &VoiceEvent) -> bool) {
        for _ in 0..1_000 {
            if self.count(&counts) > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!(
            "never: {what}; wrong: {:?}; alerts: {:?}",
            self.desk.wrong.lock().unwrap(),
            self.network.alerts()
        );
    }

    fn report(&self, call: &CallId) -> CallReport {
        self.network.calls().into_iter().find(|report| report.sid == call.0).unwrap()
    }

    /// Whether this call hears that one.
    fn hears(&self, listener: &CallId, speaker: &CallId) -> bool {
        let conference = self.network.conferences().pop().unwrap();
        let edges = conference.hearing.last().map(|hearing| hearing.edges.clone()).unwrap_or_default();
        edges.contains(&(speaker.0.clone(), listener.0.clone()))
    }

    async fn settle(&self) {
        assert!(self.network.quiet(Duration::from_secs(10)).await, "a call does not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(self.desk.wrong.lock().unwrap().is_empty(), "{:?}", self.desk.wrong.lock().unwrap());
        assert!(self.network.alerts().is_empty(), "{:?}", self.network.alerts());
    }
}

fn number(text: &str) -> E164 {
    text.parse().unwrap()
}

fn phone(text: &str) -> Reach {
    Reach::Phone { number: number(text) }
}

fn stays(replies: Value) -> Value {
    json!([{"human": {"ring_seconds": 1, "replies": replies, "talks": [{"hangs_up_after_seconds": null}]}}])
}

fn is_news(wanted: ConferenceNews) -> impl Fn(&Hook, &VoiceEvent) -> bool {
    move |_, event| matches!(event, VoiceEvent::Conference { news, .. } if *news == wanted)
}

fn waits(hook: &Hook, _: &VoiceEvent) -> bool {
    matches!(hook, Hook::Wait { .. })
}

/// The conference that has begun.
fn begun(world: &World) -> ConferenceId {
    let heard = world.desk.heard.lock().unwrap();
    let found = heard.iter().find_map(|(_, webhook)| match &webhook.event {
        VoiceEvent::Conference { conference, news: ConferenceNews::Started, .. } => Some(conference.clone()),
        _ => None,
    });
    found.unwrap()
}

#[tokio::test]
async fn a_person_waits_an_agent_accepts_and_a_supervisor_coaches() {
    let world = World::new(json!({
        PERSON: stays(json!([])),
        AGENT: stays(json!([{"press": {"keys": "1"}}])),
        BOSS: stays(json!([])),
    }))
    .await;
    let twilio = &world.twilio;
    let person = twilio.place(&world.call(PERSON)).await.unwrap();
    world.until("the person waits", waits).await;
    let agent = twilio.ring(&world.leg(Leg::Agent { offer: 1 }, phone(AGENT))).await.unwrap();
    world.until("they talk", is_news(ConferenceNews::Started)).await;
    let conference = begun(&world);
    assert!(world.hears(&person, &agent) && world.hears(&agent, &person));

    let change = ParticipantChange { hold: Some(true), ..ParticipantChange::default() };
    twilio.participant(&conference, &person, &change).await.unwrap();
    assert!(!world.hears(&person, &agent) && !world.hears(&agent, &person));
    let change = ParticipantChange { hold: Some(false), ..ParticipantChange::default() };
    twilio.participant(&conference, &person, &change).await.unwrap();

    let boss = twilio.ring(&world.leg(Leg::Guest { guest: 1 }, phone(BOSS))).await.unwrap();
    let third = |world: &World| world.count(is_news(ConferenceNews::Joined)) == 3;
    while !third(&world) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(world.hears(&boss, &person) && !world.hears(&person, &boss), "listens");
    let coach = ParticipantChange {
        muted: Some(false),
        coaches: Some(Some(agent.clone())),
        ..ParticipantChange::default()
    };
    twilio.participant(&conference, &boss, &coach).await.unwrap();
    assert!(world.hears(&agent, &boss) && !world.hears(&person, &boss), "whispers");
    let barge = ParticipantChange { coaches: Some(None), ..ParticipantChange::default() };
    twilio.participant(&conference, &boss, &barge).await.unwrap();
    assert!(world.hears(&person, &boss), "barges");
    twilio.end_leg(&boss).await.unwrap();

    let leaves = ParticipantChange { end_on_exit: Some(false), ..ParticipantChange::default() };
    assert!(twilio.participant(&conference, &agent, &leaves).await.unwrap(), "is there");
    twilio.end_leg(&agent).await.unwrap();
    world
        .until("the agent's leg is over", |hook, event| {
            matches!(hook, Hook::Agent { about: LegHook::Status, offer: 1 })
                && matches!(event, VoiceEvent::Status { status: CallStatus::Completed, .. })
        })
        .await;
    assert!(!world.report(&person).status.is_final(), "a transfer leaves the person in the conference");
    twilio.hang_up(&person).await.unwrap();
    world.settle().await;
    // What is over needs nothing any more, and that is no error.
    twilio.end_leg(&agent).await.unwrap();
    twilio.redirect(&person, &world.live, Place::Sorry).await.unwrap();
    assert!(!twilio.participant(&conference, &agent, &leaves).await.unwrap(), "has left");
    assert_eq!(world.count(is_news(ConferenceNews::Ended)), 1);
    assert_eq!(
        world.count(|hook, event| *hook == Hook::Recording && matches!(event, VoiceEvent::Recording(_))),
        1
    );
    assert!(world.report(&agent).heard.iter().any(|heard| heard.content == "An order."));
    assert!(world.report(&person).heard.iter().all(|heard| heard.content != "An order."));
}

#[tokio::test]
async fn a_browser_is_rung_accepts_on_screen_and_a_person_for_whom_nobody_is_free_hears_that() {
    let world = World::new(json!({PERSON: stays(json!([])), "client:agt_1": stays(json!([]))})).await;
    let twilio = &world.twilio;
    let person = twilio.place(&world.call(PERSON)).await.unwrap();
    world.until("the person waits", waits).await;
    let agent = twilio.ring(&world.leg(Leg::Agent { offer: 2 }, Reach::Browser)).await.unwrap();
    world.until("the whisper", |hook, _| *hook == Hook::Agent { about: LegHook::Answer, offer: 2 }).await;
    twilio.redirect(&agent, &world.live, Place::Join { offer: 2 }).await.unwrap();
    world.until("they talk", is_news(ConferenceNews::Started)).await;
    twilio.redirect(&person, &world.live, Place::Sorry).await.unwrap();
    world.settle().await;
    assert_eq!(world.report(&agent).to, "client:agt_1");
    assert!(world.report(&person).heard.iter().any(|heard| heard.content == "Nobody is free. Goodbye."));
}

#[tokio::test]
async fn a_leg_that_cannot_be_rung_is_a_definite_no() {
    let world = World::new(json!({AGENT: [{"refused": 21214}]})).await;
    let refused = world.twilio.ring(&world.leg(Leg::Agent { offer: 1 }, phone(AGENT))).await;
    assert!(matches!(refused, Err(PlaceError::Refused { code: Some(21214), .. })), "{refused:?}");
}

#[tokio::test]
async fn detection_takes_every_threshold_and_tells_its_verdict_meanwhile() {
    let world =
        World::new(json!({PERSON: [{"voicemail": {"ring_seconds": 1, "greeting_seconds": 6}}]})).await;
    let tuning = AmdTuning {
        timeout_seconds: Some(20),
        speech_ms: Some(2_000),
        speech_end_ms: Some(900),
        silence_ms: Some(4_000),
    };
    let call = PlaceCall {
        amd: AmdMode::Async,
        amd_tuning: tuning,
        await_beep: true,
        record: true,
        ..world.call(PERSON)
    };
    let person = world.twilio.place(&call).await.unwrap();
    world
        .until("a verdict", |_, event| {
            matches!(
                event,
                VoiceEvent::Detected { answered_by: AnsweredBy::MachineBeep, after_ms: Some(6_400) }
            )
        })
        .await;
    world.twilio.hang_up(&person).await.unwrap();
    world.settle().await;
    let report = world.twilio.report(&person).await.unwrap().unwrap();
    assert_eq!((report.status, report.answered_by), (CallStatus::Completed, Some(AnsweredBy::MachineBeep)));
}
