use std::cell::RefCell;
use std::convert::Infallible;

use claim_domain::draft::DOCUMENT_KINDS;
use proptest::prelude::*;

use super::*;

/// The media type of a content, and how many bytes were read to tell it.
fn told(content: &[u8]) -> (Option<&'static str>, usize) {
    let read = RefCell::new(0);
    let part = async |range: Range<u64>| {
        let bytes = content[range.start as usize..range.end as usize].to_vec();
        *read.borrow_mut() += bytes.len();
        Ok::<_, Infallible>(bytes)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let told = runtime.block_on(media_type(content.len() as u64, part)).unwrap();
    (told, read.into_inner())
}

fn kind(ending: &str) -> Option<&'static str> {
    DOCUMENT_KINDS.iter().find(|(kind, _)| *kind == ending).map(|(_, media_type)| *media_type)
}

/// A ZIP archive of stored files, as a streaming writer makes it: lengths follow the content.
fn zip(names: &[&str], filling: usize, comment: &str) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        let offset = archive.len() as u32;
        archive.extend_from_slice(b"PK\x03\x04\x14\0\x08\0\0\0");
        archive.extend_from_slice(&[0; 16]);
        archive.extend_from_slice(&(name.len() as u16).to_le_bytes());
        archive.extend_from_slice(&[0; 2]);
        archive.extend_from_slice(name.as_bytes());
        archive.resize(archive.len() + filling, b'x');
        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&[0; 24]);
        directory.extend_from_slice(&(name.len() as u16).to_le_bytes());
        directory.extend_from_slice(&[0; 12]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let start = archive.len() as u32;
    archive.extend_from_slice(&directory);
    archive.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    archive.extend_from_slice(&(names.len() as u16).to_le_bytes());
    archive.extend_from_slice(&(names.len() as u16).to_le_bytes());
    archive.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    archive.extend_from_slice(&start.to_le_bytes());
    archive.extend_from_slice(&(comment.len() as u16).to_le_bytes());
    archive.extend_from_slice(comment.as_bytes());
    archive
}

/// A compound file with sectors of 512 or 4096 bytes whose directory begins with these entries, the root first.
fn compound(shift: u16, names: &[&str]) -> Vec<u8> {
    let sector = 1_usize << shift;
    let mut file = vec![0; 4 * sector];
    file[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    file[0x1e..0x20].copy_from_slice(&shift.to_le_bytes());
    file[0x30..0x34].copy_from_slice(&2_u32.to_le_bytes());
    for (index, name) in names.iter().enumerate() {
        let entry = &mut file[3 * sector + index * 128..][..128];
        for (at, unit) in name.encode_utf16().enumerate() {
            entry[2 * at..2 * at + 2].copy_from_slice(&unit.to_le_bytes());
        }
        entry[66] = if index == 0 { 5 } else { 2 };
    }
    file
}

#[test]
fn what_is_told_by_the_first_bytes() {
    assert_eq!(told(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj").0, kind("pdf"));
    assert_eq!(told(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").0, kind("png"));
    assert_eq!(told(b"\xff\xd8\xff\xe0\0\x10JFIF\0").0, kind("jpg"));
}

#[test]
fn office_documents_are_told_apart_by_their_directory() {
    for (ending, part) in
        [("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml"), ("pptx", "ppt/slides/slide1.xml")]
    {
        assert_eq!(
            told(&zip(&["[Content_Types].xml", "_rels/.rels", part], 9, "")).0,
            kind(ending),
            "{ending}"
        );
        assert_eq!(
            told(&zip(&[part, "docProps/app.xml", "[Content_Types].xml"], 0, "made by us")).0,
            kind(ending)
        );
    }
}

#[test]
fn of_a_large_document_little_is_read() {
    let large = zip(&["[Content_Types].xml", "word/media/photo.png", "word/document.xml"], 2_000_000, "");
    let (told, read) = told(&large);
    assert_eq!(told, kind("docx"));
    assert!(read < 80_000, "{read}");
}

#[test]
fn a_directory_that_begins_before_the_tail_is_read_in_whole() {
    let names: Vec<_> = (0..3000).map(|slide| format!("ppt/slides/slide{slide}.xml")).collect();
    let mut names: Vec<_> = names.iter().map(String::as_str).collect();
    names.push("[Content_Types].xml");
    assert_eq!(told(&zip(&names, 0, "")).0, kind("pptx"));
}

#[test]
fn an_archive_that_is_no_office_document_is_not_accepted() {
    let parts: [&[&str]; 6] = [
        &["readme.txt"],
        &["[Content_Types].xml"],
        &["word/document.xml"],
        &["[Content_Types].xml", "word/document.xml", "xl/workbook.xml"],
        &["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"],
        &["META-INF/MANIFEST.MF", "Main.class"],
    ];
    for names in parts {
        assert_eq!(told(&zip(names, 5, "")).0, None, "{names:?}");
    }
    let mut cut = zip(&["[Content_Types].xml", "word/document.xml"], 5, "");
    cut.truncate(cut.len() - 1);
    assert_eq!(told(&cut).0, None, "an archive that was cut off");
}

#[test]
fn a_message_is_told_by_the_names_in_its_directory() {
    let names = ["Root Entry", "__nameid_version1.0", "__substg1.0_001A001F", "__properties_version1.0"];
    assert_eq!(told(&compound(9, &names)).0, kind("msg"));
    assert_eq!(told(&compound(12, &names)).0, kind("msg"));
}

#[test]
fn a_compound_file_that_is_no_message_is_not_accepted() {
    for names in
        [&["Root Entry", "1Table", "WordDocument"][..], &["Root Entry"], &["__nameid_version1.0"], &[]]
    {
        let mut file = compound(9, names);
        if names.first() == Some(&"__nameid_version1.0") {
            file[3 * 512 + 66] = 2;
        }
        assert_eq!(told(&file).0, None, "{names:?}");
    }
    assert_eq!(told(&compound(11, &["Root Entry", "__nameid_version1.0"])).0, None);
    let mut far = compound(9, &["Root Entry", "__nameid_version1.0"]);
    far[0x30..0x34].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(told(&far).0, None, "a directory outside the file");
}

#[test]
fn other_content_is_not_accepted_whatever_its_name() {
    for content in
        [&b""[..], b"MZ\x90\0", b"<html>", b"GIF89a", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
    {
        assert_eq!(told(content).0, None, "{content:?}");
    }
}

#[test]
fn every_accepted_kind_can_be_told() {
    let mut told: Vec<_> = FAMILIES.iter().map(|(_, media_type)| *media_type).collect();
    told.extend([PDF, PNG, JPEG, MESSAGE]);
    for (ending, media_type) in DOCUMENT_KINDS {
        assert!(told.contains(&media_type), "{ending}");
    }
}

proptest! {
    #[test]
    fn no_content_panics(
        magic in prop::sample::select(vec![
            &b""[..], b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF", b"\x89PNG", b"\xff\xd8\xff",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let _ = told(&[magic, &rest].concat());
    }

    #[test]
    fn no_broken_archive_panics(at in 0_usize..400, byte in any::<u8>(), cut in 0_usize..400) {
        let mut archive = zip(&["[Content_Types].xml", "word/document.xml", "word/styles.xml"], 3, "comment");
        let length = archive.len();
        archive[at % length] = byte;
        archive.truncate(length - cut % length);
        let _ = told(&archive);
    }
}
