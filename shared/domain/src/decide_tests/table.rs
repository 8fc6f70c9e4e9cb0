//! Every cell of the table of statuses and commands: what happens, or the refusal and the rule that it cites. Each test
//! is one command, done by somebody whose role may do it, in every [`Stage`].

use std::collections::BTreeMap;

use super::stages::Stage::{self, *};
use super::*;

/// Does what `command` says at every stage. `rows` give the outcome (`event → status`, or the refusal's kind and rule)
/// and the stages that have it. Every stage must be in a row.
#[track_caller]
fn check(who: &Caller, command: impl Fn(&Scenario) -> Command, rows: &[(&str, &[Stage])]) {
    check_from(Stage::scenario, who, command, rows);
}

/// Like [`check`], from the scenario that `begun` makes of a stage.
#[track_caller]
fn check_from(
    begun: fn(Stage) -> Scenario,
    who: &Caller,
    command: impl Fn(&Scenario) -> Command,
    rows: &[(&str, &[Stage])],
) {
    let mut told: BTreeMap<Stage, &str> = BTreeMap::new();
    for (outcome, stages) in rows {
        for stage in *stages {
            assert_eq!(told.insert(*stage, *outcome), None, "{stage:?} is in two rows");
        }
    }
    for stage in Stage::ALL {
        let mut scenario = begun(stage);
        let before = scenario.told.len();
        let outcome = match scenario.when(who, &command(&scenario)) {
            Err(refusal) => {
                assert_eq!(scenario.told.len(), before, "{stage:?}: a refused command records no event");
                assert_eq!(refusal.status, Some(scenario.status()), "{stage:?}: a refusal names the status");
                assert!(
                    !refusal.detail.is_empty() && !refusal.next.is_empty(),
                    "{stage:?}: a refusal says what is wrong and how to go on"
                );
                format!("{:?} {}", refusal.kind, refusal.rule)
            }
            Ok(()) => match scenario.told.len() - before {
                0 => "nothing".to_owned(),
                1 => format!("{} → {}", name_of(&scenario.last().change), scenario.status().as_str()),
                more => panic!("{stage:?}: {more} events"),
            },
        };
        assert_eq!(Some(&outcome.as_str()), told.get(&stage), "{stage:?}");
    }
}

/// The stages in which the claim is under review in its dispute.
const ANY_DISPUTE: [Stage; 3] = [DisputeUnassigned, DisputeMine, DisputeOfMyRejection];

#[test]
fn a_claim_is_created_once() {
    crate::proves!(R6, R24);
    let create = |_: &Scenario| Command::Create {
        id: id(1),
        partner: "contoso-partners".parse().unwrap(),
        details: details(),
        from: None,
    };
    check(&ana(), create, &[("IllegalState R6", &Stage::ALL)]);
    assert_eq!(Scenario::begun(details()).status(), Status::Editing);
}

