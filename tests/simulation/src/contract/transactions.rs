//! TransactWriteItems.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use serde_json::json;

use super::scene::{Action, code, codes, nothing, reasons, same, value, without_key};
use super::{Outcome, Scene};

cases! {
    a_cancellation_has_a_reason_for_each_action_and_none_is_the_word_none,
    a_cancelled_transaction_writes_nothing,
    the_old_image_is_in_the_reason_when_it_is_asked_for,
    a_transaction_comes_again_under_its_token_without_being_made_again,
    a_token_is_good_for_one_transaction_only,
    a_cancelled_transaction_does_not_use_up_its_token,
    two_actions_on_one_item_are_refused,
    a_transaction_has_1_to_100_actions,
    a_transaction_deletes_on_condition,
    an_update_that_cannot_be_made_is_a_reason_too,
}

async fn a_cancellation_has_a_reason_for_each_action_and_none_is_the_word_none(scene: &Scene) -> Outcome {
    scene.put("there", nothing()).await?;
    let absent = "attribute_not_exists(pk)";
    let cancelled = scene.transact(
        None,
        vec![
            scene.transacted_put("1", nothing())?.action()?,
            scene.transacted_put("there", nothing())?.condition_expression(absent).action()?,
            scene.transacted_put("2", nothing())?.condition_expression(absent).action()?,
            scene.transacted_check("missing", "attribute_exists(pk)").action()?,
        ],
    );
    let reasons = reasons(cancelled.await)?;
    let failed = "ConditionalCheckFailed";
    same(codes(&reasons), ["None", failed, "None", failed], "the codes")?;
    same(reasons[0].message(), None, "the message of no reason")?;
    same(reasons[1].message(), Some("The conditional request failed"), "the message of a reason")
}

async fn a_cancelled_transaction_writes_nothing(scene: &Scene) -> Outcome {
    let cancelled = scene.transact(
        None,
        vec![
            scene.transacted_put("1", nothing())?.action()?,
            scene.transacted_check("missing", "attribute_exists(pk)").action()?,
        ],
    );
    reasons(cancelled.await)?;
    same(scene.get("1").await?, None, "the item of the action that passed")
}

async fn the_old_image_is_in_the_reason_when_it_is_asked_for(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "version": 3, "by": { "name": "x" } })).await?;
    let check = || scene.transacted_check("1", "version = :v").expression_attribute_values(":v", value(2));
    let absent = scene.transacted_check("2", "attribute_exists(pk)");
    let asked = check().return_values_on_condition_check_failure(AllOld).action()?;
    let absent = absent.return_values_on_condition_check_failure(AllOld).action()?;
    let given = reasons(scene.transact(None, vec![asked, absent]).await)?;
    let shown = given[0].item().cloned().map(without_key).transpose()?;
    same(shown, Some(json!({ "version": 3, "by": { "name": "x" } })), "the old image")?;
    same(given[1].item().is_some_and(|item| !item.is_empty()), false, "an image of what is not there")?;
    let unasked = reasons(scene.transact(None, vec![check().action()?]).await)?;
    same(unasked[0].item().is_some_and(|item| !item.is_empty()), false, "an image that nobody asked for")
}

async fn a_transaction_comes_again_under_its_token_without_being_made_again(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "count": 0 })).await?;
    let count = || {
        let update = scene.transacted_update("1", "SET #count = #count + :one");
        update
            .expression_attribute_names("#count", "count")
            .expression_attribute_values(":one", value(1))
            .condition_expression("#count = :zero")
            .expression_attribute_values(":zero", value(0))
            .action()
    };
    let token = scene.own("t");
    let token = &token[token.len().saturating_sub(36)..];
    scene.transact(Some(token), vec![count()?]).await?;
    // The condition no longer holds, but the answer is the first one's.
    scene.transact(Some(token), vec![count()?]).await?;
    same(scene.get("1").await?, Some(json!({ "count": 1 })), "the count")
}

async fn a_token_is_good_for_one_transaction_only(scene: &Scene) -> Outcome {
    let token = scene.own("t");
    let token = &token[token.len().saturating_sub(36)..];
    scene.transact(Some(token), vec![scene.transacted_put("1", json!({ "a": 1 }))?.action()?]).await?;
    let other = scene.transact(Some(token), vec![scene.transacted_put("1", json!({ "a": 2 }))?.action()?]);
    same(code(&other.await), "IdempotentParameterMismatchException", "the code")?;
    same(scene.get("1").await?, Some(json!({ "a": 1 })), "the item")
}

async fn a_cancelled_transaction_does_not_use_up_its_token(scene: &Scene) -> Outcome {
    let token = scene.own("t");
    let token = &token[token.len().saturating_sub(36)..];
    let put = || {
        Ok(vec![
            scene.transacted_put("1", nothing())?.action()?,
            scene.transacted_check("gate", "attribute_exists(pk)").action()?,
        ])
    };
    let put = || -> Result<Vec<_>, super::Failed> { put() };
    reasons(scene.transact(Some(token), put()?).await)?;
    scene.put("gate", nothing()).await?;
    scene.transact(Some(token), put()?).await?;
    same(scene.get("1").await?, Some(nothing()), "the item")
}

async fn two_actions_on_one_item_are_refused(scene: &Scene) -> Outcome {
    let twice = scene.transact(
        None,
        vec![
            scene.transacted_put("1", nothing())?.action()?,
            scene.transacted_check("1", "attribute_not_exists(pk)").action()?,
        ],
    );
    same(code(&twice.await), "ValidationException", "the code")?;
    same(scene.get("1").await?, None, "the item")
}

async fn a_transaction_has_1_to_100_actions(scene: &Scene) -> Outcome {
    let puts = |count: usize| -> Result<Vec<_>, super::Failed> {
        (0..count).map(|nth| scene.transacted_put(&nth.to_string(), nothing())?.action()).collect()
    };
    same(code(&scene.transact(None, puts(0)?).await), "ValidationException", "without an action")?;
    same(code(&scene.transact(None, puts(101)?).await), "ValidationException", "with 101 actions")?;
    same(scene.get("0").await?, None, "an item of 101")?;
    same(code(&scene.transact(None, puts(100)?).await), "ok", "with 100 actions")
}

async fn a_transaction_deletes_on_condition(scene: &Scene) -> Outcome {
    scene.put("1", json!({ "claim": "A" })).await?;
    let delete = |claim: &str| {
        let delete = scene.transacted_delete("1").condition_expression("claim = :claim");
        delete.expression_attribute_values(":claim", value(claim)).action()
    };
    let refused = reasons(scene.transact(None, vec![delete("B")?]).await)?;
    same(codes(&refused), ["ConditionalCheckFailed"], "the codes")?;
    scene.transact(None, vec![delete("A")?]).await?;
    same(scene.get("1").await?, None, "the item")
}

async fn an_update_that_cannot_be_made_is_a_reason_too(scene: &Scene) -> Outcome {
    scene.put("1", nothing()).await?;
    let update = scene.transacted_update("1", "SET turn = turn + :one");
    let update = update.expression_attribute_values(":one", value(1)).action()?;
    let cancelled = scene.transact(None, vec![scene.transacted_put("2", nothing())?.action()?, update]);
    same(codes(&reasons(cancelled.await)?), ["None", "ValidationError"], "the codes")?;
    same(scene.get("2").await?, None, "the item of the other action")
}
