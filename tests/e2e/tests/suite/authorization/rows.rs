//! The authorization matrix: a row for every route, and what each caller is answered there.

use serde_json::{Value, json};

/// What a caller is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// They may call: what they read is answered 200.
    Allowed,
    /// They are refused with this status and kind of problem.
    Refused(u16, &'static str),
    /// They are answered 200 and see nothing of others (I7).
    SeesNothing,
}

use Expect::{Allowed, Refused, SeesNothing};

const NOT_FOUND: Expect = Refused(404, "not-found");
const FORBIDDEN: Expect = Refused(403, "forbidden");
const NOT_ASSIGNED: Expect = Refused(403, "not-assigned");

/// What must have become of the claim for the request to be one that its caller may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// No claim.
    NoClaim,
    /// Being edited, with a document uploaded.
    Draft,
    /// Submitted, with another document announced and put to its address.
    Submitted,
    /// Under review by Rita.
    UnderReview,
    /// Rita asked for action.
    ActionRequired,
    /// Approved by Rita, the customer notified.
    Approved,
    /// Rejected by Rita.
    Rejected,
}

/// A route behind a token, and who may call it.
pub(super) struct Row {
    pub(super) route: &'static str,
    pub(super) given: Given,
    /// Somebody who may call it.
    pub(super) caller: &'static str,
    /// What is sent.
    pub(super) body: Option<fn() -> Value>,
    pub(super) other_organisation: Expect,
    pub(super) reviewer: Expect,
    pub(super) partner: Expect,
    pub(super) unassigned: Expect,
}

impl Row {
    /// Whether the route only reads.
    pub(super) fn reads(&self) -> bool {
        self.route.starts_with("GET ")
    }
}

/// A route of partners on a claim that reviewers see.
const fn of_partner(route: &'static str, given: Given, body: Option<fn() -> Value>) -> Row {
    let (other_organisation, reviewer, partner, unassigned) = (NOT_FOUND, FORBIDDEN, Allowed, FORBIDDEN);
    Row { route, given, caller: "nadia", body, other_organisation, reviewer, partner, unassigned }
}

/// A route of both sides.
const fn of_both(route: &'static str, body: Option<fn() -> Value>) -> Row {
    let (given, other_organisation) = (Given::UnderReview, NOT_FOUND);
    Row {
        route,
        given,
        caller: "nadia",
        body,
        other_organisation,
        reviewer: Allowed,
        partner: Allowed,
        unassigned: Allowed,
    }
}

/// A route of the assigned reviewer.
const fn of_reviewer(route: &'static str, body: Option<fn() -> Value>) -> Row {
    let (given, other_organisation, partner) = (Given::UnderReview, NOT_FOUND, FORBIDDEN);
    Row {
        route,
        given,
        caller: "rita",
        body,
        other_organisation,
        reviewer: Allowed,
        partner,
        unassigned: NOT_ASSIGNED,
    }
}

/// Every route behind a token.
pub(super) const GUARDED: &[Row] = &[
    // Another organisation may create claims, but not with an MPN id of ours (D10).
    Row {
        other_organisation: Refused(422, "invalid-input"),
        ..of_partner("POST /v1/claims", Given::NoClaim, Some(draft))
    },
    Row { other_organisation: SeesNothing, ..of_partner("GET /v1/claims", Given::Submitted, None) },
    of_both("GET /v1/claims/{id}", None),
    of_partner("PATCH /v1/claims/{id}", Given::Submitted, Some(|| json!({ "mpnId": "4711002" }))),
    // Reviewers do not see a claim before its first submission (R2).
    Row {
        reviewer: NOT_FOUND,
        unassigned: NOT_FOUND,
        ..of_partner("DELETE /v1/claims/{id}", Given::Draft, None)
    },
    of_both("GET /v1/claims/{id}/history", None),
    of_both("GET /v1/claims/{id}/comments", None),
    of_both("POST /v1/claims/{id}/comments", Some(|| json!({ "text": "A word." }))),
    of_partner("POST /v1/claims/{id}/evidence", Given::Submitted, Some(upload)),
    of_partner("POST /v1/claims/{id}/evidence/{evidenceId}/complete", Given::Submitted, None),
    of_both("GET /v1/claims/{id}/evidence/{evidenceId}", None),
    of_partner("POST /v1/claims/{id}/submit", Given::ActionRequired, None),
    of_partner("POST /v1/claims/{id}/withdraw", Given::Submitted, Some(|| json!({ "cause": "other" }))),
    of_partner(
        "POST /v1/claims/{id}/dispute",
        Given::Rejected,
        Some(|| json!({ "justification": "Look again." })),
    ),
    of_partner("POST /v1/claims/{id}/consent/resend", Given::Approved, None),
    Row {
        given: Given::Submitted,
        other_organisation: FORBIDDEN,
        unassigned: Allowed,
        ..of_reviewer("GET /v1/review/queue", None)
    },
    // Any reviewer takes a claim that waits; who comes second is told that it is taken.
    Row {
        given: Given::Submitted,
        unassigned: Allowed,
        ..of_reviewer("POST /v1/claims/{id}/review/start", None)
    },
    of_reviewer("POST /v1/claims/{id}/review/release", None),
    // Only the lead takes a claim over (D17).
    Row {
        caller: "lena",
        reviewer: FORBIDDEN,
        unassigned: FORBIDDEN,
        ..of_reviewer("POST /v1/claims/{id}/review/take-over", None)
    },
    of_reviewer(
        "POST /v1/claims/{id}/review/request-action",
        Some(|| json!({ "reasons": [{ "code": "missingAllPoe" }] })),
    ),
    of_reviewer("POST /v1/claims/{id}/review/approve", None),
    of_reviewer("POST /v1/claims/{id}/review/reject", Some(|| json!({ "reason": "poeUnavailable" }))),
    // Any reviewer ends an association (D17).
    Row {
        given: Given::Approved,
        unassigned: Allowed,
        ..of_reviewer(
            "POST /v1/claims/{id}/review/end-association",
            Some(|| json!({ "products": [{ "product": "Teams" }], "reason": "Moved." })),
        )
    },
];

/// Every public route, with a path of it and the status that everybody gets there. None of these requests writes.
pub(super) const PUBLIC: &[(&str, &str, u16)] = &[
    ("GET /v1/problems", "/v1/problems", 200),
    ("GET /v1/problems/{type}", "/v1/problems/not-found", 200),
    ("GET /v1/consent/{token}", "/v1/consent/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 404),
    ("POST /v1/consent/{token}/deny", "/v1/consent/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/deny", 404),
];

fn draft() -> Value {
    crate::fixtures::draft("Authorization", &["Teams"])
}

fn upload() -> Value {
    json!({ "fileName": "authorization.pdf", "mediaType": "application/pdf", "size": 9, "sha256": "0".repeat(64) })
}
