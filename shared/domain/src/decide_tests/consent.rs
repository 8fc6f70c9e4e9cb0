//! The customer's consent (R13 to R15, D9, D16).

use super::stages::Stage::*;
use super::*;
use crate::claim::ConsentState;

#[test]
fn an_approval_notifies_the_customer() {
    crate::proves!(R13);
    let life = AwaitingNotice.life();
    assert_eq!(life.follows()[0], format!("notify customer {}", life.claim().version));
    assert_eq!(life.consent().state, ConsentState::AwaitingNotice);
}

#[test]
fn no_period_starts_before_the_mail_service_has_accepted_the_notice() {
    crate::proves!(D16);
    let mut life = AwaitingNotice.life();
    life.wait_until("2027-03-02 10:00");
    assert_eq!(life.claim().clocks.len(), 0);
    assert_eq!((life.status(), life.consent().due_at), (Status::Approved, None));
    assert!(life.claim().assessment.is_none(), "no hand-off without a notice");
    life.notified();
    assert_eq!(life.due(ClockName::Consent), "2027-03-10 00:00");
    assert_eq!(life.consent().notified_at, Some(life.now));
}

#[test]
fn nothing_is_handed_off_a_second_before_the_period_ends() {
    crate::proves!(R14);
    let mut life = ConsentOpen.life();
    life.wait_until("2026-03-09 23:59:59");
    assert_eq!((life.claim().assessment.clone(), life.claim().is_handed_off()), (None, false));
    life.wait_until("2026-03-10 00:00");
    assert!(life.claim().is_handed_off());
}

#[test]
fn a_denial_rejects_with_customer_decline() {
    crate::proves!(R15);
    let mut life = ConsentOpen.life();
    let deny = life.deny();
    life.at("2026-03-05 10:00").does(&customer(), deny);
    let rejected = life.claim().rejection.clone().unwrap();
    assert_eq!(rejected.rejection.reason, RejectCode::CustomerDecline);
    assert_eq!(rejected.rejected_by, Actor::customer());
    assert_eq!((life.consent().state, life.consent().ended_at), (ConsentState::Denied, Some(life.now)));
    assert!(life.follows().contains(&"mail partner rejected".to_owned()));
    life.wait_until("2027-03-05 10:00");
    assert!(life.claim().assessment.is_none(), "no hand-off");
}

#[test]
fn a_second_denial_changes_nothing_and_shows_the_first_result() {
    crate::proves!(D9);
    let mut life = ConsentOpen.life();
    let deny = life.deny();
    life.does(&customer(), deny.clone());
    let first = life.clone();
    life.at("2026-03-06 10:00").does(&customer(), deny);
    assert_eq!(life.claim(), first.claim());
}

#[test]
fn a_denial_counts_before_the_notice_is_recorded_and_while_a_bounce_suspends_the_period() {
    crate::proves!(D9);
    for stage in [AwaitingNotice, Suspended] {
        let mut life = stage.life();
        let deny = life.deny();
        life.at("2026-06-01 10:00").does(&customer(), deny);
        assert_eq!(life.status(), Status::Rejected, "{stage:?}");
    }
}

#[test]
fn a_link_is_bound_to_one_approval() {
    crate::proves!(D9);
    let mut life = ConsentOpen.life();
    let first = life.deny();
    life.does(&customer(), first.clone()).does(&ana(), dispute()).does(&remi(), Command::StartReview);
    life.does(&remi(), Command::Approve).notified();
    let before = life.told.len();
    life.does(&customer(), first);
    assert_eq!((life.told.len(), life.status()), (before, Status::Approved), "shows its own result");
    life.refuses(&customer(), Command::Deny { approval: 99 }, Kind::NotFound, Rule::R1);
    let second = life.deny();
    life.does(&customer(), second);
    assert!(life.claim().is_closed(), "a rejection that follows a dispute is final (D6)");
}

#[test]
fn a_link_of_an_approval_that_ended_otherwise_has_ended() {
    crate::proves!(D9);
    let mut life = ConsentOpen.life();
    let deny = life.deny();
    life.does(&ana(), withdraw());
    assert_eq!(life.consent().state, ConsentState::Ended);
    life.refuses(&customer(), deny, Kind::ConsentEnded, Rule::R13);
}

#[test]
fn a_customers_denial_can_be_disputed_and_every_approval_opens_a_new_period() {
    crate::proves!(D7);
    let mut life = ConsentOpen.life();
    let deny = life.deny();
    life.does(&customer(), deny).does(&ana(), dispute());
    life.at("2026-03-04 10:00").does(&remi(), Command::StartReview).does(&remi(), Command::Approve);
    assert_eq!(life.claim().consents.len(), 2);
    assert_eq!(life.consent().state, ConsentState::AwaitingNotice);
    life.notified();
    assert_eq!(life.due(ClockName::Consent), "2026-03-12 00:00");
}

#[test]
fn a_bounce_of_the_newest_notice_suspends_the_period_and_tells_partner_and_lead() {
    crate::proves!(D16);
    for stage in [AwaitingNotice, ConsentOpen] {
        let mut life = stage.life();
        let before = life.told.len();
        life.bounced();
        assert_eq!(life.letters_from(before), ["mail partner noticeBounced", "mail lead noticeBounced"]);
        assert_eq!((life.consent().state, life.consent().due_at), (ConsentState::Suspended, None));
        life.wait_until("2027-03-02 10:00");
        assert_eq!(life.status(), Status::Approved, "{stage:?}: neither handed off nor rejected");
        assert!(life.claim().assessment.is_none());
    }
}

