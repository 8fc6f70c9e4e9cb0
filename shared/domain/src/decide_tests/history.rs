//! History (R26, D11, D13, I2): versions, revisions, and what the partner sees of them.

use super::stages::Stage::{self, *};
use super::*;
use crate::evolve::evolve;

#[test]
fn replaying_the_events_gives_the_claim_and_its_version_is_their_number() {
    crate::proves!(I2);
    for stage in Stage::ALL {
        let scenario = stage.scenario();
        let replayed = scenario.told.iter().fold(None, |claim, (event, _)| evolve(claim, event));
        assert_eq!(replayed, scenario.claim, "{stage:?}");
        assert_eq!(scenario.claim().version, scenario.told.len() as u64);
        let versions: Vec<_> = scenario.told.iter().map(|(event, _)| event.version).collect();
        assert_eq!(versions, (1..=scenario.claim().version).collect::<Vec<_>>());
    }
}

#[test]
fn a_history_that_does_not_begin_with_creation_is_no_claim() {
    crate::proves!(I2);
    let scenario = Submitted.scenario();
    assert_eq!(scenario.told.iter().skip(1).fold(None, |claim, (event, _)| evolve(claim, event)), None);
}

#[test]
fn a_claim_and_its_events_are_stored_and_read_back_unchanged() {
    crate::proves!(I2);
    for stage in Stage::ALL {
        let scenario = stage.scenario();
        let claim: Claim = serde_json::from_str(&serde_json::to_string(scenario.claim()).unwrap()).unwrap();
        assert_eq!(claim, *scenario.claim(), "{stage:?}");
        for (event, effects) in &scenario.told {
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
    let mut scenario = Submitted.scenario();
    scenario.at("2026-03-03 11:00").does(&rita(), Command::StartReview);
    assert_eq!((scenario.last().actor.role, scenario.last().actor.name.as_str()), (Role::Reviewer, "Rita"));
    assert_eq!(scenario.last().at, t("2026-03-03 11:00"));
    scenario.wait_until("2026-03-11 00:00");
    assert_eq!(scenario.last().actor.role, Role::System);
    let deny = ConsentOpen.scenario().deny();
    let mut scenario = ConsentOpen.scenario();
    scenario.does(&customer(), deny);
    assert_eq!(scenario.last().actor.role, Role::Customer);
}

#[test]
fn each_command_of_a_partner_records_the_organisations_display_name() {
    crate::proves!(D21);
    let mut scenario = Submitted.scenario();
    assert!(
        scenario.told.iter().all(|(event, _)| event.partner_name.as_deref() == Some("Contoso Consulting"))
    );
    scenario.at("2026-03-03 11:00").does(&rita(), Command::StartReview);
    assert_eq!(scenario.last().partner_name, None);
    // The organisation has another name now; a token without one leaves the last that was known.
    let named = |name: Option<&str>| Caller { partner_name: name.map(str::to_owned), ..ana() };
    scenario.does(&named(Some("Contoso Group")), comment());
    scenario.does(&named(None), comment());
    assert_eq!(scenario.claim().partner_name.as_deref(), Some("Contoso Group"));
    scenario.does(&rita(), APPROVE);
    let (_, effects) = scenario.told.last().unwrap();
    let Some(Effect::NotifyCustomer { about, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(about.partner_name.as_deref(), Some("Contoso Group"));
}

#[test]
fn events_of_one_command_carry_its_id() {
    crate::proves!(R26);
    let mut scenario = Mine.scenario();
    let before = scenario.told.len();
    scenario.at("2026-03-10 00:00").does(&rita(), APPROVE);
    assert_eq!(scenario.told[before].0.command, scenario.told[before + 1].0.command);
}

/// Whether the newest event of a scenario counts as a revision and moves `updatedAt`.
#[track_caller]
fn moves(
    scenario: &Scenario,
    command: impl Fn(&Scenario) -> (Caller, Command),
    revision: bool,
    updated: bool,
) {
    let mut scenario = scenario.clone();
    let before = scenario.claim().clone();
    scenario.now += chrono::TimeDelta::minutes(5);
    let (who, command) = command(&scenario);
    scenario.does(&who, command.clone());
    assert_eq!(scenario.claim().version, before.version + 1);
    assert_eq!(scenario.claim().revision > before.revision, revision, "{}: revision", command.name());
    assert_eq!(scenario.claim().updated_at > before.updated_at, updated, "{}: updatedAt", command.name());
}

#[test]
fn a_note_moves_neither_updated_at_nor_the_revision() {
    crate::proves!(D13);
    for stage in Stage::ALL.into_iter().filter(|stage| !stage.scenario().claim().is_closed()) {
        moves(&stage.scenario(), |_| (rita(), note()), false, false);
    }
    let mut scenario = Mine.scenario();
    scenario.does(&rita(), note());
    assert!(!scenario.last().change.is_visible_to_partner());
    assert!(scenario.follows().is_empty(), "and no email");
}

#[test]
fn everything_but_notes_is_visible_to_the_partner() {
    crate::proves!(D13);
    for stage in Stage::ALL {
        let scenario = stage.scenario();
        assert!(scenario.told.iter().all(|(event, _)| event.change.is_visible_to_partner()), "{stage:?}");
    }
}

#[test]
fn comments_breaches_and_records_of_deliveries_leave_the_revision_alone() {
    crate::proves!(D11);
    moves(&Mine.scenario(), |_| (ana(), comment()), false, true);
    moves(&Mine.scenario(), |_| (rita(), comment()), false, true);
    let mut late = Mine.scenario();
    late.at("2026-03-10 00:00");
    moves(&late, |_| (system(), Command::ApplyDue), false, true);
    let notified = |scenario: &Scenario| {
        let (approval, notice) = scenario.notice();
        (system(), Command::RecordNotified { approval, notice })
    };
    moves(&AwaitingNotice.scenario(), notified, false, true);
    let bounced = |scenario: &Scenario| {
        let (approval, notice) = scenario.notice();
        (system(), bounce(approval, notice))
    };
    moves(&ConsentOpen.scenario(), bounced, false, true);
    let complained = |scenario: &Scenario| {
        let (approval, notice) = scenario.notice();
        (system(), heard(approval, notice, Feedback::Complained))
    };
    moves(&ConsentOpen.scenario(), complained, false, true);
    moves(&Editing.scenario(), |_| (ana(), upload(3)), false, true);
    moves(&Mine.scenario(), |_| (system(), verdict(1, Verdict::Infected)), false, true);
}

#[test]
fn what_a_caller_could_overwrite_counts_as_a_revision() {
    crate::proves!(D11);
    let renamed = |scenario: &Scenario| {
        (ana(), edit(|details| details.name = "New".to_owned(), &scenario.claim().details))
    };
    moves(&Editing.scenario(), renamed, true, true);
    moves(&Editing.with_announcement(), |_| (ana(), complete(2)), true, true);
    moves(&Editing.scenario(), |_| (ana(), Command::Submit), true, true);
    moves(&Editing.scenario(), |_| (ana(), Command::Discard), true, true);
    moves(&Submitted.scenario(), |_| (rita(), Command::StartReview), true, true);
    moves(&Mine.scenario(), |_| (rita(), Command::Release), true, true);
    moves(&Mine.scenario(), |_| (lena(), Command::TakeOver), true, true);
    moves(&Mine.scenario(), |_| (rita(), ask()), true, true);
    moves(&Mine.scenario(), |_| (rita(), APPROVE), true, true);
    moves(&Mine.scenario(), |_| (rita(), reject()), true, true);
    moves(&Disputable.scenario(), |_| (ana(), dispute()), true, true);
    moves(&ConsentOpen.scenario(), |_| (ana(), withdraw()), true, true);
    moves(&Suspended.scenario(), |_| (ana(), resend(Some(CORRECTED))), true, true);
    moves(&ConsentOpen.scenario(), |_| (rita(), end_association(&[workload("Teams")])), true, true);
    moves(&ConsentOpen.scenario(), |scenario| (customer(), scenario.deny()), true, true);
}

#[test]
fn a_life_is_told_from_its_first_event_to_its_last() {
    crate::proves!(R26);
    let mut scenario = DisputeActionRequired.with_announcement();
    scenario
        .does(&ana(), comment())
        .does(&ana(), Command::Submit)
        .does(&rita(), note())
        .does(&rita(), reject());
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
        "uploadsDropped",
    ];
    assert_eq!(scenario.names_from(0), told);
}
