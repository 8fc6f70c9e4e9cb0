//! What is true of every scenario.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::lives::{Moment, lived, plans};
use super::*;

use crate::claim::{AssessmentState, ConsentState, DropReason};
use crate::clock::ClockChange;
use crate::decide::Opened;
use crate::evolve::evolve;

/// Checks a property of 256 lives.
fn holds(property: impl Fn(&Scenario, &[Moment]) -> TestCaseResult) {
    let config = ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let lives = runner.run(&plans(), |(program, steps)| {
        let (scenario, moments) = lived(program, &steps);
        property(&scenario, &moments)
    });
    if let Err(fault) = lives {
        panic!("{fault}");
    }
}

#[test]
fn replaying_the_events_gives_the_claim() {
    crate::proves!(I2);
    holds(|scenario, _| {
        let replayed = scenario.told.iter().fold(None, |claim, (event, _)| evolve(claim, event));
        prop_assert_eq!(&replayed, &scenario.claim);
        Ok(())
    });
}

#[test]
fn the_version_is_the_number_of_events() {
    crate::proves!(I2);
    holds(|scenario, moments| {
        prop_assert_eq!(scenario.claim().version, scenario.told.len() as u64);
        for (index, (event, _)) in scenario.told.iter().enumerate() {
            prop_assert_eq!(event.version, index as u64 + 1);
        }
        for moment in moments {
            let before = moment.before.as_ref().map_or(0, |claim| claim.version);
            let after = moment.decision.claim.as_ref().map_or(0, |claim| claim.version);
            prop_assert_eq!(after - before, moment.decision.events.len() as u64);
        }
        Ok(())
    });
}

#[test]
fn history_runs_forward() {
    crate::proves!(I9);
    holds(|scenario, _| {
        prop_assert!(scenario.told.windows(2).all(|pair| pair[0].0.at <= pair[1].0.at));
        Ok(())
    });
}

#[test]
fn nothing_changes_a_closed_claim_but_records_and_the_end_of_retention() {
    crate::proves!(D12);
    holds(|_, moments| {
        for moment in moments {
            if !moment.before.as_ref().is_some_and(Claim::is_closed) {
                continue;
            }
            let records = moment.decision.events.iter().all(|(event, _)| {
                matches!(
                    event.change,
                    Change::CustomerNotified { due_at: None, .. }
                        | Change::NoticeFailed { suspends: false, .. }
                        | Change::NoticeSoftBounced { .. }
                        | Change::NoticeComplained { .. }
                        | Change::EmailBounced { .. }
                        | Change::EvidenceScanned { .. }
                        | Change::AssessmentSent { .. }
                        | Change::Erased { .. }
                )
            });
            prop_assert!(records, "{:?}", moment.command);
            // The lead is told that the partner may not know how it ended (D18).
            let is_quiet = |(event, effects): &(Event, Vec<Effect>)| {
                effects.is_empty()
                    || matches!(event.change, Change::EmailBounced { .. } | Change::Erased { .. })
            };
            prop_assert!(moment.decision.events.iter().all(is_quiet));
            let status = |claim: &Option<Claim>| claim.as_ref().map(|claim| (claim.status, claim.revision));
            let erased = moment.decision.events.iter().filter(|(event, _)| is_erased(event)).count();
            let expected =
                status(&moment.before).map(|(status, revision)| (status, revision + erased as u64));
            prop_assert!(erased <= 1);
            prop_assert_eq!(expected, status(&moment.decision.claim));
        }
        Ok(())
    });
}

fn is_erased(event: &Event) -> bool {
    matches!(event.change, Change::Erased { .. })
}

#[test]
fn a_claim_is_erased_once_after_it_was_closed_and_kept_long_enough() {
    crate::proves!(D22);
    holds(|scenario, _| {
        let claim = scenario.claim();
        let erased: Vec<_> = scenario.told.iter().filter(|(event, _)| is_erased(event)).collect();
        prop_assert!(erased.len() <= 1);
        prop_assert_eq!(claim.erased_at, erased.first().map(|(event, _)| event.at));
        prop_assert!(erased.iter().all(|(event, _)| claim.kept_until.is_some_and(|until| until <= event.at)));
        // Only the event that closed the claim says until when it keeps what it has.
        let closing = scenario.told.iter().filter(|(event, _)| event.kept_until.is_some()).count();
        prop_assert_eq!(closing, usize::from(claim.is_closed()));
        Ok(())
    });
}

#[test]
fn a_due_instant_is_never_before_its_event() {
    crate::proves!(D1);
    holds(|scenario, _| {
        for (event, _) in &scenario.told {
            for change in &event.clocks {
                if let ClockChange::Armed { due_at, .. } | ClockChange::Resumed { due_at, .. } = change {
                    prop_assert!(*due_at > event.at, "{change:?} at {}", event.at);
                }
            }
        }
        Ok(())
    });
}

