//! Global secondary indexes: sparse, with their projections, eventually consistent.

use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use serde_json::{Value, json};

use super::scene::{code, same, sort_keys, value, without_key};
use super::{Outcome, Scene};

cases! {
    an_index_holds_only_items_with_both_of_its_keys,
    an_item_leaves_an_index_with_its_key,
    an_index_shows_what_it_projects,
    an_index_is_not_asked_for_what_it_does_not_hold
        unless emulated: "MiniStack 1.5.33 answers without the attribute",
    an_index_is_ordered_by_its_own_sort_key,
    pages_of_an_index_follow_each_other_without_gap,
    a_place_in_another_partition_is_refused,
    an_index_is_not_read_consistently,
    an_index_that_is_not_there_is_refused,
}

/// A query of this case's partition of an index.
fn of_index(scene: &Scene, index: &str, partition_key: &str) -> QueryInputBuilder {
    let query = scene.query().index_name(index).key_condition_expression("#pk = :pk");
    query
        .expression_attribute_names("#pk", partition_key)
        .expression_attribute_values(":pk", value(scene.own("index")))
}

fn work(scene: &Scene) -> QueryInputBuilder {
    of_index(scene, "work", "workPk")
}

fn listed(scene: &Scene, place: &str) -> Value {
    json!({
        "partnerPk": scene.own("index"), "partnerUpdated": place, "partnerDue": place,
        "listed": { "name": place }, "claim": { "large": true },
    })
}

async fn an_index_holds_only_items_with_both_of_its_keys(scene: &Scene) -> Outcome {
    let own = scene.own("index");
    scene.put("none", json!({ "a": 1 })).await?;
    scene.put("half", json!({ "workPk": own })).await?;
    scene.put("other half", json!({ "workAt": "1" })).await?;
    scene.put("both", json!({ "workPk": own, "workAt": "1" })).await?;
    same(sort_keys(scene.until(work(scene), 1).await?.items()), ["both"], "the index")
}

async fn an_item_leaves_an_index_with_its_key(scene: &Scene) -> Outcome {
    let own = scene.own("index");
    for sk in ["1", "2"] {
        scene.put(sk, json!({ "workPk": own, "workAt": sk })).await?;
    }
    scene.until(work(scene), 2).await?;
    scene.send(scene.update("1", "REMOVE workPk, workAt")).await?;
    same(sort_keys(scene.until(work(scene), 1).await?.items()), ["2"], "the index")?;
    let moved =
        scene.update("2", "SET workPk = :other").expression_attribute_values(":other", value("other"));
    scene.send(moved).await?;
    scene.until(work(scene), 0).await?;
    Ok(())
}

async fn an_index_shows_what_it_projects(scene: &Scene) -> Outcome {
    let own = scene.own("index");
    scene.put("1", listed(scene, "1")).await?;
    let page = scene.until(of_index(scene, "partner-updated", "partnerPk"), 1).await?;
    let shown = page.items().first().cloned().map(without_key).transpose()?;
    let expected = json!({ "partnerPk": own, "partnerUpdated": "1", "listed": { "name": "1" } });
    same(shown, Some(expected), "an index with an attribute")?;
    scene.put("2", json!({ "workPk": own, "workAt": "1", "event": 1 })).await?;
    let page = scene.until(work(scene), 1).await?;
    let shown = page.items().first().cloned().map(without_key).transpose()?;
    same(shown, Some(json!({ "workPk": own, "workAt": "1" })), "an index with keys only")
}

async fn an_index_is_not_asked_for_what_it_does_not_hold(scene: &Scene) -> Outcome {
    let more = of_index(scene, "partner-updated", "partnerPk").projection_expression("claim");
    same(code(&scene.table().query(more).await), "ValidationException", "the code")
}

async fn an_index_is_ordered_by_its_own_sort_key(scene: &Scene) -> Outcome {
    for (sk, place) in [("1", "c"), ("2", "a"), ("3", "b")] {
        scene.put(sk, listed(scene, place)).await?;
    }
    let query = || of_index(scene, "partner-due", "partnerPk");
    same(sort_keys(scene.until(query(), 3).await?.items()), ["2", "3", "1"], "forward")?;
    let back = scene.table().query(query().scan_index_forward(false)).await?;
    same(sort_keys(back.items()), ["1", "3", "2"], "backward")?;
    let before = query().key_condition_expression("#pk = :pk AND partnerDue < :before");
    let before = scene.table().query(before.expression_attribute_values(":before", value("c"))).await?;
    same(sort_keys(before.items()), ["2", "3"], "before a place")
}

async fn pages_of_an_index_follow_each_other_without_gap(scene: &Scene) -> Outcome {
    // Two of them in the same place.
    for (sk, place) in [("1", "a"), ("2", "b"), ("3", "b"), ("4", "c")] {
        scene.put(sk, listed(scene, place)).await?;
    }
    let query = || of_index(scene, "partner-updated", "partnerPk");
    scene.until(query(), 4).await?;
    for forward in [true, false] {
        let (mut seen, mut start) = (Vec::new(), None);
        for _ in 0..4 {
            let page = query().limit(1).scan_index_forward(forward).set_exclusive_start_key(start);
            let page = scene.table().query(page).await?;
            seen.extend(sort_keys(page.items()).into_iter().map(str::to_owned));
            let mut names: Vec<_> =
                page.last_evaluated_key().into_iter().flatten().map(|(name, _)| name).collect();
            names.sort_unstable();
            same(names, ["partnerPk", "partnerUpdated", "pk", "sk"], "the key to go on from")?;
            start = page.last_evaluated_key;
        }
        seen.sort_unstable();
        same(seen, ["1", "2", "3", "4"], "all pages together")?;
    }
    Ok(())
}

async fn a_place_in_another_partition_is_refused(scene: &Scene) -> Outcome {
    scene.put("1", listed(scene, "a")).await?;
    let query = || of_index(scene, "partner-updated", "partnerPk");
    let page = scene.until(query().limit(1), 1).await?;
    let mut foreign = page.last_evaluated_key.clone().unwrap_or_default();
    foreign.insert("partnerPk".to_owned(), value("another"));
    let refused = scene.table().query(query().set_exclusive_start_key(Some(foreign))).await;
    same(code(&refused), "ValidationException", "another partition")?;
    let mut half = page.last_evaluated_key.unwrap_or_default();
    half.remove("partnerUpdated");
    let refused = scene.table().query(query().set_exclusive_start_key(Some(half))).await;
    same(code(&refused), "ValidationException", "half a place")
}

async fn an_index_is_not_read_consistently(scene: &Scene) -> Outcome {
    let consistent = scene.table().query(work(scene).consistent_read(true)).await;
    same(code(&consistent), "ValidationException", "the code")
}

async fn an_index_that_is_not_there_is_refused(scene: &Scene) -> Outcome {
    let missing = scene.table().query(of_index(scene, "no-such-index", "workPk")).await;
    same(code(&missing), "ValidationException", "the code")
}
