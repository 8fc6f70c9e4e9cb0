//! The table's stream.

use serde_json::{Value, json};

use super::fixture::{Action, check_eq, no_attributes, reasons, value};
use super::{CaseResult, Fixture};

cases! {
    every_change_makes_a_record_with_both_images_in_order,
    what_changes_nothing_makes_no_record,
    a_transaction_makes_a_record_for_each_item_that_it_changes,
    a_cancelled_transaction_makes_no_record,
}

fn image(fixture: &Fixture, sk: &str, mut attributes: Value) -> Value {
    attributes["pk"] = json!(fixture.key(sk).get("pk").and_then(|pk| pk.as_s().ok()));
    attributes["sk"] = json!(sk);
    attributes
}

async fn every_change_makes_a_record_with_both_images_in_order(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1 })).await?;
    fixture.put("1", json!({ "a": 2 })).await?;
    fixture.send(fixture.update("1", "ADD a :one").expression_attribute_values(":one", value(1))).await?;
    fixture.transact(None, vec![fixture.transacted_delete("1").action()?]).await?;
    let records = fixture.stream_records(4).await?;
    let names: Vec<_> = records.iter().map(|record| record.what.as_str()).collect();
    check_eq(names, ["INSERT", "MODIFY", "MODIFY", "REMOVE"], "the names of the events")?;
    check_eq(records.is_sorted_by(|one, next| one.sequence < next.sequence), true, "the order")?;
    let images =
        [None, Some(1), Some(2), Some(3), None].map(|a| a.map(|a| image(fixture, "1", json!({ "a": a }))));
    for (record, both) in records.iter().zip(images.windows(2)) {
        check_eq(&record.old, &both[0], "the old image")?;
        check_eq(&record.new, &both[1], "the new image")?;
        check_eq(&record.keys, &image(fixture, "1", no_attributes()), "the key")?;
    }
    Ok(())
}

async fn what_changes_nothing_makes_no_record(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1, "m": { "x": [1] } })).await?;
    fixture.put("1", json!({ "a": 1, "m": { "x": [1] } })).await?;
    fixture.send(fixture.update("1", "SET a = :one").expression_attribute_values(":one", value(1))).await?;
    fixture.send(fixture.update("1", "REMOVE absent")).await?;
    fixture.transact(None, vec![fixture.transacted_delete("absent").action()?]).await?;
    fixture.put("2", no_attributes()).await?;
    let records = fixture.stream_records(2).await?;
    let keys: Vec<_> = records.iter().map(|record| record.keys["sk"].clone()).collect();
    check_eq(keys, ["1", "2"], "the records")
}

async fn a_transaction_makes_a_record_for_each_item_that_it_changes(fixture: &Fixture) -> CaseResult {
    fixture.put("checked", no_attributes()).await?;
    let transaction = vec![
        fixture.transacted_put("1", no_attributes())?.action()?,
        fixture.transacted_check("checked", "attribute_exists(pk)").action()?,
        fixture
            .transacted_update("2", "SET a = :one")
            .expression_attribute_values(":one", value(1))
            .action()?,
    ];
    fixture.transact(None, transaction).await?;
    let records = fixture.stream_records(3).await?;
    let mut keys: Vec<_> = records.iter().filter_map(|record| record.keys["sk"].as_str()).collect();
    keys.sort_unstable();
    check_eq(keys, ["1", "2", "checked"], "the records")
}

async fn a_cancelled_transaction_makes_no_record(fixture: &Fixture) -> CaseResult {
    let transaction = vec![
        fixture.transacted_put("1", no_attributes())?.action()?,
        fixture.transacted_check("absent", "attribute_exists(pk)").action()?,
    ];
    reasons(fixture.transact(None, transaction).await)?;
    fixture.put("2", no_attributes()).await?;
    let records = fixture.stream_records(1).await?;
    check_eq(&records[0].keys["sk"], "2", "the record")
}
