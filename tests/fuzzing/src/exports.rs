//! An exported history is complete and verifies, whoever reads it and however it is cut into pages.

use claim_domain::ids::ClaimId;
use claim_http::seal::Verified;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{Fixture, TestRequest, ana, rita};

/// The pages of a history after one another, each in the form and with the limit that is next in `turns`.
fn exported(fixture: &Fixture, claim: &str, token: &Value, turns: &[(bool, u32)]) -> String {
    let (mut file, mut cursor) = (String::new(), String::new());
    for (is_file, limit) in turns.iter().cycle() {
        let query = format!("limit={limit}{cursor}");
        let path = format!("/v1/claims/{claim}/history");
        let request = TestRequest { query, ..TestRequest::new("GET", &path, token.clone()) };
        let form = if *is_file { "application/jsonl" } else { "application/json" };
        let answer = fixture.send(&request.header("accept", form));
        if answer.status == 404 {
            return file;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        let next = match is_file {
            true => {
                file.push_str(&answer.body);
                let link = answer.header("link").to_owned();
                link.split_once("cursor=")
                    .map(|(_, rest)| rest.trim_end_matches(">; rel=\"next\"").to_owned())
            }
            false => answer.json()["next"].as_str().map(str::to_owned),
        };
        match next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    file
}

thread_local! {
    static FIXTURE: Fixture = Fixture::new();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, ..ProptestConfig::default() })]

    #[test]
    fn an_exported_history_verifies_however_it_is_cut_into_pages(
        at in any::<proptest::sample::Index>(),
        limits in proptest::collection::vec(1..4_u32, 1..4),
        of_reviewer in any::<bool>(),
    ) {
        let (fixture, token) = (FIXTURE.with(Fixture::copy), if of_reviewer { rita() } else { ana() });
        let claim = fixture.claim(*at.get(&fixture.statuses())).to_owned();
        let turns: Vec<_> = limits.iter().map(|limit| (true, *limit)).collect();
        let whole = exported(&fixture, &claim, &token, &[(true, 100)]);
        prop_assert_eq!(&exported(&fixture, &claim, &token, &turns), &whole);
        let verified = Verified::of(&whole).unwrap();
        prop_assert!(verified.histories().all(|(of, entries, _)| of == claim && entries == whole.lines().count()));
        // A page that was read as JSON in between is missing in the file, and the hashes go on.
        let gaps = exported(&fixture, &claim, &token, &[(false, 1), (true, 100)]);
        prop_assert_eq!(gaps.lines().collect::<Vec<_>>(), whole.lines().skip(1).collect::<Vec<_>>());
    }

    #[test]
    fn a_forged_hash_in_a_cursor_makes_no_function_fail(hash in "[0-9a-fA-F]{62,66}", passed in 0..5_u64) {
        use base64::Engine;
        let fixture = FIXTURE.with(Fixture::copy);
        let claim = fixture.claim(fixture.statuses()[0]).to_owned();
        let place = json!({ "claim": claim.parse::<ClaimId>().unwrap(), "of": "history", "passed": passed, "hash": hash });
        let cursor = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(place.to_string());
        let request = TestRequest {
            query: format!("cursor={cursor}"),
            ..TestRequest::new("GET", &format!("/v1/claims/{claim}/history"), ana())
        };
        let answer = fixture.send(&request.header("accept", "application/jsonl"));
        prop_assert_eq!(answer.status, if hash.len() == 64 { 200 } else { 400 }, "{:?}", answer);
    }
}
