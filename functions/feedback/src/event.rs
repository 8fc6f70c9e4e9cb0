//! An event of the email service, as far as this function reads it: which email, by our own tags, and what became of
//! it.
//!
//! The service's events hold recipients, headers and the other server's words. None of that is read here, so none of it
//! can reach a log or a claim.

use std::collections::HashMap;

use claim_domain::command::Feedback;
use claim_domain::ids::{EffectId, EffectPlace};
use serde::Deserialize;

/// `Email Bounced`, `Email Rejected` or `Email Complaint Received`.
#[derive(Debug, Clone, Deserialize)]
pub struct MailEvent {
    detail: Detail,
}

#[derive(Debug, Clone, Deserialize)]
struct Detail {
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    reject: Option<Reject>,
}

#[derive(Debug, Clone, Deserialize)]
struct Mail {
    /// Each tag with its values; our emails have one of each.
    #[serde(default)]
    tags: HashMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complaint_sub_type: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Reject {
    #[serde(default)]
    reason: String,
}

impl MailEvent {
    /// The effect that sent the email; `None` for an email without our tags.
    pub fn effect(&self) -> Option<EffectId> {
        let tag = |name: &str| self.detail.mail.tags.get(name)?.first().map(String::as_str);
        let EffectPlace { version, index } = tag("effect")?.parse().ok()?;
        Some(EffectId { claim: tag("claim")?.parse().ok()?, version, index })
    }

    /// What the event says about its email; `None` for an event that says nothing of what is asked for here. Of a bounce
    /// that is not permanent the service tells after it has given up: what arrives later arrives by another email.
    ///
    /// A complaint of the sub-type `OnAccountSuppressionList` is no complaint: the service accepted the email but never
    /// sent it, since somebody complained about an earlier one. That email never arrived.
    pub fn feedback(&self) -> Option<Feedback> {
        let Detail { bounce, complaint, reject, .. } = &self.detail;
        let said = |what: &str, why: &str| match (word(why), meaning(why)) {
            (word, Some(meaning)) => format!("{what}: {meaning} ({word})"),
            (word, None) => format!("{what}: {word}"),
        };
        let failed = |what: &str, why: &str| Some(Feedback::Failed { why: said(what, why) });
        if let Some(reject) = reject {
            return failed("email rejected", &reject.reason);
        }
        if let Some(bounce) = bounce {
            return match bounce.bounce_type.as_str() {
                "Permanent" => failed("email bounced", &bounce.bounce_sub_type),
                _ => Some(Feedback::SoftBounced {
                    why: said("email not delivered for now", &bounce.bounce_sub_type),
                }),
            };
        }
        match complaint.as_ref()?.complaint_sub_type.as_deref() {
            None => Some(Feedback::Complained),
            Some(suppressed) => failed("email not sent", suppressed),
        }
    }
}

/// What a sub-type of a bounce or complaint means, for people who do not know the service's words.
fn meaning(sub_type: &str) -> Option<&'static str> {
    Some(match sub_type {
        "General" => "the recipient's email provider did not take it",
        "NoEmail" => "the address does not exist",
        "Suppressed" => "emails to the address have bounced again and again",
        "OnAccountSuppressionList" => "an earlier email to the address bounced or was complained about",
        "MailboxFull" => "the mailbox is full",
        "MessageTooLarge" => "it is too large for the recipient",
        "CustomTimeoutExceeded" => "the recipient's email provider could not be reached in time",
        "ContentRejected" | "AttachmentRejected" => "the recipient's email provider refuses its content",
        _ => return None,
    })
}

