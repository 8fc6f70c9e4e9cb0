//! Which crates may depend on which: a pure domain, one crate that knows the table, one TLS stack.

use std::collections::BTreeSet;

use toml::Table;

use crate::variables::linked;
use crate::{none, sources, tree};

fn manifest(path: &str) -> Table {
    tree::text(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What a crate of the product depends on, without its tests.
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
        "`cargo tree --invert <package>` says which package needs it: switch off that package's default features.",
    );
    for name in ["rustls", "ring"] {
        let count = names.iter().filter(|known| **known == name).count();
        assert_eq!(
            count, 1,
            "Cargo.lock has {count} versions of {name}: make all packages use the same one."
        );
    }
}

#[test]
fn no_binary_has_http_2_or_unicode_tables() {
    let lock = manifest("Cargo.lock");
    let packages = lock["package"].as_array().unwrap();
    let names = packages.iter().map(|package| package["name"].as_str().unwrap());
    let needless = |name: &&str| ["aws-smithy-http-client", "h2"].contains(name) || name.starts_with("icu_");
    none(
        names.filter(needless).map(str::to_owned),
        "No call needs them, and they slow down every cold start. HTTP/2 and proxies come with the SDK's HTTP client: \
         leave its features off, claim-runtime has a client. Unicode's tables come with idna, for hosts that are not \
         ASCII: `cargo update --package idna_adapter --precise 1.0.0`.",
    );
}

#[test]
fn the_domain_is_pure() {
    claim_domain::proves!(I1);
    let foreign = ["tokio", "aws", "lambda", "claim-", "reqwest", "hyper", "tracing", "ureq"];
    let listed = dependencies(&manifest("shared/domain/Cargo.toml"));
    none(
        listed.into_iter().filter(|name| foreign.iter().any(|other| name.starts_with(other))),
        "The domain knows the rules and nothing else: move what needs this crate to another crate of shared/.",
    );
}

#[test]
fn only_the_store_knows_the_table() {
    claim_domain::proves!(I1);
    let product = sources::manifests().into_iter().filter(|path| sources::is_product(path));
    let knowing =
        product.filter(|path| dependencies(&manifest(path)).iter().any(|name| name == "aws-sdk-dynamodb"));
    // The runtime creates the client, the port passes its inputs on, and sessions have a table of their own.
    let others = ["store", "runtime", "ports", "session"].map(|name| format!("shared/{name}/Cargo.toml"));
    none(
        knowing.filter(|path| !others.contains(path)),
        "Only claim-store knows keys and expressions: use it, and remove aws-sdk-dynamodb from the dependencies.",
    );
}

#[test]
fn no_crate_of_the_product_depends_on_a_function() {
    let functions = tree::names("functions");
    let product = sources::manifests().into_iter().filter(|path| sources::is_product(path));
    none(
        product.flat_map(|path| {
            let listed = dependencies(&manifest(&path)).into_iter().filter(|name| functions.contains(name));
            listed.map(|name| format!("{path}: {name}")).collect::<Vec<_>>()
        }),
        "Move what several need to a crate of shared/.",
    );
}

#[test]
fn no_function_is_built_with_the_sdks_of_another() {
    let sdks = |folder: &str| {
        let listed = dependencies(&manifest(&format!("{folder}/Cargo.toml"))).into_iter();
        listed
            .filter(|name| name.starts_with("aws-sdk-") && name != "aws-sdk-dynamodb")
            .collect::<BTreeSet<_>>()
    };
    let (mut shared, mut wrong) = (0, Vec::new());
    for function in tree::names("functions") {
        let (folder, mut crates) = (format!("functions/{function}"), BTreeSet::new());
        linked(&folder, &mut crates);
        let brought: BTreeSet<_> = crates.iter().flat_map(|name| sdks(&format!("shared/{name}"))).collect();
        shared += brought.len();
        wrong.extend(brought.difference(&sdks(&folder)).map(|sdk| format!("{function}: {sdk}")));
    }
    assert!(shared > 0, "the SDKs that shared crates bring are no longer found");
    none(
        wrong,
        "Linking a function optimises every SDK among its dependencies, whether it is called or not: keep the port of a \
         service in the function that calls it, or in a crate of its own that only functions depend on that make its \
         client and so list its SDK themselves.",
    );
}

#[test]
fn every_function_is_linked_the_same_way() {
    let functions = tree::names("functions").into_iter().map(|name| format!("functions/{name}/Cargo.toml"));
    none(
        functions.filter(|path| {
            let script = manifest(path)["package"].get("build").cloned();
            script != Some("../../infra/link.rs".into())
        }),
        "Add build = \"../../infra/link.rs\": it says why.",
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

#[test]
fn our_own_code_notices_numbers_that_overflow_in_a_release_too() {
    let release = &manifest("Cargo.toml")["profile"]["release"];
    assert_eq!(
        release.get("overflow-checks"),
        Some(&true.into()),
        "set overflow-checks in [profile.release]"
    );
    let ours = tree::names("shared").into_iter().chain(tree::names("functions"));
    let packages = release["package"].as_table().unwrap();
    none(
        ours.filter(|name| {
            let named = [name.clone(), format!("claim-{name}")];
            named
                .iter()
                .any(|name| packages.get(name).is_some_and(|own| own.get("overflow-checks").is_some()))
        }),
        "Only the packages of others go without overflow checks.",
    );
}
