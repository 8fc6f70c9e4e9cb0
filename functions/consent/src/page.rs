//! The customer's page about one approval (D9), as HTML and as JSON.
//!
//! Everything here is a pure function of the claim: opening the page changes nothing (I8). The page works without a
//! script, loads nothing from anywhere, and is escaped by the engine. Denying takes a press of the form's one button,
//! which neither an email scanner nor a prefetcher presses. The words are in `infra/page`.

use askama::Template;
use claim_domain::calendar::{Instant, Period};
use claim_domain::claim::{Claim, Consent, ConsentState};
use claim_domain::clock::ClockName;
use claim_domain::ids::{MpnId, PartnerId};
use claim_domain::program::Program;
use claim_domain::reason::RejectCode;
use claim_domain::zone::Zone;
use claim_mail::words::{self, Deadline};
use claim_store::ConsentToken;
use serde::Serialize;
use serde_json::json;

/// The media type of the pages.
pub const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// The headers of every answer on a consent link, besides its media type: the link is a secret, so nothing may store
/// the page, tell its address to another site, or frame it. The style is allowed by its hash, and nothing else is.
pub const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'sha256-UTRTdx0RPJNShbEdi4WxzMRvBu7LKMlpHbRl+MYUYac='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex"),
];

const STYLE: &str = include_str!("../../../infra/page/style.css");

/// The page about an approval, in words.
#[derive(Template)]
#[template(path = "consent.html.j2")]
struct ConsentPage<'a> {
    style: &'static str,
    open: bool,
    means: bool,
    heading: &'static str,
    status: String,
    next: String,
    until: String,
    partner: &'a str,
    mpn_id: &'a str,
    customer: String,
    products: &'a [String],
    meaning: &'static str,
    action: String,
}

/// A page with a message and nothing else.
#[derive(Template)]
#[template(path = "message.html.j2")]
struct MessagePage<'a> {
    style: &'static str,
    heading: &'static str,
    sentences: &'a [&'static str],
}

/// A page cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[error("a page cannot be rendered")]
pub struct PageError(#[from] askama::Error);

/// What the page tells about one approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// How the customer's consent stands.
    pub state: Standing,
    /// The partner organisation.
    pub partner: PartnerId,
    /// Its location.
    pub mpn: MpnId,
    /// The customer's name.
    pub customer: String,
    /// The claimed products, by name.
    pub products: Vec<String>,
    /// The zone in which instants are written.
    pub zone: Zone,
    /// How long the customer may deny, from the notice on (R13).
    pub period: Period,
}

/// How the customer's consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The customer may deny.
    Open {
        /// Until when; unknown before a notice is recorded and while a bounce suspends the period (D16).
        deny_until: Option<Instant>,
    },
    /// The customer denied.
    Denied {
        /// When.
        at: Instant,
    },
    /// There is nothing left to deny.
    Ended(Ending),
}

/// Why there is nothing left to deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// The period passed: silence is consent (R13).
    PeriodPassed,
    /// The partner withdrew the claim (D8).
    Withdrawn,
    /// A reviewer ended the association (D15).
    AssociationEnded,
}

impl Page {
    /// The page about the approval made by the event of version `approval`, for a claim as of now; `None` if the claim
    /// has no such approval.
    pub fn of(claim: &Claim, approval: u64, program: &Program) -> Option<Self> {
        let consent = claim.consent_to(approval)?;
        let state = match consent.state {
            ConsentState::AwaitingNotice | ConsentState::Open | ConsentState::Suspended => {
                Standing::Open { deny_until: consent.due_at }
            }
            ConsentState::Denied => Standing::Denied { at: consent.ended_at.unwrap_or(consent.approved_at) },
            ConsentState::Passed if consent.ended_at.is_none() => Standing::Ended(Ending::PeriodPassed),
            ConsentState::Passed | ConsentState::Ended => {
                Standing::Ended(match ended_because(claim, consent) {
                    Some(RejectCode::PartnerRequest) => Ending::Withdrawn,
                    _ => Ending::AssociationEnded,
                })
            }
        };
        Some(Self {
            state,
            partner: claim.partner.clone(),
            mpn: consent.mpn_id.clone(),
            customer: claim.details.customer.name.clone(),
            products: consent.products.iter().map(|product| product.product.clone()).collect(),
            zone: program.calendar.zone.clone(),
            period: program.periods.of(ClockName::Consent),
        })
    }

    /// What happened, in a sentence.
    fn status(&self) -> String {
        match self.state {
            Standing::Open { .. } => "The association was approved, and can be denied.".to_owned(),
            Standing::Denied { at } => {
                format!("The association was denied on {}.", words::instant(at, &self.zone))
            }
            Standing::Ended(Ending::PeriodPassed) => {
                "The time to deny the association passed without a denial, which counts as consent."
                    .to_owned()
            }
            Standing::Ended(Ending::Withdrawn) => "The partner withdrew its claim.".to_owned(),
            Standing::Ended(Ending::AssociationEnded) => "The program ended the association.".to_owned(),
        }
    }

