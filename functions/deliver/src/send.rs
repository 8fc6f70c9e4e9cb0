//! Sending to an address that somebody outside has named (D24).
//!
//! Such an address could lead to what only our own machines reach: metadata with credentials, the function's own runtime,
//! private networks. Therefore a name is resolved here, once for each request; if one of its addresses is not public,
//! nothing is sent; and the connection goes to the very addresses that were looked at, so that an answer of the DNS that
//! changes meanwhile changes nothing. A host that is an address goes the same way. Redirections are not followed: there is
//! no client here that could. Of the answer nothing but its status is read.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use claim_domain::webhook::{Parts, Reach, WebhookUrl};
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

/// How long a delivery may take as a whole.
const ANSWER: Duration = Duration::from_secs(10);
/// How long connecting to one address may take.
const CONNECT: Duration = Duration::from_secs(3);
/// To how many addresses of a name a connection is tried.
const ADDRESSES: usize = 3;

/// The future addresses of a host.
pub type Addresses<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// What finds the addresses of a host.
pub trait Resolver: std::fmt::Debug + Send + Sync {
    /// The addresses of a host, which may be an address itself.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Addresses<'a>;
}

/// The future status of an answer, or why there was none.
pub type Answered<'a> = Pin<Box<dyn Future<Output = Result<StatusCode, SendError>> + Send + 'a>>;

/// What carries a request to a server. The simulation has one of its own.
pub trait Transport: Send + Sync {
    /// Sends a request to the first of these addresses that takes a connection.
    fn exchange<'a>(
        &'a self,
        to: Parts<'a>,
        addresses: Vec<SocketAddr>,
        request: Request<String>,
    ) -> Answered<'a>;

    /// Waits for an answer so long and no longer.
    fn within<'a>(&'a self, limit: Duration, answered: Answered<'a>) -> Answered<'a>;
}

/// The machine's own resolver.
#[derive(Debug, Clone, Copy)]
pub struct System;

impl Resolver for System {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Addresses<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Why there was no answer. The partner is shown these words, and not the cause, which may name what only we can see.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The name has no address.
    #[error("the server's name could not be resolved")]
    Unknown(#[source] io::Error),
    /// An address of the server is not public.
    #[error("the server's name leads to an address that is not public")]
    NotPublic,
    /// No connection came about.
    #[error("the server could not be reached")]
    Unreachable(#[source] io::Error),
    /// The certificate, or something else of TLS.
    #[error("no secure connection: the server's certificate or its version of TLS is not accepted")]
    Insecure(#[source] io::Error),
    /// The connection ended without an answer, or the answer is not HTTP.
    #[error("the server ended the connection without an answer")]
    BrokenOff(#[source] hyper::Error),
    /// It took too long.
    #[error("the server did not answer within ten seconds")]
    TooLate,
    /// The request cannot be written.
    #[error("the request cannot be sent")]
    Unsendable(#[source] http::Error),
}

/// Sends to webhooks.
#[derive(Clone)]
pub struct Sender {
    resolver: Arc<dyn Resolver>,
    transport: Arc<dyn Transport>,
    reach: Reach,
}

impl Sender {
    /// A sender that finds servers with this resolver, and reaches so far.
    pub fn new(resolver: Arc<dyn Resolver>, tls: ClientConfig, reach: Reach) -> Self {
        Self::over(resolver, Arc::new(Http { tls: TlsConnector::from(Arc::new(tls)) }), reach)
    }

    /// The same over another transport.
    pub fn over(resolver: Arc<dyn Resolver>, transport: Arc<dyn Transport>, reach: Reach) -> Self {
        Self { resolver, transport, reach }
    }

    /// Posts JSON with these headers, and returns the status of the answer, whatever it is.
    ///
    /// # Errors
    /// Why there was no answer within ten seconds.
    pub async fn post(
        &self,
        url: &WebhookUrl,
        headers: HeaderMap,
        body: String,
    ) -> Result<StatusCode, SendError> {
        let answered = async {
            let parts = url.parts();
            let request = request(parts, headers, body).map_err(SendError::Unsendable)?;
            self.transport.exchange(parts, self.allowed(parts).await?, request).await
        };
        self.transport.within(ANSWER, Box::pin(answered)).await
    }

    /// The addresses of the server, all of which may be sent to.
    async fn allowed(&self, parts: Parts<'_>) -> Result<Vec<SocketAddr>, SendError> {
        let found = self.resolver.resolve(parts.host, parts.port).await.map_err(SendError::Unknown)?;
        if found.is_empty() {
            return Err(SendError::Unknown(io::ErrorKind::NotFound.into()));
        }
        match found.iter().all(|address| self.reach.allows(address.ip())) {
            true => Ok(found),
            false => Err(SendError::NotPublic),
        }
    }
}

fn request(parts: Parts<'_>, headers: HeaderMap, body: String) -> Result<Request<String>, http::Error> {
    let mut request =
        Request::builder().method(Method::POST).uri(parts.target).header(HOST, parts.authority).body(body)?;
    request.headers_mut().extend(headers);
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(USER_AGENT, HeaderValue::from_static("claims-webhooks/1"));
    Ok(request)
}

/// HTTP/1.1 over TLS, each request over a connection of its own.
struct Http {
    tls: TlsConnector,
}

impl Transport for Http {
    fn exchange<'a>(
        &'a self,
        to: Parts<'a>,
        addresses: Vec<SocketAddr>,
        request: Request<String>,
    ) -> Answered<'a> {
        Box::pin(async move {
            let request = request.map(|body| Full::new(Bytes::from(body)));
            let stream = connect(&addresses).await.map_err(SendError::Unreachable)?;
            if !to.is_secure {
                return answer(stream, request).await;
            }
            let name = ServerName::try_from(to.host.to_owned());
            let name = name.map_err(|error| SendError::Insecure(io::Error::other(error)))?;
            let stream = self.tls.connect(name, stream).await.map_err(SendError::Insecure)?;
            answer(stream, request).await
        })
    }

    fn within<'a>(&'a self, limit: Duration, answered: Answered<'a>) -> Answered<'a> {
        Box::pin(
            async move { tokio::time::timeout(limit, answered).await.unwrap_or(Err(SendError::TooLate)) },
        )
    }
}

/// A connection to the first of these addresses that takes one.
async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut failed = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses.iter().take(ADDRESSES) {
        match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failed = error,
            Err(_) => failed = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(failed)
}

/// Sends the request over a connection of its own, and waits for the head of the answer.
async fn answer<S>(stream: S, request: Request<Full<Bytes>>) -> Result<StatusCode, SendError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(SendError::BrokenOff)?;
    let answered = sender.send_request(request);
    tokio::pin!(answered);
    tokio::pin!(connection);
    // The connection is worked on here and ends with this function: no body is read, and nothing is left running.
    tokio::select! {
        answer = &mut answered => Ok(answer.map_err(SendError::BrokenOff)?.status()),
        ended = &mut connection => match ended {
            // The answer may be there although the connection did not end as it should.
            Err(error) => answered.await.map(|answer| answer.status()).map_err(|_| SendError::BrokenOff(error)),
            Ok(()) => Ok(answered.await.map_err(SendError::BrokenOff)?.status()),
        },
    }
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
