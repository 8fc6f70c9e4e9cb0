//! History (R26, D11, D13, I2): versions, revisions, and what the partner sees of them.

use super::stages::Stage::{self, *};
use super::*;
use crate::evolve::evolve;

#[test]
fn replaying_the_events_gives_the_claim_and_its_version_is_their_number() {
    crate::proves!(I2);
    for stage in Stage::ALL {
        let life = stage.life();
        let replayed = life.told.iter().fold(None, |claim, (event, _)| evolve(claim, event));
        assert_eq!(replayed, life.claim, "{stage:?}");
        assert_eq!(life.claim().version, life.told.len() as u64);
        let versions: Vec<_> = life.told.iter().map(|(event, _)| event.version).collect();
        assert_eq!(versions, (1..=life.claim().version).collect::<Vec<_>>());
    }
}

#[test]
fn a_history_that_does_not_begin_with_creation_is_no_claim() {
    crate::proves!(I2);
    let life = Submitted.life();
    assert_eq!(life.told.iter().skip(1).fold(None, |claim, (event, _)| evolve(claim, event)), None);
}

#[test]
fn a_claim_and_its_events_are_stored_and_read_back_unchanged() {
    crate::proves!(I2);
    for stage in Stage::ALL {
        let life = stage.life();
        let claim: Claim = serde_json::from_str(&serde_json::to_string(life.claim()).unwrap()).unwrap();
        assert_eq!(claim, *life.claim(), "{stage:?}");
        for (event, effects) in &life.told {
            let read: Event = serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap();
            assert_eq!(read, *event);
            let read: Vec<Effect> = serde_json::from_str(&serde_json::to_string(effects).unwrap()).unwrap();
            assert_eq!(read, *effects);
        }
    }
}

#[test]
fn every_event_tells_who_in_which_role_and_when() {
    crate::proves!(R26);
    let mut life = Submitted.life();
    life.at("2026-03-03 11:00").does(&rita(), Command::StartReview);
    assert_eq!((life.last().actor.role, life.last().actor.name.as_str()), (Role::Reviewer, "Rita"));
    assert_eq!(life.last().at, t("2026-03-03 11:00"));
    life.wait_until("2026-03-11 00:00");
    assert_eq!(life.last().actor.role, Role::System);
    let deny = ConsentOpen.life().deny();
    let mut life = ConsentOpen.life();
    life.does(&customer(), deny);
    assert_eq!(life.last().actor.role, Role::Customer);
}

#[test]
fn events_of_one_command_carry_its_id() {
    crate::proves!(R26);
    let mut life = Mine.life();
    let before = life.told.len();
    life.at("2026-03-10 00:00").does(&rita(), Command::Approve);
    assert_eq!(life.told[before].0.command, life.told[before + 1].0.command);
}

/// Whether the newest event of a life counts as a revision and moves `updatedAt`.
#[track_caller]
fn moves(life: &Life, command: impl Fn(&Life) -> (Caller, Command), revision: bool, updated: bool) {
    let mut life = life.clone();
    let before = life.claim().clone();
    life.now += chrono::TimeDelta::minutes(5);
    let (who, command) = command(&life);
    life.does(&who, command.clone());
    assert_eq!(life.claim().version, before.version + 1);
    assert_eq!(life.claim().revision > before.revision, revision, "{}: revision", command.name());
    assert_eq!(life.claim().updated_at > before.updated_at, updated, "{}: updatedAt", command.name());
}

#[test]
fn a_note_moves_neither_updated_at_nor_the_revision() {
    crate::proves!(D13);
    for stage in Stage::ALL.into_iter().filter(|stage| !stage.life().claim().is_closed()) {
        moves(&stage.life(), |_| (rita(), note()), false, false);
    }
    let mut life = Mine.life();
    life.does(&rita(), note());
    assert!(!life.last().change.is_visible_to_partner());
    assert!(life.follows().is_empty(), "and no mail");
}

#[test]
fn everything_but_notes_is_visible_to_the_partner() {
    crate::proves!(D13);
    for stage in Stage::ALL {
        let life = stage.life();
        assert!(life.told.iter().all(|(event, _)| event.change.is_visible_to_partner()), "{stage:?}");
    }
}

#[test]
fn comments_breaches_and_records_of_deliveries_leave_the_revision_alone() {
    crate::proves!(D11);
    moves(&Mine.life(), |_| (ana(), comment()), false, true);
    moves(&Mine.life(), |_| (rita(), comment()), false, true);
    let mut late = Mine.life();
    late.at("2026-03-10 00:00");
    moves(&late, |_| (system(), Command::ApplyDue), false, true);
    let notified = |life: &Life| {
        let (approval, notice) = life.notice();
        (system(), Command::RecordNotified { approval, notice })
    };
    moves(&AwaitingNotice.life(), notified, false, true);
    let bounced = |life: &Life| {
        let (approval, notice) = life.notice();
        (system(), bounce(approval, notice))
    };
    moves(&ConsentOpen.life(), bounced, false, true);
    let complained = |life: &Life| {
        let (approval, notice) = life.notice();
        (system(), heard(approval, notice, Feedback::Complained))
    };
    moves(&ConsentOpen.life(), complained, false, true);
    moves(&Editing.life(), |_| (ana(), upload(3)), false, true);
    moves(&Mine.life(), |_| (system(), verdict(1, Verdict::Infected)), false, true);
}

#[test]
fn what_a_caller_could_overwrite_counts_as_a_revision() {
    crate::proves!(D11);
    let renamed =
        |life: &Life| (ana(), edit(|details| details.name = "New".to_owned(), &life.claim().details));
    moves(&Editing.life(), renamed, true, true);
    moves(&Editing.life(), |_| (ana(), complete(2)), true, true);
    moves(&Editing.life(), |_| (ana(), Command::Submit), true, true);
    moves(&Editing.life(), |_| (ana(), Command::Discard), true, true);
    moves(&Submitted.life(), |_| (rita(), Command::StartReview), true, true);
    moves(&Mine.life(), |_| (rita(), Command::Release), true, true);
    moves(&Mine.life(), |_| (lena(), Command::TakeOver), true, true);
    moves(&Mine.life(), |_| (rita(), ask()), true, true);
    moves(&Mine.life(), |_| (rita(), Command::Approve), true, true);
    moves(&Mine.life(), |_| (rita(), reject()), true, true);
    moves(&Disputable.life(), |_| (ana(), dispute()), true, true);
    moves(&ConsentOpen.life(), |_| (ana(), withdraw()), true, true);
    moves(&Suspended.life(), |_| (ana(), resend(Some(CORRECTED))), true, true);
    moves(&ConsentOpen.life(), |_| (rita(), end_association(&[workload("Teams")])), true, true);
    moves(&ConsentOpen.life(), |life| (customer(), life.deny()), true, true);
}

#[test]
fn a_life_is_told_from_its_first_event_to_its_last() {
    crate::proves!(R26);
    let mut life = DisputeActionRequired.life();
    life.does(&ana(), comment()).does(&ana(), Command::Submit).does(&rita(), note()).does(&rita(), reject());
    let told = [
        "created",
        "uploadRequested",
        "evidenceAdded",
        "uploadRequested",
        "submitted",
        "reviewStarted",
        "rejected",
        "disputed",
        "assigned",
        "actionRequested",
        "commented",
        "submitted",
        "noted",
        "rejected",
    ];
    assert_eq!(life.names_from(0), told);
}
