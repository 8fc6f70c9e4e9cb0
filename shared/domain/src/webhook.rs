//! Webhooks (D24): where an organisation's changes are sent, and which addresses may never be sent to.

mod reach;

use std::fmt;
use std::net::IpAddr;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address;
use crate::calendar::Instant;
use crate::ids::{ClaimId, PartnerId, Sha256, WebhookId};
use crate::input::read;
use crate::refusal::Refusal;
use crate::text::{Flaw, trim};

pub use reach::{NoReach, Reach};

/// How many webhooks an organisation has at most (D24).
pub const MAX_WEBHOOKS: usize = 5;
/// The longest address of a webhook, in bytes.
pub const MAX_URL: usize = 1_000;
/// How long a replaced secret signs beside its successor (D24).
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// How often it is noted that deliveries are taken: not at each, and yet seldomer than an attempt can take.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);
/// How often somebody is told that changes were parked, at most (D24).
const TOLD_EVERY: TimeDelta = TimeDelta::hours(24);
/// How long whoever sends that email has for it, before somebody else does.
const TELLING: TimeDelta = TimeDelta::minutes(1);
/// The highest number of a change: one of twelve digits.
const LAST_SEQUENCE: u64 = 999_999_999_999;

/// The kinds of change that a partner may see, as the history names them.
pub const KINDS: &[&str] = &[
    "actionRequested",
    "approved",
    "assessmentSent",
    "assigned",
    "associationEnded",
    "breached",
    "challenged",
    "commented",
    "consentPassed",
    "created",
    "customerNotified",
    "discarded",
    "disputeWindowClosed",
    "disputed",
    "edited",
    "emailBounced",
    "erased",
    "escalated",
    "evidenceAdded",
    "evidenceScanned",
    "noticeComplained",
    "noticeFailed",
    "noticeResent",
    "noticeSoftBounced",
    "productsRemoved",
    "rejected",
    "released",
    "reminded",
    "reviewStarted",
    "submitted",
    "takenOver",
    "uploadRequested",
    "uploadsDropped",
];

/// The address of a webhook: `https://host/path?query`, in ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookUrl(String);

/// The parts of a webhook's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Whether it is over TLS.
    pub is_secure: bool,
    /// Host and port, as the header Host has them.
    pub authority: &'a str,
    /// The host: a name, or an address without brackets.
    pub host: &'a str,
    /// The port.
    pub port: u16,
    /// Path and query.
    pub target: &'a str,
}

impl WebhookUrl {
    /// Reads an address. What its name leads to is looked at each time that something is sent.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, Flaw> {
        let text = trim(text);
        let flaw = |code, detail: &str| Err(Flaw { code, detail: detail.to_owned() });
        if text.len() > MAX_URL {
            return flaw("length", &format!("must have at most {MAX_URL} bytes"));
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&b);
        let written = "must be an address such as https://hooks.contoso.example/claims";
        let Some((scheme, rest)) = text.split_once("://") else { return flaw("format", written) };
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return flaw("user", "must not hold a user name or a password: deliveries are signed");
        }
        if !target.bytes().all(allowed) {
            return flaw(
                "format",
                "must be in ASCII, other characters percent-encoded, and without a fragment",
            );
        }
        let scheme = scheme.to_ascii_lowercase();
        let slash = if target.starts_with('/') { "" } else { "/" };
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => match port.parse::<u16>() {
                Ok(port) => (host, Some(port)),
                Err(_) => return flaw("format", written),
            },
            None => (authority, None),
        };
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let literal = literal.parse::<IpAddr>().ok();
        if reach == Reach::ThisMachineToo
            && scheme == "http"
            && literal.is_some_and(|address| address.is_loopback())
        {
            return Ok(Self(format!("http://{authority}{slash}{target}")));
        }
        if scheme != "https" {
            return flaw("scheme", "must begin with https://");
        }
        if port.is_some_and(|port| port != 443) {
            return flaw("port", "must be at the default port of https, 443");
        }
        let host = match literal {
            Some(address) if !reach.allows(address) => {
                return flaw("private", "must be on a public server, not at a private or special address");
            }
            Some(IpAddr::V6(address)) => format!("[{address}]"),
            Some(IpAddr::V4(address)) => address.to_string(),
            None => address::domain(host)?,
        };
        // What some resolvers read as a number, and so as an address.
        if literal.is_none()
            && host.rsplit('.').next().is_some_and(|end| end.starts_with(|c: char| c.is_ascii_digit()))
        {
            return flaw("format", written);
        }
        Ok(Self(format!("https://{host}{slash}{target}")))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its parts.
    pub fn parts(&self) -> Parts<'_> {
        let is_secure = self.0.starts_with("https://");
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let (authority, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => (host, port.parse().ok()),
            None => (authority, None),
        };
        let host = host.trim_matches(['[', ']']);
        Parts { is_secure, authority, host, port: port.unwrap_or(if is_secure { 443 } else { 80 }), target }
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A webhook to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// Where to send changes.
    pub url: WebhookUrl,
    /// What it is for, in the partner's words.
    pub description: Option<String>,
    /// The kinds of change to send; all if it is empty.
    pub events: Vec<String>,
}

