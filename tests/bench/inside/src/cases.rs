//! What is measured: an event of `tests/events`, the moment at which it comes, and its answer.

use chrono::SecondsFormat;
use claim_domain::clock::ClockName;
use claim_domain::ids::DocumentKey;
use claim_http::registry::{FUNCTIONS, Function};
use claim_session::SESSION_COOKIE;
use claim_store::Key;
use serde_json::{Value, json};

use crate::Failure;
use crate::moments::{Moment, Person, PreparedTable, claim_id};

/// One event to one function.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The event's file, without its ending.
    pub event: &'static str,
    /// When it comes.
    pub moment: Moment,
    /// The status of the answer; 200 for functions that do not answer requests.
    pub status: u16,
    /// How many calls to the table it takes.
    pub calls: usize,
    text: &'static str,
}

macro_rules! cases {
    ($($event:literal $moment:ident $status:literal $calls:literal;)*) => {
        [$(Case {
            event: $event,
            moment: Moment::$moment,
            status: $status,
            calls: $calls,
            text: include_str!(concat!("../../../events/", $event, ".json")),
        },)*]
    };
}

/// The pages that show the same as a read by the API, each with that read: they are measured side by side.
pub const BESIDE: [(&str, &str); 4] = [
    ("casework-claim", "claims-read"),
    ("casework-queue", "claims-review-queue"),
    ("dashboard-claim", "claims-read"),
    ("dashboard-claims", "claims-list"),
];

/// Every event that is measured. A function's first event represents it where functions are compared.
pub fn cases() -> Vec<Case> {
    // Event, moment, status, calls to the table.
    cases! {
        "casework-queue" Many 200 2;
        "casework-claim" UnderReview 200 4;
        "claims-read" UnderReview 200 2;
        "claims-create" Nothing 201 3;
        "claims-create-revenue-association" Nothing 201 2;
        "claims-clone" Approved 201 4;
        "claims-batch" Nothing 200 3;
        "claims-template" Nothing 200 0;
        "claims-list" Many 200 1;
        "claims-edit" Editing 200 2;
        "claims-discard" Editing 204 2;
        "claims-history" Approved 200 3;
        "claims-changes" Many 200 1;
        "claims-review-queue" Many 200 1;
        "claims-check" Nothing 200 2;
        "reference-problem" Nothing 200 0;
        "reference-problems" Nothing 200 0;
        "reference-rule" Nothing 200 0;
        "reference-rules" Nothing 200 0;
        "reference-contract" Nothing 200 0;
        "reference-messages" Nothing 200 0;
        "comment-write" UnderReview 201 2;
        "comment-list" UnderReview 200 2;
        "consent-deny" Approved 303 3;
        "consent-page" Approved 200 2;
        "consent-resend" Refused 200 2;
        "dashboard-claims" Many 200 4;
        "dashboard-claim" UnderReview 200 4;
        "dashboard-begin" Nothing 303 3;
        "dashboard-webhooks" Nothing 200 2;
        "dashboard-webhook" Nothing 404 2;
        "deadline-timer" Overdue 200 2;
        "deliver-change" Nothing 200 1;
        "dispatch-submitted" Submitted 200 8;
        "dispute-rejection" Rejected 200 3;
        "evidence-complete" Announced 200 2;
        "evidence-download" Uploaded 303 1;
        "evidence-request" Editing 201 3;
        "feedback-bounced" Approved 200 4;
        "feedback-bounced-transient" Approved 200 4;
        "feedback-complained" Approved 200 4;
        "feedback-rejected" Approved 200 4;
        "review-approve" UnderReview 200 3;
        "review-end-association" Approved 200 2;
        "review-reject" UnderReview 200 3;
        "review-release" UnderReview 200 3;
        "review-request-action" UnderReview 200 3;
        "review-start" Submitted 200 3;
        "review-take-over" UnderReview 200 3;
        "sign-in-home" Nothing 303 1;
        "sign-in-signed-out" Nothing 200 0;
        "submit-claim" Uploaded 200 3;
        "submit-batch" Uploaded 200 3;
        "sweep-pass" Overdue 200 14;
        "token-sign-in" Nothing 200 0;
        "token-refresh-reviewer" Nothing 200 0;
        "token-program" Nothing 200 1;
        "verdict-clean" Uploaded 200 2;
        "verdict-infected" Uploaded 200 2;
        "verdict-unscannable" Uploaded 200 2;
        "webhooks-create" Nothing 201 3;
        "webhooks-list" Nothing 200 1;
        "webhooks-read" Nothing 404 1;
        "webhooks-rotate" Nothing 404 1;
        "webhooks-replay" Nothing 404 1;
        "webhooks-remove" Nothing 404 1;
        "webhooks-attempts" Nothing 404 1;
        "withdraw-claim" Submitted 200 2;
    }
    .to_vec()
}

