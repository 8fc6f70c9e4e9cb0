//! The authorization matrix: a row for every route of the registry. The registry says who may call; a row says what else
//! the check has to know.

use claim_http::registry::{Callers, Operation, ROUTES, Route};
use serde_json::{Value, json};

use super::callers::Caller;

/// What a caller is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// They may call: what they read is answered 200.
    Allowed,
    /// They are refused with this status and kind of problem.
    Refused(u16, &'static str),
    /// They are answered 200 and see nothing of others (I7).
    SeesNothing,
    /// They are led from a page to one of their own, of the same claim where it has one.
    LedTo(&'static str),
}

use Expect::{Allowed, LedTo, Refused, SeesNothing};

const NOT_FOUND: Expect = Refused(404, "not-found");
const NO_WEBHOOK: Expect = Refused(422, "invalid-input");
const FORBIDDEN: Expect = Refused(403, "forbidden");
const NOT_ASSIGNED: Expect = Refused(403, "not-assigned");

/// What must have become of the claim for the request to be one that its caller may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
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

/// In a form, the claim's reviewer.
pub(super) const REVIEWER: &str = "{reviewer}";

/// The partner who may what partners may.
pub(super) const PARTNER: &str = "nadia";

/// In a body, the claim's id.
pub(super) const CLAIM: &str = "{id}";

/// The fields of a form.
pub(super) type Form = &'static [(&'static str, &'static str)];

/// A row: what the registry does not say of its route.
pub(super) enum Row {
    /// Of a route behind a token.
    Guarded {
        given: Given,
        /// What is sent.
        body: Option<fn() -> Value>,
        /// Who is not answered as [`by_the_registry`] says.
        exceptions: &'static [(Caller, Expect)],
    },
    /// Of a page behind a session.
    Page {
        given: Given,
        /// What stands in the place of `{step}` in its path.
        step: &'static str,
        /// What is typed into its form, if one is sent.
        form: Option<Form>,
        /// Who is not answered as [`by_the_registry`] says.
        exceptions: &'static [(Caller, Expect)],
    },
    /// Of a public route: what stands in the place of the parameter of its path, and the status that everybody gets. None
    /// of these requests writes.
    Public { parameter: &'static str, status: u16 },
}

const fn guarded(given: Given) -> Row {
    Row::Guarded { given, body: None, exceptions: &[] }
}

const fn public(parameter: &'static str, status: u16) -> Row {
    Row::Public { parameter, status }
}

const fn page(given: Given, step: &'static str) -> Row {
    Row::Page { given, step, form: None, exceptions: &[] }
}

const fn form(given: Given, step: &'static str, fields: Form) -> Row {
    Row::Page { given, step, form: Some(fields), exceptions: &[] }
}

/// What everybody with a session may do who is a reviewer, and nobody else.
const REVIEWERS_ALONE: &[(Caller, Expect)] =
    &[(Caller::OtherOrganisation, FORBIDDEN), (Caller::Unassigned, Allowed)];
/// Partners who open the page of a reviewer are led to their own.
const LED_TO_CLAIMS: &[(Caller, Expect)] = &[
    (Caller::OtherOrganisation, LedTo("/claims")),
    (Caller::Partner, LedTo("/claims")),
    (Caller::Unassigned, Allowed),
];
const LED_TO_CLAIM: &[(Caller, Expect)] = &[
    (Caller::OtherOrganisation, LedTo("/claims/{id}")),
    (Caller::Partner, LedTo("/claims/{id}")),
    (Caller::Unassigned, Allowed),
];

impl Row {
    fn sends(self, body: fn() -> Value) -> Self {
        match self {
            Self::Guarded { given, exceptions, .. } => Self::Guarded { given, body: Some(body), exceptions },
            other => other,
        }
    }

    fn except(self, exceptions: &'static [(Caller, Expect)]) -> Self {
        match self {
            Self::Guarded { given, body, .. } => Self::Guarded { given, body, exceptions },
            Self::Page { given, step, form, .. } => Self::Page { given, step, form, exceptions },
            public @ Self::Public { .. } => public,
        }
    }
}

/// Reviewers who open the page of a partner are led to their own, of the same claim.
const LED_TO_QUEUE: &[(Caller, Expect)] = &[
    (Caller::OtherOrganisation, SeesNothing),
    (Caller::Reviewer, LedTo("/review")),
    (Caller::Unassigned, LedTo("/review")),
];
const LED_TO_CASE: &[(Caller, Expect)] =
    &[(Caller::Reviewer, LedTo("/review/{id}")), (Caller::Unassigned, LedTo("/review/{id}"))];
const LED_TO_REVIEW_CALENDAR: &[(Caller, Expect)] = &[
    (Caller::OtherOrganisation, SeesNothing),
    (Caller::Reviewer, LedTo("/review/calendar")),
    (Caller::Unassigned, LedTo("/review/calendar")),
];
const LED_TO_CALENDAR: &[(Caller, Expect)] = &[
    (Caller::OtherOrganisation, LedTo("/claims/calendar")),
    (Caller::Partner, LedTo("/claims/calendar")),
    (Caller::Unassigned, Allowed),
];
const LED_TO_PROOF: &[(Caller, Expect)] =
    &[(Caller::Reviewer, LedTo("/review/{id}/proof/")), (Caller::Unassigned, LedTo("/review/{id}/proof/"))];

/// An id that no claim has.
pub(super) const NO_CLAIM: &str = "01JZZZZZZZZZZZZZZZZZZZZZZZ";
const NO_LINK: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The private part of a calendar's address, of the right form, that nobody has.
const NO_CALENDAR: &str = "0000000000000000000000000000000000000000000000000000000000000000-\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.ics";

/// The row of each route; a route without one does not compile.
fn row_of(operation: Operation) -> Row {
    match operation {
        // Another organisation may create claims, but not with an MPN id of ours (D10).
        Operation::CreateClaim => guarded(Given::NoClaim)
            .sends(draft)
            .except(&[(Caller::OtherOrganisation, Refused(422, "invalid-input"))]),
        Operation::ListClaims | Operation::ReadChanges => {
            guarded(Given::Submitted).except(&[(Caller::OtherOrganisation, SeesNothing)])
        }
        // Each row is refused by itself; another organisation's claim is not found in its row.
        Operation::CreateClaims => guarded(Given::NoClaim)
            .sends(|| json!({ "claims": [draft()] }))
            .except(&[(Caller::OtherOrganisation, Allowed)]),
        Operation::SubmitClaims => guarded(Given::Draft)
            .sends(|| json!({ "claims": [CLAIM] }))
            .except(&[(Caller::OtherOrganisation, Allowed)]),
        Operation::ReadTemplate => guarded(Given::NoClaim).except(&[(Caller::OtherOrganisation, Allowed)]),
        Operation::CloneClaim => guarded(Given::Submitted),
        Operation::EditClaim => guarded(Given::Submitted).sends(|| json!({ "mpnId": "4711002" })),
        // Reviewers do not see a claim before its first submission (R2).
        Operation::DiscardClaim => {
            guarded(Given::Draft).except(&[(Caller::Reviewer, NOT_FOUND), (Caller::Unassigned, NOT_FOUND)])
        }
        Operation::ReadClaim
        | Operation::ReadHistory
        | Operation::ListComments
        | Operation::DownloadEvidence
        | Operation::ReleaseClaim
        | Operation::TakeOverClaim
        | Operation::ApproveClaim => guarded(Given::UnderReview),
        Operation::WriteComment => guarded(Given::UnderReview).sends(|| json!({ "text": "A word." })),
        Operation::AnnounceEvidence => guarded(Given::Submitted).sends(upload),
        Operation::CompleteEvidence => guarded(Given::Submitted),
        Operation::SubmitClaim => guarded(Given::ActionRequired),
        Operation::WithdrawClaim => guarded(Given::Submitted).sends(|| json!({ "cause": "other" })),
        Operation::DisputeRejection => {
            guarded(Given::Rejected).sends(|| json!({ "justification": "Look again." }))
        }
        Operation::ResendNotice => guarded(Given::Approved),
        Operation::ReadQueue => guarded(Given::Submitted)
            .except(&[(Caller::OtherOrganisation, FORBIDDEN), (Caller::Unassigned, Allowed)]),
        // Any reviewer takes a claim that waits; who comes second is told that it is taken.
        Operation::StartReview => guarded(Given::Submitted).except(&[(Caller::Unassigned, Allowed)]),
        Operation::RequestAction => {
            guarded(Given::UnderReview).sends(|| json!({ "reasons": [{ "code": "missingAllPoe" }] }))
        }
        Operation::RejectClaim => guarded(Given::UnderReview).sends(|| json!({ "reason": "poeUnavailable" })),
        // Any reviewer ends an association (D17).
        Operation::EndAssociation => guarded(Given::Approved)
            .sends(|| json!({ "products": [{ "product": "Teams" }], "reason": "Moved." }))
            .except(&[(Caller::Unassigned, Allowed)]),
        // Only partners ask, and of their own organisation.
        Operation::CheckAssociations => {
            guarded(Given::NoClaim).except(&[(Caller::OtherOrganisation, Allowed)])
        }
        // What nobody can register, so that no webhook is left behind.
        Operation::CreateWebhook => guarded(Given::NoClaim)
            .sends(|| json!({ "url": "https://10.0.0.1/" }))
            .except(&[(Caller::OtherOrganisation, NO_WEBHOOK), (Caller::Partner, NO_WEBHOOK)]),
        Operation::ListWebhooks => guarded(Given::NoClaim).except(&[(Caller::OtherOrganisation, Allowed)]),
        Operation::ReadWebhook
        | Operation::RemoveWebhook
        | Operation::RotateSecret
        | Operation::ListAttempts => guarded(Given::NoClaim).except(&[(Caller::Partner, NOT_FOUND)]),
        Operation::ReplayChanges => {
            guarded(Given::NoClaim).sends(|| json!({ "after": 0 })).except(&[(Caller::Partner, NOT_FOUND)])
        }
        Operation::ListProblems
        | Operation::ListRules
        | Operation::ReadContract
        | Operation::ReadMessages => public("", 200),
        Operation::ReadProblem => public("not-found", 200),
        Operation::ReadRule => public("R1", 200),
        Operation::OpenConsent | Operation::DenyConsent => public(NO_LINK, 404),
        // Pages that somebody signs in for.
        Operation::ShowClaims => page(Given::Submitted, "").except(LED_TO_QUEUE),
        Operation::ShowCalendar => page(Given::NoClaim, "").except(LED_TO_REVIEW_CALENDAR),
        Operation::ShowReviewCalendar => page(Given::NoClaim, "").except(LED_TO_CALENDAR),
        Operation::ChangeCalendar | Operation::ChangeReviewCalendar => public(NO_CLAIM, 303),
        // Who has the address needs no session; nobody has one that is made up.
        Operation::ReadCalendar | Operation::ReadReviewCalendar => public(NO_CALENDAR, 404),
        Operation::ShowClaim => page(Given::Submitted, "").except(LED_TO_CASE),
        Operation::ShowClaimStep => page(Given::Submitted, "history").except(LED_TO_CASE),
        Operation::SendClaimStep => form(Given::Submitted, "withdraw", &[("cause", "other")]),
        Operation::OpenOwnProof => page(Given::UnderReview, "").except(LED_TO_PROOF),
        Operation::CompleteOwnProof => form(Given::Submitted, "", &[]),
        // Every organisation begins claims of its own, and sees no other's.
        Operation::BeginDraft => {
            form(Given::NoClaim, "", &[]).except(&[(Caller::OtherOrganisation, Allowed)])
        }
        Operation::ShowDraft => page(Given::NoClaim, ""),
        Operation::ShowDraftStep => page(Given::NoClaim, "customer"),
        Operation::SaveDraftStep => form(Given::NoClaim, "customer", &[("customer.name", "A customer")]),
        Operation::ShowWebhooks => page(Given::NoClaim, "").except(&[(Caller::OtherOrganisation, Allowed)]),
        // What nobody can register, so that no webhook is left behind.
        Operation::AddWebhook => form(Given::NoClaim, "", &[("url", "https://10.0.0.1/")])
            .except(&[(Caller::OtherOrganisation, NO_WEBHOOK), (Caller::Partner, NO_WEBHOOK)]),
        Operation::ShowWebhook => page(Given::NoClaim, "").except(&[(Caller::Partner, NOT_FOUND)]),
        Operation::ShowWebhookStep => page(Given::NoClaim, "rotate").except(&[(Caller::Partner, NOT_FOUND)]),
        Operation::SendWebhookStep => {
            form(Given::NoClaim, "rotate", &[]).except(&[(Caller::Partner, NOT_FOUND)])
        }
        Operation::ShowQueue => page(Given::Submitted, "").except(LED_TO_CLAIMS),
        Operation::ShowCase => page(Given::Submitted, "").except(LED_TO_CLAIM),
        Operation::ShowCaseStep => page(Given::Submitted, "history").except(REVIEWERS_ALONE),
        Operation::OpenProof => page(Given::UnderReview, "").except(REVIEWERS_ALONE),
        // A decision is for the assigned reviewer (D17).
        Operation::SendCaseStep => form(Given::UnderReview, "approve", &[("confirmed", "yes")])
            .except(&[(Caller::OtherOrganisation, FORBIDDEN)]),
        Operation::ShowWorkload => {
            page(Given::Submitted, "").except(&[(Caller::OtherOrganisation, FORBIDDEN)])
        }
        Operation::CoverReviewer => form(Given::UnderReview, "", &[("reviewer", REVIEWER)])
            .except(&[(Caller::OtherOrganisation, FORBIDDEN)]),
        Operation::Home
        | Operation::StartSignIn
        | Operation::RenewSession
        | Operation::RenewSessionForm
        | Operation::SignOut => public(NO_CLAIM, 303),
        Operation::FinishSignIn => public("", 400),
        Operation::SignedOut => public("", 200),
        Operation::ShowAsset => public("app.css", 404),
    }
}

/// The body of a request that somebody who may make it makes, where it has one.
pub(crate) fn body_of(operation: Operation) -> Option<Value> {
    match row_of(operation) {
        Row::Guarded { body, .. } => body.map(|body| body()),
        Row::Page { .. } | Row::Public { .. } => None,
    }
}

/// The whole matrix, in the order of the registry.
pub(super) fn matrix() -> impl Iterator<Item = (&'static Route, Row)> {
    ROUTES.iter().map(|route| (route, row_of(route.operation)))
}

/// Somebody who may call a route.
pub(super) fn caller_of(route: &Route) -> &'static str {
    match route.caller {
        Callers::Reviewers => "rita",
        Callers::Lead => "lena",
        Callers::Partners | Callers::SignedIn | Callers::LinkHolders | Callers::Anybody => PARTNER,
    }
}

/// What a caller with a token or a session is answered by who may call: of a claim that is none of theirs it is 404 for
/// all (I7), and a decision is for the assigned reviewer (D17).
pub(super) fn by_the_registry(route: &Route, caller: Caller) -> Expect {
    match (route.caller, caller) {
        (Callers::LinkHolders | Callers::Anybody, _) => Allowed,
        (_, Caller::OtherOrganisation) => NOT_FOUND,
        (Callers::Partners | Callers::SignedIn, Caller::Partner) => Allowed,
        (Callers::Reviewers | Callers::SignedIn, Caller::Reviewer) => Allowed,
        (Callers::SignedIn, Caller::Unassigned) => Allowed,
        (Callers::Reviewers, Caller::Unassigned) => NOT_ASSIGNED,
        _ => FORBIDDEN,
    }
}

fn draft() -> Value {
    crate::fixtures::draft("Authorization", &["Teams"])
}

fn upload() -> Value {
    json!({
        "fileName": "authorization.pdf", "mediaType": "application/pdf", "size": 9, "sha256": "0".repeat(64),
    })
}
