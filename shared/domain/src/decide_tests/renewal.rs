//! The reminder before a subscription's known end (D27).

use chrono::NaiveDate;

use super::stages::Stage;
use super::*;
use crate::claim::ClaimedProduct;
use crate::clock::ClockName::RenewalReminder;

fn until(product: Product, end: &str) -> ClaimedProduct {
    ClaimedProduct { ends_on: Some(day(end)), ..product.into() }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A claim with Sales and Customer Service, with these ends of their subscriptions, approved on 2 March.
fn approved(ends: [Option<&str>; 2]) -> Scenario {
    let mut details = business_details();
    for (product, end) in details.products.iter_mut().zip(ends) {
        product.ends_on = end.map(day);
    }
    let mut scenario = Scenario::new().in_review(details);
    scenario.does(&rita(), APPROVE).notified();
    scenario
}

/// The products that the newest email says end soon.
fn reminded_of(scenario: &Scenario) -> Vec<&str> {
    let (_, effects) = scenario.told.last().unwrap();
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::SendEmail { content: EmailContent::EndsSoon { products }, .. } => Some(products),
            _ => None,
        })
        .flatten()
        .map(|product| product.product.as_str())
        .collect()
}

#[test]
fn the_partner_is_reminded_30_days_before_a_subscription_ends() {
    crate::proves!(D27);
    let mut scenario = approved([Some("2026-07-31"), None]);
    assert_eq!(scenario.due(RenewalReminder), "2026-07-01 09:00");
    let told = scenario.wait_until("2026-07-01 08:59:59").told.len();
    assert_eq!(scenario.letters_from(told - 1), ["mail partner handedOff"]);
    scenario.wait_until("2026-07-01 09:00");
    assert_eq!(scenario.letters_from(told), ["mail partner endsSoon"]);
    assert_eq!(reminded_of(&scenario), ["Sales"]);
    assert_eq!((scenario.due(RenewalReminder).as_str(), scenario.status()), ("none", Status::Approved));
}

#[test]
fn of_a_near_end_the_partner_is_reminded_on_the_day_after_the_approval() {
    crate::proves!(D27);
    // 30 days before 1 April it is 2 March, at nine an hour before the approval.
    let rows = [
        ("2026-04-02", "2026-03-03 09:00"),
        ("2026-04-01", "2026-03-03 09:00"),
        ("2026-03-03", "2026-03-03 09:00"),
    ];
    for (end, due) in rows {
        let mut scenario = approved([Some(end), None]);
        assert_eq!(scenario.due(RenewalReminder), due, "{end}");
        scenario.wait_until(due);
        assert_eq!(
            (reminded_of(&scenario), scenario.due(RenewalReminder).as_str()),
            (vec!["Sales"], "none"),
            "{end}"
        );
    }
}

#[test]
fn a_later_end_is_reminded_of_later() {
    crate::proves!(D27);
    let mut scenario = approved([Some("2026-08-31"), Some("2026-07-31")]);
    scenario.wait_until("2026-07-01 09:00");
    assert_eq!(reminded_of(&scenario), ["Customer Service"]);
    assert_eq!(scenario.due(RenewalReminder), "2026-08-01 09:00");
    scenario.wait_until("2026-08-01 09:00");
    assert_eq!((reminded_of(&scenario), scenario.due(RenewalReminder).as_str()), (vec!["Sales"], "none"));

    let mut near = approved([Some("2026-08-03"), Some("2026-07-31")]);
    near.wait_until("2026-07-04 09:00");
    assert_eq!(reminded_of(&near), ["Sales", "Customer Service"], "what still lies ahead is named again");
}

#[test]
fn nobody_is_reminded_of_what_has_left_the_claim_or_has_ended() {
    crate::proves!(D27);
    let mut scenario = approved([Some("2026-07-31"), None]);
    scenario.does(&remi(), end_association(&[subscribed("Sales", 71)]));
    assert_eq!(scenario.due(RenewalReminder), "2026-07-01 09:00", "the timer is only a hint");
    scenario.wait_until("2026-07-01 09:00");
    assert!(matches!(scenario.last().change, Change::Reminded { clock: RenewalReminder, late: true, .. }));
    assert!(scenario.letters_from(scenario.told.len() - 1).is_empty());

    let mut late = approved([Some("2026-07-31"), None]);
    let told = late.wait_until("2026-06-01 00:00").told.len();
    late.wait_until("2026-08-01 00:00");
    assert_eq!(late.names_from(told), ["reminded"]);
    assert!(late.letters_from(told).is_empty());
}

#[test]
fn the_end_of_the_approval_ends_the_reminder() {
    crate::proves!(D27);
    let mut scenario = approved([Some("2026-07-31"), Some("2026-08-31")]);
    scenario.does(&ana(), withdraw());
    assert_eq!(scenario.due(RenewalReminder), "none");
    let told = scenario.wait_until("2026-05-01 00:00").told.len();
    scenario.wait_until("2026-08-15 00:00");
    assert!(scenario.letters_from(told).is_empty());
}

#[test]
fn the_last_day_of_a_subscription_lies_ahead_when_it_is_written() {
    crate::proves!(D27);
    let create = |end: &str| {
        let mut details = details();
        details.products[1] = until(workload("Exchange"), end);
        let partner = "contoso-partners".parse().unwrap();
        Scenario::new().when(&ana(), &Command::Create { id: id::<ClaimId>(1), partner, details, from: None })
    };
    for fine in ["2026-03-03", "2027-01-31", "2036-03-02"] {
        assert_eq!(create(fine), Ok(()), "{fine}");
    }
    for (bad, code) in [("2026-03-02", "past"), ("2025-12-31", "past"), ("2036-03-03", "far")] {
        let refusal = create(bad).unwrap_err();
        let errors: Vec<_> =
            refusal.errors.iter().map(|error| (error.place(), error.code.as_str())).collect();
        assert_eq!((refusal.rule, errors), (Rule::D27, vec![("/products/1/endsOn", code)]), "{bad}");
    }
}

#[test]
fn a_day_that_has_passed_since_bars_no_other_edit() {
    crate::proves!(D27);
    let mut details = details();
    details.products[0] = until(workload("Teams"), "2026-03-10");
    let mut scenario = Scenario::begun(details);
    scenario.at("2026-03-20 10:00");
    let renamed = edit(|details| "Another name".clone_into(&mut details.name), &scenario.claim().details);
    scenario.does(&ana(), renamed);
    let moved =
        edit(|details| details.products[0].ends_on = Some(day("2026-03-11")), &scenario.claim().details);
    scenario.refuses(&ana(), moved, Kind::InvalidInput, Rule::D27);
}

#[test]
fn a_subscriptions_end_is_neither_the_customers_nor_assessments() {
    crate::proves!(D27);
    let mut scenario = approved([Some("2026-07-31"), None]);
    assert_eq!(scenario.consent().products, [subscribed("Sales", 71), subscribed("Customer Service", 72)]);
    scenario.wait_until("2026-03-10 00:00");
    let (_, effects) = scenario.told.last().unwrap();
    let [Effect::SendToAssessment { message }, ..] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(!serde_json::to_string(message).unwrap().contains("endsOn"));
}

#[test]
fn only_an_approval_with_a_known_end_has_the_clock() {
    crate::proves!(D27);
    for stage in Stage::ALL {
        assert_eq!(stage.scenario().due(RenewalReminder), "none", "{stage:?}");
    }
    assert_eq!(approved([None, None]).due(RenewalReminder), "none");
    assert_eq!(approved([Some("2030-01-01"), None]).due(RenewalReminder), "2029-12-02 09:00");
}
