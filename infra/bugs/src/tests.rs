use super::*;

const SOURCE: &str = r#"
/// Says what is `said()`.
fn said(a: u8, b: u8) -> u8 {
    // A note on twice(a).
    let both = twice(a) + twice(b);
    if both >= 9 { said(both, 0) } else { both }
}

impl Store {
    fn parts(&self) -> Parts {
        self.put(
            item, // The claim.
            "version = :before",
        )
    }

    fn put(&self, item: Item, condition: &str) -> Parts {
        Parts { item, condition }
    }
}

impl<'a> From<&'a Store> for Parts<'a> {
    fn from(store: &'a Store) -> Self {
        store.parts()
    }
}

trait Kept {
    fn is_kept(&self) -> bool {
        true
    }
}

const FIRST: u64 = 60;

mod inner {
    const FIRST: u64 = 61;
}
"#;

fn bug(edits: &str) -> Result<Bug, Error> {
    Bug::parse("lost", &format!("It is lost.\n\nInvariant: I5\nProperty: kept\n\n{edits}"))
}

/// The text with a bug of these edits, each of which is in this one file.
fn changed(edits: &str) -> Result<String, Error> {
    bug(edits).unwrap().changed("a.rs", SOURCE.to_owned())
}

/// Checks that the edits do the same to the text as replacing these pieces, except for the layout.
#[track_caller]
fn does(edits: &str, pieces: &[(&str, &str)]) {
    let expected = pieces.iter().fold(SOURCE.to_owned(), |text, (piece, instead)| {
        assert_eq!(text.matches(piece).count(), 1, "{piece}");
        text.replace(piece, instead)
    });
    assert_eq!(tokens::read(&changed(edits).unwrap()).unwrap(), tokens::read(&expected).unwrap());
}

/// Checks that edits in a wrong form are refused for this reason.
#[track_caller]
fn refused(edits: &str, why: &str) {
    let said = bug(edits).unwrap_err().to_string();
    assert!(said.starts_with("lost.bug ") && said.contains(why), "{said}");
}

#[test]
fn code_that_is_there_once_is_replaced() {
    does("In a.rs, said:\n- twice(b)\n+ b\n", &[("twice(b)", "b")]);
    does(
        "In a.rs, Store::put:\n- Parts { item, condition }\n+ kept(item)\n+ // So?\n",
        &[("Parts { item, condition }", "kept(item)")],
    );
    does("In a.rs, FIRST:\n- 60\n+ 0\n", &[("60", "0")]);
    does("In a.rs, Kept::is_kept:\n- true\n+ false\n", &[("true", "false")]);
}

#[test]
fn code_without_anything_instead_is_removed() {
    does("In a.rs, said:\n- + twice(b)\n", &[("+ twice(b)", "")]);
    does("In a.rs, said:\n- + twice(b)\n+\n", &[("+ twice(b)", "")]);
}

#[test]
fn code_that_is_there_twice_is_reported() {
    let said = changed("In a.rs, said:\n- twice\n").unwrap_err().to_string();
    assert!(
        said.contains("2 times, and must have it once; add code that only the right place has"),
        "{said}"
    );
}

#[test]
fn code_is_searched_in_its_item_alone() {
    let elsewhere = changed("In a.rs, said:\n- self.put\n").unwrap_err();
    assert!(matches!(elsewhere, Error::Gone { .. }));
}

#[test]
fn an_item_that_is_missing_or_ambiguous_is_reported() {
    let said = changed("In a.rs, Store::gone:\n- x\n").unwrap_err().to_string();
    assert!(said.starts_with("lost: a.rs has 0 items Store::gone, and must have one"), "{said}");
    let twice = "impl A { fn f() {} }\nimpl A for A { fn f() {} }\n".to_owned();
    let twice = bug("In b.rs, A::f:\n- x\n").unwrap().changed("b.rs", twice).unwrap_err();
    assert!(matches!(twice, Error::Item { found: 2, .. }));
}

#[test]
fn layout_comments_and_last_commas_do_not_matter() {
    let pieces = [("item, // The claim.\n", "item,"), ("\"version = :before\",", "\"\"")];
    does(
        "In a.rs, Store::parts:\n- self . put(item,\n-   /* so */ \"version = :before\")\n+ self.put(item, \"\")\n",
        &pieces,
    );
    let pieces = [("Parts { item, condition }", "Parts { condition, item }")];
    does(
        "In a.rs, Store::put:\n- Parts {\n-     item,\n-     condition,\n- }\n+ Parts { condition, item }\n",
        &pieces,
    );
    does("In a.rs, Store::parts:\n- \"version = :before\"\n+ \"\"\n", &[("\"version = :before\"", "\"\"")]);
    does(
        "In a.rs, Store::put:\n- condition,\n+ condition: \"\",\n",
        &[("item, condition }", "item, condition: \"\", }")],
    );
}

