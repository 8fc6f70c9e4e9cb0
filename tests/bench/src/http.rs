//! Requests in and answers out, over any blocking stream.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::time::{Duration, Instant};

/// The most headers of a request.
const HEADERS: usize = 64;

/// A request, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Its length on the wire, before encryption.
    pub(crate) length: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

/// The reading side of a connection.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// The next request and the time that reading it took, without waiting; `None` when the other side has closed.
    pub(crate) fn next(&mut self, stream: &mut impl Read) -> Result<Option<(Request, Duration)>> {
        let mut worked = Duration::ZERO;
        let mut chunk = [0; 16 * 1024];
        loop {
            let began = Instant::now();
            if let Some(request) = self.parsed()? {
                return Ok(Some((request, worked + began.elapsed())));
            }
            let read = match stream.read(&mut chunk) {
                Ok(read) => read,
                Err(error)
                    if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) =>
                {
                    0
                }
                Err(error) => return Err(error),
            };
            if read == 0 {
                return Ok(None);
            }
            let began = Instant::now();
            self.buffer.extend_from_slice(chunk.get(..read).unwrap_or_default());
            worked += began.elapsed();
        }
    }

    fn parsed(&mut self) -> Result<Option<Request>> {
        let malformed = |what: String| Error::new(ErrorKind::InvalidData, what);
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        let head = match parsed.parse(&self.buffer).map_err(|error| malformed(error.to_string()))? {
            httparse::Status::Complete(head) => head,
            httparse::Status::Partial => return Ok(None),
        };
        let headers: Vec<(String, String)> = parsed
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
            .collect();
        let method = parsed.method.unwrap_or_default().to_owned();
        let path = parsed.path.unwrap_or_default().to_owned();
        let of = |name: &str| headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        if of("transfer-encoding").is_some() {
            return Err(malformed("the body is in chunks".to_owned()));
        }
        let length = of("content-length").map_or(Ok(0), |(_, value)| value.parse::<usize>());
        let end = head + length.map_err(|error| malformed(error.to_string()))?;
        let Some(body) = self.buffer.get(head..end).map(<[u8]>::to_vec) else { return Ok(None) };
        self.buffer.drain(..end);
        Ok(Some(Request { method, path, headers, body, length: end }))
    }
}

/// An answer to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Its length on the wire, before encryption.
    pub(crate) fn length(&self) -> usize {
        self.head().len() + self.body.len()
    }

    /// Sends it, in one piece.
    pub(crate) fn send(&self, stream: &mut impl Write) -> Result<()> {
        let mut bytes = self.head();
        bytes.extend_from_slice(&self.body);
        stream.write_all(&bytes)?;
        stream.flush()
    }

    fn head(&self) -> Vec<u8> {
        let mut bytes =
            format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", self.status, self.body.len()).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_one_by_one_however_they_arrive() {
        let text = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n";
        let mut reader = Reader::default();
        let mut stream = std::io::Read::chain(&text[..20], &text[20..]);
        let (first, _) = reader.next(&mut stream).unwrap().unwrap();
        assert_eq!(
            (first.method.as_str(), first.path.as_str(), first.body.as_slice()),
            ("POST", "/a", &b"abc"[..])
        );
        let (second, _) = reader.next(&mut stream).unwrap().unwrap();
        assert_eq!((second.path.as_str(), second.length), ("/b", 19));
        assert!(reader.next(&mut stream).unwrap().is_none());
    }

    #[test]
    fn an_answer_states_its_length() {
        let mut sent = Vec::new();
        Answer::new(200, "{}").with("a", "b").send(&mut sent).unwrap();
        assert_eq!(sent, b"HTTP/1.1 200 X\r\ncontent-length: 2\r\na: b\r\n\r\n{}");
    }
}
