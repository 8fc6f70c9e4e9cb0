//! What the function puts into tokens, over the simulated table.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use chrono::{TimeZone, Utc};
use claim_domain::client::{MachineClient, Organisation, Registration};
use claim_domain::people::Role;
use claim_store::Store;
use serde_json::{Value, json};
use test_support::{MemoryTable, TABLE};
use token::Tokens;

const ID: &str = "3n4b5urk1ft4fl3mg5e62d9ado";

fn store() -> Store {
    Store::new(Arc::new(MemoryTable::of_claims()), TABLE.to_owned(), 1)
}

/// A program of Northwind's, or a reviewers' one.
fn client(role: Role) -> MachineClient {
    let organisation = role.is_partner().then(|| Organisation {
        id: "northwind".parse().unwrap(),
        name: "Northwind Consulting".to_owned(),
        mpn_ids: ["4711001", "4711002"].map(|id| id.parse().unwrap()).to_vec(),
    });
    MachineClient {
        id: ID.parse().unwrap(),
        registration: Registration::new("Nightly sync".to_owned(), role, organisation).unwrap(),
        created_at: Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap(),
        revoked_at: None,
    }
}

async fn answer(store: &Store, event: Value) -> Value {
    Tokens::over(store.clone()).handle(event).await.unwrap()
}

async fn added(store: &Store, event: Value) -> Value {
    let answer = answer(store, event).await;
    answer["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]["claimsToAddOrOverride"]
        .clone()
}

/// What a program's token says.
async fn of_program(store: &Store, id: &str) -> Value {
    let event = json!({
        "version": "3", "triggerSource": "TokenGeneration_ClientCredentials", "userName": "ClientCredentials",
        "callerContext": { "clientId": id }, "request": { "userAttributes": {}, "scopes": ["claims/act"] },
        "response": { "claimsAndScopeOverrideDetails": null },
    });
    added(store, event).await
}

#[tokio::test]
async fn organisation_name_and_mpn_ids_reach_the_access_token() {
    claim_domain::proves!(I7);
    let event = json!({
        "version": "3",
        "triggerSource": "TokenGeneration_Authentication",
        "request": {"userAttributes": {"sub": "1", "custom:partner_id": "northwind", "custom:partner_name": "Northwind Consulting", "custom:mpn_ids": "1,2", "name": "Ana", "email": "ana@northwind.example", "email_verified": "true", "phone": "1"}},
        "response": {"claimsAndScopeOverrideDetails": null}
    });
    let expected = json!({
        "partner_id": "northwind", "partner_name": "Northwind Consulting", "mpn_ids": "1,2", "name": "Ana",
        "email": "ana@northwind.example", "email_verified": "true",
    });
    assert_eq!(added(&store(), event.clone()).await, expected);
    assert_eq!(answer(&store(), event).await["version"], "3");
}

#[tokio::test]
async fn a_person_without_an_organisation_gets_none() {
    let event = json!({"request": {"userAttributes": {"sub": "1", "name": "Rita"}}});
    assert_eq!(added(&store(), event).await, json!({"name": "Rita"}));
}

#[tokio::test]
async fn an_event_of_another_form_comes_back_as_it_is() {
    for event in [json!(null), json!("text"), json!({"request": 1}), json!([])] {
        assert_eq!(answer(&store(), event.clone()).await, event);
    }
}

#[tokio::test]
async fn a_programs_token_says_what_was_registered() {
    claim_domain::proves!(D25, I7);
    let store = store();
    store.keep_machine_client(&client(Role::IncentivesAdmin)).await.unwrap();
    let expected = json!({
        "gty": "client-credentials", "name": "Nightly sync", "role": "incentives-admin", "partner_id": "northwind",
        "partner_name": "Northwind Consulting", "mpn_ids": "4711001,4711002",
    });
    assert_eq!(of_program(&store, ID).await, expected);
    store.keep_machine_client(&client(Role::Reviewer)).await.unwrap();
    let expected = json!({ "gty": "client-credentials", "name": "Nightly sync", "role": "reviewer" });
    assert_eq!(of_program(&store, ID).await, expected);
}

#[tokio::test]
async fn an_unknown_or_revoked_program_is_only_marked_as_one() {
    claim_domain::proves!(D25);
    let (store, mark) = (store(), json!({ "gty": "client-credentials" }));
    for id in [ID, "", "no id", "x#y"] {
        assert_eq!(of_program(&store, id).await, mark, "{id}");
    }
    let known = client(Role::BillingAdmin);
    let revoked = MachineClient { revoked_at: Some(known.created_at), ..known };
    store.keep_machine_client(&revoked).await.unwrap();
    assert_eq!(of_program(&store, ID).await, mark);
    assert_eq!(store.machine_clients().await.unwrap(), [revoked]);
}
