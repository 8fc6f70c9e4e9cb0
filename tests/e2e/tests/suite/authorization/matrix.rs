//! Walks the matrix: row by row, caller by caller, on a stack where nothing else happens.

use e2e::{Failed, Play, Stage, pdf};
use local_stack::Response;
use serde_json::{Value, json};

use super::callers::{Caller, Tokens};
use super::rows::{Expect, GUARDED, PUBLIC, Row, Scene};
use super::witness::{Everything, Stream};
use crate::scene::{action_required, approved, draft, etag, holds, rejected, same, submitted, under_review};

/// The numbers of lives that the matrix plays, above all others.
const FIRST_LIFE: u8 = 150;

/// Every route of the deployed API, with whether an authorizer guards it.
pub(super) fn routes(stage: &Stage) -> Result<Vec<(String, bool)>, Failed> {
    let api = stage.stack.deployment().output("HttpApiId")?;
    let listed = stage.stack.aws().rest("apigateway", "GET", &format!("/v2/apis/{api}/routes"), None)?;
    let routes = listed["items"].as_array().into_iter().flatten();
    Ok(routes
        .map(|route| {
            (route["routeKey"].as_str().unwrap_or_default().to_owned(), route["authorizationType"] == "JWT")
        })
        .collect())
}

/// Every route has one row, on its side of the gate; no row is of another route.
pub(super) fn is_complete(stage: &Stage) -> Result<(), Failed> {
    let mut rows: Vec<(String, bool)> = GUARDED
        .iter()
        .map(|row| (row.route.to_owned(), true))
        .chain(PUBLIC.iter().map(|(route, _, _)| ((*route).to_owned(), false)))
        .collect();
    let mut routes = routes(stage)?;
    rows.sort();
    routes.sort();
    for route in &routes {
        holds(rows.contains(route), &format!("{route:?} has no row in tests/e2e/tests/suite/gate/rows.rs"))?;
    }
    same(rows, routes, "the rows of the matrix")
}

/// One row of the matrix: everybody who is refused first, then who it is for.
pub(super) fn walk(stage: &Stage, tokens: &Tokens, nth: u8, row: &Row) -> Result<(), Failed> {
    let mut claim = Play::new(stage, stage.timeline.seat(), FIRST_LIFE + nth, "nadia");
    let evidence = set(&mut claim, row)?;
    let path = row.route.split_once(' ').map_or("", |(_, path)| path);
    let path = path.replace("{id}", &claim.id).replace("{evidenceId}", &evidence);
    let revision = if claim.id.is_empty() { "\"1\"".to_owned() } else { etag(&claim, "nadia")? };
    // Everybody comes with the same key: a refusal must not be kept under it.
    let key = format!("gate-{nth}");
    let call = |bearer: Option<&str>| request(stage, row, &path, &revision, &key, bearer);

    let (before, stream) = (Everything::at_rest(stage)?, Stream::now(stage)?);
    for caller in Caller::ALL {
        let what = format!("{}: {caller:?}", row.route);
        let Some(expected) = expected(row, caller) else { continue };
        let bearer = tokens.bearer(stage, caller, row.right)?;
        let answer = call(bearer.as_deref())?;
        check(&answer, expected, &claim.id).map_err(|wrong| Failed::new(format!("{what}: {wrong}")))?;
        same(stream.written(stage)?, 0, &format!("{what}: writes"))?;
    }
    if let Some(difference) = Everything::at_rest(stage)?.differs_from(&before) {
        return Err(Failed::new(format!(
            "{}: a refused request left something behind: {difference}",
            row.route
        )));
    }
    let right = call(Some(&stage.stack.token(row.right)?))?;
    let success = (200..400).contains(&right.status);
    holds(success, &format!("{}: {} is let in: {} {}", row.route, row.right, right.status, right.text()))?;
    let written = stream.written(stage)?;
    holds((written == 0) == row.reads(), &format!("{}: {written} writes for {}", row.route, row.right))
}

/// A public route answers everybody alike, whatever token they come with, and writes nothing.
pub(super) fn is_public(stage: &Stage, tokens: &Tokens, row: &(&str, &str, u16)) -> Result<(), Failed> {
    let (route, path, expected) = *row;
    let method = route.split(' ').next().unwrap_or_default();
    let (before, stream) = (Everything::at_rest(stage)?, Stream::now(stage)?);
    let mut bodies = Vec::new();
    for caller in Caller::ALL {
        let bearer = tokens.bearer(stage, caller, "nadia")?.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> =
            bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        let answer = stage.stack.send(method, path, &headers, None)?;
        same(answer.status, expected, &format!("{route}: {caller:?}"))?;
        bodies.push(answer.body);
        same(stream.written(stage)?, 0, &format!("{route}: {caller:?}: writes"))?;
    }
    bodies.dedup();
    same(bodies.len(), 1, &format!("{route}: different answers"))?;
    match Everything::at_rest(stage)?.differs_from(&before) {
        Some(difference) => Err(Failed::new(format!("{route}: something was left behind: {difference}"))),
        None => Ok(()),
    }
}

/// Brings the row's claim to where its rightful caller may make the request, and returns the document it is about.
fn set(claim: &mut Play<'_>, row: &Row) -> Result<String, Failed> {
    let name = format!("Gate {}", row.route);
    match row.scene {
        Scene::Anything => return Ok(String::new()),
        Scene::Draft => {
            claim.create(&draft(&name, &["Teams", "Exchange"]))?;
            claim.upload("proof.pdf")?;
        }
        Scene::Submitted => {
            submitted(claim, &name)?;
            let bytes = pdf("Announced");
            let asked = claim.announce("announced.pdf", "application/pdf", &bytes)?;
            claim.put(&asked, &bytes)?;
            return Ok(asked["evidence"]["id"].as_str().unwrap_or_default().to_owned());
        }
        Scene::UnderReview => under_review(claim, &name)?,
        Scene::ActionRequired => action_required(claim, &name)?,
        Scene::Approved => approved(claim, &name)?,
        Scene::Rejected => rejected(claim, &name)?,
    }
    Ok(claim.look("nadia")?["evidence"][0]["id"].as_str().unwrap_or_default().to_owned())
}

fn request(
    stage: &Stage,
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
    Ok(stage.stack.send(method, path, &headers, body.as_deref().map(str::as_bytes))?)
}

/// What a caller is answered on a row; nothing, if they belong there and would write.
fn expected(row: &Row, caller: Caller) -> Option<Answer> {
    let expect = match caller {
        caller if caller.is_stopped_at_the_gateway() => return Some(Answer::OfTheGateway),
        Caller::Foreigner => row.foreigner,
        Caller::Reviewer => row.reviewer,
        Caller::Partner => row.partner,
        Caller::Unassigned => row.unassigned,
        _ => Expect::Refused(403, "forbidden"),
    };
    match expect {
        Expect::Belongs if !row.reads() => None,
        expect => Some(Answer::Ours(expect)),
    }
}

/// Whose answer is expected.
enum Answer {
    /// The gateway's own 401, in its own form.
    OfTheGateway,
    /// One of ours.
    Ours(Expect),
}

fn check(answer: &Response, expected: Answer, claim: &str) -> Result<(), Failed> {
    let media = answer.header("content-type").unwrap_or_default();
    let body = answer.json();
    match expected {
        Answer::OfTheGateway => {
            same(
                (answer.status, body),
                (401, json!({ "message": "Unauthorized" })),
                "the gateway's own form",
            )?;
            same(media, "application/json", "the media type")
        }
        Answer::Ours(Expect::Belongs) => {
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