#[test]
fn comments_are_not_code() {
    // The comment on the function says `said()`, and one inside it twice(a).
    does("In a.rs, said:\n- twice(a)\n+ a\n", &[("both = twice(a)", "both = a")]);
    assert!(matches!(changed("In a.rs, said:\n- said()\n").unwrap_err(), Error::Gone { .. }));
}

#[test]
fn an_operator_is_not_found_in_half() {
    assert!(matches!(changed("In a.rs, said:\n- both >\n").unwrap_err(), Error::Gone { .. }));
    does("In a.rs, said:\n- both >=\n+ both ==\n", &[("both >=", "both ==")]);
}

#[test]
fn a_method_of_a_trait_is_found_by_its_type() {
    does("In a.rs, Parts::from:\n- store.parts()\n+ Self\n", &[("store.parts()", "Self")]);
}

#[test]
fn several_edits_of_a_file_are_made_in_it_as_it_was() {
    let edits = "In a.rs, FIRST:\n- 60\n+ 61\n\nIn a.rs, said:\n- twice(a)\n+ twice(b)\n\nIn a.rs, said:\n- twice(b)\n+ b\n";
    does(edits, &[("FIRST: u64 = 60", "FIRST: u64 = 61"), ("twice(b)", "b"), ("= twice(a)", "= twice(b)")]);
    let said = changed("In a.rs, said:\n- 9\n+ 8\n\nIn a.rs, said:\n- both >= 9\n+ true\n").unwrap_err();
    assert!(said.to_string().contains("changes the same code in a.rs twice"), "{said}");
}

#[test]
fn what_no_longer_fits_is_said_and_that_the_code_may_be_wrong() {
    let said = |edits| changed(edits).unwrap_err().to_string();
    let wrong = "the bug no longer fits, and the code may be wrong";
    assert_eq!(
        said("In a.rs, said:\n- if both > 9\n+ if true\n"),
        format!(
            "lost: said in a.rs no longer has this code (where it is most like it, it has `>=` instead of `>`); {wrong}:\n\
             if both > 9"
        )
    );
    assert_eq!(
        said("In a.rs, said:\n- never\n"),
        format!("lost: said in a.rs no longer has this code; {wrong}:\nnever")
    );
    assert_eq!(
        said("In a.rs, Store::take:\n- item\n"),
        format!("lost: a.rs has 0 items Store::take, and must have one; {wrong}")
    );
}

#[test]
fn a_file_that_is_gone_is_reported() {
    let said = bug("In gone.rs, said:\n- a\n").unwrap();
    let said = said.apply(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err().to_string();
    assert!(said.starts_with("lost: cannot read gone.rs: "), "{said}");
}

#[test]
fn a_bug_that_makes_invalid_rust_is_reported() {
    let said = changed("In a.rs, said:\n- both >= 9\n+ both =>\n").unwrap_err().to_string();
    assert!(said.starts_with("lost: a.rs is not Rust with the bug in it: "), "{said}");
}

#[test]
fn a_bug_says_what_is_wrong_and_what_should_notice() {
    let read = bug("In a.rs, said:\n- a\n\nIn b.rs, said:\n- a\n").unwrap();
    assert_eq!([read.name, read.what, read.invariant, read.property], ["lost", "It is lost.", "I5", "kept"]);
    let edit = "In a.rs, said:\n- a\n";
    for head in ["\nInvariant: I5\nProperty: kept\n", "Lost.\nProperty: kept\n", "Lost.\nInvariant: I5\n"] {
        assert!(Bug::parse("lost", &format!("{head}{edit}")).is_err(), "{head}");
    }
}

#[test]
fn a_bug_that_changes_nothing_is_refused() {
    refused("", "changes nothing");
    refused("In a.rs, said:\n- a + b\n+ a+b // sum\n", "changes nothing in said");
    refused("In a.rs, said:\n+ a\n", "does not say which code it changes in said");
    refused("In a.rs, said:\n- // a\n+ a\n", "does not say which code it changes in said");
}

#[test]
fn a_line_that_means_nothing_is_refused() {
    refused("In a.rs said:\n- a\n", "a line that means nothing: In a.rs said:");
    refused("In a.rs, said:\n- a\nb\n", "neither code nor the beginning of an edit: b");
    refused("In a.rs, said:\n- a\n+ b\n- c\n", "neither code nor the beginning of an edit: - c");
    refused("In a.rs, said:\n- if a {\n+ if b {\n", "an unclosed bracket or quote: if a {");
}

#[test]
fn a_folder_without_bugs_is_refused() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(matches!(read(here).unwrap_err(), Error::Empty(_)));
    assert!(matches!(read(&here.join("gone")).unwrap_err(), Error::Io { .. }));
}
