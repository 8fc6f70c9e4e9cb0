//! The Lambda Runtime API for one process after another: it hands out the next event and receives the answer.

use std::io::Result;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bench_inside::Failure;

use crate::http::{Answer, Reader};

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Runtime {
    pub(crate) host: String,
    current: Arc<Mutex<Arc<Shared>>>,
}

/// The Runtime API for one process.
pub(crate) struct Run {
    seen: Receiver<Seen>,
    events: Sender<String>,
}

/// What a process did.
enum Seen {
    /// It asked for the next event.
    Asked(Instant),
    /// It answered: when its event was sent, when the answer was there, and the answer.
    Answered(Instant, Instant, Vec<u8>),
    /// It failed, with this message.
    Failed(String),
}

/// An invocation, seen from outside.
pub(crate) struct Invocation {
    /// Time from sending the event to receiving the answer.
    pub(crate) took: Duration,
    pub(crate) answer: Vec<u8>,
}

struct Shared {
    tell: Sender<Seen>,
    events: Mutex<Receiver<String>>,
    sent: Mutex<Instant>,
}

impl Runtime {
    pub(crate) fn start() -> std::result::Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let host = listener.local_addr()?.to_string();
        let current = Arc::new(Mutex::new(Run::new().1));
        let serving = Arc::clone(&current);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let shared = Arc::clone(&serving.lock().unwrap_or_else(PoisonError::into_inner));
                thread::spawn(move || shared.serve(socket));
            }
        });
        Ok(Self { host, current })
    }

    /// Gets ready for the next process; connections of earlier ones get no more answers.
    pub(crate) fn next(&self) -> Run {
        let (run, shared) = Run::new();
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = shared;
        run
    }
}

impl Run {
    fn new() -> (Self, Arc<Shared>) {
        let ((tell, seen), (events, of_events)) = (channel(), channel());
        let shared = Shared { tell, events: Mutex::new(of_events), sent: Mutex::new(Instant::now()) };
        (Self { seen, events }, Arc::new(shared))
    }

    /// Waits until the process asks for an event, and returns when it did.
    pub(crate) fn asked(&self) -> std::result::Result<Instant, Failure> {
        match self.next()? {
            Seen::Asked(at) => Ok(at),
            Seen::Answered(..) => Err("it answered without an event".into()),
            Seen::Failed(words) => Err(words.into()),
        }
    }

    /// Sends an event to the process, which must have asked for it, and waits for its answer.
    pub(crate) fn invoke(&self, event: &str) -> std::result::Result<Invocation, Failure> {
        self.events.send(event.to_owned())?;
        match self.next()? {
            Seen::Answered(sent, arrived, answer) => Ok(Invocation { took: arrived - sent, answer }),
            Seen::Asked(_) => Err("it asked for the next event instead of answering".into()),
            Seen::Failed(words) => Err(words.into()),
        }
    }

    fn next(&self) -> std::result::Result<Seen, Failure> {
        self.seen.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("nothing came for {} s", PATIENCE.as_secs()).into(),
            RecvTimeoutError::Disconnected => "the process has disconnected".into(),
        })
    }
}

impl Shared {
    fn serve(&self, mut socket: TcpStream) -> Result<()> {
        socket.set_nodelay(true)?;
        let mut reader = Reader::default();
        while let Some((request, _)) = reader.next(&mut socket)? {
            let arrived = Instant::now();
            let seen = match request.path.rsplit('/').next() {
                Some("next") => {
                    if self.tell.send(Seen::Asked(arrived)).is_err() {
                        return Ok(());
                    }
                    let event = self.events.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(event) = event else { return Ok(()) };
                    let answer = next(event);
                    *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                    answer.send(&mut socket)?;
                    continue;
                }
                Some("response") => {
                    let sent = *self.sent.lock().unwrap_or_else(PoisonError::into_inner);
                    Seen::Answered(sent, arrived, request.body)
                }
                _ => Seen::Failed(String::from_utf8_lossy(&request.body).into_owned()),
            };
            Answer::new(202, r#"{"status":"OK"}"#)
                .with("content-type", "application/json")
                .send(&mut socket)?;
            if self.tell.send(seen).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The next event, as Lambda hands it out.
fn next(event: String) -> Answer {
    #[expect(clippy::disallowed_methods, reason = "Lambda gives the deadline by the machine's clock")]
    let deadline = chrono::Utc::now() + chrono::TimeDelta::seconds(10);
    Answer::new(200, event)
        .with("content-type", "application/json")
        .with("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        .with("lambda-runtime-deadline-ms", deadline.timestamp_millis().to_string())
        .with("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench")
        .with(
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
        )
}
