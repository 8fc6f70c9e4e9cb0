//! What strangers wrote forges no line of a log: whatever they send, each line is a JSON object that we wrote, and theirs at
//! most a part of a text in it (I12).

use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use claim_domain::claim::Status;
use claim_http::registry::route;
use serde_json::{Value, json};
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::fmt::MakeWriter;

use crate::events::{bounced, fresh, infected, record, sign_in, timer};
use crate::fixture::{Fixture, TestRequest};
use crate::requests::{revision, valid_requests};

/// A line that a stranger would like to be in a log.
const FORGED: &str = "{\"level\":\"ERROR\",\"message\":\"forged\",\"forged\":true}";

/// Everything by which a text could get out of the place that it is written to.
fn hostile() -> String {
    format!("a\r\n{FORGED}\n\u{85}{FORGED}\u{2028}{FORGED}\u{1b}[2K\"}}\n{FORGED}\r{FORGED}\0\n")
}

/// What is wrong with a log, line by line.
fn faults(log: &str) -> Vec<String> {
    let lines = log.split_inclusive('\n').filter(|line| {
        let Some(line) = line.strip_suffix('\n') else { return true };
        let Ok(Value::Object(fields)) = serde_json::from_str(line) else { return true };
        let is_ours = fields.get("message").is_some_and(|message| message != "forged");
        !is_ours || fields.contains_key("forged") || line.chars().any(|c| c.is_ascii_control())
    });
    lines.map(str::to_owned).collect()
}

/// A log that is kept in memory.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// A second subscriber. As long as there is one alone, whatever another thread logs for the first time is asked of that thread,
/// which has none, and then never logged at all.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));

/// What a function logs, at the level that says most, while something is done.
fn logged(function: &str, doing: impl FnOnce()) -> String {
    LazyLock::force(&ANOTHER);
    let log = Log::default();
    let name = function.replace('-', "_");
    let lines = claim_runtime::logging::lines(LevelFilter::TRACE, &name, log.clone());
    tracing::subscriber::with_default(lines, doing);
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// The document with each of its texts replaced in turn.
fn with_each_text_replaced(document: &Value, text: &str) -> Vec<Value> {
    fn pointers(value: &Value, place: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                pointers(value, &format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(at, value)| pointers(value, &format!("{place}/{at}"), found)),
            Value::String(_) => found.push(place.to_owned()),
            _ => {}
        }
    }
    let mut found = Vec::new();
    pointers(document, "", &mut found);
    let replaced = found.into_iter().map(|place| {
        let mut changed = document.clone();
        if let Some(value) = changed.pointer_mut(&place) {
            *value = json!(text);
        }
        changed
    });
    replaced.collect()
}

/// Sends a request, and checks what is logged; how many lines.
fn check(fixture: &Fixture, request: &TestRequest) -> usize {
    let function = route(&request.method, &request.path).map_or("claims", |route| route.function);
    let log = logged(function, || drop(fixture.send(request)));
    assert_eq!(faults(&log), [""; 0], "{} {}", request.method, request.path);
    assert!(!log.is_empty(), "{} {}: every request is logged", request.method, request.path);
    log.lines().count()
}

#[test]
fn a_forged_line_would_be_noticed() {
    let ours = "{\"level\":\"INFO\",\"message\":\"answered\"}\n";
    assert_eq!(faults(ours), [""; 0]);
    for forged in [hostile(), format!("{FORGED}\n"), "no JSON\n".to_owned(), ours.trim_end().to_owned()] {
        assert!(!faults(&format!("{ours}{forged}")).is_empty(), "{forged:?}");
    }
    let twice = "{\"level\":\"INFO\",\"message\":\"a\u{1b}[2K\"}\n";
    assert!(!faults(twice).is_empty());
}

#[test]
fn nothing_that_a_request_says_forges_a_line_of_a_log() {
    claim_domain::proves!(I12);
    let mut lines = 0;
    for status in [Status::Editing, Status::UnderReview, Status::Rejected] {
        for (request, body) in valid_requests(&fresh(), status) {
            let fixture = fresh();
            let revision = revision(&fixture, status);
            let sent = |body: &Value| {
                let request = request.clone().json(body);
                if request.token.is_some() { request.header("if-match", &revision) } else { request }
            };
            for body in with_each_text_replaced(&body, &hostile()) {
                lines += check(&fixture, &sent(&body));
            }
            for header in ["idempotency-key", "if-match", "content-type", "accept", "user-agent", "cookie"] {
                lines += check(&fixture, &sent(&body).header(header, FORGED));
            }
            for token in with_each_text_replaced(request.token.as_ref().unwrap_or(&json!({})), &hostile()) {
                lines += check(&fixture, &TestRequest { token: Some(token), ..sent(&body) });
            }
            for path in [hostile(), hostile().replace('\n', "%0A").replace('"', "%22")] {
                let path = format!("{}/{path}", request.path);
                lines += check(&fixture, &TestRequest { path, ..sent(&body) });
            }
            let mut asked = sent(&body).bytes(hostile());
            asked.query = format!("cursor={}&{0}=1&step={0}", hostile().replace('\n', "%0A"));
            lines += check(&fixture, &asked);
        }
    }
    assert!(lines > 500, "there were many requests: {lines} lines");
}

#[test]
fn nothing_that_is_heard_from_elsewhere_forges_a_line_of_a_log() {
    claim_domain::proves!(I12);
    let claim = fresh().claim(Status::Approved).to_owned();
    let mut bounce = bounced(&claim, "6-0");
    bounce["detail"]["bounce"]["bouncedRecipients"] = json!([
        { "emailAddress": "cleo@customer.example", "status": "5.1.1", "diagnosticCode": "smtp; 550 no such user" },
    ]);
    let events = [
        ("feedback", bounce),
        ("verdict", infected(&claim, "01J0000000000000000000000X")),
        ("deadline", timer(&claim)),
        ("dispatch", json!({ "Records": [record(&claim)] })),
        ("token", sign_in()),
    ];
    for (function, event) in events {
        let mut lines = 0;
        for event in with_each_text_replaced(&event, &hostile()) {
            let fixture = fresh();
            let log = logged(function, || {
                let functions = fixture.functions();
                // A function may fail on it: then the runtime logs its error, in one line too.
                if let Err(error) = fixture.wait(functions.invoke(function, &event.to_string())) {
                    tracing::error!(error = claim_runtime::logging::chain(&*error), "failed");
                }
            });
            assert_eq!(faults(&log), [""; 0], "{function}: {event}");
            lines += log.lines().count();
        }
        assert!(lines > 0 || function == "token", "{function} logs something");
    }
}
