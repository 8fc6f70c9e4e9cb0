//! Every email as it is read: its text and its HTML, as snapshots (D18, R13), and what hostile input does to them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use claim_domain::calendar::{Instant, Period};
use claim_domain::claim::{ClaimedProduct, Product, Status, Verdict};
use claim_domain::clock::ClockName;
use claim_domain::effect::{About, EmailContent};
use claim_domain::event::Late;
use claim_domain::reason::{ActionCode, ActionReason, RejectCode, Rejection, WithdrawCause};
use claim_mail::language::Language;
use claim_mail::{Links, Mail, MailError, render, render_notice};

#[path = "mails/due.rs"]
mod due;

fn about() -> About {
    About {
        claim_id: "01K7AB0000000000000000C1A1".parse().unwrap(),
        name: "Contoso Teams rollout".to_owned(),
        partner_id: "blue-yonder-partners".parse().unwrap(),
        partner_name: Some("Blue Yonder Partners".to_owned()),
        mpn_id: "4711000".parse().unwrap(),
        customer: "Contoso & Söhne".to_owned(),
        products: ["Teams", "Teams Meetings", "Exchange"].map(str::to_owned).to_vec(),
        time_zone: "Europe/Warsaw".to_owned(),
    }
}

fn links() -> Links {
    Links {
        claim_url: "https://portal.example/claims/01K7AB0000000000000000C1A1".to_owned(),
        guide_url: "https://guide.example/incentives".to_owned(),
        consent_url: None,
    }
}

/// Friday 27 November 2026, 00:00 in Warsaw.
fn due() -> Instant {
    "2026-11-26T23:00:00Z".parse().unwrap()
}

fn rejection(reason: RejectCode, note: Option<&str>) -> Rejection {
    Rejection { reason, cause: None, note: note.map(str::to_owned), disputable: true }
}

fn product(name: &str, subscription: Option<&str>) -> Product {
    Product { product: name.to_owned(), subscription_id: subscription.map(|id| id.parse().unwrap()) }
}

fn written(content: &EmailContent) -> Mail {
    written_at(content, due() - chrono::TimeDelta::days(5))
}

/// The email as it is sent at an instant.
fn written_at(content: &EmailContent, now: Instant) -> Mail {
    render(content, &about(), Some("Ana Silva"), &links(), now).unwrap()
}

/// Compares an email's text, under its subject, and its HTML with their snapshots.
#[track_caller]
fn check(name: &str, mail: &Mail) {
    assert!(!mail.subject.contains(['\r', '\n']), "a subject is one line: {:?}", mail.subject);
    insta::assert_snapshot!(format!("{name}.txt"), format!("Subject: {}\n\n{}", mail.subject, mail.text));
    insta::assert_snapshot!(format!("{name}.html"), mail.html);
}

#[test]
fn received_says_when_the_review_is_expected_to_begin() {
    claim_domain::proves!(R7);
    let mail = written(&EmailContent::Received { due_at: Some(due()), again: false });
    check("received", &mail);
    check("received-again", &written(&EmailContent::Received { due_at: Some(due()), again: true }));
}

#[test]
fn action_required_lists_reasons_products_to_remove_and_consequence() {
    claim_domain::proves!(R9, R17, R19);
    let content = EmailContent::ActionRequired {
        reasons: vec![
            ActionReason { code: ActionCode::MissingCustomerAcknowledgment, note: None },
            ActionReason {
                code: ActionCode::Other,
                note: Some("Page 3 is cut off.\nPlease scan it again.".to_owned()),
            },
        ],
        remove_products: vec![
            product("Viva Topics", None),
            product("Sales", Some("11111111-2222-3333-4444-555555555555")),
        ],
        due_at: due(),
    };
    let mail = written(&content);
    check("action-required", &mail);
    assert!(mail.text.contains("rejected"), "R9: silence is rejected");
}

#[test]
fn approved_says_that_it_does_not_mean_earnings_and_links_the_guide() {
    claim_domain::proves!(R4);
    let approved = written(&EmailContent::Approved);
    check("approved", &approved);
    let won = written(&EmailContent::DisputeResult { accepted: true, rejection: None });
    check("dispute-accepted", &won);
    for mail in [approved, won] {
        for body in [mail.text, mail.html] {
            assert!(body.contains("does not mean approved for earnings or payout"));
            assert!(body.contains("guide.example"));
        }
    }
}

