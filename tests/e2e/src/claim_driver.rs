//! Drives one claim through a scenario: what people do with it over HTTP, and what they expect to see.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use local_stack::{Mail, Participant, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::environment::{Environment, Step};
use crate::retrying_clients::Client;
use crate::{CommandKind, Failed, pdf};

/// How long after a look that found nothing the next one is: the sweep runs in between.
const LOOKS_APART: TimeDelta = TimeDelta::minutes(10);
/// How often a scenario with retries looks before it gives up: for two days and a night.
const LOOKS: u32 = 360;

/// A claim, and what drives it.
pub struct ClaimDriver<'a> {
    /// Where the scenario runs.
    pub environment: &'a Environment,
    /// The number of the scenario.
    pub scenario: u8,
    /// The claim's id, once it is created.
    pub id: String,
    /// The claim as its partner saw it last.
    pub claim: Value,
    /// The partner user who acts for it.
    pub partner: &'static str,
    /// Day 0 of its life, at midnight.
    day_zero: DateTime<Utc>,
    /// When its life is left as it is, if it is not lived to its end.
    lives_until: Option<DateTime<Utc>>,
    worker: Arc<Worker<'a>>,
}

/// What works on one or more claims: a participant of the timeline, and the client that it acts through.
struct Worker<'a> {
    participant: Participant,
    client: Option<&'a Client>,
    has_client: AtomicBool,
    is_left: AtomicBool,
}

impl Worker<'_> {
    fn acquire_client(&self) {
        if let Some(client) = self.client {
            client.acquire();
            self.has_client.store(true, Ordering::Relaxed);
        }
    }

    fn release_client(&self) {
        if let Some(client) = self.client.filter(|_| self.has_client.swap(false, Ordering::Relaxed)) {
            client.release();
        }
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.release_client();
    }
}

impl<'a> ClaimDriver<'a> {
    /// A claim that `partner` acts for, driven by a participant of the environment's timeline.
    pub fn new(
        environment: &'a Environment,
        participant: Participant,
        scenario: u8,
        partner: &'static str,
    ) -> Self {
        Self::with_client(environment, participant, scenario, partner, 0)
    }

    /// The same, through one of the environment's retrying clients, which does nothing else while it acts on the claim.
    pub fn with_client(
        environment: &'a Environment,
        participant: Participant,
        scenario: u8,
        partner: &'static str,
        client: usize,
    ) -> Self {
        let client = environment.retrying_clients.as_ref().map(|clients| clients.client(client));
        let [has_client, is_left] = Default::default();
        let worker = Arc::new(Worker { participant, client, has_client, is_left });
        let (day_zero, lives_until) = (environment.monday, None);
        let (id, claim) = (String::new(), Value::Null);
        Self { environment, scenario, id, claim, partner, day_zero, lives_until, worker }
    }

    /// The same claim with a day 0 of its own, whose life is left as it is at `lives_until`: waiting for anything later
    /// waits until then and fails, and [`ClaimDriver::is_left`] tells this from other failures.
    #[must_use]
    pub fn living(self, day_zero: DateTime<Utc>, lives_until: DateTime<Utc>) -> Self {
        Self { day_zero, lives_until: Some(lives_until), ..self }
    }

    /// Whether its life was left as it is, with more to come.
    pub fn is_left(&self) -> bool {
        self.worker.is_left.load(Ordering::Relaxed)
    }

    /// Another claim of the same scenario, driven by the same participant.
    pub fn another(&self, partner: &'static str) -> Self {
        let worker = Arc::clone(&self.worker);
        Self {
            environment: self.environment,
            scenario: self.scenario,
            id: String::new(),
            claim: Value::Null,
            partner,
            day_zero: self.day_zero,
            lives_until: self.lives_until,
            worker,
        }
    }

    /// Waits until a day and an hour of its life.
    pub fn day(&self, day: i64, hour: i64) -> Result<(), Failed> {
        self.until(self.day_zero + TimeDelta::days(day) + TimeDelta::hours(hour))
    }

    /// Waits until an instant.
    pub fn until(&self, instant: DateTime<Utc>) -> Result<(), Failed> {
        let left_at = self.lives_until.filter(|end| *end < instant);
        self.worker.release_client();
        self.worker.participant.until(left_at.unwrap_or(instant))?;
        self.worker.acquire_client();
        if let Some(left_at) = left_at {
            self.worker.is_left.store(true, Ordering::Relaxed);
            return Err(Failed::new(format!("its life is left as it is at {left_at}")));
        }
        Ok(())
    }

