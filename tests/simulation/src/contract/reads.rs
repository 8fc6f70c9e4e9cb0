//! GetItem, BatchGetItem, and Query of the table.

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use serde_json::json;

use super::fixture::{check_eq, code, no_attributes, sort_keys, value, without_key};
use super::{CaseResult, Fixture};
use test_support::table::Item;

cases! {
    a_projection_shows_what_is_asked_for,
    a_batch_finds_what_is_there,
    a_batch_has_1_to_100_keys_and_none_twice,
    a_table_that_is_not_there_is_not_found,
    a_key_is_both_of_its_attributes_and_no_more,
    a_partition_is_read_in_order_within_bounds,
    a_key_condition_of_another_kind_is_refused,
    a_key_condition_with_unequal_is_refused unless emulated: "MiniStack 1.5.33 applies any comparison",
    pages_follow_each_other_without_gap,
    a_full_page_has_a_last_key_even_if_nothing_follows,
    a_limit_is_at_least_one,
    a_filter_is_applied_after_the_limit,
}

async fn a_projection_shows_what_is_asked_for(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1, "m": { "x": 1, "y": { "z": 2 } }, "b": 3 })).await?;
    let get = GetItemInput::builder()
        .table_name(fixture.name())
        .set_key(Some(fixture.key("1")))
        .consistent_read(true)
        .projection_expression("a, m.#y.z, absent")
        .expression_attribute_names("#y", "y");
    let found = fixture.table().get_item(get).await?;
    let shown = found.item.map(without_key).transpose()?;
    check_eq(shown, Some(json!({ "a": 1, "m": { "y": { "z": 2 } } })), "the item")
}

fn batch(
    fixture: &Fixture,
    keys: Vec<Item>,
) -> Result<aws_sdk_dynamodb::operation::batch_get_item::builders::BatchGetItemInputBuilder, super::Failed> {
    let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build()?;
    Ok(BatchGetItemInput::builder().request_items(fixture.name(), wanted))
}

async fn a_batch_finds_what_is_there(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1 })).await?;
    fixture.put("3", json!({ "a": 3 })).await?;
    let keys = ["3", "2", "1"].map(|sk| fixture.key(sk)).to_vec();
    let found = fixture.table().batch_get_item(batch(fixture, keys)?).await?;
    let items = found.responses().and_then(|tables| tables.get(fixture.name())).cloned().unwrap_or_default();
    let mut keys = sort_keys(&items);
    keys.sort_unstable();
    check_eq(keys, ["1", "3"], "the items")?;
    check_eq(
        found.unprocessed_keys().is_some_and(|left| !left.is_empty()),
        false,
        "whether keys are left unprocessed",
    )
}

async fn a_batch_has_1_to_100_keys_and_none_twice(fixture: &Fixture) -> CaseResult {
    let keys = |count: usize| (0..count).map(|nth| fixture.key(&nth.to_string())).collect::<Vec<_>>();
    let code = async |keys: Vec<Item>| {
        Ok::<_, super::Failed>(code(&fixture.table().batch_get_item(batch(fixture, keys)?).await))
    };
    check_eq(code(keys(0)).await?, "ValidationException", "no key")?;
    check_eq(code(keys(101)).await?, "ValidationException", "101 keys")?;
    check_eq(code(keys(100)).await?, "ok", "100 keys")?;
    check_eq(code([keys(1), keys(1)].concat()).await?, "ValidationException", "a key twice")
}

async fn a_table_that_is_not_there_is_not_found(fixture: &Fixture) -> CaseResult {
    let get = GetItemInput::builder().table_name("no-such-table").set_key(Some(fixture.key("1")));
    check_eq(code(&fixture.table().get_item(get).await), "ResourceNotFoundException", "the code")
}

async fn a_key_is_both_of_its_attributes_and_no_more(fixture: &Fixture) -> CaseResult {
    let get = async |key: Item| {
        let get = GetItemInput::builder().table_name(fixture.name()).set_key(Some(key));
        code(&fixture.table().get_item(get).await)
    };
    let mut half = fixture.key("1");
    half.remove("sk");
    check_eq(get(half).await, "ValidationException", "half a key")?;
    let mut more = fixture.key("1");
    more.insert("a".to_owned(), value(1));
    check_eq(get(more).await, "ValidationException", "more than a key")?;
    let mut other = fixture.key("1");
    other.insert("sk".to_owned(), value(1));
    check_eq(get(other).await, "ValidationException", "a key of another type")?;
    check_eq(get(fixture.key("")).await, "ValidationException", "an empty key")
}