#[test]
fn no_clock_that_ticks_is_due_after_a_command() {
    crate::proves!(I3);
    holds(|_, moments| {
        for moment in moments {
            let claim = moment.decision.claim.as_ref().unwrap();
            for (name, clock) in claim.clocks.iter().filter(|(_, clock)| clock.is_ticking()) {
                prop_assert!(clock.due_at > moment.now, "{name:?} after {:?}", moment.command);
            }
        }
        Ok(())
    });
}

#[test]
fn what_expires_does_so_in_due_order_and_never_early() {
    crate::proves!(I3);
    holds(|_, moments| {
        for moment in moments {
            let dues = moment.decision.events.iter().filter_map(|(event, _)| match event.change {
                Change::Breached { due_at, .. }
                | Change::Reminded { due_at, .. }
                | Change::ConsentPassed { due_at }
                | Change::DisputeWindowClosed { due_at, .. }
                | Change::Rejected { due_at: Some(due_at), .. } => Some(due_at),
                _ => None,
            });
            let dues: Vec<_> = dues.collect();
            prop_assert!(dues.is_sorted() && dues.iter().all(|due| *due <= moment.now));
        }
        Ok(())
    });
}

#[test]
fn one_request_per_approval_after_its_notified_period_and_any_recall() {
    crate::proves!(R14, D16);
    holds(|scenario, _| {
        let mut until = std::collections::BTreeMap::new();
        let mut suspended = std::collections::BTreeSet::new();
        let mut requested = std::collections::BTreeSet::new();
        let mut newest: Option<(AssessmentState, EffectId)> = None;
        for (event, effects) in &scenario.told {
            match event.change {
                Change::CustomerNotified { approval, due_at: Some(due_at), .. } => {
                    until.insert(approval, due_at);
                    suspended.remove(&approval);
                }
                Change::NoticeFailed { approval, suspends: true, .. } => {
                    suspended.insert(approval);
                }
                _ => {}
            }
            for (index, effect) in effects.iter().enumerate() {
                let Effect::SendToAssessment { message } = effect else { continue };
                prop_assert_eq!(index, 0, "the claim knows the message by this place");
                prop_assert_eq!(message.follows.as_ref(), newest.as_ref().map(|(_, id)| id));
                let before = newest.as_ref().map(|(state, _)| *state);
                if message.kind == AssessmentState::Requested {
                    let end = until.get(&message.approval);
                    prop_assert!(end.is_some_and(|end| *end <= event.at), "never before");
                    prop_assert!(!suspended.contains(&message.approval), "not without a notice");
                    prop_assert!(requested.insert(message.approval), "one per approval");
                    prop_assert!(matches!(before, None | Some(AssessmentState::Recalled)));
                } else {
                    prop_assert!(matches!(
                        before,
                        Some(AssessmentState::Requested | AssessmentState::Amended)
                    ));
                }
                newest = Some((message.kind, EffectId::new(&message.claim_id, event.version, 0)));
            }
        }
        let said =
            scenario.claim().assessment.as_ref().map(|newest| (newest.state, newest.message_id.clone()));
        prop_assert_eq!(said, newest);
        Ok(())
    });
}

#[test]
fn the_used_business_days_never_exceed_those_on_the_calendar() {
    crate::proves!(R12, D4);
    holds(|scenario, moments| {
        let calendar = &scenario.program.calendar;
        for moment in moments {
            let claim = moment.decision.claim.as_ref().unwrap();
            for clock in claim.clocks.values().filter(|clock| clock.used > 0) {
                let passed = calendar.business_days_between(
                    calendar.day_of(clock.started_at),
                    calendar.day_of(claim.last_event_at),
                );
                prop_assert!(clock.used <= passed.min(10), "{} of {passed}", clock.used);
            }
        }
        Ok(())
    });
}

/// The kinds with which the policy refuses: by role, by status, by assignment.
fn action_of(command: &Command) -> Option<Action> {
    Some(match command {
        Command::Edit { .. } => Action::Edit,
        Command::RequestUpload { .. } => Action::AddEvidence,
        Command::Discard => Action::Discard,
        Command::Submit => Action::Submit,
        Command::Withdraw { .. } => Action::Withdraw,
        Command::Dispute { .. } => Action::Dispute,
        Command::ResendNotice { correction: None } => Action::ResendNotice,
        Command::Comment { .. } => Action::Comment,
        Command::Note { .. } => Action::Note,
        Command::StartReview => Action::StartReview,
        Command::Release => Action::Release,
        Command::TakeOver => Action::TakeOver,
        Command::RequestAction { .. } => Action::RequestAction,
        Command::Approve { confirm_contact: false } => Action::Approve,
        Command::Reject { .. } => Action::Reject,
        Command::EndAssociation { .. } => Action::EndAssociation,
        _ => return None,
    })
}