    /// Looks until `look` finds something: for half a minute, or, with retrying clients, over hours of the stack's time.
    pub fn eventually<T>(
        &self,
        what: &str,
        mut look: impl FnMut() -> Result<Option<T>, Failed>,
    ) -> Result<T, Failed> {
        if self.environment.retrying_clients.is_none() {
            let look = || look().map_err(|error| local_stack::Error::Unexpected(error.0));
            return Ok(self.environment.stack.eventually(what, look)?);
        }
        for tried in 0..LOOKS {
            if let Some(found) = look()? {
                return Ok(found);
            }
            if tried < 3 {
                std::thread::sleep(Duration::from_millis(200));
            } else {
                let now = self.worker.participant.now();
                self.until(
                    (now + TimeDelta::seconds(1)).duration_round_up(LOOKS_APART).unwrap_or(now + LOOKS_APART),
                )?;
            }
        }
        Err(Failed::new(format!("waited for days in vain until {what}")))
    }

    /// When a running clock of the claim is due.
    pub fn due(&self, clock: &str) -> Result<DateTime<Utc>, Failed> {
        let claim = self.look(self.partner)?;
        let clocks = claim["clocks"].as_array().cloned().unwrap_or_default();
        let due = clocks
            .iter()
            .find(|running| running["name"] == clock)
            .and_then(|running| running["dueAt"].as_str());
        due.and_then(|due| due.parse().ok())
            .ok_or_else(|| Failed::new(format!("the clock {clock} does not run: {}", claim["clocks"])))
    }

    /// Waits until a running clock of the claim is due.
    pub fn until_due(&self, clock: &str) -> Result<(), Failed> {
        self.until(self.due(clock)?)
    }

    /// Calls the interface.
    pub fn call(
        &self,
        user: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response, Failed> {
        self.environment.call(Some(user), method, path, headers, body)
    }

    /// The path of something of the claim.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/claims/{}{rest}", self.id)
    }

    /// The claim as somebody sees it now.
    pub fn look(&self, user: &str) -> Result<Value, Failed> {
        let seen = self.call(user, "GET", &self.path(""), &[], None)?;
        accept(&seen, &format!("{user} looks at the claim"))?;
        Ok(seen.json())
    }

    /// Creates the claim.
    pub fn create(&mut self, draft: &Value) -> Result<(), Failed> {
        let made = self.call(self.partner, "POST", "/v1/claims", &[], Some(draft))?;
        accept(&made, "the claim is created")?;
        self.claim = made.json();
        self.id = self.claim["id"].as_str().unwrap_or_default().to_owned();
        self.environment.remember(self.scenario, &self.id);
        let name = draft["name"].as_str().unwrap_or_default();
        self.report_step(self.partner, &format!("creates the claim “{name}”"), &self.claim);
        Ok(())
    }

    /// Goes on with a claim that its partner has created on pages.
    pub fn was_created(&mut self, id: &str) -> Result<(), Failed> {
        id.clone_into(&mut self.id);
        self.claim = self.look(self.partner)?;
        self.environment.remember(self.scenario, id);
        Ok(())
    }

    /// Uploads a document of the proof of execution, and says what it was.
    pub fn upload(&mut self, file_name: &str) -> Result<(), Failed> {
        self.upload_bytes(file_name, "application/pdf", &pdf(&format!("Proof of execution: {file_name}")))?;
        self.claim = self.look(self.partner)?;
        // The scanner says within a second that nothing is in it, and the document counts from the beginning.
        if self.environment.retrying_clients.is_none() {
            let last = self.claim["evidence"].as_array().map_or(0, Vec::len).saturating_sub(1);
            self.becomes(&format!("/evidence/{last}/state"), &json!("clean"))?;
        }
        self.report_step(self.partner, &format!("uploads {file_name}"), &self.claim);
        Ok(())
    }

    /// Uploads bytes as a document: asks for the address, puts them there, and completes. Returns the document's id.
    pub fn upload_bytes(&self, file_name: &str, media_type: &str, bytes: &[u8]) -> Result<String, Failed> {
        let asked = self.announce(file_name, media_type, bytes)?;
        self.put(&asked, bytes)?;
        let id = asked["evidence"]["id"].as_str().unwrap_or_default().to_owned();
        let complete = self.path(&format!("/evidence/{id}/complete"));
        let completed = self.call(self.partner, "POST", &complete, &[], None)?;
        accept(&completed, "the upload is completed")?;
        Ok(id)
    }

