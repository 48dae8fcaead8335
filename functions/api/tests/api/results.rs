//! Who is in a campaign, and what became of them.

use carillon_domain::attempt::{Attempt, AttemptState};
use carillon_domain::compliance::{Basis, RuleBook, Verdict};
use carillon_domain::ids::{AttemptRef, CampaignId, ContactId, EnrollmentRef};
use carillon_domain::outcome::Outcome;
use carillon_domain::ports::CallId;
use carillon_domain::retry::RetryPolicy;
use carillon_store::Stored;
use jiff::Timestamp;
use serde_json::json;

use crate::rig::{Rig, SUPERVISOR};

/// A campaign with so many contacts, every third of whom was called and did not answer.
async fn called(rig: &Rig, contacts: usize) -> (String, Vec<String>) {
    let campaign = rig.draft().await;
    let mut ids = Vec::new();
    for at in 0..contacts {
        ids.push(rig.contact(&format!("020 7946 00{at:02}")).await);
    }
    let path = format!("/v1/campaigns/{campaign}/enrollments");
    rig.post(&SUPERVISOR, &path, json!({"contacts": ids})).await.must(200);
    for id in ids.iter().step_by(3) {
        no_answer(rig, &campaign, id).await;
    }
    (campaign, ids)
}

async fn no_answer(rig: &Rig, campaign: &str, contact: &str) {
    let tenant = Rig::tenant("acme");
    let table = rig.acme(&tenant);
    let (campaign, contact): (CampaignId, ContactId) = (campaign.parse().unwrap(), contact.parse().unwrap());
    let id = EnrollmentRef { tenant: tenant.clone(), campaign, contact };
    let mut enrollment = table.enrollment(&id).await.unwrap().unwrap();
    let at: Timestamp = "2027-03-01T10:05:00Z".parse().unwrap();
    let book = RuleBook::bundled();
    let rules = book.rules().take(1).map(|rule| rule.reference()).collect();
    let basis =
        Basis { book: book.digest().to_owned(), at, rules, consents: Vec::new(), warnings: Vec::new() };
    let allowed_by = Verdict::Allowed { open_until: at, duties: Vec::new(), basis };
    let to = enrollment.value.to.clone();
    let from = "+442079460123".parse().unwrap();
    let attempt = Attempt {
        state: AttemptState::Ended { outcome: Outcome::NoAnswer, at },
        call: Some(CallId("CA1".into())),
        ..Attempt::new(AttemptRef { enrollment: id, number: 1 }, to, from, at, allowed_by)
    };
    table.save_attempt(&Stored::new(attempt)).await.unwrap();
    let retry = RetryPolicy { attempts_max: 1, rules: std::collections::BTreeMap::default() };
    assert!(enrollment.value.attempt_ended(1, Outcome::NoAnswer, at, &retry));
    table.save_enrollment(&enrollment).await.unwrap();
}

#[tokio::test]
async fn enrollments_are_paged_in_the_order_they_came_with_and_without_a_filter() {
    let rig = Rig::new().await;
    let (campaign, contacts) = called(&rig, 11).await;
    let path = format!("/v1/campaigns/{campaign}/enrollments");
    for (filter, step, from) in [
        ("", 1, 0),
        ("&state=ended", 3, 0),
        ("&outcome=no_answer", 3, 0),
        ("&state=ended&outcome=busy", 1, 99),
    ] {
        let expected: Vec<&String> = contacts.iter().skip(from).step_by(step).collect();
        for limit in [1, 2, 4, 11, 200] {
            let mut seen = Vec::new();
            let mut next = format!("{path}?limit={limit}{filter}");
            loop {
                let page = rig.get(&SUPERVISOR, &next).await.must(200).json();
                let items = page["items"].as_array().unwrap();
                assert!(items.len() <= limit);
                seen.extend(items.iter().map(|item| item["contact"].as_str().unwrap().to_owned()));
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                next = format!("{path}?limit={limit}{filter}&cursor={cursor}");
            }
            assert_eq!(seen.iter().collect::<Vec<_>>(), expected, "{filter} {limit}");
        }
    }
    let page = rig.get(&SUPERVISOR, &format!("{path}?limit=1")).await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    rig.get(&SUPERVISOR, &format!("{path}?state=ended&cursor={cursor}")).await.must(400);
}

