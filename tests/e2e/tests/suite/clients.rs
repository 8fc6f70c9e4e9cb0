//! Programs that sign in as machine clients (D25).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_domain::client::{Organisation, Registration};
use claim_domain::people::Role;
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use local_stack::{NORTHWIND, Response, Stack};
use operator::clients::{ClientError, Clients, Credentials, SCOPE};
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, history, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_program_acts_for_its_organisation_until_it_is_revoked", until_revoked)
            .proves(&[Rule::D25, Rule::I7]),
    ]
}

fn until_revoked(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failed::new(error.to_string()))?;
    let stack = &claim.environment.stack;
    let clients = Clients::local(Stack::attach(stack.layout().port)?).map_err(|error| refused(&error))?;
    let mpn_ids = NORTHWIND.mpn_ids.iter().filter_map(|id| id.parse().ok()).collect();
    let organisation = NORTHWIND.id.parse().map_err(|_| Failed::new("the organisation has another id"))?;
    let organisation = Organisation { id: organisation, name: NORTHWIND.name.to_owned(), mpn_ids };
    let registration =
        Registration::new("Nightly sync".to_owned(), Role::IncentivesAdmin, Some(organisation))
            .map_err(|error| Failed::new(error.to_string()))?;
    let first =
        runtime.block_on(clients.create(registration, stack.now())).map_err(|error| refused(&error))?;

    // It acts, and the history names it as a program.
    let token = token(claim, &first)?;
    let made = send(claim, &token, "POST", "/v1/claims", Some(&draft("Made by a program", &["Teams"])))?;
    status(&made, 201, "a program's claim")?;
    claim.was_created(made.json()["id"].as_str().unwrap_or_default())?;
    let by = json!({ "role": "incentives-admin", "id": first.id, "name": "Nightly sync", "client": true });
    same(history(claim, "nadia")?[0]["actor"].clone(), by, "who created the claim")?;
    let page = send(claim, &token, "GET", &claim.path(""), None)?;
    status(&page, 200, "its own organisation's claim")?;
    let queue = send(claim, &token, "GET", "/v1/review/queue", None)?;
    status(&queue, 403, "the reviewers' queue")?;

    // While one secret replaces the other, both are good; then only the new one.
    let second = runtime.block_on(clients.rotate(&first.id)).map_err(|error| refused(&error))?;
    for credentials in [&first, &second] {
        let token = self::token(claim, credentials)?;
        status(&send(claim, &token, "GET", &claim.path(""), None)?, 200, "during the rotation")?;
    }
    let third = runtime.block_on(clients.rotate(&first.id));
    holds(matches!(third, Err(ClientError::TwoSecrets(_))), "a third secret is refused")?;
    runtime.block_on(clients.end_older_secret(&first.id)).map_err(|error| refused(&error))?;
    holds(signed_in(claim, &first)?.status == 400, "the older secret is not good any more")?;
    let token = self::token(claim, &second)?;

    // Revoked, it gets no token, and the one that it has is refused.
    runtime.block_on(clients.revoke(&first.id, stack.now())).map_err(|error| refused(&error))?;
    holds(signed_in(claim, &second)?.status == 400, "a revoked client gets no token")?;
    status(&send(claim, &token, "GET", &claim.path(""), None)?, 401, "a token from before")?;
    let standing = runtime.block_on(clients.list()).map_err(|error| refused(&error))?;
    let standing = standing.iter().find(|standing| standing.client.id == first.id);
    let standing = standing.ok_or_else(|| Failed::new("the client is listed"))?;
    holds(standing.client.revoked_at.is_some() && !standing.let_in, "it is listed as revoked")?;
    runtime.block_on(clients.revoke(&first.id, stack.now())).map_err(|error| refused(&error))?;
    status(&claim.call("nadia", "GET", &claim.path(""), &[], None)?, 200, "people are let in as before")
}

/// The answer of the user pool to a program's sign-in.
fn signed_in(claim: &ClaimDriver<'_>, Credentials { id, secret }: &Credentials) -> Result<Response, Failed> {
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let headers = [("authorization", basic.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let form = format!("grant_type=client_credentials&scope={}", SCOPE.replace('/', "%2F"));
    let stack = &claim.environment.stack;
    Ok(stack.send("POST", &stack.token_url(), &headers, Some(form.as_bytes()))?)
}

fn token(claim: &ClaimDriver<'_>, credentials: &Credentials) -> Result<String, Failed> {
    let answer = signed_in(claim, credentials)?;
    status(&answer, 200, "a program signs in")?;
    Ok(answer.json()["access_token"].as_str().unwrap_or_default().to_owned())
}

fn send(
    claim: &ClaimDriver<'_>,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Response, Failed> {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = body.map(Value::to_string);
    Ok(claim.environment.stack.send(method, path, &headers, body.as_deref().map(str::as_bytes))?)
}

fn refused(error: &ClientError) -> Failed {
    Failed::new(claim_runtime::logging::chain(error))
}
