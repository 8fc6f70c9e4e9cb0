//! What becomes of a command, with the simulated table: written, unchanged, stale, refused, or not known.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "outcomes/challenges.rs"]
mod challenges;
#[path = "outcomes/daily.rs"]
mod daily;
#[path = "outcomes/deliveries.rs"]
mod deliveries;
#[path = "outcomes/keys.rs"]
mod keys;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use claim_command::{
    CommandError, CommandHandler, CommandRequest, Expected, Host, IdempotencyKey, Outcome, PATIENCE,
    Prepared, Reads, Unprepared, Written,
};
use claim_domain::action::Action;
use claim_domain::calendar::Calendar;
use claim_domain::claim::{Claim, Status};
use claim_domain::clock::ClockName;
use claim_domain::command::{Command, Upload, UploadedFile};
use claim_domain::content::Content;
use claim_domain::draft::Draft;
use claim_domain::ids::{ClaimId, CommentId, EvidenceId};
use claim_domain::people::{Actor, Caller, Role};
use claim_domain::program::{Periods, Program};
use claim_domain::proves;
use claim_domain::refusal::{FieldError, Kind, Refusal};
use claim_store::{Contacts, Store, sha256};
use serde_json::json;
use test_support::{MemoryTable, TABLE, TestHost};

struct Fixture {
    commands: CommandHandler,
    host: Arc<TestHost>,
}

fn person(role: Role, name: &str) -> Caller {
    let is_partner = role.is_partner();
    Caller {
        actor: Actor { role, id: name.to_lowercase(), name: name.to_owned(), client: false },
        partner: is_partner.then(|| "contoso".parse().unwrap()),
        partner_name: is_partner.then(|| "Contoso Consulting".to_owned()),
        verified_email: None,
        mpn_ids: if is_partner { vec!["1001".parse().unwrap()] } else { Vec::new() },
    }
}

fn ana() -> Caller {
    person(Role::IncentivesAdmin, "Ana")
}

fn rita() -> Caller {
    person(Role::Reviewer, "Rita")
}

fn draft() -> Draft {
    let body = json!({
        "name": "Contoso Teams rollout", "mpnId": "1001", "solutionArea": "Microsoft 365", "activities": ["usage"],
        "customer": {
            "tenantId": "11111111-2222-3333-4444-555555555555", "domain": "customer.example", "name": "Customer",
            "contact": { "name": "Cleo", "title": "CIO", "email": "cleo@customer.example" },
        },
        "partnerContact": { "name": "Ana", "email": "ana@partner.example" },
        "products": [{ "product": "Teams" }],
    });
    Draft::parse(&body).unwrap()
}

/// A document is announced, and its upload completed.
fn proof(evidence: &EvidenceId) -> [Command; 2] {
    let upload = Upload {
        file_name: "proof.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 1000,
        sha256: sha256(b"proof"),
    };
    let found = UploadedFile {
        size: 1000,
        sha256: None,
        content: Content::Accepted("application/pdf"),
        scanned: false,
    };
    [
        Command::RequestUpload { evidence: evidence.clone(), upload },
        Command::CompleteUpload { evidence: evidence.clone(), found: Some(found) },
    ]
}

fn key(name: &str, body: &str) -> IdempotencyKey {
    IdempotencyKey { record: sha256(name.as_bytes()), body: sha256(body.as_bytes()) }
}

fn request(caller: Caller, claim: &Claim) -> CommandRequest {
    CommandRequest { caller, claim: claim.id.clone(), expected: Expected::Anything, key: None }
}

impl Fixture {
    fn new() -> Self {
        let host = Arc::new(TestHost::at("2026-03-02T10:00:00Z".parse().unwrap()));
        let program = Program {
            calendar: Calendar::parse("default", "Etc/UTC", "MON,TUE,WED,THU,FRI", "").unwrap(),
            periods: Periods::default(),
            dispute_needs_another_reviewer: true,
            retention: claim_domain::program::Retention::default(),
            daily: claim_domain::bound::DailyLimits::default(),
            language: claim_domain::language::Language::En,
            guide_url: String::new(),
            changes_feed: false,
        };
        let store = Store::new(Arc::new(MemoryTable::of_claims()), TABLE.to_owned(), 2);
        Self { commands: CommandHandler { store, program, host: host.clone() }, host }
    }

    fn pass(&self, time: TimeDelta) {
        self.host.pass(time);
    }

