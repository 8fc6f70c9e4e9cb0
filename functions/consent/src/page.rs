//! The customer's page about one approval (D9), as HTML in five languages (D21) and as JSON.
//!
//! Everything here is a pure function of the claim: opening the page changes nothing (I8). The page works without a
//! script, loads nothing from anywhere, and is escaped by the engine. Denying takes a page of its own and a box that is
//! not ticked when the page comes, since scanners and prefetchers press buttons. The words are in `infra/words`, the
//! templates in `infra/page`.

use askama::Template;
use claim_domain::calendar::{Instant, Period};
use claim_domain::claim::{Claim, Consent, ConsentState};
use claim_domain::clock::ClockName;
use claim_domain::ids::{ClaimId, MpnId, PartnerId};
use claim_domain::program::Program;
use claim_domain::reason::{RejectCode, Rejection};
use claim_domain::zone::Zone;
use claim_http::view::{ConsentPageState, ConsentPageView};
use claim_mail::language::{self, Language};
use claim_mail::words;
use claim_store::ConsentToken;
use serde_json::json;

pub use claim_http::view::Ending;

/// The media type of the pages.
pub const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// The headers of every answer on a consent link, besides its media type: the link is a secret, so nothing may store
/// the page, tell its address to another site, or frame it. The style is allowed by its hash, an empty icon, and nothing
/// else is.
pub const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'sha256-1rhA0shn4T7y2JTDkk9zh2teutgehgZJq8NJKstv0oU='; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex"),
];

/// How the program is called in every language.
const PROGRAM: &str = "Claimed Partner of Record";

const STYLE: &str = include_str!("../../../infra/page/style.css");

/// Who reads a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader<'a> {
    /// In which language.
    pub language: Language,
    /// The email address to ask the program at, if there is one.
    pub contact: Option<&'a str>,
}

/// What the page that asks before denying is shown with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asks {
    /// What was wrong with the form that came back.
    pub fault: Option<Fault>,
    /// The reason, as far as it was typed.
    pub note: String,
}

/// Why a form denied nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Its box was not ticked.
    NotTicked,
    /// Its reason cannot be taken (D19).
    Note,
}

impl Fault {
    /// The name of the message that says so.
    fn message(self) -> &'static str {
        match self {
            Self::NotTicked => "confirm-missing",
            Self::Note => "confirm-note-fault",
        }
    }
}

/// What a page says in its language, where the other languages lead, and whom to ask.
struct Say<'a> {
    language: Language,
    contact: Option<&'a str>,
    /// The address of this page in another language, up to the language.
    elsewhere: String,
    /// What a question to the program is about.
    subject: String,
}

impl<'a> Say<'a> {
    /// A page about a claim, or about none.
    fn new(reader: Reader<'a>, elsewhere: String, claim: Option<&ClaimId>) -> Self {
        let subject = claim.map_or_else(|| PROGRAM.to_owned(), |claim| format!("{PROGRAM} {claim}"));
        Self { language: reader.language, contact: reader.contact, elsewhere, subject }
    }

    /// The message of this name.
    fn of(&self, name: &str) -> String {
        language::say(self.language, name)
    }

    /// Every language.
    fn all(&self) -> [Language; Language::ALL.len()] {
        Language::ALL
    }
}

/// The page about an approval, in words.
#[derive(Template)]
#[template(path = "consent.html.j2")]
struct ConsentPage<'a> {
    style: &'static str,
    say: Say<'a>,
    open: bool,
    means: bool,
    heading: String,
    claimed: String,
    status: String,
    next: String,
    until: String,
    partner: String,
    customer: String,
    products: &'a [String],
    receipt: Option<Receipt<'a>>,
    address: String,
}

/// What the page of a denied association shows to be kept.
struct Receipt<'a> {
    approved_at: String,
    at: String,
    note: Option<&'a str>,
    claim: &'a ClaimId,
}

/// The page that asks before the association is denied.
#[derive(Template)]
#[template(path = "confirm.html.j2")]
struct ConfirmPage<'a> {
    style: &'static str,
    say: Say<'a>,
    heading: String,
    asks: Asks,
    claimed: String,
    products: &'a [String],
    address: String,
}

/// A page with a message and nothing else.
#[derive(Template)]
#[template(path = "message.html.j2")]
struct MessagePage<'a> {
    style: &'static str,
    say: Say<'a>,
    heading: String,
    sentences: [String; 2],
}

