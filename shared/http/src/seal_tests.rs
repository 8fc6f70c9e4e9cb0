use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

use super::*;

const CLAIM: &str = "01J0000000000000000000000A";

fn claim() -> ClaimId {
    CLAIM.parse().unwrap()
}

/// The entries as lines of a file.
fn exported(entries: &[Value]) -> Vec<String> {
    let (claim, hashes) = (claim(), seals(&claim(), entries, None).unwrap());
    let lines =
        entries.iter().zip(&hashes).map(|(item, hash)| Line { claim: Some(&claim), item, hash: Some(hash) });
    lines.map(|line| serde_json::to_string(&line).unwrap()).collect()
}

fn checked(lines: &[String]) -> Result<Verified, Broken> {
    Verified::of(&lines.join("\n"))
}

fn three() -> Vec<Value> {
    vec![
        json!({ "number": 1, "at": "2026-03-02T08:00:00Z", "type": "created", "details": { "name": "Übung" } }),
        json!({ "number": 2, "at": "2026-03-02T09:00:00Z", "type": "submitted", "again": false }),
        json!({ "number": 3, "at": "2026-03-02T10:00:00Z", "type": "commented", "text": "“Yes”\n\u{1}" }),
    ]
}

#[test]
fn a_hash_is_that_of_the_one_before_and_the_entry_in_canonical_json() {
    let canonical = [
        r#"{"at":"2026-03-02T08:00:00Z","claim":"01J0000000000000000000000A","details":{"name":"Übung"},"number":1,"type":"created"}"#,
        r#"{"again":false,"at":"2026-03-02T09:00:00Z","claim":"01J0000000000000000000000A","number":2,"type":"submitted"}"#,
        r#"{"at":"2026-03-02T10:00:00Z","claim":"01J0000000000000000000000A","number":3,"text":"“Yes”\n\u0001","type":"commented"}"#,
    ];
    let mut before = String::new();
    for (hash, text) in seals(&claim(), &three(), None).unwrap().iter().zip(canonical) {
        before = sha256(format!("{before}{text}").as_bytes()).to_string();
        assert_eq!(hash.as_str(), before, "{text}");
    }
}

#[test]
fn the_pages_of_a_history_make_one_chain() {
    let (entries, whole) = (three(), seals(&claim(), &three(), None).unwrap());
    let first = seals(&claim(), &entries[..1], None).unwrap();
    assert_eq!([first.clone(), seals(&claim(), &entries[1..], first.last()).unwrap()].concat(), whole);
}

#[test]
fn the_first_wrong_line_is_named_with_what_is_wrong() {
    let (right, claim) = (exported(&three()), CLAIM.to_owned());
    let broken = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = right.clone();
        change(&mut lines);
        checked(&lines).unwrap_err()
    };
    let of = |line, found| Broken::Changed { line, claim: claim.clone(), found };
    assert_eq!(broken(&|lines| lines[1] = lines[1].replace("false", "true")), of(2, 2));
    assert_eq!(broken(&|lines| lines[0] = lines[0].replace("Übung", "Ubung")), of(1, 1));
    let missing = Broken::Missing { line: 2, claim: claim.clone(), expected: 2, found: 3 };
    assert_eq!(broken(&|lines| drop(lines.remove(1))), missing);
    let again = Broken::Misplaced { line: 3, claim: claim.clone(), found: 1 };
    assert_eq!(broken(&|lines| lines.insert(2, lines[0].clone())), again);
    for line in ["", "[]", "{}", "null", r#"{"claim":"A","number":1}"#] {
        let wrong = if line.is_empty() { "x" } else { line };
        assert_eq!(broken(&|lines| lines[0] = wrong.to_owned()), Broken::NoEntry { line: 1 }, "{line}");
    }
    // Of two values under one name each reader takes another.
    let twice = |lines: &mut Vec<String>| lines[0] = lines[0].replacen('{', r#"{"type":"rejected","#, 1);
    assert_eq!(broken(&twice), Broken::NoEntry { line: 1 });
    // The entries of another claim's history, said to be of this one.
    let foreign = |lines: &mut Vec<String>| lines[0] = lines[0].replace(CLAIM, "01J0000000000000000000000B");
    assert!(matches!(broken(&foreign), Broken::Changed { line: 1, .. }));
}

