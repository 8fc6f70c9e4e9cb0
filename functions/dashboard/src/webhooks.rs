//! *Webhooks*: where the organisation's changes are sent (D24). Everything is decided by [`claim_webhooks`], as for the API.

use askama::Template;
use claim_domain::calendar::Instant;
use claim_domain::ids::WebhookId;
use claim_domain::people::Caller;
use claim_domain::refusal::Kind;
use claim_domain::webhook::Webhook;
use claim_domain::zone::Zone;
use claim_http::registry::Operation;
use claim_http::view::ReplayView;
use claim_http::{Problem, Request, form_key, status_of};
use claim_pages::{Form, Frame, Place, page, to, words};
use claim_store::{Attempt, AttemptOutcome};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use crate::Dashboard;

/// The fields of a registration, by their labels.
const REGISTRATION: [(&str, &str); 3] =
    [("url", "Address"), ("description", "Description"), ("events[]", "Changes to send")];
/// The field of sending again: in it stands the first number that is wanted, in the input the last that is not.
const REPLAY: [(&str, &str); 1] = [("after", "First number")];

/// The kinds of change, in words.
pub(crate) const KINDS: [(&str, &str); 33] = [
    ("created", "A claim was created"),
    ("edited", "A claim was edited"),
    ("discarded", "A claim was discarded"),
    ("uploadRequested", "A document was announced"),
    ("evidenceAdded", "A document was added"),
    ("evidenceScanned", "A document was scanned"),
    ("uploadsDropped", "Documents that were not submitted were dropped"),
    ("submitted", "A claim was submitted"),
    ("assigned", "A reviewer was assigned"),
    ("reviewStarted", "The review began"),
    ("released", "A reviewer gave the claim back"),
    ("takenOver", "Another reviewer took the claim over"),
    ("actionRequested", "You are asked for more"),
    ("reminded", "You were reminded: of an answer that is due, or a subscription that ends"),
    ("commented", "A comment was written"),
    ("approved", "A claim was approved"),
    ("rejected", "A claim was rejected"),
    ("challenged", "Another organisation claimed what is held"),
    ("disputed", "A rejection was disputed"),
    ("disputeWindowClosed", "The time to dispute ended"),
    ("customerNotified", "The customer was notified"),
    ("noticeResent", "The customer’s notice was sent again"),
    ("noticeFailed", "The customer’s notice could not be delivered"),
    ("noticeSoftBounced", "The customer’s notice may not have arrived"),
    ("noticeComplained", "The customer complained of the notice"),
    ("consentPassed", "The customer’s time to deny ended"),
    ("assessmentSent", "A claim was sent to incentive assessment"),
    ("associationEnded", "An association was ended"),
    ("productsRemoved", "Products were removed"),
    ("breached", "Reviewers missed a promised date"),
    ("escalated", "Reviewers are still late"),
    ("emailBounced", "An email to you could not be delivered"),
    ("erased", "Documents and contacts were erased"),
];

/// A kind of change in words; a new one by its code.
fn kind(kind: &str) -> &str {
    KINDS.iter().find(|(code, _)| *code == kind).map_or(kind, |(_, words)| words)
}

/// An instant, for programs and for people.
struct Moment {
    machine: String,
    local: String,
}

impl Moment {
    fn of(at: Instant, zone: &Zone) -> Self {
        Self { machine: words::machine(at), local: words::moment(at, zone) }
    }
}

/// How a webhook stands.
struct Standing {
    /// In a word or two.
    word: &'static str,
    /// How that is coloured.
    tone: &'static str,
    since: Option<Moment>,
    /// From which number on changes were parked.
    parked_from: Option<u64>,
}

impl Standing {
    fn of(webhook: &Webhook, zone: &Zone) -> Self {
        let (word, tone, since) = match (webhook.gone_at, webhook.failing_since, webhook.taken_at) {
            (Some(gone), ..) => ("Wants nothing any more", "bad", Some(gone)),
            (None, Some(failing), _) => ("Failing", "bad", Some(failing)),
            (None, None, Some(_)) => ("Working", "good", None),
            (None, None, None) => ("Nothing sent yet", "quiet", None),
        };
        let since = since.map(|at| Moment::of(at, zone));
        Self { word, tone, since, parked_from: webhook.parked_from }
    }
}

