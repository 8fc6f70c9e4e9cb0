//! Checks the matrix: row by row, caller by caller.

use claim_http::registry::{CATCH_ALL, Operation, Route};
use e2e::{ClaimDriver, Environment, Failed, pdf};
use local_stack::Response;
use serde_json::{Value, json};

use super::Everybody;
use super::callers::{Caller, Tokens};
use super::pages::Page;
use super::rows::{CLAIM, Expect, Given, NO_CLAIM, Row, by_the_registry, caller_of, matrix};
use super::sessions::{Sessions, send};
use super::side_effects::{Stream, SystemState};
use crate::fixtures::{
    action_required, approved, draft, etag, holds, rejected, same, submitted, under_review,
};

/// The numbers of the matrix's claims are above those of all scenarios and cases.
const FIRST_NUMBER: u8 = 150;

/// Every route of the deployed API, with whether an authorizer guards it.
fn deployed(environment: &Environment) -> Result<Vec<(String, bool)>, Failed> {
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

/// Every deployed route has one row, behind a token or not as the registry says; no row is of another route.
pub(super) fn is_complete(environment: &Environment) -> Result<(), Failed> {
    let mut rows = Vec::new();
    for (route, row) in matrix() {
        let (key, is_guarded) = (route.key(), !route.needs_no_token());
        let agrees = matches!(row, Row::Guarded { .. }) == is_guarded
            && (!matches!(row, Row::Page { .. }) || route.is_page() && !route.caller.is_public());
        holds(agrees, &format!("{key}: the registry and the row disagree whether it takes a token"))?;
        rows.extend(route.keys().map(|key| (key, is_guarded)));
    }
    // What no other route takes is told so, whoever asks.
    rows.push((CATCH_ALL.to_owned(), false));
    let mut deployed = deployed(environment)?;
    rows.sort();
    rows.dedup();
    deployed.sort();
    for route in &deployed {
        let what = format!("{route:?} is deployed and not in shared/http/src/registry.rs");
        holds(rows.contains(route), &what)?;
    }
    same(rows, deployed, "the rows of the matrix")
}

pub(super) fn check_row(
    environment: &Environment,
    everybody: &Everybody,
    nth: u8,
    (route, row): (&Route, Row),
) -> Result<(), Failed> {
    let participant = || environment.timeline.participant();
    let new_claim = || ClaimDriver::new(environment, participant(), FIRST_NUMBER + nth, "nadia");
    match row {
        Row::Guarded { given, body, exceptions } => {
            let mut claim = new_claim();
            let path = prepare(&mut claim, route, given)?;
            // Everybody comes with the same key: a refusal must not be kept under it.
            let key = format!("authorization-{nth}");
            Guarded { route, body, exceptions, claim, path, key }.check(environment, &everybody.tokens)
        }
        Row::Page { given, step, form, exceptions } => {
            // Pages know nobody by a token: whoever has no session is sent to sign in.
            is_public(environment, &everybody.tokens, route, NO_CLAIM, 303)?;
            let mut claim = new_claim();
            let mut path = prepare(&mut claim, route, given)?.replace("{step}", step);
            if path.contains("{draft}") {
                path = path.replace("/drafts/{draft}", &begun(environment, &everybody.sessions)?);
            }
            Page { route, form, exceptions, claim: &claim, path }.check(environment, &everybody.sessions)
        }
        Row::Public { parameter, status } => {
            is_public(environment, &everybody.tokens, route, parameter, status)
        }
    }
}

/// Brings a new claim to where the route's caller may make the request; the request's path.
fn prepare(claim: &mut ClaimDriver<'_>, route: &Route, given: Given) -> Result<String, Failed> {
    let name = format!("Authorization of {}", route.key());
    let mut announced = None;
    match given {
        Given::NoClaim => {}
        Given::Draft => {
            claim.create(&draft(&name, &["Teams", "Exchange"]))?;
            claim.upload("proof.pdf")?;
        }
        Given::Submitted => {
            submitted(claim, &name)?;
            let bytes = pdf("Announced");
            let asked = claim.announce("announced.pdf", "application/pdf", &bytes)?;
            claim.put(&asked, &bytes)?;
            announced = asked["evidence"]["id"].as_str().map(str::to_owned);
        }
        Given::UnderReview => under_review(claim, &name)?,
        Given::ActionRequired => action_required(claim, &name)?,
        Given::Approved => approved(claim, &name)?,
        Given::Rejected => rejected(claim, &name)?,
    }
    let evidence = match announced {
        Some(id) => id,
        None if claim.id.is_empty() => String::new(),
        None => claim.look("nadia")?["evidence"][0]["id"].as_str().unwrap_or_default().to_owned(),
    };
    let path = route.path.replace("{id}", &claim.id).replace("{evidenceId}", &evidence);
    let path = path.replace("{webhookId}", NO_CLAIM);
    Ok(match route.operation {
        Operation::CheckAssociations => format!("{path}?subscription=11111111-2222-3333-4444-555555555555"),
        _ => path,
    })
}

/// The address of a claim that Nadia has begun on pages.
fn begun(environment: &Environment, sessions: &Sessions) -> Result<String, Failed> {
    let session = sessions.of_allowed("nadia")?;
    let form = [("csrf", session.csrf.as_str())];
    let answer = send(environment, "POST", "/drafts", Some(&session), &[], Some(&form))?;
    let address = answer.header("location").map(str::to_owned);
    address.ok_or_else(|| Failed::new(format!("a claim is begun: {} {}", answer.status, answer.text())))
}

/// A row of a route behind a token, and the claim that its requests are about.
struct Guarded<'a> {
    route: &'a Route,
    body: Option<fn() -> Value>,
    exceptions: &'static [(Caller, Expect)],
    claim: ClaimDriver<'a>,
    path: String,
    key: String,
}

