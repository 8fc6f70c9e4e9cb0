//! The holder's right: who holds what is contested is told, and may add newer proof (D26).

use super::stages::Stage::{self, *};
use super::*;
use crate::claim::MAX_CHALLENGES;

const APPROVED: [Stage; 4] = [AwaitingNotice, ConsentOpen, Suspended, HandedOff];

/// Another claim contests these products.
fn challenge(by: u32, products: &[&str]) -> Command {
    let products = products.iter().map(|name| workload(name)).collect();
    Command::RecordChallenge { by: id(by), products }
}

/// A claim at a stage of its approval, told that Exchange is contested.
fn challenged(stage: Stage) -> Scenario {
    let mut scenario = stage.scenario();
    scenario.does(&system(), challenge(2, &["Exchange"]));
    scenario
}

/// What must follow for holders, in short.
fn tells(scenario: &Scenario) -> Vec<String> {
    scenario.follows().into_iter().filter(|effect| effect.starts_with("tell")).collect()
}

#[test]
fn a_submission_tells_each_holder_what_it_holds_of_it() {
    crate::proves!(D26);
    let mut scenario = Editing.scenario();
    let other = Holder { claim_id: id(3), ..holder(&workload("Intune")) };
    scenario.holders = vec![holder(&workload("Teams")), other, holder(&workload("Exchange"))];
    scenario.does(&ana(), Command::Submit);
    let of_another = format!("tell {} of Intune", id::<ClaimId>(3));
    assert_eq!(tells(&scenario), [format!("tell {} of Teams Exchange", id::<ClaimId>(2)), of_another]);
    assert!(tells(&Submitted.scenario()).is_empty(), "nobody is told of what nobody holds");
}

#[test]
fn a_resubmission_and_an_edit_of_products_tell_holders_too() {
    crate::proves!(D26);
    let mut scenario = ActionRequired.scenario();
    scenario.holders = vec![holder(&workload("Yammer"))];
    let told = [format!("tell {} of Yammer", id::<ClaimId>(2))];
    let with_yammer =
        edit(|details| details.products.push(workload("Yammer").into()), &scenario.claim().details);
    scenario.does(&ana(), with_yammer);
    assert_eq!(tells(&scenario), told);
    let other_mpn = edit(|details| details.mpn_id = "1002".parse().unwrap(), &scenario.claim().details);
    scenario.does(&ana(), other_mpn);
    assert!(tells(&scenario).is_empty(), "another field contests nothing");
    scenario.does(&ana(), Command::Submit);
    assert_eq!(tells(&scenario), told);
}

#[test]
fn an_organisation_is_not_told_of_its_own_claims() {
    crate::proves!(D26);
    let mut scenario = Editing.scenario();
    let own = scenario.claim().partner.clone();
    scenario.holders = vec![Holder { partner_id: own, ..holder(&workload("Teams")) }];
    scenario.does(&ana(), Command::Submit);
    assert!(scenario.claim().contested && tells(&scenario).is_empty());
}

#[test]
fn a_holder_is_told_once_of_each_claim_that_contests_it() {
    crate::proves!(D26);
    for stage in APPROVED {
        let mut scenario = stage.scenario();
        let before = (scenario.status(), scenario.claim().revision, scenario.claim().clocks.clone());
        scenario.does(&system(), challenge(2, &["Yammer", "Exchange"]));
        assert_eq!(scenario.follows(), ["mail partner challenged"], "{stage:?}");
        let Change::Challenged { by, products } = &scenario.last().change else { panic!("{stage:?}") };
        assert_eq!((by, products.as_slice()), (&id(2), [workload("Exchange")].as_slice()));
        let told = scenario.told.len();
        scenario.does(&system(), challenge(2, &["Exchange", "Teams"]));
        assert_eq!(scenario.told.len(), told, "a resubmission tells nothing again");
        scenario.does(&system(), challenge(3, &["Exchange"]));
        assert_eq!(scenario.told.len(), told + 1, "another claim does");
        let after = (scenario.status(), scenario.claim().revision, scenario.claim().clocks.clone());
        assert_eq!(after, before, "nothing that anybody could overwrite changes");
    }
}

#[test]
fn a_claim_that_holds_nothing_of_it_any_more_is_not_told() {
    crate::proves!(D26);
    for stage in Stage::ALL.into_iter().filter(|stage| !APPROVED.contains(stage)) {
        let mut scenario = stage.scenario();
        let told = scenario.told.len();
        scenario.does(&system(), challenge(2, &["Exchange"]));
        assert_eq!(scenario.told.len(), told, "{stage:?}");
    }
    let mut scenario = HandedOff.scenario();
    scenario.does(&remi(), end_association(&[workload("Exchange")]));
    let told = scenario.told.len();
    scenario.does(&system(), challenge(2, &["Exchange"]));
    assert_eq!(scenario.told.len(), told);
}

#[test]
fn a_claim_tells_of_a_hundred_claims_at_most() {
    crate::proves!(D26);
    let mut scenario = HandedOff.scenario();
    let told = scenario.told.len();
    for by in 2..150 {
        scenario.does(&system(), challenge(by, &["Teams"]));
    }
    assert_eq!((MAX_CHALLENGES, scenario.told.len() - told), (100, 100));
    assert_eq!(scenario.claim().challenged_products, [workload("Teams")]);
}

#[test]
fn a_holder_that_was_told_adds_proof_to_its_approved_claim() {
    crate::proves!(D26, R24);
    for stage in APPROVED {
        let mut scenario = challenged(stage);
        assert!(allowed(scenario.claim(), &ana()).contains(&Action::AddEvidence), "{stage:?}");
        scenario.does(&ana(), upload(7)).does(&ana(), complete(7));
        let newest = scenario.claim().newest_evidence().unwrap();
        assert_eq!((&newest.id, newest.staged), (&id(7), false), "{stage:?}");
        assert_eq!(scenario.claim().evidence.len(), 2, "{stage:?}");
        scenario.refuses(&rita(), upload(8), Kind::Forbidden, Rule::R1);
    }
}

#[test]
fn the_right_to_add_proof_ends_with_what_is_contested() {
    crate::proves!(D26, R24);
    let mut scenario = challenged(HandedOff);
    scenario.does(&ana(), upload(7)).does(&remi(), end_association(&[workload("Exchange")]));
    assert_eq!(scenario.claim().challenged().count(), 0);
    scenario.refuses(&ana(), upload(8), Kind::IllegalState, Rule::R24);
    scenario.refuses(&ana(), complete(7), Kind::IllegalState, Rule::R24);
    scenario.does(&system(), challenge(3, &["Teams"]));
    scenario.does(&ana(), complete(7));
}

#[test]
fn proof_announced_while_approved_waits_for_the_dispute_of_a_rejection() {
    crate::proves!(D26, R24);
    let mut scenario = challenged(ConsentOpen);
    let all = scenario.claim().details.named().cloned().collect::<Vec<_>>();
    scenario.does(&ana(), upload(7)).does(&remi(), end_association(&all)).does(&ana(), complete(7));
    let added = scenario.claim().evidence.iter().find(|document| document.id == id(7));
    assert!(added.is_some_and(|document| document.staged));
}
