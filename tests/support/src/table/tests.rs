//! Tests of what only a caller of the simulated table can control: lag, time, expiry, unprocessed keys and injected
//! errors. The behaviour that it shares with the real service is tested by the contract.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemInput};
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsInput};
use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, TransactWriteItem};
use chrono::TimeDelta;

use super::*;

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn item(pairs: &[(&str, &str)]) -> Item {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect()
}

fn work(sk: &str, at: &str) -> Item {
    item(&[("pk", "A"), ("sk", sk), ("workPk", "W"), ("workAt", at)])
}

fn table() -> Table {
    Table::new(Schema::of_claims())
}

fn put(table: &mut Table, item: Item) {
    let input = PutItemInput::builder().table_name("Table").set_item(Some(item)).build().unwrap();
    table.put_item(input).unwrap();
}

/// The sort keys that a query of the `work` index finds.
fn query_work(table: &Table) -> Vec<String> {
    let query = QueryInput::builder()
        .table_name("Table")
        .index_name("work")
        .key_condition_expression("workPk = :pk")
        .expression_attribute_values(":pk", text("W"));
    let page = table.query(query.build().unwrap()).unwrap();
    page.items().iter().map(|item| item["sk"].as_s().unwrap().clone()).collect()
}

fn work_index(table: &Table) -> View {
    View::Index(table.schema().indexes.iter().position(|index| index.name == "work").unwrap())
}

fn is_found(table: &Table, consistent: bool) -> bool {
    let key = Some(item(&[("pk", "A"), ("sk", "1")]));
    let get = GetItemInput::builder().table_name("Table").set_key(key).consistent_read(consistent);
    table.get_item(get.build().unwrap()).unwrap().item.is_some()
}

#[test]
fn reads_and_indexes_lag_until_they_are_told_to_follow() {
    let mut table = table();
    put(&mut table, work("1", "a"));
    assert!(is_found(&table, true), "a consistent read sees everything");
    assert!(!is_found(&table, false));
    table.advance(View::Reads, 1);
    assert!(is_found(&table, false));
    assert_eq!(query_work(&table), Vec::<String>::new());
    let index = work_index(&table);
    assert_eq!(table.behind(index), 1);
    table.advance(index, 1);
    assert_eq!(query_work(&table), ["1"]);
    assert_eq!(table.behind(View::Index(0)), 0, "an index without the item has nothing to follow");
}

#[test]
fn an_index_follows_out_of_order_except_for_changes_of_one_item() {
    let mut table = table();
    put(&mut table, work("1", "a"));
    put(&mut table, work("1", "c"));
    put(&mut table, work("2", "b"));
    let index = work_index(&table);
    assert!(table.advance_out_of_order(index, 2));
    assert_eq!(query_work(&table), ["2"]);
    assert!(table.advance_out_of_order(index, 1), "the first change of the same item comes first");
    assert_eq!(query_work(&table), ["1", "2"]);
    table.catch_up();
    assert_eq!(query_work(&table), ["2", "1"], "a new position in the index replaces the old one");
    assert!(!table.advance_out_of_order(index, 0));
}

#[test]
fn a_token_is_forgotten_after_ten_minutes() {
    let mut table = table();
    let transact = |table: &mut Table, sk: &str| {
        let put = Put::builder().table_name("Table").set_item(Some(work(sk, "a"))).build().unwrap();
        let input = TransactWriteItemsInput::builder()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .client_request_token("token");
        table.transact_write_items(input.build().unwrap()).map_err(|error| error.code().map(str::to_owned))
    };
    assert!(transact(&mut table, "1").is_ok());
    let reused = transact(&mut table, "2").unwrap_err();
    assert_eq!(reused.as_deref(), Some("IdempotentParameterMismatchException"));
    table.set_time(DateTime::UNIX_EPOCH + TimeDelta::minutes(10));
    assert!(transact(&mut table, "2").is_ok());
}

#[test]
fn an_expired_item_stays_until_it_is_removed_which_makes_a_record() {
    let mut table = table();
    let mut over = work("1", "a");
    over.insert("ttl".to_owned(), AttributeValue::N("60".to_owned()));
    put(&mut table, over);
    put(&mut table, work("2", "b"));
    assert_eq!(table.expired(), []);
    table.set_time(DateTime::UNIX_EPOCH + TimeDelta::seconds(60));
    let expired = table.expired();
    assert_eq!(expired.len(), 1);
    assert_eq!(table.items().count(), 2);
    table.take_records();
    table.expire(&expired[0]);
    assert_eq!(table.items().count(), 1);
    let records = table.take_records();
    assert_eq!((records[0].event_name(), records[0].is_expiry), ("REMOVE", true));
}

#[test]
fn a_batch_leaves_keys_unprocessed_once_when_it_is_told_to() {
    let mut table = table();
    put(&mut table, work("1", "a"));
    put(&mut table, work("2", "b"));
    let batch = |table: &mut Table| {
        let keys = ["1", "2"].map(|sk| item(&[("pk", "A"), ("sk", sk)]));
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys.to_vec())).consistent_read(true).build();
        let input = BatchGetItemInput::builder().request_items("Table", wanted.unwrap()).build().unwrap();
        let output = table.batch_get_item(input).unwrap();
        let left = output.unprocessed_keys().unwrap().get("Table").map_or(0, |left| left.keys().len());
        (output.responses().unwrap()["Table"].len(), left)
    };
    table.leave_over(1);
    assert_eq!(batch(&mut table), (1, 1));
    assert_eq!(batch(&mut table), (2, 0));
}

#[test]
fn injected_errors_look_like_the_errors_of_the_service() {
    let throttled = TableError::Throttled.into_sdk_error::<GetItemError>();
    assert_eq!(throttled.code(), Some("ThrottlingException"));
    assert!(matches!(throttled.as_service_error(), Some(GetItemError::ThrottlingException(_))));
    assert_eq!(throttled.raw_response().unwrap().status().as_u16(), 400);
    let conflict = TableError::transaction_conflict(3, &[1]).into_sdk_error::<TransactWriteItemsError>();
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = conflict.as_service_error()
    else {
        panic!("{conflict:?}");
    };
    let codes: Vec<_> =
        cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(codes, ["None", "TransactionConflict", "None"]);
    assert_eq!(
        cancelled.message().unwrap(),
        "Transaction cancelled, please refer cancellation reasons for specific reasons \
         [None, TransactionConflict, None]"
    );
}
