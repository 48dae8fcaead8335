//! The log of calls, and what they come to.

use carillon_domain::attempt::{Attempt, AttemptState};
use carillon_domain::ids::AttemptRef;
use carillon_domain::outcome::Outcome;
use carillon_store::{Stored, TenantTable};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::rig::{ADMIN, AGENT, Rig, STRANGER, SUPERVISOR};

/// An attempt that was made and has ended.
pub(crate) async fn ended(
    rig: &Rig,
    campaign: &str,
    contact: &str,
    number: u16,
    outcome: Outcome,
    at: Timestamp,
) -> String {
    let id: AttemptRef = format!("acme.{campaign}.{contact}.{number}").parse().unwrap();
    let attempt = Attempt {
        check_after: at,
        ..Attempt::new(
            id.clone(),
            "+442079460018".parse().unwrap(),
            "+442079460123".parse().unwrap(),
            at - SignedDuration::from_secs(30),
            crate::results::allowed(),
        )
    };
    let tenant = Rig::tenant("acme");
    let table = TenantTable::new(rig.table.as_ref(), &tenant);
    table.save_attempt(&Stored::new(attempt.clone())).await.unwrap();
    let over = Attempt { state: AttemptState::Ended { outcome, at }, talk_seconds: Some(20), ..attempt };
    table.save_attempt(&Stored { value: over, version: 1 }).await.unwrap();
    id.to_string()
}

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn calls_are_listed_newest_first_and_add_up() {
    let rig = Rig::new().await;
    let campaign = rig.draft().await;
    let contact = rig.contact("020 7946 0018").await;
    let start: Timestamp = "2027-03-01T09:10:00Z".parse().unwrap();
    let outcomes =
        [Outcome::NoAnswer, Outcome::Interested, Outcome::Busy, Outcome::Completed, Outcome::NoAnswer];
    let mut made = Vec::new();
    for (number, outcome) in (1..).zip(outcomes) {
        let at = start + SignedDuration::from_mins(i64::from(number));
        made.push(ended(&rig, &campaign, &contact, number, outcome, at).await);
        if number % 2 == 0 {
            rig.stream().await;
        }
    }
    rig.stream().await;
    made.reverse();
    let all = rig.get(&SUPERVISOR, "/v1/calls").await.must(200).json();
    assert_eq!(ids(&all), made);
    assert_eq!(all["items"][0]["name"], "Ada");
    for limit in 1..=5 {
        let (mut seen, mut path) = (Vec::new(), format!("/v1/calls?limit={limit}"));
        loop {
            let page = rig.get(&SUPERVISOR, &path).await.must(200).json();
            seen.extend(ids(&page));
            let Some(next) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/calls?limit={limit}&cursor={next}");
        }
        assert_eq!(seen, made, "{limit}");
    }
    let count = async |query: &str| -> usize {
        ids(&rig.get(&SUPERVISOR, &format!("/v1/calls?{query}")).await.must(200).json()).len()
    };
    assert_eq!(count("outcome=no_answer").await, 2);
    assert_eq!(count("answered=true").await, 2);
    assert_eq!(count(&format!("campaign={campaign}&answered=false")).await, 3);
    assert_eq!(count("campaign=cmp_other").await, 0);
    assert_eq!(count("from=2027-03-01T09:12:30Z&to=2027-03-01T09:14:00Z").await, 2);
    assert_eq!(count(&format!("contact={contact}&outcome=busy")).await, 1);
    assert_eq!(count(&format!("contact={contact}&limit=2")).await, 2);
    rig.get(&SUPERVISOR, "/v1/calls?outcome=nonsense").await.must(400);
    rig.get(&AGENT, "/v1/calls").await.must(403);
    assert_eq!(rig.get(&STRANGER, "/v1/calls").await.must(200).json()["items"], json!([]));

    let detail = rig.get(&SUPERVISOR, &format!("/v1/calls/{}", made[0])).await.must(200).json();
    let kinds: Vec<_> =
        detail["timeline"].as_array().unwrap().iter().map(|moment| moment["kind"].clone()).collect();
    assert_eq!(kinds, ["placed", "ended"]);
    rig.get(&STRANGER, &format!("/v1/calls/{}", made[0])).await.must(404);
    rig.get(&SUPERVISOR, "/v1/calls/acme.cmp_1.con_1.1").await.must(404);

    let today = rig.get(&SUPERVISOR, "/v1/overview").await.must(200).json();
    assert_eq!((&today["today"]["calls"], &today["today"]["answered"]), (&json!(5), &json!(2)));
    assert_eq!(
        today["today"]["outcomes"],
        json!({"busy": 1, "completed": 1, "interested": 1, "no_answer": 2})
    );
    assert_eq!(today["by_hour"], json!([{"from": "2027-03-01T09:00:00Z", "calls": 5, "answered": 2}]));
    assert_eq!(today["campaigns_today"][&campaign]["talk_seconds"], 100);
    assert_eq!(today["live"], json!([]), "a draft is not live");
    let path = format!("/v1/campaigns/{campaign}/minutes");
    let minutes = rig.get(&SUPERVISOR, &path).await.must(200).json();
    assert_eq!(minutes["minutes"].as_array().unwrap().len(), 5);
    assert_eq!(minutes["minutes"][1], json!({"at": "2027-03-01T09:12:00Z", "calls": 1, "answered": 1}));
    rig.get(&SUPERVISOR, &format!("{path}?hours=25")).await.must(400);
    rig.get(&STRANGER, &path).await.must(404);
}

