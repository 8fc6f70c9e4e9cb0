//! A claim without a violation, and each violation that the check must find.

use std::str::FromStr;

use claim_domain::calendar::{Calendar, Instant};
use claim_domain::catalogue::{Activity, SolutionArea};
use claim_domain::claim::{Customer, Details, Product};
use claim_domain::command::{Command, Upload, UploadedFile};
use claim_domain::content::Content;
use claim_domain::decide::{Facts, decide};
use claim_domain::people::{Actor, Caller, Role};
use claim_domain::policy::Policy;
use claim_domain::program::{Periods, Program};
use serde_json::{Value, json};

use super::super::snapshot::Outcome;
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
        actor: Actor { role, id: name.to_lowercase(), name: name.to_owned(), client: false },
        partner: role.is_partner().then(|| "blue-yonder-partners".parse().unwrap()),
        partner_name: None,
        verified_email: None,
        mpn_ids: vec!["4711000".parse().unwrap()],
    }
}

/// The table and what was observed outside of it, after a claim was approved, silently consented to and handed off.
fn a_consistent_claim() -> (TableSnapshot, Observations) {
    let program = Program {
        calendar: Calendar::parse("default", "Etc/UTC", "MON,TUE,WED,THU,FRI", "").unwrap(),
        periods: Periods::default(),
        dispute_needs_another_reviewer: true,
        retention: claim_domain::program::Retention::default(),
        daily: claim_domain::bound::DailyLimits::default(),
        language: claim_domain::language::Language::En,
        guide_url: "https://guide.example".to_owned(),
        changes_feed: false,
    };
    let details = Details {
        name: "Contoso rollout".to_owned(),
        mpn_id: "4711000".parse().unwrap(),
        solution_area: SolutionArea::Microsoft365,
        activities: vec![Activity::Usage],
        customer: Customer {
            tenant_id: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
            domain: "contoso.example".to_owned(),
            mail_domains: Vec::new(),
            name: "Contoso".to_owned(),
            contact: id(901),
        },
        contact_outside_domain: false,
        technical_contact: None,
        partner_contact: id(902),
        products: vec![Product { product: "Teams".to_owned(), subscription_id: None }.into()],
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
    let found = UploadedFile {
        size: 1000,
        sha256: None,
        content: Content::Accepted("application/pdf"),
        scanned: false,
    };
    let partner = "blue-yonder-partners".parse().unwrap();
    let commands = [
        ("2026-03-02T10:00:00Z", &ana, Command::Create { id: id(1), partner, details, from: None }),
        ("2026-03-02T10:01:00Z", &ana, Command::RequestUpload { evidence: id(2), upload }),
        ("2026-03-02T10:02:00Z", &ana, Command::CompleteUpload { evidence: id(2), found: Some(found) }),
        ("2026-03-02T10:03:00Z", &ana, Command::Submit),
        ("2026-03-04T09:00:00Z", &rita, Command::StartReview),
        ("2026-03-09T09:00:00Z", &rita, Command::Approve { confirm_contact: false }),
    ];
    let (mut claim, mut history) = (None, Vec::new());
    let mut then = |now: &str, caller: &Caller, command: &Command| {
        let facts = Facts { policy: Policy { program: &program, caller }, command: &id(3), holders: &[] };
        let decision = decide(claim.as_ref(), command, &facts, at(now));
        assert_eq!(decision.outcome, Ok(()), "{}", command.name());
        for (event, effects) in decision.events {
            let done = Outcome { is: "done".to_owned(), why: String::new() };
            let outcomes = (0..effects.len()).map(|place| (place, done.clone())).collect();
            history.push(StoredEvent { event, effects, outcomes, outbox: None });
        }
        claim = decision.claim;
        claim.clone().unwrap()
    };
    let mut approved = None;
    for (now, caller, command) in commands {
        approved = Some(then(now, caller, &command));
    }
    let consent = approved.unwrap().consents[0].clone();
    let notified = Command::RecordNotified { approval: consent.approval, notice: consent.notice };
    then("2026-03-09T09:00:07Z", &system, &notified);
    let passed = then("2026-03-17T00:00:30Z", &system, &Command::ApplyDue);
    let request = passed.assessment.clone().unwrap();
    let sent = Command::RecordAssessmentSent { message_id: request.message_id, state: request.state };
    let claim = then("2026-03-17T00:00:40Z", &system, &sent);

    let mut snapshot = TableSnapshot::default();
    let held = claim.held().into_iter().map(|key| (key.to_string(), claim_id()));
    snapshot.associations = held.collect();
    snapshot.claims.insert(claim_id(), claim);
    let mut observations = Observations::default();
    for kind in history.iter().filter_map(|entry| CommandKind::of_event(&entry.event)) {
        *observations.tally.accepted.entry((claim_id(), kind)).or_default() += 1;
    }
    for entry in &history {
        for (place, effect) in entry.effects.iter().enumerate() {
            let name = format!("{}/{}/{place}", claim_id(), entry.event.version);
            match effect {
                Effect::SendEmail { .. } | Effect::NotifyCustomer { .. } => {
                    observations.emails.insert(email_header(entry.event.command.as_str(), &name), 1);
                }
                Effect::SendToAssessment { message } => {
                    observations.messages.push(received(&name, &json!(message)))
                }
                _ => {}
            }
        }
    }
    let changes: Vec<ToldChange> = (1..)
        .zip(&history)
        .map(|(number, StoredEvent { event, .. })| {
            let kind = json!(event)["change"]["type"].as_str().unwrap().to_owned();
            ToldChange { sequence: number, claim: claim_id(), number, kind, at: event.at }
        })
        .collect();
    let organisation = "blue-yonder-partners".to_owned();
    let taken = changes.iter().map(|change| (change.sequence, vec![json!(change)])).collect();
    observations.deliveries =
        Some(Deliveries { organisation: organisation.clone(), taken, ..Deliveries::default() });
    observations.changes.insert(organisation, changes);
    snapshot.histories.insert(claim_id(), history);
    (snapshot, observations)
}

fn received(name: &str, message: &Value) -> Message {
    let mut message = message.clone();
    message["messageId"] = json!(name);
    serde_json::from_value(message).unwrap()
}

fn history(snapshot: &mut TableSnapshot) -> &mut Vec<StoredEvent> {
    snapshot.histories.get_mut(&claim_id()).unwrap()
}

fn place(history: &[StoredEvent], of: impl Fn(&Change) -> bool) -> usize {
    history.iter().position(|entry| of(&entry.event.change)).unwrap()
}

fn is_passed(change: &Change) -> bool {
    matches!(change, Change::ConsentPassed { .. })
}

/// Breaks something in a consistent claim, and expects that it is found.
#[track_caller]
fn check(expected: Violation, words: &str, breaking: impl FnOnce(&mut TableSnapshot, &mut Observations)) {
    let (mut snapshot, mut observations) = a_consistent_claim();
    breaking(&mut snapshot, &mut observations);
    let findings = check_consistency(&snapshot, &observations, at("2026-06-01T00:00:00Z"));
    let told = findings.iter().any(|found| found.violation == expected && found.what.contains(words));
    assert!(told, "{expected}: {words} is not among {findings:#?}");
}

#[test]
fn a_consistent_claim_has_no_violation() {
    let (snapshot, observations) = a_consistent_claim();
    assert_eq!(check_consistency(&snapshot, &observations, at("2026-06-01T00:00:00Z")), []);
    assert_eq!(observations.messages.len(), 1);
    assert!(observations.emails.len() > 2);
}

#[test]
fn nothing_is_left_of_a_discarded_claim_once_its_30_days_are_over() {
    let missing_after = |days: i64| {
        let (_, mut observations) = a_consistent_claim();
        observations.tally.accepted.insert((claim_id(), CommandKind::Discard), 1);
        let created = DateTime::<Utc>::from(Ulid::from_string(&claim_id()).unwrap().datetime());
        check_consistency(&TableSnapshot::default(), &observations, created + TimeDelta::days(days))
            .into_iter()
            .filter(|found| found.what.contains("recorded 0"))
            .count()
    };
    assert!(missing_after(29) > 0, "before that it is lost");
    assert_eq!(missing_after(30), 0);
}

#[test]
fn what_is_missing_is_lost() {
    check(Violation::Lost, "submit: accepted 2 times, recorded 1", |_, observations| {
        *observations.tally.accepted.get_mut(&(claim_id(), CommandKind::Submit)).unwrap() += 1;
    });
    check(Violation::Lost, "version 4 is missing", |snapshot, _| {
        history(snapshot).remove(3);
    });
    check(Violation::Lost, "does not replay", |snapshot, _| {
        history(snapshot).pop();
    });
    check(Violation::Lost, "create: accepted 1 times, recorded 0", |snapshot, _| {
        snapshot.claims.clear();
        snapshot.histories.clear();
    });
    check(Violation::Lost, "is not there", |snapshot, _| snapshot.claims.clear());
    check(Violation::Lost, "assessment never received", |_, observations| observations.messages.clear());
    check(Violation::Lost, "was never sent", |_, observations| observations.emails.clear());
    check(Violation::Lost, "without a record", |snapshot, _| snapshot.associations.clear());
    check(Violation::Lost, "never settled", |snapshot, _| history(snapshot)[3].outcomes.clear());
    check(Violation::Lost, "no request was called for", |snapshot, _| {
        let place = place(history(snapshot), is_passed);
        history(snapshot)[place].effects.clear();
    });
    check(Violation::Lost, "passed over consent", |snapshot, _| {
        let place = place(history(snapshot), |change| matches!(change, Change::AssessmentSent { .. }));
        // What came at that time was something else than the end of the period.
        let sent = history(snapshot)[place].event.change.clone();
        history(snapshot)[place - 1].event.change = sent;
    });
}

#[test]
fn what_happens_twice_too_early_or_without_reason_is_doubled() {
    check(Violation::Doubled, "comment: accepted 0 times, recorded 1", |snapshot, _| {
        let change = Change::Commented { comment: id(7), text: "Again.".to_owned() };
        history(snapshot)[4].event.change = change;
    });
    check(Violation::Doubled, "acts on consent, which does not run", |snapshot, _| {
        let place = place(history(snapshot), is_passed);
        let again = history(snapshot)[place].event.change.clone();
        history(snapshot)[place + 1].event.change = again;
    });
    check(Violation::Doubled, "acts on consent before", |snapshot, _| {
        let place = place(history(snapshot), is_passed);
        history(snapshot)[place].event.at = at("2026-03-16T23:59:59Z");
    });
    check(Violation::Doubled, "was requested by", |_, observations| {
        let mut second = observations.messages[0].clone();
        second.message_id = format!("{}/99/0", claim_id());
        observations.messages.push(second);
    });
    check(Violation::Doubled, "which nothing called for", |_, observations| {
        observations.messages[0].message_id = format!("{}/99/0", claim_id());
    });
    check(Violation::Doubled, "does not continue", |_, observations| {
        observations.refused.push("it does not continue the claim".to_owned());
    });
}

#[test]
fn who_reads_on_is_told_of_each_change_once_and_in_order() {
    fn told(observations: &mut Observations) -> &mut Vec<ToldChange> {
        observations.changes.values_mut().next().unwrap()
    }
    check(Violation::Lost, "does not tell of (9,", |_, observations| {
        told(observations).truncate(8);
    });
    check(Violation::Lost, "change 3 is 4", |_, observations| {
        told(observations).remove(2);
    });
    check(Violation::Lost, "does not tell of (2,", |_, observations| {
        told(observations)[1].kind = "commented".to_owned();
    });
    check(Violation::Doubled, "tells of 10 changes, not 9", |_, observations| {
        let mut again = told(observations)[8].clone();
        again.sequence = 10;
        told(observations).push(again);
    });
    check(Violation::Doubled, "out of order", |_, observations| {
        told(observations).swap(3, 4);
    });
}

#[test]
fn each_change_comes_to_the_webhook_signed_and_as_it_was_told() {
    fn came(observations: &mut Observations) -> &mut Deliveries {
        observations.deliveries.as_mut().unwrap()
    }
    check(Violation::Lost, "change 5 never came to the webhook", |_, observations| {
        came(observations).taken.remove(&5);
    });
    check(Violation::Lost, "change 5 came to the webhook as", |_, observations| {
        came(observations).taken.insert(5, vec![json!({ "sequence": 5 })]);
    });
    check(Violation::Lost, "came without a signature", |_, observations| {
        came(observations).unsigned.push("{}".to_owned());
    });
    check(Violation::Doubled, "change 99 came, and there is none", |_, observations| {
        came(observations).taken.insert(99, Vec::new());
    });
    let (snapshot, mut observations) = a_consistent_claim();
    let again = came(&mut observations).taken[&5][0].clone();
    came(&mut observations).taken.get_mut(&5).unwrap().push(again);
    let findings = check_consistency(&snapshot, &observations, at("2026-06-01T00:00:00Z"));
    assert_eq!(findings, [], "at least once is enough");
}

#[test]
fn what_is_not_finished_at_rest_is_stuck() {
    for outbox in ["new", "open", "swept", "parked"] {
        check(Violation::Stuck, &format!("version 6 is {outbox} in the outbox"), |snapshot, _| {
            history(snapshot)[5].outbox = Some(outbox.to_owned());
        });
    }
    check(Violation::Stuck, "left behind", |snapshot, _| {
        snapshot.associations.insert(("another".to_owned(), claim_id()));
    });
    check(Violation::Stuck, "reviewStart was due", |snapshot, _| {
        // The claim as it stood when it was submitted, months ago.
        let early: Vec<StoredEvent> = history(snapshot).drain(..4).collect();
        let claim = early.iter().fold(None, |claim, entry| evolve(claim, &entry.event));
        snapshot.claims.insert(claim_id(), claim.unwrap());
        *history(snapshot) = early;
    });
}

#[test]
fn a_command_that_was_never_answered_may_be_recorded_or_not() {
    let (snapshot, mut observations) = a_consistent_claim();
    let submitted = (claim_id(), CommandKind::Submit);
    *observations.tally.accepted.get_mut(&submitted).unwrap() = 0;
    observations.tally.unanswered.insert(submitted.clone(), 1);
    assert_eq!(check_consistency(&snapshot, &observations, at("2026-06-01T00:00:00Z")), []);
    *observations.tally.accepted.get_mut(&submitted).unwrap() = 1;
    assert_eq!(check_consistency(&snapshot, &observations, at("2026-06-01T00:00:00Z")), []);
}
