//! One call to AWS as it comes over the wire, and how its service would answer if something is wrong.

use std::io::{self, Read};

use serde_json::{Value, json};

/// More headers than any SDK sends.
const HEADERS: usize = 64;

#[derive(Debug)]
pub(super) struct Call {
    /// Request line and headers, as they came, without the blank line.
    head: Vec<u8>,
    body: Vec<u8>,
    headers: Vec<(String, String)>,
    target: String,
}

impl Call {
    /// Reads one call; `None` when the connection ends before it.
    pub(super) fn read(stream: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let mut chunk = [0; 16 << 10];
        let head = loop {
            if let Some(head) = end_of_head(&bytes) {
                break head;
            }
            match stream.read(&mut chunk)? {
                0 => return Ok(None),
                read => bytes.extend_from_slice(&chunk[..read]),
            }
        };
        let mut body = bytes.split_off(head + 4);
        bytes.truncate(head);
        let mut call = Self::parse(bytes)?;
        let length = match call.header("content-length").map(str::parse::<usize>) {
            Some(Ok(length)) => length,
            None if call.header("transfer-encoding").is_none() => 0,
            _ => return Err(io::Error::other("only bodies of a known length are understood")),
        };
        while body.len() < length {
            match stream.read(&mut chunk)? {
                0 => return Ok(None),
                read => body.extend_from_slice(&chunk[..read]),
            }
        }
        call.body = body;
        Ok(Some(call))
    }

    fn parse(head: Vec<u8>) -> io::Result<Self> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let whole = [&head, &b"\r\n\r\n"[..]].concat();
        request.parse(&whole).map_err(io::Error::other)?;
        let target = request.path.unwrap_or_default().to_owned();
        let headers = request.headers.iter().map(|header| {
            (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
        });
        let headers = headers.collect();
        Ok(Self { head, body: Vec::new(), headers, target })
    }

    /// A header by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The bytes to pass on: the same call, on a connection that ends with the answer. Nothing that is signed changes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let head = String::from_utf8_lossy(&self.head);
        let kept: Vec<&str> =
            head.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("connection:")).collect();
        let mut bytes = kept.join("\r\n").into_bytes();
        bytes.extend_from_slice(b"\r\nconnection: close\r\n\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The service that the signature names: in the header, or in the address where that is presigned.
    pub(super) fn service(&self) -> &str {
        let signed = self.header("authorization").and_then(|value| scope(value, "Credential=", '/'));
        signed.or_else(|| scope(&self.target, "X-Amz-Credential=", '%')).unwrap_or("unknown")
    }

    /// The id that is the same for every try of one call.
    pub(super) fn id(&self) -> Option<&str> {
        self.header("amz-sdk-invocation-id")
    }

    /// The service's own answer to too many calls.
    pub(super) fn throttled(&self) -> Vec<u8> {
        match self.service() {
            "dynamodb" if self.actions() > 0 => self.cancelled(),
            "dynamodb" => named(
                400,
                "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
                "The level of configured provisioned throughput for the table was exceeded.",
            ),
            "sqs" => named(400, "com.amazonaws.sqs#RequestThrottled", "Request is throttled."),
            "s3" => xml(503, "SlowDown", "Please reduce your request rate."),
            "ses" => named(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
            _ => named(429, "ThrottlingException", "Rate exceeded"),
        }
    }

    /// The service's own answer when it fails itself.
    pub(super) fn failed(&self) -> Vec<u8> {
        let words = "The request processing has failed because of an unknown error.";
        match self.service() {
            "dynamodb" => named(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", words),
            "s3" => xml(500, "InternalError", words),
            "scheduler" => named(500, "InternalServerException", words),
            "ses" => named(500, "InternalServiceErrorException", words),
            _ => named(500, "InternalFailure", words),
        }
    }

    /// How many actions a transaction has; none if this is not a transaction.
    fn actions(&self) -> usize {
        let transacts =
            self.header("x-amz-target").is_some_and(|target| target.ends_with(".TransactWriteItems"));
        let body: Value =
            if transacts { serde_json::from_slice(&self.body).unwrap_or_default() } else { Value::Null };
        body["TransactItems"].as_array().map_or(0, Vec::len)
    }

    /// A transaction that was cancelled because one of its actions was throttled; there is one reason per action.
    fn cancelled(&self) -> Vec<u8> {
        let reasons: Vec<Value> = (0..self.actions())
            .map(|place| match place {
                0 => json!({ "Code": "ThrottlingError", "Message": "Rate exceeded" }),
                _ => json!({ "Code": "None" }),
            })
            .collect();
        let body = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons [ThrottlingError]",
            "CancellationReasons": reasons,
        });
        answer(400, "application/x-amz-json-1.0", "", &body.to_string())
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n")
}

/// The service in a credential's scope: key, date, region, service, end.
fn scope<'a>(text: &'a str, name: &str, separator: char) -> Option<&'a str> {
    let credential = text.split_once(name)?.1;
    let service = credential.split(separator).nth(3)?;
    // In an address the separator is %2F.
    Some(if separator == '%' { service.get(2..)? } else { service })
}

