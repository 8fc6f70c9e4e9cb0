//! What the email service says about a notice after accepting it (D16): at least once, in any order, about any notice.

use super::stages::Stage::{self, *};
use super::*;
use crate::claim::ConsentState;

/// The stages at which a claim has a notice.
const NOTIFIED: [Stage; 4] = [AwaitingNotice, ConsentOpen, Suspended, HandedOff];

impl Scenario {
    /// The email service says this about the newest notice.
    #[track_caller]
    fn hears(&mut self, feedback: Feedback) -> &mut Self {
        let (approval, notice) = self.notice();
        self.does(&system(), heard(approval, notice, feedback))
    }
}

/// What `feedback` on the newest notice does at every stage: the event with the state of the consent, or the refusal.
#[track_caller]
fn check(feedback: &Feedback, rows: &[(Stage, &str)]) {
    for stage in Stage::ALL {
        let mut scenario = stage.scenario();
        let (before, status) = (scenario.told.len(), scenario.status());
        let notice = EffectId::new(&id(1), 7, 0);
        let outcome = match scenario.when(&system(), &heard(7, notice, feedback.clone())) {
            Err(refusal) => format!("{:?}", refusal.kind),
            Ok(()) if scenario.told.len() == before => "nothing".to_owned(),
            Ok(()) => format!("{} → {:?}", name_of(&scenario.last().change), scenario.consent().state),
        };
        let expected = rows.iter().find(|(row, _)| *row == stage).map_or("NotFound", |(_, outcome)| outcome);
        assert_eq!((outcome.as_str(), scenario.status()), (expected, status), "{stage:?}");
    }
}

#[test]
fn a_notice_that_never_arrived_suspends_its_period_while_it_lasts() {
    crate::proves!(D16);
    let rows = [
        (AwaitingNotice, "noticeFailed → Suspended"),
        (ConsentOpen, "noticeFailed → Suspended"),
        // It bounced there already.
        (Suspended, "nothing"),
        (HandedOff, "noticeFailed → Passed"),
    ];
    check(&never_arrived(), &rows);
}

#[test]
fn a_complaint_is_recorded_and_changes_neither_status_nor_clock() {
    crate::proves!(D16);
    let rows = [
        (AwaitingNotice, "noticeComplained → AwaitingNotice"),
        (ConsentOpen, "noticeComplained → Open"),
        (Suspended, "noticeComplained → Suspended"),
        (HandedOff, "noticeComplained → Passed"),
    ];
    check(&Feedback::Complained, &rows);
    for stage in NOTIFIED {
        let mut scenario = stage.scenario();
        let before = scenario.claim().clone();
        scenario.hears(Feedback::Complained);
        assert_eq!(scenario.claim().clocks, before.clocks, "{stage:?}");
        assert_eq!(scenario.follows(), ["mail lead noticeComplained"], "{stage:?}");
    }
}

#[test]
fn what_the_mail_service_says_twice_is_recorded_once() {
    crate::proves!(D16);
    for stage in NOTIFIED {
        for feedback in [never_arrived(), Feedback::Complained] {
            let mut scenario = stage.scenario();
            scenario.hears(feedback.clone());
            let before = scenario.told.len();
            scenario.hears(feedback);
            assert_eq!(scenario.told.len(), before, "{stage:?}");
        }
    }
}

#[test]
fn a_bounce_after_the_acceptance_suspends_and_tells_partner_and_lead() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    scenario.at("2026-03-05 10:00").hears(never_arrived());
    assert_eq!(
        scenario.follows(),
        [
            "mail partner noticeBounced",
            "mail lead noticeBounced",
            "disarm consent 8",
            "arm noticeCorrection 9 2026-03-13 00:00"
        ]
    );
    scenario.wait_until("2026-03-11 10:00");
    assert!(scenario.claim().assessment.is_none(), "no hand-off without a notice");
    scenario.does(&ana(), resend(Some(CORRECTED))).notified();
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-19 00:00", "a fresh period");
}

#[test]
fn a_bounce_told_before_the_acceptance_is_recorded_suspends_for_good() {
    crate::proves!(D16);
    let mut scenario = AwaitingNotice.scenario();
    scenario.hears(never_arrived()).notified();
    assert_eq!(scenario.consent().state, ConsentState::Suspended);
    assert_eq!(scenario.due(ClockName::Consent), "none");
}

