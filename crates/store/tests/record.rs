//! An attempt keeps what its decision was made from, within the kilobyte that a write is billed by.
#![allow(clippy::unwrap_used)]

use carillon_domain::agents::live::{Beginning, Handling, LiveCall, RingWhen, Transfer};
use carillon_domain::agents::queue::Queue;
use carillon_domain::attempt::{AgentsWhen, Attempt, AttemptState, Recording};
use carillon_domain::compliance::{
    Candidate, Channel, Consent, Grounds, PastAttempt, Purpose, RuleBook, Terms, evaluate,
};
use carillon_domain::contact::ConsentGiven;
use carillon_domain::ids::{AttemptRef, EnrollmentRef, LiveId};
use carillon_domain::outcome::Outcome;
use carillon_domain::phone::Place;
use carillon_domain::ports::CallId;
use carillon_domain::window::{WeekWindow, Zones};
use carillon_store::codec::to_item;
use carillon_store::memory::MemoryTable;
use carillon_store::port::AttributeValue;
use carillon_store::{Change, News, Stored, TenantTable};
use jiff::Timestamp;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn terms() -> Terms {
    Terms {
        channel: Channel::Voice,
        purpose: Purpose::Informational,
        subject: "cmp_0192f3a4b5c67d8e9f00112233445566".into(),
        window: WeekWindow::always(),
        artificial_voice: true,
        record: false,
        caps: Vec::new(),
        waive_house_rules: false,
    }
}

/// The third attempt, ended, at somebody with two zones and a consent.
fn attempt(terms: &Terms, place: &str, part: Option<&str>, zones: &[&str]) -> Attempt {
    let enrollment = EnrollmentRef {
        tenant: "acme".parse().unwrap(),
        campaign: terms.subject.parse().unwrap(),
        contact: "con_5f0c6b1e2d3a49587766554433221100".parse().unwrap(),
    };
    let past = ["2026-03-01T15:00:00.123Z", "2026-03-02T15:30:00.456Z"];
    let candidate = Candidate {
        place: Place { country: place.into(), subdivision: part.map(str::to_owned) },
        zones: Zones::new(zones).unwrap(),
        consents: vec![ConsentGiven {
            kind: Consent::AutomatedCalls,
            evidence: "import imp_0192f3a4b5c67d8e9f00112233445577 column consent".into(),
            at: at("2026-01-05T09:00:00Z"),
        }],
        suppressions: Vec::new(),
        attempts: past
            .map(|past| PastAttempt {
                at: at(past),
                channel: Channel::Voice,
                subject: terms.subject.clone(),
                refused: false,
            })
            .into(),
    };
    let now = at("2026-03-03T16:00:00.789Z");
    let verdict = evaluate(RuleBook::bundled(), terms, &candidate, now);
    assert!(verdict.is_allowed(), "{verdict:?}");
    let grounds = Some(Grounds::of(terms, candidate, &verdict));
    let to = "+12025550123".parse().unwrap();
    let from = "+12025550199".parse().unwrap();
    Attempt {
        state: AttemptState::Ended { outcome: Outcome::NoAnswer, at: now },
        call: Some(CallId("CA0123456789abcdef0123456789abcdef".into())),
        grounds,
        ..Attempt::new(AttemptRef { enrollment, number: 3 }, to, from, now, verdict)
    }
}

/// `pk`, `sk` and the version.
const KEYS: usize = 101;

/// Bytes as DynamoDB counts them: names and values, and three for each map or list plus one an entry.
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>()
        }
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size(value)).sum::<usize>(),
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::B(_) | AttributeValue::Ss(_) | AttributeValue::Ns(_) | AttributeValue::Bs(_) => {
            unreachable!("attempts have none of these")
        }
    }
}

#[test]
fn an_attempt_with_its_grounds_takes_what_it_is_said_to() {
    let terms = terms();
    for (place, part, zones, bytes_max) in [
        ("DE", None, &["Europe/Berlin"][..], 800),
        ("US", Some("FL"), &["America/New_York", "America/Chicago"][..], 1_024),
    ] {
        let with = attempt(&terms, place, part, zones);
        let without = Attempt { grounds: None, ..with.clone() };
        let bytes = |attempt: &Attempt| -> usize {
            KEYS + to_item(attempt)
                .unwrap()
                .iter()
                .filter(|(name, _)| *name != "id") // the key tells it
                .map(|(name, value)| name.len() + size(value))
                .sum::<usize>()
        };
        println!("{place}: {} bytes, {} without its grounds", bytes(&with), bytes(&without));
        assert!(bytes(&with) <= bytes_max, "{place}: {}", bytes(&with));
    }
}

