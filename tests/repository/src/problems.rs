//! Kinds of problem ↔ `GET /v1/problems` ↔ the snapshots of the refusals.

use std::collections::BTreeSet;

use claim_domain::refusal::Kind;
use claim_http::status_of;
use serde_json::Value;

use crate::fixtures::Fixture;
use crate::template::Template;
use crate::{api, none, tree};

const SNAPSHOTS: &str = "tests/e2e/tests/suite/snapshots";

#[tokio::test]
async fn every_kind_of_problem_is_listed_and_described_where_its_type_points() {
    let template = Template::read();
    let fixtures = Fixture::all();
    let event =
        |route| fixtures.iter().find(|fixture| fixture.route() == Some(route)).unwrap().without_token();
    let (_, list) = api::answer(&template, "reference", &event("GET /v1/problems")).await;
    let list: Value = serde_json::from_str(&list).unwrap();
    let items = list["items"].as_array().unwrap();
    let listed: BTreeSet<&str> = items.iter().map(|item| item["type"].as_str().unwrap()).collect();
    let kinds: BTreeSet<String> = Kind::ALL.iter().map(|kind| kind.reference()).collect();
    assert_eq!(listed, kinds.iter().map(String::as_str).collect(), "GET /v1/problems lists every Kind");
    let mut one = event("GET /v1/problems/{type}");
    for reference in listed {
        one["rawPath"] = reference.into();
        one["requestContext"]["http"]["path"] = reference.into();
        let (status, _) = api::answer(&template, "reference", &one).await;
        assert_eq!(status, 200, "{reference} is described where it points");
    }
}

#[test]
fn every_snapshot_of_a_refusal_has_an_existing_type_and_its_status() {
    let mut wrong = Vec::new();
    let snapshots = tree::names(SNAPSHOTS);
    assert!(snapshots.len() >= 20, "only {} snapshots of refusals are found in {SNAPSHOTS}", snapshots.len());
    for name in snapshots {
        let snapshot = tree::text(&format!("{SNAPSHOTS}/{name}"));
        let body = snapshot.splitn(3, "---\n").last().unwrap();
        let problem: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{name}: {error}"));
        let slug = problem["type"].as_str().and_then(|reference| reference.strip_prefix("/v1/problems/"));
        let kind = slug.and_then(Kind::of);
        if kind.is_none_or(|kind| problem["status"] != status_of(kind) || problem["title"] != kind.title()) {
            wrong.push(format!("{name}: {} {}", problem["type"], problem["status"]));
        }
    }
    none(
        wrong,
        "Add the kind in shared/domain/src/kind.rs, or accept the new snapshot, or remove the snapshot.",
    );
}
