//! The email that says that changes were parked on their way to a webhook (D24). It is about no claim, so it has nothing of
//! what the others say of theirs; of what people wrote it has the server's name alone.

use askama::Template;
use claim_domain::ids::{PartnerId, WebhookId};

use crate::{Mail, MailError};

/// What the email says.
#[derive(Debug, Clone, Copy)]
pub struct ParkedChanges<'a> {
    /// Whose webhook it is.
    pub partner: &'a PartnerId,
    /// The webhook.
    pub webhook: &'a WebhookId,
    /// The server's name.
    pub host: &'a str,
    /// The lowest number of a change that was parked.
    pub from: u64,
    /// The address of the page of the webhook.
    pub url: &'a str,
}

#[derive(Template)]
#[template(path = "webhook-parked.txt.j2", escape = "none")]
struct Text<'a> {
    partner: &'a str,
    webhook: &'a str,
    host: &'a str,
    from: u64,
    url: &'a str,
}

#[derive(Template)]
#[template(path = "webhook-parked.html.j2")]
struct Html<'a> {
    subject: &'a str,
    partner: &'a str,
    webhook: &'a str,
    host: &'a str,
    from: u64,
    url: &'a str,
}

/// Renders the email.
///
/// # Errors
/// [`MailError`]; trying again does not help.
pub fn render_parked(about: &ParkedChanges<'_>) -> Result<Mail, MailError> {
    let ParkedChanges { host, from, url, .. } = *about;
    let (partner, webhook) = (about.partner.as_str(), about.webhook.as_str());
    let written = Text { partner, webhook, host, from, url }.render()?;
    let (subject, text) = written.split_once('\n').unwrap_or((&written, ""));
    let html = Html { subject, partner, webhook, host, from, url }.render()?;
    Ok(Mail { subject: subject.to_owned(), text: text.to_owned(), html })
}
