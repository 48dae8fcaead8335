//! Transactions.

use super::*;

pub(crate) async fn a_transaction_happens_as_a_whole_or_not_at_all(table: &dyn Table) {
    table.write(put(item("A", "old", []))).await.unwrap();
    let writes = |condition: Condition| {
        vec![
            put(item("A", "new", [("n", number(1))])),
            add("B", "count", "n", 5),
            delete("A", "old"),
            Write::Put { item: item("C", "lock", []), condition },
        ]
    };
    assert_conflict(table.transact(writes(Condition::Present), "fails").await);
    assert_eq!(get(table, "A", "new").await, None);
    assert_eq!(get(table, "B", "count").await, None);
    assert_eq!(get(table, "A", "old").await, Some(item("A", "old", [])));

    table.transact(writes(Condition::Absent), "succeeds").await.unwrap();
    assert_eq!(get(table, "A", "new").await, Some(item("A", "new", [("n", number(1))])));
    assert_eq!(get(table, "B", "count").await, Some(item("B", "count", [("n", number(5))])));
    assert_eq!(get(table, "A", "old").await, None);

    // What cannot be done to one item is done to none.
    table.write(put(item("A", "text", [("n", text("x"))]))).await.unwrap();
    assert_refused(
        table.transact(vec![add("B", "count", "n", 1), add("A", "text", "n", 1)], "refused").await,
    );
    assert_eq!(get(table, "B", "count").await, Some(item("B", "count", [("n", number(5))])));
}

pub(crate) async fn a_check_guards_without_writing(table: &dyn Table) {
    let running = item("C", "state", [("status", text("running"))]);
    table.write(put(running.clone())).await.unwrap();
    let guarded = |status: &str| {
        let condition = Condition::Equals("status", text(status));
        vec![Write::Check { key: key("C", "state"), condition }, add("A", "1", "n", 1)]
    };
    assert_conflict(table.transact(guarded("paused"), "paused").await);
    assert_eq!(get(table, "A", "1").await, None);
    table.transact(guarded("running"), "running").await.unwrap();
    assert_eq!(get(table, "A", "1").await, Some(item("A", "1", [("n", number(1))])));
    assert_eq!(get(table, "C", "state").await, Some(running));
    let alone = Write::Check { key: key("C", "state"), condition: Condition::Present };
    assert_refused(table.write(alone).await);
}

pub(crate) async fn a_repeated_transaction_happens_once(table: &dyn Table) {
    let writes = || vec![add("A", "count", "n", 1), put(item("A", "entry", [("n", number(1))]))];
    // Longer than the 36 characters that DynamoDB takes, and different at the end only.
    let token = format!("aggregate/{}/", "0123456789".repeat(4));
    let (one, other) = (format!("{token}1"), format!("{token}2"));
    table.transact(writes(), &one).await.unwrap();
    table.transact(writes(), &one).await.unwrap();
    assert_eq!(get(table, "A", "count").await.unwrap().get("n"), Some(&number(1)));
    table.transact(writes(), &other).await.unwrap();
    assert_eq!(get(table, "A", "count").await.unwrap().get("n"), Some(&number(2)));
    assert_conflict(table.transact(vec![add("A", "count", "n", 5)], &one).await);
    assert_eq!(get(table, "A", "count").await.unwrap().get("n"), Some(&number(2)));
}

pub(crate) async fn a_token_is_spent_on_success_alone(table: &dyn Table) {
    let claim = || {
        let update = Update { add: [("n".to_owned(), 1)].into(), ..Update::default() };
        vec![Write::Update { key: key("A", "1"), update, condition: Condition::Present }]
    };
    assert_conflict(table.transact(claim(), "claim").await);
    table.write(put(item("A", "1", []))).await.unwrap();
    table.transact(claim(), "claim").await.unwrap();
    assert_eq!(get(table, "A", "1").await.unwrap().get("n"), Some(&number(1)));
}

pub(crate) async fn a_malformed_transaction_is_refused(table: &dyn Table) {
    let many =
        |count: usize| (0..count).map(|number| put(item("A", &number.to_string(), []))).collect::<Vec<_>>();
    assert_refused(table.transact(vec![], "empty").await);
    assert_refused(table.transact(many(101), "too-many").await);
    assert_refused(table.transact(many(1), "").await);
    assert_refused(table.transact(vec![put(item("A", "1", [])), delete("A", "1")], "twice").await);
    let idle = Write::Update { key: key("A", "1"), update: Update::default(), condition: Condition::Absent };
    assert_refused(table.transact(vec![idle], "idle").await);
    assert!(walk(table, partition(Index::Primary, "A")).await.is_empty());
    table.transact(many(100), "most").await.unwrap();
    assert_eq!(walk(table, partition(Index::Primary, "A")).await.len(), 100);
}