/// A query of this case's partition with a condition on the sort key.
fn query(
    fixture: &Fixture,
    sort: &str,
    values: &[(&str, &str)],
) -> aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder {
    let condition = if sort.is_empty() { "pk = :pk".to_owned() } else { format!("pk = :pk AND {sort}") };
    let pk = fixture.key("").remove("pk").unwrap_or(AttributeValue::Null(true));
    let query = fixture.query().consistent_read(true).key_condition_expression(condition);
    values.iter().fold(query.expression_attribute_values(":pk", pk), |query, (name, text)| {
        query.expression_attribute_values(*name, value(text))
    })
}

async fn a_partition_is_read_in_order_within_bounds(fixture: &Fixture) -> CaseResult {
    for sk in ["B2", "A", "B1", "B3", "C", "a"] {
        fixture.put(sk, no_attributes()).await?;
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
        let page = fixture.table().query(query(fixture, condition, values)).await?;
        check_eq(sort_keys(page.items()), expected, condition)?;
        check_eq(page.last_evaluated_key(), None, "the last evaluated key of the last page")?;
        let back = fixture.table().query(query(fixture, condition, values).scan_index_forward(false)).await?;
        let expected: Vec<&str> = expected.iter().rev().copied().collect();
        check_eq(sort_keys(back.items()), expected, condition)?;
    }
    Ok(())
}

async fn a_key_condition_of_another_kind_is_refused(fixture: &Fixture) -> CaseResult {
    let other = fixture.table().query(query(fixture, "a = :x", &[(":x", "B")])).await;
    check_eq(code(&other), "ValidationException", "an attribute that is no key")?;
    let number = query(fixture, "sk < :x", &[]).expression_attribute_values(":x", value(1));
    check_eq(code(&fixture.table().query(number).await), "ValidationException", "a number for text")
}

async fn a_key_condition_with_unequal_is_refused(fixture: &Fixture) -> CaseResult {
    let unequal = fixture.table().query(query(fixture, "sk <> :x", &[(":x", "B")])).await;
    check_eq(code(&unequal), "ValidationException", "the code")
}

async fn pages_follow_each_other_without_gap(fixture: &Fixture) -> CaseResult {
    for sk in ["1", "2", "3", "4", "5"] {
        fixture.put(sk, no_attributes()).await?;
    }
    for (forward, expected) in [(true, [["1", "2"], ["3", "4"]]), (false, [["5", "4"], ["3", "2"]])] {
        let mut start = None;
        for expected in expected {
            let page = query(fixture, "", &[]).limit(2).scan_index_forward(forward);
            let page = fixture.table().query(page.set_exclusive_start_key(start)).await?;
            check_eq(sort_keys(page.items()), expected, "a page")?;
            let last = page.items().last().cloned();
            check_eq(page.last_evaluated_key(), last.as_ref(), "the last evaluated key")?;
            start = last;
        }
        let page = query(fixture, "", &[]).limit(2).scan_index_forward(forward);
        let page = fixture.table().query(page.set_exclusive_start_key(start)).await?;
        check_eq(page.items().len(), 1, "the last page")?;
        check_eq(page.last_evaluated_key(), None, "the last evaluated key of the last page")?;
    }
    Ok(())
}

async fn a_full_page_has_a_last_key_even_if_nothing_follows(fixture: &Fixture) -> CaseResult {
    fixture.put("1", no_attributes()).await?;
    fixture.put("2", no_attributes()).await?;
    let page = fixture.table().query(query(fixture, "", &[]).limit(2)).await?;
    check_eq(page.last_evaluated_key(), Some(&fixture.key("2")), "the last evaluated key")?;
    let next = query(fixture, "", &[]).limit(2).set_exclusive_start_key(page.last_evaluated_key);
    let next = fixture.table().query(next).await?;
    check_eq(next.items().len(), 0, "the items that follow")?;
    check_eq(next.last_evaluated_key(), None, "the last evaluated key of the last page")
}

async fn a_limit_is_at_least_one(fixture: &Fixture) -> CaseResult {
    let none = fixture.table().query(query(fixture, "", &[]).limit(0)).await;
    check_eq(code(&none), "ValidationException", "the code")
}

async fn a_filter_is_applied_after_the_limit(fixture: &Fixture) -> CaseResult {
    for (sk, a) in [("1", 1), ("2", 2), ("3", 1)] {
        fixture.put(sk, json!({ "a": a })).await?;
    }
    let filtered =
        query(fixture, "", &[]).filter_expression("a = :a").expression_attribute_values(":a", value(1));
    let page = fixture.table().query(filtered.limit(2)).await?;
    check_eq(sort_keys(page.items()), ["1"], "the page")?;
    check_eq((page.count(), page.scanned_count()), (1, 2), "the counts")?;
    check_eq(page.last_evaluated_key(), Some(&fixture.key("2")), "the last evaluated key")
}
