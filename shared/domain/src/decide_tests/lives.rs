//! Random lives: anything is asked of a claim, by anybody, at any time. Weighted so that many lives are long.

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;

use super::*;
use crate::content::Unaccepted;

/// One step: time passes, and somebody asks for something.
#[derive(Debug, Clone)]
pub(super) struct Step {
    time: Time,
    wish: Wish,
    pick: Index,
}

#[derive(Debug, Clone)]
enum Time {
    /// So many seconds; negative where another machine's clock is behind.
    Seconds(i64),
    /// To so many seconds after the next due instant.
    ToDue(i64),
}

#[derive(Debug, Clone)]
enum Wish {
    /// What moves the claim on from its status.
    Forward,
    /// Anything, by anybody.
    Any(Index),
    /// The delivery of something that was to be sent.
    Delivery,
}

/// Who asked what of which claim, and the decision.
pub(super) struct Moment {
    pub(super) before: Option<Claim>,
    pub(super) now: Instant,
    pub(super) who: Caller,
    pub(super) command: Command,
    pub(super) decision: Decision,
}

fn people() -> Vec<Caller> {
    vec![ana(), rita(), remi(), lena(), customer(), system()]
}

/// Calendars with holidays, another week, and midnights that do not exist or occur twice.
fn calendars() -> Vec<Calendar> {
    let week = "MON,TUE,WED,THU,FRI";
    let calendar = |zone, week, holidays| Calendar::parse("default", zone, week, holidays).unwrap();
    vec![
        calendar("Etc/UTC", week, ""),
        calendar("Europe/Warsaw", week, "2026-04-06,2026-05-01,2026-06-04,2026-11-11"),
        calendar("America/Havana", week, "2026-03-09,2026-03-10,2026-03-11,2026-03-12,2026-03-13"),
        calendar("Africa/Cairo", "SUN,MON,TUE,WED,THU", "2026-04-23,2026-04-26"),
    ]
}

/// A program and the steps of a scenario under it.
pub(super) fn plans() -> impl Strategy<Value = (Program, Vec<Step>)> {
    let programs =
        proptest::sample::select(calendars()).prop_map(|calendar| Program { calendar, ..program() });
    (programs, steps())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let time = prop_oneof![
        4 => (0..7_200_i64).prop_map(Time::Seconds),
        4 => (0..3_i64 * 86_400).prop_map(Time::Seconds),
        1 => (0..40_i64 * 86_400).prop_map(Time::Seconds),
        1 => (-30..0_i64).prop_map(Time::Seconds),
        2 => prop_oneof![Just(-1), Just(0), Just(1)].prop_map(Time::ToDue),
    ];
    let wish = prop_oneof![
        6 => Just(Wish::Forward),
        3 => any::<Index>().prop_map(Wish::Any),
        3 => Just(Wish::Delivery),
    ];
    let step = (time, wish, any::<Index>()).prop_map(|(time, wish, pick)| Step { time, wish, pick });
    proptest::collection::vec(step, 1..60)
}

/// Every command that makes sense for a claim of these details; `n` makes new ids and names.
fn commands(scenario: &Scenario, n: u32) -> Vec<Command> {
    let claim = scenario.claim();
    let own: Vec<_> = claim.details.named().cloned().collect();
    let newest = claim.evidence.last().map_or_else(|| id(1), |document| document.id.clone());
    let gone = claim.dropped_uploads.last().map_or_else(|| id(1), |dropped| dropped.id.clone());
    let found = |scanned, content| Some(UploadedFile { size: 1000, sha256: None, content, scanned });
    let complete = |evidence: &EvidenceId, scanned, content| Command::CompleteUpload {
        evidence: evidence.clone(),
        found: found(scanned, content),
    };
    let pdf = Content::Accepted("application/pdf");
    let mut fewer = own.clone();
    fewer.truncate(1);
    vec![
        upload(scenario.told.len() as u32),
        complete(&newest, false, pdf),
        complete(&newest, true, pdf),
        complete(&newest, false, Content::Unaccepted(Unaccepted::Protected)),
        complete(&gone, false, pdf),
        Command::RecordVerdict {
            evidence: newest,
            verdict: [Verdict::Clean, Verdict::Unscannable, Verdict::Infected][n as usize % 3],
        },
        edit(|details| details.name = format!("Claim {n}"), &claim.details),
        edit(
            |details| details.mpn_id = ["1001", "1002", "2001"][n as usize % 3].parse().unwrap(),
            &claim.details,
        ),
        edit(
            |details| details.products = ["Teams", "Yammer"].map(|name| workload(name).into()).into(),
            &claim.details,
        ),
        Command::Discard,
        Command::Submit,
        withdraw(),
        dispute(),
        Command::Dispute { justification: None },
        resend(None),
        resend(Some(CORRECTED)),
        comment(),
        note(),
        Command::StartReview,
        Command::Release,
        Command::TakeOver,
        ask(),
        ask_to_remove(&fewer),
        ask_to_remove(&own),
        APPROVE,
        reject(),
        end_association(&fewer),
        end_association(&own),
        scenario.deny(),
        Command::Deny { approval: u64::from(n), note: None },
        Command::RecordChallenge { by: id(n % 5), products: fewer },
        Command::ApplyDue,
    ]
}

