//! D24: what is sent to webhooks, how it is signed, and what becomes of what they did not take.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use claim_domain::ids::{PartnerId, WebhookId};
use claim_domain::webhook::{Delivery, OVERLAP, Secret, Webhook};
use lambda_http::http::Request;
use serde_json::{Value, json};

use super::Property;
use super::changes::{committed_at, is_given_up_change};
use crate::engine::{Millis, TaskId};
use crate::model::read;
use crate::people::{ReceivedResponse, SentRequest};
use crate::state::SimulationState;
use test_support::table::Record;

/// How far the clocks of two machines, and a request's way, can set instants apart.
const CLOCKS_DIFFER: Millis = 180_000;

/// A webhook as it was stored last, and what was known of it before.
#[derive(Debug, Clone)]
pub(crate) struct KnownWebhook {
    pub(crate) organisation: PartnerId,
    pub(crate) stored: Webhook,
    /// When it was stored first.
    registered: Millis,
    /// Since when nothing may be sent to it: it was removed, or its server wants nothing any more.
    over: Option<Millis>,
    /// Its secrets, and since when it has had each.
    secrets: Vec<(Secret, Millis)>,
}

/// What is known of webhooks.
#[derive(Debug, Default)]
pub(crate) struct KnownWebhooks {
    all: BTreeMap<WebhookId, KnownWebhook>,
    /// The deliveries that reached their servers, by webhook and number.
    reached: BTreeMap<(WebhookId, u64), Reached>,
}

/// A change that reached a server.
#[derive(Debug)]
struct Reached {
    /// Under which id.
    id: String,
    /// Whether it was taken.
    is_taken: bool,
}

impl KnownWebhooks {
    /// The webhooks of an organisation that something may be sent to.
    pub(crate) fn active<'a>(&'a self, organisation: &'a str) -> impl Iterator<Item = &'a KnownWebhook> {
        self.all.values().filter(move |it| it.over.is_none() && it.organisation.as_str() == organisation)
    }

    /// How many webhooks were ever registered.
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    fn is_taken(&self, webhook: &WebhookId, sequence: u64) -> bool {
        self.reached.get(&(webhook.clone(), sequence)).is_some_and(|reached| reached.is_taken)
    }
}

impl KnownWebhook {
    /// Whether a change is accounted for where the organisation sees it: parked, so that it knows from where on to replay.
    fn is_parked(&self, sequence: u64) -> bool {
        self.stored.parked_from.is_some_and(|first| first <= sequence)
    }

    /// From when until when each secret signs: for a day after it was replaced, unless its successor is replaced sooner.
    fn signing(&self) -> impl Iterator<Item = (&Secret, Millis, Millis)> {
        self.secrets.iter().enumerate().map(|(place, (secret, since))| {
            let replaced = |by: usize| self.secrets.get(place + by).map_or(Millis::MAX, |(_, at)| *at);
            let until = replaced(1).saturating_add(OVERLAP.num_milliseconds()).min(replaced(2));
            (secret, *since, until)
        })
    }
}

/// Learns from a write how the webhooks of an organisation stand.
pub(crate) fn learn(state: &mut SimulationState, record: &Record) {
    let organisation = record.key.partition.strip_prefix("WEBHOOKS#").and_then(|it| it.parse().ok());
    let Some(organisation): Option<PartnerId> = organisation else { return };
    let now = state.agenda.now();
    let stored = record.new.as_ref().and_then(|item| read::<Vec<Webhook>>(item, "webhooks"));
    let stored = stored.unwrap_or_default();
    let all = &mut state.model.webhooks.all;
    for known in all.values_mut().filter(|known| known.organisation == organisation) {
        if !stored.iter().any(|webhook| webhook.id == known.stored.id) {
            known.over.get_or_insert(now);
        }
    }
    for webhook in stored {
        let known = all.entry(webhook.id.clone()).or_insert_with(|| KnownWebhook {
            organisation: organisation.clone(),
            stored: webhook.clone(),
            registered: now,
            over: None,
            secrets: Vec::new(),
        });
        if known.secrets.last().is_none_or(|(secret, _)| *secret != webhook.secret) {
            known.secrets.push((webhook.secret.clone(), now));
        }
        if webhook.gone_at.is_some() {
            known.over.get_or_insert(now);
        }
        known.stored = webhook;
    }
}

