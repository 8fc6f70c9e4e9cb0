//! The envelope of a message to incentive assessment (R5, I6), as in `infra/schemas/assessment-message.v1.schema.json`.
//!
//! A consumer recognises a repeated message by its id, and one that came too early by what it `follows`. Everything
//! else comes from the domain.

use aws_sdk_sqs::operation::send_message::SendMessageInput;
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use claim_domain::effect::AssessmentMessage;
use claim_domain::ids::EffectId;
use serde::Serialize;
use serde_json::{Value, json};

/// The version of the message's schema.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    schema_version: u32,
    message_id: &'a EffectId,
    #[serde(flatten)]
    message: &'a AssessmentMessage,
}

/// The body of a message to incentive assessment, under the id of the effect that sends it.
pub fn body(message: &AssessmentMessage, id: &EffectId) -> Value {
    json!(Envelope { schema_version: SCHEMA_VERSION, message_id: id, message })
}

/// The request that hands a message to the queue: one group per claim, which keeps their order, deduplicated by the
/// message's id.
pub fn request(queue_url: &str, message: &AssessmentMessage, id: &EffectId) -> SendMessageInputBuilder {
    SendMessageInput::builder()
        .queue_url(queue_url)
        .message_body(body(message, id).to_string())
        .message_group_id(message.claim_id.as_str())
        .message_deduplication_id(id.to_string())
}

#[cfg(test)]
#[path = "assessment_tests.rs"]
mod tests;