    async fn submitted(&self) -> Claim {
        let claim = self.commands.create(&ana(), draft(), None, None).await.unwrap().into_claim().unwrap();
        let evidence: EvidenceId = self.commands.id().unwrap();
        for command in proof(&evidence).into_iter().chain([Command::Submit]) {
            self.does(ana(), &claim, command).await.into_claim().unwrap();
        }
        self.stored(&claim.id).await
    }

    async fn does(&self, caller: Caller, claim: &Claim, command: Command) -> Outcome {
        let prepare = async |_: &Claim, _: &Contacts| Ok(command.clone().into());
        self.commands.execute_with(&request(caller, claim), Reads::Claim, prepare).await.unwrap()
    }

    fn comment(&self) -> Command {
        Command::Comment { comment: self.commands.id().unwrap(), text: "Which page?".to_owned() }
    }

    async fn stored(&self, id: &ClaimId) -> Claim {
        self.commands.store.claim(id).await.unwrap().unwrap()
    }
}

#[track_caller]
fn refused(outcome: Outcome) -> Refusal {
    match outcome {
        Outcome::Refused(refusal) => *refusal,
        other => panic!("must be refused: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_written_is_told_with_its_events_and_what_was_read() {
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let outcome = fixture
        .commands
        .execute(&request(rita(), &claim), Action::StartReview, Reads::Contacts, Ok(Command::StartReview))
        .await
        .unwrap();
    let Outcome::Written(Written { claim: after, events, read }) = outcome else { panic!("{outcome:?}") };
    assert_eq!((after.status, events.len()), (Status::UnderReview, 1));
    assert_eq!(after, fixture.stored(&claim.id).await);
    assert_eq!(read.contacts.map(|contacts| contacts.len()), Some(2));
}

#[tokio::test]
async fn what_is_so_already_is_unchanged_and_not_written_again() {
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let outcome = fixture.commands.apply_due(&claim.id, Expected::Anything).await.unwrap();
    assert!(matches!(outcome, Outcome::Unchanged(_)), "{outcome:?}");
    assert_eq!(fixture.stored(&claim.id).await, claim);
}

#[tokio::test]
async fn a_request_for_another_revision_is_stale_and_changes_nothing() {
    proves!(D11);
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let expected = Expected::Revision(vec![claim.revision - 1]);
    let stale = CommandRequest { expected, ..request(rita(), &claim) };
    let outcome = fixture
        .commands
        .execute(&stale, Action::StartReview, Reads::Claim, Ok(Command::StartReview))
        .await
        .unwrap();
    let Outcome::Stale(stale) = outcome else { panic!("{outcome:?}") };
    assert_eq!(stale.revision, Some(claim.revision));
    assert_eq!(fixture.stored(&claim.id).await, claim);
}

#[tokio::test]
async fn one_of_several_revisions_that_were_seen_is_enough() {
    proves!(D11);
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let start = async |revisions: &[u64]| {
        let expected = Expected::Revision(revisions.to_vec());
        let request = CommandRequest { expected, ..request(rita(), &claim) };
        let command = Ok(Command::StartReview);
        fixture.commands.execute(&request, Action::StartReview, Reads::Claim, command).await.unwrap()
    };
    assert!(matches!(start(&[]).await, Outcome::Stale(_)), "no tag of ours");
    assert!(matches!(start(&[claim.revision + 1, claim.revision]).await, Outcome::Written(_)));
}

#[tokio::test]
async fn what_a_request_expects_is_looked_at_after_role_and_status() {
    proves!(D11, I3);
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    fixture.pass(TimeDelta::days(9));
    let outcome = async |caller: Caller, expected: Expected, action, command| {
        let request = CommandRequest { expected, ..request(caller, &claim) };
        fixture.commands.execute(&request, action, Reads::Claim, Ok(command)).await.unwrap()
    };
    let stale = || Expected::Revision(vec![claim.revision + 7]);
    let approve = async |caller, expected| {
        outcome(caller, expected, Action::Approve, Command::Approve { confirm_contact: false }).await
    };
    let mut stranger = ana();
    stranger.partner = Some("fabrikam".parse().unwrap());
    for expected in [stale(), Expected::Unsaid] {
        assert_eq!(refused(approve(stranger.clone(), expected.clone()).await).kind, Kind::NotFound);
        assert_eq!(refused(approve(ana(), expected.clone()).await).kind, Kind::Forbidden);
        assert_eq!(refused(approve(rita(), expected).await).kind, Kind::IllegalState);
    }
    let version = fixture.stored(&claim.id).await.version;
    assert_eq!(version, claim.version + 1, "what was due is written, as with every refusal by the rules");
    let start = async |expected| outcome(rita(), expected, Action::StartReview, Command::StartReview).await;
    assert!(matches!(start(stale()).await, Outcome::Stale(_)));
    assert_eq!(refused(start(Expected::Unsaid).await).kind, Kind::RevisionRequired);
    let bad = Err::<Prepared, _>(Refusal::invalid(vec![FieldError::at("/note", "required", "is required")]));
    let request = CommandRequest { expected: stale(), ..request(ana(), &claim) };
    let unread = fixture.commands.execute(&request, Action::Withdraw, Reads::Claim, bad).await.unwrap();
    assert!(matches!(unread, Outcome::Stale(_)), "its content is looked at after that: {unread:?}");
    assert_eq!(fixture.stored(&claim.id).await.version, version);
}

#[tokio::test]
async fn a_timer_of_another_clock_or_claim_is_stale_and_changes_nothing() {
    proves!(I4);
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    fixture.pass(TimeDelta::days(9));
    let generation = claim.clocks[&ClockName::ReviewStart].generation;
    for expected in [
        Expected::Timer(ClockName::ReviewStart, generation + 1),
        Expected::Timer(ClockName::Consent, generation),
    ] {
        let outcome = fixture.commands.apply_due(&claim.id, expected).await.unwrap();
        assert!(matches!(outcome, Outcome::Stale(_)), "{outcome:?}");
    }
    assert_eq!(fixture.stored(&claim.id).await, claim);
    let nobody: ClaimId = fixture.commands.id().unwrap();
    let timer = Expected::Timer(ClockName::ReviewStart, generation);
    let outcome = fixture.commands.apply_due(&nobody, timer.clone()).await.unwrap();
    let Outcome::Stale(stale) = outcome else { panic!("{outcome:?}") };
    assert_eq!(stale.revision, None);
    let outcome = fixture.commands.apply_due(&claim.id, timer).await.unwrap();
    assert!(matches!(outcome, Outcome::Written(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_refusal_by_the_rules_leaves_what_was_due_behind() {
    proves!(I3);
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    fixture.pass(TimeDelta::days(9));
    let outcome = fixture.does(ana(), &claim, Command::Submit).await;
    let refusal = refused(outcome);
    assert_eq!((refusal.kind, refusal.status), (Kind::IllegalState, Some(Status::Submitted)));
    let stored = fixture.stored(&claim.id).await;
    assert_eq!(stored.version, claim.version + 1);
    assert!(stored.clocks[&ClockName::ReviewStart].breached_at.is_some());
}

#[tokio::test]
async fn bad_input_is_told_after_the_role_and_leaves_nothing_behind() {
    proves!(R1);
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    fixture.pass(TimeDelta::days(9));
    let bad =
        || Err::<Prepared, _>(Refusal::invalid(vec![FieldError::at("/cause", "required", "is required")]));
    for (caller, kind) in [(rita(), Kind::Forbidden), (ana(), Kind::InvalidInput)] {
        let request = request(caller, &claim);
        let outcome =
            fixture.commands.execute(&request, Action::Withdraw, Reads::Claim, bad()).await.unwrap();
        let refusal = refused(outcome);
        assert_eq!((refusal.kind, refusal.status), (kind, Some(Status::Submitted)));
        assert!(!refusal.allowed.is_empty());
    }
    assert_eq!(fixture.stored(&claim.id).await, claim);
}

#[tokio::test]
async fn a_claim_of_somebody_else_is_not_found() {
    proves!(I7);
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let mut other = ana();
    other.partner = Some("fabrikam".parse().unwrap());
    let refusal = refused(fixture.does(other.clone(), &claim, Command::Submit).await);
    assert_eq!((refusal.kind, refusal.status), (Kind::NotFound, None));
    assert_eq!(fixture.commands.view(&other, &claim.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_before_and_changes_nothing() {
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let comment: CommentId = fixture.commands.id().unwrap();
    let prepared = || {
        let command = Command::Comment { comment: comment.clone(), text: "Which page?".to_owned() };
        Ok::<_, Refusal>(Prepared { command, contacts: Vec::new(), made: Some(comment.to_string()) })
    };
    let keyed = |body| CommandRequest { key: Some(key("k", body)), ..request(ana(), &claim) };
    let send = async |body| {
        let request = keyed(body);
        fixture.commands.execute(&request, Action::Comment, Reads::Claim, prepared()).await.unwrap()
    };
    assert!(matches!(send("{}").await, Outcome::Written(_)));
    let again = send("{}").await;
    let first = again.answered().unwrap();
    assert_eq!(
        (first.version, first.made.as_deref()),
        (claim.version + 1, Some(comment.to_string().as_str()))
    );
    assert_eq!(refused(send("{ }").await).kind, Kind::KeyReused);
    assert_eq!(fixture.stored(&claim.id).await.version, claim.version + 1);
}

#[tokio::test]
async fn a_created_claim_is_created_once_under_its_key() {
    let fixture = Fixture::new();
    let one = key("k", "{}");
    let first =
        fixture.commands.create(&ana(), draft(), None, Some(&one)).await.unwrap().into_claim().unwrap();
    let again = fixture.commands.create(&ana(), draft(), None, Some(&one)).await.unwrap();
    assert!(again.answered().is_some());
    assert_eq!(again.into_claim().unwrap().id, first.id);
    let refusal = refused(fixture.commands.create(&rita(), draft(), None, None).await.unwrap());
    assert_eq!(refusal.kind, Kind::NotFound);
}

/// Executes a comment while others comment: the first `losing` attempts lose their race.
async fn raced(fixture: &Fixture, request: &CommandRequest, losing: u64) -> Result<Outcome, CommandError> {
    let attempts = AtomicU64::new(0);
    let prepare = async |claim: &Claim, _: &Contacts| -> Result<Prepared, Unprepared> {
        if attempts.fetch_add(1, Ordering::Relaxed) < losing {
            let command = match request.expected {
                Expected::Revision(_) => Command::StartReview,
                _ => fixture.comment(),
            };
            fixture.does(rita(), claim, command).await.into_claim().unwrap();
        }
        Ok(fixture.comment().into())
    };
    Box::pin(fixture.commands.execute_with(request, Reads::Claim, prepare)).await
}

#[tokio::test]
async fn a_lost_race_is_decided_again_on_the_claim_as_it_is_then() {
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let outcome = raced(&fixture, &request(ana(), &claim), 2).await.unwrap();
    assert_eq!(outcome.claim().unwrap().version, claim.version + 3);
    assert!(matches!(outcome, Outcome::Written(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_lost_race_is_stale_if_the_revision_moved_that_was_seen() {
    proves!(D11);
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let seen =
        CommandRequest { expected: Expected::Revision(vec![claim.revision]), ..request(ana(), &claim) };
    let outcome = raced(&fixture, &seen, 1).await.unwrap();
    let Outcome::Stale(stale) = outcome else { panic!("{outcome:?}") };
    assert_eq!(stale.revision, Some(claim.revision + 1));
}

#[tokio::test]
async fn a_command_that_cannot_conflict_outlasts_thirty_others() {
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let outcome = raced(&fixture, &request(ana(), &claim), 29).await.unwrap();
    assert_eq!(outcome.claim().unwrap().version, claim.version + 30);
}

#[tokio::test]
async fn who_loses_every_race_is_asked_to_come_back_once_its_time_is_up() {
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let began = fixture.host.now();
    let busy = raced(&fixture, &request(ana(), &claim), u64::MAX).await.unwrap_err();
    assert!(matches!(busy, CommandError::Busy), "{busy:?}");
    let tried = (fixture.host.now() - began).to_std().unwrap();
    assert!((PATIENCE..PATIENCE + Duration::from_secs(1)).contains(&tried), "{tried:?}");
}

#[tokio::test]
async fn a_failing_service_is_an_error_and_writes_nothing() {
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let prepare = async |_: &Claim, _: &Contacts| Err(Unprepared::Failed("no answer".into()));
    let request = request(ana(), &claim);
    let failed = fixture.commands.execute_with(&request, Reads::Claim, prepare).await.unwrap_err();
    assert!(matches!(failed, CommandError::Other(_)), "{failed:?}");
    assert_eq!(fixture.stored(&claim.id).await, claim);
}

#[tokio::test]
async fn a_view_shows_what_is_due_and_writes_nothing() {
    proves!(I3, I8);
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    fixture.pass(TimeDelta::days(9));
    let viewed = fixture.commands.view(&rita(), &claim.id).await.unwrap().unwrap();
    assert_eq!(viewed.stored, claim);
    assert!(viewed.current.clocks[&ClockName::ReviewStart].breached_at.is_some());
    assert_eq!(fixture.stored(&claim.id).await, claim);
}
