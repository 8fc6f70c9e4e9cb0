//! What reviewers do with a claim. A decision is confirmed on a page that says what follows, by a rehearsal, before it
//! counts; whatever is small and can be taken back is done at once.

use askama::Template;
use claim_command::{CommandRequest, Expected, Outcome};

use claim_domain::people::Caller;
use claim_domain::reason::{ActionCode, RejectCode};
use claim_domain::warning::warnings;
use claim_http::registry::Operation;
use claim_http::{Problem, Request, action};
use claim_pages::{Ahead, Bar, Form, Frame, Place, history, to, words};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde_json::{Map, Value, json};

use crate::Casework;
use crate::case::Opened;

/// Something that a reviewer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Start,
    Release,
    Comment,
    Note,
    TakeOver,
    RequestAction,
    Approve,
    Reject,
    EndAssociation,
    Resend,
}

impl Step {
    const ALL: [Self; 10] = [
        Self::Start,
        Self::Release,
        Self::Comment,
        Self::Note,
        Self::TakeOver,
        Self::RequestAction,
        Self::Approve,
        Self::Reject,
        Self::EndAssociation,
        Self::Resend,
    ];

    /// The step of a claim's address.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Release => "release",
            Self::Comment => "comment",
            Self::Note => "note",
            Self::TakeOver => "take-over",
            Self::RequestAction => "request-action",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::EndAssociation => "end-association",
            Self::Resend => "resend",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Start => "Start the review",
            Self::Release => "Give the claim back",
            Self::Comment => "Write a comment",
            Self::Note => "Leave a note",
            Self::TakeOver => "Take the claim over",
            Self::RequestAction => "Ask for more",
            Self::Approve => "Approve the claim",
            Self::Reject => "Reject the claim",
            Self::EndAssociation => "End the association",
            Self::Resend => "Correct the customer’s address",
        }
    }

    /// Whether it is the step of this name, for the template.
    fn is(self, name: &str) -> bool {
        self.name() == name
    }

    fn operation(self) -> Operation {
        match self {
            Self::Start => Operation::StartReview,
            Self::Release => Operation::ReleaseClaim,
            Self::Comment | Self::Note => Operation::WriteComment,
            Self::TakeOver => Operation::TakeOverClaim,
            Self::RequestAction => Operation::RequestAction,
            Self::Approve => Operation::ApproveClaim,
            Self::Reject => Operation::RejectClaim,
            Self::EndAssociation => Operation::EndAssociation,
            Self::Resend => Operation::ResendNotice,
        }
    }

    /// Whether it is asked once more before it counts.
    fn is_confirmed(self) -> bool {
        !matches!(self, Self::Start | Self::Release | Self::Comment | Self::Note)
    }

    /// Whether it takes something away that does not come back.
    fn takes_away(self) -> bool {
        matches!(self, Self::Reject | Self::EndAssociation)
    }

    /// The fields of its form, by their labels.
    fn labels(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Comment => &[("text", "Your comment")],
            Self::Note => &[("text", "Your note")],
            Self::RequestAction => &[
                ("reasons", "What is missing"),
                ("reasons.#.code", "What is missing"),
                ("reasons.#.note", "The note"),
                ("removeProducts", "Products to remove"),
            ],
            Self::Approve => &[("confirmContact", "The contact")],
            Self::Reject => &[("reason", "Why it is rejected"), ("note", "More about it")],
            Self::EndAssociation => &[("products", "Products"), ("reason", "Why it ends")],
            Self::Resend => &[("email", "Email address")],
            Self::Start | Self::Release | Self::TakeOver => &[],
        }
    }

    /// The input that a form makes, as the API reads it.
    fn input(self, form: &Form) -> Value {
        let mut input = match form.input() {
            Value::Object(input) => input,
            _ => Map::new(),
        };
        input.remove("confirmed");
        let chosen = products(&input.remove("chosen").unwrap_or_default());
        match self {
            Self::Comment | Self::Note => _ = input.insert("internal".to_owned(), json!(self == Self::Note)),
            Self::Approve if input.remove("confirmContact").is_some() => {
                input.insert("confirmContact".to_owned(), json!(true));
            }
            Self::RequestAction => _ = input.insert("removeProducts".to_owned(), json!(chosen)),
            Self::EndAssociation => _ = input.insert("products".to_owned(), json!(chosen)),
            _ => {}
        }
        Value::Object(input)
    }

    /// Where the browser goes afterwards: a decision leads back to the queue, everything else to the claim.
    fn after(self, claim: &str) -> String {
        let done = match self {
            Self::Approve => return "/review?tab=mine&done=approved".to_owned(),
            Self::Reject => return "/review?tab=mine&done=rejected".to_owned(),
            Self::RequestAction => return "/review?tab=mine&done=asked".to_owned(),
            Self::Release => return "/review?done=released".to_owned(),
            Self::Start => "started",
            Self::TakeOver => "taken",
            Self::Comment => "commented#comments",
            Self::Note => "noted#notes",
            Self::EndAssociation => "ended",
            Self::Resend => "sent",
        };
        format!("/review/{claim}?done={done}")
    }
}

