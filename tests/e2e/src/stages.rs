//! Claims brought to a stage of their life, each for a customer of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::{ClaimDriver, Failed};

static CUSTOMERS: AtomicU32 = AtomicU32::new(1);

/// A Microsoft 365 claim for a customer of its own, so that no other case's claim contests it.
pub fn draft(name: &str, products: &[&str]) -> Value {
    let number = CUSTOMERS.fetch_add(1, Ordering::Relaxed);
    json!({
        "name": name, "mpnId": "4711001", "solutionArea": "Microsoft 365", "activities": ["usage"],
        "customer": {
            "tenantId": format!("e2e00000-0000-4000-8000-{number:012}"),
            "domain": format!("customer{number}.example"), "name": format!("Customer {number}"),
            "contact": {
                "name": "Cleo Marsh", "title": "Head of IT", "email": format!("cleo@customer{number}.example"),
            },
        },
        "partnerContact": { "name": "Nadia Rahman", "email": "nadia@northwind.example" },
        "products": products.iter().map(|product| json!({ "product": product })).collect::<Vec<_>>(),
    })
}

/// Submits a draft with a document.
///
/// # Errors
/// What the system answered instead.
pub fn submit(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))
}

/// Rita starts the review.
///
/// # Errors
/// What the system answered instead.
pub fn start_review(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.act("rita", "starts the review", "/review/start", &json!({}))
}

/// Rita approves, and the customer is notified.
///
/// # Errors
/// What the system answered instead.
pub fn approve(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.is_notified()
}

/// Rita rejects, and the partner can dispute that.
///
/// # Errors
/// What the system answered instead.
pub fn reject(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.act("rita", "rejects", "/review/reject", &json!({ "reason": "insufficientPoe" }))
}

/// Brings a new claim to `submitted`.
///
/// # Errors
/// What the system answered instead.
pub fn submitted(claim: &mut ClaimDriver<'_>, name: &str) -> Result<(), Failed> {
    claim.create(&draft(name, &["Teams", "Exchange"]))?;
    submit(claim)
}

/// Brings a new claim to `underReview`, assigned to Rita.
///
/// # Errors
/// What the system answered instead.
pub fn under_review(claim: &mut ClaimDriver<'_>, name: &str) -> Result<(), Failed> {
    submitted(claim, name)?;
    start_review(claim)
}

/// Brings a new claim to `partnerActionRequired`.
///
/// # Errors
/// What the system answered instead.
pub fn action_required(claim: &mut ClaimDriver<'_>, name: &str) -> Result<(), Failed> {
    under_review(claim, name)?;
    let ask = json!({ "reasons": [{ "code": "missingOrOldDates" }] });
    claim.act("rita", "asks for action", "/review/request-action", &ask)
}

/// Brings a new claim to `approved`, the customer notified.
///
/// # Errors
/// What the system answered instead.
pub fn approved(claim: &mut ClaimDriver<'_>, name: &str) -> Result<(), Failed> {
    under_review(claim, name)?;
    approve(claim)
}

/// Brings a new claim to `rejected`, by Rita, disputable.
///
/// # Errors
/// What the system answered instead.
pub fn rejected(claim: &mut ClaimDriver<'_>, name: &str) -> Result<(), Failed> {
    under_review(claim, name)?;
    reject(claim)
}