/// A webhook, as the list shows it.
struct Listed {
    id: String,
    url: String,
    description: Option<String>,
    standing: Standing,
}

impl Listed {
    fn of(webhook: &Webhook, zone: &Zone) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.url.to_string(),
            description: webhook.description.as_deref().map(words::line),
            standing: Standing::of(webhook, zone),
        }
    }
}

/// An attempt, as the log shows it.
struct Logged {
    at: Moment,
    sequence: u64,
    kind: String,
    attempt: u32,
    outcome: &'static str,
    /// The status of the answer, or why there was none.
    why: String,
}

impl Logged {
    fn of(attempt: &Attempt, zone: &Zone) -> Self {
        let why = match (attempt.status, &attempt.error) {
            (Some(status), _) => format!("Status {status}"),
            (None, error) => error.clone().unwrap_or_default(),
        };
        Self {
            at: Moment::of(attempt.at, zone),
            sequence: attempt.sequence,
            kind: kind(&attempt.kind).to_owned(),
            attempt: attempt.attempt,
            outcome: match attempt.outcome {
                AttemptOutcome::Taken => "Taken",
                AttemptOutcome::Failed => "Failed, comes again",
                AttemptOutcome::Parked => "Parked",
                AttemptOutcome::Gone => "Wanted no more",
            },
            why,
        }
    }
}

#[derive(Template)]
#[template(path = "dashboard/webhooks.html.j2")]
struct ListPage {
    frame: Frame,
    form: Form,
    /// Whether changes are numbered at all (D23).
    is_on: bool,
    webhooks: Vec<Listed>,
    kinds: &'static [(&'static str, &'static str)],
}

#[derive(Template)]
#[template(path = "dashboard/secret.html.j2")]
struct SecretPage {
    frame: Frame,
    webhook: Listed,
    secret: String,
    /// Until when the old secret signs as well, if there was one.
    until: Option<Moment>,
}

#[derive(Template)]
#[template(path = "dashboard/webhook.html.j2")]
struct WebhookPage {
    frame: Frame,
    form: Form,
    webhook: Listed,
    is_gone: bool,
    kinds: Vec<String>,
    contact: Option<String>,
    until: Option<Moment>,
    log: Vec<Logged>,
}

/// Something that is confirmed on a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Rotate,
    Remove,
}

#[derive(Template)]
#[template(path = "dashboard/webhook-step.html.j2")]
struct StepPage {
    frame: Frame,
    form: Form,
    webhook: Listed,
    step: &'static str,
    what: Vec<String>,
    button: &'static str,
    takes_away: bool,
}

/// Shows a page of webhooks, or does what its form asks for.
pub(crate) async fn answer(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let hooks = Hooks { dashboard, request, caller };
    let step = request.parameter("step");
    match (request.operation(), step) {
        (Operation::ShowWebhooks, _) => hooks.list(None).await,
        (Operation::AddWebhook, _) => hooks.register().await,
        (Operation::ShowWebhook, _) => hooks.show(None).await,
        (Operation::ShowWebhookStep, "rotate") => hooks.confirm(Step::Rotate).await,
        (Operation::ShowWebhookStep, "remove") => hooks.confirm(Step::Remove).await,
        // The form of sending again comes back here when a session was over.
        (Operation::ShowWebhookStep, "replay") => hooks.show(None).await,
        (Operation::SendWebhookStep, "rotate") => hooks.rotate().await,
        (Operation::SendWebhookStep, "remove") => hooks.remove().await,
        (Operation::SendWebhookStep, "replay") => hooks.replay().await,
        _ => Err(Problem::not_found()),
    }
}

/// A request for such a page.
struct Hooks<'a> {
    dashboard: &'a Dashboard,
    request: &'a Request,
    caller: Caller,
}