#[tokio::test]
async fn an_enrollment_tells_every_attempt_and_why_it_was_allowed() {
    let rig = Rig::new().await;
    let (campaign, contacts) = called(&rig, 1).await;
    let path = format!("/v1/campaigns/{campaign}/enrollments/{}", contacts[0]);
    let detail = rig.get(&SUPERVISOR, &path).await.must(200).json();
    assert_eq!(detail["enrollment"]["reason"], "exhausted");
    assert_eq!(detail["contact"]["first_name"], "Ada");
    let attempt = &detail["attempts"][0];
    assert_eq!(
        (&attempt["number"], &attempt["outcome"], &attempt["state"]),
        (&json!(1), &json!("no_answer"), &json!("ended"))
    );
    assert!(attempt["allowed_because"][0].as_str().unwrap().starts_with("Allowed until"));
    assert!(!attempt["rules"][0]["citation"].as_str().unwrap().is_empty());
    let file = rig.get(&SUPERVISOR, &format!("/v1/contacts/{}", contacts[0])).await.must(200).json();
    assert_eq!(file["attempts"][0], *attempt);
    assert_eq!(
        (&file["first_name"], &file["enrollments"][0]["enrollment"]),
        (&json!("Ada"), &detail["enrollment"])
    );
    rig.get(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/enrollments/con_none")).await.must(404);
    let told = rig.get(&SUPERVISOR, &format!("{path}/explanation")).await.must(200).json();
    assert!(told["summary"].as_str().unwrap().contains("the plan allows no further try"), "{told}");
    let steps = told["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 4, "enrolled, called, not answered, over: {told}");
    assert_eq!((&steps[1]["attempt"], &steps[1]["replay"]), (&json!(1), &json!("not_kept")));
    assert!(steps[2]["what"].as_str().unwrap().contains("nobody answered") && steps[2]["replay"].is_null());
    rig.get(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/enrollments/con_none/explanation"))
        .await
        .must(404);
}

#[tokio::test]
async fn results_are_a_table_that_no_spreadsheet_runs() {
    let rig = Rig::new().await;
    let (campaign, _) = called(&rig, 2).await;
    let evil = json!({"phone": "020 7946 0099", "first_name": "=HYPERLINK(\"http://evil\")", "company": "Smith, \"Sons\""});
    let evil =
        rig.post(&SUPERVISOR, "/v1/contacts", evil).await.must(201).json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/campaigns/{campaign}");
    rig.pass(1);
    rig.post(&SUPERVISOR, &format!("{path}/enrollments"), json!({"contacts": [evil]})).await.must(200);
    let table = rig.get(&SUPERVISOR, &format!("{path}/results.csv")).await.must(200);
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(table.header("x-next-cursor"), None);
    let lines: Vec<&str> = table.text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with("contact,phone,first_name"));
    assert!(
        lines[1].contains(",+442079460000,Ada,")
            && lines[1].contains(",ended,exhausted,1,no_answer,2027-03-01T10:05:00Z,")
    );
    assert!(lines[2].contains(",waiting,,0,,,2027-03-01T10:00:00Z,"), "{}", lines[2]);
    assert!(
        lines[3].contains("\"'=HYPERLINK(\"\"http://evil\"\")\"")
            && lines[3].contains("\"Smith, \"\"Sons\"\"\""),
        "{}",
        lines[3]
    );
}

#[tokio::test]
async fn newcomers_wake_a_running_campaign_and_a_closed_one_takes_none() {
    let rig = Rig::new().await;
    let campaign = rig.ready().await;
    let path = format!("/v1/campaigns/{campaign}");
    rig.call(&SUPERVISOR, "POST", &format!("{path}/start"), ()).await.must(200);
    let contact = rig.contact("020 7946 0055").await;
    let more = json!({"contacts": [contact]});
    rig.post(&SUPERVISOR, &format!("{path}/enrollments"), more.clone()).await.must(200);
    let runs: Vec<u32> = rig.launches.orders.lock().unwrap().iter().map(|order| order.run).collect();
    assert_eq!(runs, [1, 2], "its planner may be asleep");
    rig.call(&SUPERVISOR, "POST", &format!("{path}/stop"), ()).await.must(200);
    assert_eq!(
        rig.post(&SUPERVISOR, &format!("{path}/enrollments"), more).await.must(409).problem(),
        "not-now"
    );
}

/// That a call was allowed, without saying why.
pub(crate) fn allowed() -> Verdict {
    let at = "2027-03-01T10:05:00Z".parse().unwrap();
    let book = RuleBook::bundled();
    let basis = Basis {
        book: book.digest().to_owned(),
        at,
        rules: Vec::new(),
        consents: Vec::new(),
        warnings: Vec::new(),
    };
    Verdict::Allowed { open_until: at, duties: Vec::new(), basis }
}
