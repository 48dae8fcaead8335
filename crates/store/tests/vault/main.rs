//! What is sealed, and what is left of a person who was forgotten.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use carillon_domain::attempt::{Attempt, AttemptState, Recording};
use carillon_domain::compliance::{Consent, SuppressionReason};
use carillon_domain::contact::{ConsentGiven, Contact};
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::{AttemptRef, ContactId, EnrollmentRef, TenantId};
use carillon_domain::note::Note;
use carillon_domain::outcome::{EndReason, Outcome};
use carillon_domain::phone::{E164, LineType, Place};
use carillon_domain::suppression::{Scope, Suppression};
use carillon_store::memory::MemoryTable;
use carillon_store::port::{AttributeValue, Condition, Item, Key, Write};
use carillon_store::vault::{LocalKeys, Vault};
use carillon_store::{Consistency, Stored, Table, TenantTable};
use jiff::Timestamp;

mod crashes;

const NUMBER: &str = "+442079460018";
/// Everything that tells who the person is, save the number.
const TELLING: [&str; 8] = [
    "020 7946 0018",
    "Ada",
    "Quillon",
    "Quillon & Co",
    "ada@quillon.example",
    "CRM-77",
    "vip",
    "allergic to cats",
];

struct World {
    table: Arc<MemoryTable>,
    private: Arc<MemoryTable>,
    keys: Arc<LocalKeys>,
    vault: Vault,
    tenant: TenantId,
}

impl World {
    fn new() -> Self {
        let (table, private, keys) =
            (Arc::new(MemoryTable::new()), Arc::new(MemoryTable::new()), Arc::<LocalKeys>::default());
        let vault = Vault::in_memory(private.clone(), keys.clone());
        Self { table, private, keys, vault, tenant: "acme".parse().unwrap() }
    }

