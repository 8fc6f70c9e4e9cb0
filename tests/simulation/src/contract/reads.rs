//! GetItem, BatchGetItem, and Query of the table.

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use serde_json::json;

use super::scene::{code, nothing, same, sort_keys, value, without_key};
use super::{Outcome, Scene};
use crate::table::Item;

cases! {
    a_projection_shows_what_is_asked_for,
    a_batch_finds_what_is_there,
    a_batch_has_1_to_100_keys_and_none_twice,
    a_table_that_is_not_there_is_not_found,
    a_key_is_both_of_its_attributes_and_no_more,
    a_partition_is_read_within_its_bounds_in_order,
    a_key_has_no_condition_of_another_kind,
    a_sort_key_is_not_asked_to_be_unequal unless emulated: "MiniStack 1.5.33 applies any comparison",
    pages_follow_each_other_without_gap,
    a_full_page_has_a_key_to_go_on_from_even_if_nothing_follows,
    a_page_has_at_least_one_place,
    a_filter_is_applied_after_the_limit,
}

async fn a_projection_shows_what_is_asked_for(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "a": 1, "m": { "x": 1, "y": { "z": 2 } }, "b": 3 })).await?;
    let get = GetItemInput::builder()
        .table_name(scene.name())
        .set_key(Some(scene.key("1")))
        .consistent_read(true)
        .projection_expression("a, m.#y.z, absent")
        .expression_attribute_names("#y", "y");
    let found = scene.table().get_item(get).await?;
    let shown = found.item.map(without_key).transpose()?;
    same(shown, Some(json!({ "a": 1, "m": { "y": { "z": 2 } } })), "the item")
}

fn batch(
    scene: &Scene,
    keys: Vec<Item>,
) -> Result<aws_sdk_dynamodb::operation::batch_get_item::builders::BatchGetItemInputBuilder, super::Failed> {
    let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build()?;
    Ok(BatchGetItemInput::builder().request_items(scene.name(), wanted))
}

async fn a_batch_finds_what_is_there(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "a": 1 })).await?;
    scene.put("3", json!({ "a": 3 })).await?;
    let keys = ["3", "2", "1"].map(|sk| scene.key(sk)).to_vec();
    let found = scene.table().batch_get_item(batch(scene, keys)?).await?;
    let items = found.responses().and_then(|tables| tables.get(scene.name())).cloned().unwrap_or_default();
    let mut keys = sort_keys(&items);
    keys.sort_unstable();
    same(keys, ["1", "3"], "the items")?;
    same(found.unprocessed_keys().is_some_and(|left| !left.is_empty()), false, "keys that are left over")
}

async fn a_batch_has_1_to_100_keys_and_none_twice(scene: &Scene) -> Outcome {
    let keys = |count: usize| (0..count).map(|nth| scene.key(&nth.to_string())).collect::<Vec<_>>();
    let code = async |keys: Vec<Item>| {
        Ok::<_, super::Failed>(code(&scene.table().batch_get_item(batch(scene, keys)?).await))
    };
    same(code(keys(0)).await?, "ValidationException", "no key")?;
    same(code(keys(101)).await?, "ValidationException", "101 keys")?;
    same(code(keys(100)).await?, "ok", "100 keys")?;
    same(code([keys(1), keys(1)].concat()).await?, "ValidationException", "a key twice")
}

async fn a_table_that_is_not_there_is_not_found(scene: &Scene) -> Outcome {
    let get = GetItemInput::builder().table_name("no-such-table").set_key(Some(scene.key("1")));
    same(code(&scene.table().get_item(get).await), "ResourceNotFoundException", "the code")
}

async fn a_key_is_both_of_its_attributes_and_no_more(scene: &Scene) -> Outcome {
    let get = async |key: Item| {
        let get = GetItemInput::builder().table_name(scene.name()).set_key(Some(key));
        code(&scene.table().get_item(get).await)
    };
    let mut half = scene.key("1");
    half.remove("sk");
    same(get(half).await, "ValidationException", "half a key")?;
    let mut more = scene.key("1");
    more.insert("a".to_owned(), value(1));
    same(get(more).await, "ValidationException", "more than a key")?;
    let mut other = scene.key("1");
    other.insert("sk".to_owned(), value(1));
    same(get(other).await, "ValidationException", "a key of another type")?;
    same(get(scene.key("")).await, "ValidationException", "an empty key")
}

/// A query of this case's partition with a condition on the sort key.
fn query(
    scene: &Scene,
    sort: &str,
    values: &[(&str, &str)],
) -> aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder {
    let condition = if sort.is_empty() { "pk = :pk".to_owned() } else { format!("pk = :pk AND {sort}") };
    let pk = scene.key("").remove("pk").unwrap_or(AttributeValue::Null(true));
    let query = scene.query().consistent_read(true).key_condition_expression(condition);
    values.iter().fold(query.expression_attribute_values(":pk", pk), |query, (name, text)| {
        query.expression_attribute_values(*name, value(text))
    })
}

