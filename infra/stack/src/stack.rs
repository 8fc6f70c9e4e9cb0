use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    os::unix::fs::PermissionsExt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::rest::{Busy, Look, Rest};
use crate::{
    Aws, Clock, Deployment, Error, Feedback, Grant, Http, Mail, Message, Progress, Queue, Response, Use,
    access, binaries, deploy, emulator, install, layout::Layout, mail, users,
};

/// The port of the stack unless another one is asked for.
pub const DEFAULT_PORT: u16 = 4566;

/// The pause between two looks while waiting.
const LOOK_AGAIN: Duration = Duration::from_millis(40);
/// How long nothing may move before the stack counts as stuck, and how long an awaited thing may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);

/// What to set up.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The port to listen on.
    pub port: u16,
    /// Template parameters that differ from the local stack's own.
    pub parameters: BTreeMap<String, String>,
    /// Whether to discard what an earlier run left on that port.
    pub fresh: bool,
    /// Where the functions find AWS, if not at the emulator itself; only used when the emulator starts.
    pub endpoint: Option<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { port: DEFAULT_PORT, parameters: BTreeMap::new(), fresh: false, endpoint: None }
    }
}

/// The running, deployed stack.
#[derive(Debug)]
pub struct Stack {
    layout: Layout,
    clock: Clock,
    aws: Aws,
    http: Http,
    deployment: Deployment,
    patience: Duration,
    progress: Progress,
    tokens: Mutex<HashMap<&'static str, (String, DateTime<Utc>)>>,
    issued: Mutex<Vec<String>>,
    answers: Mutex<Option<Vec<Answer>>>,
}

/// An answer of the API or of a page, and what was asked.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The method.
    pub method: String,
    /// The path, with its query.
    pub path: String,
    /// The answer.
    pub response: Response,
}

impl Stack {
    /// Sets everything up: installs, starts, builds and deploys what is missing or has changed.
    pub fn up(plan: &Plan, progress: &Progress) -> Result<Self, Error> {
        let layout = Layout::of(plan.port)?;
        install::install(progress)?;
        progress.step("Building the functions", || binaries::build(&layout.tool_log("build")))?;
        // A stack that was deployed only in part cannot be deployed again.
        if plan.fresh || Deployment::read(&layout).is_none() {
            emulator::stop(&layout)?;
        }
        if !emulator::is_running(&layout) {
            progress.step(&format!("Starting MiniStack on port {}", plan.port), || {
                emulator::start(&layout, plan.endpoint.as_deref())
            })?;
        }
        let deployment = deploy::deploy(&layout, &plan.parameters, progress)?;
        let stack = Self::with(layout, deployment);
        stack.write_env()?;
        Ok(stack)
    }

    /// The stack that runs on `port`.
    pub fn attach(port: u16) -> Result<Self, Error> {
        let layout = Layout::of(port)?;
        let deployment = Deployment::read(&layout).filter(|_| emulator::is_running(&layout));
        deployment.map(|deployment| Self::with(layout, deployment)).ok_or_else(|| Error::Missing {
            what: format!("a running stack on port {port}"),
            how: "start one with `cargo xtask up`".into(),
        })
    }

    /// Stops the stack on `port`; its contents are gone.
    pub fn down(port: u16) -> Result<(), Error> {
        emulator::stop(&Layout::of(port)?)
    }

    fn with(layout: Layout, deployment: Deployment) -> Self {
        let (clock, aws) = (Clock::of(&layout), Aws::on(layout.port));
        let (http, patience, progress) = (Http::default(), PATIENCE, Progress::silent());
        let (tokens, issued, answers) = Default::default();
        Self { layout, clock, aws, http, deployment, patience, progress, tokens, issued, answers }
    }

