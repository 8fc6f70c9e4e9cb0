//! The reckoning as a person reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use local_stack::faults::{Counts, Fault};

use super::reckoning::{Finding, Seen, Wrong};

/// How a run ended.
#[derive(Debug)]
pub struct Report {
    /// Claims in the table.
    pub claims: usize,
    /// Clients.
    pub clients: usize,
    /// Days lived.
    pub days: i64,
    /// What was seen outside of the table.
    pub seen: Seen,
    /// Messages that assessment received again under their id.
    pub repeated_messages: u64,
    /// Messages in the queues of what was given up, which the sweep has made good.
    pub failures: BTreeMap<String, usize>,
    /// What went wrong on purpose.
    pub counts: Counts,
    /// Kinds of fault that were asked for and never happened.
    pub untried: Vec<Fault>,
    /// Lives that could not be played to their end.
    pub broken: Vec<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many claims are wrong in a way.
    pub fn of(&self, wrong: Wrong) -> usize {
        let claims =
            self.findings.iter().filter(|finding| finding.wrong == wrong).map(|finding| &finding.claim);
        claims.collect::<BTreeSet<_>>().len()
    }

    /// Whether all is well.
    pub fn is_well(&self) -> bool {
        self.findings.is_empty() && self.broken.is_empty() && self.untried.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.seen.tally;
        let mails: u64 = self.seen.mails.values().sum();
        let repeated = mails - self.seen.mails.len() as u64;
        let unanswered: u64 = tally.unanswered.values().sum();
        let rows = [
            ("claims", self.claims as u64, format!("by {} clients, over {} days", self.clients, self.days)),
            ("commands", tally.commands(), format!("accepted; {unanswered} never answered")),
            ("retries", tally.retries, "requests that clients sent again".to_owned()),
            ("mails", mails, format!("{repeated} of them again, cut off after they were accepted")),
            (
                "messages",
                self.seen.messages.len() as u64,
                format!("to assessment; {} came again under their id", self.repeated_messages),
            ),
        ];
        for (name, count, remark) in rows {
            writeln!(f, "{name:<22}{count:>8}   {remark}")?;
        }
        self.faults(f)?;
        for (queue, count) in self.failures.iter().filter(|(_, count)| **count > 0) {
            writeln!(f, "{:<22}{count:>8}   given up on, and made good by the sweep", words(queue))?;
        }
        for wrong in [Wrong::Lost, Wrong::Doubled, Wrong::Stuck] {
            writeln!(f, "{wrong:<22}{:>8}", self.of(wrong))?;
        }
        for fault in &self.untried {
            writeln!(f, "  never happened: {fault}")?;
        }
        for broken in &self.broken {
            writeln!(f, "  could not be played to its end: {broken}")?;
        }
        for Finding { wrong, claim, what } in &self.findings {
            writeln!(f, "  {wrong}: {claim}: {what}")?;
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
