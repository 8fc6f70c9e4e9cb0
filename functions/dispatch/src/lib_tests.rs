//! How often effects are tried before they are given up, and what a settled message means for the one that follows it (I5,
//! I6): over a table in memory, with services that take everything until they are made to fail.

use std::sync::Arc;

use aws_sdk_eventbridge::operation::put_events::builders::PutEventsInputBuilder;
use aws_sdk_eventbridge::operation::put_events::{PutEventsError, PutEventsOutput};
use aws_sdk_s3::operation::delete_object::builders::DeleteObjectInputBuilder;
use aws_sdk_s3::operation::delete_object::{DeleteObjectError, DeleteObjectOutput};
use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsInputBuilder;
use aws_sdk_s3::operation::list_object_versions::{ListObjectVersionsError, ListObjectVersionsOutput};
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleInputBuilder;
use aws_sdk_scheduler::operation::create_schedule::{CreateScheduleError, CreateScheduleOutput};
use aws_sdk_scheduler::operation::delete_schedule::builders::DeleteScheduleInputBuilder;
use aws_sdk_scheduler::operation::delete_schedule::{DeleteScheduleError, DeleteScheduleOutput};
use chrono::TimeDelta;
use claim_command::{CommandRequest, Expected, Host, Reads};
use claim_domain::claim::Claim;
use claim_domain::command::{Upload, UploadedFile};
use claim_domain::content::Content;
use claim_domain::draft::Draft;
use claim_domain::people::{Actor, Caller, Role};
use claim_ports::Answer;
use claim_store::{Contacts, Store, sha256};
use serde_json::{Value, json};
use test_support::{MemoryTable, Sent, TABLE, TestHost};

use super::*;
use crate::services::{Bucket, Bus, Scheduler};

/// A scheduler, a bucket and a bus that take everything.
#[derive(Debug)]
struct Accepting;

fn ready<'a, O: Send + 'a, E: Send + 'a>(output: O) -> Answer<'a, O, E> {
    Box::pin(std::future::ready(Ok(output)))
}

impl Scheduler for Accepting {
    fn create_schedule(
        &self,
        _: CreateScheduleInputBuilder,
    ) -> Answer<'_, CreateScheduleOutput, CreateScheduleError> {
        ready(CreateScheduleOutput::builder().schedule_arn("arn").build().unwrap())
    }

    fn delete_schedule(
        &self,
        _: DeleteScheduleInputBuilder,
    ) -> Answer<'_, DeleteScheduleOutput, DeleteScheduleError> {
        ready(DeleteScheduleOutput::builder().build())
    }
}

impl Bucket for Accepting {
    fn list_object_versions(
        &self,
        _: ListObjectVersionsInputBuilder,
    ) -> Answer<'_, ListObjectVersionsOutput, ListObjectVersionsError> {
        ready(ListObjectVersionsOutput::builder().build())
    }

    fn put_object(&self, _: PutObjectInputBuilder) -> Answer<'_, PutObjectOutput, PutObjectError> {
        ready(PutObjectOutput::builder().build())
    }

    fn delete_object(
        &self,
        _: DeleteObjectInputBuilder,
    ) -> Answer<'_, DeleteObjectOutput, DeleteObjectError> {
        ready(DeleteObjectOutput::builder().build())
    }
}

impl Bus for Accepting {
    fn put_events(&self, _: PutEventsInputBuilder) -> Answer<'_, PutEventsOutput, PutEventsError> {
        ready(PutEventsOutput::builder().build())
    }
}

/// Dispatch, what claims are changed with, and what was sent.
struct Fixture {
    dispatch: Dispatch,
    host: Arc<TestHost>,
    sent: Arc<Sent>,
}

fn person(role: Role, name: &str) -> Caller {
    let actor = Actor { role, id: name.to_lowercase(), name: name.to_owned(), client: false };
    Caller {
        partner: role.is_partner().then(|| "contoso".parse().unwrap()),
        mpn_ids: vec!["1001".parse().unwrap()],
        ..Caller::without_organisation(actor)
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
        "products": [{ "product": "Teams" }, { "product": "Exchange" }],
    });
    Draft::parse(&body).unwrap()
}

