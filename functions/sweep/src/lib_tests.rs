//! Passes over a table of claims, some of whose timers never came.

use std::sync::Arc;

use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use claim_domain::calendar::Instant;
use claim_domain::claim::{Customer, Details, Product};
use claim_domain::command::{Command, Upload, UploadedFile};
use claim_domain::content::Content;
use claim_domain::decide::{Facts, decide};
use claim_domain::people::{Actor, Caller, Role};
use claim_domain::{catalogue, claim::Claim};
use claim_store::{Commit, Store};
use test_support::table::{Item, Key};
use test_support::{MemoryTable, TABLE, TestHost};

use super::*;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn commands(table: &Arc<MemoryTable>, now: &str) -> CommandHandler {
    CommandHandler {
        store: Store::new(table.clone(), TABLE.to_owned(), 1),
        program: claim_runtime::program(&Variables::default()).unwrap(),
        host: Arc::new(TestHost::at(at(now))),
    }
}

/// Writes a claim that was submitted, or only created, on Monday, 2 March 2026.
async fn written(handler: &CommandHandler, number: u32, submitted: bool) {
    let id = |number: u32| format!("01J{number:023}");
    let details = Details {
        name: "Contoso rollout".to_owned(),
        mpn_id: "4711000".parse().unwrap(),
        solution_area: catalogue::SolutionArea::Microsoft365,
        activities: vec![catalogue::Activity::Usage],
        customer: Customer {
            tenant_id: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
            domain: "contoso.example".to_owned(),
            mail_domains: Vec::new(),
            name: "Contoso".to_owned(),
            contact: id(901).parse().unwrap(),
        },
        contact_outside_domain: false,
        technical_contact: None,
        partner_contact: id(902).parse().unwrap(),
        products: vec![Product { product: "Teams".to_owned(), subscription_id: None }.into()],
        revenue_association: None,
    };
    let partner: claim_domain::ids::PartnerId = "blue-yonder-partners".parse().unwrap();
    let caller = Caller {
        actor: Actor {
            role: Role::IncentivesAdmin,
            id: "ana".to_owned(),
            name: "Ana".to_owned(),
            client: false,
        },
        partner: Some(partner.clone()),
        partner_name: None,
        verified_email: None,
        mpn_ids: vec!["4711000".parse().unwrap()],
    };
    let evidence: claim_domain::ids::EvidenceId = id(903).parse().unwrap();
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
    let mut commands =
        vec![Command::Create { id: id(number).parse().unwrap(), partner, details, from: None }];
    if submitted {
        commands.push(Command::RequestUpload { evidence: evidence.clone(), upload });
        commands.push(Command::CompleteUpload { evidence, found: Some(found) });
        commands.push(Command::Submit);
    }
    let mut claim: Option<Claim> = None;
    let now = at("2026-03-02T10:00:00Z");
    for command in commands {
        let facts =
            Facts { policy: handler.policy(&caller), command: &id(904).parse().unwrap(), holders: &[] };
        let decision = decide(claim.as_ref(), &command, &facts, now);
        assert_eq!(decision.outcome, Ok(()), "{}", command.name());
        let commit = Commit {
            before: claim.as_ref(),
            decision: &decision,
            contacts: &[],
            answer: None,
            delivered: None,
            now,
        };
        handler.store.commit(&commit).await.unwrap();
        claim = decision.claim;
    }
}

/// Puts an item into the index of overdue claims, at the beginning of 2026.
fn overdue(table: &MemoryTable, mut item: Item) {
    let work = [("workPk", "CLAIM#0"), ("workAt", "2026-01-01T00:00:00.000000Z")];
    item.extend(work.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))));
    let put = PutItemInput::builder().table_name(TABLE).set_item(Some(item)).build().unwrap();
    table.with(|table| table.put_item(put)).unwrap();
}

/// The stored claim with a number.
fn stored(table: &MemoryTable, number: u32) -> Item {
    let key = Key { partition: format!("CLAIM#01J{number:023}"), sort: "CLAIM".to_owned() };
    table.with(|table| table.item(&key).cloned()).unwrap()
}

/// Until when the sweep leaves the claim with a number alone.
fn left_until(table: &MemoryTable, number: u32) -> String {
    stored(table, number)["workAt"].as_s().unwrap().clone()
}

#[tokio::test]
async fn what_failed_leaves_the_head_of_the_index_and_only_the_applied_counts() {
    claim_domain::proves!(I5);
    let table = Arc::new(MemoryTable::of_claims());
    let commands = commands(&table, "2026-03-20T09:00:00Z");
    let broken = ["pk", "sk", "claim"]
        .map(str::to_owned)
        .into_iter()
        .zip(["CLAIM#01J00000000000000000000001", "CLAIM", "not a claim"])
        .map(|(name, value)| (name, AttributeValue::S(value.to_owned())));
    overdue(&table, broken.collect());
    written(&commands, 2, false).await;
    overdue(&table, stored(&table, 2));
    written(&commands, 3, true).await;

    let swept = Sweep::new(commands, &Variables::default()).unwrap().pass().await.unwrap();

    // Nobody has carried out the effects of any event.
    assert_eq!(swept, Swept { claims: 1, events: 5, failed: 1, ..Swept::default() });
    assert_eq!(left_until(&table, 1), "2026-03-20T09:15:00.000000Z");
}

/// How many claims a pass at an instant finds overdue; the only one there is has to be begun before Tuesday, 10 March 2026, at
/// 0:00.
async fn overdue_at(table: &MemoryTable, now: &str, window: Option<&str>) -> u32 {
    let variables = window.map(|minutes| ("SCHEDULE_WINDOW_MINUTES".to_owned(), minutes.to_owned()));
    let commands = commands(&Arc::new(table.copy()), now);
    Sweep::new(commands, &variables.into_iter().collect()).unwrap().pass().await.unwrap().claims
}

#[tokio::test]
async fn a_claim_whose_timer_may_still_come_is_left_to_its_timer() {
    claim_domain::proves!(I4, I5);
    let table = Arc::new(MemoryTable::of_claims());
    written(&commands(&table, "2026-03-02T10:00:00Z"), 3, true).await;
    let rows = [
        (
            None,
            "2026-03-10T00:00:01Z",
            0,
            "the scheduler has 15 minutes for the timer, and sweep waits 5 more",
        ),
        (None, "2026-03-10T00:19:59Z", 0, "the 20 minutes are not over"),
        (None, "2026-03-10T00:20:01Z", 1, "the 20 minutes are over"),
        (Some("0"), "2026-03-10T00:04:59Z", 0, "the timer is exact, but sweep waits 5 minutes"),
        (Some("0"), "2026-03-10T00:05:01Z", 1, "the timer is exact, and the 5 minutes are over"),
        (
            Some("60"),
            "2026-03-10T01:04:59Z",
            0,
            "the scheduler has an hour for the timer, and sweep waits 5 minutes",
        ),
        (Some("60"), "2026-03-10T01:05:01Z", 1, "the hour and the 5 minutes are over"),
    ];
    for (window, now, found, why) in rows {
        let overdue = overdue_at(&table, now, window).await;
        assert_eq!(overdue, found, "with a window of {window:?}, at {now}: {why}");
    }
}
