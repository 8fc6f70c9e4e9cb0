//! The result as a person reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use local_stack::faults::{Counts, Fault};

use super::consistency::{Finding, Observations, Violation};

/// How a run ended.
#[derive(Debug)]
pub struct Report {
    /// Claims in the table.
    pub claims: usize,
    /// Clients.
    pub clients: usize,
    /// Days that passed.
    pub days: i64,
    /// What was seen outside of the table.
    pub observations: Observations,
    /// Messages that assessment received again under their id.
    pub repeated_messages: u64,
    /// Messages in the queues of what was given up, which the sweep has made good.
    pub failures: BTreeMap<String, usize>,
    /// What went wrong on purpose.
    pub counts: Counts,
    /// Kinds of fault that were asked for and never happened.
    pub untried: Vec<Fault>,
    /// Scenarios that could not be run to their end, each with the reason.
    pub unfinished: Vec<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many claims have a violation of a kind.
    pub fn count(&self, violation: Violation) -> usize {
        let claims = self
            .findings
            .iter()
            .filter(|finding| finding.violation == violation)
            .map(|finding| &finding.claim);
        claims.collect::<BTreeSet<_>>().len()
    }

    /// Whether all is well.
    pub fn is_well(&self) -> bool {
        self.findings.is_empty() && self.unfinished.is_empty() && self.untried.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.observations.tally;
        let emails: u64 = self.observations.emails.values().sum();
        let repeated = emails - self.observations.emails.len() as u64;
        let deliveries = self.observations.deliveries.clone().unwrap_or_default();
        let unanswered: u64 = tally.unanswered.values().sum();
        let rows = [
            ("claims", self.claims as u64, format!("by {} clients, over {} days", self.clients, self.days)),
            ("commands", tally.commands(), format!("accepted; {unanswered} never answered")),
            ("retries", tally.retries, "requests that clients sent again".to_owned()),
            ("emails", emails, format!("{repeated} of them again, cut off after they were accepted")),
            (
                "messages",
                self.observations.messages.len() as u64,
                format!("to assessment; {} came again under their id", self.repeated_messages),
            ),
            (
                "changes",
                self.observations.changes.values().map(|changes| changes.len() as u64).sum(),
                "read on after one another, of every organisation".to_owned(),
            ),
            ("deliveries", deliveries.attempts, deliveries.to_string()),
        ];
        for (name, count, remark) in rows {
            writeln!(f, "{name:<22}{count:>8}   {remark}")?;
        }
        self.faults(f)?;
        for (queue, count) in self.failures.iter().filter(|(_, count)| **count > 0) {
            writeln!(f, "{:<22}{count:>8}   given up on, and made good by the sweep", words(queue))?;
        }
        for violation in [Violation::Lost, Violation::Doubled, Violation::Stuck] {
            writeln!(f, "{violation:<22}{:>8}", self.count(violation))?;
        }
        for fault in &self.untried {
            writeln!(f, "  never happened: {fault}")?;
        }
        for unfinished in &self.unfinished {
            writeln!(f, "  could not be run to its end: {unfinished}")?;
        }
        for Finding { violation, claim, what } in &self.findings {
            writeln!(f, "  {violation}: {claim}: {what}")?;
        }
        Ok(())
    }
}

impl Report {
    fn faults(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: u64 = Fault::ALL.into_iter().map(|fault| self.counts.of(fault)).sum();
        writeln!(f, "{:<22}{faults:>8}   among {} calls to AWS", "faults", self.counts.calls)?;
        for fault in Fault::ALL {
            let services: Vec<String> = self
                .counts
                .faults
                .iter()
                .filter(|((kind, _), _)| *kind == fault)
                .map(|((_, service), count)| format!("{service} {count}"))
                .collect();
            writeln!(f, "  {:<20}{:>8}   {}", fault.to_string(), self.counts.of(fault), services.join(", "))?;
        }
        let kills: Vec<String> =
            self.counts.kills.iter().map(|(function, count)| format!("{function} {count}")).collect();
        writeln!(f, "{:<22}{:>8}   {}", "kills", self.counts.of(Fault::Kill), kills.join(", "))
    }
}

/// The name of a resource, in words.
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}
