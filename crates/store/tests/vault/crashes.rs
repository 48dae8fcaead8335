//! What a crash leaves of a person, wherever it comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use carillon_domain::attempt::AttemptState;
use carillon_domain::contact::Contact;
use carillon_domain::ids::ContactId;
use carillon_domain::outcome::Outcome;
use carillon_store::memory::{Faults, MemoryTable, Operation};
use carillon_store::port::{Condition, Item, Write};
use carillon_store::vault::{LocalKeys, Vault};
use carillon_store::{StoreError, Stored, Table, TenantTable};

use crate::{NUMBER, TELLING, World, ada, at, attempt, bytes, enrollment, holds, id};

/// Lets so many writes be done, in both tables together and one by one within a batch, and then none.
struct Dies(AtomicI64);

impl Dies {
    fn write(&self) -> Result<(), StoreError> {
        if self.0.fetch_sub(1, Ordering::Relaxed) > 0 { Ok(()) } else { Err(StoreError::Busy(None)) }
    }
}

impl Faults for Dies {
    fn before(&self, operation: &Operation<'_>) -> Result<(), StoreError> {
        let writes = matches!(operation, Operation::Write(_) | Operation::BatchWrite(_));
        if writes { self.write() } else { Ok(()) }
    }

    fn amid(&self, _: &Operation<'_>, _: usize) -> Result<(), StoreError> {
        self.write()
    }
}

impl World {
    /// One whose writes stop when they are told to.
    fn mortal() -> (Self, Arc<Dies>) {
        let dies = Arc::new(Dies(AtomicI64::new(i64::MAX)));
        let table = Arc::new(MemoryTable::new().with_faults(dies.clone()));
        let private = Arc::new(MemoryTable::new().with_faults(dies.clone()));
        let keys = Arc::<LocalKeys>::default();
        let vault = Vault::in_memory(private.clone(), keys.clone());
        (Self { table, private, keys, vault, tenant: "acme".parse().unwrap() }, dies)
    }

    /// What a backup from then says of a person now.
    async fn restored(&self, backup: &[Item], contact: &ContactId) -> Contact {
        let restored = MemoryTable::new();
        for item in backup.iter().cloned() {
            restored.write(Write::Put { item, condition: Condition::None }).await.unwrap();
        }
        let of_then = TenantTable::new(&restored, &self.tenant).with_vault(&self.vault);
        of_then.contact(contact).await.unwrap().unwrap().value
    }
}

/// More writes than any of these does.
const WRITES_MAX: i64 = 40;

#[tokio::test]
async fn an_erasure_that_crashes_anywhere_is_finished_by_the_next() {
    let mut finished = 0;
    for writes in 0..WRITES_MAX {
        let (world, dies) = World::mortal();
        let (acme, person) = (world.acme(), ada(1));
        acme.save_contact(&Stored::new(person.clone())).await.unwrap();
        let enrolled = enrollment(&person, "cmp_1");
        acme.save_enrollment(&Stored::new(enrolled.clone())).await.unwrap();
        let done = AttemptState::Ended { outcome: Outcome::Completed, at: at(30) };
        acme.save_attempt(&Stored::new(attempt(&enrolled, 1, done))).await.unwrap();
        let backup = world.table.items();
        dies.0.store(writes, Ordering::Relaxed);
        let first = acme.erase_contact(&id(1), "user-1", at(100)).await;
        dies.0.store(i64::MAX, Ordering::Relaxed);
        let (_, second) = acme.erase_contact(&id(1), "user-1", at(200)).await.unwrap().unwrap();
        assert!(first.is_err() || second.ended == 0, "after {writes} writes");
        finished += i64::from(first.is_ok());
        for telling in TELLING.iter().chain([&NUMBER]) {
            assert!(!holds(&bytes(&world.table.items()), telling), "{telling} after {writes} writes");
            assert!(!holds(&bytes(&world.private.items()), telling), "{telling} after {writes} writes");
        }
        assert_eq!(world.restored(&backup, &id(1)).await.first_name, None, "after {writes}");
    }
    assert!((1..WRITES_MAX).contains(&finished), "some crashed and some did not");
}

