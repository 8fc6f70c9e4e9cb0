//! Office documents as packages (ECMA-376 part 2): what a document is stands in the content type of its main part, and
//! which part that is in the package's relationships. No part has a fixed name or folder, and names are compared without
//! case.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use claim_domain::content::{Content, Unaccepted};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::window::Window;

/// The longest part that is read, in bytes, unpacked: the list of content types, and that of relationships.
const LONGEST_PART: u64 = 2_000_000;

const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const SLIDES: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What an archive is.
pub(crate) fn look(window: &mut Window) -> Content {
    Content::Unaccepted(match read(window) {
        Ok(accepted) => return Content::Accepted(accepted),
        Err(kind) => kind,
    })
}

fn read(window: &mut Window) -> Result<&'static str, Unaccepted> {
    if !ends(window) {
        return Err(Unaccepted::CutOff);
    }
    let mut archive = ZipArchive::new(window).map_err(|_| Unaccepted::Damaged)?;
    if archive.is_empty() {
        return Err(Unaccepted::EmptyArchive);
    }
    let mut parts = BTreeMap::new();
    for index in 0..archive.len() {
        let name = archive.name_for_index(index).and_then(Result::ok).ok_or(Unaccepted::Damaged)?;
        // Two parts of one name: programs disagree about which of them counts.
        if parts.insert(part_name(&name), index).is_some() {
            return Err(Unaccepted::Damaged);
        }
    }
    if archive.has_duplicate_names() {
        return Err(Unaccepted::Damaged);
    }
    let (Some(types), Some(relationships)) = (parts.get("[content_types].xml"), parts.get("_rels/.rels"))
    else {
        let open = parts.contains_key("mimetype") && parts.contains_key("meta-inf/manifest.xml");
        return Err(if open { Unaccepted::OpenDocument } else { Unaccepted::Archive });
    };
    let types = Types::read(&part(&mut archive, *types)?)?;
    let main = main_part(&part(&mut archive, *relationships)?)?.filter(|main| parts.contains_key(main));
    let Some(main) = main else {
        let is_xps =
            parts.keys().any(|name| types.of(name).is_some_and(|of| of.contains("xps-fixeddocument")));
        return Err(if is_xps { Unaccepted::Xps } else { Unaccepted::Archive });
    };
    let main = types.of(&main).ok_or(Unaccepted::Archive)?;
    if main.contains("sheet.binary") {
        return Err(Unaccepted::BinaryWorkbook);
    }
    if parts.keys().any(|name| is_macro(name, types.of(name).unwrap_or_default())) {
        return Err(Unaccepted::Macros);
    }
    match main.strip_suffix(".main+xml") {
        Some(WORD) => Ok(WORD),
        Some(SLIDES) => Ok(SLIDES),
        Some(SHEET) => Ok(SHEET),
        Some(main) if main.ends_with(".template") => Err(Unaccepted::Template),
        Some(main) if main.ends_with(".slideshow") => Err(Unaccepted::SlideShow),
        _ => Err(Unaccepted::Archive),
    }
}

/// Whether a part holds macros, or makes a document one with macros.
fn is_macro(name: &str, content_type: &str) -> bool {
    ["macroenabled", "vbaproject", "vbadata", "macrosheet"].iter().any(|word| content_type.contains(word))
        || name.ends_with("vbaproject.bin")
}

/// Whether the file has the record with which an archive ends, where readers look for it.
fn ends(window: &mut Window) -> bool {
    let tail = 22 + 65_535 + 1024;
    let Ok(size) = window.seek(SeekFrom::End(0)) else { return false };
    let mut bytes = Vec::new();
    window.seek(SeekFrom::Start(size.saturating_sub(tail))).is_ok()
        && window.read_to_end(&mut bytes).is_ok()
        && bytes.windows(4).any(|four| four == b"PK\x05\x06")
}

/// The name of a part in one form: without case, without a slash at the beginning, and with slashes as some writers put
/// backslashes.
fn part_name(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

/// The text of a part.
fn part(archive: &mut ZipArchive<&mut Window>, index: usize) -> Result<String, Unaccepted> {
    let part = archive.by_index(index).map_err(|error| match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Unaccepted::Protected,
        _ => Unaccepted::Damaged,
    })?;
    let mut bytes = Vec::new();
    let read = part.take(LONGEST_PART + 1).read_to_end(&mut bytes);
    let length = read.map_err(|_| Unaccepted::Damaged)?;
    if u64::try_from(length).is_ok_and(|length| length > LONGEST_PART) {
        return Err(Unaccepted::Damaged);
    }
    text(bytes).ok_or(Unaccepted::Damaged)
}

/// XML in UTF-8 or, with a byte-order mark, in UTF-16.
fn text(bytes: Vec<u8>) -> Option<String> {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok()
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes).ok(),
    }
}

/// The content types of a package, in lower case: of single parts, and of endings.
#[derive(Debug, Default)]
struct Types {
    parts: BTreeMap<String, String>,
    endings: BTreeMap<String, String>,
}

impl Types {
    fn read(xml: &str) -> Result<Self, Unaccepted> {
        let mut types = Self::default();
        elements(xml, |element| {
            let Some(content_type) = attribute(element, "ContentType") else { return };
            let content_type = content_type.to_lowercase();
            match element.local_name().as_ref() {
                "Override" => {
                    attribute(element, "PartName")
                        .map(|part| types.parts.insert(part_name(&part), content_type));
                }
                "Default" => {
                    attribute(element, "Extension")
                        .map(|ending| types.endings.insert(ending.to_lowercase(), content_type));
                }
                _ => {}
            }
        })?;
        Ok(types)
    }

    /// The content type of a part.
    fn of(&self, name: &str) -> Option<&str> {
        let by_ending = || self.endings.get(name.rsplit_once('.')?.1);
        self.parts
            .get(name)
            .or_else(by_ending)
            .map(|content_type| content_type.split(';').next().unwrap_or_default().trim())
    }
}

/// The part that the package is about, by its relationships.
fn main_part(xml: &str) -> Result<Option<String>, Unaccepted> {
    let mut main = None;
    elements(xml, |element| {
        let is_main = attribute(element, "Type").is_some_and(|kind| kind.ends_with("/officeDocument"));
        let is_external = attribute(element, "TargetMode").is_some_and(|mode| mode == "External");
        if is_main && !is_external && main.is_none() {
            main = attribute(element, "Target").map(|target| resolved(&target));
        }
    })?;
    Ok(main)
}

/// The name of the part that a relationship of the package itself leads to.
fn resolved(target: &str) -> String {
    let mut path: Vec<String> = Vec::new();
    for segment in part_name(target).split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            segment => path.push(segment.to_owned()),
        }
    }
    path.join("/")
}

/// Goes through the elements of an XML document.
fn elements(xml: &str, mut each: impl FnMut(&BytesStart<'_>)) -> Result<(), Unaccepted> {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => each(&element),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(_) => return Err(Unaccepted::Damaged),
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok().map(|value| value.into_owned())
}