/// Somebody has written down how it went.
async fn correct(rig: &Rig, id: &str, outcome: Outcome, at: Timestamp) {
    let tenant = Rig::tenant("acme");
    let table = TenantTable::new(rig.table.as_ref(), &tenant);
    let mut attempt = table.attempt(&id.parse().unwrap()).await.unwrap().unwrap();
    attempt.value.state = AttemptState::Ended { outcome, at };
    table.save_attempt(&attempt).await.unwrap();
}

#[tokio::test]
async fn a_call_whose_outcome_is_corrected_is_listed_once_and_counted_once() {
    let rig = Rig::new().await;
    let (campaign, contact) = (rig.draft().await, rig.contact("020 7946 0018").await);
    let at: Timestamp = "2027-03-01T09:10:00Z".parse().unwrap();
    let id = ended(&rig, &campaign, &contact, 1, Outcome::HungUp, at).await;
    rig.stream().await;
    correct(&rig, &id, Outcome::OptedOut, at).await;
    rig.stream().await;
    let all = rig.get(&SUPERVISOR, "/v1/calls").await.must(200).json();
    assert_eq!(ids(&all), [id]);
    assert_eq!(all["items"][0]["outcome"], "opted_out");
    let today = rig.get(&SUPERVISOR, "/v1/overview").await.must(200).json();
    assert_eq!(today["today"]["outcomes"], json!({"opted_out": 1}));
}

#[tokio::test]
async fn a_lead_is_open_until_somebody_has_taken_care_of_it() {
    let rig = Rig::new().await;
    let campaign = rig.draft().await;
    let start: Timestamp = "2027-03-01T09:10:00Z".parse().unwrap();
    let mut leads = Vec::new();
    for (minute, phone) in (1..).zip(["020 7946 0018", "020 7946 0019", "020 7946 0020", "020 7946 0021"]) {
        let contact = rig.contact(phone).await;
        let at = start + SignedDuration::from_mins(minute);
        leads.push(ended(&rig, &campaign, &contact, 1, Outcome::Interested, at).await);
        ended(&rig, &campaign, &contact, 2, Outcome::Busy, at + SignedDuration::from_secs(20)).await;
    }
    rig.stream().await;
    leads.reverse();
    let handled = |id: &str| format!("/v1/calls/{id}/handled");

    let mark = rig.call(&SUPERVISOR, "PUT", &handled(&leads[1]), ()).await.must(200).json();
    assert_eq!(mark["by"], SUPERVISOR.subject);
    let again = rig.call(&ADMIN, "PUT", &handled(&leads[1]), ()).await.must(200).json();
    assert_eq!(again, mark, "whoever was first is kept");

    rig.stream().await; // a mark is no second call in the log

    // A page is filled from behind what it leaves out.
    let open = rig.get(&SUPERVISOR, "/v1/calls?handled=false&limit=2").await.must(200).json();
    assert_eq!(ids(&open), [leads[0].clone(), leads[2].clone()]);
    let next = open["next_cursor"].as_str().unwrap();
    let rest = rig.get(&SUPERVISOR, &format!("/v1/calls?handled=false&limit=2&cursor={next}")).await;
    assert_eq!(ids(&rest.must(200).json()), [leads[3].clone()]);
    let done = rig.get(&SUPERVISOR, "/v1/calls?handled=true").await.must(200).json();
    assert_eq!(ids(&done), [leads[1].clone()]);
    assert_eq!(done["items"][0]["handled"], mark);
    let contact = done["items"][0]["contact"].as_str().unwrap();
    let of = |handled: bool| format!("/v1/calls?contact={contact}&handled={handled}");
    assert_eq!(ids(&rig.get(&SUPERVISOR, &of(true)).await.must(200).json()), [leads[1].clone()]);
    assert_eq!(rig.get(&SUPERVISOR, &of(false)).await.must(200).json()["items"], json!([]));
    rig.get(&SUPERVISOR, "/v1/calls?handled=true&outcome=busy").await.must(400);

    rig.call(&SUPERVISOR, "DELETE", &handled(&leads[1]), ()).await.must(204);
    rig.call(&SUPERVISOR, "DELETE", &handled(&leads[1]), ()).await.must(204);
    assert_eq!(ids(&rig.get(&SUPERVISOR, "/v1/calls?handled=false").await.must(200).json()), leads);

    let busy = leads[0].replace(".1", ".2");
    rig.call(&SUPERVISOR, "PUT", &handled(&busy), ()).await.must(409);
    rig.call(&STRANGER, "PUT", &handled(&leads[0]), ()).await.must(404);
    rig.call(&AGENT, "PUT", &handled(&leads[0]), ()).await.must(403);
}

#[tokio::test]
async fn a_call_that_is_corrected_before_the_log_was_written_is_listed_too() {
    let rig = Rig::new().await;
    let (campaign, contact) = (rig.draft().await, rig.contact("020 7946 0018").await);
    let at: Timestamp = "2027-03-01T09:10:00Z".parse().unwrap();
    let id = ended(&rig, &campaign, &contact, 1, Outcome::Talked, at).await;
    correct(&rig, &id, Outcome::Interested, at).await;
    rig.stream().await;
    let all = rig.get(&SUPERVISOR, "/v1/calls").await.must(200).json();
    assert_eq!(ids(&all), [id]);
    assert_eq!(all["items"][0]["outcome"], "interested");
}
