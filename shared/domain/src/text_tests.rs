use proptest::prelude::*;

use super::*;

#[track_caller]
fn flaw<'t>(read: fn(&'t str) -> Result<&'t str, Flaw>, text: &'t str) -> (&'static str, String) {
    match read(text) {
        Err(flaw) => (flaw.code, flaw.detail),
        Ok(read) => panic!("{read:?} is accepted"),
    }
}

#[test]
fn a_name_in_which_nothing_can_be_seen_is_empty() {
    for text in [
        "",
        " ",
        "\u{200b}\u{200b}",
        "\u{feff}",
        "\u{2800}",
        "\u{3164}",
        "\u{3000}\t\u{a0}",
        "\u{2028}",
        "\u{fe0f}",
    ] {
        for read in [name, line, prose] {
            let (code, detail) = flaw(read, text);
            assert_eq!((code, detail.contains("at least one can be seen")), ("length", true), "{text:?}");
        }
    }
}

#[test]
fn blanks_of_any_kind_are_cut_at_the_ends() {
    for text in [
        " Ana Müller ",
        "\u{feff}Ana Müller",
        "Ana Müller\r\n",
        "\u{3000}Ana Müller\u{200b}",
        "Ana Müller\u{2029}",
        "\u{202f}Ana Müller\u{2800}\u{e0020}",
        "Ana Müller\u{85}",
    ] {
        for read in [name, line, prose] {
            assert_eq!(read(text), Ok("Ana Müller"), "{text:?}");
        }
    }
    let varied = "渡邉\u{e0100}";
    assert_eq!(name(&format!("{varied}\u{200b} ")), Ok(varied), "what belongs to the last character stays");
}

#[test]
fn a_name_holds_no_character_that_hides_turns_or_breaks() {
    for (text, number) in [
        ("annex\u{202e}fdp.msg", "U+202E at place 6"),
        ("Con\u{200b}toso", "U+200B at place 4"),
        ("Con\u{ad}toso", "U+00AD"),
        ("Ana\r\nBcc: x@evil.example", "U+000D"),
        ("two\u{2028}lines", "U+2028"),
        ("a\u{0}b", "U+0000"),
        ("a\u{1b}[31mb", "U+001B"),
        ("J\u{fffd}rgen", "U+FFFD at place 2"),
        ("a\u{e0041}b", "U+E0041"),
        ("a\u{2066}b", "U+2066"),
    ] {
        let (code, detail) = flaw(name, text);
        assert_eq!((code, detail.contains(number)), ("character", true), "{text:?} {detail}");
    }
}

#[test]
fn names_of_every_script_are_accepted() {
    for text in [
        "O'Brien & Söhne GmbH",
        "Łódź Sp. z o.o.",
        "株式会社コントソ",
        "شركة كونتوسو",
        "קונטוסו בע״מ",
        "कॉन्टोसो",
        "Contoso ❤\u{fe0f}",
        "Booking.com",
        "a/b testing",
        "Dynamics 365 v1.0/2.0",
        "z.B./d.h.",
        "and/or",
        "Awww.",
        "No. 5/Rue",
        "24/7",
        "Contoso.",
        "A.S./B.V.",
    ] {
        assert_eq!(name(text), Ok(text));
    }
}

#[test]
fn a_name_holds_no_web_address() {
    for text in [
        "renew at https://evil.example/pay",
        "see http://evil.example",
        "HTTPS://EVIL.EXAMPLE",
        "WWW.evil.example",
        "(www.evil.example)",
        "You won! evil.example/pay",
        "evil.example:8080/pay",
        "evil.example./pay",
        "evil.рф/pay",
        "a.evil.xn--p1ai/pay",
        "x,evil.example/",
        "evil．example／pay",
        "evil。example/pay",
        "https:\\\\evil.example",
        "https：／／evil.example",
    ] {
        let (code, detail) = flaw(name, text);
        assert_eq!((code, detail.contains("without it")), ("address", true), "{text:?}");
        assert_eq!(line(text), Ok(text), "a line that is no name may");
    }
}

#[test]
fn longer_texts_keep_their_lines_and_every_script_but_nothing_broken() {
    for text in
        ["two\r\nlines\tand a tab", "see https://contoso.example/x", "👩\u{200d}👩\u{200d}👧", "\u{200f}שלום"]
    {
        assert!(prose(text).is_ok(), "{text:?}");
    }
    assert_eq!(prose("👩\u{200d}👧 done \n"), Ok("👩\u{200d}👧 done"));
    for text in ["a\u{0}b", "J\u{fffd}rgen"] {
        assert_eq!(flaw(prose, text).0, "character");
    }
    assert!(prose(&"ż".repeat(MAX_TEXT)).is_ok());
    assert_eq!(
        flaw(prose, &"ż".repeat(MAX_TEXT + 1)),
        ("length", "must be 1 to 8000 characters of text, and has 8001".to_owned())
    );
}

proptest! {
    #[test]
    fn whatever_is_accepted_stays_as_it_is_when_read_again(text in "\\PC{0,12}|.{0,12}|[a-z./:\u{200b}\u{fe0f} ]{0,12}") {
        for read in [name, line, prose] {
            if let Ok(once) = read(&text) {
                prop_assert_eq!(read(once), Ok(once));
                prop_assert!(!once.is_empty());
            }
        }
    }
}