/// A secret to sign with: `whsec_` and 32 bytes in Base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    /// Without the secret, since debug output ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A secret that was replaced, and until when it signs as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The secret.
    pub secret: Secret,
    /// Until when.
    pub until: Instant,
}

/// An email that says that changes were parked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When it was begun.
    pub at: Instant,
    /// Whether it is known to have been sent.
    pub sent: bool,
}

/// A webhook of an organisation (D24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where changes are sent.
    pub url: WebhookUrl,
    /// What it is for, in the partner's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The kinds of change that are sent; all if it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// The secret that signs.
    pub secret: Secret,
    /// The one before it, while it signs as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Replaced>,
    /// What has made the present secret, if that can come a second time: the hash of a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<Sha256>,
    /// The verified email address of whoever registered it or replaced its secret last: who is told that changes were parked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The last time that somebody was told so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// When it was registered.
    pub created_at: Instant,
    /// Since when the server wants nothing any more (410); nothing is sent from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Instant>,
    /// Since when every delivery has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Instant>,
    /// When the last delivery began that was taken; it may be up to a minute later than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Instant>,
    /// The lowest number among the changes that were parked and not replayed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked_from: Option<u64>,
    /// How often a change was parked: whoever replays sees by it whether one was parked meanwhile.
    #[serde(default)]
    pub parkings: u64,
}

impl Webhook {
    /// Whether a change of this kind is sent to it.
    pub fn wants(&self, kind: &str) -> bool {
        self.gone_at.is_none() && (self.events.is_empty() || self.events.iter().any(|event| event == kind))
    }

    /// The secrets that sign now, the newest first: during the overlap both, so that a receiver has time to change.
    pub fn secrets(&self, now: Instant) -> impl Iterator<Item = &Secret> {
        let replaced = self.replaced.as_ref().filter(|replaced| now < replaced.until);
        std::iter::once(&self.secret).chain(replaced.map(|replaced| &replaced.secret))
    }

    /// Replaces the secret; the old one signs as well for a day. A secret that has replaced it already, though whoever asked
    /// heard nothing, does not do so again: the old one would be forgotten at once.
    pub fn rotate(&mut self, secret: Secret, now: Instant) {
        if self.secret == secret {
            return;
        }
        let secret = std::mem::replace(&mut self.secret, secret);
        self.replaced = Some(Replaced { secret, until: now + OVERLAP });
    }

    /// Notes that a delivery was taken that began at `at`.
    pub fn succeeded(&mut self, at: Instant) {
        let was_failing = self.failing_since.is_some_and(|since| since <= at);
        if was_failing {
            self.failing_since = None;
        }
        if was_failing || self.taken_at.is_none_or(|taken| taken + NOTED_EVERY <= at) {
            self.taken_at = self.taken_at.max(Some(at));
        }
    }

    /// Notes that the delivery of a change was not taken that began at `at`, and whether it is parked now. Attempts end in any
    /// order: one that began before another was taken does not say that the webhook fails.
    pub fn failed(&mut self, sequence: u64, is_parked: bool, at: Instant) {
        if self.taken_at.is_none_or(|taken| taken + NOTED_EVERY < at) {
            self.failing_since.get_or_insert(at);
        }
        if is_parked {
            self.parkings += 1;
            self.parked_from = Some(self.parked_from.map_or(sequence, |first| first.min(sequence)));
        }
    }

