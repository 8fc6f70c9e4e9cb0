use std::sync::{Mutex, OnceLock};

use chrono::TimeDelta;
use serde_json::json;

use super::*;
use crate::recorded::{CLIENT, ISSUER, Key, Recorded, ToSign, access_token, query};

fn now() -> Instant {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

/// The issuer's key, and one of somebody else's.
fn keys() -> &'static [Key; 2] {
    static KEYS: OnceLock<[Key; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [Key::new("one"), Key::new("two")])
}

fn token() -> String {
    access_token(&json!({
        "sub": "u-1", "token_use": "access", "cognito:groups": ["billing-admin"], "partner_id": "contoso",
        "level": { "roles": ["a"] }, "exp": 1,
    }))
}

fn issuer(key_sets: Vec<Value>) -> Issuer {
    let variables = [
        ("SIGN_IN_ISSUER", ISSUER),
        ("SIGN_IN_CLIENT_ID", CLIENT),
        ("PUBLIC_URL", "https://claims.example"),
        ("SIGN_IN_SCOPES", "openid email offline_access"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into_iter()
    .collect();
    let recorded = Recorded { keys: Mutex::new(key_sets), ..Recorded::default() };
    Issuer::of(&variables, Way::Recorded(recorded), None).unwrap().unwrap()
}

fn recorded(issuer: &Issuer) -> &Recorded {
    let Way::Recorded(recorded) = &issuer.way else { panic!("not over the web in a test") };
    recorded
}

/// What becomes of a sign-in in which the issuer answers with this id token, made by `sign` for the attempt's nonce.
async fn finished(
    issuer: &Issuer,
    sign: impl FnOnce(ToSign<'_>) -> String,
    access_token: &str,
) -> Result<SignedIn, IssuerError> {
    let (_, under_way) = issuer.start("/claims".to_owned()).await.unwrap();
    let good = ToSign {
        issuer: ISSUER,
        audience: CLIENT,
        nonce: &under_way.nonce,
        until: now() + TimeDelta::minutes(30),
        of: access_token,
    };
    let answer = json!({
        "access_token": access_token, "id_token": sign(good), "refresh_token": "r-1", "token_type": "Bearer",
        "expires_in": 1800,
    });
    *recorded(issuer).tokens.lock().unwrap() = (200, answer);
    issuer.finish("code".to_owned(), &under_way, now()).await
}

#[tokio::test]
async fn a_sign_in_asks_with_pkce_a_state_and_a_nonce() {
    let issuer = issuer(vec![keys()[0].set()]);
    let (address, under_way) = issuer.start("/claims".to_owned()).await.unwrap();
    assert!(address.starts_with("https://issuer.example/pool/authorize?"), "{address}");
    let asked = query(&address);
    let expected = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("code_challenge_method", "S256"),
        ("scope", "openid email offline_access"),
        ("redirect_uri", "https://claims.example/sign-in/callback"),
        ("state", &under_way.state),
        ("nonce", &under_way.nonce),
    ];
    for (name, value) in expected {
        assert_eq!(asked[name], value, "{name}");
    }
    let (_, other) = issuer.start("/claims".to_owned()).await.unwrap();
    assert!(
        other.state != under_way.state && other.verifier != under_way.verifier,
        "each attempt is its own"
    );
}

#[tokio::test]
async fn a_good_answer_says_who_signed_in() {
    let issuer = issuer(vec![keys()[0].set()]);
    let signed_in = finished(&issuer, |good| good.signed(&keys()[0]), &token()).await.unwrap();
    assert_eq!(signed_in.claims["sub"], "u-1");
    assert_eq!(
        signed_in.claims["cognito:groups"], "[\"billing-admin\"]",
        "a list as the authorizer hands it over"
    );
    assert_eq!(signed_in.claims["level"], "{\"roles\":[\"a\"]}");
    assert_eq!(signed_in.until, now() + TimeDelta::minutes(30));
    assert_eq!(signed_in.refresh_token.as_deref(), Some("r-1"));
    let asked = recorded(&issuer).asked.lock().unwrap().clone();
    let (_, body) = asked.iter().find(|(address, _)| address.ends_with("/token")).unwrap();
    assert!(body.contains("code_verifier=") && body.contains("client_id=pages"), "{body}");
}

#[tokio::test]
async fn what_is_not_signed_for_this_attempt_lets_nobody_in() {
    let expired = now() - TimeDelta::minutes(1);
    let none = |good: ToSign<'_>| {
        let signed = good.signed(&keys()[0]);
        let payload = signed.split('.').nth(1).unwrap().to_owned();
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "none" }).to_string());
        format!("{header}.{payload}.")
    };
    type Sign = Box<dyn FnOnce(ToSign<'_>) -> String>;
    let table: Vec<(&str, Sign)> = vec![
        ("another nonce", Box::new(|good| ToSign { nonce: "other", ..good }.signed(&keys()[0]))),
        ("another audience", Box::new(|good| ToSign { audience: "other", ..good }.signed(&keys()[0]))),
        (
            "another issuer",
            Box::new(|good| ToSign { issuer: "https://evil.example", ..good }.signed(&keys()[0])),
        ),
        ("expired", Box::new(move |good| ToSign { until: expired, ..good }.signed(&keys()[0]))),
        ("another access token", Box::new(|good| ToSign { of: "other", ..good }.signed(&keys()[0]))),
        ("another key", Box::new(|good| good.signed(&keys()[1]))),
        ("no signature", Box::new(none)),
    ];
    for (what, sign) in table {
        let issuer = issuer(vec![keys()[0].set()]);
        let refused = finished(&issuer, sign, &token()).await.unwrap_err();
        assert!(matches!(refused, IssuerError::Unbelievable(_)), "{what}: {refused}");
    }
}