/// The products that were chosen. A form names each as the API writes it, and not by its place, which another product takes
/// when one before it leaves the claim. What is no product is left for the API to refuse.
fn products(chosen: &Value) -> Vec<Value> {
    let texts = chosen.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(|text| serde_json::from_str(text).unwrap_or_else(|_| text.into())).collect()
}

/// A choice of a form: its value and its label.
struct Choice {
    value: String,
    label: String,
}

/// A reason to ask for more: the names of its fields, and its choice.
struct Reason {
    code: String,
    note: String,
    choice: Choice,
}

#[derive(Template)]
#[template(path = "casework/step.html.j2")]
struct StepPage {
    frame: Frame,
    bar: Bar,
    address: String,
    fields: Step,
    form: Form,
    reasons: Vec<Reason>,
    rejections: Vec<Choice>,
    products: Vec<Choice>,
    /// Whether the contact lies outside the customer's domains, and who it is.
    contact: Option<String>,
}

#[derive(Template)]
#[template(path = "casework/confirm.html.j2")]
struct ConfirmPage<'a> {
    frame: Frame,
    bar: Bar,
    address: String,
    form: &'a Form,
    ahead: Ahead,
    warning: Vec<String>,
    button: &'static str,
    takes_away: bool,
    back: String,
}

/// The page of a step, before anything was sent.
pub(crate) async fn show(
    casework: &Casework,
    request: &Request,
    step: Step,
) -> Result<Response<Body>, Problem> {
    let caller = casework.reviewer(request)?;
    let opened = Opened::read(casework, &caller, &request.claim()?).await?;
    let form = match casework.pages.kept(&casework.app, request).await? {
        Some(kept) => kept,
        None => Form::default().at(opened.revision),
    };
    drawn(casework, request, &caller, step, &opened, form, StatusCode::OK)
}

/// Asks once more, carries the step out, or says why not, with what was typed still there.
pub(crate) async fn send(
    casework: &Casework,
    request: &Request,
    step: Step,
) -> Result<Response<Body>, Problem> {
    let caller = casework.reviewer(request)?;
    let opened = Opened::read(casework, &caller, &request.claim()?).await?;
    let form = Form::sent(request);
    // What is said overwrites nothing, and who starts or gives back a claim decides nothing, whatever became of it.
    let expected = match (step.is_confirmed(), form.revision()) {
        (false, _) => Expected::Anything,
        (true, Some(seen)) => Expected::Revision(vec![seen]),
        (true, None) => Expected::Unsaid,
    };
    let id = opened.claim.id.clone();
    let command = CommandRequest { caller: caller.clone(), claim: id.clone(), expected, key: None };
    let input = step.input(&form);
    let outcome = if step.is_confirmed() && !form.has("confirmed", "yes") {
        let rehearsal = casework.app.rehearse(step.operation(), &command, &input).await?;
        match rehearsal.outcome {
            Outcome::Written(_) => {
                let program = &casework.app.commands.program;
                let ahead = Ahead::of(rehearsal, program, opened.now)?;
                return confirm(casework, request, &caller, step, &opened, &form, ahead);
            }
            outcome => outcome,
        }
    } else {
        casework.app.carry_out(step.operation(), &command, &input).await?
    };
    let problem: Problem = match outcome {
        Outcome::Written(_) | Outcome::Unchanged(_) => return Ok(to(&step.after(id.as_str()))),
        Outcome::Stale(stale) => stale.into(),
        Outcome::Refused(refusal) => (*refusal).into(),
    };
    let status = StatusCode::from_u16(claim_http::status_of(problem.kind)).unwrap_or(StatusCode::OK);
    let form = form.refused(&problem, step.labels()).at(opened.revision);
    drawn(casework, request, &caller, step, &opened, form, status)
}