#[test]
fn a_file_may_have_the_histories_of_several_claims() {
    let lines = exported(&three());
    let other =
        serde_json::to_string(&json!({ "claim": "01J0000000000000000000000B", "version": 1 })).unwrap();
    let sealed = seal(None, &serde_json::from_str(&other).unwrap());
    let other = other.replacen('{', &format!(r#"{{"hash":"{sealed}","#), 1);
    let mixed = [lines[0].clone(), other, lines[1].clone(), String::new()];
    let verified = checked(&mixed).unwrap();
    let found: Vec<_> = verified.histories().map(|(claim, entries, _)| (claim, entries)).collect();
    assert_eq!(found, [(CLAIM, 2), ("01J0000000000000000000000B", 1)]);
}

#[test]
fn an_earlier_file_tells_what_was_written_anew_or_cut_off() {
    let earlier = checked(&exported(&three()[..2])).unwrap();
    assert_eq!(checked(&exported(&three())).unwrap().follows(&earlier), Ok(()));
    let mut anew = three();
    anew[1]["again"] = json!(true);
    let anew = checked(&exported(&anew)).expect("whoever makes all hashes anew makes a chain");
    let rewritten = |entry| Err(Broken::Rewritten { claim: CLAIM.to_owned(), entry });
    assert_eq!(anew.follows(&earlier), rewritten(2));
    assert_eq!(checked(&exported(&three()[..1])).unwrap().follows(&earlier), rewritten(2));
    assert_eq!(Verified::of("").unwrap().follows(&earlier), rewritten(1));
}

#[test]
fn contacts_can_be_erased_without_a_trace_in_any_hash() {
    claim_domain::proves!(I2);
    let contact = json!({ "name": "Cleo", "email": "cleo@customer.example" });
    let told = |contact: Value| {
        vec![
            json!({ "number": 1, "details": { "customer": { "contact": contact, "name": "C" }, "partnerContact": contact } }),
            json!({ "number": 2, "fields": [
                { "pointer": "/customer/contact", "old": contact, "new": contact }, { "pointer": "/name", "old": 1, "new": 2 } ] }),
            json!({ "number": 3, "contact": { "old": contact, "new": contact } }),
        ]
    };
    let hashes = seals(&claim(), &told(contact), None).unwrap();
    assert_eq!(seals(&claim(), &told(json!("erased")), None).unwrap(), hashes);
    let mut more = told(json!("erased"));
    more[2]["partnerContact"] = json!("somewhere else");
    assert_ne!(seals(&claim(), &more, None).unwrap()[2], hashes[2], "no contact stands there");
    let mut renamed = told(json!("erased"));
    renamed[1]["fields"][1]["new"] = json!(3);
    assert_ne!(seals(&claim(), &renamed, None).unwrap()[1], hashes[1], "another field is sealed");
}

/// Any facts of an entry.
fn facts() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        ".{0,8}".prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,4}", inner, 0..3).prop_map(|fields| json!(fields)),
        ]
    })
}

fn entries() -> impl Strategy<Value = Vec<Value>> {
    let entry = (proptest::sample::select(vec!["created", "edited", "commented"]), facts());
    proptest::collection::vec(entry, 1..7).prop_map(|kinds| {
        let numbered = (1..).zip(kinds);
        numbered
            .map(|(number, (kind, facts))| json!({ "number": number, "type": kind, "facts": facts }))
            .collect()
    })
}

/// A change of a file, by whoever has it.
#[derive(Debug, Clone)]
enum Tampering {
    Alters(Index, Index),
    Removes(Index),
    Repeats(Index, Index),
    Swaps(Index, Index),
    Takes(Index, Index),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    let two = || (any::<Index>(), any::<Index>());
    prop_oneof![
        4 => two().prop_map(|(line, leaf)| Tampering::Alters(line, leaf)),
        1 => any::<Index>().prop_map(Tampering::Removes),
        1 => two().prop_map(|(line, to)| Tampering::Repeats(line, to)),
        1 => two().prop_map(|(line, other)| Tampering::Swaps(line, other)),
        1 => two().prop_map(|(line, from)| Tampering::Takes(line, from)),
    ]
}

/// Every value in it that has no parts.
fn leaves<'a>(value: &'a mut Value, found: &mut Vec<&'a mut Value>) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|value| leaves(value, found)),
        Value::Array(items) => items.iter_mut().for_each(|value| leaves(value, found)),
        leaf => found.push(leaf),
    }
}

fn altered(line: &str, which: Index) -> String {
    let mut entry: Value = serde_json::from_str(line).unwrap();
    let mut found = Vec::new();
    leaves(&mut entry, &mut found);
    let at = which.index(found.len());
    let leaf = found.swap_remove(at);
    *leaf = match &*leaf {
        Value::String(text) => json!(format!("{text}x")),
        Value::Number(number) => json!(number.as_u64().unwrap_or_default() + 1),
        other => json!(*other != Value::Bool(true)),
    };
    entry.to_string()
}

impl Tampering {
    fn with(&self, mut lines: Vec<String>) -> Vec<String> {
        let count = lines.len();
        match self {
            Self::Alters(line, leaf) => {
                let at = line.index(count);
                lines[at] = altered(&lines[at], *leaf);
            }
            Self::Removes(line) => drop(lines.remove(line.index(count))),
            Self::Repeats(line, to) => lines.insert(to.index(count + 1), lines[line.index(count)].clone()),
            Self::Swaps(line, other) => lines.swap(line.index(count), other.index(count)),
            Self::Takes(line, from) => lines[line.index(count)] = lines[from.index(count)].clone(),
        }
        lines
    }
}

proptest! {
    #[test]
    fn a_true_history_verifies_and_any_change_is_found(entries in entries(), tampering in tampering()) {
        let lines = exported(&entries);
        let original = checked(&lines).unwrap();
        let changed = tampering.with(lines.clone());
        if changed == lines {
            return Ok(());
        }
        let found = checked(&changed);
        if changed.len() + 1 == lines.len() && changed == lines[..changed.len()] {
            prop_assert!(found.unwrap().follows(&original).is_err(), "the last one is missing");
        } else {
            prop_assert!(found.is_err(), "{:?}", tampering);
        }
    }

    #[test]
    fn no_file_makes_the_reader_panic(text in "[\\[\\]{}\":,a-z0-9\n]{0,80}") {
        let _ = Verified::of(&text);
    }
}