impl Fixture {
    /// Monday, 2 March 2026, at 10:00; an organisation's claims may send so many emails to an address in a day.
    fn with_daily_emails(count: &str) -> Self {
        let variables: Variables = [
            ("ASSESSMENT_QUEUE_URL", "assessment"),
            ("DAILY_EMAILS", count),
            ("DEADLINE_FUNCTION_ARN", "deadline"),
            ("EVIDENCE_BUCKET", "evidence"),
            ("LEAD_EMAIL", "lena@program.example"),
            ("MAIL_FROM", "claims@program.example"),
            ("PORTAL_URL", "https://claims.example"),
            ("PUBLIC_URL", "https://api.example"),
            ("SCHEDULER_ROLE_ARN", "role"),
            ("SCHEDULE_DLQ_ARN", "dead-letters"),
            ("SCHEDULE_GROUP", "claims"),
            ("WEBHOOK_QUEUE_URL", "webhooks"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect();
        let host = Arc::new(TestHost::at("2026-03-02T10:00:00Z".parse().unwrap()));
        let store = Store::new(Arc::new(MemoryTable::of_claims()), TABLE.to_owned(), 1);
        let program = claim_runtime::program(&variables).unwrap();
        let commands = CommandHandler { store, program, host: host.clone() };
        let sent = Arc::new(Sent::default());
        let services = Services {
            scheduler: Arc::new(Accepting),
            queue: sent.clone(),
            mailer: sent.clone(),
            bucket: Arc::new(Accepting),
            bus: Arc::new(Accepting),
        };
        Self { dispatch: Dispatch::over(commands, services, &variables).unwrap(), host, sent }
    }

    fn commands(&self) -> &CommandHandler {
        &self.dispatch.commands
    }

    async fn does(&self, caller: Caller, claim: &ClaimId, command: Command) -> u64 {
        let request =
            CommandRequest { caller, claim: claim.clone(), expected: Expected::Anything, key: None };
        let prepare = async |_: &Claim, _: &Contacts| Ok(command.clone().into());
        let outcome = self.commands().execute_with(&request, Reads::Claim, prepare).await.unwrap();
        outcome.into_claim().unwrap().version
    }

    /// A claim that was submitted, and its version.
    async fn submitted(&self) -> (ClaimId, u64) {
        let created = self.commands().create(&ana(), draft(), None, None).await.unwrap();
        let claim = created.into_claim().unwrap().id.clone();
        let evidence: EvidenceId = self.commands().id().unwrap();
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
        self.does(ana(), &claim, Command::RequestUpload { evidence: evidence.clone(), upload }).await;
        self.does(ana(), &claim, Command::CompleteUpload { evidence, found: Some(found) }).await;
        let version = self.does(ana(), &claim, Command::Submit).await;
        (claim, version)
    }

    /// A claim whose consent period has passed, and the message to assessment that follows, which nobody has tried to send.
    async fn handed_off(&self) -> EffectId {
        let (claim, _) = self.submitted().await;
        self.does(rita(), &claim, Command::StartReview).await;
        let approval = self.does(rita(), &claim, Command::Approve { confirm_contact: false }).await;
        self.brings(&claim, approval).await;
        self.host.pass(TimeDelta::days(9));
        let passed = self.commands().apply_due(&claim, Expected::Anything).await.unwrap();
        EffectId::new(&claim, passed.claim().unwrap().version, 0)
    }

    /// The reviewer ends the association for one of the products; the message to assessment that follows.
    async fn amended(&self, claim: &ClaimId) -> EffectId {
        let products = vec![Product { product: "Exchange".to_owned(), subscription_id: None }];
        let command = Command::EndAssociation { products, reason: "Another partner took over.".to_owned() };
        EffectId::new(claim, self.does(rita(), claim, command).await, 0)
    }

    /// The stream brings an event of a claim.
    async fn brings(&self, claim: &ClaimId, version: u64) {
        let keys = json!({
            "pk": { "S": format!("CLAIM#{claim}") }, "sk": { "S": format!("EVENT#{version:010}") },
        });
        let records = json!([{ "dynamodb": { "Keys": keys, "SequenceNumber": "1" } }]);
        let batch = serde_json::from_value(json!({ "Records": records })).unwrap();
        let response = self.dispatch.handle(batch).await;
        assert!(response.batch_item_failures.is_empty(), "what became of the effects is written");
    }

    /// How an effect stands in the table.
    async fn outcome(&self, id: &EffectId) -> Option<Outcome> {
        let event = self.commands().store.event(&id.claim, id.version).await.unwrap().unwrap();
        event.outcomes.get(&id.index).cloned()
    }

    /// The stream brings the event of an effect ten times, and no service takes anything.
    async fn fails_ten_times(&self, id: &EffectId) {
        self.sent.fails(true);
        for _ in 1..=10 {
            self.brings(&id.claim, id.version).await;
        }
        self.sent.fails(false);
    }

    /// The ids of the messages to assessment so far.
    fn messages(&self) -> Vec<String> {
        let ids = self.sent.messages().into_iter().map(|body| {
            let message: Value = serde_json::from_str(&body).unwrap();
            message["messageId"].as_str().unwrap().to_owned()
        });
        ids.collect()
    }
}

/// How an outcome is to be told in a failed test.
fn stands(outcome: Option<&Outcome>) -> (&'static str, u32) {
    match outcome {
        None => ("not tried", 0),
        Some(Outcome::Leased { attempts, .. }) => ("leased", *attempts),
        Some(Outcome::Failed { attempts, .. }) => ("to be tried again", *attempts),
        Some(Outcome::Done { .. }) => ("done", 0),
        Some(Outcome::Parked { attempts, .. }) => ("parked", *attempts),
        Some(Outcome::Settled { attempts, .. }) => ("settled by hand", *attempts),
    }
}

#[tokio::test]
async fn what_fails_is_tried_nine_times_more_and_parked_after_the_tenth() {
    claim_domain::proves!(I5);
    let fixture = Fixture::with_daily_emails("1000");
    let message = fixture.handed_off().await;
    fixture.sent.fails(true);
    for attempt in 1..=10 {
        fixture.brings(&message.claim, message.version).await;
        let expected = if attempt < 10 { "to be tried again" } else { "parked" };
        let outcome = fixture.outcome(&message).await;
        assert_eq!(stands(outcome.as_ref()), (expected, attempt), "after attempt {attempt}: {outcome:?}");
    }
    fixture.sent.fails(false);
    fixture.brings(&message.claim, message.version).await;
    assert_eq!(fixture.messages(), [""; 0], "what is parked waits for an operator");
    let parked = fixture.commands().store.parked().await.unwrap();
    assert!(parked.iter().any(|parked| parked.id == message), "an operator sees it: {parked:?}");
}

#[tokio::test]
async fn what_no_other_attempt_can_cure_is_parked_at_once() {
    claim_domain::proves!(I5, D19);
    let fixture = Fixture::with_daily_emails("1");
    let (first, version) = fixture.submitted().await;
    fixture.brings(&first, version).await;
    let (claim, version) = fixture.submitted().await;
    let event = fixture.commands().store.event(&claim, version).await.unwrap().unwrap();
    let is_email = |effect: &Effect| matches!(effect, Effect::SendEmail { .. });
    let email = event.effect_id(event.effects.iter().position(is_email).unwrap());
    fixture.brings(&claim, version).await;
    let outcome = fixture.outcome(&email).await;
    assert_eq!(stands(outcome.as_ref()), ("parked", 1), "one email too many for the day: {outcome:?}");
    let others = (0..event.effects.len()).filter(|place| *place != email.index);
    for place in others {
        let outcome = fixture.outcome(&event.effect_id(place)).await;
        assert_eq!(stands(outcome.as_ref()).0, "done", "effect {place} has nothing to do with the email");
    }
}

#[tokio::test]
async fn a_message_that_was_settled_by_hand_is_not_sent_by_the_next_one() {
    claim_domain::proves!(I6);
    let fixture = Fixture::with_daily_emails("1000");
    let request = fixture.handed_off().await;
    fixture.fails_ten_times(&request).await;
    let (store, now) = (&fixture.commands().store, fixture.host.now());
    store.settle_parked(&request, "olga", "told by telephone", now).await.unwrap();
    let amendment = fixture.amended(&request.claim).await;
    fixture.brings(&amendment.claim, amendment.version).await;
    assert_eq!(
        fixture.messages(),
        [amendment.to_string()],
        "{request} was settled by hand: only the amendment that follows it is sent"
    );
    assert_eq!(stands(fixture.outcome(&request).await.as_ref()), ("settled by hand", 10));
    assert_eq!(stands(fixture.outcome(&amendment).await.as_ref()), ("done", 0));
}

#[tokio::test]
async fn a_parked_message_goes_before_the_one_that_follows_it_and_only_once() {
    claim_domain::proves!(I6);
    let fixture = Fixture::with_daily_emails("1000");
    let request = fixture.handed_off().await;
    fixture.fails_ten_times(&request).await;
    let amendment = fixture.amended(&request.claim).await;
    fixture.brings(&amendment.claim, amendment.version).await;
    assert_eq!(fixture.messages(), [request.to_string(), amendment.to_string()]);
    for message in [&request, &amendment] {
        assert_eq!(stands(fixture.outcome(message).await.as_ref()), ("done", 0), "{message}");
        fixture.brings(&message.claim, message.version).await;
    }
    assert_eq!(fixture.messages().len(), 2, "what is done is not sent again");
}
