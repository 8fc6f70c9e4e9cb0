//! Checks the matrix: row by row, caller by caller.

use e2e::{ClaimDriver, Environment, Failed, pdf};
use local_stack::Response;
use serde_json::{Value, json};

use super::callers::{Caller, Tokens};
use super::rows::{Expect, GUARDED, Given, PUBLIC, Row};
use super::side_effects::{Stream, SystemState};
use crate::fixtures::{
    action_required, approved, draft, etag, holds, rejected, same, submitted, under_review,
};

/// The numbers of the matrix's claims are above those of all scenarios and cases.
const FIRST_NUMBER: u8 = 150;

/// Every route of the deployed API, with whether an authorizer guards it.
pub(super) fn routes(environment: &Environment) -> Result<Vec<(String, bool)>, Failed> {
    let api = environment.stack.deployment().output("HttpApiId")?;
    let listed =
        environment.stack.aws().rest("apigateway", "GET", &format!("/v2/apis/{api}/routes"), None)?;
    let routes = listed["items"].as_array().into_iter().flatten();
    Ok(routes
        .map(|route| {
            (route["routeKey"].as_str().unwrap_or_default().to_owned(), route["authorizationType"] == "JWT")
        })
        .collect())
}

/// Every route has one row, behind a token or not; no row is of another route.
pub(super) fn is_complete(environment: &Environment) -> Result<(), Failed> {
    let mut rows: Vec<(String, bool)> = GUARDED
        .iter()
        .map(|row| (row.route.to_owned(), true))
        .chain(PUBLIC.iter().map(|(route, _, _)| ((*route).to_owned(), false)))
        .collect();
    let mut routes = routes(environment)?;
    rows.sort();
    routes.sort();
    for route in &routes {
        holds(
            rows.contains(route),
            &format!("{route:?} has no row in tests/e2e/tests/suite/authorization/rows.rs"),
        )?;
    }
    same(rows, routes, "the rows of the matrix")
}

/// One row of the matrix: everybody who is refused first, then somebody who may call.
pub(super) fn check_row(
    environment: &Environment,
    tokens: &Tokens,
    nth: u8,
    row: &Row,
) -> Result<(), Failed> {
    let mut claim =
        ClaimDriver::new(environment, environment.timeline.participant(), FIRST_NUMBER + nth, "nadia");
    let evidence = prepare(&mut claim, row)?;
    let path = row.route.split_once(' ').map_or("", |(_, path)| path);
    let path = path.replace("{id}", &claim.id).replace("{evidenceId}", &evidence);
    let revision = if claim.id.is_empty() { "\"1\"".to_owned() } else { etag(&claim, "nadia")? };
    // Everybody comes with the same key: a refusal must not be kept under it.
    let key = format!("authorization-{nth}");
    let call = |bearer: Option<&str>| request(environment, row, &path, &revision, &key, bearer);

    let (before, stream) = (SystemState::at_rest(environment)?, Stream::now(environment)?);
    for caller in Caller::ALL {
        let what = format!("{}: {caller:?}", row.route);
        let Some(expected) = expected(row, caller) else { continue };
        let bearer = tokens.bearer(environment, caller, row.caller)?;
        let answer = call(bearer.as_deref())?;
        check(&answer, expected, &claim.id).map_err(|wrong| Failed::new(format!("{what}: {wrong}")))?;
        same(stream.written(environment)?, 0, &format!("{what}: writes"))?;
    }
    if let Some(difference) = SystemState::at_rest(environment)?.differs_from(&before) {
        return Err(Failed::new(format!(
            "{}: a refused request left something behind: {difference}",
            row.route
        )));
    }
    let allowed = call(Some(&environment.stack.token(row.caller)?))?;
    let success = (200..400).contains(&allowed.status);
    holds(
        success,
        &format!("{}: {} may call: {} {}", row.route, row.caller, allowed.status, allowed.text()),
    )?;
    let written = stream.written(environment)?;
    holds((written == 0) == row.reads(), &format!("{}: {written} writes for {}", row.route, row.caller))
}

/// A public route answers everybody alike, whatever token they come with, and writes nothing.
pub(super) fn is_public(
    environment: &Environment,
    tokens: &Tokens,
    row: &(&str, &str, u16),
) -> Result<(), Failed> {
    let (route, path, expected) = *row;
    let method = route.split(' ').next().unwrap_or_default();
    let (before, stream) = (SystemState::at_rest(environment)?, Stream::now(environment)?);
    let mut bodies = Vec::new();
    for caller in Caller::ALL {
        let bearer = tokens.bearer(environment, caller, "nadia")?.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> =
            bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        let answer = environment.stack.send(method, path, &headers, None)?;
        same(answer.status, expected, &format!("{route}: {caller:?}"))?;
        bodies.push(answer.body);
        same(stream.written(environment)?, 0, &format!("{route}: {caller:?}: writes"))?;
    }
    bodies.dedup();
    same(bodies.len(), 1, &format!("{route}: different answers"))?;
    match SystemState::at_rest(environment)?.differs_from(&before) {
        Some(difference) => Err(Failed::new(format!("{route}: something was left behind: {difference}"))),
        None => Ok(()),
    }
}

