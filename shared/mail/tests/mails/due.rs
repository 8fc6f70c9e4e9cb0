//! Emails about what is due, or was: reminders, and what the lead is told.

use super::*;

#[test]
fn the_reminder_names_the_instant() {
    claim_domain::proves!(D18);
    check("answer-due", &written(&EmailContent::AnswerDue { due_at: due() }));
}

#[test]
fn the_reminder_of_an_end_names_what_ends_and_how_to_go_on() {
    claim_domain::proves!(D18, D27);
    let ends =
        |name: &str, end: &str| ClaimedProduct { ends_on: end.parse().ok(), ..product(name, None).into() };
    let one = vec![ends("Teams", "2026-12-31")];
    check("ends-soon", &written(&EmailContent::EndsSoon { products: one }));
    let subscribed = product("Sales", Some("99999999-2222-3333-4444-555555555555"));
    let two = vec![
        ClaimedProduct { ends_on: "2027-01-15".parse().ok(), ..subscribed.into() },
        ends("Finance", "2026-12-31"),
    ];
    check("ends-soon-several", &written(&EmailContent::EndsSoon { products: two }));
}

#[test]
fn the_lead_is_told_of_a_breach_and_that_it_changes_no_status() {
    claim_domain::proves!(D5);
    let waiting = EmailContent::Breached { clock: ClockName::ReviewStart, due_at: due(), assigned_to: None };
    check("breached-queue", &written(&waiting));
    let assigned = EmailContent::Breached {
        clock: ClockName::Overall,
        due_at: due(),
        assigned_to: Some("Rita Reviewer".to_owned()),
    };
    check("breached", &written(&assigned));
}

#[test]
fn the_lead_is_told_again_how_late_reviewers_are() {
    claim_domain::proves!(D5);
    let late = |clock, due_at, business_days| Late { clock, due_at, business_days };
    let queue = late(ClockName::ReviewStart, due(), 6);
    let both = [queue.clone(), late(ClockName::Overall, due() + chrono::TimeDelta::days(7), 1)];
    let waiting = EmailContent::Escalated { late: both.to_vec(), assigned_to: None };
    let mail = written_at(&waiting, due() + chrono::TimeDelta::days(8));
    assert_eq!(mail.subject, "Late by 6 business days: Contoso Teams rollout");
    check("escalated", &mail);
    let dispute = late(ClockName::DisputeAnswer, due(), 0);
    let rita = Some("Rita Reviewer".to_owned());
    let assigned = EmailContent::Escalated { late: vec![dispute], assigned_to: rita };
    check("escalated-dispute", &written_at(&assigned, due()));
}

#[test]
fn an_email_that_is_sent_late_promises_nothing_that_has_passed() {
    claim_domain::proves!(D5);
    let reasons = vec![ActionReason { code: ActionCode::MissingAllPoe, note: None }];
    let letters = [
        EmailContent::Received { due_at: Some(due()), again: true },
        EmailContent::Rejected {
            rejection: rejection(RejectCode::InsufficientPoe, None),
            dispute_until: Some(due()),
        },
        EmailContent::AssociationEnded {
            products: vec![product("Teams", None)],
            reason: "Another partner does the work.".to_owned(),
            rejected: true,
            dispute_until: Some(due()),
        },
        EmailContent::ActionRequired { reasons, remove_products: Vec::new(), due_at: due() },
        EmailContent::AnswerDue { due_at: due() },
    ];
    let second = chrono::TimeDelta::seconds(1);
    for content in &letters {
        let instant = "before Friday 27 November 2026, 00:00";
        let in_time = written_at(content, due() - second);
        assert!(in_time.text.contains(instant) && !in_time.text.contains("was due"), "{}", in_time.text);
        let late = written_at(content, due());
        for part in [&late.text, &late.html] {
            let names_it = part.contains("27 November") || part.contains("26 November");
            assert!(!names_it || part.contains("was due"), "{part}");
            assert!(!part.contains("You can dispute"), "{part}");
        }
        assert!(!late.subject.contains("November") || late.subject.contains("was "), "{}", late.subject);
    }
}