/// [`Property::PublicServers`]: what is connected to is the server's own address.
pub(crate) fn check_addresses(
    state: &mut SimulationState,
    task: TaskId,
    addresses: &[SocketAddr],
    public: IpAddr,
) {
    if addresses.is_empty() || addresses.iter().any(|address| address.ip() != public) {
        state.violated(Property::PublicServers, format!("#{task} sends to one of {addresses:?}"));
    }
}

/// A request has reached a server, which answers with this status.
pub(crate) fn check_received(
    state: &mut SimulationState,
    task: TaskId,
    host: &str,
    request: &Request<String>,
    status: u16,
) {
    let found = match delivery_of(state, host, request) {
        Ok(found) => found,
        Err(what) => {
            let what = format!("#{task} sent {:?} to {host}: {what}", request.body());
            return state.violated(Property::OwnChanges, what);
        }
    };
    let (webhook, sequence) = found;
    let began = state.invocations.get(&task).map_or(0, |invocation| invocation.began);
    let Some(known) = state.model.webhooks.all.get(&webhook) else { return };
    if known.over.is_some_and(|over| over < began) {
        let what = format!("#{task} sent {sequence} to {webhook}, which wants nothing any more");
        return state.violated(Property::OwnChanges, what);
    }
    if let Some(what) = wrongly_signed(known, request, (began, state.agenda.now())) {
        return state.violated(Property::Signed, format!("#{task} sent {sequence} to {webhook}: {what}"));
    }
    let id = header(request, "webhook-id").to_owned();
    let reached = &mut state.model.webhooks.reached;
    let reached = reached.entry((webhook.clone(), sequence));
    let reached = reached.or_insert_with(|| Reached { id: id.clone(), is_taken: false });
    reached.is_taken |= (200..300).contains(&status);
    if reached.id != id {
        let what = format!("{sequence} came to {webhook} under {} and under {id}", reached.id);
        state.violated(Property::Signed, what);
    }
}

fn header<'a>(request: &'a Request<String>, name: &str) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The webhook and the number of what was sent; an error says what should not have been sent so.
fn delivery_of(
    state: &SimulationState,
    host: &str,
    request: &Request<String>,
) -> Result<(WebhookId, u64), String> {
    let id = header(request, "webhook-id").split('_').next().and_then(|id| id.parse::<WebhookId>().ok());
    let id = id.ok_or("its webhook-id names no webhook")?;
    let known = state.model.webhooks.all.get(&id).ok_or("nobody registered that webhook")?;
    let parts = known.stored.url.parts();
    if (parts.host, parts.target) != (host, request.uri().path()) {
        return Err(format!("the webhook is at {}", known.stored.url));
    }
    let body: Value = serde_json::from_str(request.body()).map_err(|error| error.to_string())?;
    let sequence = body["data"]["sequence"].as_u64().ok_or("it has no number")?;
    let organisation = known.organisation.as_str();
    let change =
        super::changes::told(state, organisation, sequence).ok_or("the organisation has no such change")?;
    let expected = json!({ "type": change["type"], "timestamp": change["at"], "data": change });
    if body != expected || header(request, "content-type") != "application/json" {
        return Err(format!("it should be {expected}"));
    }
    let (kinds, kind) = (&known.stored.events, change["type"].as_str().unwrap_or_default());
    if !kinds.is_empty() && !kinds.iter().any(|wanted| wanted == kind) {
        return Err(format!("it asks for {kinds:?} alone"));
    }
    Ok((id, sequence))
}