/// Brings the claim to where the row's caller may make the request, and returns the document it is about.
fn prepare(claim: &mut ClaimDriver<'_>, row: &Row) -> Result<String, Failed> {
    let name = format!("Authorization of {}", row.route);
    match row.given {
        Given::NoClaim => return Ok(String::new()),
        Given::Draft => {
            claim.create(&draft(&name, &["Teams", "Exchange"]))?;
            claim.upload("proof.pdf")?;
        }
        Given::Submitted => {
            submitted(claim, &name)?;
            let bytes = pdf("Announced");
            let asked = claim.announce("announced.pdf", "application/pdf", &bytes)?;
            claim.put(&asked, &bytes)?;
            return Ok(asked["evidence"]["id"].as_str().unwrap_or_default().to_owned());
        }
        Given::UnderReview => under_review(claim, &name)?,
        Given::ActionRequired => action_required(claim, &name)?,
        Given::Approved => approved(claim, &name)?,
        Given::Rejected => rejected(claim, &name)?,
    }
    Ok(claim.look("nadia")?["evidence"][0]["id"].as_str().unwrap_or_default().to_owned())
}

fn request(
    environment: &Environment,
    row: &Row,
    path: &str,
    revision: &str,
    key: &str,
    bearer: Option<&str>,
) -> Result<Response, Failed> {
    let method = row.route.split(' ').next().unwrap_or_default();
    let bearer = bearer.map(|token| format!("Bearer {token}"));
    let body = row.body.map(|body| body().to_string());
    let mut headers = vec![("if-match", revision)];
    headers.extend(bearer.iter().map(|bearer| ("authorization", bearer.as_str())));
    headers.extend(body.iter().map(|_| ("content-type", "application/json")));
    if method == "POST" {
        headers.push(("idempotency-key", key));
    }
    // A new claim is of no revision.
    headers.retain(|(name, _)| *name != "if-match" || path != "/v1/claims");
    Ok(environment.stack.send(method, path, &headers, body.as_deref().map(str::as_bytes))?)
}

/// What a caller is answered on a row; nothing, if they may call and would write.
fn expected(row: &Row, caller: Caller) -> Option<Answer> {
    let expect = match caller {
        caller if caller.is_refused_by_the_gateway() => return Some(Answer::Gateways),
        Caller::OtherOrganisation => row.other_organisation,
        Caller::Reviewer => row.reviewer,
        Caller::Partner => row.partner,
        Caller::Unassigned => row.unassigned,
        _ => Expect::Refused(403, "forbidden"),
    };
    match expect {
        Expect::Allowed if !row.reads() => None,
        expect => Some(Answer::Ours(expect)),
    }
}

/// Whose answer is expected.
enum Answer {
    /// The gateway's own 401, in its own form.
    Gateways,
    /// One of ours.
    Ours(Expect),
}

fn check(answer: &Response, expected: Answer, claim: &str) -> Result<(), Failed> {
    let media = answer.header("content-type").unwrap_or_default();
    let body = answer.json();
    match expected {
        Answer::Gateways => {
            same(
                (answer.status, body),
                (401, json!({ "message": "Unauthorized" })),
                "the gateway's own form",
            )?;
            same(media, "application/json", "the media type")
        }
        Answer::Ours(Expect::Allowed) => {
            holds(matches!(answer.status, 200 | 303), &format!("{} {}", answer.status, answer.text()))
        }
        Answer::Ours(Expect::SeesNothing) => {
            same(answer.status, 200, "the list")?;
            holds(!claim.is_empty() && !answer.text().contains(claim), "the claim is not in it")
        }
        Answer::Ours(Expect::Refused(status, kind)) => {
            same((answer.status, media), (status, "application/problem+json"), &answer.text())?;
            is_problem(&body, status, kind)
        }
    }
}

/// Our problem document, whole.
fn is_problem(body: &Value, status: u16, kind: &str) -> Result<(), Failed> {
    same(body["type"].as_str(), Some(format!("/v1/problems/{kind}").as_str()), "the type")?;
    same(body["status"].as_u64(), Some(status.into()), "the status in the document")?;
    for field in ["title", "detail", "rule", "next"] {
        holds(
            body[field].as_str().is_some_and(|text| !text.is_empty()),
            &format!("{field} says something: {body}"),
        )?;
    }
    holds(body["allowed"].is_array(), "what is allowed is listed")
}