#[test]
fn rejected_says_where_the_reason_is_and_how_and_until_when_to_dispute() {
    claim_domain::proves!(R22);
    let content = EmailContent::Rejected {
        rejection: rejection(RejectCode::InsufficientPoe, Some("The statement of work is unsigned.")),
        dispute_until: Some(due()),
    };
    let mail = written(&content);
    check("rejected", &mail);
    assert!(mail.text.contains(&links().claim_url));
    assert!(
        mail.text
            .contains("dispute the rejection:\nhttps://portal.example/claims/01K7AB0000000000000000C1A1")
    );
    assert!(mail.text.contains("before Friday 27 November 2026, 00:00 (Europe/Warsaw)"));
}

#[test]
fn a_withdrawn_claim_cannot_be_disputed_and_its_mail_says_so() {
    claim_domain::proves!(D7);
    let rejection = Rejection {
        reason: RejectCode::PartnerRequest,
        cause: Some(WithdrawCause::IncorrectActivity),
        note: None,
        disputable: false,
    };
    check("withdrawn", &written(&EmailContent::Rejected { rejection, dispute_until: None }));
}

#[test]
fn a_rejection_that_is_final_points_to_a_new_claim() {
    claim_domain::proves!(R20);
    let final_one = rejection(RejectCode::CustomerDecline, None);
    check(
        "rejected-finally",
        &written(&EmailContent::Rejected { rejection: final_one, dispute_until: None }),
    );
}

#[test]
fn the_partner_is_told_that_its_dispute_was_refused() {
    claim_domain::proves!(R23);
    let rejection = Some(rejection(RejectCode::InsufficientPoe, Some("Still unsigned.")));
    check("dispute-refused", &written(&EmailContent::DisputeResult { accepted: false, rejection }));
}

#[test]
fn a_bounce_tells_how_to_correct_the_address() {
    claim_domain::proves!(D16);
    let why = "email bounced: the address does not exist (NoEmail)".to_owned();
    check("notice-bounced", &written(&EmailContent::NoticeBounced { why, due_at: Some(due()) }));
}

#[test]
fn the_lead_is_told_which_email_to_the_partner_bounced_and_what_is_due() {
    claim_domain::proves!(D18);
    let what = "the request for action".to_owned();
    let why = "email bounced: the recipient's email provider did not take it (General)".to_owned();
    let bounced = EmailContent::PartnerEmailBounced { what, why, answer_due: Some(due()), passing: false };
    check("partner-email-bounced", &written(&bounced));
}

#[test]
fn a_dispute_received_says_when_it_is_answered() {
    claim_domain::proves!(R23, D18);
    check("dispute-received", &written(&EmailContent::DisputeReceived { due_at: due() }));
}

#[test]
fn a_hand_off_says_that_earnings_are_decided_elsewhere() {
    claim_domain::proves!(R4, D18);
    check("handed-off", &written(&EmailContent::HandedOff));
}

#[test]
fn a_holder_is_told_what_is_contested_and_that_it_can_add_proof() {
    claim_domain::proves!(D18, D26);
    check("challenged", &written(&EmailContent::Challenged { products: vec![product("Teams", None)] }));
}

#[test]
fn a_document_that_cannot_be_used_is_named_with_the_next_step() {
    claim_domain::proves!(D18);
    for (name, verdict) in
        [("document-infected", Verdict::Infected), ("document-unscannable", Verdict::Unscannable)]
    {
        check(name, &written(&EmailContent::DocumentUnusable { file_name: "poe.pdf".to_owned(), verdict }));
    }
}

#[test]
fn a_soft_bounce_says_that_nothing_is_suspended() {
    claim_domain::proves!(D16, D18);
    let content =
        EmailContent::NoticeSoftBounced { why: "email not delivered for now: MailboxFull".to_owned() };
    check("notice-soft-bounced", &written(&content));
}

#[test]
fn a_bounce_heard_too_late_tells_the_lead_that_nothing_changed() {
    claim_domain::proves!(D16, D18);
    let content = EmailContent::NoticeBouncedLate {
        why: "email bounced: the recipient's email provider did not take it (General)".to_owned(),
    };
    check("notice-bounced-late", &written(&content));
}

#[test]
fn the_lead_is_told_of_a_complaint_and_that_it_denies_nothing() {
    claim_domain::proves!(D16);
    check("notice-complained", &written(&EmailContent::NoticeComplained));
}

