//! The emails of the program (D18, R13): what happened, until when, and the one next step.
//!
//! An email is rendered from the event's effect and the recipient's name. The words are in `infra/mail`, in three
//! templates for each email: subject, text and HTML. The engine escapes HTML. It does not escape text and subject, so
//! whatever people wrote is confined before: names to one line, longer texts to quoted lines, which nobody can take for
//! ours.
//!
//! Nobody can write to strangers in the program's name: where an address is not proven to be the recipient's, subject
//! and greeting hold no words but ours and the organisation's display name. The customer's notice goes to somebody who
//! never asked for it; of what the partner wrote freely, its text carries the customer's own name and nothing else.

pub mod language;
mod templates;
pub mod words;

use std::sync::OnceLock;

use claim_domain::calendar::{Instant, Period};
use claim_domain::claim::{Product, Verdict};
use claim_domain::clock::ClockName;
use claim_domain::effect::{About, EmailContent};
use claim_domain::reason::{RejectCode, Rejection, WithdrawCause};
use claim_domain::zone::Zone;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::language::Language;
use crate::templates::{SHARED, Templates};
use crate::words::Deadline;

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
    /// A template is faulty.
    #[error("the email {mail} cannot be rendered")]
    Template {
        /// The email's name.
        mail: &'static str,
        /// What the engine said.
        #[source]
        source: Box<minijinja::Error>,
    },
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
    let (templates, special) = match content {
        EmailContent::Received { due_at, again } => {
            (templates::RECEIVED, context! { due => ahead(*due_at), again => *again })
        }
        EmailContent::ActionRequired { reasons, remove_products, due_at } => {
            let reasons: Vec<_> = reasons
                .iter()
                .map(|reason| context! { words => reason.code.words(), note => note(reason.note.as_deref()) })
                .collect();
            let remove = names(remove_products);
            (
                templates::ACTION_REQUIRED,
                context! { reasons, remove, due => until(*due_at), passed => *due_at <= now },
            )
        }
        EmailContent::Approved => (templates::APPROVED, context! {}),
        EmailContent::Rejected { rejection, dispute_until } => (
            templates::REJECTED,
            context! { why => Why::of(rejection), dispute_until => ahead(*dispute_until) },
        ),
        EmailContent::DisputeResult { accepted, rejection } => (
            templates::DISPUTE_RESULT,
            context! { accepted => *accepted, why => rejection.as_ref().map(Why::of) },
        ),
        EmailContent::NoticeBounced { why, due_at } => {
            (templates::NOTICE_BOUNCED, context! { said => words::lines(why), due => ahead(*due_at) })
        }
        EmailContent::NoticeBouncedLate { why } => {
            (templates::NOTICE_BOUNCED_LATE, context! { said => words::lines(why) })
        }
        EmailContent::NoticeSoftBounced { why } => {
            (templates::NOTICE_SOFT_BOUNCED, context! { said => words::lines(why) })
        }
        EmailContent::DisputeReceived { due_at } => {
            (templates::DISPUTE_RECEIVED, context! { due => ahead(Some(*due_at)) })
        }
        EmailContent::HandedOff => (templates::HANDED_OFF, context! {}),
        EmailContent::DocumentUnusable { file_name, verdict } => (
            templates::DOCUMENT_UNUSABLE,
            context! { document => words::line(file_name), infected => *verdict == Verdict::Infected },
        ),
        EmailContent::PartnerEmailBounced { what, why, answer_due, passing } => (
            templates::PARTNER_EMAIL_BOUNCED,
            context! {
                what => words::line(what),
                said => words::lines(why),
                due => ahead(*answer_due),
                passing => *passing,
            },
        ),
        EmailContent::NoticeComplained => (templates::NOTICE_COMPLAINED, context! {}),
        EmailContent::AssociationEnded { products, reason, rejected, dispute_until } => {
            let (ended, reason) = (names(products), words::lines(reason));
            let dispute_until = ahead(*dispute_until);
            (templates::ASSOCIATION_ENDED, context! { ended, reason, rejected => *rejected, dispute_until })
        }
        EmailContent::Comment { author, text } => {
            (templates::COMMENT, context! { author => words::line(author), comment => words::lines(text) })
        }
        EmailContent::AnswerDue { due_at } => {
            (templates::ANSWER_DUE, context! { due => until(*due_at), passed => *due_at <= now })
        }
        EmailContent::Breached { clock, due_at, assigned_to } => (
            templates::BREACHED,
            context! {
                promise => promise(*clock),
                waiting => *clock == ClockName::ReviewStart,
                due => until(*due_at),
                assigned_to => assigned_to.as_deref().map(words::line),
            },
        ),
        EmailContent::Escalated { late, assigned_to } => {
            let days =
                |count: u32| (count > 0).then(|| language::period(Language::En, Period::BusinessDays(count)));
            let promises: Vec<_> = late
                .iter()
                .map(|late| {
                    context! {
                        promise => promise(late.clock), due => until(late.due_at), days => days(late.business_days),
                    }
                })
                .collect();
            let special = context! {
                promises,
                days => late.iter().map(|late| late.business_days).max().and_then(days),
                waiting => late.iter().any(|late| late.clock == ClockName::ReviewStart),
                assigned_to => assigned_to.as_deref().map(words::line),
            };
            (templates::ESCALATED, special)
        }
    };
    mail(&templates, special, about, recipient_name, links)
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
    let consent_url = links.consent_url.as_deref().ok_or(MailError::NoConsentLink)?;
    let partner = language::partner(language, about.partner_name.as_deref());
    let customer = words::line(&about.customer);
    let period = language::period(language, consent);
    let values = [
        ("partner", partner.as_str()),
        ("mpn", about.mpn_id.as_str()),
        ("customer", customer.as_str()),
        ("period", period.as_str()),
    ];
    let say = |name: &str| language::say_of(language, name, &values);
    let special = context! {
        language => language.as_str(),
        subject_line => say("notice-subject"),
        heading => say("notice-heading"),
        greeting => say("notice-greeting"),
        claimed => say("notice-claimed"),
        meaning_title => say("meaning-title"),
        meaning => say("meaning"),
        period => say("notice-period"),
        silence => say("notice-silence"),
        next_title => say("notice-next-title"),
        next_step => say("notice-next"),
        button_words => say("notice-button"),
        association_title => say("association-title"),
        partner_label => say("partner-label"),
        partner_fact => say("partner-fact"),
        customer_label => say("customer-label"),
        products_label => say("products-label"),
        page_label => say("page-label"),
        footer => say("notice-footer"),
        consent_url,
    };
    mail(&templates::NOTICE, special, about, None, links)
}

