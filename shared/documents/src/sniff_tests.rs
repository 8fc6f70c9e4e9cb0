use std::cell::RefCell;
use std::convert::Infallible;
use std::io::{Cursor, Write};

use claim_domain::content::DOCUMENT_KINDS;
use proptest::prelude::*;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

const RELATIONSHIP: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument";
const STRICT_RELATIONSHIP: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument";
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const SLIDES: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml";
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";

/// What a content is, and how many bytes were read to tell it.
fn told(bytes: &[u8]) -> (Content, usize) {
    let read = RefCell::new(0);
    let part = async |range: Range<u64>| {
        let part = bytes[range.start as usize..range.end as usize].to_vec();
        *read.borrow_mut() += part.len();
        Ok::<_, Infallible>(part)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let told = runtime.block_on(content(bytes.len() as u64, part)).unwrap();
    (told, read.into_inner())
}

fn accepted(ending: &str) -> Content {
    Content::Accepted(DOCUMENT_KINDS.iter().find(|(kind, _)| *kind == ending).unwrap().1)
}

#[track_caller]
fn is(kind: Unaccepted, bytes: &[u8]) {
    assert_eq!(told(bytes).0, Content::Unaccepted(kind));
}

/// An Office document in the making: its main part, the main part's content type, and further parts.
#[derive(Clone)]
struct Package {
    main: &'static str,
    content_type: &'static str,
    relationship: &'static str,
    types: &'static str,
    others: Vec<(&'static str, Vec<u8>)>,
    overrides: &'static str,
    name: fn(&str) -> String,
}

impl Package {
    fn of(main: &'static str, content_type: &'static str) -> Self {
        Self {
            main,
            content_type,
            relationship: RELATIONSHIP,
            types: "[Content_Types].xml",
            others: Vec::new(),
            overrides: "",
            name: str::to_owned,
        }
    }

    fn with(mut self, name: &'static str, content: Vec<u8>) -> Self {
        self.others.push((name, content));
        self
    }

    fn types_xml(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types \
             xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" \
             ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" \
             ContentType=\"application/xml\"/><Override PartName=\"/{}\" ContentType=\"{}\"/>{}</Types>",
            self.main, self.content_type, self.overrides
        )
    }

    fn relationships_xml(&self) -> String {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship \
             Id=\"rId9\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" \
             Target=\"docProps/core.xml\"/><Relationship Id=\"rId1\" Type=\"{}\" Target=\"{}\"/></Relationships>",
            self.relationship, self.main
        )
    }

    fn bytes(&self) -> Vec<u8> {
        let mut parts = vec![
            (self.types, self.types_xml().into_bytes()),
            ("_rels/.rels", self.relationships_xml().into_bytes()),
            (self.main, b"<x/>".to_vec()),
        ];
        parts.extend(self.others.iter().cloned());
        let parts: Vec<_> = parts.into_iter().map(|(name, content)| ((self.name)(name), content)).collect();
        archive(parts.iter().map(|(name, content)| (name.as_str(), content.as_slice())))
    }
}