#[test]
fn feedback_on_an_older_notice_is_recorded_and_suspends_nothing() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    let (approval, older) = scenario.notice();
    scenario.does(&ana(), resend(None)).notified();
    let due = scenario.due(ClockName::Consent);
    for feedback in [never_arrived(), Feedback::Complained] {
        scenario.does(&system(), heard(approval, older.clone(), feedback));
    }
    assert_eq!(scenario.names_from(scenario.told.len() - 2), ["noticeFailed", "noticeComplained"]);
    assert_eq!((scenario.consent().state, scenario.due(ClockName::Consent)), (ConsentState::Open, due));
    scenario.hears(never_arrived());
    assert_eq!(scenario.consent().state, ConsentState::Suspended, "the newest one's does");
}

#[test]
fn after_the_period_nothing_is_suspended_by_whoever_hears_first() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    scenario.at("2026-03-10 00:00").hears(never_arrived());
    assert_eq!(scenario.names_from(scenario.told.len() - 2), ["consentPassed", "noticeFailed"]);
    assert!(scenario.claim().is_handed_off());
    assert_eq!(scenario.follows(), ["mail lead noticeBouncedLate"]);
}

#[test]
fn a_soft_bounce_is_told_to_partner_and_lead_and_suspends_nothing() {
    crate::proves!(D16, D18);
    let gave_up = Feedback::SoftBounced { why: "email not delivered for now: MailboxFull".to_owned() };
    let rows = [
        (AwaitingNotice, "noticeSoftBounced → AwaitingNotice"),
        (ConsentOpen, "noticeSoftBounced → Open"),
        (Suspended, "noticeSoftBounced → Suspended"),
        (HandedOff, "noticeSoftBounced → Passed"),
    ];
    check(&gave_up, &rows);
    for stage in NOTIFIED {
        let mut scenario = stage.scenario();
        let clocks = scenario.claim().clocks.clone();
        scenario.hears(gave_up.clone());
        let told: &[&str] = match stage {
            HandedOff => &["mail lead noticeBouncedLate"],
            _ => &["mail partner noticeSoftBounced", "mail lead noticeSoftBounced"],
        };
        assert_eq!(scenario.follows(), told, "{stage:?}");
        assert_eq!(scenario.claim().clocks, clocks, "{stage:?}");
        let before = scenario.told.len();
        scenario.hears(gave_up.clone());
        assert_eq!(scenario.told.len(), before, "{stage:?}: told once");
    }
}

#[test]
fn feedback_on_an_ended_approval_is_recorded_and_nobody_is_told() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    let (approval, notice) = scenario.notice();
    scenario.does(&ana(), withdraw());
    for feedback in [never_arrived(), Feedback::Complained] {
        scenario.does(&system(), heard(approval, notice.clone(), feedback));
        assert!(scenario.follows().is_empty());
    }
    assert_eq!((scenario.status(), scenario.consent().state), (Status::Rejected, ConsentState::Ended));
}

#[test]
fn a_notice_refused_at_once_is_not_told_of_again() {
    crate::proves!(D16);
    let mut scenario = AwaitingNotice.scenario();
    scenario.bounced();
    let before = scenario.told.len();
    scenario.hears(never_arrived());
    assert_eq!(scenario.told.len(), before);
}

#[test]
fn a_complaint_denies_nothing() {
    crate::proves!(D12, D16);
    let mut scenario = ConsentOpen.scenario();
    scenario.hears(Feedback::Complained).wait_until("2026-03-10 00:00");
    assert!(scenario.claim().is_handed_off());
}

#[test]
fn a_claim_stored_before_feedback_was_remembered_is_read() {
    crate::proves!(I2);
    let scenario = ConsentOpen.scenario();
    let stored = serde_json::to_value(scenario.claim()).unwrap();
    for field in ["failed", "parked", "softBounced", "complained", "resends"] {
        assert!(stored["consents"][0].get(field).is_none(), "nothing heard, nothing stored");
    }
    assert_eq!(serde_json::from_value::<Claim>(stored).unwrap(), *scenario.claim());
}

#[test]
fn a_claim_stored_before_acceptances_were_remembered_suspends_as_it_did() {
    crate::proves!(I2, D16);
    let mut scenario = ConsentOpen.scenario();
    let mut stored = serde_json::to_value(scenario.claim()).unwrap();
    stored["consents"][0].as_object_mut().unwrap().remove("accepted").unwrap();
    scenario.claim = Some(serde_json::from_value(stored).unwrap());
    let mut other = scenario.clone();
    let older = EffectId::new(&id(1), 99, 0);
    other.does(&system(), heard(scenario.notice().0, older, never_arrived()));
    assert_eq!(other.consent().state, ConsentState::Open);
    scenario.hears(never_arrived());
    assert_eq!(scenario.consent().state, ConsentState::Suspended);
}

