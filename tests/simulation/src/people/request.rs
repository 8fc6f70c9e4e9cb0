//! The people who send requests, their requests, and the responses that they receive.

use std::collections::HashMap;
use std::fmt;

use claim_domain::ids::ClaimId;
use claim_http::registry::route;
use claim_session::SESSION_COOKIE;
use lambda_http::aws_lambda_events::apigw::{
    ApiGatewayRequestAuthorizer, ApiGatewayRequestAuthorizerJwtDescription, ApiGatewayV2httpRequest,
};
use lambda_http::http::header::{
    ACCEPT, CONTENT_TYPE, COOKIE, ETAG, HeaderName, HeaderValue, IF_MATCH, LOCATION,
};
use lambda_http::{Body, Response};
use serde_json::Value;

use crate::engine::Millis;
use crate::setup::{MPN_IDS, ORGANISATIONS, PARTNER_NAMES};

/// Somebody who sends requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Person {
    /// A member of a partner organisation, by the number of the organisation and of the member.
    Partner(usize, usize),
    /// A reviewer, by number.
    Reviewer(usize),
    Lead,
    /// Whoever has a consent link.
    Customer,
}

impl Person {
    pub(crate) fn id(self) -> String {
        match self {
            Self::Partner(organisation, person) => format!("{}-{person}", ORGANISATIONS[organisation]),
            Self::Reviewer(place) => format!("reviewer-{place}"),
            Self::Lead => "lead".to_owned(),
            Self::Customer => "customer".to_owned(),
        }
    }

    /// The id of the person's partner organisation.
    pub(crate) fn organisation(self) -> Option<&'static str> {
        match self {
            Self::Partner(organisation, _) => Some(ORGANISATIONS[organisation]),
            _ => None,
        }
    }

    /// The claims of the person's token. A customer has no token.
    pub(super) fn token_claims(self) -> Option<HashMap<String, String>> {
        let roles = match self {
            Self::Partner(_, 0) => "[incentives-admin]",
            Self::Partner(_, _) => "[billing-admin]",
            Self::Reviewer(_) => "[reviewer]",
            Self::Lead => "[review-lead]",
            Self::Customer => return None,
        };
        let mut claims = HashMap::from([
            ("sub".to_owned(), self.id()),
            ("token_use".to_owned(), "access".to_owned()),
            ("cognito:groups".to_owned(), roles.to_owned()),
            ("name".to_owned(), self.id()),
        ]);
        if let Self::Partner(organisation, _) = self {
            claims.insert("partner_id".to_owned(), ORGANISATIONS[organisation].to_owned());
            claims.insert("partner_name".to_owned(), PARTNER_NAMES[organisation].to_owned());
            claims.insert("mpn_ids".to_owned(), MPN_IDS[organisation].join(","));
        }
        Some(claims)
    }
}

/// A request that a person sends to the API.
#[derive(Debug, Clone)]
pub(crate) struct SentRequest {
    /// A short name of what the request does.
    pub(crate) name: &'static str,
    pub(crate) person: Person,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    /// The Idempotency-Key.
    pub(crate) key: Option<String>,
    /// The revision in the If-Match header.
    pub(crate) if_match: Option<u64>,
    /// The claim that the request is about.
    pub(crate) claim: Option<ClaimId>,
    /// What a browser sends along, if the request is one for a page.
    pub(crate) browser: Option<Browser>,
}

/// What a browser sends along.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// The cookie of the session, unless the person has signed out in another window.
    pub(crate) cookie: Option<String>,
    /// The fields of the form.
    pub(crate) fields: Vec<(String, String)>,
    /// Whether the form only asks what would follow.
    pub(crate) only_asks: bool,
    /// What a page said before.
    pub(crate) said: Option<Said>,
}

/// What a page said of a command before the form was sent: whether it is possible.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    /// When the page was asked for.
    pub(crate) at: Millis,
    /// When the first of the claim's clocks was due then, if any was running.
    pub(crate) first_due: Option<Millis>,
    pub(crate) is_possible: bool,
}

impl SentRequest {
    /// Whether the request only reads (I8).
    pub(crate) fn is_read(&self) -> bool {
        self.method == "GET" || self.browser.as_ref().is_some_and(|browser| browser.only_asks)
    }

    /// Whether the person says that a contact outside the customer's domains belongs to the customer.
    pub(crate) fn confirms_contact(&self) -> bool {
        let ticked = |(name, value): &(String, String)| name == "confirmContact" && value == "yes";
        match &self.browser {
            Some(browser) => browser.fields.iter().any(ticked),
            None => self.body.as_ref().is_some_and(|body| body["confirmContact"] == true),
        }
    }

