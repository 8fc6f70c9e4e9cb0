//! TransactWriteItems.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use serde_json::json;

use super::fixture::{Action, check_eq, code, codes, no_attributes, reasons, value, without_key};
use super::{CaseResult, Fixture};

cases! {
    a_cancellation_has_a_reason_for_each_action_and_none_is_the_word_none,
    a_cancelled_transaction_writes_nothing,
    the_old_image_is_in_the_reason_when_it_is_asked_for,
    a_transaction_repeated_with_its_token_is_applied_once,
    a_token_is_good_for_one_transaction_only,
    a_cancelled_transaction_does_not_use_up_its_token,
    two_actions_on_one_item_are_refused,
    a_transaction_has_1_to_100_actions,
    a_transaction_deletes_on_condition,
    an_update_that_cannot_be_applied_is_a_reason_too,
}

async fn a_cancellation_has_a_reason_for_each_action_and_none_is_the_word_none(
    fixture: &Fixture,
) -> CaseResult {
    fixture.put("there", no_attributes()).await?;
    let absent = "attribute_not_exists(pk)";
    let cancelled = fixture.transact(
        None,
        vec![
            fixture.transacted_put("1", no_attributes())?.action()?,
            fixture.transacted_put("there", no_attributes())?.condition_expression(absent).action()?,
            fixture.transacted_put("2", no_attributes())?.condition_expression(absent).action()?,
            fixture.transacted_check("missing", "attribute_exists(pk)").action()?,
        ],
    );
    let reasons = reasons(cancelled.await)?;
    let failed = "ConditionalCheckFailed";
    check_eq(codes(&reasons), ["None", failed, "None", failed], "the codes")?;
    check_eq(reasons[0].message(), None, "the message of no reason")?;
    check_eq(reasons[1].message(), Some("The conditional request failed"), "the message of a reason")
}

async fn a_cancelled_transaction_writes_nothing(fixture: &Fixture) -> CaseResult {
    let cancelled = fixture.transact(
        None,
        vec![
            fixture.transacted_put("1", no_attributes())?.action()?,
            fixture.transacted_check("missing", "attribute_exists(pk)").action()?,
        ],
    );
    reasons(cancelled.await)?;
    check_eq(fixture.get("1").await?, None, "the item of the action that passed")
}

async fn the_old_image_is_in_the_reason_when_it_is_asked_for(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "version": 3, "by": { "name": "x" } })).await?;
    let check = || fixture.transacted_check("1", "version = :v").expression_attribute_values(":v", value(2));
    let absent = fixture.transacted_check("2", "attribute_exists(pk)");
    let asked = check().return_values_on_condition_check_failure(AllOld).action()?;
    let absent = absent.return_values_on_condition_check_failure(AllOld).action()?;
    let given = reasons(fixture.transact(None, vec![asked, absent]).await)?;
    let shown = given[0].item().cloned().map(without_key).transpose()?;
    check_eq(shown, Some(json!({ "version": 3, "by": { "name": "x" } })), "the old image")?;
    check_eq(given[1].item().is_some_and(|item| !item.is_empty()), false, "an image of a missing item")?;
    let unasked = reasons(fixture.transact(None, vec![check().action()?]).await)?;
    check_eq(unasked[0].item().is_some_and(|item| !item.is_empty()), false, "an image that nobody asked for")
}

async fn a_transaction_repeated_with_its_token_is_applied_once(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "count": 0 })).await?;
    let count = || {
        let update = fixture.transacted_update("1", "SET #count = #count + :one");
        update
            .expression_attribute_names("#count", "count")
            .expression_attribute_values(":one", value(1))
            .condition_expression("#count = :zero")
            .expression_attribute_values(":zero", value(0))
            .action()
    };
    let token = fixture.unique_name("t");
    let token = &token[token.len().saturating_sub(36)..];
    fixture.transact(Some(token), vec![count()?]).await?;
    // The condition no longer holds, but the repetition gets the answer of the first time.
    fixture.transact(Some(token), vec![count()?]).await?;
    check_eq(fixture.get("1").await?, Some(json!({ "count": 1 })), "the count")
}

