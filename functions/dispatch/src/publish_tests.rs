use std::sync::Arc;

use aws_sdk_eventbridge::error::{BuildError, SdkError};
use aws_sdk_eventbridge::operation::put_events::builders::PutEventsInputBuilder;
use aws_sdk_eventbridge::operation::put_events::{PutEventsError, PutEventsOutput};
use claim_domain::refusal::Refusal;
use claim_domain::webhook::{Delivery, Webhook};
use claim_ports::Answer;
use claim_runtime::Variables;
use serde_json::json;
use test_support::{MemoryTable, Sent, TABLE};

use super::*;
use crate::services::Bus;

/// A bus that is not there.
#[derive(Debug)]
struct Gone;

impl Bus for Gone {
    fn put_events(&self, _: PutEventsInputBuilder) -> Answer<'_, PutEventsOutput, PutEventsError> {
        let error = SdkError::construction_failure(BuildError::other("no such bus"));
        Box::pin(std::future::ready(Err(error)))
    }
}

/// A webhook with this letter that asks for these kinds of change.
fn webhook(letter: char, events: &[&str]) -> Webhook {
    let webhook = json!({
        "id": format!("01J0000000000000000000000{letter}"), "url": format!("https://{letter}.example/"),
        "events": events, "secret": "whsec_", "createdAt": "2026-03-02T09:00:00Z",
    });
    serde_json::from_value(webhook).unwrap()
}

#[tokio::test]
async fn a_bus_that_is_gone_silences_no_webhook() {
    claim_domain::proves!(D24);
    let (store, partner) =
        (Store::new(Arc::new(MemoryTable::of_claims()), TABLE.to_owned(), 4), "contoso".parse().unwrap());
    let add = |webhooks: &mut Vec<Webhook>| {
        webhooks.extend([webhook('A', &[]), webhook('B', &["approved"]), webhook('C', &["rejected"])]);
        Ok::<_, Refusal>(())
    };
    store.change_webhooks(&partner, add).await.unwrap().unwrap();
    let variables: Variables = ["CHANGES_BUS", "WEBHOOK_QUEUE_URL"]
        .map(|name| (name.to_owned(), "given".to_owned()))
        .into_iter()
        .collect();
    let queue = Arc::new(Sent::default());
    let announcer = Announcer {
        bus: ChangesBus::new(Arc::new(Gone), &variables),
        webhooks: DeliveryQueue::new(queue.clone(), &variables).unwrap(),
    };
    let change = Numbered {
        sequence: 42,
        claim: "01JQZV5N8Q3R7T9W1X2Y4Z6A8B".parse().unwrap(),
        number: 3,
        kind: "approved".to_owned(),
        at: "2026-03-04T09:00:00Z".parse().unwrap(),
    };
    let published = Published { change, has_webhooks: true };
    let told = announcer.announce(&store, &partner, &published).await;
    assert!(matches!(told, Err(Failure::Transient { .. })), "the bus is tried again");
    let sent = queue.messages();
    let sent: Vec<Delivery> = sent.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    let of = |letter| published.change.delivery(&partner, &webhook(letter, &[]).id);
    assert_eq!(sent, [of('A'), of('B')], "a message for each webhook that asks for it");
}
