//! Puts into access tokens who has them: of a person the partner organisation, its display name and MPN ids, name and address
//! (I7, D21); of a program the same, and its role (D25).
//!
//! Cognito puts custom attributes into id tokens only; its pre-token-generation trigger (V3_0) can add them to access
//! tokens. Only administrators write these attributes, so that nobody can give themselves an organisation. A program has no
//! attributes and is in no group: what its token says is in its registration, which an operator made.

use std::sync::Arc;

use claim_domain::client::{MachineClient, Registration};
use claim_domain::ids::ClientId;
use claim_runtime::{Aws, ConfigError, Error, Variables};
use claim_store::Store;
use serde_json::{Map, Value, json};

/// The attributes of people that are copied, with the names of the token's claims.
const COPIED: [(&str, &str); 6] = [
    ("custom:partner_id", "partner_id"),
    ("custom:partner_name", "partner_name"),
    ("custom:mpn_ids", "mpn_ids"),
    ("name", "name"),
    ("email", "email"),
    ("email_verified", "email_verified"),
];

/// What Cognito says when a program signs in, with its own credentials.
pub const BY_CLIENT_CREDENTIALS: &str = "TokenGeneration_ClientCredentials";

/// The function as Lambda runs it.
pub struct Function(Tokens);

impl claim_runtime::Function for Function {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    type Event = Value;
    type Answer = Value;

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let (aws, table) = (Aws::new(variables)?, variables.required("TABLE_NAME")?.to_owned());
        Ok(Self(Tokens::over(Store::new(Arc::new(aws.dynamodb()), table, 1))))
    }

    async fn handle(&self, event: Value, _: &str) -> Result<Value, Error> {
        self.0.handle(event).await
    }
}

/// Says what tokens say.
pub struct Tokens {
    store: Store,
}

impl Tokens {
    /// With the machine clients of this store.
    pub fn over(store: Store) -> Self {
        Self { store }
    }

    /// Answers the trigger's event with the claims to add; an attribute that a person does not have is not added. An event
    /// of another form is returned as it came, which leaves the token as it is.
    ///
    /// # Errors
    /// When the table fails. Then Cognito makes no token, and the program asks again.
    pub async fn handle(&self, mut event: Value) -> Result<Value, Error> {
        let claims = match event["triggerSource"].as_str() {
            Some(BY_CLIENT_CREDENTIALS) => self.of_program(&event).await?,
            _ => of_person(&event),
        };
        if let Some(event) = event.as_object_mut().filter(|_| !claims.is_empty()) {
            let generation = json!({ "accessTokenGeneration": { "claimsToAddOrOverride": claims } });
            event.insert("response".to_owned(), json!({ "claimsAndScopeOverrideDetails": generation }));
        }
        Ok(event)
    }

    /// The claims of a program's token: without a registration that is good, only that it is a program's. With such a
    /// token nothing is allowed.
    async fn of_program(&self, event: &Value) -> Result<Map<String, Value>, Error> {
        let id = event.pointer("/callerContext/clientId").and_then(Value::as_str);
        let Some(id) = id.and_then(|id| id.parse::<ClientId>().ok()) else { return Ok(marked()) };
        let client = self.store.machine_client(&id).await?;
        let Some(client) = client.filter(|client| client.revoked_at.is_none()) else {
            tracing::warn!(client.id = %id, "a program without a registration signed in");
            return Ok(marked());
        };
        Ok(of_client(client))
    }
}

/// The claims of a person's token: the attributes that the person has, of those that are copied.
pub fn of_person(event: &Value) -> Map<String, Value> {
    let copied = COPIED.iter().filter_map(|(attribute, claim)| {
        let value = event.pointer("/request/userAttributes")?.get(*attribute)?;
        Some(((*claim).to_owned(), value.clone()))
    });
    copied.collect()
}

/// What the API knows a program's token by, unless the parameter ClaimClient says otherwise.
fn marked() -> Map<String, Value> {
    Map::from_iter([("gty".to_owned(), "client-credentials".into())])
}

fn of_client(client: MachineClient) -> Map<String, Value> {
    let Registration { name, role, organisation } = client.registration;
    let mut claims = marked();
    claims.insert("name".to_owned(), name.into());
    // Cognito lets nobody add a claim whose name begins with `cognito:`, so this is beside the groups of people.
    claims.insert("role".to_owned(), role.as_str().into());
    if let Some(organisation) = organisation {
        let mpn_ids: Vec<&str> = organisation.mpn_ids.iter().map(|id| id.as_str()).collect();
        claims.insert("mpn_ids".to_owned(), mpn_ids.join(",").into());
        claims.insert("partner_id".to_owned(), organisation.id.as_str().into());
        claims.insert("partner_name".to_owned(), organisation.name.into());
    }
    claims
}