#[test]
fn a_bounce_reported_twice_is_told_once() {
    crate::proves!(D16);
    let mut life = Suspended.life();
    let before = life.told.len();
    life.bounced();
    assert_eq!(life.letters_from(before).len(), 0);
}

#[test]
fn a_bounce_of_an_older_notice_suspends_nothing() {
    crate::proves!(D16);
    let mut life = ConsentOpen.life();
    let (approval, older) = life.notice();
    life.does(&ana(), resend(None)).does(&system(), bounce(approval, older));
    assert_eq!(life.consent().state, ConsentState::Open);
    assert_eq!(life.due(ClockName::Consent), "2026-03-10 00:00");
    assert!(life.follows().is_empty());
    life.bounced();
    assert_eq!(life.consent().state, ConsentState::Suspended, "the newest one's does");
}

#[test]
fn a_resend_without_a_bounce_changes_no_due_instant() {
    crate::proves!(D16);
    let mut life = ConsentOpen.life();
    life.at("2026-03-06 10:00").does(&ana(), resend(None));
    assert_eq!(life.follows(), ["notify customer 7"], "the same approval, a new link");
    life.notified();
    assert_eq!(life.due(ClockName::Consent), "2026-03-10 00:00");
    assert_eq!(life.consent().notified_at, Some(t("2026-03-02 10:00")));
    assert!(life.follows().is_empty());
}

#[test]
fn after_a_bounce_the_corrected_notice_starts_a_fresh_period() {
    crate::proves!(D16);
    let mut life = Suspended.life();
    life.at("2026-03-06 10:00").does(&ana(), resend(Some(CORRECTED)));
    assert_eq!(life.follows(), ["notify customer 7 at the corrected address"]);
    assert_eq!(life.claim().details.customer.contact, id(CORRECTED));
    assert_eq!(life.due(ClockName::Consent), "none", "not before it is accepted");
    life.at("2026-03-06 10:01").notified();
    assert_eq!(life.due(ClockName::Consent), "2026-03-14 00:00");
    assert_eq!(life.consent().notified_at, Some(life.now));
    life.wait_until("2026-03-14 00:00");
    assert!(life.claim().is_handed_off());
}

#[test]
fn the_corrected_notice_may_bounce_as_well() {
    crate::proves!(D16);
    let mut life = Suspended.life();
    let before = life.told.len();
    // Refused for good before it was ever accepted, and then told of once more.
    life.does(&ana(), resend(Some(CORRECTED))).bounced();
    assert_eq!(life.letters_from(before), ["mail partner noticeBounced", "mail lead noticeBounced"]);
    assert_eq!(life.consent().state, ConsentState::Suspended);
    life.does(&ana(), resend(None)).notified();
    assert_eq!(life.due(ClockName::Consent), "2026-03-10 00:00");
}

#[test]
fn the_late_record_of_a_notice_that_bounced_starts_nothing() {
    crate::proves!(D16);
    let mut life = AwaitingNotice.life();
    life.bounced().notified();
    assert_eq!(
        (life.consent().state, life.due(ClockName::Consent)),
        (ConsentState::Suspended, "none".to_owned())
    );
    let (approval, bounced) = life.notice();
    life.does(&ana(), resend(None)).does(&system(), Command::RecordNotified { approval, notice: bounced });
    assert_eq!(life.due(ClockName::Consent), "none", "nor once another is on its way");
}

#[test]
fn the_address_is_corrected_only_after_a_bounce() {
    crate::proves!(D16);
    let mut life = ConsentOpen.life();
    life.refuses(&ana(), resend(Some(CORRECTED)), Kind::IllegalState, Rule::D16);
    assert_eq!(life.claim().details.customer.contact, id(CUSTOMER));
}

#[test]
fn a_notice_recorded_twice_starts_one_period() {
    crate::proves!(D16);
    let mut life = ConsentOpen.life();
    life.at("2026-03-05 10:00").notified();
    assert_eq!(life.due(ClockName::Consent), "2026-03-10 00:00");
    assert!(matches!(life.last().change, Change::CustomerNotified { due_at: None, .. }));
}

#[test]
fn a_delivery_on_a_claim_that_has_moved_on_is_recorded_and_starts_nothing() {
    crate::proves!(D16);
    let mut life = AwaitingNotice.life();
    let (approval, notice) = life.notice();
    life.does(&ana(), withdraw());
    let mut bounced = life.clone();
    life.does(&system(), Command::RecordNotified { approval, notice: notice.clone() });
    assert!(life.claim().clocks.is_empty() && life.follows().is_empty());
    bounced.does(&system(), bounce(approval, notice));
    assert!(bounced.follows().is_empty());
    assert_eq!(bounced.consent().state, ConsentState::Ended);
}

#[test]
fn the_notice_of_an_earlier_approval_starts_nothing_for_the_next() {
    crate::proves!(D16);
    let mut life = ConsentOpen.life();
    let (approval, notice) = life.notice();
    let deny = life.deny();
    life.does(&customer(), deny).does(&ana(), dispute()).does(&remi(), Command::StartReview);
    life.does(&remi(), Command::Approve);
    life.does(&system(), Command::RecordNotified { approval, notice: notice.clone() });
    assert!(life.claim().clocks.is_empty());
    life.does(&system(), bounce(approval, notice));
    assert_eq!(life.consent().state, ConsentState::AwaitingNotice);
}

#[test]
fn an_approved_claim_stays_approved_during_and_after_the_consent_period() {
    crate::proves!(R10);
    let mut life = AwaitingNotice.life();
    life.notified().wait_until("2026-03-09 23:59:59");
    assert_eq!(life.status(), Status::Approved);
    life.wait_until("2026-03-10 00:00").wait_until("2036-03-10 00:00");
    assert_eq!(life.status(), Status::Approved);
}
