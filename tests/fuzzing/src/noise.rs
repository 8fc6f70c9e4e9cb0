//! What anybody could send: JSON of every form, valid documents with something wrong in them, headers, tokens.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Names that mean something somewhere, so that noise gets past the first checks.
const NAMES: &[&str] = &[
    "name",
    "mpnId",
    "solutionArea",
    "activities",
    "customer",
    "tenantId",
    "domain",
    "contact",
    "title",
    "email",
    "technicalContact",
    "partnerContact",
    "products",
    "product",
    "subscriptionId",
    "revenueAssociation",
    "solutionSeller",
    "customerName",
    "isvProduct",
    "fileName",
    "mediaType",
    "size",
    "sha256",
    "reasons",
    "code",
    "note",
    "removeProducts",
    "reason",
    "cause",
    "justification",
    "text",
    "internal",
    "",
    "/",
    "~",
    "a/b~c",
];

/// Texts that mean something somewhere, or that often break programs.
const TEXTS: &[&str] = &[
    "Microsoft 365",
    "Business Applications",
    "usage",
    "preSales",
    "revenueAssociation",
    "Teams",
    "Exchange",
    "Sales",
    "11111111-2222-3333-4444-555555555555",
    "1001",
    "ana@partner.example",
    "customer.example",
    "proof.pdf",
    "application/pdf",
    "missingAllPoe",
    "other",
    "insufficientPoe",
    "incorrectMpn",
    "",
    " ",
    "\u{0}",
    "\u{7f}",
    "\u{202e}gnp.exe",
    "\u{1F9FE}\u{200D}\u{1F9FE}",
    "\u{feff}",
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "../../etc",
    "..",
    ".",
    "%2e%2e",
    "%2E",
    "{{7*7}}",
    "<script>",
    "'; --",
    "a@b",
    "\"@\".example",
    "xn--",
    "a..b",
    "-.example",
];

/// Instants, written as we write them, at the edges of what can be written.
pub(crate) const INSTANTS: &[&str] = &[
    "9999",
    "2026-03-02T10:00:00.000000Z",
    "0000-01-01T00:00:00.000000Z",
    "9999-12-31T23:59:59.999999Z",
    "-262143-01-01T00:00:00.000000Z",
    "+262142-12-31T23:59:59.999999Z",
];

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(TEXTS).prop_map(str::to_owned),
        3 => any::<String>(),
        2 => "\\PC{0,12}",
        1 => (proptest::sample::select(&["x", "ż", "\u{1F9FE}"][..]), 195..210_usize).prop_map(|(one, count)| one.repeat(count)),
        1 => (7_990..8_010_usize).prop_map(|count| "ż".repeat(count)),
    ]
}

pub(crate) fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let name =
            prop_oneof![8 => proptest::sample::select(NAMES).prop_map(str::to_owned), 1 => any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(name, inner, 0..8).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A valid document with some of its parts replaced, removed, repeated, extended or nested.
pub(crate) fn corrupted(valid: Value) -> impl Strategy<Value = Value> {
    vec((any::<proptest::sample::Index>(), 0..4_u8, json_value()), 1..4).prop_map(move |changes| {
        let mut value = valid.clone();
        for (at, how, new) in changes {
            let places = places(&value);
            let place = at.get(&places).clone();
            corrupt(&mut value, &place, how, new);
        }
        value
    })
}

/// JSON pointers to every part of a value.
fn places(value: &Value) -> Vec<String> {
    let mut places = vec![String::new()];
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in inner {
        places.extend(self::places(value).into_iter().map(|place| format!("/{name}{place}")));
    }
    places
}

fn corrupt(value: &mut Value, place: &str, how: u8, new: Value) {
    let Some(part) = value.pointer_mut(place) else { return };
    match (how, part) {
        (0, part) => *part = new,
        (1, part) => *part = Value::Null,
        (2, Value::Object(map)) => map.extend(new.as_object().cloned().unwrap_or_default()),
        (2 | 3, Value::Array(items)) => {
            let first = items.first().cloned().unwrap_or(new);
            items.resize(items.len() + 50, first);
        }
        (_, part) => *part = json!([part.clone()]),
    }
}

/// The bytes of a body: such a document, any JSON, or anything at all.
pub(crate) fn body(valid: Value) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => corrupted(valid).prop_map(|value| value.to_string().into_bytes()),
        2 => json_value().prop_map(|value| value.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..200),
        1 => (1..200_usize, proptest::sample::select(&["[", "{\"a\":", "[{\"customer\":"][..]))
            .prop_map(|(deep, open)| open.repeat(deep).into_bytes()),
    ]
}

/// A header that the API reads, with any content.
pub(crate) fn header() -> impl Strategy<Value = (String, String)> {
    const HEADERS: &[&str] = &[
        "if-match",
        "idempotency-key",
        "content-type",
        "accept",
        "authorization",
        "content-length",
        "cookie",
    ];
    let values = prop_oneof![
        "[ -~]{0,40}",
        "(W/)?\"[0-9a-z]{0,22}\"(, ?\"[0-9]{0,4}\")?",
        "[ -~\u{80}-\u{ff}]{0,300}",
        "(application|text|\\*)/(json|html|problem\\+json|merge-patch\\+json|\\*)(;q=[01](\\.[0-9]{0,4})?)?(, ?[a-z*/;=0-9.]{0,20})?",
    ];
    (proptest::sample::select(HEADERS).prop_map(str::to_owned), values)
}

/// The claims of a token as the gateway passes them on: texts with whatever the issuer put in.
pub(crate) fn token() -> impl Strategy<Value = Value> {
    let list = prop_oneof![
        "\\[?(incentives-admin|reviewer|review-lead|system|customer|janitor)([ ,]{1,2}(billing-admin|reviewer|x))?\\]?",
        "\\[\"(global-admin|reviewer)\"(,(\"[a-z]{0,9}\"|[0-9]{0,9}|null|\\[\\]))?\\]",
        "[\\[\\]{}\", a-z0-9\u{1F600}]{0,30}",
        any::<String>(),
    ];
    let use_of =
        prop_oneof![6 => Just("access".to_owned()), 1 => Just("id".to_owned()), 1 => any::<String>()];
    let organisation = prop_oneof![6 => Just("contoso".to_owned()), 2 => text()];
    let missing = proptest::collection::hash_set(0..6_usize, 0..3);
    (text(), use_of, list.clone(), organisation, list, text(), missing).prop_map(
        |(sub, use_of, roles, organisation, mpn_ids, name, missing)| {
            let all = [
                ("sub", sub),
                ("token_use", use_of),
                ("cognito:groups", roles),
                ("partner_id", organisation),
                ("mpn_ids", mpn_ids),
                ("name", name),
            ];
            let kept = all.into_iter().enumerate().filter(|(at, _)| !missing.contains(at));
            Value::Object(
                kept.map(|(_, (name, value))| (name.to_owned(), json!(value))).collect::<Map<_, _>>(),
            )
        },
    )
}

/// A raw query string.
pub(crate) fn query() -> impl Strategy<Value = String> {
    let name = "(limit|cursor|sort|status|product|customer|dueBefore|contested|[a-z%]{0,5})";
    let value = prop_oneof![
        "[ -~]{0,30}",
        "(20|0|101|-1|updated|due|submitted,approved|Teams%20Phone|true|2026-03-02T00:00:00Z|%|%zz|%00|\\+)",
        any::<String>(),
        "[A-Za-z0-9_-]{0,200}",
    ];
    vec((name, value).prop_map(|(name, value)| format!("{name}={value}")), 0..5)
        .prop_map(|pairs| pairs.join("&"))
}
