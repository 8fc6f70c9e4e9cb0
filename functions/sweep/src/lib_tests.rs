//! A pass over a table of three claims that the index shows as overdue: one that cannot be read, one with nothing due,
//! and one whose timer never came.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::batch_get_item::builders::BatchGetItemInputBuilder;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::builders::GetItemInputBuilder;
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemInputBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::operation::query::{QueryError, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsInputBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::AttributeValue;
use claim_command::Host;
use claim_domain::calendar::Instant;
use claim_domain::claim::{Customer, Details, Product};
use claim_domain::command::{Command, Upload, UploadedFile};
use claim_domain::content::Content;
use claim_domain::decide::{Facts, decide};
use claim_domain::people::{Actor, Caller, Role};
use claim_domain::{catalogue, claim::Claim};
use claim_ports::{Answer, Table};
use claim_store::{Commit, Store};

use super::*;

type Item = HashMap<String, AttributeValue>;

/// As much of a table as a sweep needs. Its index shows every claim as overdue, in the order of their ids.
#[derive(Debug, Default)]
struct InMemoryTable {
    items: Mutex<HashMap<(String, String), Item>>,
    updates: Mutex<Vec<(String, String)>>,
}

fn ready<'a, O: Send + 'a, E: Send + 'a>(output: O) -> Answer<'a, O, E> {
    Box::pin(std::future::ready(Ok::<_, SdkError<E>>(output)))
}

fn place(item: &Item) -> (String, String) {
    let part = |name| {
        item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).cloned().unwrap_or_default()
    };
    (part("pk"), part("sk"))
}

impl Table for InMemoryTable {
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError> {
        let found = self.items.lock().unwrap().get(&place(input.get_key().as_ref().unwrap())).cloned();
        ready(GetItemOutput::builder().set_item(found).build())
    }

    fn batch_get_item(
        &self,
        _: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        ready(BatchGetItemOutput::builder().build())
    }

    fn put_item(&self, _: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError> {
        ready(PutItemOutput::builder().build())
    }

    fn update_item(&self, input: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        let until =
            input.get_expression_attribute_values().as_ref().and_then(|values| values[":until"].as_s().ok());
        let (pk, _) = place(input.get_key().as_ref().unwrap());
        self.updates.lock().unwrap().push((pk, until.cloned().unwrap_or_default()));
        ready(UpdateItemOutput::builder().build())
    }

    fn query(&self, input: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError> {
        let asked = input.get_expression_attribute_values().as_ref().map(|values| values[":pk"].clone());
        let items = self.items.lock().unwrap();
        let of_claims = asked == Some(AttributeValue::S("CLAIM#0".to_owned()));
        let mut found: Vec<Item> =
            items.values().filter(|item| of_claims && place(item).1 == "CLAIM").cloned().collect();
        found.sort_by_key(place);
        ready(QueryOutput::builder().set_items(Some(found)).build())
    }

    fn transact_write_items(
        &self,
        input: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        for put in input.get_transact_items().iter().flatten().filter_map(|action| action.put()) {
            self.items.lock().unwrap().insert(place(put.item()), put.item().clone());
        }
        ready(TransactWriteItemsOutput::builder().build())
    }
}

#[derive(Debug)]
struct Still(Instant);

impl Host for Still {
    fn now(&self) -> Instant {
        self.0
    }

    fn new_id(&self) -> String {
        format!("01J{:023}", 900)
    }

    fn secret(&self) -> std::io::Result<[u8; 32]> {
        Ok([0; 32])
    }

    fn pause(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn commands(table: &Arc<InMemoryTable>, now: &str) -> CommandHandler {
    CommandHandler {
        store: Store::new(table.clone(), "claims".to_owned(), 1),
        program: claim_runtime::program(&Variables::default()).unwrap(),
        host: Arc::new(Still(at(now))),
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

#[tokio::test]
async fn what_failed_leaves_the_head_of_the_index_and_only_the_applied_counts() {
    claim_domain::proves!(I5);
    let table = Arc::new(InMemoryTable::default());
    let commands = commands(&table, "2026-03-20T09:00:00Z");
    let broken = "CLAIM#01J00000000000000000000001";
    let item = ["pk", "sk", "claim"]
        .map(str::to_owned)
        .into_iter()
        .zip([broken, "CLAIM", "not a claim"].map(|value| AttributeValue::S(value.to_owned())));
    table.items.lock().unwrap().insert((broken.to_owned(), "CLAIM".to_owned()), item.collect());
    written(&commands, 2, false).await;
    written(&commands, 3, true).await;

    let swept = Sweep::new(commands, &Variables::default()).unwrap().pass().await.unwrap();

    assert_eq!(swept, Swept { claims: 1, failed: 1, ..Swept::default() });
    let later = "2026-03-20T09:15:00.000000Z".to_owned();
    assert_eq!(*table.updates.lock().unwrap(), [(broken.to_owned(), later)]);
}