#[test]
fn what_is_allowed_is_what_is_decided() {
    holds(|scenario, moments| {
        for moment in moments {
            let Some(action) = action_of(&moment.command) else { continue };
            let seen = crate::decide::as_of(moment.before.as_ref().unwrap(), &scenario.program, moment.now);
            let listed = allowed(&seen, &moment.who).contains(&action);
            match &moment.decision.outcome {
                Ok(()) => prop_assert!(listed, "{action:?} was not allowed and happened"),
                Err(refusal) => {
                    prop_assert_eq!(
                        listed,
                        !refusal.kind.is_by_role_or_status(),
                        "{:?}: {:?}",
                        action,
                        refusal.kind
                    );
                    prop_assert_eq!(refusal.allowed.contains(&action), listed);
                }
            }
        }
        Ok(())
    });
}

#[test]
fn a_refused_command_commits_what_was_due_and_nothing_else() {
    crate::proves!(I3);
    // D20: that what was uploaded is not the announced document is refused, and frees the place at once.
    let has_failed = |moment: &&Moment| {
        let last = moment.decision.events.last().map(|(event, _)| &event.change);
        matches!(last, Some(Change::UploadsDropped { why: DropReason::Mismatched, .. }))
    };
    holds(|scenario, moments| {
        let refused = moments.iter().filter(|moment| moment.decision.outcome.is_err());
        for moment in refused.filter(|moment| !has_failed(moment)) {
            let command = "00000000000000000000000000".parse().unwrap();
            let opened = Opened::at(moment.before.clone(), &scenario.program, &command, moment.now);
            prop_assert_eq!(opened.claim(), moment.decision.claim.as_ref());
        }
        Ok(())
    });
}

#[test]
fn notes_move_neither_updated_at_nor_the_revision() {
    crate::proves!(D13);
    holds(|scenario, moments| {
        for moment in moments.iter().filter(|moment| matches!(moment.command, Command::Note { .. })) {
            let command = "00000000000000000000000000".parse().unwrap();
            let opened = Opened::at(moment.before.clone(), &scenario.program, &command, moment.now);
            let (seen, after) = (opened.claim().unwrap(), moment.decision.claim.as_ref().unwrap());
            prop_assert_eq!((seen.updated_at, seen.revision), (after.updated_at, after.revision));
        }
        Ok(())
    });
}

#[test]
fn claims_events_and_effects_are_stored_and_read_back_unchanged() {
    crate::proves!(I2);
    holds(|scenario, _| {
        let stored = serde_json::to_string(scenario.claim()).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Claim>(&stored).unwrap(), scenario.claim());
        let stored = serde_json::to_string(&scenario.told).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Vec<(Event, Vec<Effect>)>>(&stored).unwrap(), &scenario.told);
        Ok(())
    });
}

#[test]
fn a_timer_is_pending_for_every_clock_that_ticks_and_for_no_other() {
    crate::proves!(I4);
    holds(|scenario, _| {
        let mut pending = std::collections::BTreeMap::new();
        for (event, effects) in &scenario.told {
            for effect in effects {
                match effect {
                    Effect::ArmTimer { clock, generation, due_at } => {
                        pending.insert(*clock, (*generation, *due_at));
                    }
                    Effect::DisarmTimer { clock, generation } => {
                        prop_assert_eq!(pending.remove(clock).map(|timer| timer.0), Some(*generation));
                    }
                    _ => {}
                }
            }
            // The timer of a clock that is breached has fired.
            if let Change::Breached { clock, .. } = event.change {
                pending.remove(&clock);
            }
        }
        let ticking = scenario.claim().clocks.iter().filter(|(_, clock)| clock.is_ticking());
        let ticking: std::collections::BTreeMap<_, _> =
            ticking.map(|(name, clock)| (*name, (clock.generation, clock.due_at))).collect();
        prop_assert_eq!(ticking, pending);
        Ok(())
    });
}

#[test]
fn only_an_approved_claim_has_a_consent_that_is_open() {
    crate::proves!(D15, D16);
    holds(|_, moments| {
        for moment in moments {
            let claim = moment.decision.claim.as_ref().unwrap();
            let open = claim.consents.iter().filter(|consent| consent.state.is_open()).count();
            let newest = claim.consents.last().map(|consent| consent.state);
            let approved = claim.status == Status::Approved;
            prop_assert_eq!(open, usize::from(approved && newest != Some(ConsentState::Passed)));
            prop_assert_eq!(
                claim.clocks.contains_key(&ClockName::Consent),
                newest == Some(ConsentState::Open)
            );
            prop_assert_eq!(claim.held().is_empty(), !approved);
        }
        Ok(())
    });
}
