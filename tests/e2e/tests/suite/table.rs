//! The contract that the simulated table and bucket keep, against the stack's DynamoDB and S3: the same cases, in a table
//! of their own that has the form of the product's, and in a bucket of their own that nobody scans.

use std::sync::Arc;

use claim_runtime::{Aws, Variables};
use dispatch::services::bucket;
use e2e::Environment;
use evidence::DocumentBucket;
use libtest_mimic::{Failed, Trial};
use local_stack::{REGION, ROOT_KEY};
use serde_json::{Value, json};
use simulation::contract::{Case, Fixture, StreamReader, StreamRecord, cases};
use test_support::table::{Index, Keys, Projection, Schema};

/// The name of the table, and of the bucket.
const TABLE: &str = "contract";

/// Every case, each with a participant of the timeline, so that no time passes while it runs.
pub(crate) fn trials(environment: &Arc<Environment>) -> Vec<Trial> {
    let trials = cases().into_iter().map(|case| {
        let (environment, participant) = (Arc::clone(environment), environment.timeline.participant());
        let trial = Trial::test(case.name, move || {
            let outcome = run(environment.stack.aws(), case);
            drop(participant);
            outcome
        });
        trial.with_kind("table")
    });
    trials.collect()
}

fn run(aws: &local_stack::Aws, case: Case) -> Result<(), Failed> {
    let variables = [
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ROOT_KEY),
        ("AWS_SECRET_ACCESS_KEY", ROOT_KEY),
        ("AWS_ENDPOINT_URL", aws.endpoint()),
    ];
    let variables: Variables =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let clients = Aws::new(&variables)?;
    let (files, client) = (Arc::new(bucket(&clients)), Arc::new(clients.dynamodb()));
    let documents = Arc::new(DocumentBucket::new(&clients, TABLE));
    let fixture = Fixture::new(documents, files, client, TABLE, case.name, Arc::new(Stream(aws.clone())));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match (runtime.block_on((case.run)(&fixture)), case.emulator_differs) {
        (outcome, None) => Ok(outcome?),
        (Err(_), Some(_)) => Ok(()),
        (Ok(()), Some(reason)) => {
            Err(format!("the emulator does as AWS does: take out the exception ({reason})").into())
        }
    }
}

/// Makes the table, with the keys, indexes and stream of the template's, and a bucket of the same name that keeps versions.
pub(crate) fn make(aws: &local_stack::Aws) -> Result<(), local_stack::Error> {
    let schema = Schema::of_claims();
    let keys = |keys: &Keys| -> Value {
        let key = |(name, kind): (&String, &str)| json!({ "AttributeName": name, "KeyType": kind });
        keys.names().zip(["HASH", "RANGE"]).map(key).collect()
    };
    let projection = |index: &Index| match &index.projection {
        Projection::All => json!({ "ProjectionType": "ALL" }),
        Projection::With(more) if more.is_empty() => json!({ "ProjectionType": "KEYS_ONLY" }),
        Projection::With(more) => json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": more }),
    };
    let all = std::iter::once(&schema.keys).chain(schema.indexes.iter().map(|index| &index.keys));
    let mut attributes: Vec<&String> = all.flat_map(Keys::names).collect();
    attributes.sort_unstable();
    attributes.dedup();
    let attribute = |name| json!({ "AttributeName": name, "AttributeType": "S" });
    let index = |index: &Index| {
        json!({
            "IndexName": index.name, "KeySchema": keys(&index.keys), "Projection": projection(index),
        })
    };
    let table = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": keys(&schema.keys),
        "AttributeDefinitions": attributes.into_iter().map(attribute).collect::<Vec<_>>(),
        "GlobalSecondaryIndexes": schema.indexes.iter().map(index).collect::<Vec<_>>(),
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    });
    aws.json("dynamodb", "DynamoDB_20120810.CreateTable", &table)?;
    aws.put("s3", &format!("/{TABLE}"), "")?;
    let keeps = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    aws.put("s3", &format!("/{TABLE}?versioning"), keeps)
}

/// The table's stream, read from its beginning each time.
struct Stream(local_stack::Aws);

impl StreamReader for Stream {
    fn records(&self, partition: &str) -> Result<Vec<StreamRecord>, simulation::contract::Failed> {
        self.read(partition).map_err(|error| simulation::contract::Failed(error.to_string()))
    }
}

impl Stream {
    fn read(&self, partition: &str) -> Result<Vec<StreamRecord>, local_stack::Error> {
        let call = |name: &str, body: &Value| {
            self.0.json("dynamodb", &format!("DynamoDBStreams_20120810.{name}"), body)
        };
        let streams = call("ListStreams", &json!({ "TableName": TABLE }))?;
        let stream = &streams["Streams"][0]["StreamArn"];
        let described = call("DescribeStream", &json!({ "StreamArn": stream }))?;
        let mut changes = Vec::new();
        for shard in list(&described["StreamDescription"]["Shards"]) {
            let from = json!({
                "StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON",
            });
            let mut iterator = call("GetShardIterator", &from)?["ShardIterator"].clone();
            while iterator.is_string() {
                let page = call("GetRecords", &json!({ "ShardIterator": iterator }))?;
                let records = list(&page["Records"]);
                changes.extend(records.iter().filter_map(|record| changed(record, partition)));
                // The end of an open shard: nothing more for now.
                iterator = if records.is_empty() { Value::Null } else { page["NextShardIterator"].clone() };
            }
        }
        Ok(changes)
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn changed(record: &Value, partition: &str) -> Option<StreamRecord> {
    let image = |name: &str| {
        let item: serde_dynamo::Item = serde_json::from_value(record["dynamodb"][name].clone()).ok()?;
        serde_dynamo::from_item::<_, Value>(item).ok()
    };
    let keys = image("Keys")?;
    (keys["pk"] == partition).then(|| StreamRecord {
        what: record["eventName"].as_str().unwrap_or_default().to_owned(),
        sequence: format!("{:0>40}", record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default()),
        keys,
        old: image("OldImage"),
        new: image("NewImage"),
    })
}