#[test]
fn the_email_of_an_ended_association_says_what_becomes_of_the_claim() {
    claim_domain::proves!(D15);
    let some = EmailContent::AssociationEnded {
        products: vec![product("Exchange", None)],
        reason: "Woodgrove migrated the mailboxes.".to_owned(),
        rejected: false,
        dispute_until: None,
    };
    check("association-ended", &written(&some));
    let all = EmailContent::AssociationEnded {
        products: vec![product("Exchange", None)],
        reason: "Woodgrove migrated the mailboxes.".to_owned(),
        rejected: true,
        dispute_until: Some(due()),
    };
    check("association-ended-rejected", &written(&all));
}

#[test]
fn a_comment_is_quoted_line_by_line() {
    claim_domain::proves!(R25);
    let content = EmailContent::Comment {
        author: "Rita Reviewer".to_owned(),
        text: "Who signed page 2?\r\n\r\nThe name is <illegible>.".to_owned(),
    };
    check("comment", &written(&content));
}

/// The links of a notice.
fn links_of_a_notice() -> Links {
    Links { consent_url: Some("https://claims.example/v1/consent/t0ken".to_owned()), ..links() }
}

fn notice(language: Language) -> Mail {
    render_notice(&about(), language, Period::Days(7), &links_of_a_notice()).unwrap()
}

#[test]
fn the_notice_names_partner_products_meaning_and_that_silence_is_consent() {
    claim_domain::proves!(R13, D9);
    let mail = notice(Language::En);
    for words in
        ["Blue Yonder Partners", "4711000", "Teams Meetings", "within 7 calendar days", "silence is consent"]
    {
        assert!(mail.text.contains(words), "{words}");
        assert!(mail.html.contains(words), "{words}");
    }
    assert!(
        !mail.text.contains("Contoso Teams rollout"),
        "none of the partner's words but the customer's name"
    );
}

#[test]
fn the_notice_speaks_the_customers_language() {
    claim_domain::proves!(D21);
    for language in Language::ALL {
        let mail = notice(language);
        check(&format!("notice-{language}"), &mail);
        assert!(mail.html.contains(&format!("<html lang=\"{language}\">")), "{language}");
        for part in [mail.subject, mail.text, mail.html] {
            assert!(
                part.contains("Blue Yonder Partners") && !part.contains("blue-yonder-partners"),
                "{language}"
            );
            assert!(language == Language::En || !part.contains("partner of record of"), "{language}");
        }
    }
}

#[test]
fn an_organisation_without_a_name_is_known_by_its_mpn_id() {
    claim_domain::proves!(D21);
    let about = About { partner_name: None, ..about() };
    let notice = render_notice(&about, Language::En, Period::Days(7), &links_of_a_notice()).unwrap();
    assert!(notice.text.contains("A partner organisation (MPN id 4711000) has claimed"), "{}", notice.text);
    let approved = render(&EmailContent::Approved, &about, Some("Ana Silva"), &links(), due()).unwrap();
    for part in [notice.text, notice.html, approved.text, approved.html] {
        assert!(!part.contains("blue-yonder-partners"));
    }
}

#[test]
fn a_notice_without_its_link_is_not_sent() {
    claim_domain::proves!(D9);
    let result = render_notice(&about(), Language::En, Period::Days(7), &links());
    assert!(matches!(result, Err(MailError::NoConsentLink)));
}

#[test]
fn an_unknown_zone_is_named() {
    let about = About { time_zone: "Mars/Olympus".to_owned(), ..about() };
    let error = render(&EmailContent::Approved, &about, Some("Ana Silva"), &links(), due()).unwrap_err();
    assert_eq!(error.to_string(), "\"Mars/Olympus\" is not a time zone");
}

