//! Condition expressions.

use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use serde_json::json;

use super::fixture::{check_eq, code, no_attributes, value, without_key};
use super::{CaseResult, Fixture};

cases! {
    conditions_hold_as_they_are_written,
    conditions_of_a_missing_item_find_nothing,
    a_failed_condition_shows_the_item_when_it_is_asked_for,
    every_placeholder_is_defined_and_used,
    a_reserved_word_is_not_a_name,
    what_is_not_an_expression_is_refused,
    bounds_in_the_wrong_order_are_refused,
}

/// Conditions on the item that the first case puts, and whether they hold.
const CONDITIONS: &[(&str, bool)] = &[
    ("version = :three", true),
    ("version <> :three", false),
    ("version = :text", false),
    ("version <> :text", true),
    ("version < :ten", true),
    ("version > :text", false),
    ("version < :text", false),
    ("absent = :three", false),
    ("absent <> :three", true),
    ("absent < :three", false),
    ("NOT absent = :three", true),
    ("attribute_exists(outcomes)", true),
    ("attribute_exists(outcomes.#zero)", true),
    ("attribute_exists(outcomes.#zero.absent)", false),
    ("attribute_not_exists(outcomes.#one)", true),
    ("attribute_not_exists(absent.#zero)", true),
    ("outcomes.#zero.#is = :done", true),
    ("NOT outcomes.#zero.#is = :done", false),
    ("NOT outcomes.#one.#is = :done", true),
    ("attribute_exists(outcomes) AND NOT outcomes.#one.#is = :done", true),
    ("outcomes.#zero.#is IN (:open, :done)", true),
    ("outcomes.#zero.#is IN (:open)", false),
    ("absent IN (:open, :done)", false),
    ("NOT outcomes.#zero.attempts IN (:ten)", true),
    ("outcomes.#zero.attempts BETWEEN :two AND :ten", true),
    ("outcomes.#zero.attempts BETWEEN :three AND :ten", false),
    ("NOT outcomes.#zero.attempts BETWEEN :three AND :ten", true),
    ("outcomes.#one.attempts BETWEEN :two AND :ten", false),
    ("attempts BETWEEN :two AND :ten", true),
    ("turns[1] = :two", true),
    ("turns[2] = :two", false),
    ("outcomes.#zero = :outcome", true),
    ("begins_with(outbox, :op)", true),
    ("version = :ten OR version = :three AND outbox = :open", true),
    ("(version = :ten OR version = :three) AND outbox = :done", false),
    ("version = :ten OR NOT version = :three OR outbox = :open", true),
    ("NOT (version = :three AND outbox = :open)", false),
    ("version > :two and outbox = :open", true),
];

async fn conditions_hold_as_they_are_written(fixture: &Fixture) -> CaseResult {
    let outcome = json!({ "is": "done", "attempts": 2 });
    let item = json!({
        "version": 3, "outbox": "open", "attempts": 9, "turns": [1, 2], "outcomes": { "0": outcome.clone() },
    });
    fixture.put("1", item).await?;
    let names = [("#zero", "0"), ("#one", "1"), ("#is", "is")];
    let values = [
        (":two", value(2)),
        (":three", value(3)),
        (":ten", value(10)),
        (":text", value("3")),
        (":done", value("done")),
        (":open", value("open")),
        (":op", value("op")),
        (":outcome", value(outcome)),
    ];
    for (condition, holds) in CONDITIONS {
        let uses = |placeholder: &str| {
            condition.match_indices(placeholder).any(|(at, _)| {
                let next = condition[at + placeholder.len()..].chars().next();
                !next.is_some_and(|letter| letter.is_ascii_alphanumeric())
            })
        };
        let mut update =
            fixture.update("1", "SET seen = :seen").expression_attribute_values(":seen", value(true));
        for (name, stands_for) in names.iter().filter(|(name, _)| uses(name)) {
            update = update.expression_attribute_names(*name, *stands_for);
        }
        for (name, value) in values.iter().filter(|(name, _)| uses(name)) {
            update = update.expression_attribute_values(*name, value.clone());
        }
        let expected = if *holds { "ok" } else { "ConditionalCheckFailedException" };
        check_eq(fixture.code_of(update.condition_expression(*condition)).await, expected, condition)?;
    }
    Ok(())
}

