//! The claims that are kept in flight: how far each has come, and what people then do with it.

use chrono::TimeDelta;
use claim_domain::claim::Status;
use every_function::{TestRequest, ana, draft, lena, rita, upload};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::world::{Email, World};

/// What somebody does with a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Who: `ana` of the partner, `rita` the reviewer, `lena` the lead, `cleo` the customer with the link of the notice, or
    /// `mail`, the server that says that the notice bounced.
    pub who: String,
    /// The path below the claim, as `review/start`; `deny` of the customer.
    #[serde(default)]
    pub path: String,
    /// The body.
    #[serde(default)]
    pub body: Value,
}

/// A claim in flight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Its id.
    pub id: String,
    /// What is known of it.
    pub told: String,
    /// What people still do with it, an hour later and one after the other.
    pub then: Vec<Step>,
    /// How it ends.
    pub ends: End,
}

/// How a claim ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// Its status.
    pub status: Status,
    /// What assessment was sent, in order.
    pub sent: Vec<String>,
}

/// How a claim comes to where it is kept.
pub(crate) struct Plan {
    told: &'static str,
    before: Vec<Step>,
    then: Vec<Step>,
    /// Whether dispatch has not been called yet for the last step.
    unworked: bool,
}

fn step(who: &str, path: &str, body: Value) -> Step {
    Step { who: who.to_owned(), path: path.to_owned(), body }
}

fn plan(told: &'static str, before: Vec<Step>, then: Vec<Step>) -> Plan {
    Plan { told, before, then, unworked: false }
}

fn submit() -> Step {
    step("ana", "submit", json!({}))
}

fn start() -> Step {
    step("rita", "review/start", json!({}))
}

fn approve() -> Step {
    step("rita", "review/approve", json!({}))
}

/// The plans of claims that were handed off to assessment before the others begin.
pub(crate) fn handed_off() -> Vec<Plan> {
    let end = |product| {
        let products = json!([{ "product": product }]);
        step("lena", "review/end-association", json!({ "products": products, "reason": "It ended." }))
    };
    vec![
        plan("handed off, and left alone", vec![submit(), start(), approve()], vec![]),
        plan("handed off, and a product ends", vec![submit(), start(), approve()], vec![end("Teams")]),
        plan(
            "handed off, and everything ends",
            vec![submit(), start(), approve()],
            vec![end("Teams"), end("Exchange")],
        ),
    ]
}

/// The plans of all other claims.
pub(crate) fn plans() -> Vec<Plan> {
    let ask = || step("rita", "review/request-action", json!({ "reasons": [{ "code": "missingAllPoe" }] }));
    let reject = || step("rita", "review/reject", json!({ "reason": "insufficientPoe" }));
    let dispute = || step("ana", "dispute", json!({ "justification": "The proof shows it." }));
    let deny = || step("cleo", "deny", Value::Null);
    let bounce = || step("mail", "bounce", Value::Null);
    let withdraw = || step("ana", "withdraw", json!({ "cause": "other", "note": "Not ours." }));
    let proof = || step("ana", "evidence", upload("again.pdf"));
    let comment = |who| step(who, "comments", json!({ "text": "Words." }));
    vec![
        plan("a draft that is submitted and approved", vec![], vec![submit(), start(), approve()]),
        plan("a draft that nobody comes back to", vec![], vec![]),
        plan("submitted, and approved later", vec![submit()], vec![start(), approve()]),
        Plan {
            unworked: true,
            ..plan(
                "submitted a moment ago, so that no timer is set",
                vec![submit()],
                vec![start(), approve()],
            )
        },
        plan(
            "in a review with comments",
            vec![submit(), start(), comment("rita"), comment("ana")],
            vec![approve()],
        ),
        plan(
            "waiting for a partner who answers",
            vec![submit(), start(), ask(), proof()],
            vec![submit(), start(), approve()],
        ),
        plan("waiting for a partner who does not answer", vec![submit(), start(), ask()], vec![]),
        plan("approved, and the customer says nothing", vec![submit(), start(), approve()], vec![]),
        plan("approved, and the customer denies", vec![submit(), start(), approve()], vec![deny()]),
        plan("approved, and the notice bounces", vec![submit(), start(), approve()], vec![bounce()]),
        Plan {
            unworked: true,
            ..plan(
                "approved a moment ago, so that nobody is notified",
                vec![submit(), start(), approve()],
                vec![],
            )
        },
        plan("approved, and withdrawn", vec![submit(), start(), approve()], vec![withdraw()]),
        plan("rejected, and nobody disputes", vec![submit(), start(), reject()], vec![]),
        plan(
            "rejected, and disputed later",
            vec![submit(), start(), reject()],
            vec![
                dispute(),
                step("lena", "review/start", json!({})),
                step("lena", "review/approve", json!({})),
            ],
        ),
        plan(
            "denied, and disputed",
            vec![submit(), start(), approve(), deny(), dispute()],
            vec![
                step("lena", "review/start", json!({})),
                step("lena", "review/reject", json!({ "reason": "insufficientPoe" })),
            ],
        ),
    ]
}