/// A page cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[error("a page cannot be rendered")]
pub struct PageError(#[from] askama::Error);

/// What the page tells about one approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The claim.
    pub claim: ClaimId,
    /// When it was approved.
    pub approved_at: Instant,
    /// How the customer's consent stands.
    pub state: Standing,
    /// The partner organisation.
    pub partner: PartnerId,
    /// Its display name (D21).
    pub partner_name: Option<String>,
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
        /// Why, if a reason was given and is still with the claim.
        note: Option<String>,
    },
    /// There is nothing left to deny.
    Ended(Ending),
}

impl Page {
    /// The page of a link to the approval, as long as the link is known (D9, D22); it needs no contact, so an erased claim
    /// has one too.
    pub fn known(claim: &Claim, approval: u64, program: &Program, now: Instant) -> Option<Self> {
        claim.consent_to(approval).filter(|consent| consent.is_link_known(now))?;
        Self::of(claim, approval, program)
    }

    /// The page about the approval made by the event of version `approval`, for a claim as of now; `None` if the claim
    /// has no such approval.
    pub fn of(claim: &Claim, approval: u64, program: &Program) -> Option<Self> {
        let consent = claim.consent_to(approval)?;
        let state = match consent.state {
            ConsentState::AwaitingNotice | ConsentState::Open | ConsentState::Suspended => {
                Standing::Open { deny_until: consent.due_at }
            }
            ConsentState::Denied => Standing::Denied {
                at: consent.ended_at.unwrap_or(consent.approved_at),
                note: denial_note(claim, consent),
            },
            ConsentState::Passed if consent.ended_at.is_none() => Standing::Ended(Ending::PeriodPassed),
            ConsentState::Passed | ConsentState::Ended => {
                Standing::Ended(match ended_because(claim, consent) {
                    Some(RejectCode::PartnerRequest) => Ending::Withdrawn,
                    _ => Ending::AssociationEnded,
                })
            }
        };
        Some(Self {
            claim: claim.id.clone(),
            approved_at: consent.approved_at,
            state,
            partner: claim.partner.clone(),
            partner_name: claim.partner_name.clone(),
            mpn: consent.mpn_id.clone(),
            customer: claim.details.customer.name.clone(),
            products: consent.products.iter().map(|product| product.product.clone()).collect(),
            zone: program.calendar.zone.clone(),
            period: program.periods.of(ClockName::Consent),
        })
    }

    /// What happened, in a sentence.
    fn status(&self, language: Language) -> String {
        let name = match self.state {
            Standing::Open { .. } => "open-status",
            Standing::Denied { at, .. } => {
                let at = language::instant(language, at, &self.zone);
                return language::say_of(language, "denied-status", &[("at", &at)]);
            }
            Standing::Ended(Ending::PeriodPassed) => "passed-status",
            Standing::Ended(Ending::Withdrawn) => "withdrawn-status",
            Standing::Ended(Ending::AssociationEnded) => "association-ended-status",
        };
        language::say(language, name)
    }

    /// Until when the customer may deny, in a sentence or two.
    fn until(&self, language: Language, deny_until: Option<Instant>) -> String {
        language::until(language, deny_until, self.period, &self.zone)
    }

    /// The one next step, where there is nothing to deny.
    fn next(&self, language: Language) -> String {
        let name = match self.state {
            Standing::Open { .. } => "open-silence",
            Standing::Denied { .. } => "denied-next",
            Standing::Ended(Ending::PeriodPassed) => "passed-next",
            Standing::Ended(Ending::Withdrawn | Ending::AssociationEnded) => "ended-next",
        };
        language::say(language, name)
    }

    /// A message about who claimed to be whose partner.
    fn named(&self, language: Language, message: &str) -> String {
        let partner = language::partner(language, self.partner_name.as_deref());
        let customer = words::line(&self.customer);
        let values = [("partner", partner.as_str()), ("mpn", self.mpn.as_str()), ("customer", &customer)];
        language::say_of(language, message, &values)
    }
}

/// The reason of the rejection that ended this consent. Claims stored before consents kept it say it only by a rejection
/// of the same instant.
fn ended_because(claim: &Claim, consent: &Consent) -> Option<RejectCode> {
    consent.ended_because.or_else(|| Some(rejection_of(claim, consent)?.reason))
}

/// Why the customer denied. Claims stored before consents kept it say it only by a rejection of the same instant.
fn denial_note(claim: &Claim, consent: &Consent) -> Option<String> {
    consent.note.clone().or_else(|| rejection_of(claim, consent)?.note.clone())
}

/// The rejection that ended this consent, if it is the claim's newest.
fn rejection_of<'a>(claim: &'a Claim, consent: &Consent) -> Option<&'a Rejection> {
    let rejected = claim.rejection.as_ref()?;
    (consent.ended_at == Some(rejected.rejected_at)).then_some(&rejected.rejection)
}