async fn conditions_of_a_missing_item_find_nothing(fixture: &Fixture) -> CaseResult {
    for (sk, condition, expected) in [
        ("1", "attribute_not_exists(pk)", "ok"),
        ("2", "attribute_exists(pk)", "ConditionalCheckFailedException"),
        ("3", "attribute_not_exists(pk) OR version <= :one", "ok"),
    ] {
        let put = PutItemInput::builder()
            .table_name(fixture.name())
            .set_item(Some(fixture.item(sk, no_attributes())?));
        let mut put = put.condition_expression(condition);
        if condition.contains(":one") {
            put = put.expression_attribute_values(":one", value(1));
        }
        check_eq(code(&fixture.table().put_item(put).await), expected, condition)?;
    }
    Ok(())
}

async fn a_failed_condition_shows_the_item_when_it_is_asked_for(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "turn": 4 })).await?;
    let update = || {
        let update = fixture.update("1", "SET turn = :turn").condition_expression("turn < :turn");
        update.expression_attribute_values(":turn", value(4))
    };
    for (update, expected) in [
        (update(), None),
        (update().return_values_on_condition_check_failure(AllOld), Some(json!({ "turn": 4 }))),
    ] {
        let answer = fixture.table().update_item(update).await;
        let error = answer.err().and_then(|error| error.into_service_error().into());
        let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error else {
            return Err(super::Failed(format!("not a failed condition: {error:?}")));
        };
        let shown = failed.item().filter(|item| !item.is_empty()).cloned().map(without_key).transpose()?;
        check_eq(shown, expected, "the item")?;
    }
    Ok(())
}

async fn every_placeholder_is_defined_and_used(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1 })).await?;
    let update = |condition: &str| fixture.update("1", "SET b = :b").condition_expression(condition);
    let given = |condition: &str| update(condition).expression_attribute_values(":b", value(1));
    let refused = "ValidationException";
    check_eq(fixture.code_of(given("a = :a")).await, refused, "an undefined value")?;
    check_eq(fixture.code_of(given("#a = :b")).await, refused, "an undefined name")?;
    // Even where the condition holds without looking at it.
    check_eq(
        fixture.code_of(given("a = :b OR a = :a")).await,
        refused,
        "an undefined value that is not reached",
    )?;
    let unused = given("a = :b").expression_attribute_values(":c", value(1));
    check_eq(fixture.code_of(unused).await, refused, "an unused value")?;
    let unused = given("a = :b").expression_attribute_names("#c", "c");
    check_eq(fixture.code_of(unused).await, refused, "an unused name")?;
    check_eq(fixture.code_of(given("a = :b")).await, "ok", "with everything defined and used")
}

async fn a_reserved_word_is_not_a_name(fixture: &Fixture) -> CaseResult {
    let update =
        |expression: &str| fixture.update("1", expression).expression_attribute_values(":v", value(1));
    for expression in ["SET ttl = :v", "SET Status = :v", "SET a = :v, #b.name = :v"] {
        let update = match expression.contains("#b") {
            true => update(expression).expression_attribute_names("#b", "b"),
            false => update(expression),
        };
        check_eq(fixture.code_of(update).await, "ValidationException", expression)?;
    }
    let named = update("SET #ttl = :v").expression_attribute_names("#ttl", "ttl");
    check_eq(fixture.code_of(named).await, "ok", "by a placeholder")
}

async fn what_is_not_an_expression_is_refused(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1 })).await?;
    for condition in [
        "a",
        "a =",
        "a = :v AND",
        "a == :v",
        "a = :v a = :v",
        "(a = :v",
        "((a = :v))",
        "a IN :v",
        "a BETWEEN :v",
        "exists(a) AND a = :v",
        "attribute_exists(:v)",
        "",
    ] {
        let update = fixture.update("1", "SET b = :v").condition_expression(condition);
        let update = update.expression_attribute_values(":v", value(1));
        check_eq(fixture.code_of(update).await, "ValidationException", condition)?;
    }
    Ok(())
}

async fn bounds_in_the_wrong_order_are_refused(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "a": 1 })).await?;
    let update = fixture.update("1", "SET b = :two").condition_expression("a BETWEEN :two AND :one");
    let update =
        update.expression_attribute_values(":one", value(1)).expression_attribute_values(":two", value(2));
    check_eq(fixture.code_of(update).await, "ValidationException", "the code")
}