fn named(status: u16, name: &str, words: &str) -> Vec<u8> {
    let short = name.rsplit('#').next().unwrap_or(name);
    let body = json!({ "__type": name, "message": words });
    answer(status, "application/x-amz-json-1.0", &format!("x-amzn-errortype: {short}\r\n"), &body.to_string())
}

fn xml(status: u16, code: &str, words: &str) -> Vec<u8> {
    let body = format!("<Error><Code>{code}</Code><Message>{words}</Message></Error>");
    answer(status, "application/xml", "", &body)
}

fn answer(status: u16, content_type: &str, more: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Fault\r\ncontent-type: {content_type}\r\n{more}content-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(text: &str) -> Call {
        Call::read(&mut text.as_bytes()).unwrap().unwrap()
    }

    const GET_ITEM: &str = "POST / HTTP/1.1\r\nHost: 127.0.0.1:4703\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n\
        Authorization: AWS4-HMAC-SHA256 Credential=ASIA1/20261122/us-east-1/dynamodb/aws4_request, \
        SignedHeaders=host, Signature=0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}";

    #[test]
    fn a_call_is_passed_on_as_it_came_but_for_its_connection() {
        let passed = String::from_utf8(call(GET_ITEM).bytes()).unwrap();
        assert_eq!(
            passed,
            GET_ITEM
                .replace("Connection: keep-alive\r\n", "")
                .replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")
        );
    }

    #[test]
    fn the_service_is_the_one_that_the_signature_names() {
        assert_eq!(call(GET_ITEM).service(), "dynamodb");
        let presigned = "PUT /bucket/key?X-Amz-Credential=ASIA1%2F20261122%2Fus-east-1%2Fs3%2Faws4_request&x=1 \
                         HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(call(presigned).service(), "s3");
        assert_eq!(call("GET / HTTP/1.1\r\n\r\n").service(), "unknown");
    }

    #[test]
    fn half_a_call_is_ignored_and_a_body_of_unknown_length_is_refused() {
        assert!(Call::read(&mut "POST / HTTP/1.1\r\nHo".as_bytes()).unwrap().is_none());
        assert!(
            Call::read(&mut "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc".as_bytes()).unwrap().is_none()
        );
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assert!(Call::read(&mut chunked.as_bytes()).is_err());
    }

    #[test]
    fn a_throttled_transaction_is_cancelled_with_a_reason_for_each_action() {
        let body = json!({ "TransactItems": [{}, {}, {}] }).to_string();
        let text = GET_ITEM
            .replace("GetItem", "TransactWriteItems")
            .replace("Length: 2", &format!("Length: {}", body.len()))
            .replace("\r\n{}", &format!("\r\n{body}"));
        let answer = String::from_utf8(call(&text).throttled()).unwrap();
        let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        let codes: Vec<_> =
            body["CancellationReasons"].as_array().unwrap().iter().map(|one| &one["Code"]).collect();
        assert_eq!(codes, ["ThrottlingError", "None", "None"]);
    }
}
