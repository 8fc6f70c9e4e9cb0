use std::fs;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::{Error, layout::Layout};

/// An email that SES accepted, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// The id that SES gave it.
    pub message_id: String,
    /// When it was sent, by the stack's clock.
    pub sent_at: DateTime<Utc>,
    /// The sender.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// Headers of ours, in their order.
    pub headers: Vec<(String, String)>,
}

/// What SES may report about an email after it has accepted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Feedback {
    /// It bounced for good.
    Bounced,
    /// It bounced, but might not the next time.
    Delayed,
    /// The recipient complained.
    Complained,
    /// It was never sent, because the recipient complained about an earlier one.
    Suppressed,
    /// It was never sent, because of its content.
    Rejected,
}

impl Mail {
    /// A header by its name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Reads a line of the launcher's record: the request to SES with the id from its answer.
    fn parse(line: &str) -> Result<Self, Error> {
        let record: Value = serde_json::from_str(line)?;
        let request = &record["request"];
        let simple = &request["Content"]["Simple"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let strings = |value: &Value| value.as_array().into_iter().flatten().map(text).collect();
        #[expect(clippy::cast_possible_truncation, reason = "epoch seconds in milliseconds")]
        let millis = (record["sentAt"].as_f64().unwrap_or_default() * 1000.0) as i64;
        let headers = simple["Headers"].as_array().into_iter().flatten();
        Ok(Self {
            message_id: text(&record["messageId"]),
            sent_at: DateTime::from_timestamp_millis(millis).unwrap_or_default(),
            from: text(&request["FromEmailAddress"]),
            to: strings(&request["Destination"]["ToAddresses"]),
            subject: text(&simple["Subject"]["Data"]),
            text: text(&simple["Body"]["Text"]["Data"]),
            html: text(&simple["Body"]["Html"]["Data"]),
            headers: headers.map(|header| (text(&header["Name"]), text(&header["Value"]))).collect(),
        })
    }
}

/// All emails sent so far, oldest first.
pub(crate) fn read(layout: &Layout) -> Result<Vec<Mail>, Error> {
    parse_all(layout, |_| true)
}

/// The emails sent so far to an address, oldest first.
pub(crate) fn read_to(layout: &Layout, address: &str) -> Result<Vec<Mail>, Error> {
    // Emails are long, so only those that contain the address at all are parsed.
    let mut emails = parse_all(layout, |line| line.contains(address))?;
    emails.retain(|email| email.to.iter().any(|to| to == address));
    Ok(emails)
}

fn parse_all(layout: &Layout, wanted: impl Fn(&str) -> bool) -> Result<Vec<Mail>, Error> {
    // Only whole lines: the last one may not be written to its end yet.
    let record = fs::read_to_string(layout.mails()).unwrap_or_default();
    record
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n') && wanted(line))
        .map(Mail::parse)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_read_as_it_was_sent() {
        let line = r#"{"messageId": "m1", "sentAt": 1795363200.25, "request": {"FromEmailAddress": "a@x.example",
            "Destination": {"ToAddresses": ["b@y.example"]}, "Content": {"Simple": {"Subject": {"Data": "S"},
            "Body": {"Text": {"Data": "T"}, "Html": {"Data": "<p>H</p>"}},
            "Headers": [{"Name": "X-Effect-Id", "Value": "c/1/2"}]}}}}"#;
        let email = Mail::parse(line).unwrap();
        assert_eq!(email.sent_at.to_rfc3339(), "2026-11-22T16:00:00.250+00:00");
        assert_eq!(email.to, ["b@y.example"]);
        assert_eq!(
            (email.subject.as_str(), email.text.as_str(), email.html.as_str()),
            ("S", "T", "<p>H</p>")
        );
        assert_eq!(email.header("x-effect-id"), Some("c/1/2"));
    }
}