    /// Until when the customer may deny, in a sentence or two.
    fn until(&self, deny_until: Option<Instant>) -> String {
        match deny_until.map(|due| Deadline::new(due, &self.zone)) {
            Some(Deadline { before, last_day: Some(last_day), .. }) => {
                format!("You can deny the association {before}. The last day is {last_day}.")
            }
            Some(Deadline { before, last_day: None, .. }) => {
                format!("You can deny the association {before}.")
            }
            None => format!(
                "You can deny the association now, and for {} from the notice; the exact date is shown here once the \
                 notice is recorded.",
                words::period(self.period)
            ),
        }
    }

    /// The one next step.
    fn next(&self) -> String {
        match self.state {
            Standing::Open { deny_until } => format!(
                "If you agree, do nothing: silence is consent. {} To deny it, POST to this address with /deny \
                 added to it.",
                self.until(deny_until)
            ),
            Standing::Denied { .. } => "There is nothing more to do; the partner is being told.".to_owned(),
            Standing::Ended(Ending::PeriodPassed) => {
                "If you do not agree with the association, write to the partner.".to_owned()
            }
            Standing::Ended(Ending::Withdrawn | Ending::AssociationEnded) => {
                "There is nothing to do. Should a claim be approved again, you get a new notice.".to_owned()
            }
        }
    }
}

/// The reason of the rejection that ended this consent. Claims stored before consents kept it say it only by a rejection
/// of the same instant.
fn ended_because(claim: &Claim, consent: &Consent) -> Option<RejectCode> {
    consent.ended_because.or_else(|| {
        let rejected = claim.rejection.as_ref()?;
        (consent.ended_at == Some(rejected.rejected_at)).then_some(rejected.rejection.reason)
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageJson<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<Ending>,
    partner_id: &'a PartnerId,
    mpn_id: &'a MpnId,
    customer: &'a str,
    products: &'a [String],
    meaning: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deny_until: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    denied_at: Option<Instant>,
    time_zone: &'a str,
    status: String,
    next: String,
}

/// The page for programs.
pub fn json(page: &Page) -> serde_json::Value {
    let (state, ended_by, deny_until, denied_at) = match page.state {
        Standing::Open { deny_until } => ("open", None, deny_until, None),
        Standing::Denied { at } => ("denied", None, None, Some(at)),
        Standing::Ended(ending) => ("ended", Some(ending), None, None),
    };
    json!(PageJson {
        state,
        ended_by,
        partner_id: &page.partner,
        mpn_id: &page.mpn,
        customer: &page.customer,
        products: &page.products,
        meaning: words::MEANING,
        deny_until,
        denied_at,
        time_zone: page.zone.name(),
        status: page.status(),
        next: page.next(),
    })
}

/// The page for people; the form posts to the link's own address.
///
/// # Errors
/// When the page cannot be written; trying again does not help.
pub fn html(page: &Page, token: &ConsentToken) -> Result<String, PageError> {
    let until = match page.state {
        Standing::Open { deny_until } => page.until(deny_until),
        Standing::Denied { .. } | Standing::Ended(_) => String::new(),
    };
    let page = ConsentPage {
        style: STYLE,
        open: matches!(page.state, Standing::Open { .. }),
        means: matches!(page.state, Standing::Open { .. } | Standing::Ended(Ending::PeriodPassed)),
        heading: match page.state {
            Standing::Open { .. } => "A partner is associated with your organisation",
            Standing::Denied { .. } => "The association was denied",
            Standing::Ended(Ending::PeriodPassed) => "The time to deny the association is over",
            Standing::Ended(Ending::Withdrawn | Ending::AssociationEnded) => "The association has ended",
        },
        status: page.status(),
        next: page.next(),
        until,
        partner: page.partner.as_str(),
        mpn_id: page.mpn.as_str(),
        customer: words::line(&page.customer),
        products: &page.products,
        meaning: words::MEANING,
        action: format!("/v1/consent/{token}/deny"),
    };
    Ok(page.render()?)
}

/// The page for an unknown link, the same for all of them (D9).
///
/// # Errors
/// When the page cannot be written; trying again does not help.
pub fn not_found() -> Result<String, PageError> {
    message(
        "There is no such page",
        &[
            "The address is not one that we gave out. Email programs sometimes cut long addresses at the end of a line.",
            "Copy the whole address from the notice and open it again.",
        ],
    )
}

/// The page when an answer cannot be given now.
///
/// # Errors
/// When the page cannot be written; trying again does not help.
pub fn try_again() -> Result<String, PageError> {
    message(
        "Please try again",
        &[
            "Your request could not be carried out just now, and nothing was changed.",
            "Open the address from the notice again in a minute.",
        ],
    )
}

fn message(heading: &'static str, sentences: &[&'static str]) -> Result<String, PageError> {
    Ok(MessagePage { style: STYLE, heading, sentences }.render()?)
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
