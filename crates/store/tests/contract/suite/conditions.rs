//! Conditions.

use super::*;

pub(crate) async fn a_condition_decides_whether_a_write_happens(table: &dyn Table) {
    use Condition::{Absent, AbsentOrLess, All, Any, Equals, None as Nothing, Present};
    let stored = || item("A", "1", [("status", text("open")), ("version", number(10))]);
    // The condition; whether it holds of the stored item; whether it holds where there is none.
    let cases = [
        (Nothing, true, true),
        (Absent, false, true),
        (Present, true, false),
        (Equals("status", text("open")), true, false),
        (Equals("status", text("done")), false, false),
        (Equals("missing", text("open")), false, false),
        (Equals("version", text("10")), false, false),
        (Equals("version", AttributeValue::N("10.0".to_owned())), true, false),
        (AbsentOrLess("version", number(11)), true, true),
        (AbsentOrLess("version", number(10)), false, true),
        (AbsentOrLess("version", number(9)), false, true),
        (AbsentOrLess("version", text("99")), false, true),
        (AbsentOrLess("missing", number(0)), true, true),
        (AbsentOrLess("status", text("oped")), false, true),
        (AbsentOrLess("status", text("opeo")), true, true),
        (All(vec![]), true, true),
        (Any(vec![]), false, false),
        (All(vec![Present, Equals("status", text("open")), Nothing]), true, false),
        (All(vec![Present, Equals("status", text("done"))]), false, false),
        (Any(vec![Absent, Equals("status", text("open"))]), true, true),
        (Any(vec![Absent, AbsentOrLess("version", number(9))]), false, true),
        (All(vec![Any(vec![Absent, Present]), AbsentOrLess("version", number(11))]), true, true),
        (
            Any(vec![All(vec![Absent, Present]), All(vec![Present, Equals("version", number(10))])]),
            true,
            false,
        ),
    ];
    for (number_of_case, (condition, of_item, of_nothing)) in cases.into_iter().enumerate() {
        for (exists, holds) in [(true, of_item), (false, of_nothing)] {
            let update =
                || Update { set: [("status".to_owned(), text("changed"))].into(), ..Update::default() };
            let writes = [
                Write::Put {
                    item: item("A", "1", [("status", text("changed"))]),
                    condition: condition.clone(),
                },
                Write::Update { key: key("A", "1"), update: update(), condition: condition.clone() },
                Write::Delete { key: key("A", "1"), condition: condition.clone() },
                Write::Check { key: key("A", "1"), condition: condition.clone() },
            ];
            for (number_of_write, write) in writes.into_iter().enumerate() {
                table.write(if exists { put(stored()) } else { delete("A", "1") }).await.unwrap();
                let before = get(table, "A", "1").await;
                let token = format!("{number_of_case}-{exists}-{number_of_write}");
                let check = matches!(write, Write::Check { .. });
                let mut answers = vec![table.transact(vec![write.clone()], &token).await];
                let after = get(table, "A", "1").await;
                if !check {
                    table.write(if exists { put(stored()) } else { delete("A", "1") }).await.unwrap();
                    answers.push(table.write(write.clone()).await);
                    assert_eq!(get(table, "A", "1").await, after, "alone as in a transaction: {write:?}");
                }
                for answer in answers {
                    if holds {
                        assert!(answer.is_ok(), "{write:?} on {before:?}: {answer:?}");
                    } else {
                        assert_conflict(answer);
                    }
                }
                if !holds || check {
                    assert_eq!(after, before, "{write:?}");
                }
            }
        }
    }
}

pub(crate) async fn of_two_claims_one_wins(table: &dyn Table) {
    table.write(put(item("A", "1", [("status", text("due"))]))).await.unwrap();
    let claim = |owner: &str| Write::Update {
        key: key("A", "1"),
        update: Update {
            set: [("status".to_owned(), text("claimed")), ("owner".to_owned(), text(owner))].into(),
            ..Update::default()
        },
        condition: Condition::Equals("status", text("due")),
    };
    let (one, other) = futures::join!(table.write(claim("one")), table.write(claim("other")));
    let winner = match (one, other) {
        (Ok(()), Err(StoreError::Conflict)) => "one",
        (Err(StoreError::Conflict), Ok(())) => "other",
        (one, other) => panic!("{one:?} and {other:?}"),
    };
    assert_eq!(get(table, "A", "1").await.unwrap().get("owner"), Some(&text(winner)));
}

pub(crate) async fn a_value_without_order_is_refused(table: &dyn Table) {
    for value in [AttributeValue::Bool(true), AttributeValue::Null(true), AttributeValue::L(vec![])] {
        let condition = Condition::AbsentOrLess("version", value);
        assert_refused(table.write(Write::Put { item: item("A", "1", []), condition }).await);
    }
    assert_eq!(get(table, "A", "1").await, None);
}
