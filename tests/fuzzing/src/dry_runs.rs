//! A dry run says what then happens, and does nothing itself.
//!
//! Claims are taken through random commands, good and bad ones, with time passing in between. Each is tried first, at the
//! very instant and with the very ids with which it is then carried out, so that everything it said can be compared. The
//! long run: `PROPTEST_CASES=20000 cargo test --workspace dry_run`, which is 100,000 commands.

use chrono::TimeDelta;
use claim_domain::claim::Status;
use claim_domain::effect::Effect;
use claim_domain::ids::ClaimId;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};

use crate::fixture::{Answer, Fixture, TestRequest, ana, draft, lena, rita, upload};
use crate::noise;

/// How many commands one case has.
const COMMANDS: usize = 20;

/// Something that somebody asks.
#[derive(Debug, Clone)]
struct Asked {
    /// Whose claim, by its place among the fixture's.
    claim: usize,
    /// Which command.
    what: usize,
    /// Which revision it is said to be meant for: the present one, an old one, none.
    seen: u8,
    /// A body that makes no sense, instead of a good one.
    noise: Option<Vec<u8>>,
    /// How long after the one before, in minutes.
    later: i64,
    keyed: bool,
}

fn asked() -> impl Strategy<Value = Asked> {
    (
        0..6_usize,
        0..21_usize,
        prop_oneof![8 => Just(0_u8), 1 => Just(1), 1 => Just(2)],
        prop_oneof![6 => Just(None), 1 => noise::body(draft()).prop_map(Some)],
        prop_oneof![3 => 0..10_i64, 2 => 60..1_440_i64, 1 => 1_440..60_000_i64],
        any::<bool>(),
    )
        .prop_map(|(claim, what, seen, noise, later, keyed)| Asked {
            claim,
            what,
            seen,
            noise,
            later,
            keyed,
        })
}

/// Every command: who sends it, how, and what its body is.
fn command(fixture: &Fixture, claim: &str, what: usize) -> (TestRequest, Value) {
    let post = |token: Value, rest: &str, body: Value| {
        (TestRequest::new("POST", &format!("/v1/claims/{claim}{rest}"), token), body)
    };
    match what {
        0 => (TestRequest::new("POST", "/v1/claims", ana()), draft()),
        1 => (
            TestRequest::new("PATCH", &format!("/v1/claims/{claim}"), ana()),
            json!({ "partnerContact": { "name": "Nora", "email": "nora@partner.example" } }),
        ),
        2 => (
            TestRequest::new("PATCH", &format!("/v1/claims/{claim}"), ana()),
            json!({ "products": [{ "product": "Teams" }] }),
        ),
        3 => (TestRequest::new("DELETE", &format!("/v1/claims/{claim}"), ana()), json!({})),
        4 => post(ana(), "/evidence", upload("more.pdf")),
        5 => post(ana(), &format!("/evidence/{}/complete", fixture.announced), json!({})),
        6 | 7 => post(ana(), "/submit", json!({})),
        8 => post(ana(), "/withdraw", json!({ "cause": "other", "note": "Words." })),
        9 => post(ana(), "/dispute", json!({ "justification": "Words." })),
        10 => post(ana(), "/consent/resend", json!({})),
        11 => post(ana(), "/comments", json!({ "text": "Words." })),
        12 => post(rita(), "/comments", json!({ "text": "Words.", "internal": true })),
        13 => post(rita(), "/review/start", json!({})),
        14 => post(rita(), "/review/release", json!({})),
        15 => post(lena(), "/review/take-over", json!({})),
        16 => post(
            rita(),
            "/review/request-action",
            json!({ "reasons": [{ "code": "missingAllPoe" }], "removeProducts": [{ "product": "Teams" }] }),
        ),
        17 => post(rita(), "/review/approve", json!({})),
        19 => post(ana(), "/clone", json!({ "name": "Once more" })),
        18 => post(rita(), "/review/reject", json!({ "reason": "insufficientPoe" })),
        _ => post(
            rita(),
            "/review/end-association",
            json!({ "products": [{ "product": "Teams" }], "reason": "Words." }),
        ),
    }
}

/// Tries a command, carries it out at the same instant with the same ids, and compares.
fn is_foretold(fixture: &Fixture, request: &TestRequest) -> TestCaseResult {
    let (table, next_id) = (fixture.items().len(), fixture.next_id());
    let items = sorted(fixture);
    let tried = fixture.send(&TestRequest { query: "dryRun=true".to_owned(), ..request.clone() });
    prop_assert_eq!(items, sorted(fixture), "a dry run of {} {} wrote", request.method, request.path);
    fixture.set_next_id(next_id);
    let before = tried.json()["id"].as_str().map(|id| history(fixture, request, id)).unwrap_or_default();
    let done = fixture.send(request);
    if done.status >= 400 {
        prop_assert_eq!((tried.status, tried.json()), (done.status, done.json()));
        prop_assert!(fixture.items().len() >= table);
        return Ok(());
    }
    prop_assert_eq!(tried.status, 200, "{:?} was carried out", tried);
    prop_assert_eq!(tried.header("etag"), "");
    told_is_done(fixture, request, (&tried, &done), &before)
}

