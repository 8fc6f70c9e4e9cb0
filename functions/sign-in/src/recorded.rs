//! An issuer for tests: it answers discovery, and hands out the tokens that a test made, signed with keys of its own.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::TimeDelta;
use claim_domain::calendar::Instant;
use openidconnect::core::CoreRsaPrivateSigningKey;
use openidconnect::core::{CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, Audience, EmptyAdditionalClaims, HttpRequest, HttpResponse, IssuerUrl, JsonWebKeyId, Nonce,
    PrivateSigningKey, StandardClaims, SubjectIdentifier,
};
use rsa::pkcs1::EncodeRsaPrivateKey;
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://issuer.example/pool";
pub(crate) const CLIENT: &str = "pages";

/// What the issuer answers.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    /// The key set, each time that it is asked for; the last one for good.
    pub(crate) keys: Mutex<Vec<Value>>,
    /// The answer of the token endpoint, with its status.
    pub(crate) tokens: Mutex<(u16, Value)>,
    /// What was asked: addresses and bodies.
    pub(crate) asked: Mutex<Vec<(String, String)>>,
}

impl Recorded {
    pub(crate) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let address = request.uri().to_string();
        let body = String::from_utf8(request.body().clone()).unwrap();
        self.asked.lock().unwrap().push((address.clone(), body));
        let (status, answer) = match address.strip_prefix(ISSUER).unwrap_or_default() {
            "/.well-known/openid-configuration" => (200, discovery()),
            "/keys" => {
                let mut keys = self.keys.lock().unwrap();
                (200, if keys.len() > 1 { keys.remove(0) } else { keys[0].clone() })
            }
            "/token" => self.tokens.lock().unwrap().clone(),
            _ => (404, json!({})),
        };
        let response = http::Response::builder().status(status).header("content-type", "application/json");
        response.body(answer.to_string().into_bytes()).unwrap()
    }
}

fn discovery() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"),
        "jwks_uri": format!("{ISSUER}/keys"),
        "end_session_endpoint": format!("{ISSUER}/logout"),
        "revocation_endpoint": format!("{ISSUER}/revoke"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// A key of the issuer's. It is short, since tests make it anew each time.
pub(crate) struct Key(CoreRsaPrivateSigningKey);

impl Key {
    pub(crate) fn new(name: &str) -> Self {
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1024).unwrap();
        let pem = key.to_pkcs1_pem(rsa::pkcs1::LineEnding::LF).unwrap();
        Self(CoreRsaPrivateSigningKey::from_pem(&pem, Some(JsonWebKeyId::new(name.to_owned()))).unwrap())
    }

    /// The key set with this key.
    pub(crate) fn set(&self) -> Value {
        json!(CoreJsonWebKeySet::new(vec![self.0.as_verification_key()]))
    }
}

/// An id token to be signed.
pub(crate) struct ToSign<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) until: Instant,
    /// The access token whose hash it has.
    pub(crate) of: &'a str,
}

impl ToSign<'_> {
    pub(crate) fn signed(&self, key: &Key) -> String {
        let claims = CoreIdTokenClaims::new(
            IssuerUrl::new(self.issuer.to_owned()).unwrap(),
            vec![Audience::new(self.audience.to_owned())],
            self.until,
            self.until - TimeDelta::hours(1),
            StandardClaims::new(SubjectIdentifier::new("u-1".to_owned())),
            EmptyAdditionalClaims {},
        )
        .set_nonce(Some(Nonce::new(self.nonce.to_owned())));
        let of = AccessToken::new(self.of.to_owned());
        let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
        CoreIdToken::new(claims, &key.0, algorithm, Some(&of), None).unwrap().to_string()
    }
}

/// An access token with these claims.
pub(crate) fn access_token(claims: &Value) -> String {
    use base64::Engine;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("header.{payload}.signature")
}

/// The query of an address, by name.
pub(crate) fn query(address: &str) -> HashMap<String, String> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