impl Hooks<'_> {
    fn zone(&self) -> &Zone {
        &self.dashboard.app.commands.program.calendar.zone
    }

    fn frame(&self, title: impl Into<String>) -> Frame {
        Frame::of(title, Place::Webhooks, self.request, &self.caller, self.zone().name())
    }

    fn id(&self) -> Result<WebhookId, Problem> {
        self.request.named("webhookId")
    }

    async fn found(&self) -> Result<Webhook, Problem> {
        self.dashboard.webhooks.find(&self.dashboard.app, &self.caller, &self.id()?).await
    }

    /// The form that is shown: the one that was sent, with what is wrong with it; or one that was kept while its session was
    /// over; or an empty one.
    async fn form(&self, sent: Option<(Form, &Problem)>, labels: &[(&str, &str)]) -> Result<Form, Problem> {
        let form = match sent {
            Some((form, problem)) => form.refused(problem, labels),
            None => {
                let kept = self.dashboard.pages.kept(&self.dashboard.app, self.request).await?;
                kept.unwrap_or_default()
            }
        };
        Ok(form.once(&self.dashboard.app.commands.host.new_id()))
    }

    async fn list(&self, refused: Option<(Form, Problem)>) -> Result<Response<Body>, Problem> {
        let is_on = self.dashboard.app.commands.program.changes_feed;
        let webhooks = match is_on {
            true => self.dashboard.webhooks.list(&self.dashboard.app, &self.caller).await?,
            false => Vec::new(),
        };
        let status = match &refused {
            Some((_, problem)) => status_of(problem.kind),
            None if is_on => 200,
            None => 404,
        };
        let refused = refused.as_ref().map(|(form, problem)| (form.clone(), problem));
        let mut frame = self.frame("Webhooks");
        frame.done = done(self.request, "removed", "The webhook was removed.");
        let list = ListPage {
            frame,
            form: self.form(refused, &REGISTRATION).await?,
            is_on,
            webhooks: webhooks.iter().map(|webhook| Listed::of(webhook, self.zone())).collect(),
            kinds: &KINDS,
        };
        page(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), &list)
    }

    async fn register(&self) -> Result<Response<Body>, Problem> {
        let (form, key) = (Form::sent(self.request), form_key(self.request, &self.caller.actor.id));
        let (webhooks, app) = (&self.dashboard.webhooks, &self.dashboard.app);
        match webhooks.register(app, &self.caller, &form.input(), Some(&key)).await {
            Ok(made) => self.secret("The webhook is registered", &made),
            Err(problem) => self.list(Some((form, problem))).await,
        }
    }

    async fn rotate(&self) -> Result<Response<Body>, Problem> {
        let key = form_key(self.request, &self.caller.actor.id);
        let (webhooks, app) = (&self.dashboard.webhooks, &self.dashboard.app);
        let rotated = webhooks.rotate(app, &self.caller, &self.id()?, Some(&key)).await?;
        self.secret("The secret is replaced", &rotated)
    }

    /// The page with a secret that has just been made.
    fn secret(&self, title: &str, webhook: &Webhook) -> Result<Response<Body>, Problem> {
        let until = webhook.replaced.as_ref().map(|replaced| Moment::of(replaced.until, self.zone()));
        let shown = SecretPage {
            frame: self.frame(title),
            webhook: Listed::of(webhook, self.zone()),
            secret: webhook.secret.0.clone(),
            until,
        };
        page(StatusCode::OK, &shown)
    }

    async fn remove(&self) -> Result<Response<Body>, Problem> {
        let removed = self.dashboard.webhooks.remove(&self.dashboard.app, &self.caller, &self.id()?).await;
        match removed {
            // Whoever sends the form a second time finds that it is done.
            Err(problem) if problem.kind != Kind::NotFound => Err(problem),
            Ok(()) | Err(_) => Ok(to("/webhooks?done=removed")),
        }
    }

    async fn replay(&self) -> Result<Response<Body>, Problem> {
        let (form, id) = (Form::sent(self.request), self.id()?);
        let (webhooks, app) = (&self.dashboard.webhooks, &self.dashboard.app);
        match webhooks.replay(app, &self.caller, &id, &replay_input(&form)).await {
            Ok(ReplayView { queued, next, has_more }) => {
                let more = if has_more { format!("&from={}", next.saturating_add(1)) } else { String::new() };
                Ok(to(&format!("/webhooks/{id}?sent={queued}{more}")))
            }
            Err(problem) => self.show(Some((form, problem))).await,
        }
    }

    async fn show(&self, refused: Option<(Form, Problem)>) -> Result<Response<Body>, Problem> {
        let (webhook, app) = (self.found().await?, &self.dashboard.app);
        let log = self.dashboard.webhooks.attempts(app, &self.caller, &webhook.id).await?;
        let status = refused.as_ref().map_or(200, |(_, problem)| status_of(problem.kind));
        let was_refused = refused.is_some();
        let refused = refused.as_ref().map(|(form, problem)| (form.clone(), problem));
        let mut form = self.form(refused, &REPLAY).await?;
        let from = self.request.query().all("from").find_map(|from| from.parse::<u64>().ok());
        if let (false, "", Some(from)) = (was_refused, form.value("after"), from.or(webhook.parked_from)) {
            let message = form.message.take();
            form = Form::showing(&json!({ "after": from }));
            form.message = message;
        }
        let mut frame = self.frame(format!("Webhook at {}", webhook.url.parts().host));
        frame.done = self.request.query().all("sent").find_map(|sent| sent_again(sent, from));
        let (now, zone) = (app.commands.host.now(), self.zone());
        let replaced = webhook.replaced.as_ref().filter(|replaced| now < replaced.until);
        let shown = WebhookPage {
            frame,
            form,
            webhook: Listed::of(&webhook, zone),
            is_gone: webhook.gone_at.is_some(),
            kinds: webhook.events.iter().map(|event| kind(event).to_owned()).collect(),
            contact: webhook.contact.clone(),
            until: replaced.map(|replaced| Moment::of(replaced.until, zone)),
            log: log.iter().map(|attempt| Logged::of(attempt, zone)).collect(),
        };
        page(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), &shown)
    }

    async fn confirm(&self, step: Step) -> Result<Response<Body>, Problem> {
        let webhook = self.found().await?;
        let zone = self.zone();
        let replaced = webhook.replaced.as_ref();
        let replaced = replaced.filter(|replaced| self.dashboard.app.commands.host.now() < replaced.until);
        let (title, name, what, button, takes_away) = match step {
            Step::Rotate => {
                let mut what = vec![
                    "You get a new secret, which is shown once.".to_owned(),
                    "For 24 hours every delivery carries two signatures, one by the new secret and one by the \
                     present one, so that you have time to change it on your server."
                        .to_owned(),
                ];
                what.extend(replaced.map(|replaced| {
                    let until = words::moment(replaced.until, zone);
                    format!("The secret before the present one stops signing at once, not on {until}.")
                }));
                what.push(match &self.caller.verified_email {
                    Some(email) => format!("If changes are parked, an email goes to {email}."),
                    None => "If changes are parked, nobody gets an email: your own address is not verified."
                        .to_owned(),
                });
                ("Replace the secret", "rotate", what, "Replace the secret", false)
            }
            Step::Remove => {
                let what = vec![
                    "Nothing is sent to this address any more, and what is on its way is dropped.".to_owned(),
                    "The secret is deleted. If you register the address again, it gets another one."
                        .to_owned(),
                ];
                ("Remove the webhook", "remove", what, "Remove the webhook", true)
            }
        };
        let shown = StepPage {
            frame: self.frame(title),
            form: self.form(None, &[]).await?,
            webhook: Listed::of(&webhook, zone),
            step: name,
            what,
            button,
            takes_away,
        };
        page(StatusCode::OK, &shown)
    }
}

/// What is said once after a form was carried out.
fn done(request: &Request, what: &str, words: &str) -> Option<String> {
    request.query().all("done").any(|done| done == what).then(|| words.to_owned())
}

/// What is said after changes were sent again.
fn sent_again(sent: &str, from: Option<u64>) -> Option<String> {
    let sent: usize = sent.parse().ok()?;
    let what = match sent {
        0 => "No change is of a kind that the webhook asks for".to_owned(),
        1 => "One change is being sent again".to_owned(),
        many => format!("{many} changes are being sent again"),
    };
    Some(match from {
        Some(from) => format!("{what}. There are more: go on from number {from}."),
        None => format!("{what}."),
    })
}

/// The input of sending again, as the API takes it: the number before the first one that is wanted.
fn replay_input(form: &Form) -> Value {
    match form.value("after").trim() {
        "" => json!({}),
        text => match text.parse::<u64>() {
            Ok(first) => json!({ "after": first.saturating_sub(1) }),
            Err(_) => json!({ "after": text }),
        },
    }
}

#[cfg(test)]
#[path = "webhooks_tests.rs"]
mod tests;
