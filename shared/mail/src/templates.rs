//! The templates of `infra/mail`, compiled in, so that no email can lack its words.

/// The three templates of one email.
#[derive(Debug)]
pub(crate) struct Templates {
    /// The email's name; the names of its files begin with it.
    pub(crate) name: &'static str,
    /// The subject; one line, not escaped.
    pub(crate) subject: &'static str,
    /// The text; not escaped.
    pub(crate) text: &'static str,
    /// The HTML; escaped, because of its file's name.
    pub(crate) html: &'static str,
}

macro_rules! templates {
    ($($constant:ident = $name:literal;)*) => {
        $(pub(crate) const $constant: Templates = Templates {
            name: $name,
            subject: include_str!(concat!("../../../infra/mail/", $name, ".subject.j2")),
            text: include_str!(concat!("../../../infra/mail/", $name, ".txt.j2")),
            html: include_str!(concat!("../../../infra/mail/", $name, ".html.j2")),
        };)*

        /// The templates of all emails.
        pub(crate) const ALL: &[Templates] = &[$($constant,)*];
    };
}

templates! {
    RECEIVED = "received";
    ACTION_REQUIRED = "action-required";
    APPROVED = "approved";
    REJECTED = "rejected";
    DISPUTE_RECEIVED = "dispute-received";
    DISPUTE_RESULT = "dispute-result";
    HANDED_OFF = "handed-off";
    DOCUMENT_UNUSABLE = "document-unusable";
    PARTNER_EMAIL_BOUNCED = "partner-email-bounced";
    NOTICE_BOUNCED = "notice-bounced";
    NOTICE_BOUNCED_LATE = "notice-bounced-late";
    NOTICE_SOFT_BOUNCED = "notice-soft-bounced";
    NOTICE_COMPLAINED = "notice-complained";
    ASSOCIATION_ENDED = "association-ended";
    COMMENT = "comment";
    ANSWER_DUE = "answer-due";
    BREACHED = "breached";
    ESCALATED = "escalated";
    NOTICE = "notice";
}

/// The engine's name for a part of an email; HTML is escaped because of its ending.
pub(crate) fn named(mail: &str, part: &str) -> String {
    format!("{mail}.{part}")
}

/// The frames and parts that all emails share.
pub(crate) const SHARED: [(&str, &str); 4] = [
    ("layout.txt.j2", include_str!("../../../infra/mail/layout.txt.j2")),
    ("layout.html.j2", include_str!("../../../infra/mail/layout.html.j2")),
    ("parts.txt.j2", include_str!("../../../infra/mail/parts.txt.j2")),
    ("parts.html.j2", include_str!("../../../infra/mail/parts.html.j2")),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_folder_holds_the_templates_of_every_mail_and_nothing_else() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/mail");
        let found: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let wanted = ALL
            .iter()
            .flat_map(|mail| ["subject", "txt", "html"].map(|form| format!("{}.{form}.j2", mail.name)))
            .chain(SHARED.iter().map(|(name, _)| (*name).to_owned()))
            .collect();
        assert_eq!(found, wanted, "add the email to shared/mail/src/templates.rs, or delete its file");
    }
}