    /// Announces a document; the answer has the address to put it to.
    pub fn announce(&self, file_name: &str, media_type: &str, bytes: &[u8]) -> Result<Value, Failed> {
        let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let body =
            json!({ "fileName": file_name, "mediaType": media_type, "size": bytes.len(), "sha256": sha256 });
        let asked = self.call(self.partner, "POST", &self.path("/evidence"), &[], Some(&body))?;
        accept(&asked, "an upload is asked for")?;
        Ok(asked.json())
    }

    /// Puts bytes to the address of an announced document.
    pub fn put(&self, asked: &Value, bytes: &[u8]) -> Result<(), Failed> {
        let headers = asked["upload"]["headers"].as_object().cloned().unwrap_or_default();
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())).collect();
        let url = asked["upload"]["url"].as_str().unwrap_or_default();
        let put = self.environment.send("PUT", url, &headers, Some(bytes))?;
        if self.environment.retrying_clients.is_some() && put.status == 412 {
            // An earlier try, whose answer was lost, has put it there.
            return Ok(());
        }
        accept(&put, "the document is put to its address")
    }

    /// Does something with the claim that must succeed: a POST of `body` to `rest`.
    pub fn act(&mut self, user: &str, what: &str, rest: &str, body: &Value) -> Result<(), Failed> {
        let done = self.at_newest(user, "POST", rest, body)?;
        accept(&done, &format!("{user} {what}"))?;
        self.claim = self.look(self.partner)?;
        self.report_step(user, what, &self.claim);
        Ok(())
    }

    /// Edits the claim.
    pub fn edit(&mut self, what: &str, patch: &Value) -> Result<(), Failed> {
        let done = self.at_newest(self.partner, "PATCH", "", patch)?;
        accept(&done, what)?;
        self.claim = self.look(self.partner)?;
        self.report_step(self.partner, what, &self.claim);
        Ok(())
    }

    /// Does something that must be refused, with this status and kind of problem. Returns the problem.
    pub fn refused(
        &mut self,
        user: &str,
        what: &str,
        rest: &str,
        body: &Value,
        expected: (u16, &str),
    ) -> Result<Value, Failed> {
        let revision = self.revision(user)?;
        let answer = self.call(user, "POST", &self.path(rest), &[("if-match", &revision)], Some(body))?;
        let problem = answer.json();
        let kind = problem["type"].as_str().unwrap_or_default();
        if answer.status != expected.0 || !kind.ends_with(expected.1) {
            return Err(Failed::new(format!(
                "{user} {what}: expected {} {}, got {} {}",
                expected.0,
                expected.1,
                answer.status,
                answer.text()
            )));
        }
        let detail = problem["detail"].as_str().unwrap_or_default();
        self.report_step(
            user,
            &format!("{what}: refused ({}): {detail}", problem["rule"].as_str().unwrap_or("")),
            &self.claim,
        );
        Ok(problem)
    }

    /// Changes the claim at the revision that the user sees; with retrying clients, at the next one when it has moved
    /// meanwhile.
    fn at_newest(&self, user: &str, method: &str, rest: &str, body: &Value) -> Result<Response, Failed> {
        let mut left = if self.environment.retrying_clients.is_some() { 5 } else { 0 };
        loop {
            let revision = self.revision(user)?;
            let answer = self.call(user, method, &self.path(rest), &[("if-match", &revision)], Some(body))?;
            if answer.status != 412 || left == 0 {
                return Ok(answer);
            }
            left -= 1;
        }
    }

    /// The ETag that somebody would send.
    fn revision(&self, user: &str) -> Result<String, Failed> {
        let seen = self.call(user, "GET", &self.path(""), &[], None)?;
        Ok(seen.header("etag").unwrap_or_default().to_owned())
    }

    /// Expects a field of the claim, as its partner sees it, to become a value.
    pub fn becomes(&mut self, pointer: &str, expected: &Value) -> Result<(), Failed> {
        let (mut last, partner) = (Value::Null, self.partner);
        let found = self.eventually(&format!("{pointer} becomes {expected}"), || {
            last = self.look(partner)?;
            Ok((last.pointer(pointer) == Some(expected)).then_some(()))
        });
        found.map_err(|error| {
            Failed::new(format!("{error}; it is {}", last.pointer(pointer).unwrap_or(&Value::Null)))
        })?;
        self.claim = last;
        Ok(())
    }

    /// Expects the claim to reach a status, and reports it.
    pub fn reaches(&mut self, status: &str, what: &str) -> Result<(), Failed> {
        self.becomes("/status", &json!(status))?;
        self.report_step("", what, &self.claim);
        Ok(())
    }

    /// Expects the customer to be notified, and reports it.
    pub fn is_notified(&mut self) -> Result<(), Failed> {
        self.becomes("/consent/state", &json!("open"))?;
        self.report_step("", "the customer is notified", &self.claim);
        Ok(())
    }

    /// Waits out the consent period and expects the claim to be handed off to assessment.
    pub fn hands_off(&mut self) -> Result<(), Failed> {
        self.is_notified()?;
        self.until_due("consent")?;
        self.becomes("/consent/state", &json!("passed"))?;
        self.report_step("", "nobody denied: the claim goes to incentive assessment", &self.claim);
        self.assessed(&["requested"])
    }

    /// Expects assessment to have received these messages for the claim, and no others.
    pub fn assessed(&self, kinds: &[&str]) -> Result<(), Failed> {
        let mut last = Vec::new();
        let found = self.eventually("assessment receives the claim", || {
            last = self.environment.assessed(&self.id);
            Ok((last == kinds).then_some(()))
        });
        found.map_err(|_| Failed::new(format!("assessment should have received {kinds:?}, but has {last:?}")))
    }

    /// Expects an email about the claim, and returns the newest of them.
    pub fn email(&self, to: &str, subject: &str) -> Result<Mail, Failed> {
        let name = self.claim["name"].as_str().unwrap_or_default().to_owned();
        self.eventually(&format!("an email to {to}: {subject}"), || {
            let emails = self.environment.emails(to, subject)?;
            Ok(emails.into_iter().rfind(|email| {
                email.subject.contains(&name) || email.text.contains(&name) || name.is_empty()
            }))
        })
    }

    /// The path of the customer's page, as the newest notice says it.
    pub fn consent_path(&self) -> Result<String, Failed> {
        let to = self.claim["customer"]["contact"]["email"].as_str().unwrap_or_default();
        self.eventually("the customer's notice", || {
            let emails = self.environment.emails(to, "please check")?;
            Ok(emails.last().and_then(|email| {
                let start = email.text.find("/v1/consent/")?;
                email.text[start..].split_whitespace().next().map(str::to_owned)
            }))
        })
    }

    /// Denies the association as the customer, by the link in the notice.
    pub fn deny(&mut self) -> Result<(), Failed> {
        let deny = format!("{}/deny", self.consent_path()?);
        let form = [("accept", "text/html"), ("content-type", "application/x-www-form-urlencoded")];
        let answer = self.environment.send("POST", &deny, &form, Some(b"confirm=yes&note=Not+ours."))?;
        if answer.status != 303 {
            return Err(Failed::new(format!("the customer denies: {} {}", answer.status, answer.text())));
        }
        if let Some(clients) = &self.environment.retrying_clients {
            clients.count_accepted(&self.id, CommandKind::Deny);
        }
        Ok(())
    }

    /// Reports a step: who did what, and where the claim stands.
    pub fn report_step(&self, user: &str, what: &str, claim: &Value) {
        let who = match local_stack::user(user) {
            Ok(user) => format!("{} ({})", user.full_name, user.role.unwrap_or("no role")),
            Err(_) if user.is_empty() => "The program:".to_owned(),
            Err(_) => user.to_owned(),
        };
        self.environment.report(&Step {
            at: self.worker.participant.now(),
            scenario: self.scenario,
            who,
            what: what.to_owned(),
            status: claim["status"].as_str().unwrap_or_default().to_owned(),
            clocks: clocks_in_words(claim),
        });
    }
}

/// Takes a success, or says what came instead.
pub(crate) fn accept(answer: &Response, what: &str) -> Result<(), Failed> {
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    Err(Failed::new(format!("{what}: {} {}", answer.status, answer.text())))
}

fn clocks_in_words(claim: &Value) -> String {
    let clocks = claim["clocks"].as_array().cloned().unwrap_or_default();
    let words = clocks.iter().map(|clock| {
        let name = clock["name"].as_str().unwrap_or_default();
        let due = clock["dueAt"].as_str().and_then(|due| due.parse::<DateTime<Utc>>().ok());
        let due = due.map(|due| due.format("%a %d %b %H:%M").to_string()).unwrap_or_default();
        match (clock["pausedAt"].is_string(), clock["breached"].as_bool()) {
            (true, _) => format!("{name} paused, {} days left", clock["remainingBusinessDays"]),
            (_, Some(true)) => format!("{name} MISSED"),
            _ => format!("{name} until {due}"),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}