    /// Whom to tell now that changes were parked: once since the last delivery that was taken, and once a day at most. Whoever
    /// asks has a minute to tell, and says when it is done ([`Webhook::has_told`]).
    pub fn tells(&mut self, now: Instant) -> Option<String> {
        let is_due = match &self.told {
            None => true,
            Some(told) if told.sent => {
                told.at + TOLD_EVERY <= now && self.taken_at.is_some_and(|taken| told.at < taken)
            }
            Some(told) => told.at + TELLING <= now,
        };
        let contact = self.contact.clone().filter(|_| is_due)?;
        self.told = Some(Told { at: now, sent: false });
        Some(contact)
    }

    /// Notes that somebody has been told.
    pub fn has_told(&mut self) {
        if let Some(told) = &mut self.told {
            told.sent = true;
        }
    }

    /// Notes that the changes after `after`, up to `upto`, are sent again, and whether there are `more` after those. If one
    /// was parked since the webhook was `read`, it may be one of these, and then the webhook goes on showing it.
    pub fn replayed(&mut self, read: &Self, after: u64, upto: u64, more: bool) {
        let is_one_of_these = |first: u64| after < first && first <= upto;
        if self.parkings == read.parkings && self.parked_from.is_some_and(is_one_of_these) {
            self.parked_from = more.then_some(upto.saturating_add(1));
        }
    }
}

/// A change on its way to a webhook: a message of the queue between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Whose webhook it is.
    pub partner: PartnerId,
    /// The webhook.
    pub webhook: WebhookId,
    /// The number of the change among those of the organisation (D23).
    pub sequence: u64,
    /// The claim.
    pub claim: ClaimId,
    /// The number of its entry in the claim's history.
    pub number: u64,
    /// What happened, as the history names it.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    pub at: Instant,
}

/// A change: that something happened to a claim. It says nothing of persons, nor of what the claim is about.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Change"))]
#[serde(rename_all = "camelCase")]
pub struct ChangeView<'a> {
    /// Its number among the changes of the organisation, from 1 on without gaps.
    pub sequence: u64,
    /// The claim's id, a ULID.
    pub claim: &'a ClaimId,
    /// The number of its entry in the claim's history.
    pub number: u64,
    /// What happened, as the history names it. Later versions may add kinds.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// When it happened. Of two changes of different claims, the later one may have the lower number.
    pub at: Instant,
}

/// The body of a delivery to a webhook.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Delivery"))]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView<'a> {
    /// What happened, as the history names it. Later versions may add kinds.
    #[serde(rename = "type")]
    kind: &'a str,
    /// When it happened.
    timestamp: Instant,
    /// The change, as `GET /v1/changes` has it.
    data: ChangeView<'a>,
}

impl Delivery {
    /// What the receiver is told.
    pub fn view(&self) -> DeliveryView<'_> {
        let (kind, at) = (self.kind.as_str(), self.at);
        let data = ChangeView { sequence: self.sequence, claim: &self.claim, number: self.number, kind, at };
        DeliveryView { kind, timestamp: at, data }
    }

    /// What the receiver knows it by: the same at every attempt and in every replay. The instant is in it because numbers are
    /// given anew after a restoration from a backup.
    pub fn id(&self) -> String {
        format!("{}_{}_{}", self.webhook, self.sequence, self.at.timestamp_millis())
    }
}

/// Reads a webhook to be registered: `{url, description?, events?}` (D24).
///
/// # Errors
/// `InvalidInput` with every bad field.
pub fn parse_webhook(body: &Value, reach: Reach) -> Result<NewWebhook, Refusal> {
    read(body, |fields| {
        let url = fields.webhook_url("url", reach);
        let description = fields.optional_line("description");
        let events = if fields.has("events") {
            fields.many_of("events", KINDS, |kind| kind)
        } else {
            Some(Vec::new())
        };
        let events = events?.into_iter().map(str::to_owned).collect();
        Some(NewWebhook { url: url?, description, events })
    })
}

/// Reads from where on to replay: `{after}` (D24).
///
/// # Errors
/// `InvalidInput` with every bad field.
pub fn parse_replay(body: &Value) -> Result<u64, Refusal> {
    read(body, |fields| fields.number("after", 0, LAST_SEQUENCE))
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
