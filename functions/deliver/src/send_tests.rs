use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::ring::default_provider;

use super::*;

/// A resolver that answers with one list after the other, the last one again and again.
#[derive(Debug)]
struct Scripted {
    answers: Vec<Vec<SocketAddr>>,
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    fn new(answers: &[&[SocketAddr]]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        Arc::new(Self { answers, asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolver for Scripted {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Addresses<'a> {
        let mut asked = self.asked.lock().unwrap();
        let answer = self.answers.get(asked.len()).or(self.answers.last()).cloned();
        asked.push(format!("{host}:{port}"));
        Box::pin(std::future::ready(Ok(answer.unwrap_or_default())))
    }
}

/// A server on this machine that answers each request in the same way, and counts its connections.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (address, connections) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counted = connections.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { address, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn sender(resolver: Arc<dyn Resolver>, reach: Reach) -> Sender {
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Sender::new(resolver, tls, reach)
}

fn url(text: &str) -> WebhookUrl {
    WebhookUrl::parse(text, Reach::ThisMachineToo).unwrap()
}

async fn post(sender: &Sender, to: &str) -> Result<u16, SendError> {
    sender.post(&url(to), HeaderMap::new(), "{}".to_owned()).await.map(|status| status.as_u16())
}

const CREATED: &str = "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn nothing_goes_to_a_name_that_leads_to_an_address_not_public() {
    claim_domain::proves!(D24);
    let server = Server::answering(CREATED).await;
    for address in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
    ] {
        let found = SocketAddr::new(address.parse::<IpAddr>().unwrap(), server.address.port());
        let resolver = Scripted::new(&[&[found]]);
        let refused = post(&sender(resolver.clone(), Reach::Public), "https://hooks.example/").await;
        assert!(matches!(refused, Err(SendError::NotPublic)), "{address}: {refused:?}");
        assert_eq!(resolver.asked(), ["hooks.example:443"]);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn one_address_that_is_not_public_among_others_is_enough_to_refuse() {
    claim_domain::proves!(D24);
    let (public, private) = ("1.1.1.1:443".parse().unwrap(), "10.0.0.1:443".parse().unwrap());
    for answer in [[public, private], [private, public]] {
        let refused = post(&sender(Scripted::new(&[&answer]), Reach::Public), "https://hooks.example/").await;
        assert!(matches!(refused, Err(SendError::NotPublic)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_host_that_is_an_address_is_looked_at_as_well() {
    claim_domain::proves!(D24);
    let server = Server::answering(CREATED).await;
    // Registered where this machine may be reached, and sent from where it may not.
    let to = format!("http://{}/", server.address);
    let refused = post(&sender(Arc::new(System), Reach::Public), &to).await;
    assert!(matches!(refused, Err(SendError::NotPublic)), "{refused:?}");
    assert_eq!(server.connections(), 0);
    assert_eq!(post(&sender(Arc::new(System), Reach::ThisMachineToo), &to).await.unwrap(), 201);
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_looked_at() {
    claim_domain::proves!(D24);
    let (allowed, other) = (Server::answering(CREATED).await, Server::answering(CREATED).await);
    // The name leads to another server as soon as anybody asks a second time.
    let resolver = Scripted::new(&[&[allowed.address], &[other.address], &["10.0.0.1:80".parse().unwrap()]]);
    let sender = sender(resolver.clone(), Reach::ThisMachineToo);
    assert_eq!(post(&sender, "http://127.0.0.1/").await.unwrap(), 201);
    assert_eq!((resolver.asked().len(), allowed.connections(), other.connections()), (1, 1, 0));
    assert_eq!(post(&sender, "http://127.0.0.1/").await.unwrap(), 201);
    let refused = post(&sender, "http://127.0.0.1/").await;
    assert!(matches!(refused, Err(SendError::NotPublic)), "each request looks anew: {refused:?}");
    assert_eq!((allowed.connections(), other.connections()), (1, 1));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    claim_domain::proves!(D24);
    let elsewhere = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://169.254.169.254/latest/meta-data/\r\n\
                     content-length: 0\r\n\r\n";
    let server = Server::answering(elsewhere).await;
    let resolver = Scripted::new(&[&[server.address]]);
    let sender = sender(resolver.clone(), Reach::ThisMachineToo);
    assert_eq!(post(&sender, "http://127.0.0.1/").await.unwrap(), 307);
    assert_eq!((resolver.asked().len(), server.connections()), (1, 1));
}

#[tokio::test]
async fn an_answer_counts_whatever_comes_after_it() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\nand more").await;
    let sender = sender(Scripted::new(&[&[server.address]]), Reach::ThisMachineToo);
    assert_eq!(post(&sender, "http://127.0.0.1/").await.unwrap(), 204);
}

#[tokio::test]
async fn https_is_never_spoken_in_the_clear() {
    claim_domain::proves!(D24);
    let server = Server::answering(CREATED).await;
    let resolver = Scripted::new(&[&[server.address]]);
    let refused = post(&sender(resolver, Reach::ThisMachineToo), "https://hooks.example/").await;
    assert!(matches!(refused, Err(SendError::Insecure(_))), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_or_something_else_is_told_in_words() {
    let silent = Server::answering("").await;
    let to = format!("http://{}/", silent.address);
    let refused = post(&sender(Arc::new(System), Reach::ThisMachineToo), &to).await.unwrap_err();
    assert_eq!(refused.to_string(), "the server ended the connection without an answer");
    let unknown = post(&sender(Scripted::new(&[]), Reach::Public), "https://hooks.example/").await;
    assert_eq!(unknown.unwrap_err().to_string(), "the server's name could not be resolved");
}