fn confirm(
    casework: &Casework,
    request: &Request,
    caller: &Caller,
    step: Step,
    opened: &Opened,
    form: &Form,
    ahead: Ahead,
) -> Result<Response<Body>, Problem> {
    let program = &casework.app.commands.program;
    let zone = program.calendar.zone.name();
    let address = format!("/review/{}/{}", opened.claim.id, step.name());
    let page = ConfirmPage {
        frame: Frame::of(step.title(), Place::Queue, request, caller, zone),
        bar: opened.bar(casework),
        back: format!("/review/{}", opened.claim.id),
        address,
        form,
        ahead,
        warning: action(step.operation(), &Value::Null)
            .map_or_else(Vec::new, |action| warnings(action, &opened.claim, program)),
        button: step.title(),
        takes_away: step.takes_away(),
    };
    claim_pages::page(StatusCode::OK, &page)
}

fn drawn(
    casework: &Casework,
    request: &Request,
    caller: &Caller,
    step: Step,
    opened: &Opened,
    form: Form,
    status: StatusCode,
) -> Result<Response<Body>, Problem> {
    let zone = casework.app.commands.program.calendar.zone.name();
    let details = &opened.claim.details;
    let choice = |value: &str, label: &str| Choice { value: value.to_owned(), label: label.to_owned() };
    let page = StepPage {
        frame: Frame::of(step.title(), Place::Queue, request, caller, zone),
        bar: opened.bar(casework),
        address: format!("/review/{}/{}", opened.claim.id, step.name()),
        fields: step,
        form,
        reasons: ActionCode::ALL
            .iter()
            .enumerate()
            .map(|(row, code)| Reason {
                code: format!("reasons.{row}.code"),
                note: format!("reasons.{row}.note"),
                choice: choice(code.as_str(), words::action_reason(*code)),
            })
            .collect(),
        rejections: RejectCode::of_reviewers()
            .into_iter()
            .map(|code| choice(code.as_str(), words::reject_reason(code)))
            .collect(),
        products: details
            .named()
            .map(|product| choice(&json!(product).to_string(), &history::product(product)))
            .collect(),
        contact: details.contact_outside_domain.then(|| {
            let contact = opened.contacts.get(&details.customer.contact);
            contact.map_or_else(|| "The contact was erased".to_owned(), history::contact)
        }),
    };
    claim_pages::page(status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_an_address_of_its_own() {
        for step in Step::ALL {
            assert_eq!(Step::of(step.name()), Some(step));
        }
        assert_eq!(Step::of("history"), None);
    }

    #[test]
    fn a_product_that_is_chosen_stays_the_same_whatever_leaves_the_claim() {
        let (teams, finance) =
            (json!({ "product": "Teams" }), json!({ "product": "Finance", "subscriptionId": "s-1" }));
        let chosen = [teams.to_string(), "0".to_owned(), finance.to_string(), "Teams".to_owned()];
        let form = Form::of(chosen.map(|value| ("chosen[]".to_owned(), value)));
        let input = Step::EndAssociation.input(&form);
        assert_eq!(input, json!({ "products": [teams, 0, finance, "Teams"] }));
        assert_eq!(Step::RequestAction.input(&Form::default()), json!({ "removeProducts": [] }));
    }

    #[test]
    fn a_decision_is_asked_once_more_before_it_counts() {
        claim_domain::proves!(D11);
        let at_once = [Step::Start, Step::Release, Step::Comment, Step::Note];
        for step in Step::ALL {
            assert_eq!(step.is_confirmed(), !at_once.contains(&step), "{step:?}");
            let decides = step.operation().route().body.requires_revision();
            assert!(!decides || step.is_confirmed(), "{step:?}");
        }
    }
}