    /// The same stack, which says what it waits for when that takes long.
    #[must_use]
    pub fn telling(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// The same stack, which may stand still for longer.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Where the stack keeps its files.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What was deployed.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The emulated AWS, for calls that have no method here.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The public address of the HTTP interface.
    pub fn address(&self) -> &str {
        &self.deployment.address
    }

    /// The stack's time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Calls the HTTP interface, signed in as `user` (by short name) or as nobody.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        user: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response, Error> {
        let text = body.map(Value::to_string);
        let authorization =
            user.map(|user| self.token(user)).transpose()?.map(|token| format!("Bearer {token}"));
        let mut all = Vec::new();
        if let Some(authorization) = &authorization {
            all.push(("authorization", authorization.as_str()));
        }
        if text.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            all.push(("content-type", "application/json"));
        }
        all.extend_from_slice(headers);
        self.send(method, path, &all, text.as_deref().map(str::as_bytes))
    }

    /// Sends exactly these headers and bytes. `to` is a path of the HTTP interface or a whole address, such as a
    /// presigned link or one from an email.
    pub fn send(
        &self,
        method: &str,
        to: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Response, Error> {
        let Some(path) = to.strip_prefix(self.address()).or(to.starts_with('/').then_some(to)) else {
            return self.http.send(method, to, headers, body);
        };
        // Not every resolver knows *.localhost; the emulator tells its APIs apart by the Host header.
        let host = format!("{}:{}", deploy::HOST, self.layout.port);
        let mut all = vec![("host", host.as_str())];
        all.extend_from_slice(headers);
        let response =
            self.http.send(method, &format!("http://127.0.0.1:{}{path}", self.layout.port), &all, body)?;
        if let Some(answers) = &mut *self.answers.lock().unwrap_or_else(PoisonError::into_inner) {
            let (method, path) = (method.to_owned(), path.to_owned());
            answers.push(Answer { method, path, response: response.clone() });
        }
        Ok(response)
    }

    /// Keeps every answer from now on, until they are taken.
    pub fn keep_answers(&self) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    /// The answers that were kept; no more are.
    pub fn take_answers(&self) -> Vec<Answer> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    /// An access token of `user`, who is signed in again when the last token has expired by the stack's clock.
    pub fn token(&self, user: &str) -> Result<String, Error> {
        let user = users::find(user)?;
        let known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(user.name).cloned();
        if let Some((token, _)) = known.filter(|(_, until)| self.now() < *until) {
            return Ok(token);
        }
        let token = users::sign_in(&self.aws, self.deployment.output("UserPoolClientId")?, user)?;
        // The pool's access tokens are valid for an hour; this leaves five minutes to spare.
        let until = self.now() + TimeDelta::minutes(55);
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(user.name, (token.clone(), until));
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).push(token.clone());
        Ok(token)
    }

    /// Where programs get their tokens.
    pub fn token_url(&self) -> String {
        format!("{}/oauth2/token", self.aws.endpoint())
    }

    /// Lets the gateway let in whom the stack's parameters name now: MiniStack's CloudFormation does not tell it.
    pub fn renew_authorizers(&self) -> Result<(), Error> {
        deploy::renew_authorizers(&self.aws)
    }

    /// Every access token that [`Stack::token`] has received.
    pub fn tokens_issued(&self) -> Vec<String> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the roles of the template may do.
    pub fn grants(&self) -> Result<BTreeSet<Grant>, Error> {
        access::grants(&self.aws)
    }

    /// What those roles have done so far.
    pub fn uses(&self) -> Result<BTreeSet<Use>, Error> {
        access::uses(&self.layout)
    }

    /// Everything that was written to a log group, in order.
    pub fn log_of(&self, group: &str) -> Result<Vec<String>, Error> {
        let mut messages = Vec::new();
        let mut body = serde_json::json!({ "logGroupName": group });
        loop {
            let page = self.aws.json("logs", "Logs_20140328.FilterLogEvents", &body)?;
            let events = page["events"].as_array().into_iter().flatten();
            messages.extend(events.map(|event| event["message"].as_str().unwrap_or_default().to_owned()));
            match page["nextToken"].as_str() {
                Some(token) => body["nextToken"] = token.into(),
                None => return Ok(messages),
            }
        }
    }

    /// Switches off every recurring rule: the sweep no longer runs.
    pub fn stop_recurring(&self) -> Result<(), Error> {
        let rules = self.aws.json("events", "AWSEvents.ListRules", &json!({}))?;
        for rule in rules["Rules"].as_array().into_iter().flatten() {
            self.aws.json("events", "AWSEvents.DisableRule", &json!({ "Name": rule["Name"] }))?;
        }
        Ok(())
    }

    /// All emails sent so far, oldest first.
    pub fn mails(&self) -> Result<Vec<Mail>, Error> {
        mail::read(&self.layout)
    }

    /// Lets SES report something about an email to its event destinations, once per call.
    pub fn feed_back(&self, email: &Mail, feedback: Feedback) -> Result<(), Error> {
        let url = format!("{}/_local/feedback", self.aws.endpoint());
        let body = json!({ "messageId": email.message_id, "feedback": feedback }).to_string();
        let answer = self.http.send("POST", &url, &[], Some(body.as_bytes()))?;
        let told = serde_json::from_slice::<Value>(&answer.body)?["told"].as_u64();
        match told {
            Some(1..) => Ok(()),
            _ => Err(Error::Unexpected(format!(
                "no destination was told about the email {}",
                email.message_id
            ))),
        }
    }

    /// The emails sent so far to an address, oldest first.
    pub fn mails_to(&self, address: &str) -> Result<Vec<Mail>, Error> {
        mail::read_to(&self.layout, address)
    }

    /// Lets GuardDuty scan a document again and find `status`, whatever is in it.
    pub fn scan_again(&self, claim: &str, document: &str, status: &str) -> Result<(), Error> {
        let url = format!("{}/_local/scan", self.aws.endpoint());
        let bucket = self.deployment.output("EvidenceBucketName")?;
        let body = json!({ "bucket": bucket, "key": format!("claims/{claim}/{document}"), "status": status });
        self.http.send("POST", &url, &[], Some(body.to_string().as_bytes())).map(|_| ())
    }

    /// A queue by the template's output that holds its URL.
    pub fn queue(&self, output: &str) -> Result<Queue, Error> {
        Ok(Queue::new(self.aws.clone(), self.deployment.output(output)?.to_owned()))
    }

    /// Receives and deletes all messages to incentive assessment.
    pub fn drain_assessment(&self) -> Result<Vec<Message>, Error> {
        self.queue("AssessmentQueueUrl")?.drain()
    }

    /// What is under way.
    pub fn busy(&self) -> Result<Busy, Error> {
        let url = format!("{}/_local/busy", self.aws.endpoint());
        Ok(serde_json::from_slice(&self.http.send("GET", &url, &[], None)?.body)?)
    }

    /// Waits until nothing is under way: no request, no function, no stream record, no due schedule. Moving the time
    /// under a running function would let it time out. It waits as long as something moves.
    pub fn settle(&self) -> Result<Busy, Error> {
        let mut rest = Rest::new(self.patience, Instant::now());
        loop {
            let busy = match self.busy() {
                Err(error) if error.is_silence() && rest.look_in_silence() != Look::Stuck => {
                    self.progress.say("  the stack is too busy to say how far it is …");
                    continue;
                }
                busy => busy?,
            };
            match rest.look(&busy, Instant::now()) {
                Look::AtRest => return Ok(busy),
                Look::Again => {}
                Look::TakesLong => self.progress.say(&format!("  waiting for {busy} …")),
                Look::Stuck => {
                    return Err(Error::Timeout {
                        what: format!("the stack to come to rest; nothing has moved meanwhile of {busy}"),
                        seconds: self.patience.as_secs(),
                    });
                }
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Moves the time to `instant`, and stops wherever a schedule is due on the way, so that everything happens when
    /// it should. If the instant is in the past, this only waits for rest.
    pub fn travel_to(&self, instant: DateTime<Utc>) -> Result<(), Error> {
        loop {
            let next = self.settle()?.next_schedule.and_then(instant_of);
            let stop = next.filter(|next| *next < instant).unwrap_or(instant);
            if stop <= self.now() && stop == instant {
                return Ok(());
            }
            self.clock.set(stop)?;
            // One tick of the emulator's own timers, so that recurring schedules begin before rest is looked for.
            std::thread::sleep(Duration::from_millis(250));
        }
    }

    /// Moves the time on by `duration`.
    pub fn advance(&self, duration: TimeDelta) -> Result<(), Error> {
        self.travel_to(self.now() + duration)
    }

    /// Calls `look` every few milliseconds until it finds something, for half a minute of the machine's time at most.
    pub fn eventually<T>(
        &self,
        what: &str,
        look: impl FnMut() -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        eventually(what, PATIENCE, look)
    }

    /// The variables that a function needs to run outside the emulator, against this stack and at its time.
    pub fn env(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for function in self.deployment.functions.values() {
            all.extend(function.environment.clone());
        }
        all.insert("AWS_ENDPOINT_URL".into(), self.aws.endpoint().into());
        all.insert("AWS_REGION".into(), crate::aws::REGION.into());
        all.insert("AWS_ACCESS_KEY_ID".into(), crate::aws::ROOT_KEY.into());
        all.insert("AWS_SECRET_ACCESS_KEY".into(), crate::aws::ROOT_KEY.into());
        // Cargo runs the function through this script, so that only the function runs at the stack's time. Cargo and
        // the compiler do not work under libfaketime.
        let runner =
            format!("CARGO_TARGET_{}_UNKNOWN_LINUX_GNU_RUNNER", std::env::consts::ARCH.to_uppercase());
        all.insert(runner, self.layout.runner().display().to_string());
        all
    }

    fn write_env(&self) -> Result<(), Error> {
        let lines: String = self.env().iter().map(|(name, value)| assignment(name, value)).collect();
        fs::write(self.layout.env(), lines).map_err(Error::io("cannot write the functions' environment"))?;
        let faketime = install::faketime().unwrap_or_default();
        let script = format!(
            "#!/bin/sh\nLD_PRELOAD='{}' FAKETIME_TIMESTAMP_FILE='{}' FAKETIME_NO_CACHE=1 exec \"$@\"\n",
            faketime.display(),
            self.layout.clock().display(),
        );
        fs::write(self.layout.runner(), script)
            .and_then(|()| fs::set_permissions(self.layout.runner(), fs::Permissions::from_mode(0o755)))
            .map_err(Error::io("cannot write the functions' runner"))
    }
}

/// A line of a file of variables, as cargo-lambda reads it: a value that is more than one plain word is in quotes of a kind
/// that it does not have itself.
fn assignment(name: &str, value: &str) -> String {
    let is_plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.,:/@+*".contains(c));
    let quote = ["\"", "'", "`"].into_iter().find(|quote| !value.contains(quote)).unwrap_or_default();
    let quote = if is_plain { "" } else { quote };
    format!("{name}={quote}{value}{quote}\n")
}

fn instant_of(epoch: f64) -> Option<DateTime<Utc>> {
    #[expect(clippy::cast_possible_truncation, reason = "epoch seconds in milliseconds")]
    DateTime::from_timestamp_millis((epoch * 1000.0) as i64)
}

/// Calls `look` until it finds something or `patience` has passed.
pub(crate) fn eventually<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> Result<Option<T>, Error>,
) -> Result<T, Error> {
    let until = Instant::now() + patience;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() > until {
            return Err(Error::Timeout { what: what.to_owned(), seconds: patience.as_secs() });
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_of_several_words_is_written_in_quotes() {
        assert_eq!(assignment("TABLE_NAME", "claims-Table-1"), "TABLE_NAME=claims-Table-1\n");
        assert_eq!(assignment("EDGE_SECRET", ""), "EDGE_SECRET=\n");
        assert_eq!(assignment("SCOPES", "openid email"), "SCOPES=\"openid email\"\n");
        assert_eq!(assignment("CLIENT", "gty=client"), "CLIENT=\"gty=client\"\n");
        assert_eq!(assignment("NAME", "the \"one\""), "NAME='the \"one\"'\n");
    }
}