#[tokio::test]
async fn a_key_that_the_issuer_took_since_is_looked_up_once_more() {
    let issuer = issuer(vec![keys()[0].set(), keys()[1].set()]);
    let signed_in = finished(&issuer, |good| good.signed(&keys()[1]), &token()).await.unwrap();
    assert_eq!(signed_in.claims["sub"], "u-1");
}

#[tokio::test]
async fn a_session_is_renewed_for_the_same_person_only() {
    let issuer = issuer(vec![keys()[0].set()]);
    let answer = |status, token: &str| {
        let tokens = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 });
        *recorded(&issuer).tokens.lock().unwrap() = (status, tokens);
    };
    answer(200, &token());
    let renewed = issuer.renew("r-1", "u-1", now()).await.unwrap();
    assert_eq!((renewed.claims["partner_id"].as_str(), renewed.refresh_token), ("contoso", None));
    let other = issuer.renew("r-1", "u-2", now()).await.unwrap_err();
    assert!(matches!(other, IssuerError::Unbelievable(_)), "{other}");
    answer(200, "opaque");
    assert!(matches!(issuer.renew("r-1", "u-1", now()).await, Err(IssuerError::Unbelievable(_))));
    *recorded(&issuer).tokens.lock().unwrap() = (400, json!({ "error": "invalid_grant" }));
    assert!(matches!(issuer.renew("r-1", "u-1", now()).await, Err(IssuerError::Refused)));
}

#[tokio::test]
async fn signing_out_goes_by_the_issuer_and_comes_back() {
    let issuer = issuer(vec![keys()[0].set()]);
    let address = issuer.end_address(Some("id")).await.unwrap().unwrap();
    let asked = query(&address);
    assert_eq!(asked["post_logout_redirect_uri"], "https://claims.example/sign-out");
    assert_eq!((asked["id_token_hint"].as_str(), asked["client_id"].as_str()), ("id", CLIENT));
    issuer.revoke("r-1").await.unwrap();
    let asked = recorded(&issuer).asked.lock().unwrap().clone();
    assert!(asked.iter().any(|(address, body)| address.ends_with("/revoke") && body.contains("token=r-1")));
}

#[test]
fn without_an_address_or_a_client_there_are_no_pages() {
    let variables = |names: &[&str]| {
        names.iter().map(|name| ((*name).to_owned(), ISSUER.to_owned())).collect::<Variables>()
    };
    let of = |names: &[&str]| Issuer::of(&variables(names), Way::Recorded(Recorded::default()), None);
    assert!(of(&["SIGN_IN_ISSUER", "PUBLIC_URL"]).unwrap().is_none());
    assert!(of(&["SIGN_IN_ISSUER", "SIGN_IN_CLIENT_ID"]).unwrap().is_none());
    assert!(of(&["SIGN_IN_ISSUER", "SIGN_IN_CLIENT_ID", "PUBLIC_URL"]).unwrap().is_some());
}
