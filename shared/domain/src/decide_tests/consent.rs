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
    assert_eq!(rejected.rejection.note, None);
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
fn the_reason_that_a_customer_gives_is_the_rejections_note() {
    crate::proves!(R15);
    let mut scenario = ConsentOpen.scenario();
    let approval = scenario.notice().0;
    let why = "We work with somebody else.\nSince May.";
    scenario.does(&customer(), Command::Deny { approval, note: Some(why.to_owned()) });
    assert_eq!(scenario.claim().rejection.clone().unwrap().rejection.note.as_deref(), Some(why));
}

#[test]
fn a_denials_reason_outlives_the_dispute_and_the_next_approval() {
    crate::proves!(R15);
    let mut scenario = ConsentOpen.scenario();
    let approval = scenario.notice().0;
    let why = "We work with somebody else.";
    scenario.does(&customer(), Command::Deny { approval, note: Some(why.to_owned()) });
    scenario.does(&ana(), dispute());
    scenario.does(&remi(), Command::StartReview);
    scenario.does(&remi(), Command::Approve { confirm_contact: false });
    let denied = scenario.claim().consent_to(approval).unwrap();
    assert_eq!((denied.state, denied.note.as_deref()), (ConsentState::Denied, Some(why)));
    assert_eq!(scenario.consent().note, None);
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
        scenario.at("2026-03-06 10:00").does(&customer(), deny);
        assert_eq!(scenario.status(), Status::Rejected, "{stage:?}");
    }
}

#[test]
fn a_link_is_bound_to_one_approval() {
    crate::proves!(D9);
    let mut scenario = ConsentOpen.scenario();
    let first = scenario.deny();
    scenario.does(&customer(), first.clone()).does(&ana(), dispute()).does(&remi(), Command::StartReview);
    scenario.does(&remi(), APPROVE).notified();
    let before = scenario.told.len();
    scenario.does(&customer(), first);
    assert_eq!((scenario.told.len(), scenario.status()), (before, Status::Approved), "shows its own result");
    scenario.refuses(&customer(), Command::Deny { approval: 99, note: None }, Kind::NotFound, Rule::R1);
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
    scenario.at("2026-03-04 10:00").does(&remi(), Command::StartReview).does(&remi(), APPROVE);
    assert_eq!(scenario.claim().consents.len(), 2);
    assert_eq!(scenario.consent().state, ConsentState::AwaitingNotice);
    scenario.notified();
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-12 00:00");
}

#[test]
fn a_bounce_of_the_only_notice_suspends_and_tells_partner_and_lead() {
    crate::proves!(D16);
    for stage in [AwaitingNotice, ConsentOpen] {
        let mut scenario = stage.scenario();
        let before = scenario.told.len();
        scenario.bounced();
        assert_eq!(scenario.letters_from(before), ["mail partner noticeBounced", "mail lead noticeBounced"]);
        assert_eq!((scenario.consent().state, scenario.consent().due_at), (ConsentState::Suspended, None));
        assert_eq!(scenario.due(ClockName::NoticeCorrection), "2026-03-10 00:00");
        scenario.wait_until("2026-03-09 23:59:59");
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
fn one_notice_that_arrived_keeps_the_period_running() {
    crate::proves!(D16);
    for bounces in [0, 1] {
        let mut scenario = ConsentOpen.scenario();
        let (approval, first) = scenario.notice();
        scenario.does(&ana(), resend(None)).notified();
        let notices = [first, scenario.notice().1];
        scenario.does(&system(), bounce(approval, notices[bounces].clone()));
        assert_eq!(
            scenario.consent().state,
            ConsentState::Open,
            "notice {bounces} bounced, the other arrived"
        );
        assert_eq!(scenario.due(ClockName::Consent), "2026-03-10 00:00");
        assert!(scenario.follows().is_empty());
        scenario.does(&system(), bounce(approval, notices[1 - bounces].clone()));
        assert_eq!(scenario.consent().state, ConsentState::Suspended, "none is left");
        assert_eq!(scenario.due(ClockName::Consent), "none");
    }
}

#[test]
fn a_notice_that_bounces_while_the_next_is_on_its_way_suspends() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    let (approval, first) = scenario.notice();
    scenario.does(&ana(), resend(None)).does(&system(), bounce(approval, first));
    assert_eq!(scenario.consent().state, ConsentState::Suspended, "the second is not accepted yet");
    scenario.at("2026-03-03 10:00").notified();
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-11 00:00", "a fresh period");
    assert_eq!(scenario.due(ClockName::NoticeCorrection), "none");
}

#[test]
fn no_order_of_bounces_hands_a_claim_off_of_which_no_notice_arrived() {
    crate::proves!(D16);
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut scenario = ConsentOpen.scenario();
        let approval = scenario.notice().0;
        let mut notices = vec![scenario.notice().1];
        for day in ["2026-03-03 10:00", "2026-03-04 10:00"] {
            scenario.at(day).does(&ana(), resend(None)).notified();
            notices.push(scenario.notice().1);
        }
        for (heard, place) in order.into_iter().enumerate() {
            assert_eq!(scenario.consent().state, ConsentState::Open, "{order:?}: {heard} of 3 bounced");
            scenario.does(&system(), bounce(approval, notices[place].clone()));
        }
        assert_eq!(scenario.consent().state, ConsentState::Suspended, "{order:?}");
        scenario.wait_until("2027-03-04 10:00");
        assert_eq!((scenario.status(), &scenario.claim().assessment), (Status::Rejected, &None), "{order:?}");
    }
}

