//! Lists and history (R16, R26, D13).

use claim_domain::rule::Rule;
use claim_http::seal::Verified;
use e2e::{ClaimDriver, Failed};
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, history, holds, same, status, submitted, under_review};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            partner: "ada",
            ..case("a_partner_pages_through_its_claims_and_filters_them", pages).proves(&[Rule::R16])
        },
        case("the_queue_shows_what_waits_for_reviewers_by_due_instant", queue).proves(&[Rule::R16]),
        Case {
            partner: "ada",
            ..case("claims_and_history_are_exported_page_by_page", exports).proves(&[Rule::I7, Rule::R16])
        },
        case("the_history_shows_who_did_what_with_old_and_new_values", edits).proves(&[Rule::R26]),
    ]
}

fn rows(page: &local_stack::Response) -> Vec<Value> {
    page.json()["items"].as_array().cloned().unwrap_or_default()
}

fn pages(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(20, 9)?;
    let mut made = Vec::new();
    for number in 0..5 {
        let mut body = draft(&format!("Listed {number}"), &[if number == 0 { "Yammer" } else { "Teams" }]);
        body["mpnId"] = json!("4733001");
        body["customer"]["tenantId"] = json!("1157ed00-0000-4000-8000-000000000001");
        claim.create(&body)?;
        made.push(claim.id.clone());
    }
    let customer = "customer=1157ed00-0000-4000-8000-000000000001";
    let (mut seen, mut path) = (Vec::new(), format!("/v1/claims?limit=2&{customer}"));
    loop {
        let page = claim.call("ada", "GET", &path, &[], None)?;
        status(&page, 200, "a page")?;
        seen.extend(rows(&page).iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()));
        match page.json()["next"].as_str() {
            Some(next) => path = format!("/v1/claims?limit=2&{customer}&cursor={next}"),
            None => break,
        }
    }
    seen.reverse();
    same(seen, made.clone(), "all claims, the latest change first")?;
    let yammer = claim.call("ada", "GET", &format!("/v1/claims?product=Yammer&{customer}"), &[], None)?;
    same(rows(&yammer).len(), 1, "claims with Yammer")?;
    let approved = claim.call("ada", "GET", &format!("/v1/claims?status=approved&{customer}"), &[], None)?;
    same(rows(&approved).len(), 0, "approved claims")?;
    let first = claim.call("ada", "GET", "/v1/claims?limit=1", &[], None)?.json();
    let cursor = first["next"].as_str().unwrap_or_default();
    let foreign = claim.call("nadia", "GET", &format!("/v1/claims?limit=1&cursor={cursor}"), &[], None)?;
    status(&foreign, 400, "another organisation's cursor")?;
    let nonsense = claim.call("ada", "GET", "/v1/claims?cursor=nonsense", &[], None)?;
    status(&nonsense, 400, "a cursor that is none")
}

/// The pages of a list as files, one after another, in a form.
fn exported(claim: &ClaimDriver<'_>, user: &str, path: &str, form: &str) -> Result<Vec<String>, Failed> {
    let (mut pages, mut path) = (Vec::new(), path.to_owned());
    loop {
        let page = claim.call(user, "GET", &path, &[("accept", form)], None)?;
        status(&page, 200, "a page of a file")?;
        holds(page.header("content-type").is_some_and(|kind| kind.starts_with(form)), "it is in that form")?;
        pages.push(page.text());
        match page.header("link").and_then(|link| link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")) {
            Some(next) => path = next.to_owned(),
            None => return Ok(pages),
        }
    }
}