#[tokio::test]
async fn a_stored_decision_is_made_again_from_what_is_stored() {
    let table = MemoryTable::new();
    let tenant = "acme".parse().unwrap();
    let table = TenantTable::new(&table, &tenant);
    let terms = terms();
    let attempt = attempt(&terms, "US", Some("FL"), &["America/New_York", "America/Chicago"]);
    let campaign = attempt.id.enrollment.campaign.clone();
    table.save_terms(&campaign, &terms).await.unwrap();
    table.save_terms(&campaign, &terms).await.unwrap();
    table.save_attempt(&Stored::new(attempt.clone())).await.unwrap();

    let found = table.attempt(&attempt.id).await.unwrap().unwrap().value;
    let grounds = found.grounds.unwrap();
    let then = table.terms(&campaign, &grounds.terms).await.unwrap().unwrap();
    grounds.replay(RuleBook::bundled(), &then, &found.allowed_by).unwrap();
    assert!(table.terms(&campaign, &"0123456789abcdef".parse().unwrap()).await.unwrap().is_none());
}

/// What is read from the stream has to be read from what is stored, and a provider may tell of a recording before it
/// tells of the end.
#[tokio::test]
async fn a_call_is_told_of_once_ended_and_its_recording_with_it_or_after_it() {
    let memory = MemoryTable::new();
    let tenant = "acme".parse().unwrap();
    let table = TenantTable::new(&memory, &tenant);
    let news = || -> Vec<News> {
        let changes = memory.drain_changes().into_iter().map(Change::from);
        let news = changes.flat_map(|change| News::of(&change).unwrap());
        news.map(|(whose, news)| (whose == tenant).then_some(news).unwrap()).collect()
    };
    let ended = attempt(&terms(), "DE", None, &["Europe/Berlin"]);
    let recording =
        Recording { id: "RE1".into(), url: "https://api.example/Recordings/RE1".into(), seconds: 3 };
    for recorded_first in [true, false] {
        let mut stored = Stored::new(Attempt { state: AttemptState::InCall, ..ended.clone() });
        if !recorded_first {
            stored.value.id.number += 1;
        }
        table.save_attempt(&stored).await.unwrap();
        stored.version += 1;
        assert_eq!(news(), []);
        // One after the other, in this order or that one.
        let happens = |stored: &mut Stored<Attempt>, recorded: bool| {
            if recorded {
                stored.value.recording = Some(recording.clone());
            } else {
                stored.value.state = ended.state;
            }
        };
        happens(&mut stored, recorded_first);
        table.save_attempt(&stored).await.unwrap();
        stored.version += 1;
        assert_eq!(news().len(), usize::from(!recorded_first), "a recording alone is not announced yet");
        happens(&mut stored, !recorded_first);
        table.save_attempt(&stored).await.unwrap();
        stored.version += 1;
        let told = news();
        assert!(
            told.contains(&News::Recorded { call: stored.value.id.clone().into(), message: false }),
            "{told:?}"
        );
        table.save_attempt(&stored).await.unwrap();
        assert_eq!(news(), [], "nothing new");
        stored.version += 1;
        stored.value.erase();
        table.save_attempt(&stored).await.unwrap();
        let (call, recording) = (stored.value.id.clone().into(), recording.clone());
        assert_eq!(news(), [News::Forgotten { call, message: false, recording }]);
    }
}

#[tokio::test]
async fn whoever_called_whom_the_call_of_an_agent_that_came_last_comes_first() {
    let (table, tenant) = (MemoryTable::new(), "acme".parse().unwrap());
    let acme = TenantTable::new(&table, &tenant);
    let out = attempt(&terms(), "US", Some("NY"), &["America/New_York"]);
    let contact = out.id.enrollment.contact.clone();
    let calls = async || acme.contact_file(&contact).await.unwrap().agents_calls();
    acme.save_attempt(&Stored::new(out.clone())).await.unwrap();
    assert!(calls().await.is_empty(), "no agent was to have it");
    let mut stored = acme.attempt(&out.id).await.unwrap().unwrap();
    stored.value.agents = Some(AgentsWhen::Answer);
    acme.save_attempt(&stored).await.unwrap();
    let plan = serde_json::from_str(r#"{"name": "Service"}"#).unwrap();
    let queue = Queue { id: "que_1".parse().unwrap(), plan, created_at: Timestamp::UNIX_EPOCH };
    for (id, begun) in [("acme.inb_9", "2026-03-01T10:00:00Z"), ("acme.inb_1", "2026-03-04T10:00:00Z")] {
        let beginning = Beginning {
            id: id.parse().unwrap(),
            contact: Some(contact.clone()),
            from: "+12025550199".parse().unwrap(),
            handling: Handling {
                offer_seconds: 20,
                patience_seconds: 120,
                wrap_up_seconds: 30,
                ring: RingWhen::OnAnswer,
                transfer: Transfer::Warm,
            },
            ring_seconds: 0,
        };
        let live = Stored::new(LiveCall::begin(beginning, &queue, at(begun)));
        acme.save_live(&live, None, &[]).await.unwrap();
    }
    let in_order = calls().await.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        in_order,
        ["acme.inb_1".to_owned(), LiveId::from(out.id).to_string(), "acme.inb_9".to_owned()]
    );
}
