//! A server of ours to which webhooks deliver (D24).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::Failed;

/// A delivery as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// The headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// Whether it was answered with success.
    pub is_taken: bool,
}

impl Received {
    /// Reads a request with a body.
    fn of(stream: &TcpStream) -> std::io::Result<Self> {
        let (mut reader, mut headers, mut line) = (BufReader::new(stream), BTreeMap::new(), String::new());
        reader.read_line(&mut line)?;
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(Self { headers, body: String::from_utf8_lossy(&body).into_owned(), is_taken: false })
    }

    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The change that it tells of.
    pub fn data(&self) -> Value {
        serde_json::from_str::<Value>(&self.body).map(|body| body["data"].clone()).unwrap_or_default()
    }

    /// Whether one of its signatures is by this secret. The library's own check would compare with the machine's time, which
    /// is not the stack's.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let sign = || {
            let timestamp = self.header("webhook-timestamp").parse().ok()?;
            let webhook = standardwebhooks::Webhook::new(secret).ok()?;
            webhook.sign(self.header("webhook-id"), timestamp, self.body.as_bytes()).ok()
        };
        sign()
            .is_some_and(|signature| self.header("webhook-signature").split(' ').any(|one| one == signature))
    }
}

/// A receiver on this machine, which keeps what it is meant for and takes the rest without a word.
#[derive(Debug)]
pub struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
    failures: Arc<AtomicUsize>,
}

impl Receiver {
    /// A receiver of the deliveries that `wants` picks.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn of(wants: impl Fn(&Received) -> bool + Send + 'static) -> Result<Self, Failed> {
        let failed = |error: std::io::Error| Failed::new(format!("no receiver: {error}"));
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let url = format!("http://{}/claims", listener.local_addr().map_err(failed)?);
        let (received, failures) = (Arc::<Mutex<Vec<Received>>>::default(), Arc::new(AtomicUsize::new(0)));
        let (kept, left) = (received.clone(), failures.clone());
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let Ok(mut one) = Received::of(&stream) else { continue };
                let is_wanted = wants(&one);
                let fewer = |left: usize| left.checked_sub(1);
                let fails = is_wanted && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_ok();
                one.is_taken = !fails;
                if is_wanted {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                }
                let answer = if fails { "500 Internal Server Error" } else { "204 No Content" };
                let _ = write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Ok(Self { url, received, failures })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers the next so many deliveries with 500.
    pub fn fail(&self, many: usize) {
        self.failures.store(many, Ordering::SeqCst);
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
