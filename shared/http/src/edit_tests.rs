use std::sync::Arc;

use aws_sdk_dynamodb::config::BehaviorVersion;
use claim_domain::calendar::{Calendar, Instant};
use claim_domain::catalogue::{Activity, SolutionArea};
use claim_domain::claim::Product;
use claim_domain::program::{Periods, Program};
use claim_store::Store;
use serde_json::json;
use test_support::TestHost;

use claim_domain::claim::Customer;
use claim_domain::draft::Contact;

use super::*;

fn commands() -> CommandHandler {
    let config = aws_sdk_dynamodb::Config::builder().behavior_version(BehaviorVersion::latest()).build();
    let host = TestHost::at(Instant::UNIX_EPOCH);
    host.set_next_id(100);
    CommandHandler {
        store: Store::new(Arc::new(aws_sdk_dynamodb::Client::from_conf(config)), "claims".to_owned(), 1),
        program: Program {
            calendar: Calendar::parse("default", "Etc/UTC", "MON", "").unwrap(),
            periods: Periods::default(),
            dispute_needs_another_reviewer: true,
            retention: claim_domain::program::Retention::default(),
            daily: claim_domain::bound::DailyLimits::default(),
            language: claim_domain::language::Language::En,
            guide_url: String::new(),
            changes_feed: false,
        },
        host: Arc::new(host),
    }
}

fn place(number: u64) -> ContactRef {
    TestHost::id(number).parse().unwrap()
}

fn contact(name: &str, title: Option<&str>) -> Contact {
    Contact {
        name: name.to_owned(),
        title: title.map(str::to_owned),
        email: format!("{}@adatum.example", name.to_lowercase()),
        language: None,
        proven: false,
    }
}

fn before() -> (Details, Contacts) {
    let details = Details {
        name: "Adatum Business Central".to_owned(),
        mpn_id: "1234567".parse().unwrap(),
        solution_area: SolutionArea::BusinessApplications,
        activities: vec![Activity::Usage],
        customer: Customer {
            tenant_id: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
            domain: "adatum.example".to_owned(),
            mail_domains: Vec::new(),
            name: "Adatum".to_owned(),
            contact: place(1),
        },
        contact_outside_domain: false,
        technical_contact: Some(place(2)),
        partner_contact: place(3),
        products: vec![
            Product {
                product: "Business Central".to_owned(),
                subscription_id: "99999999-2222-3333-4444-555555555555".parse().ok(),
            }
            .into(),
        ],
        revenue_association: None,
    };
    let contacts = [
        (place(1), contact("Carl", Some("CIO"))),
        (place(2), contact("Tess", None)),
        (place(3), contact("Ana", None)),
    ];
    (details, contacts.into_iter().collect())
}

/// The details and the new contacts that a patch leads to.
#[track_caller]
fn patched(details: &Details, contacts: &Contacts, patch: &Value) -> (Details, Vec<(ContactRef, Contact)>) {
    patched_by(&caller(None), details, contacts, patch)
}

fn caller(verified_email: Option<&str>) -> Caller {
    Caller { verified_email: verified_email.map(str::to_owned), ..Caller::customer() }
}

