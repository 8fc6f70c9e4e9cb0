//! Who may do what (R1, R2, D17): every action and every role.

use super::stages::Stage::{self, *};
use super::*;

const PARTNERS: &[Role] = &[Role::BillingAdmin, Role::GlobalAdmin, Role::IncentivesAdmin];
const REVIEWERS: &[Role] = &[Role::Reviewer, Role::ReviewLead];

/// Somebody of each role does what the stage allows; those in `roles` may, the others are refused by `rule`. All of
/// them are the same person as the assigned reviewer, so that only the role decides.
#[track_caller]
fn check(stage: Stage, action: Action, command: impl Fn(&Scenario) -> Command, roles: &[Role], rule: Rule) {
    for role in Role::ALL {
        let mut scenario = stage.with_announcement();
        let who = person(role, "Rita");
        let listed = allowed(scenario.claim(), &who).contains(&action);
        let outcome =
            scenario.when(&who, &command(&scenario)).map_err(|refusal| (refusal.kind, refusal.rule));
        let expected = if roles.contains(&role) { Ok(()) } else { Err((Kind::Forbidden, rule)) };
        assert_eq!(outcome, expected, "{action:?} by {}", role.as_str());
        assert_eq!(listed, outcome.is_ok(), "what is allowed to {} says the same", role.as_str());
    }
}

#[test]
fn only_the_three_partner_roles_change_a_claim() {
    crate::proves!(R1);
    let edit =
        |scenario: &Scenario| edit(|details| details.name = "New".to_owned(), &scenario.claim().details);
    check(Editing, Action::Edit, edit, PARTNERS, Rule::R1);
    check(Editing, Action::AddEvidence, |_| upload(3), PARTNERS, Rule::R1);
    check(Editing, Action::AddEvidence, |_| complete(2), PARTNERS, Rule::R1);
    check(Editing, Action::Discard, |_| Command::Discard, PARTNERS, Rule::R1);
    check(Editing, Action::Submit, |_| Command::Submit, PARTNERS, Rule::R1);
    check(ActionRequired, Action::Submit, |_| Command::Submit, PARTNERS, Rule::R1);
    check(Submitted, Action::Withdraw, |_| withdraw(), PARTNERS, Rule::R1);
    check(Disputable, Action::Dispute, |_| dispute(), PARTNERS, Rule::R1);
}

#[test]
fn partners_send_the_notice_again_and_reviewers_correct_its_address() {
    crate::proves!(D16);
    check(
        Suspended,
        Action::ResendNotice,
        |_| resend(Some(CORRECTED)),
        &[PARTNERS, REVIEWERS].concat(),
        Rule::D16,
    );
}

#[test]
fn only_the_three_partner_roles_create_a_claim() {
    crate::proves!(R1);
    for role in Role::ALL {
        let mut who = person(role, "Rita");
        who.mpn_ids = ana().mpn_ids;
        let create = Command::Create {
            id: id(1),
            partner: "contoso-partners".parse().unwrap(),
            details: details(),
            from: None,
        };
        let outcome = Scenario::new().when(&who, &create).map_err(|refusal| (refusal.kind, refusal.rule));
        let expected = if role.is_partner() { Ok(()) } else { Err((Kind::Forbidden, Rule::R1)) };
        assert_eq!(outcome, expected, "{}", role.as_str());
    }
}

#[test]
fn only_reviewers_and_their_lead_review() {
    crate::proves!(R2);
    check(Mine, Action::Note, |_| note(), REVIEWERS, Rule::R2);
    check(Submitted, Action::StartReview, |_| Command::StartReview, REVIEWERS, Rule::R2);
    check(Mine, Action::Release, |_| Command::Release, REVIEWERS, Rule::R2);
    check(Mine, Action::RequestAction, |_| ask(), REVIEWERS, Rule::R2);
    check(Mine, Action::Approve, |_| APPROVE, REVIEWERS, Rule::R2);
    check(Mine, Action::Reject, |_| reject(), REVIEWERS, Rule::R2);
    check(HandedOff, Action::EndAssociation, |_| end_association(&[workload("Teams")]), REVIEWERS, Rule::R2);
}

#[test]
fn only_the_lead_takes_over() {
    crate::proves!(D17);
    check(Anothers, Action::TakeOver, |_| Command::TakeOver, &[Role::ReviewLead], Rule::D17);
}

#[test]
fn partners_and_reviewers_comment_and_nobody_else() {
    crate::proves!(R25);
    check(Mine, Action::Comment, |_| comment(), &[PARTNERS, REVIEWERS].concat(), Rule::R25);
}

#[test]
fn only_the_customer_denies() {
    crate::proves!(D9);
    check(ConsentOpen, Action::Deny, Scenario::deny, &[Role::Customer], Rule::D9);
}

#[test]
fn the_lead_releases_what_is_anothers_and_another_reviewer_does_not() {
    crate::proves!(D17);
    Anothers.scenario().does(&lena(), Command::Release);
    Anothers.scenario().refuses(&rita(), Command::Release, Kind::NotAssigned, Rule::D17);
}

#[test]
fn the_lead_does_not_take_over_what_is_theirs_already() {
    crate::proves!(D17);
    let mut scenario = Anothers.scenario();
    scenario.does(&lena(), Command::TakeOver);
    scenario.refuses(&lena(), Command::TakeOver, Kind::IllegalState, Rule::D17);
    scenario.does(&lena(), APPROVE);
}

/// Who may know of the claim: its organisation, another, a partner role without one, reviewers, the customer.
#[track_caller]
fn sees(scenario: &Scenario, organisation: bool, reviewers: bool) {
    let stranger = Caller { partner: Some("fabrikam-partners".parse().unwrap()), ..ana() };
    let nameless = Caller { partner: None, ..ana() };
    let visible = |who: &Caller| scenario.claim().is_visible_to(who, scenario.now);
    for role in PARTNERS {
        assert_eq!(visible(&person(*role, "Bo")), organisation, "{}", role.as_str());
    }
    assert_eq!((visible(&rita()), visible(&lena())), (reviewers, reviewers));
    assert_eq!((visible(&stranger), visible(&nameless)), (false, false), "no other organisation");
}

#[test]
fn a_claim_is_seen_by_its_organisation_and_once_submitted_by_reviewers() {
    crate::proves!(R1, I7, R2);
    for stage in Stage::ALL {
        let submitted = !matches!(stage, Editing | Discarded);
        sees(&stage.scenario(), true, submitted);
    }
}

#[test]
fn status_and_reasons_can_be_looked_up_at_any_time() {
    crate::proves!(R16);
    for stage in [HandedOff, WindowClosed, RejectedTwice, Withdrawn] {
        let mut scenario = stage.scenario();
        scenario.wait_until("2036-03-02 10:00");
        sees(&scenario, true, true);
    }
}

#[test]
fn a_discarded_claim_is_readable_for_30_days() {
    crate::proves!(D8);
    let mut scenario = Discarded.scenario();
    // Discarded on Monday, 2 March: the 30th day after is 1 April.
    sees(scenario.at("2026-04-01 23:59:59"), true, false);
    sees(scenario.at("2026-04-02 00:00"), false, false);
}