/// Every email to partner and lead, with these words wherever people write freely.
fn contents(words: &str) -> Vec<EmailContent> {
    let rejection = rejection(RejectCode::Other, Some(words));
    vec![
        EmailContent::Received { due_at: None, again: true },
        EmailContent::ActionRequired {
            reasons: vec![ActionReason { code: ActionCode::Other, note: Some(words.to_owned()) }],
            remove_products: vec![product(words, None)],
            due_at: due(),
        },
        EmailContent::Approved,
        EmailContent::Rejected { rejection: rejection.clone(), dispute_until: None },
        EmailContent::DisputeResult { accepted: false, rejection: Some(rejection) },
        EmailContent::NoticeBounced { why: words.to_owned(), due_at: None },
        EmailContent::NoticeBouncedLate { why: words.to_owned() },
        EmailContent::DisputeReceived { due_at: due() },
        EmailContent::HandedOff,
        EmailContent::DocumentUnusable { file_name: words.to_owned(), verdict: Verdict::Infected },
        EmailContent::PartnerEmailBounced {
            what: words.to_owned(),
            why: words.to_owned(),
            answer_due: None,
            passing: true,
        },
        EmailContent::NoticeSoftBounced { why: words.to_owned() },
        EmailContent::NoticeComplained,
        EmailContent::AssociationEnded {
            products: vec![product(words, None)],
            reason: words.to_owned(),
            rejected: true,
            dispute_until: None,
        },
        EmailContent::Challenged { products: vec![product(words, None)] },
        EmailContent::Comment { author: words.to_owned(), text: words.to_owned() },
        EmailContent::AnswerDue { due_at: due() },
        EmailContent::EndsSoon { products: vec![product(words, None).into()] },
        EmailContent::Breached {
            clock: ClockName::Overall,
            due_at: due(),
            assigned_to: Some(words.to_owned()),
        },
        EmailContent::Escalated { late: Vec::new(), assigned_to: Some(words.to_owned()) },
    ]
}

/// Every email with these words wherever people write freely, to somebody of this name.
fn mails(words: &str, recipient: Option<&str>) -> Vec<Mail> {
    let about = About {
        name: words.to_owned(),
        customer: words.to_owned(),
        products: vec![words.to_owned()],
        ..about()
    };
    let rendered = |content: &EmailContent| render(content, &about, recipient, &links(), due()).unwrap();
    let mut mails: Vec<_> = contents(words).iter().map(rendered).collect();
    mails.extend(
        Language::ALL
            .map(|language| render_notice(&about, language, Period::Days(7), &links_of_a_notice()).unwrap()),
    );
    mails
}

#[test]
fn hostile_words_are_harmless_in_every_part_of_every_mail() {
    let hostile = "<script>alert(1)</script>\r\nBcc: all@victims.example\n\nWHAT TO DO NEXT\u{202e}";
    for mail in mails(hostile, Some(hostile)) {
        assert!(!mail.subject.contains(char::is_control), "{:?}", mail.subject);
        assert!(!mail.html.contains("<script"), "{}", mail.html);
        let forged = |line: &str| line.starts_with("Bcc:") || line == "WHAT TO DO NEXT";
        assert!(mail.text.lines().filter(|line| forged(line)).count() <= 1, "{}", mail.text);
        assert!(!mail.text.contains('\u{202e}') && !mail.html.contains('\u{202e}'));
    }
}

#[test]
fn subject_and_greeting_to_an_address_that_nobody_proved_hold_our_words_alone() {
    let words = "You won a prize";
    for mail in mails(words, None) {
        assert!(!mail.subject.contains(words), "{}", mail.subject);
        assert!(!mail.text.lines().next().unwrap().contains(words), "{}", mail.text);
        let subject = mail.html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
        assert!(!subject.unwrap().contains(words), "{}", mail.html);
    }
    // To somebody who signed in with that address they say what they are about.
    let received = &mails(words, Some("Ana Silva"))[0];
    assert!(received.subject.contains(words) && received.text.starts_with("Hello Ana Silva,"));
}

#[test]
fn the_next_step_in_an_email_is_for_people_and_never_http() {
    for mail in mails("Something", Some("Ana Silva")) {
        for part in
            [mail.subject, mail.text.replace("/v1/consent/", ""), mail.html.replace("/v1/consent/", "")]
        {
            for http in ["POST", "GET ", "PATCH", "PUT ", "DELETE", "/v1/", "JSON"] {
                assert!(!part.contains(http), "{http}: {part}");
            }
            for status in Status::ALL.map(Status::as_str) {
                let is_camel_case = status.contains(char::is_uppercase);
                assert!(!is_camel_case || !part.contains(status), "{status}: {part}");
            }
        }
    }
}

#[test]
fn no_link_is_written_anew_by_the_mail_service() {
    claim_domain::proves!(D9);
    for mail in mails("Something", Some("Ana Silva")) {
        let links = mail.html.matches("<a ").count();
        assert_eq!(links, mail.html.matches("<a ses:no-track ").count(), "{}", mail.html);
    }
}
