//! One contract, two tables: every fact holds of the table in memory and of DynamoDB.
//!
//! The DynamoDB half needs an emulator (or DynamoDB itself) at the address in `CARILLON_TEST_ENDPOINT`. Without
//! it that half says that it did not run; under `CI` it fails.

#![allow(clippy::unwrap_used)]

mod capacity;
mod emulator;
mod properties;
mod reference;
mod suite;

/// Each fact twice, as a test of its own.
macro_rules! facts {
    ($($area:ident: $($fact:ident),+;)+) => {
        mod memory {
            $($(
                #[tokio::test]
                async fn $fact() {
                    crate::suite::$area::$fact(&carillon_store::memory::MemoryTable::new()).await;
                }
            )+)+
        }
        mod dynamo {
            $($(
                #[tokio::test]
                async fn $fact() {
                    if let Some(emulator) = crate::emulator::Emulator::start(stringify!($fact)).await {
                        crate::suite::$area::$fact(&emulator.table()).await;
                        emulator.stop().await;
                    }
                }
            )+)+
        }
    };
}

facts! {
    items:
        what_is_put_comes_back_whatever_its_type,
        what_was_never_put_is_not_there,
        a_put_replaces_the_whole_item,
        an_update_sets_adds_and_removes,
        an_update_creates_what_is_missing,
        an_update_that_makes_no_sense_is_refused_and_changes_nothing,
        deleting_what_is_not_there_is_no_error,
        keys_are_neither_empty_nor_too_long,
        index_keys_are_strings_and_not_empty,
        an_item_has_at_most_400_kilobytes;
    conditions:
        a_condition_decides_whether_a_write_happens,
        of_two_claims_one_wins,
        a_value_without_order_is_refused;
    queries:
        a_range_selects_and_orders_by_bytes,
        pages_cover_everything_once,
        a_page_that_its_limit_ended_names_a_successor,
        a_page_ends_at_a_megabyte,
        a_cursor_can_be_made_from_any_item,
        a_cursor_of_another_query_is_refused,
        a_senseless_query_is_refused,
        an_index_holds_the_items_that_have_its_keys,
        ties_in_an_index_are_walked_once;
    transactions:
        a_transaction_happens_as_a_whole_or_not_at_all,
        a_check_guards_without_writing,
        a_repeated_transaction_happens_once,
        a_token_is_spent_on_success_alone,
        a_malformed_transaction_is_refused;
    batches:
        a_batch_of_any_size_is_written_and_read,
        a_batch_with_a_condition_or_a_repetition_is_refused;
}