    fn acme(&self) -> TenantTable<'_> {
        TenantTable::new(self.table.as_ref(), &self.tenant).with_vault(&self.vault)
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn id(n: u32) -> ContactId {
    format!("con_{n:04}").parse().unwrap()
}

fn ada(n: u32) -> Contact {
    Contact {
        id: id(n),
        phone: NUMBER.parse().unwrap(),
        phone_given: TELLING[0].into(),
        place: Place { country: "GB".into(), subdivision: None },
        line_type: LineType::FixedLine,
        zones: vec!["Europe/London".into()],
        first_name: Some(TELLING[1].into()),
        last_name: Some(TELLING[2].into()),
        company: Some(TELLING[3].into()),
        email: Some(TELLING[4].into()),
        locale: Some("en-GB".into()),
        external_id: Some(TELLING[5].into()),
        tags: BTreeSet::from([TELLING[6].into()]),
        custom: BTreeMap::from([("notes".into(), TELLING[7].into())]),
        consents: vec![ConsentGiven { kind: Consent::Calls, evidence: "imp_1 row 7: yes".into(), at: at(0) }],
        source: None,
        merged: BTreeSet::new(),
        created_at: at(0),
        updated_at: at(0),
    }
}

fn enrollment(contact: &Contact, campaign: &str) -> Enrollment {
    Enrollment {
        id: EnrollmentRef {
            tenant: "acme".parse().unwrap(),
            campaign: campaign.parse().unwrap(),
            contact: contact.id.clone(),
        },
        state: EnrollmentState::Waiting { due: at(10) },
        shard: 0,
        priority: 5,
        to: contact.phone.clone(),
        place: contact.place.clone(),
        zones: contact.zones.clone(),
        consents: contact.consents.clone(),
        history: Vec::new(),
        promised: None,
        for_agent: None,
        returned: false,
        source: None,
        last_verdict: None,
    }
}

fn attempt(of: &Enrollment, number: u16, state: AttemptState) -> Attempt {
    let verdict = r#"{"is":"allowed","open_until":"2027-01-02T00:00:00Z","basis":{"at":"2027-01-01T00:00:00Z","book":"b","places":[],"rules":[]}}"#;
    let id = AttemptRef { enrollment: of.id.clone(), number };
    let from = "+442079460999".parse().unwrap();
    Attempt {
        state,
        check_after: at(80),
        talk_seconds: Some(12),
        ..Attempt::new(id, of.to.clone(), from, at(20), serde_json::from_str(verdict).unwrap())
    }
}

/// Every byte of a table, as somebody with a copy of it would search it.
fn bytes(items: &[Item]) -> Vec<u8> {
    fn add(out: &mut Vec<u8>, value: &AttributeValue) {
        match value {
            AttributeValue::S(text) | AttributeValue::N(text) => out.extend(text.as_bytes()),
            AttributeValue::B(bytes) => out.extend(bytes),
            AttributeValue::M(map) => map.iter().for_each(|(name, value)| {
                out.extend(name.as_bytes());
                add(out, value);
            }),
            AttributeValue::L(list) => list.iter().for_each(|value| add(out, value)),
            AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => {
                texts.iter().for_each(|text| out.extend(text.as_bytes()));
            }
            AttributeValue::Bs(all) => all.iter().for_each(|bytes| out.extend(bytes)),
            AttributeValue::Bool(_) | AttributeValue::Null(_) => {}
        }
        out.push(0);
    }
    let mut out = Vec::new();
    for item in items {
        for (name, value) in item.iter() {
            out.extend(name.as_bytes());
            add(&mut out, value);
        }
    }
    out
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    let lower = haystack.to_ascii_lowercase();
    lower.windows(needle.len()).any(|window| window == needle.to_ascii_lowercase().as_bytes())
}

#[tokio::test]
async fn the_table_tells_nobody_who_somebody_is() {
    let world = World::new();
    let acme = world.acme();
    acme.save_contact(&Stored::new(ada(1))).await.unwrap();
    let stored = bytes(&world.table.items());
    for telling in TELLING {
        assert!(!holds(&stored, telling), "{telling} is in the clear");
    }
    assert!(holds(&stored, NUMBER), "what the engine calls by");
    assert_eq!(acme.contact(&id(1)).await.unwrap().unwrap(), Stored { value: ada(1), version: 1 });
    assert_eq!(acme.contacts_by_id(&[id(1), id(2)]).await.unwrap().len(), 1);
    assert_eq!(acme.contacts_by_name("", None, 10).await.unwrap().0[0].contact.value, ada(1));
    // Whoever has no keys sees what calling takes, and cannot write over the rest.
    let without = TenantTable::new(world.table.as_ref(), &world.tenant);
    let seen = without.contact(&id(1)).await.unwrap().unwrap();
    assert_eq!((&seen.value.phone, &seen.value.consents), (&ada(1).phone, &ada(1).consents));
    assert_eq!((&seen.value.first_name, seen.value.phone_given.as_str()), (&None, ""));
    assert!(without.save_contact(&seen).await.is_err());
    assert_eq!(acme.contact(&id(1)).await.unwrap().unwrap().value, ada(1));
}

#[tokio::test]
async fn an_edit_keeps_the_key_and_moves_the_name() {
    let world = World::new();
    let acme = world.acme();
    acme.save_contact(&Stored::new(ada(1))).await.unwrap();
    let keys =
        || world.private.items().iter().filter(|item| item["sk"] == AttributeValue::S("KEYS".into())).count();
    assert_eq!(keys(), 1);
    let mut stored = acme.contact(&id(1)).await.unwrap().unwrap();
    stored.value.last_name = Some("Zimmer".into());
    acme.save_contact(&stored).await.unwrap();
    let found = acme.contact(&id(1)).await.unwrap().unwrap();
    assert_eq!((found.value.last_name.as_deref(), found.version), (Some("Zimmer"), 2));
    assert_eq!(keys(), 1, "no key more");
    assert!(!holds(&bytes(&world.private.items()), "quillon ada"));
    assert!(acme.save_contact(&stored).await.is_err(), "a version that is no longer");
}

#[tokio::test]
async fn a_contact_from_before_is_read_as_it_is_and_sealed_when_it_is_written() {
    let world = World::new();
    let acme = world.acme();
    acme.save_contact(&Stored::new(ada(1))).await.unwrap();
    let key = Key { pk: "T#acme#C#con_0001".into(), sk: "CONTACT".into() };
    let mut clear: std::collections::HashMap<_, _> = carillon_store::codec::to_item(&ada(1)).unwrap().into();
    clear.insert("pk".into(), AttributeValue::S(key.pk.clone()));
    clear.insert("sk".into(), AttributeValue::S(key.sk.clone()));
    clear.insert("v".into(), AttributeValue::N("1".into()));
    world.table.write(Write::Put { item: clear.into(), condition: Condition::None }).await.unwrap();
    assert!(holds(&bytes(&world.table.items()), "Quillon"));
    let read = acme.contact(&id(1)).await.unwrap().unwrap();
    assert_eq!(read.value, ada(1));
    acme.save_contact(&read).await.unwrap();
    assert!(!holds(&bytes(&world.table.items()), "Quillon"));
    assert_eq!(acme.contact(&id(1)).await.unwrap().unwrap().value, ada(1));
}

#[tokio::test]
async fn sealed_texts_cannot_be_swapped() {
    let world = World::new();
    let acme = world.acme();
    let keys = acme.new_profile_keys(2).await.unwrap();
    let (one, other) = (ada(1), Contact { first_name: Some("Bea".into()), ..ada(2) });
    acme.create_contact(&one, &keys[0]).await.unwrap();
    acme.create_contact(&other, &keys[1]).await.unwrap();
    // Somebody who may write to the table gives one person the other's profile, with the place of its key.
    let items = world.table.items();
    let of = |n: u32| items.iter().find(|item| item["id"] == AttributeValue::S(id(n).to_string())).unwrap();
    let mut forged = of(1).clone();
    for name in ["profile", "key"] {
        forged.insert(name.to_owned(), of(2)[name].clone());
    }
    world.table.write(Write::Put { item: forged, condition: Condition::None }).await.unwrap();
    assert!(acme.contact(&id(1)).await.is_err(), "found out, not believed");
}

#[tokio::test]
async fn a_tenants_key_is_no_other_tenants() {
    let world = World::new();
    world.acme().save_contact(&Stored::new(ada(1))).await.unwrap();
    // Somebody copies acme's wrapped key to where globex keeps its own.
    let items = world.private.items();
    let mut copied = items.iter().find(|item| item["sk"] == AttributeValue::S("KEY".into())).unwrap().clone();
    copied.insert("pk".to_owned(), AttributeValue::S("T#globex".into()));
    world.private.write(Write::Put { item: copied, condition: Condition::None }).await.unwrap();
    let (globex, vault) =
        ("globex".parse().unwrap(), Vault::in_memory(world.private.clone(), world.keys.clone()));
    let table = TenantTable::new(world.table.as_ref(), &globex).with_vault(&vault);
    assert!(table.save_contact(&Stored::new(ada(2))).await.is_err());
}

#[tokio::test]
async fn many_people_cost_few_questions_to_kms() {
    let world = World::new();
    let acme = world.acme();
    for batch in 0..10 {
        let keys = acme.new_profile_keys(32).await.unwrap();
        let people: Vec<Contact> = (0..32).map(|n| ada(batch * 32 + n)).collect();
        for (person, key) in people.iter().zip(&keys) {
            acme.create_contact(person, key).await.unwrap();
        }
        acme.index_contacts(&people.iter().collect::<Vec<_>>()).await.unwrap();
    }
    assert_eq!(acme.contacts_by_name("", None, 200).await.unwrap().0.len(), 200);
    assert_eq!(world.keys.asked(), 1, "one tenant, one question");
    // Another sandbox asks once.
    let other = Vault::in_memory(world.private.clone(), world.keys.clone());
    let elsewhere = TenantTable::new(world.table.as_ref(), &world.tenant).with_vault(&other);
    for n in 0..50 {
        assert_eq!(elsewhere.contact(&id(n)).await.unwrap().unwrap().value, ada(n));
    }
    assert_eq!(world.keys.asked(), 2);
}

#[tokio::test]
async fn keys_that_were_not_needed_are_thrown_away() {
    let world = World::new();
    let acme = world.acme();
    let keys = acme.new_profile_keys(40).await.unwrap();
    assert_eq!(world.private.len(), 3, "the tenant's key, and forty keys in two items");
    acme.discard_profile_keys(&keys).await.unwrap();
    assert_eq!(world.private.len(), 1);
}

#[tokio::test]
async fn a_backup_and_the_tenants_key_do_not_bring_a_forgotten_person_back() {
    let world = World::new();
    let acme = world.acme();
    acme.save_contact(&Stored::new(ada(1))).await.unwrap();
    acme.save_contact(&Stored::new(Contact { id: id(2), ..ada(2) })).await.unwrap();
    let backup = world.table.items();
    acme.erase_contact(&id(1), "user-1", at(100)).await.unwrap().unwrap();

    // The table as it was, beside the private table as it is: that has no backup. KMS unwraps the tenant's key.
    let restored = MemoryTable::new();
    for item in &backup {
        restored.write(Write::Put { item: item.clone(), condition: Condition::None }).await.unwrap();
    }
    let vault = Vault::in_memory(world.private.clone(), world.keys.clone());
    let of_then = TenantTable::new(&restored, &world.tenant).with_vault(&vault);
    let forgotten = of_then.contact(&id(1)).await.unwrap().unwrap().value;
    let known = Contact {
        phone_given: String::new(),
        first_name: None,
        last_name: None,
        company: None,
        email: None,
        locale: None,
        external_id: None,
        tags: BTreeSet::new(),
        custom: BTreeMap::new(),
        ..ada(1)
    };
    assert_eq!(forgotten, known, "number and consents; nothing that was sealed");
    assert_eq!(of_then.contact(&id(2)).await.unwrap().unwrap().value, ada(2), "others are as they were");
    for telling in TELLING {
        assert!(!holds(&bytes(&backup), telling), "{telling} is in the backup");
    }
    // Erased again after such a restore, the rest goes too.
    of_then.erase_contact(&id(1), "user-1", at(200)).await.unwrap().unwrap();
    assert!(of_then.contact(&id(1)).await.unwrap().is_none());
}

#[tokio::test]
async fn who_is_forgotten_leaves_proofs_outcomes_and_no_name_and_no_number() {
    let world = World::new();
    let acme = world.acme();
    let person = ada(1);
    acme.save_contact(&Stored::new(person.clone())).await.unwrap();
    let (running, over) = (enrollment(&person, "cmp_1"), {
        let mut over = enrollment(&person, "cmp_2");
        over.end(EndReason::Reached, at(5));
        over
    });
    acme.save_enrollment(&Stored::new(running.clone())).await.unwrap();
    acme.save_enrollment(&Stored::new(over.clone())).await.unwrap();
    let done = AttemptState::Ended { outcome: Outcome::Completed, at: at(30) };
    acme.save_attempt(&Stored::new(attempt(&over, 1, done))).await.unwrap();
    acme.save_attempt(&Stored::new(attempt(&running, 1, AttemptState::InCall))).await.unwrap();
    let written = Note {
        id: "not_1".parse().unwrap(),
        contact: id(1),
        text: TELLING[7].into(),
        author: "user-1".into(),
        created_at: at(40),
        edited_at: None,
    };
    acme.save_note(&Stored::new(written.clone())).await.unwrap();
    assert_eq!(acme.note(&id(1), &written.id).await.unwrap().unwrap().value, written);
    assert_eq!(acme.contact_file(&id(1)).await.unwrap().notes[0].value, written);
    assert!(!holds(&bytes(&world.table.items()), TELLING[7]), "a note is sealed as well");
    let suppression = Suppression {
        address: NUMBER.into(),
        scope: Scope::Sms,
        reason: SuppressionReason::OptedOut,
        source: "acme".into(),
        added_at: at(1),
    };
    acme.suppress(&suppression).await.unwrap();

    let (erasure, erased) = acme.erase_contact(&id(1), "user-1", at(100)).await.unwrap().unwrap();
    assert_eq!((erased.ended, erased.calls_open, erased.calls.len()), (1, 1, 1));
    assert_eq!((erasure.by.as_str(), &erasure.consents), ("user-1", &person.consents));
    let file = acme.contact_file(&id(1)).await.unwrap();
    assert!(file.contact.is_none() && file.notes.is_empty());
    let states: Vec<_> = file.enrollments.iter().map(|enrollment| enrollment.value.state).collect();
    assert_eq!(
        states,
        [
            EnrollmentState::Ended { reason: EndReason::Erased, at: at(100) },
            EnrollmentState::Ended { reason: EndReason::Reached, at: at(5) }
        ]
    );
    assert!(file.enrollments.iter().all(|enrollment| enrollment.value.to.is_erased()));
    // A call under way keeps its number until it has ended: the provider can still be asked about it.
    let open = file.attempts.iter().find(|attempt| attempt.value.is_open()).unwrap().clone();
    assert_eq!(open.value.to.as_str(), NUMBER);
    let mut ended = open;
    ended.value.state = done;
    acme.save_attempt(&ended).await.unwrap();

    let (record, again) = acme.erase_contact(&id(1), "user-2", at(200)).await.unwrap().unwrap();
    assert_eq!((again.ended, again.calls_open, again.calls.len()), (0, 0, 2));
    assert_eq!(record, erasure, "who asked first, and when");
    let outcomes: Vec<_> = acme.contact_file(&id(1)).await.unwrap().attempts;
    assert!(outcomes.iter().all(|attempt| attempt.value.outcome() == Some((Outcome::Completed, at(30)))));

    // In the whole table the number stands where it keeps people from calling it, and nowhere else.
    let elsewhere: Vec<Item> = world
        .table
        .items()
        .into_iter()
        .filter(|item| !matches!(&item["pk"], AttributeValue::S(pk) if pk.contains("#S#")))
        .collect();
    for telling in TELLING.iter().chain([&NUMBER]) {
        assert!(!holds(&bytes(&elsewhere), telling), "{telling} is in the table");
        assert!(!holds(&bytes(&world.private.items()), telling), "{telling} is in the private table");
    }
    let suppressed = acme.suppressions_of(&[NUMBER], Scope::Sms, Consistency::Strong).await.unwrap();
    assert_eq!(suppressed.len(), 1);
    assert!(acme.erase_contact(&id(9), "user-1", at(300)).await.unwrap().is_none(), "nobody");

    // The number comes again: a new person as far as names go, with a new key.
    let new = Contact { first_name: Some("Bea".into()), consents: Vec::new(), ..person };
    acme.save_contact(&Stored::new(new.clone())).await.unwrap();
    assert_eq!(acme.contact(&id(1)).await.unwrap().unwrap().value, new);
    let (last, _) = acme.erase_contact(&id(1), "user-3", at(400)).await.unwrap().unwrap();
    assert_eq!(last.consents, erasure.consents, "proofs of both times");
}

#[tokio::test]
async fn whoever_was_merged_into_a_person_is_forgotten_with_them() {
    const OTHER: &str = "+442079460555";
    let world = World::new();
    let acme = world.acme();
    // The other's record went when they were merged; its number stands in what is left of its campaigns.
    let person = Contact { merged: [id(2)].into(), ..ada(1) };
    acme.save_contact(&Stored::new(person.clone())).await.unwrap();
    let mut left = enrollment(&person, "cmp_1");
    left.id.contact = id(2);
    left.to = OTHER.parse().unwrap();
    acme.save_enrollment(&Stored::new(left.clone())).await.unwrap();
    let mut called = attempt(&left, 1, AttemptState::InCall);
    called.recording = Some(Recording { id: "RE1".into(), url: "https://x/RE1".into(), seconds: 3 });
    acme.save_attempt(&Stored::new(called)).await.unwrap();
    let numbers = acme.numbers_of(&id(1)).await.unwrap();
    assert_eq!(numbers.iter().map(E164::as_str).collect::<Vec<_>>(), [NUMBER, OTHER]);

    let (_, erased) = acme.erase_contact(&id(1), "user-1", at(100)).await.unwrap().unwrap();
    assert_eq!((erased.ended, erased.calls_open, erased.calls.len()), (1, 1, 0));
    let mut ended = acme.contact_file(&id(2)).await.unwrap().attempts.remove(0);
    ended.value.state = AttemptState::Ended { outcome: Outcome::Completed, at: at(130) };
    acme.save_attempt(&ended).await.unwrap();
    // Asked again, when the contact is long gone.
    let (_, erased) = acme.erase_contact(&id(1), "user-1", at(200)).await.unwrap().unwrap();
    assert_eq!((erased.calls_open, erased.calls), (0, vec![ended.value.id]));
    assert_eq!(acme.contact_file(&id(2)).await.unwrap().attempts[0].value.recording, None);
    for telling in [OTHER, NUMBER, "RE1"] {
        assert!(!holds(&bytes(&world.table.items()), telling), "{telling} is in the table");
    }
    assert!(acme.numbers_of(&id(1)).await.unwrap().is_empty());
}