fn archive<'a>(parts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (index, (name, content)) in parts.into_iter().enumerate() {
        let method =
            if index % 2 == 0 { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        archive.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn word() -> Package {
    Package::of("word/document.xml", WORD)
}

/// A compound file whose root has these streams.
fn compound_file(names: &[&str]) -> Vec<u8> {
    let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for name in names {
        file.create_stream(name).unwrap().write_all(b"content").unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

#[test]
fn what_is_told_by_the_first_bytes() {
    assert_eq!(told(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj").0, accepted("pdf"));
    assert_eq!(told(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").0, accepted("png"));
    assert_eq!(told(b"\xff\xd8\xff\xe0\0\x10JFIF\0").0, accepted("jfif"));
    assert_eq!(told(b"\xff\xd8\xff\xe1\0\x10Exif\0").0, accepted("jpe"));
    assert_eq!(told(b"II*\0\x08\0\0\0\x0e\0\0\x01\x04\0\x01\0").0, accepted("tif"));
}

#[test]
fn a_pdf_is_accepted_where_readers_accept_it_and_nothing_else_before_it() {
    let after = |before: &[u8]| [before, b"%PDF-1.4\n1 0 obj"].concat();
    for before in
        [&b"\xef\xbb\xbf"[..], b"\r\n", b"some junk\n", b"%%TICKET: 1\n%%COPIES: 2\n", &[b' '; 1000]]
    {
        assert_eq!(told(&after(before)).0, accepted("pdf"), "{before:?}");
    }
    let page = &b"<html><script>/*\n"[..];
    for before in
        [page, b"junk <SCRIPT>", b"<?php", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"GIF89a", b"MZ\x90\0\x03\0\0\0"]
    {
        is(Unaccepted::TwoFormats, &after(before));
    }
    is(Unaccepted::MacWrapped, &after(b"\0\x05\x16\0\0\x02\0\0"));
    is(Unaccepted::HeadlessPdf, &after(&[b' '; 1030]));
    is(Unaccepted::HeadlessPdf, b"1 0 obj <</Type /Catalog>> endobj");
    assert_eq!(
        told(&[&after(b"")[..], &word().bytes()].concat()).0,
        accepted("pdf"),
        "what is behind is not looked at"
    );
}

#[test]
fn what_an_office_document_is_stands_in_the_content_type_of_its_main_part() {
    for (ending, main, content_type) in [
        ("docx", "word/document.xml", WORD),
        ("docx", "document.xml", WORD),
        ("docx", "elsewhere/ümlaut.part", WORD),
        ("xlsx", "xl/workbook.xml", SHEET),
        ("xlsx", "word/document.xml", SHEET),
        ("pptx", "ppt/presentation.xml", SLIDES),
    ] {
        let package = Package::of(main, content_type);
        assert_eq!(told(&package.bytes()).0, accepted(ending), "{main}");
        let strict = Package { relationship: STRICT_RELATIONSHIP, ..package };
        assert_eq!(told(&strict.bytes()).0, accepted(ending), "{main}");
    }
    let backslashes = Package { name: |name| name.replace('/', "\\"), ..word() };
    assert_eq!(told(&backslashes.bytes()).0, accepted("docx"));
    let lower = Package { types: "[content_types].xml", name: |name| name.replace("word", "Word"), ..word() };
    assert_eq!(told(&lower.bytes()).0, accepted("docx"));
    for behind in [&b"\n"[..], &[0; 512]] {
        assert_eq!(told(&[&word().bytes()[..], behind].concat()).0, accepted("docx"));
    }
}

#[test]
fn the_lists_of_a_package_may_be_in_utf_16() {
    let package = word();
    let utf16 = |text: String| {
        let text = text.replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\"");
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    let (types, relationships) = (utf16(package.types_xml()), utf16(package.relationships_xml()));
    let parts =
        [("[Content_Types].xml", &types[..]), ("_rels/.rels", &relationships), ("word/document.xml", b"")];
    assert_eq!(told(&archive(parts)).0, accepted("docx"));
}

#[test]
fn macros_templates_and_binary_workbooks_are_told_whatever_parts_are_called() {
    let typed = |content_type| Package::of("word/document.xml", content_type).bytes();
    is(Unaccepted::Macros, &typed("application/vnd.ms-word.document.macroEnabled.main+xml"));
    is(Unaccepted::Macros, &typed("application/vnd.ms-excel.sheet.MACROENABLED.main+xml"));
    is(Unaccepted::BinaryWorkbook, &typed("application/vnd.ms-excel.sheet.binary.macroEnabled.main"));
    is(
        Unaccepted::Template,
        &typed("application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"),
    );
    is(
        Unaccepted::SlideShow,
        &typed("application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml"),
    );
    is(Unaccepted::Archive, &typed("text/plain"));
    is(Unaccepted::Macros, &word().with("word/VBAPROJECT.BIN", vec![1]).bytes());
    let overrides =
        "<Override PartName=\"/word/harmless.dat\" ContentType=\"application/vnd.ms-office.vbaProject\"/>";
    is(Unaccepted::Macros, &Package { overrides, ..word() }.with("word/harmless.dat", vec![1]).bytes());
    // A type that no part has says nothing: some writers list all that they know.
    let overrides = "<Default Extension=\"bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/>";
    assert_eq!(told(&Package { overrides, ..word() }.bytes()).0, accepted("docx"));
}

#[test]
fn an_archive_that_is_no_office_document_is_not_accepted() {
    let no_main = Package { others: Vec::new(), main: "word/other.xml", ..word() };
    let types = word().types_xml();
    let relationships = no_main.relationships_xml();
    for parts in [
        &[("readme.txt", &b"text"[..])][..],
        &[("[Content_Types].xml", types.as_bytes()), ("word/document.xml", b"")],
        &[
            ("[Content_Types].xml", types.as_bytes()),
            ("_rels/.rels", relationships.as_bytes()),
            ("word/document.xml", b""),
        ],
        &[("META-INF/MANIFEST.MF", b""), ("Main.class", b"")],
    ] {
        is(Unaccepted::Archive, &archive(parts.iter().copied()));
    }
    is(Unaccepted::EmptyArchive, &archive([]));
    is(Unaccepted::OpenDocument, &archive([("mimetype", &b""[..]), ("META-INF/manifest.xml", b"")]));
    let mut cut = word().bytes();
    cut.truncate(cut.len() - 40);
    is(Unaccepted::CutOff, &cut);
    is(Unaccepted::Damaged, &[b"xyz", &word().bytes()[..]].concat());
    is(Unaccepted::Damaged, &word().with("WORD/document.xml", vec![]).bytes());
    is(Unaccepted::Damaged, &archive([("[Content_Types].xml", &b"<Types"[..]), ("_rels/.rels", b"<")]));
}

#[test]
fn what_unpacks_to_more_than_a_list_can_be_is_not_unpacked() {
    let bomb = vec![b' '; 50_000_000];
    let bytes = archive([("[Content_Types].xml", &bomb[..]), ("_rels/.rels", b"<Relationships/>")]);
    assert!(bytes.len() < 100_000);
    let began = std::time::Instant::now();
    is(Unaccepted::Damaged, &bytes);
    assert!(began.elapsed().as_secs() < 5);
}

#[test]
fn of_a_large_document_little_is_read() {
    let noise: Vec<u8> = (0..15_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let bytes = word().with("word/media/photo.png", noise).bytes();
    let (told, read) = told(&bytes);
    assert_eq!(told, accepted("docx"));
    assert!(bytes.len() > 5_000_000 && read < 300_000, "{read} of {}", bytes.len());
}

#[test]
fn a_directory_that_begins_before_the_tail_is_read_in_whole() {
    let names: Vec<_> = (0..3000).map(|slide| format!("ppt/slides/slide{slide}.xml")).collect();
    let (types, relationships) = {
        let package = Package::of("ppt/presentation.xml", SLIDES);
        (package.types_xml(), package.relationships_xml())
    };
    let lists = [("[Content_Types].xml", types.as_bytes()), ("_rels/.rels", relationships.as_bytes())];
    let slides = names.iter().map(|name| (name.as_str(), &b""[..]));
    let bytes = archive(lists.into_iter().chain(slides).chain([("ppt/presentation.xml", &b""[..])]));
    assert_eq!(told(&bytes).0, accepted("pptx"));
}

#[test]
fn a_message_is_told_by_the_stream_of_its_properties() {
    let names = ["__properties_version1.0", "__substg1.0_001A001F"];
    assert_eq!(told(&compound_file(&names)).0, accepted("msg"));
    let more = ["__properties_version1.0", "\u{5}SummaryInformation", "MsoDataStore"];
    assert_eq!(told(&compound_file(&more)).0, accepted("msg"), "what else lies in the root does not matter");
}

#[test]
fn a_compound_file_says_what_it_is_if_not_a_message() {
    is(Unaccepted::Protected, &compound_file(&["EncryptionInfo", "EncryptedPackage"]));
    is(Unaccepted::OldWord, &compound_file(&["1Table", "WordDocument"]));
    is(Unaccepted::OldWord, &compound_file(&["WordDocument", "__properties_version1.0"]));
    is(Unaccepted::OldExcel, &compound_file(&["Workbook"]));
    is(Unaccepted::OldPowerPoint, &compound_file(&["PowerPoint Document"]));
    is(Unaccepted::CompoundFile, &compound_file(&["__substg1.0_001A001F"]));
    is(Unaccepted::CompoundFile, &compound_file(&[]));
    let mut cut = compound_file(&["__properties_version1.0"]);
    cut.truncate(700);
    is(Unaccepted::CutOff, &cut);
}

#[test]
fn other_content_is_called_by_its_name() {
    let heic = b"\0\0\0\x24ftypheic\0\0\0\0mif1heic\0\0\0\0\0\0\0\0\0\0\0\0";
    let webp = b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0";
    for (bytes, kind) in [
        (&heic[..], Unaccepted::Heic),
        (webp, Unaccepted::WebP),
        (b"GIF89a\x01\0\x01\0", Unaccepted::Gif),
        (b"{\\rtf1\\ansi", Unaccepted::RichText),
        (b"<html><body>", Unaccepted::WebPage),
        (b"name;product\nContoso;Teams\n", Unaccepted::PlainText),
        (b"MZ\x90\0\x03\0\0\0", Unaccepted::Program),
        (b"Rar!\x1a\x07\x01\0", Unaccepted::Archive),
        (b"\x01\x02\x03", Unaccepted::Unknown),
    ] {
        is(kind, bytes);
    }
}

#[test]
fn every_accepted_kind_can_be_told() {
    let mut told = vec![PDF, MESSAGE];
    told.extend(PICTURES);
    told.extend([WORD, SLIDES, SHEET].map(|main| main.trim_end_matches(".main+xml")));
    for (ending, media_type) in DOCUMENT_KINDS {
        assert!(told.contains(&media_type), "{ending}");
    }
}

proptest! {
    #[test]
    fn no_content_panics(
        magic in prop::sample::select(vec![
            &b""[..], b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-", b"\x89PNG", b"\xff\xd8\xff",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let _ = told(&[magic, &rest].concat());
    }

    #[test]
    fn no_broken_archive_panics(at in 0_usize..2000, byte in any::<u8>(), cut in 0_usize..400) {
        let mut archive = word().bytes();
        let length = archive.len();
        archive[at % length] = byte;
        archive.truncate(length - cut % length);
        let _ = told(&archive);
    }

    #[test]
    fn no_broken_compound_file_panics(
        changes in prop::collection::vec((0_usize..6000, any::<u8>()), 1..6),
        cut in 0_usize..400,
    ) {
        let mut file = compound_file(&["__properties_version1.0", "EncryptionInfo"]);
        let length = file.len();
        for (at, byte) in changes {
            file[at % length] = byte;
        }
        file.truncate(length - cut % length);
        let _ = told(&file);
    }
}
