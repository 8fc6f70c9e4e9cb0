//! Documents and the scanner: what its verdicts do, whenever they come.

use super::stages::Stage::{self, *};
use super::*;
use crate::claim::EvidenceState;

const VERDICTS: [Verdict; 3] = [Verdict::Clean, Verdict::Infected, Verdict::Unscannable];

/// The state of a document now.
#[track_caller]
fn state(scenario: &Scenario, evidence: u32) -> EvidenceState {
    let document = scenario.claim().evidence.iter().find(|document| document.id == id(evidence));
    document.expect("a document").state(scenario.now)
}

/// Being edited, with a document that is complete and being scanned.
fn scanning() -> Scenario {
    let mut scenario = Scenario::begun(details());
    scenario.does(&ana(), upload(1)).does(&ana(), complete_scanned(1));
    scenario
}

#[test]
fn a_document_is_scanning_after_its_completion_until_its_verdict() {
    assert_eq!(state(&scanning(), 1), EvidenceState::Scanning);
    let states = [EvidenceState::Clean, EvidenceState::Infected, EvidenceState::Unscannable];
    for (told, expected) in VERDICTS.into_iter().zip(states) {
        let mut scenario = scanning();
        scenario.does(&system(), verdict(1, told));
        assert_eq!(state(&scenario, 1), expected);
        assert_eq!(scenario.names_from(scenario.told.len() - 1), ["evidenceScanned"]);
        let told: &[&str] = if told == Verdict::Clean { &[] } else { &["mail partner documentUnusable"] };
        assert_eq!(scenario.follows(), told, "D18");
    }
}

#[test]
fn a_verdict_may_come_before_the_completion() {
    let mut scenario = Scenario::begun(details());
    scenario.does(&ana(), upload(1)).does(&system(), verdict(1, Verdict::Infected));
    assert_eq!(state(&scenario, 1), EvidenceState::Announced, "the claim does not know yet that it is there");
    scenario.does(&ana(), complete_scanned(1));
    assert_eq!(state(&scenario, 1), EvidenceState::Infected);
}

#[test]
fn verdicts_come_in_any_order_and_more_than_once_and_the_greatest_stands() {
    for first in VERDICTS {
        for second in VERDICTS {
            for third in VERDICTS {
                let mut scenario = scanning();
                for told in [first, second, third, first] {
                    scenario.does(&system(), verdict(1, told));
                }
                let stands = scenario.claim().evidence[0].verdict;
                assert_eq!(stands, [first, second, third].into_iter().max());
            }
        }
    }
    let mut scenario = scanning();
    scenario.does(&system(), verdict(1, Verdict::Clean));
    let before = scenario.told.len();
    scenario.does(&system(), verdict(1, Verdict::Clean)).does(&system(), verdict(1, Verdict::Unscannable));
    assert_eq!(scenario.told.len(), before, "what says no more than was known is not recorded");
}

#[test]
fn a_verdict_is_recorded_wherever_the_claim_stands_and_moves_it_nowhere() {
    crate::proves!(R16);
    for stage in Stage::ALL {
        let mut scenario = stage.scenario();
        let (before, status) = (scenario.told.len(), scenario.status());
        let outcome = scenario.when(&system(), &verdict(1, Verdict::Infected));
        assert_eq!(scenario.status(), status, "{stage:?}");
        // D8: a discarded claim has no documents any more.
        assert_eq!(outcome.is_ok(), stage != Discarded, "{stage:?}");
        assert_eq!(scenario.told.len() - before, usize::from(stage != Discarded), "{stage:?}");
    }
}

#[test]
fn a_verdict_on_what_is_no_document_of_the_claim_is_not_found() {
    let mut scenario = scanning();
    scenario.refuses(&system(), verdict(99, Verdict::Clean), Kind::NotFound, Rule::R1);
    let mut scenario = Disputable.scenario();
    scenario.does(&ana(), upload(3)).does(&ana(), complete(3)).wait_until("2026-04-02 00:00");
    scenario.refuses(&system(), verdict(3, Verdict::Clean), Kind::NotFound, Rule::R1);
}

#[test]
fn a_document_counts_unless_a_threat_was_found_in_it() {
    crate::proves!(R6);
    for told in [None, Some(Verdict::Clean), Some(Verdict::Unscannable)] {
        let mut scenario = scanning();
        told.map(|told| scenario.does(&system(), verdict(1, told)).now);
        scenario.does(&ana(), Command::Submit);
        assert_eq!(scenario.status(), Status::Submitted, "{told:?}");
    }
    let mut scenario = scanning();
    scenario.does(&system(), verdict(1, Verdict::Infected));
    let refusal = scenario.refuses(&ana(), Command::Submit, Kind::EvidenceMissing, Rule::R6);
    assert!(refusal.detail.starts_with("A threat was found"), "{refusal:?}");
    scenario.does(&ana(), upload(2)).does(&ana(), complete_scanned(2)).does(&ana(), Command::Submit);
}

