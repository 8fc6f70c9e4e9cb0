//! The emails of the program (D18, R13): what happened, until when, and the one next step.
//!
//! An email is rendered from the event's effect and the recipient's name. The words are in `infra/mail`, in two templates
//! for each email: the text, which begins with the subject, and the HTML. The engine escapes HTML. It does not escape text
//! and subject, so whatever people wrote is confined before: names to one line, longer texts to quoted lines, which nobody
//! can take for ours.
//!
//! Nobody can write to strangers in the program's name: where an address is not proven to be the recipient's, subject
//! and greeting hold no words but ours and the organisation's display name. The customer's notice goes to somebody who
//! never asked for it; of what the partner wrote freely, its text carries the customer's own name and nothing else.

mod emails;
mod escape;
pub mod language;
mod webhook;
pub mod words;

use claim_domain::calendar::{Instant, Period};
use claim_domain::claim::{ClaimedProduct, Product, Verdict};
use claim_domain::clock::ClockName;
use claim_domain::effect::{About, EmailContent};
use claim_domain::event::Late;
use claim_domain::reason::{RejectCode, Rejection, WithdrawCause};
use claim_domain::zone::Zone;

use crate::emails::{Facts, Promise, Reason, Subject, Why};
use crate::language::{Language, Say};
use crate::words::Deadline;

pub use crate::webhook::{ParkedChanges, render_parked};

/// An email, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The subject, on one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// The addresses that emails link to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// The page of the claim, for people who sign in.
    pub claim_url: String,
    /// The program guide (R4).
    pub guide_url: String,
    /// The customer's page, in the customer's notice only (D9). It is a secret: never log it.
    pub consent_url: Option<String>,
}

/// Why an email cannot be rendered; trying again never helps.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The claim was stored with a zone that this program does not know.
    #[error("{0:?} is not a time zone")]
    Zone(String),
    /// The customer's notice was rendered without its link (D9).
    #[error("a notice needs the address of the customer's page")]
    NoConsentLink,
    /// The engine gave up.
    #[error("the email cannot be written")]
    Template(#[from] askama::Error),
}

/// Renders the email to the partner or the lead (D18), as it is sent at `now`: what has passed by then is not promised any
/// more (D5). Without the
/// recipient's name, subject and greeting hold nothing that people wrote freely: that is for an address of which nobody
/// has shown that it is theirs.
///
/// # Errors
/// [`MailError`]; trying again does not help.
pub fn render(
    content: &EmailContent,
    about: &About,
    recipient_name: Option<&str>,
    links: &Links,
    now: Instant,
) -> Result<Mail, MailError> {
    let zone = zone(about)?;
    let until = |due: Instant| Deadline::new(due, &zone);
    let ahead = |due: Option<Instant>| due.filter(|due| *due > now).map(until);
    let facts = facts(about, recipient_name, links);
    let written = match content {
        EmailContent::Received { due_at, again } => {
            emails::Received { due: ahead(*due_at), again: *again }.write(&facts)
        }
        EmailContent::ActionRequired { reasons, remove_products, due_at } => emails::ActionRequired {
            reasons: reasons
                .iter()
                .map(|reason| Reason { words: reason.code.words(), note: note(reason.note.as_deref()) })
                .collect(),
            remove: names(remove_products),
            due: until(*due_at),
            passed: *due_at <= now,
        }
        .write(&facts),
        EmailContent::Approved => emails::Approved {}.write(&facts),
        EmailContent::Rejected { rejection, dispute_until } => {
            emails::Rejected { why: why(rejection), dispute_until: ahead(*dispute_until) }.write(&facts)
        }
        EmailContent::DisputeResult { accepted, rejection } => {
            emails::DisputeResult { accepted: *accepted, why: rejection.as_ref().map(why) }.write(&facts)
        }
        EmailContent::NoticeBounced { why, due_at } => {
            emails::NoticeBounced { said: words::lines(why), due: ahead(*due_at) }.write(&facts)
        }
        EmailContent::NoticeBouncedLate { why } => {
            emails::NoticeBouncedLate { said: words::lines(why) }.write(&facts)
        }
        EmailContent::NoticeSoftBounced { why } => {
            emails::NoticeSoftBounced { said: words::lines(why) }.write(&facts)
        }
        EmailContent::DisputeReceived { due_at } => {
            emails::DisputeReceived { due: ahead(Some(*due_at)) }.write(&facts)
        }
        EmailContent::HandedOff => emails::HandedOff {}.write(&facts),
        EmailContent::DocumentUnusable { file_name, verdict } => {
            let infected = *verdict == Verdict::Infected;
            emails::DocumentUnusable { document: words::line(file_name), infected }.write(&facts)
        }
        EmailContent::PartnerEmailBounced { what, why, answer_due, passing } => emails::PartnerEmailBounced {
            what: words::line(what),
            said: words::lines(why),
            due: ahead(*answer_due),
            passing: *passing,
        }
        .write(&facts),
        EmailContent::NoticeComplained => emails::NoticeComplained {}.write(&facts),
        EmailContent::AssociationEnded { products, reason, rejected, dispute_until } => {
            emails::AssociationEnded {
                ended: names(products),
                reason: words::lines(reason),
                rejected: *rejected,
                dispute_until: ahead(*dispute_until),
            }
            .write(&facts)
        }
        EmailContent::Challenged { products } => {
            emails::Challenged { products: names(products) }.write(&facts)
        }
        EmailContent::Comment { author, text } => {
            emails::Comment { author: words::line(author), comment: words::lines(text) }.write(&facts)
        }
        EmailContent::AnswerDue { due_at } => {
            emails::AnswerDue { due: until(*due_at), passed: *due_at <= now }.write(&facts)
        }
        EmailContent::EndsSoon { products } => {
            let mut products: Vec<_> = products.iter().collect();
            products.sort_by_key(|product| product.ends_on);
            let first = products.first().and_then(|product| product.ends_on);
            let end = |product: &ClaimedProduct| product.ends_on.map(words::day).unwrap_or_default();
            let line = |product: &&ClaimedProduct| format!("{}: {}", name(product), end(product));
            emails::EndsSoon {
                ends: products.iter().map(line).collect(),
                first: first.map(words::day).unwrap_or_default(),
            }
            .write(&facts)
        }
        EmailContent::Breached { clock, due_at, assigned_to } => emails::Breached {
            promise: promise(*clock),
            due: until(*due_at),
            waiting: *clock == ClockName::ReviewStart,
            assigned_to: assigned_to.as_deref().map(words::line),
        }
        .write(&facts),
        EmailContent::Escalated { late, assigned_to } => {
            let days =
                |count: u32| (count > 0).then(|| language::period(Language::En, Period::BusinessDays(count)));
            let promise = |late: &Late| Promise {
                promise: promise(late.clock),
                due: until(late.due_at),
                days: days(late.business_days),
            };
            emails::Escalated {
                promises: late.iter().map(promise).collect(),
                days: late.iter().map(|late| late.business_days).max().and_then(days),
                waiting: late.iter().any(|late| late.clock == ClockName::ReviewStart),
                assigned_to: assigned_to.as_deref().map(words::line),
            }
            .write(&facts)
        }
    };
    Ok(written?)
}

