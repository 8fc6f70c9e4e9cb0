//! UpdateItem, and what may be stored.

use aws_sdk_dynamodb::types::ReturnValue;
use serde_json::{Value, json};

use super::scene::{same, value, without_key};
use super::{Outcome, Scene};

cases! {
    updates_do_as_they_are_written,
    operands_are_read_from_the_item_as_it_was,
    an_update_makes_the_item_that_it_does_not_find,
    what_cannot_be_updated_is_refused,
    an_update_keeps_to_its_grammar unless emulated: "MiniStack 1.5.33 passes over what it does not read",
    paths_of_an_update_do_not_overlap unless emulated: "MiniStack 1.5.33 lets a later clause win",
    text_is_not_added_to_a_number unless emulated: "MiniStack 1.5.33 calculates with whatever it finds",
    an_update_returns_the_image_that_is_asked_for,
    an_item_has_at_most_400_kilobytes,
    the_key_of_an_index_is_text_that_is_not_empty,
}

/// Updates of the item below with `:v` being 2, and what becomes of it.
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

async fn updates_do_as_they_are_written(scene: &Scene) -> Outcome {
    for (expression, expected) in updates() {
        scene.put("1", json!({ "a": 1, "m": { "x": 1 } })).await?;
        scene.send(scene.update("1", expression).expression_attribute_values(":v", value(2))).await?;
        same(scene.get("1").await?, Some(expected), expression)?;
    }
    Ok(())
}

async fn operands_are_read_from_the_item_as_it_was(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "a": 1, "b": 2 })).await?;
    scene.send(scene.update("1", "SET a = b, b = a")).await?;
    same(scene.get("1").await?, Some(json!({ "a": 2, "b": 1 })), "the item")
}

async fn an_update_makes_the_item_that_it_does_not_find(scene: &Scene) -> Outcome {
    scene.send(scene.update("1", "ADD a :v").expression_attribute_values(":v", value(2))).await?;
    same(scene.get("1").await?, Some(json!({ "a": 2 })), "the item")
}

async fn what_cannot_be_updated_is_refused(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "a": 1, "t": "text" })).await?;
    for expression in [
        "SET absent.x = :v",
        "SET a.x = :v",
        "SET b = absent + :v",
        "SET b = absent, c = :v",
        "SET pk = :v",
        "SET sk = :v",
        "ADD t :v",
    ] {
        let update = scene.update("1", expression).expression_attribute_values(":v", value(1));
        same(scene.code_of(update).await, "ValidationException", expression)?;
    }
    same(scene.get("1").await?, Some(json!({ "a": 1, "t": "text" })), "the item")
}

async fn an_update_keeps_to_its_grammar(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "a": 1 })).await?;
    for expression in [
        "SET a :v",
        "SET a = :v, b",
        "SET a = :v SET b = :v",
        "SET a = if_not_exists(:v, a)",
        "PUT a = :v",
        ":v",
    ] {
        let update = scene.update("1", expression).expression_attribute_values(":v", value(1));
        same(scene.code_of(update).await, "ValidationException", expression)?;
    }
    Ok(())
}

async fn paths_of_an_update_do_not_overlap(scene: &Scene) -> Outcome {
    for expression in
        ["SET a = :v, a = :v", "SET a = :v REMOVE a", "SET m = :v, m.x = :v", "SET m.x = :v REMOVE m"]
    {
        let update = scene.update("1", expression).expression_attribute_values(":v", value(1));
        same(scene.code_of(update).await, "ValidationException", expression)?;
    }
    Ok(())
}

async fn text_is_not_added_to_a_number(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "t": "text" })).await?;
    let update = scene.update("1", "SET b = t + :v").expression_attribute_values(":v", value(1));
    same(scene.code_of(update).await, "ValidationException", "the code")
}

async fn an_update_returns_the_image_that_is_asked_for(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "a": 1 })).await?;
    for (asked, expected) in [
        (ReturnValue::None, None),
        (ReturnValue::AllOld, Some(json!({ "a": 2 }))),
        (ReturnValue::AllNew, Some(json!({ "a": 4 }))),
    ] {
        let update = scene.update("1", "ADD a :v").expression_attribute_values(":v", value(1));
        let answer = scene.send(update.return_values(asked.clone())).await?;
        let image = answer.attributes.filter(|image| !image.is_empty()).map(without_key).transpose()?;
        same(image, expected, asked.as_str())?;
    }
    Ok(())
}

async fn an_item_has_at_most_400_kilobytes(scene: &Scene) -> Outcome {
    let large = |bytes: usize| value("x".repeat(bytes));
    let update = |bytes| scene.update("1", "SET a = :v").expression_attribute_values(":v", large(bytes));
    same(scene.code_of(update(409_000)).await, "ok", "an item that is just not too large")?;
    same(scene.code_of(update(409_600)).await, "ValidationException", "an item that is too large")
}

async fn the_key_of_an_index_is_text_that_is_not_empty(scene: &Scene) -> Outcome {
    for wrong in [value(1), value("")] {
        let update = scene.update("1", "SET workPk = :v").expression_attribute_values(":v", wrong);
        same(scene.code_of(update).await, "ValidationException", "the code")?;
    }
    same(scene.get("1").await?, None, "the item")
}
