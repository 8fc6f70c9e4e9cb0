//! The answers of AWS's services, in their real form. The table's come from the prepared table; the other services
//! answer as when all goes well.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bench_inside::{BenchTable, LENGTH, SHA256, TableQuery};
use flate2::Crc;
use serde_json::{Map, Value, json};
use test_support::table::{item_of, json_of};

use crate::http::{Answer, Request};

/// A call's name in a list: its operation, which for some services follows from method and path.
pub(crate) fn name(request: &Request) -> String {
    match request.header("x-amz-target").split_once('.') {
        Some((_, operation)) => operation.to_owned(),
        None if request.path.starts_with("/schedules/") => match request.method.as_str() {
            "POST" => "CreateSchedule".to_owned(),
            _ => "DeleteSchedule".to_owned(),
        },
        None if request.path.starts_with("/v2/email/") => "SendEmail".to_owned(),
        None => "GetObject".to_owned(),
    }
}

pub(crate) fn answer(table: &BenchTable, request: &Request) -> Answer {
    let named = name(request);
    let body = || serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
    match named.as_str() {
        "GetItem" => {
            let item = table.get(&item_of(&body()["Key"]));
            dynamodb(&item.map_or(json!({}), |item| json!({ "Item": json_of(&item) })))
        }
        "BatchGetItem" => {
            let body = body();
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            let found: Map<String, Value> = tables
                .map(|(name, wanted)| {
                    let keys = wanted["Keys"].as_array().into_iter().flatten();
                    let items = keys.filter_map(|key| table.get(&item_of(key))).map(|item| json_of(&item));
                    (name.clone(), items.collect())
                })
                .collect();
            dynamodb(&json!({ "Responses": found, "UnprocessedKeys": {} }))
        }
        "Query" => dynamodb(&found(table, &body())),
        "TransactWriteItems" | "PutItem" | "UpdateItem" => dynamodb(&json!({})),
        "SendMessage" => text(json!({
            "MD5OfMessageBody": "c3fcd3d76192e4007dfb496cca67e13b",
            "MessageId": "219f8380-5770-4cc2-8c3e-5c715e145f5e",
            "SequenceNumber": "18870266029834223872",
        })),
        "CreateSchedule" => text(json!({
            "ScheduleArn": format!("arn:aws:scheduler:us-east-1:123456789012:schedule/claims{}", request.path),
        })),
        "SendEmail" => {
            text(json!({ "MessageId": "0100018c1c5f0000-12345678-1234-1234-1234-1234567890ab-000000" }))
        }
        "GetObject" => document(request.header("range")),
        _ => text(json!({})),
    }
}

fn found(table: &BenchTable, query: &Value) -> Value {
    let names = query["ExpressionAttributeNames"].as_object().into_iter().flatten();
    let text = |name: &str| query[name].as_str().unwrap_or_default().to_owned();
    let (items, next) = table.find(&TableQuery {
        index: query["IndexName"].as_str().map(str::to_owned),
        condition: text("KeyConditionExpression"),
        names: names.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect(),
        values: item_of(&query["ExpressionAttributeValues"]),
        projection: text("ProjectionExpression"),
        forward: query["ScanIndexForward"].as_bool().unwrap_or(true),
        limit: query["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()),
    });
    let mut found = json!({
        "Count": items.len(),
        "ScannedCount": items.len(),
        "Items": items.iter().map(json_of).collect::<Vec<_>>(),
    });
    if let Some(next) = next {
        found["LastEvaluatedKey"] = json_of(&next);
    }
    found
}

fn dynamodb(body: &Value) -> Answer {
    let body = body.to_string().into_bytes();
    let mut crc = Crc::new();
    crc.update(&body);
    Answer::new(200, body)
        .with("server", "Server")
        .with("content-type", "application/x-amz-json-1.0")
        .with("connection", "keep-alive")
        .with("x-amzn-requestid", "QF7QN5LMM5G0C9T0A6S3G1T2UFVV4KQNSO5AEMVJF66Q9ASUAAJG")
        .with("x-amz-crc32", crc.sum().to_string())
}

fn text(body: Value) -> Answer {
    Answer::new(200, body.to_string())
        .with("content-type", "application/json")
        .with("x-amzn-requestid", "6f2a1b70-9d5a-4c1e-8f0e-3f7a0b5d9c11")
}

/// An answer with the document's headers.
fn object(status: u16, body: Vec<u8>) -> Answer {
    Answer::new(status, body)
        .with("server", "AmazonS3")
        .with("x-amz-id-2", "eftixk72aD6Ap51TnqcoF8eFidJG9Z/2mkiDFu8yU9AS1ed4OpIszj7UDNEHGran")
        .with("x-amz-request-id", "318BC8BC148832E5")
        .with("x-amz-version-id", "3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH")
        .with("etag", "\"fba9dede5f27731c9771645a39863328\"")
        .with("accept-ranges", "bytes")
        .with("content-type", "application/pdf")
}

/// The document, or the part of it in a range; S3 gives the checksum of a whole document only.
fn document(range: &str) -> Answer {
    let ends = range.trim_start_matches("bytes=").split_once('-');
    let ends = ends.and_then(|(first, last)| Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?)));
    let (first, last) = ends.unwrap_or((0, LENGTH - 1));
    let mut body = vec![b' '; usize::try_from(last - first + 1).unwrap_or_default()];
    if first == 0 {
        let magic = b"%PDF-1.7\n";
        body.iter_mut().zip(magic).for_each(|(byte, magic)| *byte = *magic);
    }
    if ends.is_some() {
        return object(206, body).with("content-range", format!("bytes {first}-{last}/{LENGTH}"));
    }
    let bytes =
        (0..SHA256.len()).step_by(2).filter_map(|at| u8::from_str_radix(SHA256.get(at..at + 2)?, 16).ok());
    object(200, body)
        .with("x-amz-checksum-sha256", STANDARD.encode(bytes.collect::<Vec<_>>()))
        .with("x-amz-checksum-type", "FULL_OBJECT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_document_is_as_long_as_its_range() {
        let answer = document("bytes=0-99");
        assert_eq!((answer.status, answer.body.len()), (206, 100));
        assert!(answer.body.starts_with(b"%PDF-"));
    }
}
