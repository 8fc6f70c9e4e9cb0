//! Requests as the gateway passes them on, and the people who send them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_http::registry::route;
use serde_json::{Map, Value, json};

/// The content of every document.
pub const DOCUMENT: &[u8] = b"%PDF-1.4\n%%EOF\n";

/// An answer in the gateway's form.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u64,
    /// Its headers, by their names in small letters.
    pub headers: Value,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// What a function answers.
    pub(crate) fn of(sent: &Value) -> Self {
        Self {
            status: sent["statusCode"].as_u64().unwrap_or_default(),
            headers: sent["headers"].clone(),
            body: sent["body"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// The body as JSON; null if it is something else.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A header; empty if it has none of this name.
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].as_str().unwrap_or_default()
    }
}

/// A request, which a test can change before it is sent.
#[derive(Debug, Clone)]
pub struct TestRequest {
    /// The method.
    pub method: String,
    /// The path, without a query.
    pub path: String,
    /// The query, without its question mark.
    pub query: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Whether the gateway passes the body on in Base64, as it does with media types that it treats as binary.
    pub in_base64: bool,
    /// The claims of the token; none for a public route.
    pub token: Option<Value>,
}

impl TestRequest {
    /// A request of somebody with these claims in the token, with nothing in it yet.
    pub fn new(method: &str, path: &str, token: Value) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        let (query, headers) = (String::new(), Vec::new());
        Self { method, path, query, headers, body: None, in_base64: false, token: Some(token) }
    }

    /// The same with a body of JSON.
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string())
    }

    /// The same with a body.
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The same with one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The function that has its route, or the first one if none has.
    pub fn function(&self) -> &'static str {
        route(&self.method, &self.path).map_or("claims", |route| route.function)
    }

    /// The event that the gateway would create for it.
    pub fn event(&self) -> Value {
        let headers: Map<String, Value> =
            self.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let authorizer =
            self.token.as_ref().map(|claims| json!({ "jwt": { "claims": claims, "scopes": null } }));
        let text = self.body.as_ref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        let in_base64 = self.body.is_some() && (self.in_base64 || text.is_none());
        let body = match (&self.body, in_base64) {
            (Some(bytes), true) => json!(STANDARD.encode(bytes)),
            _ => json!(text),
        };
        let mut context = json!({
            "accountId": "123456789012", "apiId": "api", "domainName": "api.example", "domainPrefix": "api",
            "http": {
                "method": self.method, "path": self.path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "requestId": "request", "routeKey": "route", "stage": "$default",
            "time": "02/Mar/2026:10:00:00 +0000", "timeEpoch": 1_772_445_600_000_u64,
        });
        if let Some(authorizer) = authorizer {
            context["authorizer"] = authorizer;
        }
        json!({
            "version": "2.0", "routeKey": "route", "rawPath": self.path, "rawQueryString": self.query,
            "headers": headers, "requestContext": context, "body": body, "isBase64Encoded": in_base64,
        })
    }
}

/// The token of a partner's admin.
pub fn ana() -> Value {
    json!({
        "sub": "ana", "token_use": "access", "cognito:groups": "[incentives-admin]", "name": "Ana",
        "partner_id": "contoso", "mpn_ids": "1001,1002",
    })
}

/// The token of a reviewer.
pub fn rita() -> Value {
    json!({ "sub": "rita", "token_use": "access", "cognito:groups": "[reviewer]", "name": "Rita" })
}

/// The token of the review lead.
pub fn lena() -> Value {
    json!({ "sub": "lena", "token_use": "access", "cognito:groups": "[review-lead]", "name": "Lena" })
}

/// A claim that can be created.
pub fn draft() -> Value {
    json!({
        "name": "Contoso Teams rollout", "mpnId": "1001", "solutionArea": "Microsoft 365", "activities": ["usage"],
        "customer": {
            "tenantId": "11111111-2222-3333-4444-555555555555", "domain": "customer.example", "name": "Customer",
            "contact": { "name": "Cleo", "title": "CIO", "email": "cleo@customer.example" },
        },
        "partnerContact": { "name": "Ana", "email": "ana@partner.example" },
        "products": [{ "product": "Teams" }, { "product": "Exchange" }],
    })
}

/// The announcement of a document with the content that every document has.
pub fn upload(file_name: &str) -> Value {
    json!({ "fileName": file_name, "mediaType": "application/pdf", "size": DOCUMENT.len(), "sha256": "ab".repeat(32) })
}
