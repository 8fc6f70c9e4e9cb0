use aws_sdk_eventbridge::operation::put_events::builders::PutEventsInputBuilder;
use aws_sdk_eventbridge::operation::put_events::{PutEventsError, PutEventsOutput};
use aws_sdk_eventbridge::types::PutEventsResultEntry;
use claim_domain::proves;
use claim_ports::Answer;
use serde_json::Value;

use super::*;

/// A bus that answers with an error code, or accepts.
#[derive(Debug)]
struct Answering(Option<&'static str>);

impl Bus for Answering {
    fn put_events(&self, _: PutEventsInputBuilder) -> Answer<'_, PutEventsOutput, PutEventsError> {
        let entry = PutEventsResultEntry::builder().set_error_code(self.0.map(str::to_owned)).build();
        Box::pin(async move { Ok(PutEventsOutput::builder().entries(entry).build()) })
    }
}

fn organisation() -> PartnerId {
    "contoso".parse().unwrap()
}

fn change() -> Numbered {
    Numbered {
        sequence: 42,
        claim: "01JQZV5N8Q3R7T9W1X2Y4Z6A8B".parse().unwrap(),
        number: 3,
        kind: "reviewStarted".to_owned(),
        at: "2026-03-04T09:00:00Z".parse().unwrap(),
    }
}

/// What becomes of a change if the bus has this name and answers with this error code.
async fn put(name: &str, code: Option<&'static str>) -> Result<(), Failure> {
    let variables: Variables = [("CHANGES_BUS".to_owned(), name.to_owned())].into_iter().collect();
    ChangesBus::new(Arc::new(Answering(code)), &variables).put(&organisation(), &change()).await
}

#[test]
fn an_event_is_as_its_schema_says_and_says_nothing_more() {
    proves!(D23);
    let event = event("changes", &organisation(), &change());
    let detail: Value = serde_json::from_str(event.detail().unwrap()).unwrap();
    let expected = json!({
        "schemaVersion": 1, "organisation": "contoso", "sequence": 42, "claim": "01JQZV5N8Q3R7T9W1X2Y4Z6A8B",
        "number": 3, "type": "reviewStarted", "at": "2026-03-04T09:00:00Z",
    });
    assert_eq!(detail, expected);
    let contract: Value =
        serde_json::from_str(include_str!("../../../infra/contract/asyncapi.json")).unwrap();
    let payload = jsonschema::validator_for(&contract["components"]["messages"]["claimChanged"]["payload"]);
    let delivered = json!({
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "time": "2026-03-04T09:00:01Z",
        "source": event.source(), "detail-type": event.detail_type(), "detail": detail,
    });
    assert_eq!(payload.unwrap().validate(&delivered).map_err(|fault| fault.to_string()), Ok(()));
}

#[tokio::test]
async fn an_event_that_the_bus_refuses_is_tried_again() {
    proves!(D23);
    assert!(put("changes", None).await.is_ok());
    assert!(matches!(put("changes", Some("ThrottlingException")).await, Err(Failure::Transient { .. })));
}

#[tokio::test]
async fn without_a_bus_nothing_is_put_anywhere() {
    proves!(D23);
    assert!(put("", Some("asked though there is no bus")).await.is_ok());
}
