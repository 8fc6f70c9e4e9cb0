//! Claims that are closed or handed off (D12).

use super::stages::Stage::*;
use super::*;

use crate::claim::AssessmentState;

const CLOSED: [stages::Stage; 4] = [WindowClosed, RejectedTwice, Withdrawn, Discarded];

#[test]
fn closed_is_rejected_and_no_longer_disputable_or_discarded() {
    crate::proves!(D12);
    for stage in stages::Stage::ALL {
        assert_eq!(stage.scenario().claim().is_closed(), CLOSED.contains(&stage), "{stage:?}");
    }
}

#[test]
fn nobody_may_do_anything_with_a_closed_claim() {
    crate::proves!(D12);
    for stage in CLOSED {
        for who in [ana(), rita(), lena(), customer(), system()] {
            assert_eq!(allowed(stage.scenario().claim(), &who), [], "{stage:?} {}", who.actor.role.as_str());
        }
    }
}

#[test]
fn time_changes_nothing_in_a_closed_claim_before_its_retention_ends() {
    crate::proves!(D12);
    for stage in CLOSED {
        let mut scenario = stage.scenario();
        let before = scenario.claim().clone();
        scenario.now = before.keeps_until().unwrap() - chrono::TimeDelta::minutes(1);
        scenario.does(&system(), Command::ApplyDue);
        assert_eq!(*scenario.claim(), before, "{stage:?}");
    }
}

#[test]
fn the_record_of_a_delivery_changes_nothing_else_in_a_closed_claim() {
    crate::proves!(D12);
    for stage in CLOSED {
        let scenario = stage.scenario();
        let (approval, notice) = (7, EffectId::new(&id(1), 7, 0));
        let records = [
            Command::RecordNotified { approval, notice: notice.clone() },
            bounce(approval, notice.clone()),
            Command::RecordAssessmentSent { message_id: notice, state: AssessmentState::Recalled },
        ];
        for record in records {
            let mut scenario = scenario.clone();
            let before = serde_json::to_value(scenario.claim()).unwrap();
            scenario.now = scenario.claim().keeps_until().unwrap() - chrono::TimeDelta::minutes(1);
            scenario.does(&system(), record);
            assert!(scenario.follows().is_empty(), "{stage:?}: and nothing follows");
            let mut after = serde_json::to_value(scenario.claim()).unwrap();
            for field in ["version", "lastEventAt", "updatedAt"] {
                after[field] = before[field].clone();
            }
            assert_eq!(after, before, "{stage:?}");
        }
    }
}

#[test]
fn on_a_claim_handed_off_only_withdrawal_the_end_and_comments_follow() {
    crate::proves!(D12);
    let scenario = HandedOff.scenario();
    assert!(scenario.claim().is_handed_off());
    assert_eq!(allowed(scenario.claim(), &ana()), [Action::Withdraw, Action::Comment]);
    let reviewers = [Action::Comment, Action::Note, Action::EndAssociation];
    assert_eq!(allowed(scenario.claim(), &rita()), reviewers);
    assert_eq!(allowed(scenario.claim(), &lena()), reviewers);
    assert_eq!(allowed(scenario.claim(), &customer()), []);
}

#[test]
fn only_an_approved_claim_whose_consent_has_passed_is_handed_off() {
    crate::proves!(D12);
    for stage in stages::Stage::ALL {
        assert_eq!(stage.scenario().claim().is_handed_off(), stage == HandedOff, "{stage:?}");
    }
    let mut scenario = HandedOff.scenario();
    scenario.does(&ana(), withdraw());
    assert!(!scenario.claim().is_handed_off());
}
