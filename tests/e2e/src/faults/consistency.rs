//! Consistency: what the table, the assessment queue and the emails must say of each claim, whatever went wrong on the
//! way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use assessment_consumer::{Kind, Message};
use chrono::{DateTime, TimeDelta, Utc};
use claim_domain::claim::Claim;
use claim_domain::clock::ClockName;
use claim_domain::effect::Effect;
use claim_domain::event::{Change, Event};
use claim_domain::evolve::evolve;
use sha2::{Digest, Sha256};
use ulid::Ulid;

use super::following::{self, Change as ToldChange, Deliveries};
use super::snapshot::{StoredEvent, TableSnapshot};
use crate::{CommandKind, Tally};

/// In which way a claim went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Violation {
    /// Something that was accepted, or that had to follow, is not there.
    Lost,
    /// Something happened more often than it should, or without reason.
    Doubled,
    /// Something is still to be done at rest.
    Stuck,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Lost => "lost",
            Self::Doubled => "doubled",
            Self::Stuck => "stuck",
        })
    }
}

/// One violation in one claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// In which way.
    pub violation: Violation,
    /// The claim.
    pub claim: String,
    /// What is wrong.
    pub what: String,
}

/// What was observed outside of the table.
#[derive(Debug, Clone, Default)]
pub struct Observations {
    /// What clients did, and what was accepted.
    pub tally: Tally,
    /// The messages that assessment took.
    pub messages: Vec<Message>,
    /// What assessment would not take.
    pub refused: Vec<String>,
    /// How often each email was accepted, by the header that tells effects apart.
    pub emails: BTreeMap<String, u64>,
    /// What `GET /v1/changes` tells, by organisation.
    pub changes: BTreeMap<String, Vec<ToldChange>>,
    /// What came to an organisation's webhook, if it has one.
    pub deliveries: Option<Deliveries>,
}

/// Everything that is wrong at rest, at `now`.
pub fn check_consistency(
    snapshot: &TableSnapshot,
    observations: &Observations,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let mut checker = Checker { findings: BTreeSet::new() };
    for (id, history) in &snapshot.histories {
        let replayed = checker.replay(id, history);
        checker.compare(id, replayed.as_ref(), snapshot.claims.get(id));
        checker.outbox(id, history);
        checker.emails(id, history, observations);
    }
    for (id, claim) in &snapshot.claims {
        if !snapshot.histories.contains_key(id) {
            checker.add(Violation::Lost, id, "it has no history");
        }
        checker.clocks(id, claim, now);
    }
    checker.commands(snapshot, &observations.tally, now);
    checker.assessment(snapshot, observations);
    checker.associations(snapshot);
    following::check(snapshot, observations, &mut |violation, id, what| checker.add(violation, id, what));
    checker.findings.into_iter().collect()
}

struct Checker {
    findings: BTreeSet<Finding>,
}

impl Checker {
    fn add(&mut self, violation: Violation, claim: &str, what: impl Into<String>) {
        self.findings.insert(Finding { violation, claim: claim.to_owned(), what: what.into() });
    }

    /// Goes through a history: versions without gaps, and every clock acted on when it was due, in due order and once.
    fn replay(&mut self, id: &str, history: &[StoredEvent]) -> Option<Claim> {
        let mut claim: Option<Claim> = None;
        for (place, entry) in history.iter().enumerate() {
            let event = &entry.event;
            if event.version != place as u64 + 1 {
                self.add(Violation::Lost, id, format!("version {} is missing", place + 1));
                return None;
            }
            if let Some(before) = &claim {
                self.clock(id, before, event);
            }
            claim = evolve(claim, event);
        }
        claim
    }

    fn clock(&mut self, id: &str, before: &Claim, event: &Event) {
        let ticking = |clock: ClockName| before.clocks.get(&clock).filter(|armed| armed.is_ticking());
        let mut due: Vec<(DateTime<Utc>, ClockName)> = ClockName::ALL
            .into_iter()
            .filter_map(|clock| Some((ticking(clock)?.due_at, clock)))
            .filter(|(due_at, _)| *due_at <= event.at)
            .collect();
        due.sort();
        let version = event.version;
        let Some((clock, due_at)) = expired(event) else {
            if let Some((due_at, clock)) = due.first() {
                let what = format!("version {version} passed over {}, due at {due_at}", clock.as_str());
                self.add(Violation::Lost, id, what);
            }
            return;
        };
        let name = clock.as_str();
        match ticking(clock) {
            Some(armed) if armed.due_at == due_at => {}
            _ => self.add(
                Violation::Doubled,
                id,
                format!("version {version} acts on {name}, which does not run"),
            ),
        }
        if event.at < due_at {
            self.add(Violation::Doubled, id, format!("version {version} acts on {name} before {due_at}"));
        } else if due.first().is_some_and(|first| *first != (due_at, clock)) {
            self.add(
                Violation::Lost,
                id,
                format!("version {version} acts on {name} before what was due earlier"),
            );
        }
    }

