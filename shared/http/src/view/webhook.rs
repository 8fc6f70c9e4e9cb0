//! Webhooks as their organisation sees them (D24).

use claim_domain::calendar::Instant;
use claim_domain::ids::{ClaimId, WebhookId};
use claim_domain::webhook::Webhook;
use claim_store::{Attempt, AttemptOutcome};
use serde::Serialize;

/// A webhook.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Webhook"))]
#[serde(rename_all = "camelCase")]
pub struct WebhookView<'a> {
    /// Its id, a ULID.
    id: &'a WebhookId,
    /// Where changes are sent.
    url: &'a str,
    /// What it is for, in the organisation's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    /// The kinds of change that are sent; left out, all.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    events: &'a [String],
    /// The secret to verify signatures with: only when it has just been made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    /// Until when the replaced secret signs as well, while it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_until: Option<Instant>,
    /// When it was registered.
    created_at: Instant,
    /// Since when nothing is sent any more, because the server answered 410.
    #[serde(skip_serializing_if = "Option::is_none")]
    gone_at: Option<Instant>,
    /// Since when every delivery has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<Instant>,
    /// The lowest number among the changes that were parked: replay after the number before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    parked_from: Option<u64>,
}

/// A webhook as it stands now, without its secret.
pub fn webhook(webhook: &Webhook, now: Instant) -> WebhookView<'_> {
    let replaced = webhook.replaced.as_ref().map(|replaced| replaced.until);
    WebhookView {
        id: &webhook.id,
        url: webhook.url.as_str(),
        description: webhook.description.as_deref(),
        events: &webhook.events,
        secret: None,
        replaced_until: replaced.filter(|until| now < *until),
        created_at: webhook.created_at,
        gone_at: webhook.gone_at,
        failing_since: webhook.failing_since,
        parked_from: webhook.parked_from,
    }
}

/// A webhook whose secret has just been made, with it.
pub fn webhook_with_secret(made: &Webhook, now: Instant) -> WebhookView<'_> {
    WebhookView { secret: Some(&made.secret.0), ..webhook(made, now) }
}

/// How many changes are being sent again.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Replay"))]
#[serde(rename_all = "camelCase")]
pub struct ReplayView {
    /// How many of the changes looked at are of a kind that the webhook asks for, and are sent.
    pub queued: usize,
    /// What to replay after next: the number of the last change that was looked at.
    pub next: u64,
    /// Whether there are more changes.
    pub has_more: bool,
}

/// An attempt to deliver a change.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Attempt"))]
#[serde(rename_all = "camelCase")]
pub struct AttemptView<'a> {
    /// The number of the change.
    sequence: u64,
    /// The claim's id, a ULID.
    claim: &'a ClaimId,
    /// What happened to it, as the history names it. Later versions may add kinds.
    #[serde(rename = "type")]
    kind: &'a str,
    /// When the attempt began.
    at: Instant,
    /// Which attempt it was, from 1 on.
    attempt: u32,
    /// How long it took, in milliseconds.
    milliseconds: u64,
    /// What became of it.
    outcome: AttemptOutcome,
    /// The status that the server answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Instant>,
}

/// An attempt to deliver a change.
pub fn attempt(attempt: &Attempt) -> AttemptView<'_> {
    AttemptView {
        sequence: attempt.sequence,
        claim: &attempt.claim,
        kind: &attempt.kind,
        at: attempt.at,
        attempt: attempt.attempt,
        milliseconds: attempt.milliseconds,
        outcome: attempt.outcome,
        status: attempt.status,
        error: attempt.error.as_deref(),
        next_at: attempt.next_at,
    }
}