#[track_caller]
fn patched_by(
    caller: &Caller,
    details: &Details,
    contacts: &Contacts,
    patch: &Value,
) -> (Details, Vec<(ContactRef, Contact)>) {
    let draft = Draft::parse(&merged(details, contacts, patch).unwrap()).unwrap();
    let prepared = prepared(&commands(), caller, details, contacts, patch, draft).unwrap();
    match prepared.command {
        Command::Edit { details } => (details, prepared.contacts),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_field_that_is_left_out_is_never_wiped() {
    let (details, contacts) = before();
    assert_eq!(patched(&details, &contacts, &json!({})), (details.clone(), vec![]));
    let (after, fresh) = patched(&details, &contacts, &json!({ "name": "Renamed" }));
    assert_eq!((after, fresh), (Details { name: "Renamed".to_owned(), ..details }, vec![]));
}

#[test]
fn a_changed_contact_gets_a_place_of_its_own_and_the_others_keep_theirs() {
    let (details, contacts) = before();
    let patch = json!({ "customer": { "contact": { "email": "carla@adatum.example" } } });
    let (after, fresh) = patched(&details, &contacts, &patch);
    assert_eq!(after.customer.contact, place(100));
    assert_eq!((after.technical_contact, after.partner_contact), (Some(place(2)), place(3)));
    let new = Contact { email: "carla@adatum.example".to_owned(), ..contact("Carl", Some("CIO")) };
    assert_eq!(fresh, [(place(100), new)]);
}

#[test]
fn a_contact_that_is_sent_unchanged_stays_in_its_place() {
    let (details, contacts) = before();
    let patch = json!({ "partnerContact": { "name": "Ana", "email": "ana@adatum.example" } });
    assert_eq!(patched(&details, &contacts, &patch), (details, vec![]));
}

#[test]
fn only_a_verified_address_of_ones_own_is_proven_and_it_stays_so() {
    let (details, mut contacts) = before();
    let leo = caller(Some("LEO@adatum.example"));
    let renamed = json!({ "partnerContact": { "name": "Leo", "email": "leo@adatum.example" } });
    let (after, fresh) = patched_by(&leo, &details, &contacts, &renamed);
    assert!(fresh[0].1.proven);
    contacts.extend(fresh);
    // Somebody else edits something else, then the name, then the address.
    assert_eq!(patched(&after, &contacts, &json!({})), (after.clone(), vec![]));
    let (_, fresh) = patched(&after, &contacts, &json!({ "partnerContact": { "name": "Leonard" } }));
    assert!(fresh[0].1.proven);
    let (_, fresh) =
        patched(&after, &contacts, &json!({ "partnerContact": { "email": "ana@adatum.example" } }));
    assert!(!fresh[0].1.proven);
    // The customer's contact never is: nobody signed in for the customer.
    let own = json!({ "customer": { "contact": { "email": "leo@adatum.example" } } });
    assert!(!patched_by(&leo, &details, &contacts, &own).1[0].1.proven);
}

#[test]
fn a_name_that_is_no_fields_is_refused_even_if_it_is_to_be_removed() {
    let (details, contacts) = before();
    let patch = json!({ "colour": null, "customer": { "fax": null, "contact": { "pager": null } } });
    let refusal = Draft::parse(&merged(&details, &contacts, &patch).unwrap()).unwrap_err();
    let mut places: Vec<_> =
        refusal.errors.iter().map(|error| (error.place(), error.code.as_str())).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        ["/colour", "/customer/contact/pager", "/customer/fax"].map(|place| (place, "unknown"))
    );
}

#[test]
fn null_removes_what_is_optional_and_is_refused_for_what_is_not() {
    let (details, contacts) = before();
    let (after, _) = patched(&details, &contacts, &json!({ "technicalContact": null }));
    assert_eq!(after.technical_contact, None);
    let merged =
        merged(&details, &contacts, &json!({ "partnerContact": null, "customer": { "name": null } }));
    let refusal = Draft::parse(&merged.unwrap()).unwrap_err();
    let pointers: Vec<_> = refusal.errors.iter().map(|error| error.place()).collect();
    assert_eq!(pointers, ["/customer/name", "/partnerContact"]);
}

#[test]
fn an_erased_contact_is_not_removed_by_an_edit_of_something_else() {
    claim_domain::proves!(I2);
    let (details, mut contacts) = before();
    contacts.remove(&place(2));
    let (after, fresh) = patched(&details, &contacts, &json!({ "name": "Renamed" }));
    assert_eq!((after.technical_contact, fresh), (Some(place(2)), vec![]));
}

#[test]
fn a_patch_that_is_no_object_is_refused() {
    let (details, contacts) = before();
    for patch in [json!(null), json!([]), json!("x"), json!(7)] {
        assert!(Draft::parse(&merged(&details, &contacts, &patch).unwrap()).is_err(), "{patch}");
    }
}

#[test]
fn fields_that_are_not_the_partners_to_write_are_named() {
    let (details, contacts) = before();
    let merged = merged(&details, &contacts, &json!({ "status": "approved", "revision": 1 }));
    let refusal = Draft::parse(&merged.unwrap()).unwrap_err();
    let pointers: Vec<_> = refusal.errors.iter().map(|error| error.place()).collect();
    assert_eq!(pointers, ["/revision", "/status"]);
}