    fn compare(&mut self, id: &str, replayed: Option<&Claim>, stored: Option<&Claim>) {
        match (replayed, stored) {
            (_, None) => self.add(Violation::Lost, id, "it has a history and is not there"),
            (Some(replayed), Some(stored)) if replayed != stored => {
                self.add(Violation::Lost, id, "its history does not replay to what is stored");
            }
            _ => {}
        }
    }

    /// A clock whose instant has passed, and that nobody has acted on.
    fn clocks(&mut self, id: &str, claim: &Claim, now: DateTime<Utc>) {
        for (clock, armed) in claim.clocks.iter().filter(|(_, armed)| armed.is_ticking()) {
            if armed.due_at <= now {
                self.add(Violation::Stuck, id, format!("{} was due at {}", clock.as_str(), armed.due_at));
            }
        }
    }

    fn outbox(&mut self, id: &str, history: &[StoredEvent]) {
        for entry in history {
            let version = entry.event.version;
            let Some(outbox) = &entry.outbox else {
                let is_over = |place| {
                    entry.outcomes.get(&place).is_some_and(|one| one.is != "failed" && one.is != "leased")
                };
                if !(0..entry.effects.len()).all(is_over) {
                    self.add(
                        Violation::Lost,
                        id,
                        format!("an effect of version {version} was never settled"),
                    );
                }
                continue;
            };
            let why: Vec<&str> = entry.outcomes.values().map(|outcome| outcome.why.as_str()).collect();
            let why = why.into_iter().filter(|why| !why.is_empty()).collect::<Vec<_>>().join("; ");
            self.add(Violation::Stuck, id, format!("version {version} is {outbox} in the outbox {why}"));
        }
    }

    /// An email that is marked as done was accepted by the email service.
    fn emails(&mut self, id: &str, history: &[StoredEvent], observations: &Observations) {
        let notified: BTreeSet<String> = history
            .iter()
            .filter_map(|entry| match &entry.event.change {
                Change::CustomerNotified { notice, .. } => Some(notice.to_string()),
                _ => None,
            })
            .collect();
        for entry in history {
            for (place, effect) in entry.effects.iter().enumerate() {
                let name = format!("{id}/{}/{place}", entry.event.version);
                let is_due = match effect {
                    Effect::SendEmail { .. } => {
                        entry.outcomes.get(&place).is_some_and(|outcome| outcome.is == "done")
                    }
                    Effect::NotifyCustomer { .. } => notified.contains(name.as_str()),
                    _ => false,
                };
                if is_due && !observations.emails.contains_key(&email_header(event_command(entry), &name)) {
                    self.add(Violation::Lost, id, format!("the email {name} was never sent"));
                }
            }
        }
    }

    /// Each accepted command is in its history once; one that was never answered, at most once. Nothing is left of a claim
    /// that was discarded, once its days are over (D22).
    fn commands(&mut self, snapshot: &TableSnapshot, tally: &Tally, now: DateTime<Utc>) {
        let mut recorded: BTreeMap<(String, CommandKind), u64> = BTreeMap::new();
        for (id, history) in &snapshot.histories {
            for kind in history.iter().filter_map(|entry| CommandKind::of_event(&entry.event)) {
                *recorded.entry((id.clone(), kind)).or_default() += 1;
            }
        }
        fn of(all: &BTreeMap<(String, CommandKind), u64>, key: &(String, CommandKind)) -> u64 {
            all.get(key).copied().unwrap_or(0)
        }
        let keys: BTreeSet<_> = recorded.keys().chain(tally.accepted.keys()).cloned().collect();
        let unknown: u64 = tally
            .unanswered
            .iter()
            .filter(|((_, kind), _)| *kind == CommandKind::Create)
            .map(|(_, n)| n)
            .sum();
        for key in keys {
            let (accepted, recorded) = (of(&tally.accepted, &key), of(&recorded, &key));
            let perhaps =
                of(&tally.unanswered, &key) + if key.1 == CommandKind::Create { unknown } else { 0 };
            let (id, kind) = &key;
            if is_gone(snapshot, tally, id, now) {
                continue;
            }
            if recorded < accepted {
                self.add(
                    Violation::Lost,
                    id,
                    format!("{kind}: accepted {accepted} times, recorded {recorded}"),
                );
            } else if recorded > accepted + perhaps {
                self.add(
                    Violation::Doubled,
                    id,
                    format!("{kind}: accepted {accepted} times, recorded {recorded}"),
                );
            }
        }
    }

