//! What depends on what: a pure domain, one crate that knows the table, one TLS stack.

use toml::Table;

use crate::{none, sources, tree};

fn manifest(path: &str) -> Table {
    tree::text(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What a crate of the product depends on, its tests left out.
fn dependencies(manifest: &Table) -> Vec<String> {
    let dependencies = manifest.get("dependencies").and_then(|listed| listed.as_table());
    dependencies.into_iter().flat_map(|listed| listed.keys().cloned()).collect()
}

#[test]
fn there_is_one_tls_stack_and_it_is_rustls_with_ring() {
    let lock = manifest("Cargo.lock");
    let packages = lock["package"].as_array().unwrap();
    let names: Vec<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let others =
        ["aws-lc-sys", "aws-lc-rs", "openssl-sys", "openssl", "native-tls", "boring-sys", "s2n-tls-sys"];
    none(
        others.iter().filter(|other| names.contains(other)).map(|other| (*other).to_owned()),
        "`cargo tree --invert <package>` says who asks for it: switch that one's default features off.",
    );
    for name in ["rustls", "ring"] {
        let count = names.iter().filter(|known| **known == name).count();
        assert_eq!(count, 1, "Cargo.lock has {name} in {count} versions: bring those who ask for it to one.");
    }
}

#[test]
fn what_no_call_needs_is_in_no_cold_start() {
    let lock = manifest("Cargo.lock");
    let packages = lock["package"].as_array().unwrap();
    let names = packages.iter().map(|package| package["name"].as_str().unwrap());
    let needless = |name: &&str| ["aws-smithy-http-client", "h2"].contains(name) || name.starts_with("icu_");
    none(
        names.filter(needless).map(str::to_owned),
        "The SDK's HTTP client comes with HTTP/2 and proxies: leave its features off, claim-runtime has one. Unicode's \
         tables come with idna, for hosts that are not ASCII: `cargo update --package idna_adapter --precise 1.0.0`.",
    );
}

#[test]
fn the_domain_is_pure() {
    claim_domain::proves!(I1);
    let foreign = ["tokio", "aws", "lambda", "claim-", "reqwest", "hyper", "tracing", "ureq"];
    let listed = dependencies(&manifest("shared/domain/Cargo.toml"));
    none(
        listed.into_iter().filter(|name| foreign.iter().any(|other| name.starts_with(other))),
        "The rules know neither time nor place: what needs this crate belongs into another one of shared/.",
    );
}

#[test]
fn only_the_store_knows_the_table() {
    claim_domain::proves!(I1);
    let product = sources::manifests().into_iter().filter(|path| sources::is_product(path));
    let knowing =
        product.filter(|path| dependencies(&manifest(path)).iter().any(|name| name == "aws-sdk-dynamodb"));
    // The runtime makes the client, and the port passes its inputs through.
    let others = ["shared/store/Cargo.toml", "shared/runtime/Cargo.toml", "shared/ports/Cargo.toml"];
    none(
        knowing.filter(|path| !others.contains(&path.as_str())),
        "Keys and expressions are claim-store's alone: ask it, and take aws-sdk-dynamodb out of the dependencies.",
    );
}

#[test]
fn no_function_is_built_with_the_sdk_of_another() {
    let product: Vec<String> =
        sources::manifests().into_iter().filter(|path| sources::is_product(path)).collect();
    let functions: Vec<&str> = product
        .iter()
        .filter_map(|path| path.strip_prefix("functions/")?.strip_suffix("/Cargo.toml"))
        .collect();
    let foreign = |path: &str, name: &str| {
        functions.contains(&name)
            || path.starts_with("shared/") && name.starts_with("aws-sdk-") && name != "aws-sdk-dynamodb"
    };
    none(
        product.iter().flat_map(|path| {
            let listed = dependencies(&manifest(path)).into_iter();
            let found = listed.filter(|name| foreign(path, name));
            found.map(|name| format!("{path}: {name}")).collect::<Vec<_>>()
        }),
        "Linking a function optimises every SDK that its dependencies have, called or not: keep the port and the client \
         of a service with the function that calls it, as functions/dispatch/src/services does.",
    );
}

#[test]
fn every_crate_has_the_lints_of_the_workspace() {
    let without = sources::manifests().into_iter().filter(|path| {
        let lints = manifest(path).get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
        path != "Cargo.toml" && lints != Some(true)
    });
    none(without, "Add [lints] workspace = true.");
}
