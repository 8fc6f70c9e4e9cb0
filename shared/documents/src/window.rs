//! A file of which only some parts have been read, as a reader for parsers that want to seek.
//!
//! A parser that comes to a part that is not there yet fails; the part is fetched, and the parser starts anew. Each fetch
//! takes twice as much as the one before, and the last one everything, so that there are few of them, whatever the
//! parser does. How much a parser reads in one go is bounded, and with it the time that it takes.

use std::io::{Error, Read, Result, Seek, SeekFrom};
use std::ops::Range;

/// How many bytes the first fetch takes.
const FIRST: u64 = 64 * 1024;
/// After how many fetches everything is fetched.
const FETCHES: usize = 5;
/// How many bytes a parser reads at most in one go.
const MOST: u64 = 8_000_000;

/// A file of which only some parts have been read.
#[derive(Debug)]
pub(crate) struct Window {
    size: u64,
    at: u64,
    parts: Vec<(u64, Vec<u8>)>,
    missing: Option<u64>,
    left: u64,
}

impl Window {
    /// A file of `size` bytes that begins with `head`.
    pub(crate) fn new(size: u64, head: Vec<u8>) -> Self {
        Self { size, at: 0, parts: vec![(0, head)], missing: None, left: MOST }
    }

    /// What `look` makes of the file. `read` fetches a part of it.
    ///
    /// # Errors
    /// Those of `read`.
    pub(crate) async fn look<T, E>(
        &mut self,
        read: &impl AsyncFn(Range<u64>) -> std::result::Result<Vec<u8>, E>,
        look: impl Fn(&mut Self) -> T,
    ) -> std::result::Result<T, E> {
        loop {
            (self.at, self.missing, self.left) = (0, None, MOST);
            let seen = look(self);
            let Some(range) = self.missing.map(|missing| self.wanted(missing)) else { return Ok(seen) };
            let part = read(range.clone()).await?;
            // What is not there although it should be will never be.
            if part.is_empty() {
                return Ok(seen);
            }
            if range == (0..self.size) {
                self.parts.clear();
            }
            self.parts.push((range.start, part));
        }
    }

    /// The part to fetch for a byte that is missing.
    fn wanted(&self, missing: u64) -> Range<u64> {
        let fetched = self.parts.len() - 1;
        if fetched >= FETCHES {
            return 0..self.size;
        }
        let length = FIRST << fetched;
        // Directories are at the end: rather a little more than two fetches.
        let start = missing.min(self.size.saturating_sub(length));
        start..self.size.min(start + length)
    }

    /// The longest known part from `at` on, without a fetch.
    fn known(&self, at: u64) -> &[u8] {
        let known = self.parts.iter().filter_map(|(start, bytes)| {
            let offset = usize::try_from(at.checked_sub(*start)?).ok()?;
            bytes.get(offset..)
        });
        known.max_by_key(|bytes| bytes.len()).unwrap_or_default()
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.at >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            return Err(Error::other("more than a document needs"));
        }
        let known = self.known(self.at);
        if known.is_empty() {
            self.missing.get_or_insert(self.at);
            return Err(Error::other("not fetched yet"));
        }
        let length = known.len().min(buffer.len());
        buffer[..length].copy_from_slice(&known[..length]);
        let read = u64::try_from(length).unwrap_or(u64::MAX);
        (self.at, self.left) = (self.at.saturating_add(read), self.left.saturating_sub(read));
        Ok(length)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| Error::other("before the beginning"))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;

    use super::*;

    /// What a parser that reads these ranges, one after another, gets of a file, and what was fetched for it.
    fn seen(size: u64, ranges: &[Range<u64>]) -> (Option<Vec<u8>>, Vec<Range<u64>>) {
        let byte = |at: u64| at.to_le_bytes()[0] ^ at.to_le_bytes()[1];
        let fetched = RefCell::new(Vec::new());
        let read = async |range: Range<u64>| {
            fetched.borrow_mut().push(range.clone());
            Ok::<_, Infallible>(range.map(byte).collect())
        };
        let look = |window: &mut Window| {
            let mut seen = Vec::new();
            for range in ranges {
                window.seek(SeekFrom::Start(range.start)).ok()?;
                window.take(range.end - range.start).read_to_end(&mut seen).ok()?;
            }
            Some(seen)
        };
        let head = (0..size.min(4096)).map(byte).collect();
        let mut window = Window::new(size, head);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let seen = runtime.block_on(window.look(&read, look)).unwrap();
        let expected = ranges.iter().flat_map(|range| range.clone().filter(|at| *at < size)).map(byte);
        if let Some(seen) = &seen {
            assert_eq!(*seen, expected.collect::<Vec<_>>());
        }
        (seen, fetched.into_inner())
    }

    #[test]
    fn what_is_known_is_not_fetched_and_the_end_is_fetched_at_once() {
        assert_eq!(seen(20_000_000, &[0..2048, 2048..4096]).1, []);
        let end = 20_000_000 - FIRST..20_000_000;
        assert_eq!(seen(20_000_000, &[19_999_990..20_000_000, 19_990_000..20_000_050]).1, [end]);
    }

    #[test]
    fn a_parser_that_jumps_about_is_served_with_few_fetches() {
        let ranges: Vec<_> = (0..300).map(|at| at * 65_536..at * 65_536 + 512).collect();
        let (seen, fetched) = seen(20_000_000, &ranges);
        assert!(seen.is_some());
        assert!(fetched.len() <= FETCHES + 1, "{fetched:?}");
    }

    #[test]
    fn a_parser_that_reads_too_much_is_stopped() {
        assert!(seen(20_000_000, &[0..3_500_000, 3_500_000..7_000_000]).0.is_some());
        assert!(seen(20_000_000, &[0..7_000_000, 0..7_000_000]).0.is_none());
    }
}
