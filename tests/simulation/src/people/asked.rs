//! Requests as the API's gateway passes them on, and answers as people get them.

use std::collections::HashMap;
use std::fmt;

use claim_domain::ids::ClaimId;
use claim_http::registry::route;
use lambda_http::aws_lambda_events::apigw::{
    ApiGatewayRequestAuthorizer, ApiGatewayRequestAuthorizerJwtDescription, ApiGatewayV2httpRequest,
};
use lambda_http::http::header::{ACCEPT, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH};
use lambda_http::{Body, Response};
use serde_json::Value;

use super::cast::{MPN_IDS, ORGANISATIONS};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// A person of a partner organisation, by the places of both.
    Partner(usize, usize),
    /// A reviewer, by place.
    Reviewer(usize),
    /// The review lead.
    Lead,
    /// Somebody with a link.
    Customer,
}

impl Who {
    /// The person's id.
    pub(crate) fn id(self) -> String {
        match self {
            Self::Partner(organisation, person) => format!("{}-{person}", ORGANISATIONS[organisation]),
            Self::Reviewer(place) => format!("reviewer-{place}"),
            Self::Lead => "lead".to_owned(),
            Self::Customer => "customer".to_owned(),
        }
    }

    /// The person's partner organisation.
    pub(crate) fn organisation(self) -> Option<&'static str> {
        match self {
            Self::Partner(organisation, _) => Some(ORGANISATIONS[organisation]),
            _ => None,
        }
    }

    /// What the person's token says; the customer has none.
    fn token(self) -> Option<HashMap<String, String>> {
        let roles = match self {
            Self::Partner(_, 0) => "[incentives-admin]",
            Self::Partner(_, _) => "[billing-admin]",
            Self::Reviewer(_) => "[reviewer]",
            Self::Lead => "[review-lead]",
            Self::Customer => return None,
        };
        let mut token = HashMap::from([
            ("sub".to_owned(), self.id()),
            ("token_use".to_owned(), "access".to_owned()),
            ("cognito:groups".to_owned(), roles.to_owned()),
            ("name".to_owned(), self.id()),
        ]);
        if let Self::Partner(organisation, _) = self {
            token.insert("partner_id".to_owned(), ORGANISATIONS[organisation].to_owned());
            token.insert("mpn_ids".to_owned(), MPN_IDS[organisation].join(","));
        }
        Some(token)
    }
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// What it is for, in a word.
    pub(crate) what: &'static str,
    /// Who asks.
    pub(crate) who: Who,
    /// The method.
    pub(crate) method: &'static str,
    /// The path.
    pub(crate) path: String,
    /// The body, if there is one.
    pub(crate) body: Option<Value>,
    /// The Idempotency-Key.
    pub(crate) key: Option<String>,
    /// The revision that the person saw.
    pub(crate) if_match: Option<u64>,
    /// The claim that it is about.
    pub(crate) claim: Option<ClaimId>,
}

impl Asked {
    /// Whether it only reads (I8).
    pub(crate) fn is_read(&self) -> bool {
        self.method == "GET"
    }

    /// The function that answers it.
    pub(crate) fn function(&self) -> &'static str {
        route(self.method, &self.path).map_or("none", |route| route.function)
    }

    /// The request as the gateway passes it on.
    pub(crate) fn event(&self) -> ApiGatewayV2httpRequest {
        let mut event = ApiGatewayV2httpRequest::default();
        event.raw_path = Some(self.path.clone());
        let mut header = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                event.headers.insert(name, value);
            }
        };
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
        event.request_context.authorizer = self.who.token().map(|token| {
            let mut jwt = ApiGatewayRequestAuthorizerJwtDescription::default();
            jwt.claims = token;
            let mut authorizer = ApiGatewayRequestAuthorizer::default();
            authorizer.jwt = Some(jwt);
            authorizer
        });
        event
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token in a link is secret, and no use to a reader.
        let path = match self.path.split_once("/consent/") {
            Some((before, token)) => format!("{before}/consent/{}…", token.get(..6).unwrap_or_default()),
            None => self.path.clone(),
        };
        write!(f, "{} by {}: {} {path}", self.what, self.who.id(), self.method)?;
        if let Some(revision) = self.if_match {
            write!(f, ", If-Match {revision}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ", key {key}")?;
        }
        match self.body.as_ref().filter(|_| self.what != "create") {
            Some(body) => write!(f, ", {body}"),
            None => Ok(()),
        }
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// The revision in its ETag.
    pub(crate) revision: Option<u64>,
}

impl Answer {
    /// The answer that a response is.
    pub(crate) fn of(response: &Response<Body>) -> Self {
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
        Self {
            status: response.status().as_u16(),
            body: response.body().as_ref().to_vec(),
            revision: tag.and_then(|tag| tag.trim_matches('"').parse().ok()),
        }
    }

    /// Whether the command was carried out.
    pub(crate) fn is_accepted(&self) -> bool {
        (200..400).contains(&self.status)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The kind of its problem, if it is one.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.is_accepted() {
            return None;
        }
        let kind = self.json().get("type")?.as_str()?.rsplit('/').next()?.to_owned();
        Some(kind)
    }

    /// The answer in a few words.
    pub(crate) fn gist(&self) -> String {
        match self.problem() {
            Some(problem) => {
                let detail = self.json().get("detail").and_then(Value::as_str).unwrap_or_default().to_owned();
                format!("{problem}: {detail}")
            }
            None => self.revision.map(|revision| format!("revision {revision}")).unwrap_or_default(),
        }
    }
}
