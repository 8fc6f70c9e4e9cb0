//! Sessions of pages: people sign in over the pool's own form, as a browser would, and hold a cookie.

use std::collections::BTreeMap;

use local_stack::{PASSWORD, Response, Stack};
use quick_xml::escape::unescape;
use regex_lite::Regex;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::claim_driver::accept;
use crate::{Environment, Failed};

/// The cookie of a session.
pub const SESSION_COOKIE: &str = "__Host-session";

/// What a browser and its forms know of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What is in the cookie.
    pub cookie: String,
    /// What every form brings along.
    pub csrf: String,
}

/// Sends a request as a browser does that holds this session and shows a page of ours.
///
/// # Errors
/// When no answer comes.
pub fn send(
    environment: &Environment,
    method: &str,
    path: &str,
    session: Option<&Session>,
    headers: &[(&str, &str)],
    form: Option<&[(&str, &str)]>,
) -> Result<Response, Failed> {
    let cookie = session.map(|session| format!("{SESSION_COOKIE}={}", session.cookie));
    let body = form.map(encoded);
    let mut all = headers.to_vec();
    all.extend(cookie.iter().map(|cookie| ("cookie", cookie.as_str())));
    all.extend(body.iter().map(|_| ("content-type", "application/x-www-form-urlencoded")));
    Ok(environment.stack.send(method, path, &all, body.as_deref().map(str::as_bytes))?)
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The value to which an answer sets a cookie.
pub fn cookie_of(answer: &Response, name: &str) -> Option<String> {
    let mut pairs = answer.cookies.iter().filter_map(|cookie| cookie.split(';').next()?.split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// The session of somebody who has signed in over the pool's own form.
///
/// # Errors
/// What the pool or the pages answered instead.
pub fn signed_in(environment: &Environment, name: &str) -> Result<Session, Failed> {
    let answer = sign_in(&environment.stack, name)?;
    if answer.status != 303 {
        return Err(Failed::new(format!("{name} signs in: {} {}", answer.status, answer.text())));
    }
    let cookie =
        cookie_of(&answer, SESSION_COOKIE).ok_or_else(|| Failed::new(format!("{name} has no session")))?;
    let csrf = secret_of(environment, &cookie)?;
    Ok(Session { cookie, csrf })
}

/// The secret of a session's forms, from the table: not every page of a person has a form.
fn secret_of(environment: &Environment, cookie: &str) -> Result<String, Failed> {
    let hash: String = Sha256::digest(cookie).iter().map(|byte| format!("{byte:02x}")).collect();
    let body = json!({
        "TableName": table(environment)?, "Key": { "pk": { "S": format!("SESSION#{hash}") } }, "ConsistentRead": true,
    });
    let item = environment.stack.aws().json("dynamodb", "DynamoDB_20120810.GetItem", &body)?;
    let secret = item["Item"]["csrf"]["S"].as_str().map(str::to_owned);
    secret.ok_or_else(|| Failed::new("the session is not in the table under the hash of its cookie"))
}

/// The name of the table of sessions.
///
/// # Errors
/// When no deployed function has one.
pub fn table(environment: &Environment) -> Result<String, Failed> {
    let functions = environment.stack.deployment().functions.values();
    let mut names = functions.filter_map(|function| function.environment.get("SESSIONS_TABLE"));
    names.next().cloned().ok_or_else(|| Failed::new("no function has a table of sessions"))
}

/// Signs somebody in over the pool's own form: the answer to what the pool sends the browser back with.
///
/// # Errors
/// When the way there is another one.
pub fn sign_in(stack: &Stack, name: &str) -> Result<Response, Failed> {
    let led = |answer: &Response, what: &str| -> Result<String, Failed> {
        let address = answer.header("location").map(str::to_owned);
        address.ok_or_else(|| Failed::new(format!("{what}: {} {}", answer.status, answer.text())))
    };
    let start = stack.send("GET", "/sign-in", &[], None)?;
    let issuer = led(&start, "to the issuer")?;
    let under_way = start.cookies.iter().filter_map(|cookie| cookie.split(';').next());
    let under_way = under_way.collect::<Vec<_>>().join("; ");
    let form = stack.send("GET", &issuer, &[], None)?;
    accept(&form, "the pool's form")?;
    let mut fields = fields_of(&form.text())?;
    fields.insert("username".to_owned(), local_stack::user(name)?.email.to_owned());
    fields.insert("password".to_owned(), PASSWORD.to_owned());
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let origin: Vec<&str> = issuer.splitn(4, '/').take(3).collect();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let sent = stack.send(
        "POST",
        &format!("{}/login", origin.join("/")),
        &headers,
        Some(encoded(&fields).as_bytes()),
    )?;
    let back = led(&sent, "back from the pool")?;
    Ok(stack.send("GET", &back, &[("cookie", &under_way)], None)?)
}

/// The hidden fields of a form, by name.
fn fields_of(form: &str) -> Result<BTreeMap<String, String>, Failed> {
    let input = Regex::new(r#"<input[^>]*name="([^"]+)"[^>]*value="([^"]*)""#)
        .map_err(|error| Failed::new(error.to_string()))?;
    let mut fields = BTreeMap::new();
    for field in input.captures_iter(form) {
        let value = unescape(&field[2]).map_err(|error| Failed::new(error.to_string()))?;
        fields.insert(field[1].to_owned(), value.into_owned());
    }
    Ok(fields)
}
