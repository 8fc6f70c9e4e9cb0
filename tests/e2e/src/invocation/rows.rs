//! What each event of `tests/events` needs to be more than a refusal.

use super::{Answers, Given, Row};

use Answers::{Done, Status};
use Given::{
    Announced, Approved, BegunDraft, Draft, NoWebhook, Nothing, NoticeBounced, Rejected, Submitted,
    UnderReview, Uploaded, Webhook,
};

const fn row(event: &'static str, given: Given, user: &'static str, answers: Answers) -> Row {
    Row { event, given, user, answers, note: "" }
}

impl Row {
    const fn noting(self, note: &'static str) -> Self {
        Self { note, ..self }
    }
}

/// Every event, in an order in which a function's simplest one comes first.
pub(super) const ROWS: &[Row] = &[
    row("casework-queue", Submitted, "rita", Status(200)),
    row("casework-claim", UnderReview, "rita", Status(200)),
    row("casework-approve", UnderReview, "rita", Status(200)).noting("is asked once more before it counts"),
    row("casework-workload", Submitted, "lena", Status(200)),
    row("casework-cover", UnderReview, "lena", Status(422)).noting("names nobody, and is told so"),
    row("claims-list", Draft, "nadia", Status(200)),
    row("claims-read", UnderReview, "nadia", Status(200)),
    row("claims-history", UnderReview, "nadia", Status(200)),
    row("claims-create", Nothing, "nadia", Status(201))
        .noting("has an Idempotency-Key, so that a second time it finds the same claim"),
    row("claims-create-revenue-association", Nothing, "nadia", Status(201)),
    row("claims-edit", Draft, "nadia", Status(200)),
    row("claims-discard", Draft, "nadia", Status(204)),
    row("claims-clone", Approved, "nadia", Status(201)),
    row("claims-batch", Nothing, "nadia", Status(200)),
    row("claims-template", Nothing, "nadia", Status(200)),
    row("claims-changes", Submitted, "nadia", Status(200)),
    row("claims-check", Nothing, "nadia", Status(200)),
    row("claims-review-queue", Submitted, "rita", Status(200)),
    row("reference-problem", Nothing, "", Status(200)),
    row("reference-problems", Nothing, "", Status(200)),
    row("reference-rule", Nothing, "", Status(200)),
    row("reference-rules", Nothing, "", Status(200)),
    row("reference-contract", Nothing, "", Status(200)),
    row("reference-messages", Nothing, "", Status(200)),
    row("comment-list", UnderReview, "nadia", Status(200)),
    row("comment-write", UnderReview, "nadia", Status(201)),
    row("consent-page", Approved, "", Status(200)),
    row("consent-deny", Approved, "", Status(303)),
    row("consent-resend", NoticeBounced, "nadia", Status(200)),
    row("dashboard-claims", Submitted, "nadia", Status(200)),
    row("dashboard-claim", UnderReview, "nadia", Status(200)),
    row("dashboard-withdraw", Submitted, "nadia", Status(422)).noting("gives no reason, and is told so"),
    row("dashboard-begin", Nothing, "nadia", Status(303)),
    row("dashboard-draft", BegunDraft, "nadia", Status(200)),
    row("dashboard-save", BegunDraft, "nadia", Status(303)),
    row("dashboard-webhooks", Webhook, "nadia", Status(200)),
    row("dashboard-webhook", Webhook, "nadia", Status(200)),
    row("dashboard-register", NoWebhook, "nadia", Status(200)),
    row("dashboard-rotate", Webhook, "nadia", Status(200)),
    row("deadline-timer", UnderReview, "", Done)
        .noting("is of a clock that has ended: stale, it changes nothing (I4)"),
    row("deliver-change", Nothing, "", Done).noting("is for a webhook that is gone, so it is dropped"),
    row("dispatch-submitted", Submitted, "", Done)
        .noting("was brought by the stream before, so nothing is left to do"),
    row("dispute-rejection", Rejected, "nadia", Status(200)),
    row("evidence-request", Draft, "nadia", Status(201)),
    row("evidence-complete", Announced, "nadia", Status(200)),
    row("evidence-download", Uploaded, "nadia", Status(303)),
    row("feedback-bounced", Approved, "", Done),
    row("feedback-bounced-transient", Approved, "", Done),
    row("feedback-complained", Approved, "", Done),
    row("feedback-rejected", Approved, "", Done),
    row("review-start", Submitted, "rita", Status(200)),
    row("review-approve", UnderReview, "rita", Status(200)),
    row("review-end-association", Approved, "rita", Status(200)),
    row("review-reject", UnderReview, "rita", Status(200)),
    row("review-release", UnderReview, "rita", Status(200)),
    row("review-request-action", UnderReview, "rita", Status(200)),
    row("review-take-over", UnderReview, "lena", Status(200)),
    row("sign-in-home", Nothing, "nadia", Status(303)),
    row("sign-in-start", Nothing, "", Status(303)),
    row("sign-in-signed-out", Nothing, "", Status(200)),
    row("sign-in-asset", Nothing, "", Status(200)),
    row("sign-in-callback", Nothing, "", Status(400)).noting("comes from no sign-in, and is told so"),
    row("sign-in-renew", Nothing, "nadia", Status(303)),
    row("sign-in-out", Nothing, "nadia", Status(303)),
    row("submit-claim", Uploaded, "nadia", Status(200)),
    row("submit-batch", Uploaded, "nadia", Status(200)),
    row("sweep-pass", Nothing, "", Done),
    row("token-sign-in", Nothing, "", Done),
    row("token-refresh-reviewer", Nothing, "", Done),
    row("token-program", Nothing, "", Done)
        .noting("is of a program that is not registered: its token is nobody's"),
    row("verdict-clean", Uploaded, "", Done),
    row("verdict-infected", Uploaded, "", Done),
    row("verdict-unscannable", Uploaded, "", Done),
    row("webhooks-list", Webhook, "nadia", Status(200)),
    row("webhooks-create", NoWebhook, "nadia", Status(201)),
    row("webhooks-read", Webhook, "nadia", Status(200)),
    row("webhooks-attempts", Webhook, "nadia", Status(200)),
    row("webhooks-replay", Webhook, "nadia", Status(200)),
    row("webhooks-rotate", Webhook, "nadia", Status(200)),
    row("webhooks-remove", Webhook, "nadia", Status(204)),
    row("withdraw-claim", Submitted, "nadia", Status(200)),
];
