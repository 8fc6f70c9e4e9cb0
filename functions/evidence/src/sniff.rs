//! The media type of a document, told by as little of its content as possible.
//!
//! PDF, PNG and JPEG say what they are in their first bytes. The documents of Office are ZIP archives: the directory at
//! the archive's end tells which family the parts belong to, in whatever order and form they were written. A message of
//! Outlook is a compound file in which the name of every entry but the root begins with two underscores (MS-OXMSG).

use std::ops::Range;

/// How many bytes of the beginning are read.
const HEAD: u64 = 4096;
/// How far the end of a ZIP archive can be from the end of its directory: its record and the longest comment.
const TAIL: u64 = 22 + 65_535;
/// The longest directory of an archive that is read.
const LONGEST_DIRECTORY: u64 = 4_000_000;

const PDF: &str = "application/pdf";
const PNG: &str = "image/png";
const JPEG: &str = "image/jpeg";
const MESSAGE: &str = "application/vnd.ms-outlook";

/// The folders in which the parts of an Office document lie, with the media type that they make.
const FAMILIES: [(&[u8], &str); 3] = [
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
];

/// The media type of a document of `size` bytes, of which `read` reads parts; `None` for content of none of the
/// accepted kinds.
///
/// The errors of `read`.
/// What `read` fails of.
pub(crate) async fn media_type<E>(
    size: u64,
    read: impl AsyncFn(Range<u64>) -> Result<Vec<u8>, E>,
) -> Result<Option<&'static str>, E> {
    let head = read(0..size.min(HEAD)).await?;
    if head.starts_with(b"PK\x03\x04") {
        return office(size, read).await;
    }
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        return message(size, &head, read).await;
    }
    let kind = infer::get(&head).map(|kind| kind.mime_type());
    Ok([PDF, PNG, JPEG].into_iter().find(|accepted| kind == Some(accepted)))
}

/// The family of an Office document, by the directory of its archive.
async fn office<E>(
    size: u64,
    read: impl AsyncFn(Range<u64>) -> Result<Vec<u8>, E>,
) -> Result<Option<&'static str>, E> {
    let start = size.saturating_sub(TAIL);
    let tail = read(start..size).await?;
    let Some((place, entries)) = directory(start, &tail) else { return Ok(None) };
    let in_tail = place.start.checked_sub(start).and_then(|from| {
        let (from, length) = (usize::try_from(from).ok()?, usize::try_from(place.end - place.start).ok()?);
        tail.get(from..from + length)
    });
    let family = match in_tail {
        Some(bytes) => family(bytes, entries),
        None => family(&read(place).await?, entries),
    };
    Ok(family)
}

/// Where the directory of an archive lies and how many entries it has, by the record at the archive's end.
fn directory(start: u64, tail: &[u8]) -> Option<(Range<u64>, u16)> {
    let mut ends = (0..=tail.len().checked_sub(22)?).rev();
    let end = ends.find(|at| {
        tail[*at..].starts_with(b"PK\x05\x06")
            && u16_at(tail, at + 20).is_some_and(|comment| at + 22 + usize::from(comment) == tail.len())
    })?;
    let entries = u16_at(tail, end + 10)?;
    let (length, from) = (u64::from(u32_at(tail, end + 12)?), u64::from(u32_at(tail, end + 16)?));
    let fits = length <= LONGEST_DIRECTORY && from + length <= start + end as u64;
    fits.then_some((from..from + length, entries))
}

/// The one family that the entries of a directory belong to. A document with macros is none of the accepted kinds,
/// whatever its name says.
fn family(directory: &[u8], entries: u16) -> Option<&'static str> {
    let (mut at, mut described, mut found) = (0, false, None);
    for _ in 0..entries {
        if !directory.get(at..)?.starts_with(b"PK\x01\x02") {
            return None;
        }
        let length = |offset| u16_at(directory, at + offset).map(usize::from);
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let name = directory.get(at + 46..at + 46 + name)?;
        at += 46 + name.len() + extra + comment;
        if name.ends_with(b"vbaProject.bin") {
            return None;
        }
        described |= name == b"[Content_Types].xml";
        if let Some((_, media_type)) = FAMILIES.iter().find(|(folder, _)| name.starts_with(folder)) {
            if found.is_some_and(|other| other != *media_type) {
                return None;
            }
            found = Some(*media_type);
        }
    }
    found.filter(|_| described)
}

/// Whether a compound file is a message of Outlook, by the first sector of its directory.
async fn message<E>(
    size: u64,
    head: &[u8],
    read: impl AsyncFn(Range<u64>) -> Result<Vec<u8>, E>,
) -> Result<Option<&'static str>, E> {
    let (Some(shift), Some(sector)) = (u16_at(head, 0x1e), u32_at(head, 0x30)) else { return Ok(None) };
    if !matches!(shift, 9 | 12) {
        return Ok(None);
    }
    let length = 1_u64 << shift;
    let start = (u64::from(sector) + 1) * length;
    if start + length > size {
        return Ok(None);
    }
    let entries = read(start..start + length).await?;
    Ok(is_message(&entries).then_some(MESSAGE))
}

fn is_message(entries: &[u8]) -> bool {
    const ENTRY: usize = 128;
    const KIND: usize = 66;
    const ROOT: u8 = 5;
    let mut used = entries.chunks_exact(ENTRY).filter(|entry| entry[KIND] != 0);
    let has_root = used.next().is_some_and(|entry| entry[KIND] == ROOT);
    let mut others = used.peekable();
    has_root && others.peek().is_some() && others.all(|entry| entry.starts_with(b"_\0_\0"))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
#[path = "sniff_tests.rs"]
mod tests;
