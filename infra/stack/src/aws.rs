//! Calls to the emulated AWS as its root user. MiniStack does not check the root user's signature: the header names
//! service and region, and nothing is signed.

use serde_json::Value;

use crate::{Error, Http, Response};

/// The region of every local stack.
pub const REGION: &str = "us-east-1";
/// The account of every local stack.
pub const ACCOUNT: &str = "000000000000";
/// Access key and secret of the account's root user.
pub const ROOT_KEY: &str = "test";

/// The emulated AWS on one port.
#[derive(Debug, Clone)]
pub struct Aws {
    http: Http,
    endpoint: String,
}

impl Aws {
    /// The AWS of the stack on `port`. It is an address and not a name, so that S3 clients put the bucket into the
    /// path.
    pub fn on(port: u16) -> Self {
        Self { http: Http::default(), endpoint: format!("http://127.0.0.1:{port}") }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// An operation of a JSON service: `json("dynamodb", "DynamoDB_20120810.GetItem", …)`.
    pub fn json(&self, service: &str, target: &str, body: &Value) -> Result<Value, Error> {
        let headers = [("x-amz-target", target), ("content-type", "application/x-amz-json-1.1")];
        let answer = self.call(service, "POST", "/", &headers, Some(body.to_string().as_bytes()))?;
        parse(target, &answer)
    }

    /// A call to a REST service: `rest("scheduler", "GET", "/schedules", None)`.
    pub fn rest(
        &self,
        service: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        let text = body.map(Value::to_string);
        let headers = [("content-type", "application/json")];
        let answer = self.call(service, method, path, &headers, text.as_deref().map(str::as_bytes))?;
        parse(&format!("{service} {method} {path}"), &answer)
    }

    /// An action of a service that takes forms and answers in XML; the parameters are sent as they are.
    pub fn query(&self, service: &str, form: &str) -> Result<String, Error> {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = self.call(service, "POST", "/", &headers, Some(form.as_bytes()))?;
        expect(form, &answer)?;
        Ok(answer.text())
    }

    /// What a REST service answers to a GET, as text: `text("s3", "/bucket?versions")`.
    pub fn text(&self, service: &str, path: &str) -> Result<String, Error> {
        let answer = self.call(service, "GET", path, &[], None)?;
        expect(path, &answer)?;
        Ok(answer.text())
    }

    /// Sends text to a REST service with PUT: `put("s3", "/bucket?versioning", …)`.
    pub fn put(&self, service: &str, path: &str, body: &str) -> Result<(), Error> {
        let answer = self.call(service, "PUT", path, &[], Some(body.as_bytes()))?;
        expect(path, &answer)
    }

    /// Invokes a function and waits for its answer; the status says whether it failed.
    pub fn invoke(&self, function: &str, event: &Value) -> Result<Response, Error> {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        self.call("lambda", "POST", &path, &[], Some(event.to_string().as_bytes()))
    }

    fn call(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Response, Error> {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={ROOT_KEY}/20260101/{REGION}/{service}/aws4_request, \
             SignedHeaders=host, Signature=0"
        );
        let mut all = vec![("authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        self.http.send(method, &format!("{}{path}", self.endpoint), &all, body)
    }
}

fn expect(action: &str, answer: &Response) -> Result<(), Error> {
    if answer.status < 300 {
        return Ok(());
    }
    Err(Error::Aws { action: action.to_owned(), status: answer.status, body: answer.text() })
}

fn parse(action: &str, answer: &Response) -> Result<Value, Error> {
    expect(action, answer)?;
    Ok(answer.json())
}
