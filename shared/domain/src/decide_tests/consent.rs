//! The customer's consent (R13 to R15, D9, D16).

use super::stages::Stage::*;
use super::*;
use crate::claim::ConsentState;

#[test]
fn an_approval_notifies_the_customer() {
    crate::proves!(R13);
    let scenario = AwaitingNotice.scenario();
    assert_eq!(scenario.follows()[0], format!("notify customer {}", scenario.claim().version));
    assert_eq!(scenario.consent().state, ConsentState::AwaitingNotice);
}

#[test]
fn no_period_starts_before_the_mail_service_has_accepted_the_notice() {
    crate::proves!(D16);
    let mut scenario = AwaitingNotice.scenario();
    scenario.wait_until("2027-03-02 10:00");
    assert_eq!(scenario.claim().clocks.len(), 0);
    assert_eq!((scenario.status(), scenario.consent().due_at), (Status::Approved, None));
    assert!(scenario.claim().assessment.is_none(), "no hand-off without a notice");
    scenario.notified();
    assert_eq!(scenario.due(ClockName::Consent), "2027-03-10 00:00");
    assert_eq!(scenario.consent().notified_at, Some(scenario.now));
}

#[test]
fn nothing_is_handed_off_a_second_before_the_period_ends() {
    crate::proves!(R14);
    let mut scenario = ConsentOpen.scenario();
    scenario.wait_until("2026-03-09 23:59:59");
    assert_eq!((scenario.claim().assessment.clone(), scenario.claim().is_handed_off()), (None, false));
    scenario.wait_until("2026-03-10 00:00");
    assert!(scenario.claim().is_handed_off());
}

#[test]
fn a_denial_rejects_with_customer_decline() {
    crate::proves!(R15);
    let mut scenario = ConsentOpen.scenario();
    let deny = scenario.deny();
    scenario.at("2026-03-05 10:00").does(&customer(), deny);
    let rejected = scenario.claim().rejection.clone().unwrap();
    assert_eq!(rejected.rejection.reason, RejectCode::CustomerDecline);
    assert_eq!(rejected.rejected_by, Actor::customer());
    assert_eq!(
        (scenario.consent().state, scenario.consent().ended_at),
        (ConsentState::Denied, Some(scenario.now))
    );
    assert!(scenario.follows().contains(&"mail partner rejected".to_owned()));
    scenario.wait_until("2027-03-05 10:00");
    assert!(scenario.claim().assessment.is_none(), "no hand-off");
}

#[test]
fn a_second_denial_changes_nothing_and_shows_the_first_result() {
    crate::proves!(D9);
    let mut scenario = ConsentOpen.scenario();
    let deny = scenario.deny();
    scenario.does(&customer(), deny.clone());
    let first = scenario.clone();
    scenario.at("2026-03-06 10:00").does(&customer(), deny);
    assert_eq!(scenario.claim(), first.claim());
}

#[test]
fn a_denial_counts_before_the_period_and_while_it_is_suspended() {
    crate::proves!(D9);
    for stage in [AwaitingNotice, Suspended] {
        let mut scenario = stage.scenario();
        let deny = scenario.deny();
        scenario.at("2026-06-01 10:00").does(&customer(), deny);
        assert_eq!(scenario.status(), Status::Rejected, "{stage:?}");
    }
}

#[test]
fn a_link_is_bound_to_one_approval() {
    crate::proves!(D9);
    let mut scenario = ConsentOpen.scenario();
    let first = scenario.deny();
    scenario.does(&customer(), first.clone()).does(&ana(), dispute()).does(&remi(), Command::StartReview);
    scenario.does(&remi(), Command::Approve).notified();
    let before = scenario.told.len();
    scenario.does(&customer(), first);
    assert_eq!((scenario.told.len(), scenario.status()), (before, Status::Approved), "shows its own result");
    scenario.refuses(&customer(), Command::Deny { approval: 99 }, Kind::NotFound, Rule::R1);
    let second = scenario.deny();
    scenario.does(&customer(), second);
    assert!(scenario.claim().is_closed(), "a rejection that follows a dispute is final (D6)");
}

#[test]
fn a_link_of_an_approval_that_ended_otherwise_has_ended() {
    crate::proves!(D9);
    let mut scenario = ConsentOpen.scenario();
    let deny = scenario.deny();
    scenario.does(&ana(), withdraw());
    assert_eq!(scenario.consent().state, ConsentState::Ended);
    scenario.refuses(&customer(), deny, Kind::ConsentEnded, Rule::R13);
}

#[test]
fn a_denial_can_be_disputed_and_each_approval_opens_a_new_period() {
    crate::proves!(D7);
    let mut scenario = ConsentOpen.scenario();
    let deny = scenario.deny();
    scenario.does(&customer(), deny).does(&ana(), dispute());
    scenario.at("2026-03-04 10:00").does(&remi(), Command::StartReview).does(&remi(), Command::Approve);
    assert_eq!(scenario.claim().consents.len(), 2);
    assert_eq!(scenario.consent().state, ConsentState::AwaitingNotice);
    scenario.notified();
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-12 00:00");
}

#[test]
fn a_bounce_of_the_newest_notice_suspends_and_tells_partner_and_lead() {
    crate::proves!(D16);
    for stage in [AwaitingNotice, ConsentOpen] {
        let mut scenario = stage.scenario();
        let before = scenario.told.len();
        scenario.bounced();
        assert_eq!(scenario.letters_from(before), ["mail partner noticeBounced", "mail lead noticeBounced"]);
        assert_eq!((scenario.consent().state, scenario.consent().due_at), (ConsentState::Suspended, None));
        scenario.wait_until("2027-03-02 10:00");
        assert_eq!(scenario.status(), Status::Approved, "{stage:?}: neither handed off nor rejected");
        assert!(scenario.claim().assessment.is_none());
    }
}

