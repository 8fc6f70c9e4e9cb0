//! The connection to AWS: HTTP/1.1 over TLS, with connections that are kept.
//!
//! The SDK's own HTTP client brings HTTP/2 and proxy tunnels, which no endpoint of the services here needs. `infra/docs/decisions/0007-one-way-to-aws.md`
//! says what they cost.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{CaptureConnection, Connected, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(1);
/// How long an answer from the web may take, as a whole.
const ANSWER: Duration = Duration::from_secs(5);

/// A connector for all clients, with one pool of connections. For an `http` address, such as the local stack's, it uses
/// plain HTTP.
#[derive(Debug)]
pub(crate) struct Https {
    client: legacy::Client<HttpsConnector<legacy::connect::HttpConnector>, SdkBody>,
}

impl Https {
    /// A connector that trusts these roots. It connects to nothing yet.
    ///
    /// # Errors
    /// When the cryptography provider supports no version of TLS.
    pub(crate) fn trusting(roots: RootCertStore) -> Result<Self, rustls::Error> {
        let mut tcp = legacy::connect::HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls(roots)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = legacy::Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https);
        Ok(Self { client })
    }
}

/// TLS that trusts these roots.
///
/// # Errors
/// When the cryptography provider supports no version of TLS.
pub(crate) fn tls(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// A client for what is not AWS: any server on the web whose certificate is signed by one of the usual authorities, or by
/// those of `AWS_CA_BUNDLE`. It follows no redirections.
#[derive(Debug)]
pub struct Web(Https);

/// A request to a server on the web failed.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// It could not be sent, or was not answered.
    #[error("the server cannot be reached")]
    Unreachable(#[source] legacy::Error),
    /// Its answer broke off.
    #[error("the server's answer broke off")]
    BrokenOff(#[source] Box<dyn Error + Send + Sync>),
    /// It took too long.
    #[error("the server did not answer in time")]
    TooLate,
}

impl Web {
    /// A client that trusts these roots.
    ///
    /// # Errors
    /// When the cryptography provider supports no version of TLS.
    pub(crate) fn trusting(roots: RootCertStore) -> Result<Self, rustls::Error> {
        Https::trusting(roots).map(Self)
    }

    /// Sends a request and reads the whole answer, within five seconds.
    ///
    /// # Errors
    /// When the server cannot be reached, breaks off, or takes too long.
    pub async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, WebError> {
        let answered = async {
            let answer = self.0.client.request(request.map(SdkBody::from)).await;
            let (parts, body) = answer.map_err(WebError::Unreachable)?.into_parts();
            let whole = ByteStream::new(SdkBody::from_body_1_x(body)).collect().await;
            let whole = whole.map_err(|error| WebError::BrokenOff(Box::new(error)))?;
            Ok(http::Response::from_parts(parts, whole.to_vec()))
        };
        tokio::time::timeout(ANSWER, answered).await.unwrap_or(Err(WebError::TooLate))
    }
}

impl HttpConnector for Https {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let taken = capture_connection(&mut request);
        if let Some(asked) = request.extensions().get::<CaptureSmithyConnection>() {
            asked.set_connection_retriever(move || connection(&taken));
        }
        let answer = self.client.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(failure)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What a retry needs: after an answer that reports a passing failure, the SDK takes another connection.
fn connection(taken: &CaptureConnection) -> Option<ConnectionMetadata> {
    taken.connection_metadata().as_ref()?;
    let taken = taken.clone();
    let poison = move || _ = taken.connection_metadata().as_ref().map(Connected::poison);
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

/// A failure in the SDK's terms: whatever may pass is tried again.
fn failure(error: legacy::Error) -> ConnectorError {
    let cause = error.source().and_then(|source| source.downcast_ref::<hyper::Error>());
    match cause {
        Some(cause) if cause.is_user() => ConnectorError::user(error.into()),
        Some(cause) if cause.is_timeout() => ConnectorError::timeout(error.into()),
        Some(cause) if cause.is_parse() => ConnectorError::other(error.into(), None),
        _ => ConnectorError::io(error.into()),
    }
}