#[test]
fn a_resubmission_and_an_approval_need_a_document_that_counts() {
    crate::proves!(R6, D20);
    let infected = |stage: Stage| {
        let mut scenario = stage.scenario();
        scenario.does(&system(), verdict(1, Verdict::Infected));
        scenario
    };
    for stage in [ActionRequired, DisputeActionRequired] {
        let mut scenario = infected(stage);
        scenario.refuses(&ana(), Command::Submit, Kind::EvidenceMissing, Rule::R6);
        scenario.does(&ana(), upload(3)).does(&ana(), complete_scanned(3)).does(&ana(), Command::Submit);
    }
    for stage in [Mine, DisputeMine] {
        let mut scenario = infected(stage);
        let refusal = scenario.refuses(&rita(), APPROVE, Kind::EvidenceMissing, Rule::R6);
        assert!(refusal.next.contains("missingAllPoe"), "{}", refusal.next);
        scenario.clone().does(&rita(), reject());
        scenario.does(&rita(), ask()).does(&ana(), upload(3)).does(&ana(), complete(3));
        scenario.does(&ana(), Command::Submit);
    }
    let mut scenario = infected(Submitted);
    scenario.does(&rita(), Command::StartReview);
    let mut held = infected(Mine);
    held.holders = vec![holder(&workload("Teams"))];
    held.refuses(&rita(), APPROVE, Kind::EvidenceMissing, Rule::R6);
}

#[test]
fn an_infected_document_is_no_updated_proof() {
    crate::proves!(R21);
    let mut scenario = Disputable.scenario();
    scenario
        .does(&ana(), upload(3))
        .does(&ana(), complete_scanned(3))
        .does(&system(), verdict(3, Verdict::Infected));
    let empty = Command::Dispute { justification: None };
    scenario.refuses(&ana(), empty.clone(), Kind::DisputeEmpty, Rule::R21);
    scenario.does(&ana(), upload(4)).does(&ana(), complete_scanned(4)).does(&ana(), empty);
    assert!(
        scenario.claim().evidence.iter().all(|document| document.uploaded_at.is_none() || !document.staged)
    );
}

#[test]
fn the_newest_proof_that_is_compared_is_one_that_counts() {
    crate::proves!(D15);
    let mut scenario = scanning();
    scenario.at("2026-03-02 11:00").does(&ana(), upload(2)).does(&ana(), complete_scanned(2));
    assert_eq!(scenario.claim().newest_evidence().map(|document| &document.id), Some(&id(2)));
    scenario.does(&system(), verdict(2, Verdict::Infected));
    assert_eq!(scenario.claim().newest_evidence().map(|document| &document.id), Some(&id(1)));
}

#[test]
fn where_nobody_scans_a_completed_document_is_not_scanned() {
    assert_eq!(state(&Editing.scenario(), 1), EvidenceState::NotScanned);
}

#[test]
fn claims_and_events_stored_before_there_was_a_scanner_are_read() {
    crate::proves!(I2);
    let scenario = Editing.scenario();
    let stored = serde_json::to_value(scenario.claim()).unwrap();
    for field in ["scanned", "verdict"] {
        assert!(stored["evidence"][0].get(field).is_none(), "what is not scanned is stored as before");
    }
    assert_eq!(serde_json::from_value::<Claim>(stored).unwrap(), *scenario.claim());
    let added = serde_json::json!({ "type": "evidenceAdded", "evidence": id::<EvidenceId>(1) });
    let read = serde_json::from_value::<Change>(added.clone()).unwrap();
    assert_eq!(read, Change::EvidenceAdded { evidence: id(1), scanned: false });
    assert_eq!(serde_json::to_value(read).unwrap(), added);
}

#[test]
fn an_unusable_document_of_a_closed_claim_is_recorded_and_nobody_is_told() {
    crate::proves!(D12, D18);
    let mut scenario = scanning();
    scenario.does(&ana(), Command::Submit).does(&ana(), withdraw());
    scenario.does(&system(), verdict(1, Verdict::Infected));
    assert!(scenario.claim().is_closed() && scenario.follows().is_empty());
}
