//! What a document is, told by as little of its content as possible.
//!
//! Pictures say what they are in their first bytes. A PDF says so where readers look for it, in the first 1,024 bytes, and
//! nothing that another program would take for its own may come before. The documents of Office are packages in ZIP
//! archives; see [`crate::package`]. A message of Outlook is a compound file whose root holds the stream of a message's
//! properties (MS-OXMSG 2.4).

use std::ops::Range;

use cfb::CompoundFile;
use claim_domain::content::{Content, Unaccepted};

use crate::package;
use crate::window::Window;

/// How many bytes of the beginning are read.
const HEAD: u64 = 4096;
/// How far from the beginning readers look for the header of a PDF.
const PDF_WITHIN: usize = 1024;

const PDF: &str = "application/pdf";
const MESSAGE: &str = "application/vnd.ms-outlook";
/// The pictures that are accepted.
const PICTURES: [&str; 3] = ["image/png", "image/jpeg", "image/tiff"];

/// What a document of `size` bytes is, of which `read` reads parts.
///
/// # Errors
/// What `read` fails of.
pub(crate) async fn content<E>(
    size: u64,
    read: impl AsyncFn(Range<u64>) -> Result<Vec<u8>, E>,
) -> Result<Content, E> {
    let head = read(0..size.min(HEAD)).await?;
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Window::new(size, head).look(&read, package::look).await;
    }
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        return Window::new(size, head).look(&read, compound).await;
    }
    Ok(by_head(&head))
}

/// What the beginning of a document says.
fn by_head(head: &[u8]) -> Content {
    let unaccepted = Content::Unaccepted;
    if let Some(at) = position(head, b"%PDF-").filter(|at| *at < PDF_WITHIN) {
        let before = &head[..at];
        return match before {
            [0x00, 0x05, 0x16, 0x00, ..] => unaccepted(Unaccepted::MacWrapped),
            before if is_content(before) => unaccepted(Unaccepted::TwoFormats),
            _ => Content::Accepted(PDF),
        };
    }
    let media_type = infer::get(head).map_or("", |kind| kind.mime_type());
    if let Some(accepted) = PICTURES.into_iter().find(|accepted| *accepted == media_type) {
        return Content::Accepted(accepted);
    }
    unaccepted(match media_type {
        "image/heif" => Unaccepted::Heic,
        "image/avif" => Unaccepted::Avif,
        "image/webp" => Unaccepted::WebP,
        "image/gif" => Unaccepted::Gif,
        "image/bmp" => Unaccepted::Bitmap,
        "image/vnd.adobe.photoshop" => Unaccepted::Photoshop,
        "text/html" => Unaccepted::WebPage,
        "application/rtf" | "text/rtf" => Unaccepted::RichText,
        media if media.starts_with("video/") || media.starts_with("audio/") => Unaccepted::Recording,
        "application/gzip" | "application/vnd.rar" | "application/x-7z-compressed" | "application/x-tar" => {
            Unaccepted::Archive
        }
        media if media.contains("executable") => Unaccepted::Program,
        _ if position(head, b"%PDF-").is_some() || is_headless_pdf(head) => Unaccepted::HeadlessPdf,
        _ if position(head, b"PK\x03\x04").is_some_and(|at| at < PDF_WITHIN) => Unaccepted::Damaged,
        _ if is_text(head) => Unaccepted::PlainText,
        _ => Unaccepted::Unknown,
    })
}

/// Whether another program would take what begins like this for its own.
fn is_content(before: &[u8]) -> bool {
    let lower = before.to_ascii_lowercase();
    let marks: [&[u8]; 9] =
        [b"<html", b"<script", b"<!doctype", b"<svg", b"<body", b"<?", b"pk\x03\x04", b"{\\rtf", b"#!"];
    infer::get(before).is_some() || marks.iter().any(|mark| position(&lower, mark).is_some())
}

/// Whether it has the objects of a PDF.
fn is_headless_pdf(head: &[u8]) -> bool {
    position(head, b"endobj").is_some() && position(head, b"/Type").is_some()
}

/// Whether it is text in UTF-8, though it may be cut within a character.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x0c'))
}

/// What a compound file is, by the names in its root.
fn compound(window: &mut Window) -> Content {
    let unaccepted = Content::Unaccepted;
    let Ok(file) = CompoundFile::open(&mut *window) else { return unaccepted(Unaccepted::CutOff) };
    let (mut found, mut is_message) = (None, false);
    for entry in file.read_root_storage() {
        is_message |= entry.is_stream() && entry.name().eq_ignore_ascii_case("__properties_version1.0");
        let kind = match entry.name() {
            "EncryptedPackage" | "EncryptionInfo" => Unaccepted::Protected,
            "WordDocument" => Unaccepted::OldWord,
            "Workbook" | "Book" => Unaccepted::OldExcel,
            "PowerPoint Document" => Unaccepted::OldPowerPoint,
            _ => continue,
        };
        found = found.min(Some(kind)).or(Some(kind));
    }
    match found {
        Some(kind) => unaccepted(kind),
        None if is_message => Content::Accepted(MESSAGE),
        None => unaccepted(Unaccepted::CompoundFile),
    }
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
#[path = "sniff_tests.rs"]
mod tests;