/// The page for programs, in English.
pub fn json(page: &Page) -> serde_json::Value {
    let (state, ended_by, deny_until, denied_at, note) = match &page.state {
        Standing::Open { deny_until } => (ConsentPageState::Open, None, *deny_until, None, None),
        Standing::Denied { at, note } => (ConsentPageState::Denied, None, None, Some(*at), note.as_deref()),
        Standing::Ended(ending) => (ConsentPageState::Ended, Some(*ending), None, None, None),
    };
    let next = match page.state {
        Standing::Open { deny_until } => format!(
            "If you agree, do nothing: silence is consent. {} To deny it, POST {{\"confirm\": true}} to this address with \
             /deny added to it, and a note beside it if you want to say why.",
            page.until(Language::En, deny_until)
        ),
        Standing::Denied { .. } | Standing::Ended(_) => page.next(Language::En),
    };
    json!(ConsentPageView {
        state,
        ended_by,
        partner_id: &page.partner,
        partner_name: page.partner_name.as_deref(),
        mpn_id: &page.mpn,
        customer: &page.customer,
        products: &page.products,
        meaning: language::say(Language::En, "meaning"),
        deny_until,
        denied_at,
        note,
        time_zone: page.zone.name(),
        status: page.status(Language::En),
        next,
    })
}

/// The page for people.
///
/// # Errors
/// When the page cannot be written; trying again does not help.
pub fn html(page: &Page, token: &ConsentToken, reader: Reader<'_>) -> Result<String, PageError> {
    let (language, address) = (reader.language, address(token));
    let until = match page.state {
        Standing::Open { deny_until } => page.until(language, deny_until),
        Standing::Denied { .. } | Standing::Ended(_) => String::new(),
    };
    let heading = match page.state {
        Standing::Open { .. } => "open-heading",
        Standing::Denied { .. } => "denied-heading",
        Standing::Ended(Ending::PeriodPassed) => "passed-heading",
        Standing::Ended(Ending::Withdrawn | Ending::AssociationEnded) => "ended-heading",
    };
    let receipt = match &page.state {
        Standing::Denied { at, note } => Some(Receipt {
            approved_at: language::instant(language, page.approved_at, &page.zone),
            at: language::instant(language, *at, &page.zone),
            note: note.as_deref(),
            claim: &page.claim,
        }),
        Standing::Open { .. } | Standing::Ended(_) => None,
    };
    let page = ConsentPage {
        style: STYLE,
        say: Say::new(reader, "?".to_owned(), Some(&page.claim)),
        open: matches!(page.state, Standing::Open { .. }),
        means: matches!(page.state, Standing::Open { .. } | Standing::Ended(Ending::PeriodPassed)),
        heading: language::say(language, heading),
        claimed: page.named(language, "open-claimed"),
        status: page.status(language),
        next: page.next(language),
        until,
        partner: page.named(language, "partner-fact"),
        customer: words::line(&page.customer),
        products: &page.products,
        receipt,
        address,
    };
    Ok(page.render()?)
}

/// The page that asks before the association is denied: nothing less than its ticked box denies (D9).
///
/// # Errors
/// When the page cannot be written; trying again does not help.
pub fn confirm(
    page: &Page,
    token: &ConsentToken,
    reader: Reader<'_>,
    asks: Asks,
) -> Result<String, PageError> {
    let address = address(token);
    let page = ConfirmPage {
        style: STYLE,
        // In full, because the answer to the form shows this page as well, at an address that cannot be opened.
        say: Say::new(reader, format!("{address}?step=deny&"), Some(&page.claim)),
        heading: language::say(reader.language, "confirm-heading"),
        asks,
        claimed: page.named(reader.language, "open-claimed"),
        products: &page.products,
        address,
    };
    Ok(page.render()?)
}

/// The address of a link's page.
pub fn address(token: &ConsentToken) -> String {
    format!("/v1/consent/{token}")
}

/// The page for an unknown link, the same for all of them (D9).
///
/// # Errors
/// When the page cannot be written; trying again does not help.
pub fn not_found(reader: Reader<'_>) -> Result<String, PageError> {
    message(reader, "no-page-heading", ["no-page", "no-page-next"])
}

/// The page when an answer cannot be given now.
///
/// # Errors
/// When the page cannot be written; trying again does not help.
pub fn try_again(reader: Reader<'_>) -> Result<String, PageError> {
    message(reader, "try-again-heading", ["try-again", "try-again-next"])
}

fn message(reader: Reader<'_>, heading: &str, sentences: [&str; 2]) -> Result<String, PageError> {
    let say = Say::new(reader, "?".to_owned(), None);
    let (heading, sentences) = (say.of(heading), sentences.map(|name| say.of(name)));
    Ok(MessagePage { style: STYLE, say, heading, sentences }.render()?)
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