#[test]
fn fields_are_edited_while_editing_submitted_or_action_is_required() {
    crate::proves!(R24);
    check(
        &ana(),
        |scenario| edit(|details| details.mpn_id = "1002".parse().unwrap(), &scenario.claim().details),
        &[
            ("edited → editing", &[Editing]),
            ("edited → submitted", &[Submitted]),
            ("edited → partnerActionRequired", &[ActionRequired, DisputeActionRequired]),
            ("IllegalState R24", &[Unassigned, Mine, Anothers]),
            ("IllegalState R24", &ANY_DISPUTE),
            ("IllegalState R24", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            ("IllegalState R24", &[Disputable, WindowClosed, RejectedTwice, Withdrawn, Discarded]),
        ],
    );
}

#[test]
fn documents_are_added_where_fields_are_edited_and_for_a_dispute() {
    crate::proves!(R24);
    check(
        &ana(),
        |_| upload(3),
        &[
            ("uploadRequested → editing", &[Editing]),
            ("uploadRequested → submitted", &[Submitted]),
            ("uploadRequested → partnerActionRequired", &[ActionRequired, DisputeActionRequired]),
            ("uploadRequested → rejected", &[Disputable]),
            ("IllegalState R24", &[Unassigned, Mine, Anothers]),
            ("IllegalState R24", &ANY_DISPUTE),
            ("IllegalState R24", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            ("DisputeOver R20", &[WindowClosed]),
            ("IllegalState R24", &[RejectedTwice, Withdrawn, Discarded]),
        ],
    );
}

#[test]
fn an_upload_is_completed_where_documents_can_be_added_and_in_a_dispute() {
    crate::proves!(R24, R20, D20);
    check_from(
        Stage::with_announcement,
        &ana(),
        |_| complete(2),
        &[
            ("evidenceAdded → editing", &[Editing]),
            ("evidenceAdded → submitted", &[Submitted]),
            ("evidenceAdded → partnerActionRequired", &[ActionRequired, DisputeActionRequired]),
            ("evidenceAdded → rejected", &[Disputable]),
            ("evidenceAdded → underReview", &ANY_DISPUTE),
            ("IllegalState R24", &[Unassigned, Mine, Anothers]),
            ("IllegalState R24", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            ("DisputeOver R20", &[WindowClosed]),
            ("IllegalState R24", &[RejectedTwice, Withdrawn, Discarded]),
        ],
    );
}

#[test]
fn a_document_completed_twice_changes_nothing_the_second_time() {
    check(&ana(), |_| complete(1), &[("nothing", &Stage::ALL)]);
}

#[test]
fn only_a_claim_being_edited_is_discarded() {
    crate::proves!(D8);
    check(
        &ana(),
        |_| Command::Discard,
        &[
            ("discarded → discarded", &[Editing]),
            (
                "IllegalState D8",
                &[Submitted, Unassigned, Mine, Anothers, ActionRequired, DisputeActionRequired],
            ),
            ("IllegalState D8", &ANY_DISPUTE),
            ("IllegalState D8", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            ("IllegalState D8", &[Disputable, WindowClosed, RejectedTwice, Withdrawn, Discarded]),
        ],
    );
}

#[test]
fn a_claim_is_submitted_once_and_again_when_action_was_asked_for() {
    crate::proves!(R6, R7, R9);
    check(
        &ana(),
        |_| Command::Submit,
        &[
            ("submitted → submitted", &[Editing, ActionRequired]),
            // D6: resubmitting in a dispute returns to the review.
            ("submitted → underReview", &[DisputeActionRequired]),
            ("IllegalState R6", &[Submitted, Unassigned, Mine, Anothers]),
            ("IllegalState R6", &ANY_DISPUTE),
            ("IllegalState R6", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            ("IllegalState R6", &[Disputable, WindowClosed, RejectedTwice, Withdrawn, Discarded]),
        ],
    );
}

#[test]
fn nobody_is_told_to_wait_for_a_reviewer_who_has_decided() {
    crate::proves!(R6);
    for stage in [ConsentOpen, HandedOff, Disputable, RejectedTwice, Withdrawn, Discarded] {
        let refusal = Stage::scenario(stage).when(&ana(), &Command::Submit).unwrap_err();
        assert!(refusal.next.contains("clone the claim"), "{stage:?}: {}", refusal.next);
    }
    for stage in [Submitted, Mine] {
        let refusal = Stage::scenario(stage).when(&ana(), &Command::Submit).unwrap_err();
        assert!(refusal.next.starts_with("Wait for the reviewer"), "{stage:?}: {}", refusal.next);
    }
}

#[test]
fn a_partner_withdraws_from_submitted_on_and_not_once_rejected() {
    crate::proves!(D8);
    check(
        &ana(),
        |_| withdraw(),
        &[
            ("rejected → rejected", &[Submitted, Unassigned, Mine, Anothers]),
            ("rejected → rejected", &ANY_DISPUTE),
            ("rejected → rejected", &[ActionRequired, DisputeActionRequired]),
            ("rejected → rejected", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            ("IllegalState D8", &[Editing, Disputable, WindowClosed, RejectedTwice, Withdrawn, Discarded]),
        ],
    );
}

#[test]
fn a_rejection_is_disputed_once_in_time_unless_the_partner_asked_for_it() {
    crate::proves!(R20, D6, D7);
    check(
        &ana(),
        |_| dispute(),
        &[
            ("disputed → underReview", &[Disputable]),
            ("DisputeOver R20", &[WindowClosed]),
            ("NotDisputable D6", &[RejectedTwice]),
            ("NotDisputable D7", &[Withdrawn]),
            ("IllegalState R20", &[Editing, Submitted, Unassigned, Mine, Anothers]),
            ("IllegalState R20", &ANY_DISPUTE),
            ("IllegalState R20", &[ActionRequired, DisputeActionRequired]),
            ("IllegalState R20", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff, Discarded]),
        ],
    );
}

#[test]
fn a_notice_is_sent_again_while_the_customer_can_deny() {
    crate::proves!(D16);
    check(
        &ana(),
        |_| resend(None),
        &[
            ("noticeResent → approved", &[ConsentOpen, Suspended]),
            ("IllegalState D16", &[AwaitingNotice, HandedOff]),
            ("IllegalState D16", &[Editing, Submitted, Unassigned, Mine, Anothers]),
            ("IllegalState D16", &ANY_DISPUTE),
            ("IllegalState D16", &[ActionRequired, DisputeActionRequired]),
            ("IllegalState D16", &[Disputable, WindowClosed, RejectedTwice, Withdrawn, Discarded]),
        ],
    );
}

/// The stages of a closed claim.
const CLOSED: [Stage; 4] = [WindowClosed, RejectedTwice, Withdrawn, Discarded];

#[test]
fn partners_comment_until_the_claim_is_closed() {
    crate::proves!(R25, D12);
    comments(&ana(), comment, "commented");
}

#[test]
fn reviewers_comment_until_the_claim_is_closed() {
    crate::proves!(R25, D12);
    comments(&rita(), comment, "commented");
}

#[test]
fn reviewers_leave_notes_until_the_claim_is_closed() {
    crate::proves!(D12, D13);
    comments(&rita(), note, "noted");
}

#[track_caller]
fn comments(who: &Caller, command: fn() -> Command, event: &str) {
    let to = |status: &str| format!("{event} → {status}");
    check(
        who,
        |_| command(),
        &[
            (&to("editing"), &[Editing]),
            (&to("submitted"), &[Submitted]),
            (&to("underReview"), &[Unassigned, Mine, Anothers]),
            (&to("underReview"), &ANY_DISPUTE),
            (&to("partnerActionRequired"), &[ActionRequired, DisputeActionRequired]),
            (&to("approved"), &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            (&to("rejected"), &[Disputable]),
            ("IllegalState D12", &CLOSED),
        ],
    );
}

#[test]
fn a_review_starts_once_and_an_unassigned_one_is_taken() {
    crate::proves!(R8, D17);
    check(
        &rita(),
        |_| Command::StartReview,
        &[
            ("reviewStarted → underReview", &[Submitted]),
            ("assigned → underReview", &[Unassigned, DisputeUnassigned]),
            ("AnotherReviewer D17", &[DisputeOfMyRejection]),
            ("IllegalState D17", &[Mine, Anothers, DisputeMine]),
            ("IllegalState R8", &[Editing, ActionRequired, DisputeActionRequired]),
            ("IllegalState R8", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff, Disputable]),
            ("IllegalState R8", &CLOSED),
        ],
    );
}

#[test]
fn the_assigned_reviewer_releases() {
    crate::proves!(D17);
    check(
        &rita(),
        |_| Command::Release,
        &[
            ("released → underReview", &[Mine, DisputeMine]),
            ("released → partnerActionRequired", &[ActionRequired, DisputeActionRequired]),
            ("NotAssigned D17", &[Anothers]),
            ("IllegalState D17", &[Editing, Submitted, Unassigned, Disputable]),
            ("IllegalState D17", &[DisputeUnassigned, DisputeOfMyRejection]),
            ("IllegalState D17", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            ("IllegalState D17", &CLOSED),
        ],
    );
}

#[test]
fn the_lead_takes_over_what_is_in_review() {
    crate::proves!(D17);
    check(
        &lena(),
        |_| Command::TakeOver,
        &[
            ("takenOver → underReview", &[Unassigned, Mine, Anothers]),
            ("takenOver → underReview", &ANY_DISPUTE),
            ("takenOver → partnerActionRequired", &[ActionRequired, DisputeActionRequired]),
            ("IllegalState D17", &[Editing, Submitted, Disputable]),
            ("IllegalState D17", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            ("IllegalState D17", &CLOSED),
        ],
    );
}

/// What only the assigned reviewer does, under review, and never in a dispute of their own rejection.
#[track_caller]
fn decides(command: fn() -> Command, outcome: &str) {
    check(
        &rita(),
        |_| command(),
        &[
            (outcome, &[Mine, DisputeMine]),
            ("AnotherReviewer D17", &[DisputeOfMyRejection]),
            ("NotAssigned D17", &[Unassigned, Anothers, DisputeUnassigned]),
            ("IllegalState R8", &[Editing, Submitted, ActionRequired, DisputeActionRequired, Disputable]),
            ("IllegalState R8", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            ("IllegalState R8", &CLOSED),
        ],
    );
}

#[test]
fn the_assigned_reviewer_asks_for_action_except_after_their_own_rejection() {
    crate::proves!(R8, R9, D17);
    decides(ask, "actionRequested → partnerActionRequired");
}

#[test]
fn the_assigned_reviewer_approves_except_after_their_own_rejection() {
    crate::proves!(R8, R10, D17);
    decides(|| APPROVE, "approved → approved");
}

#[test]
fn the_assigned_reviewer_rejects_except_after_their_own_rejection() {
    crate::proves!(R8, R11, D17);
    decides(reject, "rejected → rejected");
}

#[test]
fn an_association_is_ended_while_the_claim_is_approved() {
    crate::proves!(D15);
    check(
        &rita(),
        |_| end_association(&[workload("Exchange")]),
        &[
            ("productsRemoved → approved", &[AwaitingNotice, ConsentOpen, Suspended, HandedOff]),
            ("IllegalState D15", &[Editing, Submitted, Unassigned, Mine, Anothers, Disputable]),
            ("IllegalState D15", &ANY_DISPUTE),
            ("IllegalState D15", &[ActionRequired, DisputeActionRequired]),
            ("IllegalState D15", &CLOSED),
        ],
    );
}

#[test]
fn the_customer_denies_from_the_approval_until_the_period_ends() {
    crate::proves!(R13, R15, D9);
    check(
        &customer(),
        Scenario::deny,
        &[
            ("rejected → rejected", &[AwaitingNotice, ConsentOpen, Suspended]),
            ("ConsentEnded R13", &[HandedOff]),
            // No approval, no link: there is nothing to deny.
            ("NotFound R1", &[Editing, Submitted, Unassigned, Mine, Anothers, Disputable]),
            ("NotFound R1", &ANY_DISPUTE),
            ("NotFound R1", &[ActionRequired, DisputeActionRequired]),
            ("NotFound R1", &CLOSED),
        ],
    );
}

#[test]
fn applying_what_is_due_does_nothing_before_anything_is_due() {
    crate::proves!(I3);
    check(&system(), |_| Command::ApplyDue, &[("nothing", &Stage::ALL)]);
}

/// I5: a delivery is recorded whatever the claim's status, and does not change it.
#[track_caller]
fn records(command: fn(&Scenario) -> Command, event: &str) {
    for stage in Stage::ALL {
        let mut scenario = stage.scenario();
        let status = scenario.status();
        let record = command(&scenario);
        scenario.does(&system(), record);
        assert_eq!(
            (name_of(&scenario.last().change).as_str(), scenario.status()),
            (event, status),
            "{stage:?}"
        );
    }
}

#[test]
fn the_acceptance_of_a_notice_is_recorded_everywhere() {
    crate::proves!(D12, D16);
    records(
        |_| Command::RecordNotified { approval: 7, notice: EffectId::new(&id(1), 7, 0) },
        "customerNotified",
    );
}

#[test]
fn the_failure_of_a_notice_is_recorded_everywhere() {
    crate::proves!(D12, D16);
    records(|_| bounce(7, EffectId::new(&id(1), 7, 0)), "noticeFailed");
}

#[test]
fn the_acceptance_of_a_message_to_assessment_is_recorded_everywhere() {
    crate::proves!(D12, R14);
    records(
        |_| Command::RecordAssessmentSent {
            message_id: EffectId::new(&id(1), 9, 0),
            state: crate::claim::AssessmentState::Requested,
        },
        "assessmentSent",
    );
}
