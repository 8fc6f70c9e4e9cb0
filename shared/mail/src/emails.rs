//! The emails: for each the values that it alone has, and its templates in `infra/mail`, which are compiled in, so that no
//! email can lack its words.
//!
//! Every email has two: its text, which is not escaped and begins with a line for the subject, and its HTML, which is
//! escaped, as every template that does not say otherwise. In both, `-%}` takes the end of its line with it.

use askama::Template;

use crate::Mail;
use crate::language::Say;
use crate::words::Deadline;

/// What every email says: to whom, about which claim, and where to go on.
pub(crate) struct Facts {
    /// The recipient's name, if the address is proven to be theirs.
    pub(crate) recipient: Option<String>,
    pub(crate) claim: String,
    pub(crate) claim_id: String,
    pub(crate) partner: String,
    pub(crate) mpn_id: String,
    pub(crate) customer: String,
    pub(crate) products: Vec<String>,
    pub(crate) claim_url: String,
    pub(crate) guide_url: String,
    pub(crate) subject: Subject,
}

/// How a subject names the claim and the customer: without a recipient's name, by nothing that people wrote freely.
pub(crate) struct Subject {
    pub(crate) claim: String,
    pub(crate) customer: String,
}

/// A reason why action is required.
pub(crate) struct Reason {
    pub(crate) words: &'static str,
    pub(crate) note: Vec<String>,
}

/// Why a claim was rejected.
pub(crate) struct Why {
    pub(crate) words: &'static str,
    pub(crate) cause: Option<&'static str>,
    pub(crate) note: Vec<String>,
    /// Whether the partner asked for it.
    pub(crate) asked: bool,
}

/// What reviewers promised to do and did not.
pub(crate) struct Promise {
    pub(crate) promise: &'static str,
    pub(crate) due: Deadline,
    /// How late they are; nothing if the promise was just missed.
    pub(crate) days: Option<String>,
}

macro_rules! emails {
    ($($name:ident($text:literal, $html:literal) { $($field:ident: $type:ty),* })*) => {$(
        pub(crate) struct $name {
            $(pub(crate) $field: $type),*
        }

        impl $name {
            /// Writes the email from its templates.
            pub(crate) fn write(&self, facts: &Facts) -> Result<Mail, askama::Error> {
                #[derive(Template)]
                #[template(path = $text, escape = "none")]
                struct Text<'a> {
                    facts: &'a Facts,
                    $($field: &'a $type),*
                }

                #[derive(Template)]
                #[template(path = $html)]
                struct Html<'a> {
                    facts: &'a Facts,
                    subject: &'a str,
                    $($field: &'a $type),*
                }

                let Self { $($field),* } = self;
                let written = Text { facts, $($field),* }.render()?;
                let (subject, text) = written.split_once('\n').unwrap_or((&written, ""));
                let subject = subject.trim();
                let html = Html { facts, subject, $($field),* }.render()?;
                Ok(Mail { subject: subject.to_owned(), text: text.to_owned(), html })
            }
        }
    )*};
}

emails! {
    Received("received.txt.j2", "received.html.j2") { due: Option<Deadline>, again: bool }
    ActionRequired("action-required.txt.j2", "action-required.html.j2") {
        reasons: Vec<Reason>, remove: Vec<String>, due: Deadline, passed: bool
    }
    Approved("approved.txt.j2", "approved.html.j2") {}
    Rejected("rejected.txt.j2", "rejected.html.j2") { why: Why, dispute_until: Option<Deadline> }
    DisputeReceived("dispute-received.txt.j2", "dispute-received.html.j2") { due: Option<Deadline> }
    DisputeResult("dispute-result.txt.j2", "dispute-result.html.j2") { accepted: bool, why: Option<Why> }
    HandedOff("handed-off.txt.j2", "handed-off.html.j2") {}
    DocumentUnusable("document-unusable.txt.j2", "document-unusable.html.j2") { document: String, infected: bool }
    PartnerEmailBounced("partner-email-bounced.txt.j2", "partner-email-bounced.html.j2") {
        what: String, said: Vec<String>, due: Option<Deadline>, passing: bool
    }
    NoticeBounced("notice-bounced.txt.j2", "notice-bounced.html.j2") { said: Vec<String>, due: Option<Deadline> }
    NoticeBouncedLate("notice-bounced-late.txt.j2", "notice-bounced-late.html.j2") { said: Vec<String> }
    NoticeSoftBounced("notice-soft-bounced.txt.j2", "notice-soft-bounced.html.j2") { said: Vec<String> }
    NoticeComplained("notice-complained.txt.j2", "notice-complained.html.j2") {}
    AssociationEnded("association-ended.txt.j2", "association-ended.html.j2") {
        ended: Vec<String>, reason: Vec<String>, rejected: bool, dispute_until: Option<Deadline>
    }
    Challenged("challenged.txt.j2", "challenged.html.j2") { products: Vec<String> }
    Comment("comment.txt.j2", "comment.html.j2") { author: String, comment: Vec<String> }
    AnswerDue("answer-due.txt.j2", "answer-due.html.j2") { due: Deadline, passed: bool }
    EndsSoon("ends-soon.txt.j2", "ends-soon.html.j2") { ends: Vec<String>, first: String }
    Breached("breached.txt.j2", "breached.html.j2") {
        promise: &'static str, due: Deadline, waiting: bool, assigned_to: Option<String>
    }
    Escalated("escalated.txt.j2", "escalated.html.j2") {
        promises: Vec<Promise>, days: Option<String>, waiting: bool, assigned_to: Option<String>
    }
    Notice("notice.txt.j2", "notice.html.j2") { say: Say, consent_url: String }
}
