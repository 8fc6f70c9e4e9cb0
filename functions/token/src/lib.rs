//! Puts the partner organisation, its display name and MPN ids, and the person's name and address into access tokens
//! (I7, D21).
//!
//! Cognito puts custom attributes into id tokens only; its pre-token-generation trigger (V2_0) can add them to access
//! tokens. Only administrators write these attributes, so that nobody can give themselves an organisation.

use claim_runtime::{ConfigError, Error, Variables};
use serde_json::{Map, Value, json};

/// The attributes that are copied, with the names of the token's claims.
const COPIED: [(&str, &str); 6] = [
    ("custom:partner_id", "partner_id"),
    ("custom:partner_name", "partner_name"),
    ("custom:mpn_ids", "mpn_ids"),
    ("name", "name"),
    ("email", "email"),
    ("email_verified", "email_verified"),
];

/// The function as Lambda runs it.
pub struct Function;

impl claim_runtime::Function for Function {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    type Event = Value;
    type Answer = Value;

    fn new(_: &Variables) -> Result<Self, ConfigError> {
        Ok(Self)
    }

    async fn handle(&self, event: Value, _: &str) -> Result<Value, Error> {
        Ok(handle(event))
    }
}

/// Answers the trigger's event with the claims to add; an attribute that the person does not have is not added. An
/// event of another form is returned as it came, which leaves the token as it is.
pub fn handle(mut event: Value) -> Value {
    let claims: Map<String, Value> = COPIED
        .iter()
        .filter_map(|(attribute, claim)| {
            let value = event.pointer("/request/userAttributes")?.get(*attribute)?;
            Some(((*claim).to_owned(), value.clone()))
        })
        .collect();
    if let Some(event) = event.as_object_mut().filter(|_| !claims.is_empty()) {
        let generation = json!({ "accessTokenGeneration": { "claimsToAddOrOverride": claims } });
        event.insert("response".to_owned(), json!({ "claimsAndScopeOverrideDetails": generation }));
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisation_name_and_mpn_ids_reach_the_access_token() {
        claim_domain::proves!(I7);
        let event = json!({
            "version": "2",
            "request": {"userAttributes": {"sub": "1", "custom:partner_id": "northwind", "custom:partner_name": "Northwind Consulting", "custom:mpn_ids": "1,2", "name": "Ana", "email": "ana@northwind.example", "email_verified": "true", "phone": "1"}},
            "response": {"claimsAndScopeOverrideDetails": null}
        });
        let answer = handle(event);
        let claims = &answer["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]["claimsToAddOrOverride"];
        assert_eq!(
            *claims,
            json!({
                "partner_id": "northwind", "partner_name": "Northwind Consulting", "mpn_ids": "1,2", "name": "Ana",
                "email": "ana@northwind.example", "email_verified": "true",
            })
        );
        assert_eq!(answer["version"], "2");
    }

    #[test]
    fn a_person_without_an_organisation_gets_none() {
        let answer = handle(json!({"request": {"userAttributes": {"sub": "1", "name": "Rita"}}}));
        let claims = &answer["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]["claimsToAddOrOverride"];
        assert_eq!(*claims, json!({"name": "Rita"}));
    }

    #[test]
    fn an_event_of_another_form_comes_back_as_it_is() {
        for event in [json!(null), json!("text"), json!({"request": 1}), json!([])] {
            assert_eq!(handle(event.clone()), event);
        }
    }
}
