//! Queries and their pages.

use carillon_store::port::Cursor;

use super::*;

async fn fill(table: &dyn Table, pk: &str, sort_keys: &[&str]) {
    for sk in sort_keys {
        table.write(put(item(pk, sk, []))).await.unwrap();
    }
}

pub(crate) async fn a_range_selects_and_orders_by_bytes(table: &dyn Table) {
    fill(table, "A", &["b#2", "a#10", "a#9", "B", "c", "a", "b#é", "b#\u{1F514}", "b#\u{FFFD}", "b"]).await;
    fill(table, "AA", &["a#1"]).await;
    let all = ["B", "a", "a#10", "a#9", "b", "b#2", "b#é", "b#\u{FFFD}", "b#\u{1F514}", "c"];
    let prefix = |text: &str| Range::Prefix(text.to_owned());
    let between = |from: &str, to: &str| Range::Between(from.to_owned(), to.to_owned());
    for (range, expected) in [
        (Range::All, &all[..]),
        (prefix(""), &all[..]),
        (prefix("a"), &all[1..4]),
        (prefix("b#"), &all[5..9]),
        (prefix("b#\u{1F514}"), &all[8..9]),
        (prefix("x"), &[]),
        (between("a", "b"), &all[1..5]),
        (between("a#10", "a#10"), &all[2..3]),
        (between("a#1", "a#8"), &all[2..3]),
        (between("d", "e"), &[]),
    ] {
        for ascending in [true, false] {
            for limit in [None, Some(1), Some(3)] {
                let query =
                    Query { range: range.clone(), ascending, limit, ..partition(Index::Primary, "A") };
                let mut expected: Vec<String> = expected.iter().map(|sk| format!("A/{sk}")).collect();
                if !ascending {
                    expected.reverse();
                }
                assert_eq!(walk(table, query.clone()).await, expected, "{query:?}");
            }
        }
    }
    assert!(walk(table, partition(Index::Primary, "Z")).await.is_empty());
}

pub(crate) async fn pages_cover_everything_once(table: &dyn Table) {
    let sort_keys: Vec<String> = (0..25).map(|number| format!("{number:03}")).collect();
    table.batch_write(sort_keys.iter().map(|sk| put(item("A", sk, []))).collect()).await.unwrap();
    let expected: Vec<String> = sort_keys.iter().map(|sk| format!("A/{sk}")).collect();
    for limit in [1, 2, 5, 24, 25, 26] {
        let query = Query { limit: Some(limit), ..partition(Index::Primary, "A") };
        assert_eq!(walk(table, query).await, expected, "limit {limit}");
    }
}

pub(crate) async fn a_page_that_its_limit_ended_names_a_successor(table: &dyn Table) {
    fill(table, "A", &["1", "2"]).await;
    let mut query = Query { limit: Some(2), ..partition(Index::Primary, "A") };
    let page = table.query(&query).await.unwrap();
    assert_eq!(page.items.len(), 2);
    // DynamoDB does not look ahead, so there may be a successor that turns out to be empty.
    assert!(page.next.is_some());
    query.after = page.next;
    let last = table.query(&query).await.unwrap();
    assert_eq!((last.items.len(), last.next), (0, None));
    let roomy = Query { limit: Some(3), ..partition(Index::Primary, "A") };
    assert_eq!(table.query(&roomy).await.unwrap().next, None);
}

pub(crate) async fn a_page_ends_at_a_megabyte(table: &dyn Table) {
    let large = text(&"x".repeat(300 * 1024));
    for sk in ["1", "2", "3", "4", "5"] {
        table.write(put(item("A", sk, [("text", large.clone())]))).await.unwrap();
    }
    let query = partition(Index::Primary, "A");
    let page = table.query(&query).await.unwrap();
    assert_eq!(page.items.len(), 3);
    assert_eq!(page.next, Cursor::of(Index::Primary, &page.items[2]));
    assert_eq!(walk(table, query).await.len(), 5);
}

pub(crate) async fn a_cursor_can_be_made_from_any_item(table: &dyn Table) {
    for (sk, at) in [("1", "10:30"), ("2", "10:15"), ("3", "11:00"), ("4", "09:00")] {
        let keys =
            [("due_pk", text("D")), ("due_sk", text(at)), ("list_pk", text("L")), ("list_sk", text(at))];
        table.write(put(item("A", sk, keys))).await.unwrap();
    }
    for (index, pk, rest) in [
        (Index::Primary, "A", ["A/3", "A/4"]),
        (Index::Due, "D", ["A/1", "A/3"]),
        (Index::List, "L", ["A/1", "A/3"]),
    ] {
        let whole = table.query(&partition(index, pk)).await.unwrap();
        assert_eq!((whole.items.len(), &whole.next), (4, &None));
        let after = Cursor::of(index, &whole.items[1]);
        assert!(after.is_some());
        assert_eq!(walk(table, Query { after, ..partition(index, pk) }).await, rest, "{index:?}");
        // The other way round, from an item that has gone meanwhile.
        let gone = &whole.items[2];
        let after = Cursor::of(index, gone);
        let Key { pk: gone_pk, sk: gone_sk } = Key::of(gone).unwrap();
        table.write(delete(&gone_pk, &gone_sk)).await.unwrap();
        let backwards = Query { after, ascending: false, ..partition(index, pk) };
        assert_eq!(walk(table, backwards).await.len(), 2, "{index:?}");
        table.write(put(restored(index, &gone_sk))).await.unwrap();
    }
}