/// One of the service's own words, which are short and plain; anything else might name somebody.
fn word(text: &str) -> &str {
    let is_plain = text.len() <= 40 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    if is_plain && !text.is_empty() { text } else { "unspecified" }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(of: Value) -> MailEvent {
        let mut detail = of;
        detail["mail"] = json!({
            "messageId": "m1", "destination": ["cleo@customer.example"],
            "tags": { "claim": ["01J00000000000000000000001"], "effect": ["7-0"], "ses:configuration-set": ["set"] },
        });
        serde_json::from_value(json!({ "source": "aws.ses", "detail": detail })).unwrap()
    }

    #[track_caller]
    fn check(of: Value, expected: Option<&str>) {
        let feedback = event(of).feedback().map(|feedback| match feedback {
            Feedback::Failed { why } => why,
            Feedback::SoftBounced { why } => why,
            Feedback::Complained => "complained".to_owned(),
        });
        assert_eq!(feedback.as_deref(), expected);
    }

    #[test]
    fn only_what_is_permanent_says_that_a_mail_never_arrived() {
        claim_domain::proves!(D16);
        let bounce = |of: &str| json!({ "bounce": { "bounceType": of, "bounceSubType": "General" } });
        check(
            bounce("Permanent"),
            Some("email bounced: the recipient's email provider did not take it (General)"),
        );
        check(
            bounce("Transient"),
            Some("email not delivered for now: the recipient's email provider did not take it (General)"),
        );
        check(
            bounce("Undetermined"),
            Some("email not delivered for now: the recipient's email provider did not take it (General)"),
        );
        check(json!({ "reject": { "reason": "Bad content" } }), Some("email rejected: Bad content"));
        check(json!({}), None);
    }

    #[test]
    fn a_bounce_says_in_words_why_and_keeps_a_word_that_is_new() {
        let bounce = |of: &str| json!({ "bounce": { "bounceType": "Permanent", "bounceSubType": of } });
        check(bounce("NoEmail"), Some("email bounced: the address does not exist (NoEmail)"));
        check(bounce("MailboxFull"), Some("email bounced: the mailbox is full (MailboxFull)"));
        check(bounce("SomethingNew"), Some("email bounced: SomethingNew"));
    }

    #[test]
    fn a_complaint_proves_the_arrival_unless_the_mail_was_never_sent() {
        claim_domain::proves!(D16);
        check(json!({ "complaint": { "complaintSubType": null } }), Some("complained"));
        check(json!({ "complaint": { "complaintFeedbackType": "abuse" } }), Some("complained"));
        let suppressed = json!({ "complaint": { "complaintSubType": "OnAccountSuppressionList" } });
        check(
            suppressed,
            Some(
                "email not sent: an earlier email to the address bounced or was complained about (OnAccountSuppressionList)",
            ),
        );
    }

    #[test]
    fn nothing_that_could_name_somebody_is_kept() {
        for words in ["550 <cleo@customer.example>", "", "ż", &"x".repeat(41)] {
            check(json!({ "reject": { "reason": words } }), Some("email rejected: unspecified"));
        }
        let bounced = json!({ "bounce": {
            "bounceType": "Permanent", "bounceSubType": "NoEmail",
            "bouncedRecipients": [{ "emailAddress": "cleo@customer.example", "diagnosticCode": "550 cleo" }],
        }});
        assert!(!format!("{:?}", event(bounced)).contains("cleo"));
    }

    #[test]
    fn a_mail_is_known_by_our_tags_alone() {
        let effect = event(json!({})).effect().unwrap();
        assert_eq!(effect.to_string(), "01J00000000000000000000001/7/0");
        for tags in [
            json!({}),
            json!({ "claim": [], "effect": [] }),
            json!({ "claim": ["01J00000000000000000000001"], "effect": ["7"] }),
            json!({ "claim": ["nobody"], "effect": ["7-0"] }),
            json!({ "claim": ["01J00000000000000000000001"], "effect": ["-1-0"] }),
        ] {
            let event: MailEvent =
                serde_json::from_value(json!({ "detail": { "mail": { "tags": tags } } })).unwrap();
            assert_eq!(event.effect(), None, "{tags}");
        }
    }
}
