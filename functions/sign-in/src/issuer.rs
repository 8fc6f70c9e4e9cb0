//! The issuer, by OpenID Connect: where people sign in, and what it says of them afterwards.
//!
//! The authorization code flow with PKCE. An id token is believed if the issuer signed it for this client and this
//! attempt; the access token that comes with it, straight from the issuer, has the claims that the API would be called
//! with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use claim_domain::calendar::Instant;
use claim_runtime::{ConfigError, Variables, Web, WebError};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreGrantType, CoreIdToken, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AdditionalProviderMetadata, AuthType, AuthorizationCode, ClaimsVerificationError,
    ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, RefreshToken, RequestTokenError, Scope, SignatureVerificationError,
    TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long a token without an end of its own is taken to be good.
const UNSAID: TimeDelta = TimeDelta::hours(1);

/// What a sign-in that is under way has to know when it comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UnderWay {
    /// What the issuer sends back unchanged.
    pub(crate) state: String,
    nonce: String,
    verifier: String,
    /// The page to go to afterwards.
    pub(crate) back: String,
}

/// What the issuer says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedIn {
    /// The claims of the access token, as the API's authorizer would hand them over.
    pub(crate) claims: HashMap<String, String>,
    /// Until when the token is good.
    pub(crate) until: Instant,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: Option<String>,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssuerError {
    /// The issuer refuses: a code or a refresh token is used up, foreign or too old.
    #[error("the issuer refuses")]
    Refused,
    /// What it says is not to be believed.
    #[error("the issuer's answer is not to be believed: {0}")]
    Unbelievable(String),
    /// It cannot be asked.
    #[error("the issuer cannot be asked: {0}")]
    Unreachable(String),
}

/// What discovery tells beside the standard's own fields.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct More {
    #[serde(default)]
    end_session_endpoint: Option<String>,
    #[serde(default)]
    revocation_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// How an issuer is reached.
#[derive(Debug)]
pub(crate) enum Way {
    /// Over the web.
    Web(Web),
    /// By recorded answers, in a test.
    #[cfg(test)]
    Recorded(crate::recorded::Recorded),
}

/// The issuer, as the variables configure it.
#[derive(Debug)]
pub(crate) struct Issuer {
    url: IssuerUrl,
    /// Where the issuer is on the local stack, which plays Cognito under its real name.
    stand_in: Option<String>,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    scopes: Vec<Scope>,
    public_url: String,
    redirect: RedirectUrl,
    way: Way,
    /// What discovery told, kept for as long as the function lives or until a token is signed with a key that is not in it.
    known: Mutex<Option<Arc<Metadata>>>,
}

impl Issuer {
    /// The issuer of `SIGN_IN_ISSUER` for the client `SIGN_IN_CLIENT_ID`, with `SIGN_IN_CLIENT_SECRET` if it has one; the
    /// pages are at `PUBLIC_URL`. `stand_in` is the local stack's address.
    ///
    /// `None` where there are no pages: the program serves its API alone, or its address is not known yet.
    ///
    /// # Errors
    /// The variable that is malformed, by name (D3).
    pub(crate) fn of(
        variables: &Variables,
        way: Way,
        stand_in: Option<&str>,
    ) -> Result<Option<Self>, ConfigError> {
        let malformed = |name, why: String| ConfigError::Malformed { name, why };
        let given =
            ["SIGN_IN_ISSUER", "SIGN_IN_CLIENT_ID", "PUBLIC_URL"].map(|name| variables.optional(name));
        let [Some(issuer), Some(client_id), Some(public_url)] = given else { return Ok(None) };
        let url = IssuerUrl::new(issuer.to_owned())
            .map_err(|error| malformed("SIGN_IN_ISSUER", error.to_string()))?;
        let redirect = RedirectUrl::new(format!("{public_url}/sign-in/callback"))
            .map_err(|error| malformed("PUBLIC_URL", error.to_string()))?;
        // The path of a Cognito issuer is its pool.
        let stand_in = stand_in.map(|address| format!("{address}{}", url.url().path()));
        Ok(Some(Self {
            client_id: ClientId::new(client_id.to_owned()),
            client_secret: variables
                .optional("SIGN_IN_CLIENT_SECRET")
                .map(|secret| ClientSecret::new(secret.to_owned())),
            scopes: variables
                .optional("SIGN_IN_SCOPES")
                .unwrap_or("openid email profile")
                .split_whitespace()
                .map(|scope| Scope::new(scope.to_owned()))
                .collect(),
            url,
            stand_in,
            public_url: public_url.to_owned(),
            redirect,
            way,
            known: Mutex::new(None),
        }))
    }

