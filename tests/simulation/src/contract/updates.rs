//! UpdateItem, and the limits of what can be stored.

use aws_sdk_dynamodb::types::ReturnValue;
use serde_json::{Value, json};

use super::fixture::{check_eq, value, without_key};
use super::{CaseResult, Fixture};

cases! {
    updates_do_what_they_say,
    operands_are_read_from_the_item_as_it_was,
    an_update_makes_the_item_that_it_does_not_find,
    what_cannot_be_updated_is_refused,
    an_update_keeps_to_its_grammar unless emulated: "MiniStack 1.5.33 ignores what it cannot parse",
    paths_of_an_update_do_not_overlap unless emulated: "MiniStack 1.5.33 lets a later clause win",
    text_is_not_added_to_a_number unless emulated: "MiniStack 1.5.33 calculates with whatever it finds",
    an_update_returns_the_image_that_is_asked_for,
    an_item_has_at_most_400_kilobytes,
    the_key_of_an_index_is_text_that_is_not_empty,
}

/// Updates of the item that the case puts, with `:v` as 2, and the item after each.
fn updates() -> Vec<(&'static str, Value)> {
    vec![
        ("SET a = :v", json!({ "a": 2, "m": { "x": 1 } })),
        ("SET b = :v", json!({ "a": 1, "m": { "x": 1 }, "b": 2 })),
        ("SET a = a + :v", json!({ "a": 3, "m": { "x": 1 } })),
        ("SET a = a - :v", json!({ "a": -1, "m": { "x": 1 } })),
        ("SET m.y = :v", json!({ "a": 1, "m": { "x": 1, "y": 2 } })),
        ("SET m.x = a + :v, b = if_not_exists(c, :v)", json!({ "a": 1, "m": { "x": 3 }, "b": 2 })),
        ("SET b = :v REMOVE a, m.x", json!({ "m": {}, "b": 2 })),
        ("REMOVE absent SET a = :v", json!({ "a": 2, "m": { "x": 1 } })),
        ("ADD a :v", json!({ "a": 3, "m": { "x": 1 } })),
        ("SET b = a ADD absent :v", json!({ "a": 1, "m": { "x": 1 }, "b": 1, "absent": 2 })),
    ]
}

async fn updates_do_what_they_say(fixture: &Fixture) -> CaseResult {
    for (expression, expected) in updates() {
        fixture.put("1", json!({ "a": 1, "m": { "x": 1 } })).await?;
        fixture.send(fixture.update("1", expression).expression_attribute_values(":v", value(2))).await?;
        check_eq(fixture.get("1").await?, Some(expected), expression)?;
    }
    Ok(())
}

async fn operands_are_read_from_the_item_as_it_was(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1, "b": 2 })).await?;
    fixture.send(fixture.update("1", "SET a = b, b = a")).await?;
    check_eq(fixture.get("1").await?, Some(json!({ "a": 2, "b": 1 })), "the item")
}

async fn an_update_makes_the_item_that_it_does_not_find(fixture: &Fixture) -> CaseResult {
    fixture.send(fixture.update("1", "ADD a :v").expression_attribute_values(":v", value(2))).await?;
    check_eq(fixture.get("1").await?, Some(json!({ "a": 2 })), "the item")
}

async fn what_cannot_be_updated_is_refused(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1, "t": "text" })).await?;
    for expression in [
        "SET absent.x = :v",
        "SET a.x = :v",
        "SET b = absent + :v",
        "SET b = absent, c = :v",
        "SET pk = :v",
        "SET sk = :v",
        "ADD t :v",
    ] {
        let update = fixture.update("1", expression).expression_attribute_values(":v", value(1));
        check_eq(fixture.code_of(update).await, "ValidationException", expression)?;
    }
    check_eq(fixture.get("1").await?, Some(json!({ "a": 1, "t": "text" })), "the item")
}

async fn an_update_keeps_to_its_grammar(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1 })).await?;
    for expression in [
        "SET a :v",
        "SET a = :v, b",
        "SET a = :v SET b = :v",
        "SET a = if_not_exists(:v, a)",
        "PUT a = :v",
        ":v",
    ] {
        let update = fixture.update("1", expression).expression_attribute_values(":v", value(1));
        check_eq(fixture.code_of(update).await, "ValidationException", expression)?;
    }
    Ok(())
}

async fn paths_of_an_update_do_not_overlap(fixture: &Fixture) -> CaseResult {
    for expression in
        ["SET a = :v, a = :v", "SET a = :v REMOVE a", "SET m = :v, m.x = :v", "SET m.x = :v REMOVE m"]
    {
        let update = fixture.update("1", expression).expression_attribute_values(":v", value(1));
        check_eq(fixture.code_of(update).await, "ValidationException", expression)?;
    }
    Ok(())
}

async fn text_is_not_added_to_a_number(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "t": "text" })).await?;
    let update = fixture.update("1", "SET b = t + :v").expression_attribute_values(":v", value(1));
    check_eq(fixture.code_of(update).await, "ValidationException", "the code")
}

async fn an_update_returns_the_image_that_is_asked_for(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1 })).await?;
    for (asked, expected) in [
        (ReturnValue::None, None),
        (ReturnValue::AllOld, Some(json!({ "a": 2 }))),
        (ReturnValue::AllNew, Some(json!({ "a": 4 }))),
    ] {
        let update = fixture.update("1", "ADD a :v").expression_attribute_values(":v", value(1));
        let answer = fixture.send(update.return_values(asked.clone())).await?;
        let image = answer.attributes.filter(|image| !image.is_empty()).map(without_key).transpose()?;
        check_eq(image, expected, asked.as_str())?;
    }
    Ok(())
}

async fn an_item_has_at_most_400_kilobytes(fixture: &Fixture) -> CaseResult {
    let large = |bytes: usize| value("x".repeat(bytes));
    let update = |bytes| fixture.update("1", "SET a = :v").expression_attribute_values(":v", large(bytes));
    check_eq(fixture.code_of(update(409_000)).await, "ok", "an item that is just not too large")?;
    check_eq(fixture.code_of(update(409_600)).await, "ValidationException", "an item that is too large")
}

async fn the_key_of_an_index_is_text_that_is_not_empty(fixture: &Fixture) -> CaseResult {
    for wrong in [value(1), value("")] {
        let update = fixture.update("1", "SET workPk = :v").expression_attribute_values(":v", wrong);
        check_eq(fixture.code_of(update).await, "ValidationException", "the code")?;
    }
    check_eq(fixture.get("1").await?, None, "the item")
}