/// An email to the partner about a request for action was not delivered.
fn email_bounced(version: u64, contact: u32, passing: bool) -> Command {
    Command::RecordEmailBounced {
        email: EffectId::new(&id(1), version, 0),
        contact: id(contact),
        what: "the request for action".to_owned(),
        why: "email bounced: General".to_owned(),
        passing,
    }
}

#[test]
fn a_partners_email_that_bounces_is_told_to_the_lead_and_marks_the_contact() {
    crate::proves!(D18);
    let mut scenario = ActionRequired.scenario();
    let (clocks, revision) = (scenario.claim().clocks.clone(), scenario.claim().revision);
    scenario.does(&system(), email_bounced(6, PARTNER, false));
    assert_eq!(scenario.follows(), ["mail lead partnerEmailBounced"]);
    let (_, effects) = scenario.told.last().unwrap();
    let answer_due = scenario.clock(ClockName::PartnerAnswer).unwrap().due_at;
    assert!(effects.iter().any(|effect| matches!(
        effect,
        Effect::SendEmail { content: EmailContent::PartnerEmailBounced { answer_due: Some(due), .. }, .. }
            if *due == answer_due
    )));
    let since = Some(scenario.now);
    assert_eq!(scenario.claim().undeliverable_since, since);
    assert_eq!((scenario.claim().clocks.clone(), scenario.claim().revision), (clocks, revision));
    let before = scenario.told.len();
    scenario.does(&system(), email_bounced(6, PARTNER, false));
    assert_eq!(scenario.told.len(), before, "what is said twice is recorded once");
    scenario.at("2026-03-03 10:00").does(&system(), email_bounced(9, PARTNER, false));
    assert_eq!(scenario.claim().undeliverable_since, since, "since the first of them");
    let corrected = edit(|details| details.partner_contact = id(CORRECTED), &scenario.claim().details);
    scenario.does(&ana(), corrected);
    assert_eq!(scenario.claim().undeliverable_since, None, "until the contact is edited");
    scenario.does(&system(), email_bounced(10, PARTNER, false));
    assert_eq!(scenario.claim().undeliverable_since, None, "the new contact is another");
}

#[test]
fn a_partners_email_given_up_for_now_is_told_and_marks_nothing() {
    crate::proves!(D18);
    let mut scenario = ActionRequired.scenario();
    scenario.does(&system(), email_bounced(6, PARTNER, true));
    assert_eq!(scenario.follows(), ["mail lead partnerEmailBounced"]);
    assert_eq!(scenario.claim().undeliverable_since, None);
}

#[test]
fn the_lead_hears_of_a_bounced_email_of_every_stage() {
    crate::proves!(D12, D18);
    for stage in Stage::ALL {
        let mut scenario = stage.scenario();
        let status = scenario.status();
        scenario.does(&system(), email_bounced(2, PARTNER, false));
        assert_eq!(scenario.follows(), ["mail lead partnerEmailBounced"], "{stage:?}");
        assert_eq!(scenario.status(), status, "{stage:?}");
    }
}

#[test]
fn a_partner_whose_email_bounced_edits_its_contact_and_is_handed_off() {
    crate::proves!(D18, R9, R14);
    let mut scenario = ActionRequired.scenario();
    scenario.does(&system(), email_bounced(6, PARTNER, false));
    let corrected = edit(|details| details.partner_contact = id(CORRECTED), &scenario.claim().details);
    scenario.at("2026-03-04 10:00").does(&ana(), corrected).does(&ana(), Command::Submit);
    scenario.does(&rita(), Command::StartReview).does(&rita(), APPROVE).notified();
    scenario.wait_until("2026-03-12 00:00");
    assert!(scenario.claim().is_handed_off() && scenario.claim().undeliverable_since.is_none());
}

#[test]
fn a_customer_reached_at_last_is_handed_off_by_that_notice_alone() {
    crate::proves!(D16, R14);
    let mut scenario = ConsentOpen.scenario();
    scenario.at("2026-03-03 10:00").hears(never_arrived());
    scenario.at("2026-03-05 10:00").does(&ana(), resend(Some(CORRECTED))).notified();
    scenario.at("2026-03-11 23:00").hears(never_arrived());
    assert_eq!(scenario.due(ClockName::NoticeCorrection), "2026-03-19 00:00");
    scenario.at("2026-03-18 10:00").does(&ana(), resend(None)).notified();
    scenario.wait_until("2026-03-25 23:59:59");
    assert!(!scenario.claim().is_handed_off());
    scenario.wait_until("2026-03-26 00:00");
    assert!(scenario.claim().is_handed_off());
}