    /// Begins a sign-in: the issuer's address to go to, and what to know when it comes back.
    ///
    /// # Errors
    /// When the issuer cannot be asked.
    pub(crate) async fn start(&self, back: String) -> Result<(String, UnderWay), IssuerError> {
        let client = self.client(&*self.metadata().await?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (address, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            // `openid` is always asked for.
            .add_scopes(self.scopes.iter().filter(|scope| scope.as_str() != "openid").cloned())
            .set_pkce_challenge(challenge)
            .url();
        let under_way = UnderWay {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            back,
        };
        Ok((address.into(), under_way))
    }

    /// Finishes a sign-in with the code that came back.
    ///
    /// # Errors
    /// When the issuer refuses, is not to be believed, or cannot be asked.
    pub(crate) async fn finish(
        &self,
        code: String,
        under_way: &UnderWay,
        now: Instant,
    ) -> Result<SignedIn, IssuerError> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata);
        let request = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| IssuerError::Unbelievable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(under_way.verifier.clone()));
        let send = |request| self.send(request);
        let tokens = request.request_async(&send).await.map_err(refusal)?;
        let id_token =
            tokens.id_token().ok_or_else(|| IssuerError::Unbelievable("there is no id token".to_owned()))?;
        let nonce = Nonce::new(under_way.nonce.clone());
        let believed = self.believe(&client, id_token, &tokens, &nonce, now);
        if let Err(Unbelieved::UnknownKey) = believed {
            // The issuer may have taken another key since.
            self.forget();
            let client = self.client(&*self.metadata().await?);
            self.believe(&client, id_token, &tokens, &nonce, now)?;
        } else {
            believed?;
        }
        signed_in(&tokens, now)
    }

    /// Renews a session. The person stays the same.
    ///
    /// # Errors
    /// When the issuer refuses, is not to be believed, or cannot be asked.
    pub(crate) async fn renew(
        &self,
        refresh_token: &str,
        subject: &str,
        now: Instant,
    ) -> Result<SignedIn, IssuerError> {
        let client = self.client(&*self.metadata().await?);
        let refresh_token = RefreshToken::new(refresh_token.to_owned());
        let request = client
            .exchange_refresh_token(&refresh_token)
            .map_err(|error| IssuerError::Unbelievable(error.to_string()))?;
        let send = |request| self.send(request);
        let tokens = request.request_async(&send).await.map_err(refusal)?;
        let renewed = signed_in(&tokens, now)?;
        if renewed.claims.get("sub").map(String::as_str) != Some(subject) {
            return Err(IssuerError::Unbelievable("the token is somebody else's".to_owned()));
        }
        Ok(renewed)
    }

    /// Tells the issuer that a refresh token is not used any more, if it wants to know.
    ///
    /// # Errors
    /// When the issuer cannot be asked.
    pub(crate) async fn revoke(&self, refresh_token: &str) -> Result<(), IssuerError> {
        let metadata = self.metadata().await?;
        let Some(address) = &metadata.additional_metadata().revocation_endpoint else { return Ok(()) };
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", refresh_token)
            .append_pair("token_type_hint", "refresh_token")
            .append_pair("client_id", self.client_id.as_str());
        if let Some(secret) = &self.client_secret {
            form.append_pair("client_secret", secret.secret());
        }
        let request = http::Request::post(address.as_str())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish().into_bytes())
            .map_err(|error| IssuerError::Unbelievable(error.to_string()))?;
        self.send(request).await.map(drop).map_err(|error| IssuerError::Unreachable(chain(&error)))
    }

    /// Where the issuer's own session is ended, and from where one comes back to us.
    ///
    /// # Errors
    /// When the issuer cannot be asked.
    pub(crate) async fn end_address(&self, id_token: Option<&str>) -> Result<Option<String>, IssuerError> {
        let metadata = self.metadata().await?;
        let Some(address) = &metadata.additional_metadata().end_session_endpoint else { return Ok(None) };
        let after = format!("{}/sign-out", self.public_url);
        let mut query = form_urlencoded::Serializer::new(String::new());
        // The standard's own parameters, and Cognito's.
        query
            .append_pair("post_logout_redirect_uri", &after)
            .append_pair("client_id", self.client_id.as_str())
            .append_pair("logout_uri", &after);
        if let Some(id_token) = id_token {
            query.append_pair("id_token_hint", id_token);
        }
        let query = query.finish();
        let joint = if address.contains('?') { '&' } else { '?' };
        Ok(Some(format!("{address}{joint}{query}")))
    }

    fn client(&self, metadata: &Metadata) -> Client {
        let (id, secret) = (self.client_id.clone(), self.client_secret.clone());
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, secret);
        // Every issuer takes a secret in the header; a client without one only says its id.
        let kind = if self.client_secret.is_some() { AuthType::BasicAuth } else { AuthType::RequestBody };
        client.set_redirect_uri(self.redirect.clone()).set_auth_type(kind)
    }

    /// Checks the id token: that the issuer signed it, for this client and this attempt, and for this access token.
    fn believe(
        &self,
        client: &Client,
        id_token: &CoreIdToken,
        tokens: &CoreTokenResponse,
        nonce: &Nonce,
        now: Instant,
    ) -> Result<(), Unbelieved> {
        let verifier = client.id_token_verifier().set_time_fn(move || now);
        let claims = id_token.claims(&verifier, nonce)?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg().map_err(|error| Unbelieved::Other(error.to_string()))?;
            let key =
                id_token.signing_key(&verifier).map_err(|error| Unbelieved::Other(error.to_string()))?;
            let found = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
                .map_err(|error| Unbelieved::Other(error.to_string()))?;
            if found != *expected {
                return Err(Unbelieved::Other("the access token is not the id token's".to_owned()));
            }
        }
        Ok(())
    }

    async fn metadata(&self) -> Result<Arc<Metadata>, IssuerError> {
        let known = self.known.lock().ok().and_then(|known| known.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let send = |request| self.send(request);
        let found = Metadata::discover_async(self.url.clone(), &send).await;
        let found = Arc::new(found.map_err(|error| IssuerError::Unreachable(chain(&error)))?);
        if let Ok(mut known) = self.known.lock() {
            *known = Some(Arc::clone(&found));
        }
        Ok(found)
    }

    fn forget(&self) {
        if let Ok(mut known) = self.known.lock() {
            *known = None;
        }
    }

    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, WebError> {
        if let Some(stand_in) = &self.stand_in {
            let asked = request.uri().to_string();
            let here = asked.strip_prefix(self.url.as_str()).map(|rest| format!("{stand_in}{rest}"));
            if let Some(here) = here.and_then(|here| here.parse().ok()) {
                *request.uri_mut() = here;
            }
        }
        match &self.way {
            Way::Web(web) => web.send(request).await,
            #[cfg(test)]
            Way::Recorded(recorded) => Ok(recorded.answer(&request)),
        }
    }
}

