//! Global secondary indexes: sparse, with their projections, eventually consistent.

use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use serde_json::{Value, json};

use super::fixture::{check_eq, code, sort_keys, value, without_key};
use super::{CaseResult, Fixture};

cases! {
    an_index_holds_only_items_with_both_of_its_keys,
    an_item_leaves_an_index_with_its_key,
    an_index_shows_what_it_projects,
    an_attribute_that_an_index_does_not_project_is_refused
        unless emulated: "MiniStack 1.5.33 answers without the attribute",
    an_index_is_ordered_by_its_own_sort_key,
    pages_of_an_index_follow_each_other_without_gap,
    a_start_key_in_another_partition_is_refused,
    an_index_is_not_read_consistently,
    an_index_that_is_not_there_is_refused,
}

/// A query of this case's partition of an index.
fn of_index(fixture: &Fixture, index: &str, partition_key: &str) -> QueryInputBuilder {
    let query = fixture.query().index_name(index).key_condition_expression("#pk = :pk");
    query
        .expression_attribute_names("#pk", partition_key)
        .expression_attribute_values(":pk", value(fixture.unique_name("index")))
}

fn work(fixture: &Fixture) -> QueryInputBuilder {
    of_index(fixture, "work", "workPk")
}

fn listed(fixture: &Fixture, sort: &str) -> Value {
    json!({
        "partnerPk": fixture.unique_name("index"), "partnerUpdated": sort, "partnerDue": sort,
        "listed": { "name": sort }, "claim": { "large": true },
    })
}

async fn an_index_holds_only_items_with_both_of_its_keys(fixture: &Fixture) -> CaseResult {
    let own = fixture.unique_name("index");
    fixture.put("none", json!({ "a": 1 })).await?;
    fixture.put("half", json!({ "workPk": own })).await?;
    fixture.put("other half", json!({ "workAt": "1" })).await?;
    fixture.put("both", json!({ "workPk": own, "workAt": "1" })).await?;
    check_eq(sort_keys(fixture.query_until(work(fixture), 1).await?.items()), ["both"], "the index")
}

async fn an_item_leaves_an_index_with_its_key(fixture: &Fixture) -> CaseResult {
    let own = fixture.unique_name("index");
    for sk in ["1", "2"] {
        fixture.put(sk, json!({ "workPk": own, "workAt": sk })).await?;
    }
    fixture.query_until(work(fixture), 2).await?;
    fixture.send(fixture.update("1", "REMOVE workPk, workAt")).await?;
    check_eq(sort_keys(fixture.query_until(work(fixture), 1).await?.items()), ["2"], "the index")?;
    let moved =
        fixture.update("2", "SET workPk = :other").expression_attribute_values(":other", value("other"));
    fixture.send(moved).await?;
    fixture.query_until(work(fixture), 0).await?;
    Ok(())
}

async fn an_index_shows_what_it_projects(fixture: &Fixture) -> CaseResult {
    let own = fixture.unique_name("index");
    fixture.put("1", listed(fixture, "1")).await?;
    let page = fixture.query_until(of_index(fixture, "partner-updated", "partnerPk"), 1).await?;
    let shown = page.items().first().cloned().map(without_key).transpose()?;
    let expected = json!({ "partnerPk": own, "partnerUpdated": "1", "listed": { "name": "1" } });
    check_eq(shown, Some(expected), "an index with an attribute")?;
    fixture.put("2", json!({ "workPk": own, "workAt": "1", "event": 1 })).await?;
    let page = fixture.query_until(work(fixture), 1).await?;
    let shown = page.items().first().cloned().map(without_key).transpose()?;
    check_eq(shown, Some(json!({ "workPk": own, "workAt": "1" })), "an index with keys only")
}

async fn an_attribute_that_an_index_does_not_project_is_refused(fixture: &Fixture) -> CaseResult {
    let more = of_index(fixture, "partner-updated", "partnerPk").projection_expression("claim");
    check_eq(code(&fixture.table().query(more).await), "ValidationException", "the code")
}

async fn an_index_is_ordered_by_its_own_sort_key(fixture: &Fixture) -> CaseResult {
    for (sk, sort) in [("1", "c"), ("2", "a"), ("3", "b")] {
        fixture.put(sk, listed(fixture, sort)).await?;
    }
    let query = || of_index(fixture, "partner-due", "partnerPk");
    check_eq(sort_keys(fixture.query_until(query(), 3).await?.items()), ["2", "3", "1"], "forward")?;
    let back = fixture.table().query(query().scan_index_forward(false)).await?;
    check_eq(sort_keys(back.items()), ["1", "3", "2"], "backward")?;
    let before = query().key_condition_expression("#pk = :pk AND partnerDue < :before");
    let before = fixture.table().query(before.expression_attribute_values(":before", value("c"))).await?;
    check_eq(sort_keys(before.items()), ["2", "3"], "before a sort key")
}

async fn pages_of_an_index_follow_each_other_without_gap(fixture: &Fixture) -> CaseResult {
    // Two of them have the same sort key in the index.
    for (sk, sort) in [("1", "a"), ("2", "b"), ("3", "b"), ("4", "c")] {
        fixture.put(sk, listed(fixture, sort)).await?;
    }
    let query = || of_index(fixture, "partner-updated", "partnerPk");
    fixture.query_until(query(), 4).await?;
    for forward in [true, false] {
        let (mut seen, mut start) = (Vec::new(), None);
        for _ in 0..4 {
            let page = query().limit(1).scan_index_forward(forward).set_exclusive_start_key(start);
            let page = fixture.table().query(page).await?;
            seen.extend(sort_keys(page.items()).into_iter().map(str::to_owned));
            let mut names: Vec<_> =
                page.last_evaluated_key().into_iter().flatten().map(|(name, _)| name).collect();
            names.sort_unstable();
            check_eq(names, ["partnerPk", "partnerUpdated", "pk", "sk"], "the last evaluated key")?;
            start = page.last_evaluated_key;
        }
        seen.sort_unstable();
        check_eq(seen, ["1", "2", "3", "4"], "all pages together")?;
    }
    Ok(())
}

async fn a_start_key_in_another_partition_is_refused(fixture: &Fixture) -> CaseResult {
    fixture.put("1", listed(fixture, "a")).await?;
    let query = || of_index(fixture, "partner-updated", "partnerPk");
    let page = fixture.query_until(query().limit(1), 1).await?;
    let mut foreign = page.last_evaluated_key.clone().unwrap_or_default();
    foreign.insert("partnerPk".to_owned(), value("another"));
    let refused = fixture.table().query(query().set_exclusive_start_key(Some(foreign))).await;
    check_eq(code(&refused), "ValidationException", "another partition")?;
    let mut half = page.last_evaluated_key.unwrap_or_default();
    half.remove("partnerUpdated");
    let refused = fixture.table().query(query().set_exclusive_start_key(Some(half))).await;
    check_eq(code(&refused), "ValidationException", "half a start key")
}

async fn an_index_is_not_read_consistently(fixture: &Fixture) -> CaseResult {
    let consistent = fixture.table().query(work(fixture).consistent_read(true)).await;
    check_eq(code(&consistent), "ValidationException", "the code")
}

async fn an_index_that_is_not_there_is_refused(fixture: &Fixture) -> CaseResult {
    let missing = fixture.table().query(of_index(fixture, "no-such-index", "workPk")).await;
    check_eq(code(&missing), "ValidationException", "the code")
}