impl Guarded<'_> {
    /// Everybody who is refused comes first, then somebody who may call.
    fn check(&self, environment: &Environment, tokens: &Tokens) -> Result<(), Failed> {
        let (key, allowed) = (self.route.key(), caller_of(self.route));
        let revision =
            if self.claim.id.is_empty() { "\"1\"".to_owned() } else { etag(&self.claim, "nadia")? };
        let (before, stream) = (SystemState::at_rest(environment)?, Stream::now(environment)?);
        for caller in Caller::ALL {
            let what = format!("{key}: {caller:?}");
            let Some(expected) = self.expected(caller) else { continue };
            let bearer = tokens.bearer(environment, caller, allowed)?;
            let answer = self.request(self.route.method, environment, &revision, bearer.as_deref())?;
            if self.reads() {
                let head = self.request("HEAD", environment, &revision, bearer.as_deref())?;
                same((head.status, head.text()), (answer.status, String::new()), &format!("{what}: HEAD"))?;
            }
            check(&answer, expected, &self.claim.id)
                .map_err(|wrong| Failed::new(format!("{what}: {wrong}")))?;
            same(stream.written(environment)?, 0, &format!("{what}: writes"))?;
        }
        if let Some(difference) = SystemState::at_rest(environment)?.differs_from(&before) {
            return Err(Failed::new(format!("{key}: a refused request left something behind: {difference}")));
        }
        if self
            .exceptions
            .iter()
            .any(|(caller, expect)| *caller == Caller::Partner && *expect != Expect::Allowed)
        {
            // Its own partner was answered as the row says; what there is to carry out is in a case of its own.
            return Ok(());
        }
        let token = environment.stack.token(allowed)?;
        let answer = self.request(self.route.method, environment, &revision, Some(&token))?;
        let success = (200..400).contains(&answer.status);
        holds(success, &format!("{key}: {allowed} may call: {} {}", answer.status, answer.text()))?;
        let written = stream.written(environment)?;
        holds((written == 0) == self.reads(), &format!("{key}: {written} writes for {allowed}"))
    }

    /// Whether nothing is written. Who holds what may be asked only so often, which is counted.
    fn reads(&self) -> bool {
        self.route.method == "GET" && self.route.operation != Operation::CheckAssociations
    }

    fn request(
        &self,
        method: &str,
        environment: &Environment,
        revision: &str,
        bearer: Option<&str>,
    ) -> Result<Response, Failed> {
        let bearer = bearer.map(|token| format!("Bearer {token}"));
        let body = self.body.map(|body| body().to_string().replace(CLAIM, &self.claim.id));
        let mut headers = vec![("if-match", revision)];
        headers.extend(bearer.iter().map(|bearer| ("authorization", bearer.as_str())));
        headers.extend(body.iter().map(|_| ("content-type", "application/json")));
        if self.route.method == "POST" {
            headers.push(("idempotency-key", &self.key));
        }
        // A new claim is of no revision.
        headers.retain(|(name, _)| *name != "if-match" || self.path != "/v1/claims");
        let body = body.as_deref().map(str::as_bytes);
        Ok(environment.stack.send(method, &self.path, &headers, body)?)
    }

    /// What a caller is answered; nothing, if they may call and would write.
    fn expected(&self, caller: Caller) -> Option<Answer> {
        if caller.is_refused_by_the_gateway() {
            return Some(Answer::Gateways);
        }
        let exception = self.exceptions.iter().find(|(exception, _)| *exception == caller);
        match exception.map_or_else(|| by_the_registry(self.route, caller), |(_, expect)| *expect) {
            Expect::Allowed if !self.reads() => None,
            expect => Some(Answer::Ours(expect)),
        }
    }
}

/// A public route answers everybody alike, whatever token they come with, and writes nothing.
fn is_public(
    environment: &Environment,
    tokens: &Tokens,
    route: &Route,
    parameter: &str,
    expected: u16,
) -> Result<(), Failed> {
    let key = route.key();
    let segments = route.path.split('/').map(|part| if part.starts_with('{') { parameter } else { part });
    let path = segments.collect::<Vec<_>>().join("/");
    let (before, stream) = (SystemState::at_rest(environment)?, Stream::now(environment)?);
    let mut bodies = Vec::new();
    for caller in Caller::ALL {
        let bearer = tokens.bearer(environment, caller, "nadia")?.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> =
            bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        let answer = environment.stack.send(route.method, &path, &headers, None)?;
        same(answer.status, expected, &format!("{key}: {caller:?}"))?;
        if route.methods().any(|method| method == "HEAD") {
            let head = environment.stack.send("HEAD", &path, &headers, None)?;
            let what = format!("{key}: {caller:?}: HEAD");
            same((head.status, head.text()), (expected, String::new()), &what)?;
        }
        bodies.push(answer.body);
        same(stream.written(environment)?, 0, &format!("{key}: {caller:?}: writes"))?;
    }
    bodies.dedup();
    same(bodies.len(), 1, &format!("{key}: different answers"))?;
    match SystemState::at_rest(environment)?.differs_from(&before) {
        Some(difference) => Err(Failed::new(format!("{key}: something was left behind: {difference}"))),
        None => Ok(()),
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
        Answer::Ours(Expect::LedTo(place)) => {
            Err(Failed::new(format!("nobody is led from the interface to {place}")))
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
