//! A claim that lived without a fault, and each way to go wrong that the reckoning must see.

use std::str::FromStr;

use claim_domain::calendar::{Calendar, Instant};
use claim_domain::catalogue::{Activity, SolutionArea};
use claim_domain::claim::{Customer, Details, Product};
use claim_domain::command::{Command, Found, Upload};
use claim_domain::decide::{Facts, decide};
use claim_domain::people::{Actor, Caller, Role};
use claim_domain::policy::Policy;
use claim_domain::program::{Periods, Program};
use serde_json::{Value, json};

use super::super::ledger::Outcome;
use super::*;

/// The ULID of a number.
fn id<T: FromStr<Err: fmt::Debug>>(number: u32) -> T {
    format!("01J{number:023}").parse().unwrap()
}

fn claim_id() -> String {
    format!("01J{:023}", 1)
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn person(role: Role, name: &str) -> Caller {
    Caller {
        actor: Actor { role, id: name.to_lowercase(), name: name.to_owned() },
        partner: role.is_partner().then(|| "blue-yonder-partners".parse().unwrap()),
        mpn_ids: vec!["4711000".parse().unwrap()],
    }
}

/// The table and what was seen outside of it, after a claim's whole life: approved, silently consented, handed off.
fn a_life() -> (Ledger, Seen) {
    let program = Program {
        calendar: Calendar::parse("default", "Etc/UTC", "MON,TUE,WED,THU,FRI", "").unwrap(),
        periods: Periods::default(),
        dispute_needs_another_reviewer: true,
        guide_url: "https://guide.example".to_owned(),
    };
    let details = Details {
        name: "Contoso rollout".to_owned(),
        mpn_id: "4711000".parse().unwrap(),
        solution_area: SolutionArea::Microsoft365,
        activities: vec![Activity::Usage],
        customer: Customer {
            tenant_id: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
            domain: "contoso.example".to_owned(),
            name: "Contoso".to_owned(),
            contact: id(901),
        },
        technical_contact: None,
        partner_contact: id(902),
        products: vec![Product { product: "Teams".to_owned(), subscription_id: None }],
        revenue_association: None,
    };
    let (ana, rita, system) =
        (person(Role::IncentivesAdmin, "Ana"), person(Role::Reviewer, "Rita"), Caller::system());
    let upload = Upload {
        file_name: "proof.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 1000,
        sha256: "ab".repeat(32).parse().unwrap(),
    };
    let found =
        Found { size: 1000, sha256: None, media_type: Some("application/pdf".to_owned()), scanned: false };
    let partner = "blue-yonder-partners".parse().unwrap();
    let commands = [
        ("2026-03-02T10:00:00Z", &ana, Command::Create { id: id(1), partner, details }),
        ("2026-03-02T10:01:00Z", &ana, Command::RequestUpload { evidence: id(2), upload }),
        ("2026-03-02T10:02:00Z", &ana, Command::CompleteUpload { evidence: id(2), found: Some(found) }),
        ("2026-03-02T10:03:00Z", &ana, Command::Submit),
        ("2026-03-04T09:00:00Z", &rita, Command::StartReview),
        ("2026-03-09T09:00:00Z", &rita, Command::Approve),
    ];
    let (mut claim, mut history) = (None, Vec::new());
    let mut then = |now: &str, caller: &Caller, command: &Command| {
        let facts = Facts { policy: Policy { program: &program, caller }, command: &id(3), holders: &[] };
        let decision = decide(claim.as_ref(), command, &facts, at(now));
        assert_eq!(decision.outcome, Ok(()), "{}", command.name());
        for (event, effects) in decision.events {
            let done = Outcome { is: "done".to_owned(), why: String::new() };
            let outcomes = (0..effects.len()).map(|place| (place, done.clone())).collect();
            history.push(Entry { event, effects, outcomes, outbox: None });
        }
        claim = decision.claim;
        claim.clone().unwrap()
    };
    let mut standing = None;
    for (now, caller, command) in commands {
        standing = Some(then(now, caller, &command));
    }
    let consent = standing.unwrap().consents[0].clone();
    let notified = Command::RecordNotified { approval: consent.approval, notice: consent.notice };
    then("2026-03-09T09:00:07Z", &system, &notified);
    let passed = then("2026-03-17T00:00:30Z", &system, &Command::ApplyDue);
    let request = passed.assessment.clone().unwrap();
    let sent = Command::RecordAssessmentSent { message_id: request.message_id, state: request.state };
    let claim = then("2026-03-17T00:00:40Z", &system, &sent);

    let mut ledger = Ledger::default();
    let held = claim.held().into_iter().map(|key| (key.to_string(), claim_id()));
    ledger.associations = held.collect();
    ledger.claims.insert(claim_id(), claim);
    let mut seen = Seen::default();
    for deed in history.iter().filter_map(|entry| Deed::of_event(&entry.event)) {
        *seen.tally.accepted.entry((claim_id(), deed)).or_default() += 1;
    }
    for entry in &history {
        for (place, effect) in entry.effects.iter().enumerate() {
            let name = format!("{}/{}/{place}", claim_id(), entry.event.version);
            match effect {
                Effect::SendMail { .. } | Effect::NotifyCustomer { .. } => {
                    seen.mails.insert(mail_header(entry.event.command.as_str(), &name), 1);
                }
                Effect::SendToAssessment { message } => seen.messages.push(received(&name, &json!(message))),
                _ => {}
            }
        }
    }
    ledger.histories.insert(claim_id(), history);
    (ledger, seen)
}

fn received(name: &str, message: &Value) -> Message {
    let mut message = message.clone();
    message["messageId"] = json!(name);
    serde_json::from_value(message).unwrap()
}

fn history(ledger: &mut Ledger) -> &mut Vec<Entry> {
    ledger.histories.get_mut(&claim_id()).unwrap()
}

fn place(history: &[Entry], of: impl Fn(&Change) -> bool) -> usize {
    history.iter().position(|entry| of(&entry.event.change)).unwrap()
}

fn is_passed(change: &Change) -> bool {
    matches!(change, Change::ConsentPassed { .. })
}

/// Breaks something in a life without a fault, and expects to be told so.
#[track_caller]
fn check(expected: Wrong, words: &str, breaking: impl FnOnce(&mut Ledger, &mut Seen)) {
    let (mut ledger, mut seen) = a_life();
    breaking(&mut ledger, &mut seen);
    let findings = reckon(&ledger, &seen, at("2026-06-01T00:00:00Z"));
    let told = findings.iter().any(|found| found.wrong == expected && found.what.contains(words));
    assert!(told, "{expected}: {words} is not among {findings:#?}");
}

#[test]
fn a_life_without_a_fault_is_well() {
    let (ledger, seen) = a_life();
    assert_eq!(reckon(&ledger, &seen, at("2026-06-01T00:00:00Z")), []);
    assert_eq!(seen.messages.len(), 1);
    assert!(seen.mails.len() > 2);
}

#[test]
fn what_is_missing_is_lost() {
    check(Wrong::Lost, "submit: accepted 2 times, recorded 1", |_, seen| {
        *seen.tally.accepted.get_mut(&(claim_id(), Deed::Submit)).unwrap() += 1;
    });
    check(Wrong::Lost, "version 4 is missing", |ledger, _| {
        history(ledger).remove(3);
    });
    check(Wrong::Lost, "does not replay", |ledger, _| {
        history(ledger).pop();
    });
    check(Wrong::Lost, "create: accepted 1 times, recorded 0", |ledger, _| {
        ledger.claims.clear();
        ledger.histories.clear();
    });
    check(Wrong::Lost, "is not there", |ledger, _| ledger.claims.clear());
    check(Wrong::Lost, "assessment never received", |_, seen| seen.messages.clear());
    check(Wrong::Lost, "was never sent", |_, seen| seen.mails.clear());
    check(Wrong::Lost, "without a record", |ledger, _| ledger.associations.clear());
    check(Wrong::Lost, "never settled", |ledger, _| history(ledger)[3].outcomes.clear());
    check(Wrong::Lost, "no request was called for", |ledger, _| {
        let place = place(history(ledger), is_passed);
        history(ledger)[place].effects.clear();
    });
    check(Wrong::Lost, "passed over consent", |ledger, _| {
        let place = place(history(ledger), |change| matches!(change, Change::AssessmentSent { .. }));
        // What came at that time was something else than the end of the period.
        let sent = history(ledger)[place].event.change.clone();
        history(ledger)[place - 1].event.change = sent;
    });
}

#[test]
fn what_happens_twice_too_early_or_without_reason_is_doubled() {
    check(Wrong::Doubled, "comment: accepted 0 times, recorded 1", |ledger, _| {
        let change = Change::Commented { comment: id(7), text: "Again.".to_owned() };
        history(ledger)[4].event.change = change;
    });
    check(Wrong::Doubled, "acts on consent, which does not run", |ledger, _| {
        let place = place(history(ledger), is_passed);
        let again = history(ledger)[place].event.change.clone();
        history(ledger)[place + 1].event.change = again;
    });
    check(Wrong::Doubled, "acts on consent before", |ledger, _| {
        let place = place(history(ledger), is_passed);
        history(ledger)[place].event.at = at("2026-03-16T23:59:59Z");
    });
    check(Wrong::Doubled, "was requested by", |_, seen| {
        let mut second = seen.messages[0].clone();
        second.message_id = format!("{}/99/0", claim_id());
        seen.messages.push(second);
    });
    check(Wrong::Doubled, "which nothing called for", |_, seen| {
        seen.messages[0].message_id = format!("{}/99/0", claim_id());
    });
    check(Wrong::Doubled, "does not continue", |_, seen| {
        seen.refused.push("it does not continue the claim".to_owned());
    });
}

#[test]
fn what_is_not_finished_at_rest_is_stuck() {
    for outbox in ["new", "open", "swept", "parked"] {
        check(Wrong::Stuck, &format!("version 6 is {outbox} in the outbox"), |ledger, _| {
            history(ledger)[5].outbox = Some(outbox.to_owned());
        });
    }
    check(Wrong::Stuck, "left behind", |ledger, _| {
        ledger.associations.insert(("another".to_owned(), claim_id()));
    });
    check(Wrong::Stuck, "reviewStart was due", |ledger, _| {
        // The claim as it stood when it was submitted, months ago.
        let early: Vec<Entry> = history(ledger).drain(..4).collect();
        let claim = early.iter().fold(None, |claim, entry| evolve(claim, &entry.event));
        ledger.claims.insert(claim_id(), claim.unwrap());
        *history(ledger) = early;
    });
}

#[test]
fn a_command_that_was_never_answered_may_be_recorded_or_not() {
    let (ledger, mut seen) = a_life();
    let submitted = (claim_id(), Deed::Submit);
    *seen.tally.accepted.get_mut(&submitted).unwrap() = 0;
    seen.tally.unanswered.insert(submitted.clone(), 1);
    assert_eq!(reckon(&ledger, &seen, at("2026-06-01T00:00:00Z")), []);
    *seen.tally.accepted.get_mut(&submitted).unwrap() = 1;
    assert_eq!(reckon(&ledger, &seen, at("2026-06-01T00:00:00Z")), []);
}
