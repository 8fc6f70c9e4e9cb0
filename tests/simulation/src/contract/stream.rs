//! The table's stream.

use serde_json::{Value, json};

use super::scene::{Action, nothing, reasons, same, value};
use super::{Outcome, Scene};

cases! {
    every_change_makes_a_record_with_both_images_in_order,
    what_changes_nothing_makes_no_record,
    a_transaction_makes_a_record_for_each_item_that_it_changes,
    a_cancelled_transaction_makes_no_record,
}

fn image(scene: &Scene, sk: &str, mut attributes: Value) -> Value {
    attributes["pk"] = json!(scene.key(sk).get("pk").and_then(|pk| pk.as_s().ok()));
    attributes["sk"] = json!(sk);
    attributes
}

async fn every_change_makes_a_record_with_both_images_in_order(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "a": 1 })).await?;
    scene.put("1", json!({ "a": 2 })).await?;
    scene.send(scene.update("1", "ADD a :one").expression_attribute_values(":one", value(1))).await?;
    scene.transact(None, vec![scene.transacted_delete("1").action()?]).await?;
    let changes = scene.changes(4).await?;
    let told: Vec<_> = changes.iter().map(|change| change.what.as_str()).collect();
    same(told, ["INSERT", "MODIFY", "MODIFY", "REMOVE"], "what happened")?;
    same(changes.is_sorted_by(|one, next| one.sequence < next.sequence), true, "the order")?;
    let images =
        [None, Some(1), Some(2), Some(3), None].map(|a| a.map(|a| image(scene, "1", json!({ "a": a }))));
    for (change, both) in changes.iter().zip(images.windows(2)) {
        same(&change.old, &both[0], "the old image")?;
        same(&change.new, &both[1], "the new image")?;
        same(&change.keys, &image(scene, "1", nothing()), "the key")?;
    }
    Ok(())
}

async fn what_changes_nothing_makes_no_record(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "a": 1, "m": { "x": [1] } })).await?;
    scene.put("1", json!({ "a": 1, "m": { "x": [1] } })).await?;
    scene.send(scene.update("1", "SET a = :one").expression_attribute_values(":one", value(1))).await?;
    scene.send(scene.update("1", "REMOVE absent")).await?;
    scene.transact(None, vec![scene.transacted_delete("absent").action()?]).await?;
    scene.put("2", nothing()).await?;
    let changes = scene.changes(2).await?;
    let keys: Vec<_> = changes.iter().map(|change| change.keys["sk"].clone()).collect();
    same(keys, ["1", "2"], "the records")
}

async fn a_transaction_makes_a_record_for_each_item_that_it_changes(scene: &Scene) -> Outcome {
    scene.put("checked", nothing()).await?;
    let transaction = vec![
        scene.transacted_put("1", nothing())?.action()?,
        scene.transacted_check("checked", "attribute_exists(pk)").action()?,
        scene
            .transacted_update("2", "SET a = :one")
            .expression_attribute_values(":one", value(1))
            .action()?,
    ];
    scene.transact(None, transaction).await?;
    let changes = scene.changes(3).await?;
    let mut keys: Vec<_> = changes.iter().filter_map(|change| change.keys["sk"].as_str()).collect();
    keys.sort_unstable();
    same(keys, ["1", "2", "checked"], "the records")
}

async fn a_cancelled_transaction_makes_no_record(scene: &Scene) -> Outcome {
    let transaction = vec![
        scene.transacted_put("1", nothing())?.action()?,
        scene.transacted_check("absent", "attribute_exists(pk)").action()?,
    ];
    reasons(scene.transact(None, transaction).await)?;
    scene.put("2", nothing()).await?;
    let changes = scene.changes(1).await?;
    same(&changes[0].keys["sk"], "2", "the record")
}
