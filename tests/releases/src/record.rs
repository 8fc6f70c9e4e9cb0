//! What a release leaves in flight: how it is written down, and put under the functions as they are now.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use claim_domain::ids::ClaimId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::claims::{Claim, End, Plan, handed_off, plans, register_webhook};
use crate::world::{ASSESSMENT, Email, Message, Timer, World};

/// When the claims of every release begin.
const BEGINNING: &str = "2026-03-02T10:00:00Z";
/// After how long an approval that nobody denied was handed off to assessment (R13).
const AFTER_CONSENT: TimeDelta = TimeDelta::days(8);
/// Until when contacts of a claim that was rejected are erased: two years after its end, and long enough for it to end (D22).
const FORGOTTEN: TimeDelta = TimeDelta::days(3 * 365);

/// What a release leaves in flight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InFlight {
    /// The release that wrote it.
    pub release: String,
    /// The instant at which it is in this state.
    pub at: DateTime<Utc>,
    /// The number of the next id.
    pub next_id: u64,
    /// The claims.
    pub claims: Vec<Claim>,
    /// Events in the stream that dispatch has not been called with: partition and sort key.
    pub unworked: Vec<(String, String)>,
    /// The timers that wait.
    pub timers: Vec<Timer>,
    /// The messages that were put into queues.
    pub messages: Vec<Message>,
    /// The emails that were sent: people have their links, and the email service may still tell of them.
    pub emails: Vec<Email>,
    /// The table's items, in the JSON of DynamoDB.
    pub items: Vec<Value>,
}

/// Where the files of the releases are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("in-flight")
}

/// What every release left in flight.
///
/// # Panics
/// When a file is not what a release wrote.
#[expect(clippy::unwrap_used, reason = "a test fails")]
pub fn of_all_releases() -> Vec<InFlight> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort_unstable();
    files.iter().map(|file| serde_json::from_slice(&fs::read(file).unwrap()).unwrap()).collect()
}

impl InFlight {
    /// What the code as it is now leaves in flight, and how it brings each claim to its end.
    ///
    /// # Panics
    /// When it does not.
    #[expect(clippy::unwrap_used, reason = "a test fails")]
    pub fn of_this_release(release: &str) -> Self {
        let world = World::at(BEGINNING.parse().unwrap());
        register_webhook(&world);
        let (mut claims, mut left) = (Vec::new(), Vec::new());
        let mut begin = |plans: Vec<Plan>| {
            for plan in plans {
                claims.push(plan.begin(claims.len(), &world));
                left.extend(world.unworked());
            }
        };
        begin(handed_off());
        world.pass(AFTER_CONSENT);
        begin(plans());
        let mut in_flight = Self {
            release: release.to_owned(),
            at: world.now(),
            next_id: world.next_id(),
            claims,
            unworked: left,
            timers: world.timers(),
            messages: world.messages(),
            emails: world.emails(),
            items: world.items(),
        };
        let world = in_flight.land();
        for claim in &mut in_flight.claims {
            claim.ends = claim.end(&world);
        }
        in_flight
    }

    /// Its text in a file: one thing per line, so that a difference can be read.
    ///
    /// # Errors
    /// Never: everything in it has a form in JSON.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let mut whole = serde_json::to_value(self)?;
        let mut text = "{\n".to_owned();
        let fields =
            ["release", "at", "nextId", "claims", "unworked", "timers", "messages", "emails", "items"];
        for field in fields {
            let value = whole[field].take();
            let comma = if field == "items" { "" } else { "," };
            match value {
                Value::Array(values) => {
                    let lines: Vec<String> = values.iter().map(Value::to_string).collect();
                    text += &format!("\"{field}\": [\n{}\n]{comma}\n", lines.join(",\n"));
                }
                value => text += &format!("\"{field}\": {value}{comma}\n"),
            }
        }
        Ok(text + "}\n")
    }

    /// The functions as they are now, over what the release left.
    pub fn resume(&self) -> World {
        let world = World::at(self.at);
        world.goes_on_with_id(self.next_id);
        self.items.iter().for_each(|item| world.put(item));
        // Putting the items there was no change that anybody made.
        world.unworked();
        self.timers.iter().for_each(|timer| world.wait_for(timer.clone()));
        world.have_sent(&self.messages, &self.emails);
        world
    }

    /// Brings every claim to its end: dispatch works on what was left, people do what they still do, timers fire.
    ///
    /// # Panics
    /// When something fails.
    pub fn land(&self) -> World {
        let world = self.resume();
        world.dispatch(&self.unworked);
        world.follow();
        for claim in &self.claims {
            world.set_time(self.at + TimeDelta::hours(1));
            for step in &claim.then {
                world.set_time(world.now() + TimeDelta::minutes(1));
                claim.take(&world, step);
                world.follow();
            }
        }
        while world.fire_next().is_some() {}
        world
    }

    /// Lets so much time pass that the retention of every claim that ended is over, and the sweep do its work.
    pub fn forget(&self, world: &World) {
        world.set_time(self.at + FORGOTTEN);
        while world.sweep() {}
    }
}

impl Claim {
    /// How it stands, or ended.
    ///
    /// # Panics
    /// When it is not there.
    #[expect(clippy::unwrap_used, reason = "a test fails")]
    pub fn end(&self, world: &World) -> End {
        let id: ClaimId = self.id.parse().unwrap();
        let (claim, _) = world.stored(&id).unwrap_or_else(|| panic!("{}: there is no claim", self.told));
        let of_claim = |message: &Value| message["claimId"] == self.id.as_str();
        let sent = world.messages().into_iter().filter(|message| message.queue == ASSESSMENT);
        let sent = sent.map(|message| serde_json::from_str::<Value>(&message.body).unwrap()).filter(of_claim);
        End {
            status: claim.status,
            sent: sent.map(|message| message["kind"].as_str().unwrap_or_default().to_owned()).collect(),
        }
    }
}
