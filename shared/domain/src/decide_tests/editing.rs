//! Editing (R24, D10) and what a partner gives up (D8).

use super::stages::Stage::*;
use super::*;
use crate::claim::RevenueAssociation;

/// A field's place, a change of it, and whether it can be edited after submission.
type Field = (&'static str, fn(&mut Details), bool);

/// Every field.
fn fields() -> Vec<Field> {
    vec![
        ("/name", |details| details.name = "New".to_owned(), false),
        ("/mpnId", |details| details.mpn_id = "1002".parse().unwrap(), true),
        ("/solutionArea", |details| details.solution_area = SolutionArea::BusinessApplications, false),
        ("/activities", |details| details.activities = vec![Activity::PreSales], false),
        ("/customer/tenantId", |details| details.customer.tenant_id = guid(2), false),
        ("/customer/domain", |details| details.customer.domain = "other.example".to_owned(), false),
        ("/customer/name", |details| details.customer.name = "Other".to_owned(), false),
        ("/customer/contact", |details| details.customer.contact = id(911), true),
        ("/technicalContact", |details| details.technical_contact = Some(id(912)), false),
        ("/partnerContact", |details| details.partner_contact = id(913), true),
        ("/products", |details| details.products = vec![workload("Teams").into()], true),
        (
            "/revenueAssociation",
            |details| {
                details.revenue_association = Some(RevenueAssociation {
                    solution_seller: "Sam".to_owned(),
                    customer_name: "Contoso".to_owned(),
                    isv_product: "Ledger".to_owned(),
                });
            },
            false,
        ),
    ]
}

#[test]
fn while_editing_every_field_can_be_edited() {
    crate::proves!(R24);
    for (pointer, change, _) in fields() {
        let mut scenario = Editing.scenario();
        let command = edit(change, &scenario.claim().details);
        scenario.does(&ana(), command.clone());
        assert_eq!(Command::Edit { details: scenario.claim().details.clone() }, command, "{pointer}");
        let Change::Edited { fields, contested: None, .. } = &scenario.last().change else {
            panic!("{pointer}")
        };
        assert_eq!(fields.iter().map(|field| field.pointer()).collect::<Vec<_>>(), [pointer]);
    }
}

#[test]
fn after_submission_only_mpn_products_and_contacts_can_be_edited() {
    crate::proves!(R24);
    for stage in [Submitted, ActionRequired, DisputeActionRequired] {
        for (pointer, change, editable) in fields() {
            let mut scenario = stage.scenario();
            let command = edit(change, &scenario.claim().details);
            if editable {
                scenario.does(&ana(), command);
                continue;
            }
            let refusal = scenario.refuses(&ana(), command, Kind::NotEditable, Rule::R24);
            assert_eq!(refusal.errors.len(), 1);
            assert_eq!(refusal.errors[0].place(), pointer, "{stage:?}");
        }
    }
}

#[test]
fn a_refused_edit_names_every_locked_field_and_changes_none() {
    crate::proves!(R24);
    let mut scenario = Submitted.scenario();
    let all = edit(|details| fields().into_iter().for_each(|(_, change, _)| change(details)), &details());
    let refusal = scenario.refuses(&ana(), all, Kind::NotEditable, Rule::R24);
    let named: Vec<_> = refusal.errors.iter().map(|error| error.place()).collect();
    let locked: Vec<_> = fields().iter().filter(|field| !field.2).map(|field| field.0).collect();
    assert_eq!(named, locked);
    assert_eq!(scenario.claim().details, details());
}

#[test]
fn an_edit_keeps_the_old_and_the_new_value_of_each_field() {
    crate::proves!(R26);
    let mut scenario = Submitted.scenario();
    let command = edit(
        |details| {
            details.mpn_id = "1002".parse().unwrap();
            details.products = vec![workload("Teams").into()];
        },
        &details(),
    );
    scenario.does(&ana(), command);
    let json = serde_json::to_value(&scenario.last().change).unwrap();
    assert_eq!(json["fields"][0], serde_json::json!({ "field": "mpnId", "old": "1001", "new": "1002" }));
    assert_eq!(json["fields"][1]["old"].as_array().unwrap().len(), 3);
    assert_eq!(json["fields"][1]["new"], serde_json::json!([{ "product": "Teams" }]));
    assert_eq!(json["contested"], false);
}

#[test]
fn an_edit_that_changes_nothing_is_no_event() {
    let mut scenario = Submitted.scenario();
    let before = scenario.clone();
    scenario.at("2026-03-03 10:00").does(&ana(), edit(|_| {}, &details()));
    assert_eq!(scenario.claim(), before.claim());
}

#[test]
fn an_mpn_may_be_changed_only_to_one_of_the_same_organisation() {
    crate::proves!(D10);
    for stage in [Editing, Submitted, ActionRequired] {
        let mut scenario = stage.scenario();
        let foreign = edit(|details| details.mpn_id = "2001".parse().unwrap(), &details());
        let refusal = scenario.refuses(&ana(), foreign, Kind::InvalidInput, Rule::D10);
        assert_eq!((refusal.errors[0].place(), refusal.errors[0].code.as_str()), ("/mpnId", "foreignMpn"));
        assert!(refusal.errors[0].detail.contains("1001, 1002"), "{}", refusal.errors[0].detail);
    }
}

#[test]
fn a_claim_is_created_for_an_mpn_of_the_organisation() {
    crate::proves!(D10);
    let details = Details { mpn_id: "2001".parse().unwrap(), ..details() };
    let create =
        Command::Create { id: id(1), partner: "contoso-partners".parse().unwrap(), details, from: None };
    Scenario::new().refuses(&ana(), create, Kind::InvalidInput, Rule::D10);
}

#[test]
fn an_mpn_that_has_left_the_organisation_does_not_block_other_edits() {
    crate::proves!(D10);
    let mut scenario = Editing.scenario();
    let caller = Caller { mpn_ids: vec!["1002".parse().unwrap()], ..ana() };
    scenario.does(&caller, edit(|details| details.name = "New".to_owned(), &details()));
}

#[test]
fn a_claim_is_submitted_with_at_least_one_complete_document() {
    crate::proves!(R6);
    let mut scenario = Scenario::begun(details());
    scenario.refuses(&ana(), Command::Submit, Kind::EvidenceMissing, Rule::R6);
    scenario.does(&ana(), upload(1));
    scenario.refuses(&ana(), Command::Submit, Kind::EvidenceMissing, Rule::R6);
    scenario.does(&ana(), complete(1)).does(&ana(), Command::Submit);
    assert_eq!(scenario.claim().submitted_at, Some(scenario.now));
}

#[test]
fn resubmitting_returns_the_claim_to_the_queue_unassigned() {
    crate::proves!(R9, D17);
    let mut scenario = ActionRequired.scenario();
    let first = scenario.claim().submitted_at;
    scenario.at("2026-03-04 10:00").does(&ana(), Command::Submit);
    let claim = scenario.claim();
    assert_eq!((claim.status, &claim.assigned_to, &claim.action_request), (Status::Submitted, &None, &None));
    assert_eq!(claim.submitted_at, first, "the first submission is kept");
    assert!(matches!(scenario.last().change, Change::Submitted { again: true, .. }));
    assert_eq!(scenario.due(ClockName::PartnerAnswer), "none");
}

#[test]
fn a_discarded_claim_is_readable_for_30_days_and_its_files_are_deleted() {
    crate::proves!(D8, D20);
    let mut scenario = Editing.with_announcement();
    scenario.does(&ana(), Command::Discard);
    assert_eq!(scenario.claim().readable_until, Some(t("2026-04-02 00:00")));
    assert_eq!(scenario.follows(), ["delete 1 2"]);
    let mut empty = Scenario::begun(details());
    empty.does(&ana(), Command::Discard);
    assert!(empty.follows().is_empty());
}

#[test]
fn a_withdrawal_is_a_rejection_with_a_cause() {
    crate::proves!(D8);
    for cause in WithdrawCause::ALL {
        let mut scenario = ConsentOpen.scenario();
        scenario.does(&ana(), Command::Withdraw { cause: *cause, note: Some("Sorry.".to_owned()) });
        let rejected = scenario.claim().rejection.clone().unwrap().rejection;
        assert_eq!((rejected.reason, rejected.cause), (RejectCode::PartnerRequest, Some(*cause)));
        assert_eq!(rejected.note.as_deref(), Some("Sorry."));
    }
}
