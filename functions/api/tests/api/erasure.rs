//! Forgetting a person, as an admin does it.

use carillon_domain::attempt::Attempt;
use carillon_domain::ids::ContactId;
use carillon_domain::ports::Objects as _;
use carillon_engine::clock::Clock as _;
use carillon_engine::errands::recording_key;
use carillon_store::Stored;
use serde_json::json;

use crate::rig::{ADMIN, Rig, STRANGER, SUPERVISOR, Sent};

#[tokio::test]
async fn a_person_is_forgotten_once_and_for_all_by_an_admin() {
    let rig = Rig::new().await;
    let campaign = rig.draft().await;
    let new = json!({"phone": "020 7946 0018", "first_name": "Quillon", "email": "q@vandersloot.example",
        "custom": {"plan": "plus"}});
    let contact = rig.post(&SUPERVISOR, "/v1/contacts", new.clone()).await.must(201).json();
    let contact = contact["id"].as_str().unwrap();
    let enroll = json!({"contacts": [contact]});
    rig.post(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/enrollments"), enroll).await.must(200);
    let path = format!("/v1/contacts/{contact}");
    let erase = format!("{path}/erase");

    rig.post(&SUPERVISOR, &erase, json!({})).await.must(403);
    rig.post(&STRANGER, &erase, json!({})).await.must(404);
    rig.post(&ADMIN, &erase, json!({"supress": false})).await.must(422);
    let erased = rig.post(&ADMIN, &erase, json!({})).await.must(200).json();
    assert_eq!((&erased["contact"], &erased["erased_by"]), (&json!(contact), &json!("admin-1")));
    assert_eq!((&erased["enrollments_ended"], &erased["calls_open"]), (&json!(1), &json!(0)));
    rig.pass(3600);
    let again = rig.post(&ADMIN, &erase, json!({})).await.must(200).json();
    assert_eq!((&again["erased_at"], &again["enrollments_ended"]), (&erased["erased_at"], &json!(0)));

    assert_eq!(rig.get(&SUPERVISOR, &path).await.must(410).problem(), "erased");
    let patch = Sent::from(json!({"first_name": "Q"})).with("if-match", "*");
    rig.call(&SUPERVISOR, "PATCH", &path, patch).await.must(410);
    assert_eq!(rig.get(&SUPERVISOR, "/v1/contacts").await.must(200).json()["items"], json!([]));
    let detail = rig.get(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/enrollments/{contact}")).await;
    let detail = detail.must(200).json();
    assert_eq!((&detail["contact"], &detail["enrollment"]["reason"]), (&json!(null), &json!("erased")));
    let told = format!("/v1/campaigns/{campaign}/enrollments/{contact}/explanation");
    let told = rig.get(&SUPERVISOR, &told).await.must(200).json();
    assert!(told["summary"].as_str().unwrap().ends_with("the person asked to be forgotten."), "{told}");
    let results = rig.get(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/results.csv")).await.must(200).text;
    assert!(
        results.contains("erased") && !results.contains("7946") && !results.contains("Quillon"),
        "{results}"
    );

    // Suppressed, unless somebody says otherwise: that list is the one place which still knows the number.
    let list = rig.get(&SUPERVISOR, "/v1/suppressions").await.must(200).json();
    assert_eq!(list["items"][0]["address"], "+442079460018");
    let tenant = Rig::tenant("acme");
    let id: ContactId = contact.parse().unwrap();
    assert!(rig.acme(&tenant).contact(&id).await.unwrap().is_none());
    assert_eq!(rig.private.len(), 2, "the tenant's key, and an item that holds no key any more");

    // The number may come again, as somebody of whom nothing is known; and be forgotten again.
    let known =
        rig.post(&SUPERVISOR, "/v1/contacts", json!({"phone": "020 7946 0018"})).await.must(201).json();
    assert_eq!((&known["id"], &known["first_name"]), (&json!(contact), &json!(null)));
    rig.get(&SUPERVISOR, &path).await.must(200);
    rig.post(&ADMIN, &erase, json!({"suppress": false})).await.must(200);
    rig.get(&SUPERVISOR, &path).await.must(410);
    rig.post(&ADMIN, "/v1/contacts/con_00000000000000000000000000000000/erase", json!({})).await.must(404);
}

#[tokio::test]
async fn what_was_said_on_the_telephone_is_forgotten_too() {
    let rig = Rig::new().await;
    let campaign = rig.draft().await;
    let new = json!({"phone": "020 7946 0018", "first_name": "Quillon"});
    let contact = rig.post(&SUPERVISOR, "/v1/contacts", new).await.must(201).json();
    let contact = contact["id"].as_str().unwrap();
    let enroll = json!({"contacts": [contact]});
    rig.post(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/enrollments"), enroll).await.must(200);
    let (call, now) = (format!("acme.{campaign}.{contact}.1"), rig.clock.now());
    let attempt = json!({"id": call, "to": "+442079460018", "from": "+442079460019", "created_at": now,
        "check_after": now, "state": {"is": "ended", "outcome": "completed", "at": now},
        "recording": {"id": "RE1", "url": "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1", "seconds": 3},
        "allowed_by": {"is": "allowed", "open_until": now, "basis": {"book": "b", "at": now, "rules": []}}});
    let attempt: Attempt = serde_json::from_value(attempt).unwrap();
    let key = recording_key(&attempt.id);
    let tenant = Rig::tenant("acme");
    rig.acme(&tenant).save_attempt(&Stored::new(attempt)).await.unwrap();
    let (neighbours, sound) = (key.replace("/1.mp3", "/2.mp3"), vec![0; 4]);
    rig.objects.put(&key, sound.clone(), "audio/mpeg").await.unwrap();
    rig.objects.put(&neighbours, sound, "audio/mpeg").await.unwrap();
    rig.get(&SUPERVISOR, &format!("/v1/calls/{call}/recording")).await.must(200);

    rig.post(&ADMIN, &format!("/v1/contacts/{contact}/erase"), json!({})).await.must(200);
    assert_eq!(rig.objects.keys(), [neighbours]);
    rig.get(&SUPERVISOR, &format!("/v1/calls/{call}/recording")).await.must(404);
}