/// Has the organisation's changes sent to a server of its own.
pub(crate) fn register_webhook(world: &World) {
    let webhook = json!({ "url": "https://hooks.contoso.example/claims", "description": "Our portal" });
    done(world, &TestRequest::new("POST", "/v1/webhooks", ana()).json(&webhook));
    world.follow();
}

impl Plan {
    /// Makes the claim, and takes it to where it is kept.
    pub(crate) fn begin(self, nth: usize, world: &World) -> Claim {
        let mut draft = draft();
        // One customer each, so that none holds what another one wants (D15).
        draft["customer"]["tenantId"] = json!(format!("11111111-2222-3333-4444-{nth:012}"));
        draft["products"] =
            json!([{ "product": "Teams", "endsOn": "2026-12-31" }, { "product": "Exchange" }]);
        let key = format!("in-flight-{nth}");
        let create =
            TestRequest::new("POST", "/v1/claims", ana()).json(&draft).header("idempotency-key", &key);
        let id = done(world, &create)["id"].as_str().unwrap_or_default().to_owned();
        let claim = Claim {
            id,
            told: self.told.to_owned(),
            then: self.then,
            ends: End { status: Status::Editing, sent: Vec::new() },
        };
        claim.take(world, &step("ana", "evidence", upload("proof.pdf")));
        world.follow();
        let last = self.before.len().checked_sub(1).filter(|_| self.unworked);
        for (nth, step) in self.before.iter().enumerate() {
            world.pass(TimeDelta::minutes(10));
            claim.take(world, step);
            if Some(nth) != last {
                world.follow();
            }
        }
        claim
    }
}

impl Claim {
    /// Does a step.
    ///
    /// # Panics
    /// When it is refused.
    pub fn take(&self, world: &World, step: &Step) {
        match step.who.as_str() {
            "cleo" => {
                let notice = self.notice(world);
                let address = notice.text.split_whitespace().find_map(|word| word.split_once("/v1/consent/"));
                let (_, token) =
                    address.unwrap_or_else(|| panic!("{}: no link in {}", self.told, notice.text));
                let path = format!("/v1/consent/{token}/deny");
                let form = TestRequest { token: None, ..TestRequest::new("POST", &path, Value::Null) };
                let form = form.header("content-type", "application/x-www-form-urlencoded");
                done(world, &form.header("accept", "application/json").bytes("confirm=yes"));
            }
            "mail" => {
                let tags: Value = self
                    .notice(world)
                    .tags
                    .iter()
                    .map(|(name, value)| (name.clone(), json!([value])))
                    .collect();
                let bounce = json!({ "bounceType": "Permanent", "bounceSubType": "General" });
                let detail = json!({ "eventType": "Bounce", "bounce": bounce, "mail": { "tags": tags } });
                world.invoke("feedback", &json!({ "source": "aws.ses", "detail": detail }).to_string());
            }
            who => {
                let path = format!("/v1/claims/{}", self.id);
                let token = match who {
                    "rita" => rita(),
                    "lena" => lena(),
                    _ => ana(),
                };
                let seen = world.send(&TestRequest::new("GET", &path, token.clone()));
                let request = TestRequest::new("POST", &format!("{path}/{}", step.path), token.clone());
                let request = request.json(&step.body).header("if-match", seen.header("etag"));
                let answer = done(world, &request);
                if let Some(document) = answer["evidence"]["id"].as_str().filter(|_| step.path == "evidence")
                {
                    let complete = format!("{path}/evidence/{document}/complete");
                    done(world, &TestRequest::new("POST", &complete, token));
                }
            }
        }
    }

    /// The latest email to the customer.
    fn notice(&self, world: &World) -> Email {
        let of_claim = |email: &Email| email.tags.get("claim") == Some(&self.id);
        let notice = world
            .emails()
            .into_iter()
            .rev()
            .find(|email| of_claim(email) && email.text.contains("/v1/consent/"));
        notice.unwrap_or_else(|| panic!("{}: the customer was sent nothing", self.told))
    }
}

/// Sends a request that must be accepted.
fn done(world: &World, request: &TestRequest) -> Value {
    let answer = world.send(request);
    assert!((200..400).contains(&answer.status), "{} {}: {answer:?}", request.method, request.path);
    answer.json()
}