/// What is wrong with a signature: it is by each secret that counted all the while, by none that did not count at any time,
/// and of about now.
fn wrongly_signed(
    known: &KnownWebhook,
    request: &Request<String>,
    (began, now): (Millis, Millis),
) -> Option<String> {
    let (id, said) = (header(request, "webhook-id"), header(request, "webhook-timestamp"));
    let timestamp: i64 = said.parse().ok()?;
    if (timestamp * 1_000 - now).abs() > CLOCKS_DIFFER {
        return Some(format!("its timestamp is {said}"));
    }
    let mut given: Vec<&str> = header(request, "webhook-signature").split(' ').collect();
    for (place, (secret, since, until)) in known.signing().enumerate() {
        // The library's own check compares the timestamp with this machine's time, which is not that of the life.
        let webhook = standardwebhooks::Webhook::new(&secret.0);
        let signature = webhook.and_then(|webhook| webhook.sign(id, timestamp, request.body().as_bytes()));
        let Ok(signature) = signature else { return Some(format!("its secret {place} is none")) };
        let before = given.len();
        given.retain(|one| *one != signature);
        let (is_signed, may) =
            (given.len() < before, since <= now && began <= until.saturating_add(CLOCKS_DIFFER));
        let must = since <= began && now < until.saturating_sub(CLOCKS_DIFFER);
        if must && !is_signed || is_signed && !may {
            return Some(format!("its secret {place} signs from {since} until {until}: {is_signed}"));
        }
    }
    (!given.is_empty()).then(|| format!("{given:?} is by no secret that it ever had"))
}

/// [`Property::TakenOrParked`]: deliver is done with a change only if its server took it, or the webhook shows that it is
/// parked, or there is no webhook any more.
pub(crate) fn check_settled(state: &mut SimulationState, delivery: &Delivery) {
    let webhooks = &state.model.webhooks;
    let is_settled = webhooks.all.get(&delivery.webhook).is_none_or(|known| {
        known.over.is_some()
            || known.is_parked(delivery.sequence)
            || webhooks.is_taken(&delivery.webhook, delivery.sequence)
    });
    if !is_settled {
        let what = format!("{} was dropped on the way to {}", delivery.sequence, delivery.webhook);
        state.violated(Property::TakenOrParked, what);
    }
}

/// [`Property::Signed`]: the secret that an organisation is shown is one that signs.
pub(crate) fn check_shown_secret(
    state: &mut SimulationState,
    task: TaskId,
    request: &SentRequest,
    response: &ReceivedResponse,
) {
    if request.function() != "webhooks" || !response.is_accepted() {
        return;
    }
    let shown = response.json();
    let Some(secret) = shown["secret"].as_str() else { return };
    let id = shown["id"].as_str().and_then(|id| id.parse::<WebhookId>().ok());
    let known = id.and_then(|id| state.model.webhooks.all.get(&id));
    if !known.is_some_and(|known| known.secrets.iter().any(|(one, _)| one.0 == secret)) {
        let what = format!("#{task} {request}: the secret that is shown does not sign");
        state.violated(Property::Signed, what);
    }
}

/// [`Property::TakenOrParked`]: at rest, every change that came about after the registration was taken, unless it was given
/// up with an alarm. [`Property::Replayed`]: nothing is parked, for everything was sent again once the servers were well.
pub(crate) fn check_all_delivered(state: &mut SimulationState) {
    let mut finding = None;
    let webhooks = &state.model.webhooks;
    for (id, known) in webhooks.all.iter().filter(|(_, known)| known.over.is_none()) {
        if let Some(parked) = known.stored.parked_from {
            finding = Some((Property::Replayed, format!("{id} still has parked changes from {parked} on")));
        }
        let organisation = known.organisation.as_str();
        let changes = state.model.changes.get(organisation).map_or(0, Vec::len) as u64;
        let missing = (1..=changes).find(|sequence| {
            let Some(change) = super::changes::told(state, organisation, *sequence) else { return false };
            let is_later =
                committed_at(state, organisation, *sequence).is_some_and(|at| at >= known.registered);
            let is_dead = |letter: &Delivery| letter.webhook == *id && letter.sequence == *sequence;
            is_later
                && known.stored.wants(change["type"].as_str().unwrap_or_default())
                && !webhooks.is_taken(id, *sequence)
                && !is_given_up_change(state, organisation, *sequence)
                && !state.webhook_queue.dead_letters.iter().any(is_dead)
        });
        if let Some(sequence) = missing {
            finding = Some((Property::TakenOrParked, format!("{sequence} never came to {id}")));
        }
    }
    if let Some((property, what)) = finding {
        state.violated(property, what);
    }
}
