//! The trace of what happened in a life: a hash, by which two runs of a seed are compared, and lines to be read if they
//! are wanted.

use crate::engine::Millis;
use crate::random::mix;
use crate::state::instant;

#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// An empty trace, which keeps its lines or only hashes.
    pub(crate) fn new(keeps_lines: bool) -> Self {
        Self { hash: 0, lines: keeps_lines.then(Vec::new) }
    }

    /// Adds an entry. Its instant, kind and number become part of the hash, its text does not.
    pub(crate) fn note(
        &mut self,
        at: Millis,
        kind: &'static str,
        number: u64,
        text: impl FnOnce() -> String,
    ) {
        let kind_of =
            kind.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte)));
        self.hash = mix(self.hash ^ mix(at.unsigned_abs() ^ mix(number ^ kind_of)));
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{}  {kind:<10} {}", instant(at).format("%Y-%m-%d %H:%M:%S%.3f"), text()));
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}

/// A hash of bytes, the same on every run.
pub(crate) fn hash_of(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(bytes.len() as u64, |sum, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        mix(sum ^ u64::from_le_bytes(word))
    })
}
