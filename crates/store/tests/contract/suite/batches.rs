//! Batches, which are several requests each.

use super::*;

pub(crate) async fn a_batch_of_any_size_is_written_and_read(table: &dyn Table) {
    table.batch_write(vec![]).await.unwrap();
    assert!(table.batch_get(&[], Consistency::Strong).await.unwrap().is_empty());

    let sort_key = |number: usize| format!("{number:04}");
    let all: Vec<Write> =
        (0..230).map(|count| put(item("A", &sort_key(count), [("n", number(count as i64))]))).collect();
    table.batch_write(all).await.unwrap();
    // Delete every other one, overwrite the first, and delete one that never was.
    let mut writes: Vec<Write> = (1..230).step_by(2).map(|count| delete("A", &sort_key(count))).collect();
    writes.push(put(item("A", &sort_key(0), [("n", number(-1))])));
    writes.push(delete("A", "never"));
    table.batch_write(writes).await.unwrap();

    // All of them, the missing ones too, and some twice.
    let keys: Vec<Key> = (0..240).chain(0..20).map(|count| key("A", &sort_key(count))).collect();
    for consistency in [Consistency::Strong, Consistency::Eventual] {
        let mut found = table.batch_get(&keys, consistency).await.unwrap();
        found.sort_by_key(|item| Key::of(item).unwrap());
        let expected: Vec<Item> = (0..230)
            .step_by(2)
            .map(|count| {
                let value = if count == 0 { -1 } else { count as i64 };
                item("A", &sort_key(count), [("n", number(value))])
            })
            .collect();
        assert_eq!(found, expected);
    }
}

pub(crate) async fn a_batch_with_a_condition_or_a_repetition_is_refused(table: &dyn Table) {
    let conditional = Write::Put { item: item("A", "1", []), condition: Condition::Absent };
    let check = Write::Check { key: key("A", "1"), condition: Condition::Present };
    for wrong in [conditional, add("A", "1", "n", 1), check, delete("A", "0")] {
        assert_refused(table.batch_write(vec![put(item("A", "0", [])), wrong]).await);
    }
    assert!(walk(table, partition(Index::Primary, "A")).await.is_empty());
}