/// Renders the customer's notice of an approval (R13, D9) in a language (D21), with the length of the consent period.
///
/// # Errors
/// [`MailError`]; trying again does not help.
pub fn render_notice(
    about: &About,
    language: Language,
    consent: Period,
    links: &Links,
) -> Result<Mail, MailError> {
    let consent_url = links.consent_url.clone().ok_or(MailError::NoConsentLink)?;
    let say = Say {
        language,
        values: vec![
            ("partner", language::partner(language, about.partner_name.as_deref())),
            ("mpn", about.mpn_id.to_string()),
            ("customer", words::line(&about.customer)),
            ("period", language::period(language, consent)),
        ],
    };
    Ok(emails::Notice { say, consent_url }.write(&facts(about, None, links))?)
}

/// What every email says, from the claim; without the recipient's name the subject holds nothing that people wrote freely.
fn facts(about: &About, recipient_name: Option<&str>, links: &Links) -> Facts {
    let claim = words::line(&about.name);
    let customer = words::line(&about.customer);
    let partner = words::partner(about.partner_name.as_deref(), &about.mpn_id);
    let subject = match recipient_name {
        Some(_) => Subject { claim: claim.clone(), customer: customer.clone() },
        None => {
            Subject { claim: format!("{} of {partner}", about.claim_id), customer: "the customer".to_owned() }
        }
    };
    Facts {
        recipient: recipient_name.map(words::line),
        claim,
        claim_id: about.claim_id.to_string(),
        partner,
        mpn_id: about.mpn_id.to_string(),
        customer,
        products: about.products.iter().map(|product| words::line(product)).collect(),
        claim_url: links.claim_url.clone(),
        guide_url: links.guide_url.clone(),
        subject,
    }
}

/// Why a claim was rejected, in words.
fn why(rejection: &Rejection) -> Why {
    Why {
        words: rejection.reason.words(),
        cause: rejection.cause.map(WithdrawCause::words),
        note: note(rejection.note.as_deref()),
        asked: rejection.reason == RejectCode::PartnerRequest,
    }
}

fn zone(about: &About) -> Result<Zone, MailError> {
    about.time_zone.parse().map_err(|_| MailError::Zone(about.time_zone.clone()))
}

/// What reviewers promised to do before a clock is due.
fn promise(clock: ClockName) -> &'static str {
    clock.promise().unwrap_or("act")
}

/// The lines of a note; none without a note.
fn note(text: Option<&str>) -> Vec<String> {
    text.map(words::lines).unwrap_or_default()
}

fn names(products: &[Product]) -> Vec<String> {
    products.iter().map(name).collect()
}

fn name(product: &Product) -> String {
    match &product.subscription_id {
        Some(subscription) => format!("{} (subscription {subscription})", words::line(&product.product)),
        None => words::line(&product.product),
    }
}