/// The item as [`a_cursor_can_be_made_from_any_item`] stored it.
fn restored(_: Index, sk: &str) -> Item {
    let at = match sk {
        "1" => "10:30",
        "2" => "10:15",
        "3" => "11:00",
        _ => "09:00",
    };
    let keys = [("due_pk", text("D")), ("due_sk", text(at)), ("list_pk", text("L")), ("list_sk", text(at))];
    item("A", sk, keys)
}

pub(crate) async fn a_cursor_of_another_query_is_refused(table: &dyn Table) {
    let keys = [("list_pk", text("L")), ("list_sk", text("5"))];
    table.write(put(item("A", "5", keys))).await.unwrap();
    let cursor = |pk: &str, sk: &str, index: Option<(&str, &str)>| {
        Some(Cursor {
            pk: pk.to_owned(),
            sk: sk.to_owned(),
            index_pk: index.map(|(pk, _)| pk.to_owned()),
            index_sk: index.map(|(_, sk)| sk.to_owned()),
        })
    };
    let primary = partition(Index::Primary, "A");
    let narrow = Query { range: Range::Prefix("5".to_owned()), ..primary.clone() };
    let list = partition(Index::List, "L");
    for query in [
        Query { after: cursor("B", "5", None), ..primary.clone() },
        Query { after: cursor("A", "", None), ..primary.clone() },
        Query { after: cursor("A", "5", Some(("L", "5"))), ..primary },
        Query { after: cursor("A", "6", None), ..narrow },
        Query { after: cursor("A", "5", None), ..list.clone() },
        Query { after: cursor("A", "5", Some(("M", "5"))), ..list.clone() },
        Query { after: cursor("A", "", Some(("L", "5"))), ..list },
    ] {
        assert_refused(table.query(&query).await);
    }
}

pub(crate) async fn a_senseless_query_is_refused(table: &dyn Table) {
    let primary = || partition(Index::Primary, "A");
    let between = |from: &str, to: &str| Range::Between(from.to_owned(), to.to_owned());
    for query in [
        partition(Index::Primary, ""),
        Query { limit: Some(0), ..primary() },
        Query { range: between("b", "a"), ..primary() },
        Query { range: between("", "a"), ..primary() },
        Query { consistency: Consistency::Strong, ..partition(Index::Due, "D") },
        Query { consistency: Consistency::Strong, ..partition(Index::List, "L") },
    ] {
        assert_refused(table.query(&query).await);
    }
}

pub(crate) async fn an_index_holds_the_items_that_have_its_keys(table: &dyn Table) {
    let due = [("due_pk", text("D")), ("due_sk", text("2"))];
    table.write(put(item("A", "1", [due[0].clone(), due[1].clone(), ("name", text("x"))]))).await.unwrap();
    let list = [("list_pk", text("D")), ("list_sk", text("1")), ("name", text("y"))];
    table.write(put(item("A", "2", list.clone()))).await.unwrap();
    table.write(put(item("A", "3", [("due_pk", text("D")), ("list_sk", text("1"))]))).await.unwrap();

    // Due: the keys alone. List: everything.
    let found = table.query(&partition(Index::Due, "D")).await.unwrap().items;
    assert_eq!(found, vec![item("A", "1", due.clone())]);
    let found = table.query(&partition(Index::List, "D")).await.unwrap().items;
    assert_eq!(found, vec![item("A", "2", list)]);

    // An item moves with its keys and leaves with either of them.
    table.write(set("A", "1", "due_pk", text("E"))).await.unwrap();
    assert!(walk(table, partition(Index::Due, "D")).await.is_empty());
    assert_eq!(walk(table, partition(Index::Due, "E")).await, ["A/1"]);
    let leave = Update { remove: vec!["due_sk".to_owned()], ..Update::default() };
    table
        .write(Write::Update { key: key("A", "1"), update: leave, condition: Condition::None })
        .await
        .unwrap();
    assert!(walk(table, partition(Index::Due, "E")).await.is_empty());
    table.write(set("A", "2", "name", text("z"))).await.unwrap();
    let found = table.query(&partition(Index::List, "D")).await.unwrap().items;
    assert_eq!(found[0].get("name"), Some(&text("z")));
    table.write(delete("A", "2")).await.unwrap();
    assert!(walk(table, partition(Index::List, "D")).await.is_empty());
}

pub(crate) async fn ties_in_an_index_are_walked_once(table: &dyn Table) {
    for pk in ["A", "B", "C"] {
        for sk in ["1", "2", "3"] {
            let keys = [("due_pk", text("D")), ("due_sk", text("now"))];
            table.write(put(item(pk, sk, keys))).await.unwrap();
        }
    }
    for ascending in [true, false] {
        for limit in [1, 2, 4, 9] {
            let query = Query { ascending, limit: Some(limit), ..partition(Index::Due, "D") };
            let mut found = walk(table, query).await;
            found.sort();
            assert_eq!(found, ["A/1", "A/2", "A/3", "B/1", "B/2", "B/3", "C/1", "C/2", "C/3"]);
        }
    }
}