async fn a_partition_is_read_within_its_bounds_in_order(scene: &Scene) -> Outcome {
    for sk in ["B2", "A", "B1", "B3", "C", "a"] {
        scene.put(sk, nothing()).await?;
    }
    let all: &[&str] = &["A", "B1", "B2", "B3", "C", "a"];
    type Bounds<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let bounds: [Bounds<'_>; 8] = [
        ("", &[], all),
        ("sk = :x", &[(":x", "B2")], &["B2"]),
        ("sk < :x", &[(":x", "B2")], &["A", "B1"]),
        ("sk <= :x", &[(":x", "B2")], &["A", "B1", "B2"]),
        ("sk > :x", &[(":x", "B2")], &["B3", "C", "a"]),
        ("sk >= :x", &[(":x", "B2")], &["B2", "B3", "C", "a"]),
        ("sk BETWEEN :x AND :y", &[(":x", "B1"), (":y", "B3")], &["B1", "B2", "B3"]),
        ("begins_with(sk, :x)", &[(":x", "B")], &["B1", "B2", "B3"]),
    ];
    for (condition, values, expected) in bounds {
        let page = scene.table().query(query(scene, condition, values)).await?;
        same(sort_keys(page.items()), expected, condition)?;
        same(page.last_evaluated_key(), None, "a key to go on from at the end")?;
        let back = scene.table().query(query(scene, condition, values).scan_index_forward(false)).await?;
        let expected: Vec<&str> = expected.iter().rev().copied().collect();
        same(sort_keys(back.items()), expected, condition)?;
    }
    Ok(())
}

async fn a_key_has_no_condition_of_another_kind(scene: &Scene) -> Outcome {
    let other = scene.table().query(query(scene, "a = :x", &[(":x", "B")])).await;
    same(code(&other), "ValidationException", "an attribute that is no key")?;
    let number = query(scene, "sk < :x", &[]).expression_attribute_values(":x", value(1));
    same(code(&scene.table().query(number).await), "ValidationException", "a number for text")
}

async fn a_sort_key_is_not_asked_to_be_unequal(scene: &Scene) -> Outcome {
    let unequal = scene.table().query(query(scene, "sk <> :x", &[(":x", "B")])).await;
    same(code(&unequal), "ValidationException", "the code")
}

async fn pages_follow_each_other_without_gap(scene: &Scene) -> Outcome {
    for sk in ["1", "2", "3", "4", "5"] {
        scene.put(sk, nothing()).await?;
    }
    for (forward, expected) in [(true, [["1", "2"], ["3", "4"]]), (false, [["5", "4"], ["3", "2"]])] {
        let mut start = None;
        for expected in expected {
            let page = query(scene, "", &[]).limit(2).scan_index_forward(forward);
            let page = scene.table().query(page.set_exclusive_start_key(start)).await?;
            same(sort_keys(page.items()), expected, "a page")?;
            let last = page.items().last().cloned();
            same(page.last_evaluated_key(), last.as_ref(), "the key to go on from")?;
            start = last;
        }
        let page = query(scene, "", &[]).limit(2).scan_index_forward(forward);
        let page = scene.table().query(page.set_exclusive_start_key(start)).await?;
        same(page.items().len(), 1, "the last page")?;
        same(page.last_evaluated_key(), None, "a key to go on from at the end")?;
    }
    Ok(())
}

async fn a_full_page_has_a_key_to_go_on_from_even_if_nothing_follows(scene: &Scene) -> Outcome {
    scene.put("1", nothing()).await?;
    scene.put("2", nothing()).await?;
    let page = scene.table().query(query(scene, "", &[]).limit(2)).await?;
    same(page.last_evaluated_key(), Some(&scene.key("2")), "the key to go on from")?;
    let next = query(scene, "", &[]).limit(2).set_exclusive_start_key(page.last_evaluated_key);
    let next = scene.table().query(next).await?;
    same(next.items().len(), 0, "the items that follow")?;
    same(next.last_evaluated_key(), None, "a key to go on from at the end")
}

async fn a_page_has_at_least_one_place(scene: &Scene) -> Outcome {
    let none = scene.table().query(query(scene, "", &[]).limit(0)).await;
    same(code(&none), "ValidationException", "the code")
}

async fn a_filter_is_applied_after_the_limit(scene: &Scene) -> Outcome {
    for (sk, a) in [("1", 1), ("2", 2), ("3", 1)] {
        scene.put(sk, json!({ "a": a })).await?;
    }
    let filtered =
        query(scene, "", &[]).filter_expression("a = :a").expression_attribute_values(":a", value(1));
    let page = scene.table().query(filtered.limit(2)).await?;
    same(sort_keys(page.items()), ["1"], "the page")?;
    same((page.count(), page.scanned_count()), (1, 2), "what was counted")?;
    same(page.last_evaluated_key(), Some(&scene.key("2")), "the key to go on from")
}