#[test]
fn nobody_reached_in_five_business_days_rejects_and_frees_the_products() {
    crate::proves!(D16);
    let mut scenario = Suspended.scenario();
    assert!(!scenario.claim().held().is_empty());
    scenario.wait_until("2026-03-10 00:00");
    let rejected = scenario.claim().rejection.clone().unwrap();
    assert_eq!(rejected.rejection.reason, RejectCode::Other);
    assert_eq!(rejected.rejection.note.as_deref(), Some("the customer could not be notified"));
    assert!(rejected.rejection.disputable && scenario.claim().held().is_empty());
    assert_eq!(scenario.consent().state, ConsentState::Ended);
    assert_eq!(scenario.follows()[0], "mail partner rejected");
    let deny = scenario.deny();
    scenario.refuses(&customer(), deny, Kind::ConsentEnded, Rule::R13);
}

#[test]
fn a_customer_not_reached_after_a_dispute_rejects_for_good() {
    crate::proves!(D6, D16);
    let mut scenario = DisputeMine.scenario();
    scenario.does(&rita(), APPROVE).bounced().wait_until("2027-03-02 10:00");
    assert!(scenario.claim().is_closed());
}

#[test]
fn the_time_for_a_corrected_address_ends_with_what_the_rule_names() {
    crate::proves!(D16);
    let all: Vec<_> = details().named().cloned().collect();
    for (who, command) in
        [(ana(), withdraw()), (customer(), Suspended.scenario().deny()), (rita(), end_association(&all))]
    {
        let mut scenario = Suspended.scenario();
        scenario.does(&who, command);
        assert_eq!(scenario.due(ClockName::NoticeCorrection), "none");
    }
    let mut scenario = Suspended.scenario();
    scenario.does(&ana(), resend(None));
    assert_eq!(
        scenario.due(ClockName::NoticeCorrection),
        "2026-03-10 00:00",
        "a resend alone does not end it"
    );
    scenario.at("2026-03-03 10:00").bounced();
    assert_eq!(scenario.due(ClockName::NoticeCorrection), "2026-03-11 00:00", "it is suspended anew");
    scenario.does(&ana(), resend(None)).notified();
    assert_eq!(scenario.due(ClockName::NoticeCorrection), "none");
}

#[test]
fn a_parked_notice_tried_again_by_hand_starts_a_period_when_accepted() {
    crate::proves!(D16);
    let mut scenario = AwaitingNotice.scenario();
    let (approval, notice) = scenario.notice();
    let parked = Command::RecordNoticeFailed {
        approval,
        notice: notice.clone(),
        why: "the notice could not be sent".to_owned(),
        parked: true,
    };
    scenario.does(&system(), parked);
    assert_eq!(scenario.consent().state, ConsentState::Suspended);
    scenario
        .at("2026-03-04 10:00")
        .does(&system(), Command::RecordNotified { approval, notice: notice.clone() });
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-12 00:00");
    assert_eq!(scenario.due(ClockName::NoticeCorrection), "none");
    scenario.does(&system(), bounce(approval, notice));
    assert_eq!(scenario.consent().state, ConsentState::Suspended, "and it may bounce like any other");
}

#[test]
fn a_notice_is_sent_again_without_a_failure_once_in_a_day_and_five_times() {
    crate::proves!(D16);
    let mut scenario = ConsentOpen.scenario();
    scenario.program.periods =
        scenario.program.periods.with(ClockName::Consent, crate::calendar::Period::Days(30));
    scenario = {
        let mut again = scenario.clone();
        again.bounced();
        again.does(&ana(), resend(None)).notified();
        again
    };
    for day in 3..8 {
        scenario.at(&format!("2026-03-0{day} 10:00")).does(&ana(), resend(None)).notified();
        if day < 7 {
            scenario.at(&format!("2026-03-0{} 09:59:59", day + 1));
            let refusal = scenario.refuses(&ana(), resend(None), Kind::NoticeLimit, Rule::D16);
            assert_eq!(refusal.retry_at, Some(t(&format!("2026-03-0{} 10:00", day + 1))));
            assert!(refusal.next.contains(&format!("2026-03-0{}T10:00:00Z", day + 1)));
        }
    }
    scenario.at("2026-03-20 10:00").refuses(&ana(), resend(None), Kind::IllegalState, Rule::D16);
    assert!(!allowed(scenario.claim(), &ana()).contains(&Action::ResendNotice));
    let (approval, newest) = scenario.notice();
    let notices: Vec<_> = scenario.consent().accepted.iter().cloned().collect();
    for notice in notices.into_iter().chain([newest]) {
        scenario.does(&system(), bounce(approval, notice));
    }
    scenario.does(&ana(), resend(None));
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
    scenario.does(&remi(), APPROVE);
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