/// What moves the claim on from its status, so that there are long lives.
fn forward(scenario: &Scenario, pick: Index) -> (Caller, Command) {
    let claim = scenario.claim();
    let reviewer = claim.assigned_to.as_ref().map_or_else(
        || {
            if claim.dispute.as_ref().is_some_and(|dispute| dispute.against.is(&rita().actor)) {
                remi()
            } else {
                rita()
            }
        },
        |actor| Caller { actor: actor.clone(), ..rita() },
    );
    let own: Vec<_> = claim.details.named().cloned().collect();
    let ready = claim.evidence.iter().any(|document| document.uploaded_at.is_some());
    let next = match claim.status {
        Status::Editing if ready => vec![(ana(), Command::Submit)],
        Status::Editing => match claim.evidence.last() {
            None => vec![(ana(), upload(scenario.told.len() as u32))],
            Some(document) => {
                let Command::CompleteUpload { found, .. } = complete(1) else { unreachable!() };
                let complete = Command::CompleteUpload { evidence: document.id.clone(), found };
                vec![(ana(), complete), (ana(), upload(scenario.told.len() as u32))]
            }
        },
        Status::Submitted => vec![(reviewer, Command::StartReview)],
        Status::UnderReview if claim.assigned_to.is_none() => vec![(reviewer, Command::StartReview)],
        Status::UnderReview => {
            [APPROVE, APPROVE, ask(), reject()].map(|command| (reviewer.clone(), command)).into()
        }
        Status::PartnerActionRequired => vec![(ana(), Command::Submit)],
        Status::Rejected => vec![(ana(), dispute())],
        Status::Approved => vec![
            (system(), Command::ApplyDue),
            (customer(), scenario.deny()),
            (remi(), end_association(&own[..1])),
            (ana(), resend(None)),
            (system(), Command::RecordChallenge { by: id(2), products: own.clone() }),
            (ana(), upload(scenario.told.len() as u32)),
        ],
        Status::Discarded => vec![(system(), Command::ApplyDue)],
    };
    pick.get(&next).clone()
}

/// The record of a delivery: of a notice or of a message that was to be sent, in any order.
fn delivery(scenario: &Scenario, pick: Index) -> Option<Command> {
    let sent = scenario
        .told
        .iter()
        .flat_map(|(event, effects)| effects.iter().map(move |effect| (event.version, effect)));
    let records: Vec<_> = sent
        .enumerate()
        .flat_map(|(nth, (version, effect))| {
            let effect_id = EffectId::new(&id(1), version, 0);
            match effect {
                Effect::NotifyCustomer { approval, .. } if nth % 4 == 3 => vec![bounce(*approval, effect_id)],
                Effect::NotifyCustomer { approval, .. } => {
                    let (approval, notice) = (*approval, effect_id);
                    vec![
                        heard(approval, notice.clone(), never_arrived()),
                        heard(approval, notice.clone(), Feedback::Complained),
                        Command::RecordNotified { approval, notice },
                    ]
                }
                Effect::SendToAssessment { message } => {
                    vec![Command::RecordAssessmentSent { message_id: effect_id, state: message.kind }]
                }
                _ => Vec::new(),
            }
        })
        .collect();
    // The newest is by far the likeliest.
    let index = pick.index(records.len().max(1) * 3);
    records.get(index).or(records.last()).cloned()
}

/// Runs a scenario of these steps.
pub(super) fn lived(program: Program, steps: &[Step]) -> (Scenario, Vec<Moment>) {
    let mut scenario = Scenario { program, ..Scenario::new() }.create(details());
    let mut moments = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        let next = scenario.claim().next_due().map_or(scenario.now, |(_, due)| due);
        scenario.now = match step.time {
            Time::Seconds(seconds) => scenario.now + TimeDelta::seconds(seconds),
            Time::ToDue(seconds) => (next + TimeDelta::seconds(seconds)).max(scenario.now),
        };
        let (who, command) = match &step.wish {
            Wish::Forward => forward(&scenario, step.pick),
            Wish::Any(who) => {
                (who.get(&people()).clone(), step.pick.get(&commands(&scenario, n as u32)).clone())
            }
            Wish::Delivery => (system(), delivery(&scenario, step.pick).unwrap_or(Command::ApplyDue)),
        };
        // Now and then somebody else holds a product.
        scenario.holders = if n % 11 == 7 { vec![holder(&workload("Teams"))] } else { Vec::new() };
        let (before, decision) = (scenario.claim.clone(), scenario.decide(&who, &command));
        scenario.claim.clone_from(&decision.claim);
        scenario.told.extend(decision.events.iter().cloned());
        moments.push(Moment { before, now: scenario.now, who, command, decision });
    }
    (scenario, moments)
}

#[test]
fn lives_are_long_enough_to_say_something() {
    let mut seen = std::collections::BTreeSet::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..1024 {
        let (program, steps) = plans().new_tree(&mut runner).unwrap().current();
        let (scenario, _) = lived(program, &steps);
        seen.extend(scenario.told.iter().map(|(event, _)| name_of(&event.change)));
        seen.extend(scenario.claim().dispute.as_ref().map(|dispute| format!("{:?}", dispute.state)));
        seen.extend(scenario.claim().assessment.as_ref().map(|newest| format!("{:?}", newest.state)));
        seen.extend((scenario.claim().consents.len() > 1).then(|| "approved twice".to_owned()));
    }
    let all = [
        "actionRequested",
        "approved",
        "assessmentSent",
        "assigned",
        "associationEnded",
        "breached",
        "challenged",
        "commented",
        "consentPassed",
        "created",
        "customerNotified",
        "discarded",
        "disputeWindowClosed",
        "disputed",
        "edited",
        "evidenceAdded",
        "evidenceScanned",
        "noted",
        "noticeComplained",
        "noticeFailed",
        "noticeResent",
        "productsRemoved",
        "rejected",
        "released",
        "reminded",
        "reviewStarted",
        "submitted",
        "takenOver",
        "uploadRequested",
        "uploadsDropped",
        "Open",
        "Accepted",
        "Refused",
        "Withdrawn",
        "Requested",
        "Amended",
        "Recalled",
        "approved twice",
    ];
    let missing: Vec<_> = all.iter().filter(|name| !seen.contains(**name)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
}