async fn a_token_is_good_for_one_transaction_only(fixture: &Fixture) -> CaseResult {
    let token = fixture.unique_name("t");
    let token = &token[token.len().saturating_sub(36)..];
    fixture.transact(Some(token), vec![fixture.transacted_put("1", json!({ "a": 1 }))?.action()?]).await?;
    let other =
        fixture.transact(Some(token), vec![fixture.transacted_put("1", json!({ "a": 2 }))?.action()?]);
    check_eq(code(&other.await), "IdempotentParameterMismatchException", "the code")?;
    check_eq(fixture.get("1").await?, Some(json!({ "a": 1 })), "the item")
}

async fn a_cancelled_transaction_does_not_use_up_its_token(fixture: &Fixture) -> CaseResult {
    let token = fixture.unique_name("t");
    let token = &token[token.len().saturating_sub(36)..];
    let put = || {
        Ok(vec![
            fixture.transacted_put("1", no_attributes())?.action()?,
            fixture.transacted_check("gate", "attribute_exists(pk)").action()?,
        ])
    };
    let put = || -> Result<Vec<_>, super::Failed> { put() };
    reasons(fixture.transact(Some(token), put()?).await)?;
    fixture.put("gate", no_attributes()).await?;
    fixture.transact(Some(token), put()?).await?;
    check_eq(fixture.get("1").await?, Some(no_attributes()), "the item")
}

async fn two_actions_on_one_item_are_refused(fixture: &Fixture) -> CaseResult {
    let twice = fixture.transact(
        None,
        vec![
            fixture.transacted_put("1", no_attributes())?.action()?,
            fixture.transacted_check("1", "attribute_not_exists(pk)").action()?,
        ],
    );
    check_eq(code(&twice.await), "ValidationException", "the code")?;
    check_eq(fixture.get("1").await?, None, "the item")
}

async fn a_transaction_has_1_to_100_actions(fixture: &Fixture) -> CaseResult {
    let puts = |count: usize| -> Result<Vec<_>, super::Failed> {
        (0..count).map(|nth| fixture.transacted_put(&nth.to_string(), no_attributes())?.action()).collect()
    };
    check_eq(code(&fixture.transact(None, puts(0)?).await), "ValidationException", "without an action")?;
    check_eq(code(&fixture.transact(None, puts(101)?).await), "ValidationException", "with 101 actions")?;
    check_eq(fixture.get("0").await?, None, "an item of 101")?;
    check_eq(code(&fixture.transact(None, puts(100)?).await), "ok", "with 100 actions")
}

async fn a_transaction_deletes_on_condition(fixture: &Fixture) -> CaseResult {
    fixture.put("1", json!({ "claim": "A" })).await?;
    let delete = |claim: &str| {
        let delete = fixture.transacted_delete("1").condition_expression("claim = :claim");
        delete.expression_attribute_values(":claim", value(claim)).action()
    };
    let refused = reasons(fixture.transact(None, vec![delete("B")?]).await)?;
    check_eq(codes(&refused), ["ConditionalCheckFailed"], "the codes")?;
    fixture.transact(None, vec![delete("A")?]).await?;
    check_eq(fixture.get("1").await?, None, "the item")
}

async fn an_update_that_cannot_be_applied_is_a_reason_too(fixture: &Fixture) -> CaseResult {
    fixture.put("1", no_attributes()).await?;
    let update = fixture.transacted_update("1", "SET turn = turn + :one");
    let update = update.expression_attribute_values(":one", value(1)).action()?;
    let cancelled =
        fixture.transact(None, vec![fixture.transacted_put("2", no_attributes())?.action()?, update]);
    check_eq(codes(&reasons(cancelled.await)?), ["None", "ValidationError"], "the codes")?;
    check_eq(fixture.get("2").await?, None, "the item of the other action")
}