/// Why a claim was rejected, in words.
#[derive(Debug)]
struct Why {
    words: &'static str,
    cause: Option<&'static str>,
    note: Vec<String>,
    asked: bool,
}

impl From<Why> for Value {
    fn from(why: Why) -> Self {
        context! { words => why.words, cause => why.cause, note => why.note, asked => why.asked }
    }
}

impl Why {
    fn of(rejection: &Rejection) -> Self {
        Self {
            words: rejection.reason.words(),
            cause: rejection.cause.map(WithdrawCause::words),
            note: note(rejection.note.as_deref()),
            asked: rejection.reason == RejectCode::PartnerRequest,
        }
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
    products
        .iter()
        .map(|product| match &product.subscription_id {
            Some(subscription) => format!("{} (subscription {subscription})", words::line(&product.product)),
            None => words::line(&product.product),
        })
        .collect()
}

fn mail(
    templates: &Templates,
    special: Value,
    about: &About,
    recipient_name: Option<&str>,
    links: &Links,
) -> Result<Mail, MailError> {
    let products: Vec<_> = about.products.iter().map(|product| words::line(product)).collect();
    let common = context! {
        recipient => recipient_name.map(words::line),
        claim => words::line(&about.name),
        claim_id => about.claim_id.as_str(),
        partner => words::partner(about.partner_name.as_deref(), &about.mpn_id),
        mpn_id => about.mpn_id.as_str(),
        customer => words::line(&about.customer),
        products,
        claim_url => links.claim_url.as_str(),
        guide_url => links.guide_url.as_str(),
        ..special
    };
    let of_subject = match recipient_name {
        Some(_) => common.clone(),
        None => context! {
            claim => format!("{} of {}", about.claim_id, words::partner(about.partner_name.as_deref(), &about.mpn_id)),
            customer => "the customer",
            ..common.clone()
        },
    };
    fill(templates, &of_subject, &common)
        .map_err(|source| MailError::Template { mail: templates.name, source: Box::new(source) })
}

fn fill(templates: &Templates, of_subject: &Value, values: &Value) -> Result<Mail, minijinja::Error> {
    let engine = engine()?;
    let render = |part: &str, values: Value| {
        engine.get_template(&templates::named(templates.name, part))?.render(values)
    };
    // The subject first: the HTML's title repeats it.
    let subject = words::line(render("subject.txt", of_subject.clone())?.trim());
    let values = context! { subject => subject.as_str(), ..values.clone() };
    let text = render("txt", values.clone())?;
    let html = render("html", values)?;
    Ok(Mail { subject, text, html })
}

/// The engine with every template, read once.
fn engine() -> Result<&'static Environment<'static>, minijinja::Error> {
    static ENGINE: OnceLock<Environment<'static>> = OnceLock::new();
    if let Some(engine) = ENGINE.get() {
        return Ok(engine);
    }
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    // The only filters that the templates use; the engine's own set brings dozens of others.
    engine.add_filter("join", |words: Vec<String>, between: String| words.join(&between));
    engine.add_filter("upper", |words: String| words.to_uppercase());
    for (name, source) in SHARED {
        engine.add_template(name, source)?;
    }
    for mail in templates::ALL {
        for (part, source) in [("subject.txt", mail.subject), ("txt", mail.text), ("html", mail.html)] {
            engine.add_template_owned(templates::named(mail.name, part), source)?;
        }
    }
    Ok(ENGINE.get_or_init(|| engine))
}