impl Case {
    /// The function that it is for.
    pub fn function(&self) -> &'static str {
        let functions = FUNCTIONS.iter().map(|function| function.name);
        let mut named =
            functions.filter(|name| self.event.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')));
        named.next().unwrap_or_default()
    }

    /// Whether it is a page that is measured beside a read by the API, or that read.
    pub fn is_beside(&self) -> bool {
        BESIDE.iter().any(|(page, read)| [page, read].contains(&&self.event))
    }

    /// Whether its function is behind the API, and has no pages.
    pub fn is_of_api(&self) -> bool {
        let mut functions = Function::of_api().filter(|function| function.name == self.function());
        functions.any(|function| function.routes().all(|route| !route.is_page()))
    }

    /// Who opens the page; `None` if it is none of people who sign in.
    fn person(&self) -> Option<Person> {
        match self.function() {
            "casework" => Some(Person::Reviewer),
            "dashboard" | "sign-in" => Some(Person::Partner),
            _ => None,
        }
    }

    /// The event for this table: about the claim as it is there, on the revision that the caller has seen.
    ///
    /// # Errors
    /// When the event cannot be read.
    pub fn event(&self, prepared: &PreparedTable) -> Result<String, Failure> {
        let mut event: Value = serde_json::from_str(self.text)?;
        if let Some(person) = self.person() {
            event["headers"]["cookie"] = json!(format!("{SESSION_COOKIE}={}", person.cookie()?.reveal()));
        }
        let Some(claim) = &prepared.claim else { return Ok(event.to_string()) };
        if let Some(seen) = event.pointer_mut("/headers/if-match") {
            *seen = json!(format!("\"{}\"", claim.revision));
        }
        match self.function() {
            "deadline" => {
                let clock = claim.clocks.get(&ClockName::ReviewStart).ok_or("no review has to start")?;
                event = json!({
                    "claimId": claim_id()?,
                    "clock": ClockName::ReviewStart,
                    "generation": clock.generation,
                    "dueAt": clock.due_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
                });
            }
            "dispatch" => {
                let sk = json!(Key::Event(claim.id.clone(), prepared.submission).sort());
                for place in ["Keys", "NewImage"] {
                    if let Some(key) = event.pointer_mut(&format!("/Records/0/dynamodb/{place}/sk/S")) {
                        *key = sk.clone();
                    }
                }
            }
            "verdict" => {
                let document = claim.evidence.first().ok_or("there is no document")?;
                if let Some(key) = event.pointer_mut("/detail/s3ObjectDetails/objectKey") {
                    let place = DocumentKey { claim: claim.id.clone(), evidence: document.id.clone() };
                    *key = json!(place.to_string());
                }
            }
            "feedback" => {
                let notice = claim.consents.last().map(|consent| consent.notice.place());
                let notice = notice.ok_or("no notice was sent")?;
                if let Some(effect) = event.pointer_mut("/detail/mail/tags/effect/0") {
                    *effect = json!(notice.to_string());
                }
            }
            _ => {}
        }
        Ok(event.to_string())
    }

    /// Whether an answer is the expected one.
    pub fn is_answer(&self, answer: &[u8]) -> bool {
        let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return false };
        match self.function() {
            "deadline" | "feedback" | "verdict" => true,
            "deliver" | "dispatch" => answer["batchItemFailures"].as_array().is_some_and(Vec::is_empty),
            "sweep" => answer["claims"] == 1 && answer["failed"] == 0,
            "token" => answer.get("response").is_some(),
            _ => answer["statusCode"] == self.status,
        }
    }
}
