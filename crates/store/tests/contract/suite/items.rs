//! Single items.

use std::collections::HashMap;

use super::*;

pub(crate) async fn what_is_put_comes_back_whatever_its_type(table: &dyn Table) {
    let stored = item(
        "A",
        "1",
        [
            ("text", text("Zürich \u{1F514}")),
            ("empty", text("")),
            ("number", AttributeValue::N("-12.5".to_owned())),
            ("yes", AttributeValue::Bool(true)),
            ("null", AttributeValue::Null(true)),
            ("bytes", AttributeValue::B(vec![0, 255, 7])),
            ("list", AttributeValue::L(vec![number(1), text("two"), AttributeValue::L(vec![])])),
            ("map", AttributeValue::M(HashMap::from([("status".to_owned(), text("open"))]))),
            ("texts", AttributeValue::Ss(vec!["one".to_owned()])),
            ("numbers", AttributeValue::Ns(vec!["3".to_owned()])),
            ("blobs", AttributeValue::Bs(vec![vec![1]])),
        ],
    );
    table.write(put(stored.clone())).await.unwrap();
    assert_eq!(get(table, "A", "1").await, Some(stored.clone()));
    let eventually = table.get(&key("A", "1"), Consistency::Eventual).await.unwrap();
    assert_eq!(eventually, Some(stored));
}

pub(crate) async fn what_was_never_put_is_not_there(table: &dyn Table) {
    table.write(put(item("A", "1", []))).await.unwrap();
    assert_eq!(get(table, "A", "2").await, None);
    assert_eq!(get(table, "B", "1").await, None);
}

pub(crate) async fn a_put_replaces_the_whole_item(table: &dyn Table) {
    table.write(put(item("A", "1", [("old", number(1))]))).await.unwrap();
    table.write(put(item("A", "1", [("new", number(2))]))).await.unwrap();
    assert_eq!(get(table, "A", "1").await, Some(item("A", "1", [("new", number(2))])));
}

pub(crate) async fn an_update_sets_adds_and_removes(table: &dyn Table) {
    let before = [("status", text("open")), ("size", number(3)), ("gone", number(1)), ("kept", text("k"))];
    table.write(put(item("A", "1", before))).await.unwrap();
    // Most of these names are reserved words of DynamoDB's expressions.
    let update = Update {
        set: [("status".to_owned(), text("done")), ("name".to_owned(), text("x"))].into(),
        add: [("size".to_owned(), -5), ("count".to_owned(), 7)].into(),
        remove: vec!["gone".to_owned(), "never".to_owned()],
    };
    table.write(Write::Update { key: key("A", "1"), update, condition: Condition::Present }).await.unwrap();
    let after = [
        ("status", text("done")),
        ("name", text("x")),
        ("size", number(-2)),
        ("count", number(7)),
        ("kept", text("k")),
    ];
    assert_eq!(get(table, "A", "1").await, Some(item("A", "1", after)));
}

pub(crate) async fn an_update_creates_what_is_missing(table: &dyn Table) {
    table.write(add("A", "1", "count", 2)).await.unwrap();
    assert_eq!(get(table, "A", "1").await, Some(item("A", "1", [("count", number(2))])));
    let remove = Update { remove: vec!["count".to_owned()], ..Update::default() };
    table
        .write(Write::Update { key: key("A", "2"), update: remove, condition: Condition::Absent })
        .await
        .unwrap();
    assert_eq!(get(table, "A", "2").await, Some(item("A", "2", [])));
}

pub(crate) async fn an_update_that_makes_no_sense_is_refused_and_changes_nothing(table: &dyn Table) {
    let stored = item("A", "1", [("name", text("x"))]);
    table.write(put(stored.clone())).await.unwrap();
    assert_refused(table.write(add("A", "1", "name", 1)).await);
    assert_refused(table.write(set("A", "1", "pk", text("B"))).await);
    assert_refused(table.write(set("A", "1", "n", AttributeValue::N("many".to_owned()))).await);
    let nothing = Update::default();
    let twice =
        Update { add: [("n".to_owned(), 1)].into(), remove: vec!["n".to_owned()], ..Update::default() };
    for update in [nothing, twice] {
        assert_refused(
            table.write(Write::Update { key: key("A", "1"), update, condition: Condition::None }).await,
        );
    }
    assert_eq!(get(table, "A", "1").await, Some(stored));
}

pub(crate) async fn deleting_what_is_not_there_is_no_error(table: &dyn Table) {
    table.write(put(item("A", "1", []))).await.unwrap();
    table.write(delete("A", "1")).await.unwrap();
    table.write(delete("A", "1")).await.unwrap();
    assert_eq!(get(table, "A", "1").await, None);
    assert_conflict(table.write(Write::Delete { key: key("A", "1"), condition: Condition::Present }).await);
}

pub(crate) async fn keys_are_neither_empty_nor_too_long(table: &dyn Table) {
    let (longest_pk, longest_sk) = ("p".repeat(2048), "s".repeat(1024));
    table.write(put(item(&longest_pk, &longest_sk, []))).await.unwrap();
    for (pk, sk) in [
        ("", "1"),
        ("A", ""),
        (format!("{longest_pk}p").as_str(), "1"),
        ("A", format!("{longest_sk}s").as_str()),
    ] {
        assert_refused(table.write(put(item(pk, sk, []))).await);
        assert_refused(table.write(add(pk, sk, "n", 1)).await);
        assert_refused(table.write(delete(pk, sk)).await);
        assert_refused(table.get(&key(pk, sk), Consistency::Strong).await);
        assert_refused(table.batch_write(vec![put(item(pk, sk, []))]).await);
        assert_refused(table.transact(vec![put(item(pk, sk, []))], "keys").await);
    }
    let mut keyless = Item::default();
    keyless.insert("pk".to_owned(), text("A"));
    assert_refused(table.write(put(keyless)).await);
}

pub(crate) async fn index_keys_are_strings_and_not_empty(table: &dyn Table) {
    table.write(put(item("A", "1", []))).await.unwrap();
    for (name, value) in [("due_pk", text("")), ("list_sk", text("")), ("due_sk", number(5))] {
        assert_refused(table.write(put(item("A", "2", [(name, value.clone())]))).await);
        assert_refused(table.write(set("A", "1", name, value.clone())).await);
        assert_refused(table.transact(vec![put(item("A", "2", [(name, value)]))], "index-keys").await);
    }
    assert_eq!(get(table, "A", "1").await, Some(item("A", "1", [])));
    assert_eq!(get(table, "A", "2").await, None);
}

pub(crate) async fn an_item_has_at_most_400_kilobytes(table: &dyn Table) {
    // Names count: pk, A, sk, 1, text.
    let room = 400 * 1024 - "pkAsk1text".len();
    table.write(put(item("A", "1", [("text", text(&"x".repeat(room)))]))).await.unwrap();
    assert_refused(table.write(put(item("A", "2", [("text", text(&"x".repeat(room + 1)))]))).await);
    assert_refused(table.write(set("A", "1", "more", text("x"))).await);
    assert_eq!(get(table, "A", "1").await.unwrap().len(), 3);
    assert_eq!(get(table, "A", "2").await, None);
}