/// Why an id token is not believed.
enum Unbelieved {
    /// It is signed with a key that the issuer had not told of.
    UnknownKey,
    Other(String),
}

impl From<ClaimsVerificationError> for Unbelieved {
    fn from(error: ClaimsVerificationError) -> Self {
        match error {
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                Self::UnknownKey
            }
            other => Self::Other(chain(&other)),
        }
    }
}

impl From<Unbelieved> for IssuerError {
    fn from(unbelieved: Unbelieved) -> Self {
        Self::Unbelievable(match unbelieved {
            Unbelieved::UnknownKey => "it is signed with an unknown key".to_owned(),
            Unbelieved::Other(why) => why,
        })
    }
}

/// Whoever the tokens are of.
fn signed_in(tokens: &CoreTokenResponse, now: Instant) -> Result<SignedIn, IssuerError> {
    let access_token = tokens.access_token().secret();
    let claims = claims_of(access_token)
        .ok_or_else(|| IssuerError::Unbelievable("the access token is no JWT".to_owned()))?;
    let lifetime = tokens.expires_in().and_then(|lifetime| TimeDelta::from_std(lifetime).ok());
    Ok(SignedIn {
        claims,
        until: now + lifetime.unwrap_or(UNSAID),
        refresh_token: tokens.refresh_token().map(|token| token.secret().clone()),
        id_token: tokens.id_token().map(ToString::to_string),
    })
}

/// The claims of an access token, in the form in which the API's authorizer hands them over: texts, and lists and objects
/// as JSON.
fn claims_of(token: &str) -> Option<HashMap<String, String>> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let Value::Object(claims) = serde_json::from_slice(&payload).ok()? else { return None };
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Some(claims.into_iter().map(|(name, value)| (name, text(value))).collect())
}

fn refusal<E: std::error::Error + 'static, T: openidconnect::ErrorResponse + 'static>(
    error: RequestTokenError<E, T>,
) -> IssuerError {
    match error {
        RequestTokenError::ServerResponse(_) => IssuerError::Refused,
        other => IssuerError::Unreachable(chain(&other)),
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    claim_runtime::logging::chain(error)
}

#[cfg(test)]
#[path = "issuer_tests.rs"]
mod tests;