fn exports(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(20, 9)?;
    let customer = "1157ed00-0000-4000-8000-000000000002";
    for number in 0..3 {
        let mut body = draft(&format!("=Exported {number}"), &["Teams"]);
        body["mpnId"] = json!("4733001");
        body["customer"]["tenantId"] = json!(customer);
        claim.create(&body)?;
    }
    let path = format!("/v1/claims?limit=2&customer={customer}");
    let sheet = exported(claim, "ada", &path, "text/csv")?.concat();
    let rows: Vec<_> = sheet.lines().collect();
    holds(rows[0].starts_with("id,revision,status,name,"), "the names of the columns come first, once")?;
    same(rows.len(), 4, "rows")?;
    holds(rows[1..].iter().all(|row| row.contains(",'=Exported ")), "no name is a formula")?;
    let lines = exported(claim, "ada", &path, "application/jsonl")?.concat();
    let listed = rows_of(&lines)?;
    let page = claim.call("ada", "GET", &format!("/v1/claims?customer={customer}"), &[], None)?;
    same(listed, self::rows(&page), "the lines and the items of the list")?;
    let foreign = exported(claim, "nadia", &path, "application/jsonl")?.concat();
    same(foreign.as_str(), "", "what another organisation exports of them")?;
    let entries =
        rows_of(&exported(claim, "ada", &claim.path("/history?limit=1"), "application/jsonl")?.concat())?;
    holds(
        !entries.is_empty() && entries.iter().all(|entry| entry["claim"] == json!(claim.id)),
        "whose history it is",
    )?;
    same(entries.len(), history(claim, "ada")?.len(), "entries")?;
    let history = exported(claim, "ada", &claim.path("/history?limit=1"), "application/jsonl")?.concat();
    let verified = Verified::of(&history).map_err(|broken| Failed::new(broken.to_string()))?;
    let sealed: Vec<_> =
        verified.histories().map(|(claim, entries, _)| (claim.to_owned(), entries)).collect();
    same(sealed, vec![(claim.id.clone(), entries.len())], "what the hashes cover")
}

/// The items in lines of JSON.
fn rows_of(lines: &str) -> Result<Vec<Value>, Failed> {
    let lines = lines.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().map_err(|error| Failed::new(format!("a line is no JSON: {error}")))
}

fn queue(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(33, 9)?;
    submitted(claim, "In the queue")?;
    let find = |claim: &ClaimDriver<'_>| -> Result<Option<Value>, Failed> {
        let mut path = "/v1/review/queue?sort=due&limit=100".to_owned();
        loop {
            let page = claim.call("rita", "GET", &path, &[], None)?;
            status(&page, 200, "the queue")?;
            let due: Vec<_> =
                rows(&page).iter().filter_map(|row| row["nextDueAt"].as_str().map(str::to_owned)).collect();
            holds(due.is_sorted(), "the earliest due instant comes first")?;
            if let Some(row) = rows(&page).into_iter().find(|row| row["id"] == json!(claim.id)) {
                return Ok(Some(row));
            }
            match page.json()["next"].as_str() {
                Some(next) => path = format!("/v1/review/queue?sort=due&limit=100&cursor={next}"),
                None => return Ok(None),
            }
        }
    };
    same(find(claim)?.map(|row| row["status"].clone()), Some(json!("submitted")), "the row")?;
    claim.act("rita", "starts", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    same(find(claim)?, None, "an approved claim waits for nobody")
}

fn edits(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Edited", &["Teams"]))?;
    let patch = json!({
        "name": "Edited, with another name", "customer": { "contact": { "title": "CIO" } },
        "products": [{ "product": "Teams" }, { "product": "Intune" }],
    });
    claim.edit("edits", &patch)?;
    let edited =
        history(claim, "nadia")?.into_iter().find(|entry| entry["type"] == "edited").unwrap_or_default();
    same(edited["actor"]["name"].clone(), json!("Nadia Rahman"), "who")?;
    same(edited["actor"]["role"].clone(), json!("incentives-admin"), "in which role")?;
    let fields = edited["fields"].as_array().cloned().unwrap_or_default();
    let text = json!(fields).to_string();
    same(fields.len(), 3, "changed fields")?;
    holds(text.contains("Head of IT") && text.contains("CIO"), "old and new contact")?;
    holds(text.contains("Intune") && text.contains("Edited, with another name"), "new products and name")?;
    claim.day(6, 9)?;
    under_review(claim, "Seen by both")?;
    let partner: Vec<_> = history(claim, "nadia")?.iter().map(|entry| entry["number"].clone()).collect();
    same(partner.clone(), (1..=partner.len()).map(|number| json!(number)).collect(), "the partner's numbers")
}
