//! What a request could leave behind: the table, its stream, timers, messages, emails, files.

use std::collections::BTreeMap;

use e2e::{Environment, Failed};
use serde_json::{Value, json};

/// Everything that a request could change, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SystemState {
    items: Vec<String>,
    schedules: Vec<String>,
    messages: BTreeMap<&'static str, String>,
    emails: usize,
    files: Vec<String>,
}

impl SystemState {
    /// Looks at everything, once the stack is at rest.
    pub(super) fn at_rest(environment: &Environment) -> Result<Self, Failed> {
        let stack = &environment.stack;
        stack.settle()?;
        let mut items: Vec<String> = items(environment)?.iter().map(Value::to_string).collect();
        items.sort();
        let listed = stack.aws().rest("scheduler", "GET", "/schedules?MaxResults=100", None)?;
        let schedules = listed["Schedules"].as_array().into_iter().flatten();
        let mut schedules: Vec<_> = schedules.map(|schedule| schedule["Name"].to_string()).collect();
        schedules.sort();
        let mut messages = BTreeMap::new();
        for output in
            ["AssessmentQueueUrl", "ScheduleDeadLettersUrl", "InvocationFailuresUrl", "StreamFailuresUrl"]
        {
            let body = json!({ "QueueUrl": stack.deployment().output(output)?, "AttributeNames": ["All"] });
            let attributes = stack.aws().json("sqs", "AmazonSQS.GetQueueAttributes", &body)?;
            messages.insert(output, attributes["Attributes"]["ApproximateNumberOfMessages"].to_string());
        }
        let bucket = stack.deployment().output("EvidenceBucketName")?;
        let listing = stack.aws().text("s3", &format!("/{bucket}?versions"))?;
        let files = listing.split("<Version>").skip(1).map(str::to_owned).collect();
        Ok(Self { items, schedules, messages, emails: stack.mails()?.len(), files })
    }

    /// What is different in another look, in words.
    pub(super) fn differs_from(&self, other: &Self) -> Option<String> {
        let lists = [
            ("item", &self.items, &other.items),
            ("schedule", &self.schedules, &other.schedules),
            ("file", &self.files, &other.files),
        ];
        for (what, mine, theirs) in lists {
            if let Some(new) = mine.iter().find(|entry| !theirs.contains(entry)) {
                return Some(format!("a new {what}: {new}"));
            }
            if let Some(gone) = theirs.iter().find(|entry| !mine.contains(entry)) {
                return Some(format!("a {what} is gone: {gone}"));
            }
        }
        if self.messages != other.messages {
            return Some(format!("messages: {:?} instead of {:?}", self.messages, other.messages));
        }
        (self.emails != other.emails).then(|| format!("{} emails instead of {}", self.emails, other.emails))
    }
}

/// Every item of the table.
pub(crate) fn items(environment: &Environment) -> Result<Vec<Value>, Failed> {
    items_of(environment, environment.stack.deployment().output("TableName")?)
}

/// Every item of the table of sessions.
pub(crate) fn sessions(environment: &Environment) -> Result<Vec<Value>, Failed> {
    items_of(environment, &super::sessions::table(environment)?)
}

fn items_of(environment: &Environment, table: &str) -> Result<Vec<Value>, Failed> {
    let mut items = Vec::new();
    let mut body = json!({ "TableName": table, "ConsistentRead": true });
    loop {
        let page = environment.stack.aws().json("dynamodb", "DynamoDB_20120810.Scan", &body)?;
        items.extend(page["Items"].as_array().cloned().unwrap_or_default());
        match &page["LastEvaluatedKey"] {
            Value::Null => return Ok(items),
            key => body["ExclusiveStartKey"] = key.clone(),
        }
    }
}

/// The table's stream, from a moment on: what was written since, whether or not it is still there.
pub(super) struct Stream(Value);

impl Stream {
    pub(super) fn now(environment: &Environment) -> Result<Self, Failed> {
        let call = |operation: &str, body: &Value| {
            environment.stack.aws().json("dynamodb", &format!("DynamoDBStreams_20120810.{operation}"), body)
        };
        let table = environment.stack.deployment().output("TableName")?;
        let arn = call("ListStreams", &json!({ "TableName": table }))?["Streams"][0]["StreamArn"].clone();
        let shard = call("DescribeStream", &json!({ "StreamArn": arn }))?["StreamDescription"]["Shards"][0]["ShardId"].clone();
        let body = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "LATEST" });
        Ok(Self(call("GetShardIterator", &body)?["ShardIterator"].clone()))
    }

    /// How many records were written since.
    pub(super) fn written(&self, environment: &Environment) -> Result<usize, Failed> {
        let body = json!({ "ShardIterator": self.0 });
        let answer =
            environment.stack.aws().json("dynamodb", "DynamoDBStreams_20120810.GetRecords", &body)?;
        Ok(answer["Records"].as_array().map_or(0, Vec::len))
    }
}
