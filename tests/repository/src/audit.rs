//! What the audit skips, and why.

use crate::none;
use crate::template::Template;
use crate::tree::text;

/// Whether a text is a reason: a sentence of some length.
fn is_reason(text: &str) -> bool {
    text.len() > 30 && text.ends_with('.')
}

#[test]
fn every_finding_that_the_audit_skips_has_its_reason() {
    let (mut found, mut wrong) = (0, Vec::new());
    let config = text("infra/checkov.yaml");
    let lines: Vec<&str> = config.lines().map(str::trim).collect();
    for (at, line) in lines.iter().enumerate() {
        found += usize::from(line.starts_with("- "));
        let reason = at.checked_sub(1).and_then(|before| lines[before].strip_prefix("# "));
        if line.starts_with("- ") && !reason.is_some_and(is_reason) {
            wrong.push(format!("infra/checkov.yaml: {line}"));
        }
    }
    for (name, resource) in &Template::read().resources() {
        for skipped in resource["Metadata"]["checkov"]["skip"].as_array().into_iter().flatten() {
            found += 1;
            if !skipped["comment"].as_str().is_some_and(is_reason) {
                wrong.push(format!("template.yaml: {name}: {}", skipped["id"]));
            }
        }
    }
    let deny: toml::Table = text("deny.toml").parse().unwrap();
    for ignored in deny["advisories"].get("ignore").and_then(|listed| listed.as_array()).into_iter().flatten()
    {
        if !ignored.get("reason").and_then(|reason| reason.as_str()).is_some_and(is_reason) {
            wrong.push(format!("deny.toml: {ignored:?}"));
        }
    }
    assert!(found > 0, "no finding that the audit skips is found, so nothing would be checked");
    none(wrong, "Fix the finding, or say in a sentence why it is intended.");
}
