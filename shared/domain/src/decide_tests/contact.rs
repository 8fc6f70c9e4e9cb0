//! The customer's contact: whose its address is, who confirms it, and who corrects it (D16).

use super::stages::Stage::*;
use super::*;
use crate::claim::ConsentState;
use crate::event::FieldChange;

/// A claim under review whose customer's contact has an address that nothing tells to be the customer's.
fn outside() -> Scenario {
    let mut scenario = Mine.scenario();
    scenario.claim = scenario.claim.map(|mut claim| {
        claim.0.details.contact_outside_domain = true;
        claim
    });
    scenario
}

fn correction(whose: Whose) -> Command {
    Command::ResendNotice { correction: Some(Correction { contact: id(CORRECTED), whose }) }
}

#[test]
fn an_approval_confirms_a_contact_outside_the_customers_domains() {
    crate::proves!(D16);
    let confirmed = Command::Approve { confirm_contact: true };
    let mut scenario = outside();
    let refusal = scenario.refuses(&rita(), APPROVE, Kind::ContactNotConfirmed, Rule::D16);
    assert!(refusal.detail.contains("contoso.example"), "it names the domains: {}", refusal.detail);
    assert!(refusal.next.contains("confirmContact"), "and how to go on: {}", refusal.next);
    scenario.does(&rita(), confirmed.clone());
    assert_eq!(scenario.last().change, Change::Approved { contact_confirmed: true });
    // Where the address tells, there is nothing to confirm, and saying so does no harm.
    let mut scenario = Mine.scenario();
    scenario.does(&rita(), confirmed);
    assert_eq!(scenario.last().change, Change::Approved { contact_confirmed: false });
}

#[test]
fn a_partner_corrects_the_address_within_what_was_approved() {
    crate::proves!(D16);
    for (whose, is_outside) in [(Whose::Customers, false), (Whose::ApprovedContacts, true)] {
        let mut scenario = Suspended.scenario();
        scenario.does(&ana(), correction(whose));
        assert_eq!(scenario.consent().state, ConsentState::AwaitingNotice, "{whose:?}");
        assert_eq!(scenario.claim().details.contact_outside_domain, is_outside, "{whose:?}");
    }
    let mut scenario = Suspended.scenario();
    let anybodys = correction(Whose::Anybodys);
    let refusal = scenario.refuses(&ana(), anybodys, Kind::ContactOutsideApproval, Rule::D16);
    assert!(refusal.detail.contains("contoso.example"), "it names the domains: {}", refusal.detail);
    assert!(refusal.next.contains("reviewer"), "and who can do more: {}", refusal.next);
    assert_eq!(scenario.consent().state, ConsentState::Suspended);
}

#[test]
fn a_reviewer_corrects_the_address_to_any_while_no_notice_is_left() {
    crate::proves!(D16);
    for who in [rita(), remi(), lena()] {
        let mut scenario = Suspended.scenario();
        assert!(allowed(scenario.claim(), &who).contains(&Action::ResendNotice));
        scenario.does(&who, correction(Whose::Anybodys));
        assert_eq!(scenario.follows(), ["notify customer 7 at the corrected address"]);
        assert!(scenario.claim().details.contact_outside_domain, "and both sides see that it lies outside");
        scenario.notified();
        assert_eq!(scenario.due(ClockName::NoticeCorrection), "none");
        for command in [resend(None), correction(Whose::Customers)] {
            scenario.refuses(&who, command, Kind::IllegalState, Rule::D16);
        }
    }
}

#[test]
fn corrections_are_measured_by_the_contact_that_was_approved() {
    crate::proves!(D16);
    let mut scenario = Suspended.scenario();
    scenario.does(&rita(), correction(Whose::Anybodys)).bounced();
    assert_eq!(scenario.claim().details.customer.contact, id(CORRECTED));
    assert_eq!(scenario.consent().contact, Some(id(CUSTOMER)));
}

#[test]
fn mail_domains_and_the_mark_are_edited_like_the_contact() {
    crate::proves!(R24);
    for stage in [Editing, Submitted, ActionRequired] {
        let mut scenario = stage.scenario();
        scenario.does(
            &ana(),
            edit(
                |details| {
                    details.customer.mail_domains = vec!["contoso-it.example".to_owned()];
                    details.contact_outside_domain = true;
                },
                &details(),
            ),
        );
        let Change::Edited { fields, .. } = &scenario.last().change else { panic!("{stage:?}") };
        let places: Vec<_> = fields.iter().map(FieldChange::pointer).collect();
        assert_eq!(places, ["/customer/mailDomains", "/contactOutsideDomain"], "{stage:?}");
    }
}