#[test]
fn a_bounce_reported_twice_is_told_once() {
    crate::proves!(D16);
    let mut scenario = Suspended.scenario();
    let before = scenario.told.len();
    scenario.bounced();
    assert_eq!(scenario.letters_from(before).len(), 0);
}

#[test]
fn a_bounce_of_an_older_notice_suspends_nothing() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    let (approval, older) = scenario.notice();
    scenario.does(&ana(), resend(None)).does(&system(), bounce(approval, older));
    assert_eq!(scenario.consent().state, ConsentState::Open);
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-10 00:00");
    assert!(scenario.follows().is_empty());
    scenario.bounced();
    assert_eq!(scenario.consent().state, ConsentState::Suspended, "the newest one's does");
}

#[test]
fn a_resend_without_a_bounce_changes_no_due_instant() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    scenario.at("2026-03-06 10:00").does(&ana(), resend(None));
    assert_eq!(scenario.follows(), ["notify customer 7"], "the same approval, a new link");
    scenario.notified();
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-10 00:00");
    assert_eq!(scenario.consent().notified_at, Some(t("2026-03-02 10:00")));
    assert!(scenario.follows().is_empty());
}

#[test]
fn after_a_bounce_the_corrected_notice_starts_a_fresh_period() {
    crate::proves!(D16);
    let mut scenario = Suspended.scenario();
    scenario.at("2026-03-06 10:00").does(&ana(), resend(Some(CORRECTED)));
    assert_eq!(scenario.follows(), ["notify customer 7 at the corrected address"]);
    assert_eq!(scenario.claim().details.customer.contact, id(CORRECTED));
    assert_eq!(scenario.due(ClockName::Consent), "none", "not before it is accepted");
    scenario.at("2026-03-06 10:01").notified();
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-14 00:00");
    assert_eq!(scenario.consent().notified_at, Some(scenario.now));
    scenario.wait_until("2026-03-14 00:00");
    assert!(scenario.claim().is_handed_off());
}

#[test]
fn the_corrected_notice_may_bounce_as_well() {
    crate::proves!(D16);
    let mut scenario = Suspended.scenario();
    let before = scenario.told.len();
    // Refused for good before it was ever accepted, and then reported once more.
    scenario.does(&ana(), resend(Some(CORRECTED))).bounced();
    assert_eq!(scenario.letters_from(before), ["mail partner noticeBounced", "mail lead noticeBounced"]);
    assert_eq!(scenario.consent().state, ConsentState::Suspended);
    scenario.does(&ana(), resend(None)).notified();
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-10 00:00");
}

#[test]
fn the_late_record_of_a_notice_that_bounced_starts_nothing() {
    crate::proves!(D16);
    let mut scenario = AwaitingNotice.scenario();
    scenario.bounced().notified();
    assert_eq!(
        (scenario.consent().state, scenario.due(ClockName::Consent)),
        (ConsentState::Suspended, "none".to_owned())
    );
    let (approval, bounced) = scenario.notice();
    scenario
        .does(&ana(), resend(None))
        .does(&system(), Command::RecordNotified { approval, notice: bounced });
    assert_eq!(scenario.due(ClockName::Consent), "none", "nor once another is on its way");
}

#[test]
fn the_address_is_corrected_only_after_a_bounce() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    scenario.refuses(&ana(), resend(Some(CORRECTED)), Kind::IllegalState, Rule::D16);
    assert_eq!(scenario.claim().details.customer.contact, id(CUSTOMER));
}

#[test]
fn a_notice_recorded_twice_starts_one_period() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    scenario.at("2026-03-05 10:00").notified();
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-10 00:00");
    assert!(matches!(scenario.last().change, Change::CustomerNotified { due_at: None, .. }));
}

#[test]
fn a_delivery_after_the_claim_moved_on_is_recorded_and_starts_nothing() {
    crate::proves!(D16);
    let mut scenario = AwaitingNotice.scenario();
    let (approval, notice) = scenario.notice();
    scenario.does(&ana(), withdraw());
    let mut bounced = scenario.clone();
    scenario.does(&system(), Command::RecordNotified { approval, notice: notice.clone() });
    assert!(scenario.claim().clocks.is_empty() && scenario.follows().is_empty());
    bounced.does(&system(), bounce(approval, notice));
    assert!(bounced.follows().is_empty());
    assert_eq!(bounced.consent().state, ConsentState::Ended);
}

#[test]
fn the_notice_of_an_earlier_approval_starts_nothing_for_the_next() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    let (approval, notice) = scenario.notice();
    let deny = scenario.deny();
    scenario.does(&customer(), deny).does(&ana(), dispute()).does(&remi(), Command::StartReview);
    scenario.does(&remi(), Command::Approve);
    scenario.does(&system(), Command::RecordNotified { approval, notice: notice.clone() });
    assert!(scenario.claim().clocks.is_empty());
    scenario.does(&system(), bounce(approval, notice));
    assert_eq!(scenario.consent().state, ConsentState::AwaitingNotice);
}

#[test]
fn an_approved_claim_stays_approved_during_and_after_the_consent_period() {
    crate::proves!(R10);
    let mut scenario = AwaitingNotice.scenario();
    scenario.notified().wait_until("2026-03-09 23:59:59");
    assert_eq!(scenario.status(), Status::Approved);
    scenario.wait_until("2026-03-10 00:00").wait_until("2036-03-10 00:00");
    assert_eq!(scenario.status(), Status::Approved);
}
