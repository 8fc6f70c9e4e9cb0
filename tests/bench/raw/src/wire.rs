//! The part of HTTP/1.1 that two well-behaved servers need: a request is sent, an answer with a length is received.

use std::error::Error;
use std::io::{Read, Write};

/// A connection that is kept open.
pub(crate) struct Wire<S> {
    stream: S,
    buffer: Vec<u8>,
    filled: usize,
}

/// An answer's head.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl<S: Read + Write> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, buffer: vec![0; 64 * 1024], filled: 0 }
    }

    /// Sends a request and reads its answer to the end; an answer to `HEAD` has no body.
    pub(crate) fn send(&mut self, request: &[u8], bodiless: bool) -> Result<Answer, Box<dyn Error>> {
        self.stream.write_all(request)?;
        self.stream.flush()?;
        self.filled = 0;
        let end = loop {
            self.fill()?;
            let seen = self.buffer.get(..self.filled).unwrap_or_default();
            if let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = String::from_utf8_lossy(self.buffer.get(..end).unwrap_or_default()).into_owned();
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or("no status")?;
        let answer = Answer { status, head };
        let length: usize = answer.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        while !bodiless && self.filled < end + length {
            self.fill()?;
        }
        Ok(answer)
    }

    fn fill(&mut self) -> Result<(), Box<dyn Error>> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled * 2, 0);
        }
        let read = self.stream.read(self.buffer.get_mut(self.filled..).unwrap_or_default())?;
        if read == 0 {
            return Err("the connection was closed".into());
        }
        self.filled += read;
        Ok(())
    }
}
