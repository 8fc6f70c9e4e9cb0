//! The floor: the same calls as a function of the product makes, signed by hand and sent over a blocking socket.
//!
//! It knows nothing about claims. `RAW_CALLS` names a file with the requests that the bench saw a function send.
//! Every invocation sends them again, one after another, over one connection, and answers with as many bytes as that
//! function did. What the product costs more than this is its runtime, its SDK and its own work.

mod aws;
mod sign;
mod wire;

use std::error::Error;
use std::fs;
use std::net::TcpStream;

use crate::aws::Aws;
use crate::wire::Wire;

/// A request to AWS, without the parts that are only known when it is sent.
struct Call {
    method: String,
    path: String,
    service: String,
    target: String,
    media_type: String,
    body: Vec<u8>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (answer, calls) = script(&fs::read(variable("RAW_CALLS")?)?)?;
    let answer = vec![b'.'; answer];
    let mut aws = Aws::new()?;
    let host = variable("AWS_LAMBDA_RUNTIME_API")?;
    let mut lambda = Wire::new(TcpStream::connect(&host)?);
    loop {
        let next = format!("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: {host}\r\n\r\n");
        let event = lambda.send(next.as_bytes(), false)?;
        let id = event.header("lambda-runtime-aws-request-id").ok_or("an invocation without an id")?;
        for call in &calls {
            aws.call(call)?;
        }
        let mut response = format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nhost: {host}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len(),
        )
        .into_bytes();
        response.extend_from_slice(&answer);
        lambda.send(&response, false)?;
    }
}

fn variable(name: &str) -> Result<String, Box<dyn Error>> {
    let value = std::env::var_os(name).and_then(|value| value.into_string().ok());
    Ok(value.ok_or_else(|| format!("{name} is not set"))?)
}

/// The length of the answer, and the calls: each a line of words, then as many bytes as its last word says.
fn script(mut text: &[u8]) -> Result<(usize, Vec<Call>), Box<dyn Error>> {
    let answer = std::str::from_utf8(line(&mut text).ok_or("an empty script")?)?.parse()?;
    let mut calls = Vec::new();
    while let Some(head) = line(&mut text) {
        let mut words = std::str::from_utf8(head)?.split(' ').map(str::to_owned);
        let mut word = || words.next().ok_or("a call has six words");
        let (method, path, service) = (word()?, word()?, word()?);
        let (target, media_type, length) = (word()?, word()?, word()?.parse()?);
        let (body, rest) = text.split_at_checked(length).ok_or("a call is cut off")?;
        calls.push(Call { method, path, service, target, media_type, body: body.to_vec() });
        text = rest;
    }
    Ok((answer, calls))
}

fn line<'a>(text: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = text.iter().position(|byte| *byte == b'\n')?;
    let line = text.get(..end)?;
    *text = text.get(end + 1..)?;
    Some(line)
}
