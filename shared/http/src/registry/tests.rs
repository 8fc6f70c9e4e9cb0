use std::collections::BTreeSet;

use super::*;

#[test]
fn every_operation_leads_to_its_own_route() {
    for route in ROUTES {
        assert_eq!(route.operation.route(), route);
        let path = route.path.replace(['{', '}'], "");
        assert_eq!(super::route(route.method, &path), Some(route), "the first page is one, too");
    }
    let keys: BTreeSet<_> = ROUTES.iter().map(Route::key).collect();
    assert_eq!(keys.len(), ROUTES.len(), "no two routes have the same method and path");
}

#[test]
fn what_is_read_can_be_asked_for_its_head_alone() {
    let heads = ROUTES.iter().flat_map(Route::keys).filter(|key| key.starts_with("HEAD "));
    let read = ROUTES.iter().filter(|route| route.method == "GET" && !route.is_page());
    assert_eq!(heads.count(), read.count());
    for (method, operation) in [("GET", Operation::ListClaims), ("HEAD", Operation::ListClaims)] {
        assert_eq!(route(method, "/v1/claims"), Some(operation.route()), "{method}");
    }
    assert_eq!(route("HEAD", "/v1/claims/A/submit"), None);
}

#[test]
fn the_gateway_finds_the_function_of_a_page_by_its_first_segment() {
    let keys = |operation: Operation| operation.route().keys().collect::<Vec<_>>();
    assert_eq!(keys(Operation::Home), ["GET /"]);
    assert_eq!(keys(Operation::ShowClaims), ["GET /claims"]);
    assert_eq!(keys(Operation::CompleteOwnProof), ["POST /claims/{page+}"]);
    assert_eq!(keys(Operation::ReadClaim), ["GET /v1/claims/{id}", "HEAD /v1/claims/{id}"]);
    for (route, other) in ROUTES.iter().flat_map(|route| ROUTES.iter().map(move |other| (route, other))) {
        let shared = route.keys().any(|key| other.keys().any(|of_other| key == of_other));
        assert!(!shared || route.function == other.function, "{} and {}", route.path, other.path);
    }
}

#[test]
fn every_route_is_of_a_function_behind_the_api_and_every_one_has_a_route() {
    for route in ROUTES {
        let function = Function::named(route.function).unwrap();
        assert_eq!(function.invoked_by, InvokedBy::Api, "{}", route.key());
    }
    for function in FUNCTIONS {
        assert_eq!(function.routes().next().is_some(), function.invoked_by == InvokedBy::Api);
    }
}

#[test]
fn functions_are_in_order_and_what_they_may_do_is_too() {
    assert!(FUNCTIONS.is_sorted_by_key(|function| function.name));
    for function in FUNCTIONS {
        assert!(function.permissions.is_sorted(), "{}", function.name);
    }
}

#[test]
fn a_path_is_matched_segment_by_segment() {
    let route = Operation::DownloadEvidence.route();
    let found = route.parameters("/v1/claims/A/evidence/B").unwrap();
    assert_eq!(found, [("id", "A"), ("evidenceId", "B")]);
    assert_eq!(route.parameters("/v1/claims/A/evidence/B/"), Some(found), "a slash at the end means nothing");
    for path in [
        "",
        "/",
        "/v1/claims/A/evidence",
        "/v1/claims/A/evidence//",
        "/v1/claims//evidence/B",
        "/v1/claims/A/proof/B",
    ] {
        assert_eq!(route.parameters(path), None, "{path}");
    }
}