#[tokio::test]
async fn a_deletion_that_crashes_anywhere_can_be_repeated_until_nothing_is_left() {
    let mut finished = 0;
    for writes in 0..WRITES_MAX {
        let (world, dies) = World::mortal();
        let acme = world.acme();
        acme.save_contact(&Stored::new(ada(1))).await.unwrap();
        let backup = world.table.items();
        let read = acme.contact(&id(1)).await.unwrap().unwrap();
        dies.0.store(writes, Ordering::Relaxed);
        finished += i64::from(acme.delete_contact(&read).await.is_ok());
        dies.0.store(i64::MAX, Ordering::Relaxed);
        // Whoever repeats it finds a contact to delete, or nothing at all.
        if let Some(left) = acme.contact(&id(1)).await.unwrap() {
            acme.delete_contact(&left).await.unwrap();
        }
        assert!(world.table.is_empty(), "after {writes} writes");
        for telling in TELLING {
            assert!(!holds(&bytes(&world.private.items()), telling), "{telling} after {writes} writes");
        }
        assert_eq!(world.restored(&backup, &id(1)).await.first_name, None, "after {writes}");
    }
    assert!((1..WRITES_MAX).contains(&finished), "some crashed and some did not");
}

#[tokio::test]
async fn a_contact_that_is_saved_while_it_is_deleted_keeps_its_name_or_is_not_saved() {
    for writes in 0..WRITES_MAX {
        let (world, dies) = World::mortal();
        let acme = world.acme();
        acme.save_contact(&Stored::new(ada(1))).await.unwrap();
        let backup = world.table.items();
        let before = acme.contact(&id(1)).await.unwrap().unwrap();
        dies.0.store(writes, Ordering::Relaxed);
        let deleted = acme.delete_contact(&before).await;
        dies.0.store(i64::MAX, Ordering::Relaxed);
        // Somebody who read it before, and somebody who reads it while it is going.
        let stale = acme.save_contact(&before).await;
        assert_eq!(stale.is_ok(), writes == 0, "after {writes} writes");
        let (true, Some(read)) = (writes > 0, acme.contact(&id(1)).await.unwrap()) else { continue };
        assert!(deleted.is_err());
        acme.save_contact(&read).await.unwrap();
        assert!(acme.delete_contact(&before).await.is_err(), "no longer as it was read");
        assert_eq!(acme.contact(&id(1)).await.unwrap().unwrap().value, read.value);
        let list = acme.contacts_by_name("", None, 10).await.unwrap().0;
        assert_eq!(list.len(), 1, "listed again after {writes} writes");
        acme.erase_contact(&id(1), "user-1", at(100)).await.unwrap();
        assert_eq!(world.restored(&backup, &id(1)).await.first_name, None, "the old key is gone too");
    }
}

#[tokio::test]
async fn an_edit_that_crashes_anywhere_leaves_no_name_that_is_not_the_contacts() {
    let mut finished = 0;
    for (writes, saved_again) in (0..WRITES_MAX).flat_map(|writes| [(writes, true), (writes, false)]) {
        let (world, dies) = World::mortal();
        let acme = world.acme();
        acme.save_contact(&Stored::new(ada(1))).await.unwrap();
        let mut edited = acme.contact(&id(1)).await.unwrap().unwrap();
        (edited.value.last_name, edited.value.company) = (Some("Zimmer".into()), None);
        dies.0.store(writes, Ordering::Relaxed);
        let first = acme.save_contact(&edited).await;
        dies.0.store(i64::MAX, Ordering::Relaxed);
        finished += i64::from(first.is_ok());
        if saved_again {
            let mut read = acme.contact(&id(1)).await.unwrap().unwrap();
            (read.value.last_name, read.value.company) = (Some("Zimmer".into()), None);
            acme.save_contact(&read).await.unwrap();
            let found = |word| acme.contacts_by_word(word, None, 10);
            assert_eq!(found("zimmer").await.unwrap().0.len(), 1, "after {writes} writes");
            assert!(!holds(&bytes(&world.private.items()), "quillon ada"), "after {writes} writes");
        }
        acme.erase_contact(&id(1), "user-1", at(100)).await.unwrap().unwrap();
        for telling in TELLING.iter().chain([&"Zimmer"]) {
            assert!(!holds(&bytes(&world.private.items()), telling), "{telling} after {writes} writes");
        }
    }
    assert!((2..2 * WRITES_MAX).contains(&finished), "some crashed and some did not");
}

#[tokio::test]
async fn an_edit_that_comes_too_late_changes_nothing() {
    let world = World::new();
    let acme = world.acme();
    acme.save_contact(&Stored::new(ada(1))).await.unwrap();
    let read = acme.contact(&id(1)).await.unwrap().unwrap();
    acme.save_contact(&read).await.unwrap();
    let (table, private) = (world.table.items(), world.private.items());
    let mut late = read;
    late.value.last_name = Some("Zimmer".into());
    assert!(matches!(acme.save_contact(&late).await, Err(StoreError::Conflict)));
    assert!(matches!(acme.delete_contact(&late).await, Err(StoreError::Conflict)));
    assert_eq!((world.table.items(), world.private.items()), (table, private));
}
