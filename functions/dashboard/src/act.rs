//! Pages that say what an act will do before the button that names it.

use askama::Template;
use claim_command::{CommandRequest, Expected, Outcome};
use claim_domain::people::Caller;
use claim_domain::reason::WithdrawCause;
use claim_domain::warning::warnings;
use claim_http::registry::Operation;
use claim_http::{Problem, Request, action, form_key};
use claim_pages::{Ahead, Bar, Form, Frame, Message, Place, to, words};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use crate::Dashboard;
use crate::claim::{Document, Opened, documents};

/// Something that a partner confirms on a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Comment,
    Discard,
    Dispute,
    Resend,
    Withdraw,
}

impl Act {
    /// The act of a step of a claim's address.
    pub(crate) fn of(step: &str) -> Option<Self> {
        [Self::Comment, Self::Discard, Self::Dispute, Self::Resend, Self::Withdraw]
            .into_iter()
            .find(|act| act.step() == step)
    }

    /// Whether it is the act of this name, for the template.
    fn is(self, step: &str) -> bool {
        self.step() == step
    }

    fn step(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Discard => "discard",
            Self::Dispute => "dispute",
            Self::Resend => "resend",
            Self::Withdraw => "withdraw",
        }
    }

    fn operation(self) -> Operation {
        match self {
            Self::Comment => Operation::WriteComment,
            Self::Discard => Operation::DiscardClaim,
            Self::Dispute => Operation::DisputeRejection,
            Self::Resend => Operation::ResendNotice,
            Self::Withdraw => Operation::WithdrawClaim,
        }
    }

    /// The fields of its form, by their labels.
    fn labels(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Comment => &[("text", "Your comment")],
            Self::Discard => &[],
            Self::Dispute => &[("justification", "Justification")],
            Self::Resend => &[("email", "Email address")],
            Self::Withdraw => &[("cause", "Why you withdraw it"), ("note", "More about it")],
        }
    }

    /// An input as complete as the act needs it, to see what it would lead to before anything is typed: what follows does
    /// not depend on the words.
    fn sample(self) -> Value {
        match self {
            Self::Comment => json!({ "text": "…" }),
            Self::Dispute => json!({ "justification": "…" }),
            Self::Withdraw => json!({ "cause": WithdrawCause::IncorrectMpn.as_str() }),
            Self::Discard | Self::Resend => json!({}),
        }
    }

    fn title(self, is_correction: bool) -> &'static str {
        match self {
            Self::Comment => "Write a comment",
            Self::Discard => "Discard the claim",
            Self::Dispute => "Dispute the rejection",
            Self::Resend if is_correction => "Correct the customer’s address",
            Self::Resend => "Send the customer’s notice again",
            Self::Withdraw => "Withdraw the claim",
        }
    }

    /// The words of its button, and whether it takes something away.
    fn button(self, is_correction: bool) -> (&'static str, bool) {
        match self {
            Self::Comment => ("Send the comment", false),
            Self::Discard => ("Discard the claim", true),
            Self::Dispute => ("Dispute the rejection", false),
            Self::Resend if is_correction => ("Send the notice to this address", false),
            Self::Resend => ("Send the notice again", false),
            Self::Withdraw => ("Withdraw the claim", true),
        }
    }

    /// Where the browser goes afterwards.
    fn after(self, claim: &str) -> String {
        match self {
            Self::Discard => "/claims?done=discarded".to_owned(),
            Self::Comment => format!("/claims/{claim}?done=commented#comments"),
            Self::Dispute => format!("/claims/{claim}?done=disputed"),
            Self::Resend => format!("/claims/{claim}?done=sent"),
            Self::Withdraw => format!("/claims/{claim}?done=withdrawn"),
        }
    }
}

#[derive(Template)]
#[template(path = "dashboard/act.html.j2")]
struct ActPage {
    frame: Frame,
    bar: Bar,
    address: String,
    fields: Act,
    form: Form,
    /// What it leads to; nothing if it is not possible.
    ahead: Option<Ahead>,
    warning: Vec<String>,
    button: &'static str,
    takes_away: bool,
    is_correction: bool,
    causes: Vec<(&'static str, &'static str)>,
    staged: Vec<Document>,
    /// What was typed, if it cannot be sent any more.
    typed: Vec<String>,
}