    /// The name of the function that handles the request.
    pub(crate) fn function(&self) -> &'static str {
        route(self.method, self.without_query()).map_or("none", |route| route.function)
    }

    /// The path alone.
    fn without_query(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The event with which the API gateway invokes the function.
    pub(crate) fn event(&self) -> ApiGatewayV2httpRequest {
        let mut event = ApiGatewayV2httpRequest::default();
        event.raw_path = Some(self.without_query().to_owned());
        event.raw_query_string = self.path.split_once('?').map(|(_, query)| query.to_owned());
        let mut header = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                event.headers.insert(name, value);
            }
        };
        if let Some(browser) = &self.browser {
            header(ACCEPT, "text/html");
            header(HeaderName::from_static("sec-fetch-site"), "same-origin");
            if let Some(cookie) = &browser.cookie {
                header(COOKIE, &format!("{SESSION_COOKIE}={cookie}"));
            }
            if self.method == "POST" {
                header(CONTENT_TYPE, "application/x-www-form-urlencoded");
                event.body = Some(super::form::encoded(&browser.fields));
            }
            event.request_context.http.method = self.method.parse().unwrap_or_default();
            return event;
        }
        header(ACCEPT, "application/json");
        if let Some(key) = &self.key {
            header(HeaderName::from_static("idempotency-key"), key);
        }
        if let Some(revision) = self.if_match {
            header(IF_MATCH, &format!("\"{revision}\""));
        }
        if self.body.is_some() {
            header(CONTENT_TYPE, "application/json");
        }
        event.body = self.body.as_ref().map(Value::to_string);
        event.request_context.http.method = self.method.parse().unwrap_or_default();
        event.request_context.authorizer = self.person.token_claims().map(|claims| {
            let mut jwt = ApiGatewayRequestAuthorizerJwtDescription::default();
            jwt.claims = claims;
            let mut authorizer = ApiGatewayRequestAuthorizer::default();
            authorizer.jwt = Some(jwt);
            authorizer
        });
        event
    }
}

impl fmt::Display for SentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token in a link is secret and does not help a reader.
        let path = match self.path.split_once("/consent/") {
            Some((before, token)) => format!("{before}/consent/{}…", token.get(..6).unwrap_or_default()),
            None => self.path.clone(),
        };
        write!(f, "{} by {}: {} {path}", self.name, self.person.id(), self.method)?;
        if let Some(revision) = self.if_match {
            write!(f, ", If-Match {revision}")?;
        }
        if let Some(browser) = &self.browser {
            let fields = browser.fields.iter().filter(|(name, _)| name != "csrf");
            return fields.into_iter().try_for_each(|(name, value)| write!(f, ", {name}: {value}"));
        }
        if let Some(key) = &self.key {
            write!(f, ", key {key}")?;
        }
        match self.body.as_ref().filter(|_| self.name != "create") {
            Some(body) => write!(f, ", {body}"),
            None => Ok(()),
        }
    }
}

/// A response as a person receives it.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedResponse {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The revision in the ETag header.
    pub(crate) revision: Option<u64>,
    /// Where the response leads to.
    pub(crate) location: Option<String>,
}

impl ReceivedResponse {
    /// Reads the response of a function.
    pub(crate) fn new(response: &Response<Body>) -> Self {
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let tag = header(ETAG);
        Self {
            status: response.status().as_u16(),
            body: response.body().as_ref().to_vec(),
            revision: tag.and_then(|tag| tag.trim_matches('"').split('-').next()?.parse().ok()),
            location: header(LOCATION).map(str::to_owned),
        }
    }

    /// Whether the response says that the request was carried out.
    pub(crate) fn is_accepted(&self) -> bool {
        (200..400).contains(&self.status)
    }

    /// Whether the response says that what the request wants is done. A page says so by where it leads.
    pub(crate) fn says_done(&self, request: &SentRequest) -> bool {
        match request.browser {
            Some(_) => self.location.as_ref().is_some_and(|to| to.contains("done=")),
            None => self.is_accepted(),
        }
    }

    /// Whether the response sends the browser to sign in, or to renew its session.
    pub(crate) fn asks_to_sign_in(&self) -> bool {
        self.location.as_ref().is_some_and(|to| to.starts_with("/sign-in"))
    }

    /// The page that a browser shows.
    pub(crate) fn page(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The type of the problem that the response reports, if it does.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.is_accepted() {
            return None;
        }
        let kind = self.json().get("type")?.as_str()?.rsplit('/').next()?.to_owned();
        Some(kind)
    }

    /// The response in a few words.
    pub(crate) fn summary(&self) -> String {
        match self.problem() {
            Some(problem) => {
                let detail = self.json().get("detail").and_then(Value::as_str).unwrap_or_default().to_owned();
                format!("{problem}: {detail}")
            }
            None => match (&self.location, self.revision) {
                (Some(location), _) => format!("leads to {location}"),
                (None, Some(revision)) => format!("revision {revision}"),
                (None, None) => super::form::between(self.page(), "<title>", "</title>").unwrap_or_default(),
            },
        }
    }
}
