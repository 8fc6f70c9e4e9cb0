//! Webhooks, as a receiver of an organisation's changes meets them (D24).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_change_is_delivered_signed_and_again_until_it_is_taken", delivered).proves(&[Rule::D24]),
        case("a_webhook_leads_to_no_private_address", private).proves(&[Rule::D24]),
    ]
}

/// A delivery as it came.
#[derive(Debug, Clone)]
struct Received {
    headers: BTreeMap<String, String>,
    body: String,
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
        Ok(Self { headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn data(&self) -> Value {
        serde_json::from_str::<Value>(&self.body).map(|body| body["data"].clone()).unwrap_or_default()
    }

    /// Whether one of its signatures is by this secret. The library's own check would compare with the machine's time, which
    /// is not the stack's.
    fn is_signed_by(&self, secret: &str) -> bool {
        let sign = || {
            let timestamp = self.header("webhook-timestamp").parse().ok()?;
            let webhook = standardwebhooks::Webhook::new(secret).ok()?;
            webhook.sign(self.header("webhook-id"), timestamp, self.body.as_bytes()).ok()
        };
        sign()
            .is_some_and(|signature| self.header("webhook-signature").split(' ').any(|one| one == signature))
    }
}

/// A receiver on this machine, which fails as often as it is told to on what is about one claim.
struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
    failures: Arc<AtomicUsize>,
}

impl Receiver {
    fn of(claim: &str) -> Result<Self, Failed> {
        let failed = |error: std::io::Error| Failed::new(format!("no receiver: {error}"));
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let url = format!("http://{}/claims", listener.local_addr().map_err(failed)?);
        let (received, failures) = (Arc::<Mutex<Vec<Received>>>::default(), Arc::new(AtomicUsize::new(0)));
        let (kept, left, claim) = (received.clone(), failures.clone(), claim.to_owned());
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let Ok(one) = Received::of(&stream) else { continue };
                let is_ours = one.data()["claim"] == claim.as_str();
                let fails = is_ours
                    && left
                        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                        .is_ok();
                if is_ours {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                }
                let answer = if fails { "500 Internal Server Error" } else { "204 No Content" };
                let _ = write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Ok(Self { url, received, failures })
    }

    /// What came so far.
    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn waits_for(&self, claim: &ClaimDriver<'_>, many: usize) -> Result<Vec<Received>, Failed> {
        claim.eventually(&format!("{many} deliveries"), || {
            Ok(Some(self.received()).filter(|received| received.len() >= many))
        })
    }
}

fn delivered(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Told by webhook", &["Teams"]))?;
    let receiver = Receiver::of(&claim.id)?;
    receiver.failures.store(2, Ordering::SeqCst);
    let body = json!({ "url": receiver.url, "description": "A test", "events": ["commented"] });
    let made = claim.call("nadia", "POST", "/v1/webhooks", &[], Some(&body))?;
    status(&made, 201, "the webhook is registered")?;
    let made = made.json();
    let (id, first) = (text(&made["id"]), text(&made["secret"]));
    let path = format!("/v1/webhooks/{id}");
    let shown = claim.call("nora", "GET", &path, &[], None)?.json();
    holds(shown["secret"].is_null() && shown["url"] == receiver.url.as_str(), "the secret is shown once")?;

    claim.act("nadia", "comments", "/comments", &json!({ "text": "Is anybody there?" }))?;
    receiver.waits_for(claim, 1)?;
    // After five seconds, and after five minutes.
    for many in 2..=3 {
        claim.until(claim.environment.stack.now() + TimeDelta::minutes(6))?;
        receiver.waits_for(claim, many)?;
    }
    let tried = receiver.received();
    let ids: Vec<_> = tried.iter().map(|one| one.header("webhook-id").to_owned()).collect();
    holds(ids.iter().all(|one| *one == ids[0]), "each attempt has the same id")?;
    holds(tried.iter().all(|one| one.is_signed_by(&first)), "each attempt is signed")?;
    same(tried[0].data()["type"].clone(), json!("commented"), "what happened")?;
    let attempts = claim.eventually("three attempts are listed", || {
        let page = claim.call("nadia", "GET", &format!("{path}/attempts"), &[], None)?;
        status(&page, 200, "the attempts")?;
        let of_claim = |one: &&Value| one["claim"] == claim.id.as_str();
        let page = page.json();
        let attempts: Vec<_> =
            page["items"].as_array().into_iter().flatten().filter(of_claim).cloned().collect();
        Ok(Some(attempts).filter(|attempts| attempts.len() == 3))
    })?;
    let outcomes: Vec<_> = attempts.iter().map(|one| one["outcome"].clone()).collect();
    same(
        outcomes,
        vec![json!("taken"), json!("failed"), json!("failed")],
        "what became of each, the newest first",
    )?;

    let rotated = claim.call("nadia", "POST", &format!("{path}/rotate"), &[], None)?;
    status(&rotated, 200, "the secret is replaced")?;
    let second = text(&rotated.json()["secret"]);
    let after = tried[0].data()["sequence"].as_u64().unwrap_or_default() - 1;
    let replay = json!({ "after": after });
    let replayed = claim.call("nadia", "POST", &format!("{path}/replay"), &[], Some(&replay))?;
    status(&replayed, 200, "the change is sent again")?;
    let last = receiver.waits_for(claim, 4)?.pop().ok_or_else(|| Failed::new("nothing came"))?;
    same(last.header("webhook-id").to_owned(), ids[0].clone(), "the id of what was had before")?;
    holds(last.is_signed_by(&first) && last.is_signed_by(&second), "both secrets sign for a day")?;

    status(&claim.call("fiona", "GET", &path, &[], None)?, 404, "another organisation's webhook")?;
    status(&claim.call("nadia", "DELETE", &path, &[], None)?, 204, "the webhook is removed")?;
    status(&claim.call("nadia", "GET", &path, &[], None)?, 404, "it is gone")
}

fn private(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    for url in [
        "https://169.254.169.254/latest/",
        "https://10.0.0.1/",
        "https://[fd00:ec2::254]/",
        "http://a.example/",
    ] {
        let refused = claim.call("nadia", "POST", "/v1/webhooks", &[], Some(&json!({ "url": url })))?;
        status(&refused, 422, url)?;
        same(refused.json()["errors"][0]["pointer"].clone(), json!("/url"), url)?;
    }
    status(&claim.call("rita", "GET", "/v1/webhooks", &[], None)?, 403, "a reviewer's webhooks")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
