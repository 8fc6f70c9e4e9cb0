//! Systems that follow organisations' changes while things fail: one reads on (D23), another has a webhook (D24).

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::following::{Change, Deliveries};
use crate::receiver::{Received, Receiver};
use crate::{Environment, Failed};

/// Somebody of each organisation that has claims.
const READERS: [&str; 3] = ["nadia", "fiona", "ada"];
/// Whose organisation has a webhook.
const SUBSCRIBER: &str = READERS[0];
/// How many changes are read at once.
const PAGE: usize = 50;
/// How many deliveries the receiver answers with 500 before it takes them.
const FAILURES: usize = 5;
/// How often time passes until what is on its way has come: for longer than all attempts take.
const ROUNDS: usize = 60;

/// The changes of every organisation, as `GET /v1/changes` tells them, by the organisation's id.
pub(super) fn read_changes(environment: &Environment) -> Result<BTreeMap<String, Vec<Change>>, Failed> {
    let mut all = BTreeMap::new();
    for reader in READERS {
        all.insert(organisation_of(reader), changes_of(environment, reader)?);
    }
    Ok(all)
}

fn organisation_of(reader: &str) -> String {
    let user = local_stack::user(reader).ok();
    user.and_then(|user| user.organisation).map_or("", |organisation| organisation.id).to_owned()
}

fn changes_of(environment: &Environment, reader: &str) -> Result<Vec<Change>, Failed> {
    let (mut changes, mut after) = (Vec::new(), json!(0));
    loop {
        let path = format!("/v1/changes?after={after}&limit={PAGE}");
        let page = ok(environment, reader, "GET", &path, None)?;
        let items = page["items"].as_array().into_iter().flatten();
        for item in items {
            let change = serde_json::from_value(item.clone());
            changes.push(change.map_err(|error| Failed::new(format!("{item} is no change: {error}")))?);
        }
        if page["hasMore"] == false {
            return Ok(changes);
        }
        after = page["next"].clone();
    }
}

/// The receiver of an organisation's changes.
pub(super) struct Subscriber {
    receiver: Receiver,
    path: String,
    secret: String,
}

impl Subscriber {
    /// Registers a webhook for all changes of an organisation.
    pub(super) fn register(environment: &Environment) -> Result<Self, Failed> {
        let receiver = Receiver::of(|_| true)?;
        receiver.fail(FAILURES);
        let body = json!({ "url": receiver.url() });
        let made = ok(environment, SUBSCRIBER, "POST", "/v1/webhooks", Some(&body))?;
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        Ok(Self { receiver, path: format!("/v1/webhooks/{}", text("id")), secret: text("secret") })
    }

    /// Lets time pass until every change has come, and has sent again what was parked; returns what came in all.
    pub(super) fn catches_up(
        &self,
        environment: &Environment,
        changes: &BTreeMap<String, Vec<Change>>,
    ) -> Result<Deliveries, Failed> {
        let organisation = organisation_of(SUBSCRIBER);
        let wanted = changes.get(&organisation).map_or(&[][..], Vec::as_slice);
        let mut replayed = 0;
        for _ in 0..ROUNDS {
            let came = self.came(&organisation, replayed);
            if wanted.iter().all(|change| came.taken.contains_key(&change.sequence)) {
                return Ok(came);
            }
            let webhook = ok(environment, SUBSCRIBER, "GET", &self.path, None)?;
            if let Some(first) = webhook["parkedFrom"].as_u64() {
                replayed += 1;
                self.replay(environment, first.saturating_sub(1))?;
            }
            environment.stack.advance(TimeDelta::minutes(30))?;
            environment.stack.settle()?;
        }
        Ok(self.came(&organisation, replayed))
    }

    fn replay(&self, environment: &Environment, after: u64) -> Result<(), Failed> {
        let mut after = json!(after);
        loop {
            let (path, body) = (format!("{}/replay", self.path), json!({ "after": after }));
            let answer = ok(environment, SUBSCRIBER, "POST", &path, Some(&body))?;
            if answer["hasMore"] != true {
                return Ok(());
            }
            after = answer["next"].clone();
        }
    }

    fn came(&self, organisation: &str, replayed: u64) -> Deliveries {
        let received = self.receiver.received();
        let mut taken: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
        for one in received.iter().filter(|one| one.is_taken) {
            let data = one.data();
            taken.entry(data["sequence"].as_u64().unwrap_or_default()).or_default().push(data);
        }
        let is_unsigned = |one: &&Received| !one.is_signed_by(&self.secret);
        Deliveries {
            organisation: organisation.to_owned(),
            attempts: received.len() as u64,
            taken,
            unsigned: received.iter().filter(is_unsigned).map(|one| one.body.clone()).collect(),
            replayed,
        }
    }
}

/// The answer to a request that must succeed.
fn ok(
    environment: &Environment,
    user: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, Failed> {
    let answer = environment.call(Some(user), method, path, &[], body)?;
    match answer.status {
        200..300 => Ok(answer.json()),
        status => Err(Failed::new(format!("{method} {path}: {status} {}", answer.text()))),
    }
}