    /// Assessment has what the histories called for, and nothing else; one request for each approval.
    fn assessment(&mut self, snapshot: &TableSnapshot, observations: &Observations) {
        let received: BTreeMap<&str, &Message> =
            observations.messages.iter().map(|message| (message.message_id.as_str(), message)).collect();
        let mut called_for = BTreeSet::new();
        for (id, history) in &snapshot.histories {
            for entry in history {
                for (place, effect) in entry.effects.iter().enumerate() {
                    if matches!(effect, Effect::SendToAssessment { .. }) {
                        let name = format!("{id}/{}/{place}", entry.event.version);
                        if !received.contains_key(name.as_str()) {
                            self.add(Violation::Lost, id, format!("assessment never received {name}"));
                        }
                        called_for.insert(name);
                    }
                }
                let passed = matches!(entry.event.change, Change::ConsentPassed { .. });
                if passed && !matches!(entry.effects.first(), Some(Effect::SendToAssessment { .. })) {
                    self.add(Violation::Lost, id, "consent passed, and no request was called for");
                }
            }
        }
        let mut requests: BTreeMap<(&str, u64), Vec<&str>> = BTreeMap::new();
        for message in received.values() {
            if !called_for.contains(&message.message_id) {
                let what = format!("assessment received {}, which nothing called for", message.message_id);
                self.add(Violation::Doubled, &message.claim_id, what);
            }
            if message.kind == Kind::Requested {
                let approval = (message.claim_id.as_str(), message.approval);
                requests.entry(approval).or_default().push(&message.message_id);
            }
        }
        for ((id, approval), messages) in requests.iter().filter(|(_, messages)| messages.len() > 1) {
            let what = format!("approval {approval} was requested by {}", messages.join(" and "));
            self.add(Violation::Doubled, id, what);
        }
        for refused in &observations.refused {
            self.add(Violation::Doubled, "assessment", refused);
        }
    }

    /// The records of associations are those that the approved claims hold (D15).
    fn associations(&mut self, snapshot: &TableSnapshot) {
        let held: BTreeSet<(String, String)> = snapshot
            .claims
            .iter()
            .flat_map(|(id, claim)| claim.held().into_iter().map(|key| (key.to_string(), id.clone())))
            .collect();
        for (key, id) in held.difference(&snapshot.associations) {
            self.add(Violation::Lost, id, format!("it holds {key} without a record"));
        }
        for (key, id) in snapshot.associations.difference(&held) {
            self.add(Violation::Stuck, id, format!("the record of {key} was left behind"));
        }
    }
}

fn event_command(entry: &StoredEvent) -> &str {
    entry.event.command.as_str()
}

/// The clock that an event acts on because it was due, and when it was.
fn expired(event: &Event) -> Option<(ClockName, DateTime<Utc>)> {
    match &event.change {
        Change::Breached { clock, due_at } | Change::Reminded { clock, due_at, .. } => {
            Some((*clock, *due_at))
        }
        Change::Rejected { due_at: Some(due_at), .. } => Some((ClockName::PartnerAnswer, *due_at)),
        Change::Escalated { due_at, .. } => Some((ClockName::Escalation, *due_at)),
        Change::ConsentPassed { due_at } => Some((ClockName::Consent, *due_at)),
        Change::DisputeWindowClosed { due_at, .. } => Some((ClockName::DisputeWindow, *due_at)),
        _ => None,
    }
}

/// The header by which repetitions of one email are known (D18), as `dispatch` makes it.
fn email_header(command: &str, effect: &str) -> String {
    let name = format!("{command} {effect}");
    Sha256::digest(name).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether nothing is left of a claim because it was discarded at least 30 days ago; it was created no later than that.
fn is_gone(snapshot: &TableSnapshot, tally: &Tally, id: &str, now: DateTime<Utc>) -> bool {
    let was_discarded = tally.accepted.contains_key(&(id.to_owned(), CommandKind::Discard));
    let is_left = snapshot.claims.contains_key(id) || snapshot.histories.contains_key(id);
    let created = Ulid::from_string(id).map(|id| DateTime::<Utc>::from(id.datetime()));
    was_discarded && !is_left && created.is_ok_and(|created| now >= created + TimeDelta::days(30))
}

#[cfg(test)]
#[path = "consistency_tests.rs"]
mod tests;
