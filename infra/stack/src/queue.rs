use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Aws, Error};

/// A message received from a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id that SQS gave it.
    pub message_id: String,
    /// The handle with which it is deleted.
    pub receipt: String,
    /// The body.
    pub body: String,
    /// Message attributes that are strings or numbers.
    pub attributes: BTreeMap<String, String>,
    /// SQS's own attributes: `MessageGroupId`, `MessageDeduplicationId`, `SequenceNumber`, `SentTimestamp`, …
    pub system: BTreeMap<String, String>,
}

/// A queue of the stack.
#[derive(Debug, Clone)]
pub struct Queue {
    aws: Aws,
    url: String,
}

impl Queue {
    pub(crate) fn new(aws: Aws, url: String) -> Self {
        Self { aws, url }
    }

    /// Receives up to ten messages; others cannot see them for half a minute of the stack's time.
    pub fn receive(&self) -> Result<Vec<Message>, Error> {
        let answer = self.call(
            "ReceiveMessage",
            json!({
                "MaxNumberOfMessages": 10,
                "WaitTimeSeconds": 0,
                "AttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            }),
        )?;
        Ok(answer["Messages"].as_array().into_iter().flatten().map(Message::of).collect())
    }

    /// Deletes a message that has been dealt with.
    pub fn delete(&self, message: &Message) -> Result<(), Error> {
        self.call("DeleteMessage", json!({ "ReceiptHandle": message.receipt })).map(|_| ())
    }

    /// Receives and deletes all messages.
    pub fn drain(&self) -> Result<Vec<Message>, Error> {
        let mut all = Vec::new();
        loop {
            let batch = self.receive()?;
            if batch.is_empty() {
                return Ok(all);
            }
            batch.iter().try_for_each(|message| self.delete(message))?;
            all.extend(batch);
        }
    }

    fn call(&self, operation: &str, mut body: Value) -> Result<Value, Error> {
        body["QueueUrl"] = json!(self.url);
        self.aws.json("sqs", &format!("AmazonSQS.{operation}"), &body)
    }
}

impl Message {
    fn of(value: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let entries = |value: &Value| value.as_object().cloned().unwrap_or_default().into_iter();
        Self {
            message_id: text(&value["MessageId"]),
            receipt: text(&value["ReceiptHandle"]),
            body: text(&value["Body"]),
            attributes: entries(&value["MessageAttributes"])
                .map(|(name, attribute)| (name, text(&attribute["StringValue"])))
                .collect(),
            system: entries(&value["Attributes"]).map(|(name, value)| (name, text(&value))).collect(),
        }
    }
}