/// The page of an act, before anything was sent.
pub(crate) async fn show(
    dashboard: &Dashboard,
    request: &Request,
    act: Act,
) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let opened = Opened::read(dashboard, &caller, &request.claim()?).await?;
    let form = match dashboard.pages.kept(&dashboard.app, request).await? {
        Some(kept) => kept,
        None => Form::default().at(opened.revision),
    };
    drawn(dashboard, request, &caller, act, opened, form, None).await
}

/// Carries the act out, or says why not, with what was typed still there.
pub(crate) async fn send(
    dashboard: &Dashboard,
    request: &Request,
    act: Act,
) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let claim = request.claim()?;
    let form = Form::sent(request);
    // A comment overwrites nothing, whatever became of the claim meanwhile.
    let expected = match (act, form.revision()) {
        (Act::Comment, _) => Expected::Anything,
        (_, Some(seen)) => Expected::Revision(vec![seen]),
        (_, None) => Expected::Unsaid,
    };
    let key = Some(form_key(request, &caller.actor.id));
    let command = CommandRequest { caller: caller.clone(), claim: claim.clone(), expected, key };
    let outcome = dashboard.app.carry_out(act.operation(), &command, &form.input()).await?;
    let problem: Problem = match outcome {
        Outcome::Written(_) | Outcome::Unchanged(_) => return Ok(to(&act.after(claim.as_str()))),
        Outcome::Stale(stale) => stale.into(),
        Outcome::Refused(refusal) => (*refusal).into(),
    };
    let opened = Opened::read(dashboard, &caller, &claim).await?;
    let form = form.refused(&problem, act.labels()).at(opened.revision);
    drawn(dashboard, request, &caller, act, opened, form, Some(&problem)).await
}

async fn drawn(
    dashboard: &Dashboard,
    request: &Request,
    caller: &Caller,
    act: Act,
    opened: Opened,
    form: Form,
    sent: Option<&Problem>,
) -> Result<Response<Body>, Problem> {
    let mut form = form.once(&dashboard.app.commands.host.new_id());
    let program = &dashboard.app.commands.program;
    // An address that was typed stays, though meanwhile none has to be corrected.
    let is_correction =
        act == Act::Resend && (opened.claim.is_suspended() || !form.value("email").is_empty());
    let command = CommandRequest {
        caller: caller.clone(),
        claim: opened.claim.id.clone(),
        expected: Expected::Anything,
        key: None,
    };
    let rehearsal = dashboard.app.rehearse(act.operation(), &command, &act.sample()).await?;
    let mut status = match sent {
        Some(problem) => claim_http::status_of(problem.kind),
        None => 200,
    };
    let ahead = match Ahead::of(rehearsal, program, opened.now) {
        // The notice goes to the address that is still to be given.
        Ok(ahead) if is_correction => Some(Ahead { emails: Vec::new(), ..ahead }),
        Ok(ahead) => Some(ahead),
        Err(problem) => {
            status = claim_http::status_of(problem.kind);
            form.message.get_or_insert_with(|| Message::of(&problem));
            None
        }
    };
    let zone = program.calendar.zone.name();
    let (button, takes_away) = act.button(is_correction);
    let typed = act.labels().iter().filter(|(name, _)| *name != "cause").map(|(name, _)| form.value(name));
    let page = ActPage {
        frame: Frame::of(act.title(is_correction), Place::Claims, request, caller, zone),
        bar: opened.bar(dashboard),
        address: format!("/claims/{}/{}", opened.claim.id, act.step()),
        fields: act,
        warning: action(act.operation(), &act.sample())
            .map_or_else(Vec::new, |action| warnings(action, &opened.claim, program)),
        button,
        takes_away,
        is_correction,
        causes: WithdrawCause::ALL
            .iter()
            .map(|cause| (cause.as_str(), words::withdraw_cause(*cause)))
            .collect(),
        staged: documents(dashboard, &opened).into_iter().filter(|document| document.is_staged).collect(),
        typed: match ahead {
            Some(_) => Vec::new(),
            None => typed.filter(|typed| !typed.trim().is_empty()).map(str::to_owned).collect(),
        },
        ahead,
        form,
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    claim_pages::page(status, &page)
}
