//! What organisations do about their webhooks, by programs of theirs: they register some, replace secrets, look at attempts,
//! have changes sent again, and remove webhooks.

use serde_json::{Value, json};

use super::{Client, DAY, HOUR, MINUTE, Person, SentRequest};
use crate::engine::{Millis, Simulation};
use crate::setup::ORGANISATIONS;

/// How long after the faults have ended organisations have sent again what was parked: no server is down any longer.
pub(crate) const WELL_AFTER: Millis = 4 * DAY;

/// The kinds of change that some ask for alone.
const KINDS: [&str; 6] = ["created", "submitted", "evidenceAdded", "commented", "approved", "rejected"];

/// Acts a few times while people act.
pub(crate) async fn run(simulation: Simulation, seed: u64) {
    let mut client = Client::of_program(seed, 0);
    let actions = client.random.u32(3..9);
    for nth in 0..actions {
        let pause = match (nth, client.random.u32(0..3)) {
            (0, _) => client.random.i64(0..10 * MINUTE),
            (_, 0) => client.random.i64(MINUTE..HOUR),
            (_, 1) => client.random.i64(HOUR..DAY),
            _ => client.random.i64(DAY..6 * DAY),
        };
        simulation.sleep(pause).await;
        if simulation.state().all_steps_begun {
            return;
        }
        simulation.state().steps_in_progress += 1;
        act(&simulation, &mut client).await;
        simulation.state().steps_in_progress -= 1;
    }
}

/// Has everything sent again that is parked.
pub(crate) async fn replay_parked(simulation: Simulation, seed: u64) {
    let mut client = Client::of_program(seed, 1);
    for (organisation, name) in ORGANISATIONS.into_iter().enumerate() {
        let parked: Vec<(String, u64)> = {
            let state = simulation.state();
            let active = state.model.webhooks.active(name);
            active.filter_map(|it| Some((it.stored.id.to_string(), it.stored.parked_from?))).collect()
        };
        for (webhook, first) in parked {
            replay(&simulation, &mut client, organisation, &webhook, first.saturating_sub(1)).await;
        }
    }
}

async fn act(simulation: &Simulation, client: &mut Client) {
    let (organisation, known) = {
        let state = simulation.state();
        let organisation = client.random.usize(0..state.setup.organisations);
        let active = state.model.webhooks.active(ORGANISATIONS[organisation]);
        let known: Vec<(String, Option<u64>)> =
            active.map(|it| (it.stored.id.to_string(), it.stored.parked_from)).collect();
        (organisation, known)
    };
    let one = (!known.is_empty()).then(|| known[client.random.usize(0..known.len())].clone());
    let Some((webhook, parked)) = one.filter(|_| client.random.u32(0..4) > 0) else {
        return register(simulation, client, organisation).await;
    };
    let first = parked.unwrap_or(1);
    // Who sees that something is parked mostly has it sent again, whether or not the server is well.
    if parked.is_some() && client.random.u32(0..3) > 0 {
        return replay(simulation, client, organisation, &webhook, first.saturating_sub(1)).await;
    }
    let path = format!("/v1/webhooks/{webhook}");
    let (method, path) = match client.random.u32(0..10) {
        0..3 => ("POST", format!("{path}/rotate")),
        3 => ("DELETE", path),
        4 => ("GET", path),
        5 => ("GET", format!("{path}/attempts")),
        _ => return replay(simulation, client, organisation, &webhook, first.saturating_sub(1)).await,
    };
    client.send_with_retries(simulation, request(organisation, method, path, None)).await;
}

async fn register(simulation: &Simulation, client: &mut Client, organisation: usize) {
    let number = simulation.state().model.webhooks.count();
    let url = match client.random.u32(0..8) {
        0 => "https://10.0.0.7/claims".to_owned(),
        _ => format!("https://hooks{number}.{}.example/claims", ORGANISATIONS[organisation]),
    };
    let mut body = json!({ "url": url });
    if client.random.u32(0..3) == 0 {
        let from = client.random.usize(0..KINDS.len() - 1);
        body["events"] = json!(KINDS[from..]);
    }
    client
        .send_with_retries(simulation, request(organisation, "POST", "/v1/webhooks".to_owned(), Some(body)))
        .await;
}

/// Has the changes after a number sent again, as long as there are more.
async fn replay(
    simulation: &Simulation,
    client: &mut Client,
    organisation: usize,
    webhook: &str,
    after: u64,
) {
    let mut after = json!(after);
    loop {
        let path = format!("/v1/webhooks/{webhook}/replay");
        let body = json!({ "after": after });
        let response =
            client.send_with_retries(simulation, request(organisation, "POST", path, Some(body))).await;
        let Some(answer) = response.filter(|response| response.status == 200) else { return };
        let answer = answer.json();
        if answer["hasMore"] != true {
            return;
        }
        after = answer["next"].clone();
    }
}

fn request(organisation: usize, method: &'static str, path: String, body: Option<Value>) -> SentRequest {
    SentRequest {
        name: "webhooks",
        person: Person::Partner(organisation, 0),
        method,
        path,
        body,
        key: None,
        if_match: None,
        claim: None,
        browser: None,
    }
}