/// Compares what a dry run told with what was done.
fn told_is_done(
    fixture: &Fixture,
    request: &TestRequest,
    (tried, done): (&Answer, &Answer),
    before: &[Value],
) -> TestCaseResult {
    let mut told = tried.json();
    let id = told["id"].as_str().unwrap_or_default().to_owned();
    let mut dry_run = told.as_object_mut().and_then(|claim| claim.remove("dryRun")).unwrap_or_default();
    let mut claim = done.json();
    if claim.get("allowedActions").is_none() {
        let path = format!("/v1/claims/{id}");
        claim =
            fixture.send(&TestRequest::new("GET", &path, request.token.clone().unwrap_or_default())).json();
    }
    let left_open = dry_run["leftOpen"].as_array().cloned().unwrap_or_default();
    let after = history(fixture, request, &id);
    for field in left_open.iter().filter_map(Value::as_str) {
        told[field] = claim[field].clone();
        let recorded = dry_run["events"].as_array_mut().into_iter().flatten().zip(&after[before.len()..]);
        for (told, done) in recorded.filter(|(told, _)| told.get(field).is_some()) {
            told[field] = done[field].clone();
        }
    }
    prop_assert_eq!(&told, &claim, "the claim of {} {}", request.method, request.path);
    prop_assert_eq!(&dry_run["events"], &json!(after[before.len()..]), "the events");
    let (emails, deleted) = followed(fixture, &id, after.len() - before.len());
    prop_assert_eq!(dry_run["emails"].as_array().map(Vec::len), Some(emails));
    prop_assert_eq!(dry_run["deletedEvidence"].as_array().map(Vec::len), Some(deleted));
    for due in dry_run["due"].as_array().into_iter().flatten() {
        let runs = |clock: &Value| clock["name"] == due["clock"] && clock["dueAt"] == due["dueAt"];
        prop_assert!(claim["clocks"].as_array().is_some_and(|clocks| clocks.iter().any(runs)), "{}", due);
    }
    Ok(())
}

/// The history as the sender sees it, without numbers: a dry run's entries have none yet.
fn history(fixture: &Fixture, request: &TestRequest, id: &str) -> Vec<Value> {
    let path = format!("/v1/claims/{id}/history");
    let request = TestRequest {
        query: "limit=100".to_owned(),
        ..TestRequest::new("GET", &path, request.token.clone().unwrap_or_default())
    };
    let mut entries = fixture.send(&request).json()["items"].as_array().cloned().unwrap_or_default();
    for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
        entry.remove("number");
    }
    entries
}

/// How many emails, and how many deleted documents, follow from the newest events of a claim.
fn followed(fixture: &Fixture, id: &str, newest: usize) -> (usize, usize) {
    let id: ClaimId = id.parse().unwrap();
    let store = fixture.commands().store;
    let version = fixture.wait(store.claim(&id)).unwrap().unwrap().version;
    let (mut emails, mut deleted) = (0, 0);
    for version in version + 1 - u64::try_from(newest).unwrap()..=version {
        for effect in fixture.wait(store.event(&id, version)).unwrap().unwrap().effects {
            match effect {
                Effect::SendEmail { .. } | Effect::NotifyCustomer { .. } => emails += 1,
                Effect::DeleteFiles { evidence } => deleted += evidence.len(),
                _ => {}
            }
        }
    }
    (emails, deleted)
}

fn sorted(fixture: &Fixture) -> Vec<String> {
    let mut items: Vec<String> = fixture
        .items()
        .into_iter()
        .map(|item| format!("{:?}", item.into_iter().collect::<std::collections::BTreeMap<_, _>>()))
        .collect();
    items.sort();
    items
}

thread_local! {
    static FIXTURE: Fixture = Fixture::new();
}

proptest! {
    // A case is many commands, each carried out twice: a quarter of the usual cases are plenty in every test run.
    #![proptest_config({
        let usual = ProptestConfig::default();
        ProptestConfig { cases: usual.cases / 4, max_shrink_iters: 200, ..usual }
    })]

    #[test]
    fn a_dry_run_says_what_then_happens(asked in proptest::collection::vec(asked(), COMMANDS)) {
        claim_domain::proves!(I10);
        let fixture = FIXTURE.with(Fixture::copy);
        let claims: Vec<String> =
            fixture.statuses().into_iter().map(|status: Status| fixture.claim(status).to_owned()).collect();
        let mut now = TimeDelta::zero();
        for (nth, asked) in asked.into_iter().enumerate() {
            now += TimeDelta::minutes(asked.later);
            fixture.passes(now);
            let claim = &claims[asked.claim % claims.len()];
            let (request, body) = command(&fixture, claim, asked.what);
            let token = request.token.clone().unwrap_or_default();
            let tag = fixture.send(&TestRequest::new("GET", &format!("/v1/claims/{claim}"), token)).header("etag").to_owned();
            let mut request = match asked.noise {
                Some(noise) => request.bytes(noise).header("content-type", "application/json"),
                None => request.json(&body),
            };
            match asked.seen {
                0 if request.path != "/v1/claims" => request = request.header("if-match", &tag),
                1 => request = request.header("if-match", "\"0\""),
                _ => {}
            }
            if asked.keyed && request.method == "POST" {
                request = request.header("idempotency-key", &format!("key-{}", nth % 7));
            }
            is_foretold(&fixture, &request)?;
        }
    }
}
