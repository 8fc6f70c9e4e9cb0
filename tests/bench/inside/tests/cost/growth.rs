//! How cost grows with the number of claims, and with the length of a claim's history.
//!
//! `CLAIMS=1000000 cargo test --workspace --test cost` counts at a million, which takes a minute and some gigabytes.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use bench_inside::{
    BenchTable, CLAIM, ClaimDriver, Moment, PreparedTable, cases, functions, partner, reviewer, sign_in,
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::ids::ClaimId;
use claim_http::shown_events;
use claim_http::view::Viewer;
use claim_store::{Filter, ListOrder, ListQuery, ListScope};
use serde_json::{Value, json};
use test_support::table::Item;

use crate::metered::{Cost, Metered, shared};

/// How many claims of a table are overdue, whatever its size.
const OVERDUE: usize = 20;
/// How long a claim may wait for its review to start, weekends included, before sweep finds it.
const PROMISED: TimeDelta = TimeDelta::days(9);

fn begins() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-02T09:00:00Z").unwrap().to_utc()
}

/// A table with so many claims of one organisation, all of them in the queue and some overdue, and its driver.
async fn table_of(claims: usize) -> (Arc<Metered>, ClaimDriver) {
    let table = Arc::new(Metered::default());
    let driver = ClaimDriver::new(shared(&table), begins()).unwrap();
    for nth in 0..OVERDUE {
        driver.drive(&id(nth), Moment::Submitted).await.unwrap();
    }
    let written = table.item(&format!("CLAIM#{}", id(0)), "CLAIM").unwrap();
    for nth in OVERDUE..claims {
        table.put(later(&written, nth));
    }
    driver.pass(PROMISED);
    table.cost();
    (table, driver)
}

fn id(nth: usize) -> String {
    format!("01JGR{nth:021}")
}

/// A copy of a claim, due so late that nothing reads more of it than lists show.
fn later(written: &Item, nth: usize) -> Item {
    let text = AttributeValue::S;
    let id = id(nth);
    let at = |from: DateTime<Utc>| {
        let at = from + TimeDelta::seconds(i64::try_from(nth).unwrap());
        at.to_rfc3339_opts(SecondsFormat::Micros, true)
    };
    let (updated, due) = (at(begins()), at(begins() + TimeDelta::days(60)));
    let mut item = written.clone();
    item.remove("claim");
    item.insert("pk".to_owned(), text(format!("CLAIM#{id}")));
    for name in ["partnerUpdated", "reviewUpdated"] {
        item.insert(name.to_owned(), text(format!("{updated}#{id}")));
    }
    for name in ["partnerDue", "reviewDue"] {
        item.insert(name.to_owned(), text(format!("{due}#{id}")));
    }
    item.insert("workAt".to_owned(), text(due));
    item.insert("workPk".to_owned(), text(format!("CLAIM#{}", nth % 4)));
    // Many of them wait for their partner, as an index of its own says.
    if nth.is_multiple_of(10) {
        item.insert("needsPk".to_owned(), item["partnerPk"].clone());
    }
    let mut row: Value = serde_json::from_str(item["listed"].as_s().unwrap()).unwrap();
    row["id"] = json!(id);
    item.insert("listed".to_owned(), text(row.to_string()));
    item
}

/// What each way of reading costs in a table with so many claims: calls, items looked at, read units.
async fn costs(claims: usize) -> Vec<(&'static str, usize, usize, f64)> {
    let (table, driver) = table_of(claims).await;
    let store = &driver.commands.store;
    let scopes = [ListScope::Partner(partner().unwrap().partner.unwrap()), ListScope::Review];
    let mut costs = Vec::new();
    let mut measured = |what, cost: Cost| costs.push((what, cost.calls.len(), cost.items, cost.read));
    for scope in scopes {
        for order in [ListOrder::Updated, ListOrder::Due] {
            let filter = Filter::default();
            let mut query = ListQuery { scope: scope.clone(), order, limit: 20, after: None, filter };
            query.after = store.list(&query).await.unwrap().next;
            measured("a first page", table.cost());
            assert_eq!(store.list(&query).await.unwrap().rows.len(), 20);
            measured("a second page", table.cost());
            query.filter.contested = Some(true);
            assert_eq!(store.list(&query).await.unwrap().rows.len(), 0);
            measured("a page that a filter leaves empty", table.cost());
        }
    }
    let sessions = Arc::new(BenchTable::default());
    sign_in(sessions.clone(), driver.commands.host.now()).await.unwrap();
    let functions = functions(driver.commands.clone(), sessions.clone()).unwrap();
    for page in ["dashboard-claims", "casework-queue"] {
        let case = cases().into_iter().find(|case| case.event == page).unwrap();
        let nothing = PreparedTable { table: sessions.clone(), claim: None, submission: 0 };
        sessions.calls();
        let answer = functions.invoke(case.function(), &case.event(&nothing).unwrap()).await.unwrap();
        assert!(case.is_answer(&answer), "{}", String::from_utf8_lossy(&answer));
        let mut cost = table.cost();
        cost.calls.extend(sessions.calls());
        measured(page, cost);
    }
    let sweep = &functions.sweep;
    let swept = sweep.pass().await.unwrap();
    assert_eq!((swept.claims, swept.failed), (20, 0));
    measured("a pass of sweep", table.cost());
    sweep.measured(&swept).await.unwrap();
    measured("what sweep measures", table.cost());
    costs
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the number of claims is given on the command line")]
async fn a_list_and_a_pass_of_sweep_cost_the_same_with_any_number_of_claims() {
    let many = std::env::var("CLAIMS").map_or(10_000, |claims| claims.parse().unwrap());
    let (few, many) = (costs(300).await, costs(many).await);
    for (what, calls, items, units) in &many {
        println!("{what:36} {calls:4} calls {items:5} items {units:7.1} read units");
    }
    assert_eq!(few, many);
}

/// A claim with so many events, most of them comments; every fifth is an internal note.
async fn commented(events: u64) -> (Arc<Metered>, ClaimDriver, Claim) {
    let table = Arc::new(Metered::default());
    let driver = ClaimDriver::new(shared(&table), begins()).unwrap();
    let (claim, _) = driver.drive(CLAIM, Moment::UnderReview).await.unwrap();
    let mut claim = claim.unwrap();
    while claim.version < events {
        let comment = driver.commands.id().unwrap();
        let (caller, text) = (reviewer(), format!("Comment {}", claim.version));
        let command = match claim.version % 5 {
            0 => Command::Note { comment, text },
            _ => Command::Comment { comment, text },
        };
        claim = driver.act(&claim, &caller, command).await.unwrap();
    }
    table.cost();
    (table, driver, claim)
}

#[tokio::test]
async fn a_claim_costs_the_same_to_read_however_long_its_history_is() {
    let mut costs = Vec::new();
    for events in [20, 1_000, 5_000] {
        let (table, driver, claim) = commented(events).await;
        driver.commands.view_with_contacts(&partner().unwrap(), &claim.id).await.unwrap();
        let Cost { calls, items, read, .. } = table.cost();
        costs.push((calls, items, read));
    }
    assert!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:?}");
}

/// Reads all pages of what a viewer sees of a history: the versions, and the cost of the most expensive page.
async fn read_all(
    driver: &ClaimDriver,
    table: &Metered,
    claim: &ClaimId,
    viewer: Viewer,
) -> (Vec<u64>, Cost) {
    let (mut seen, mut place, mut highest) = (Vec::new(), Some(0), Cost::default());
    while let Some(passed) = place {
        let store = &driver.commands.store;
        let (events, next) = shown_events(store, claim, viewer, |_| true, passed, 20, 21).await.unwrap();
        seen.extend(events.iter().map(|event| event.version));
        let cost = table.cost();
        if cost.read > highest.read {
            highest = cost;
        }
        place = next;
    }
    (seen, highest)
}

#[tokio::test]
async fn pages_of_a_history_cost_alike_and_show_all_the_viewer_may_see() {
    claim_domain::proves!(D13);
    let (table, driver, claim) = commented(5_000).await;
    let events = driver.commands.store.events(&claim.id, 0, u32::MAX).await.unwrap();
    table.cost();
    for viewer in [Viewer::Reviewer, Viewer::Partner] {
        let shown = |visible: bool| visible || viewer == Viewer::Reviewer;
        let (seen, highest) = read_all(&driver, &table, &claim.id, viewer).await;
        let mut all = Vec::new();
        let mut page = events.clone();
        loop {
            let visible = page.events.iter().filter(|event| shown(event.change.is_visible_to_partner()));
            all.extend(visible.map(|event| event.version));
            let last = page.events.last().unwrap().version;
            if !page.more {
                break;
            }
            page = driver.commands.store.events(&claim.id, last, u32::MAX).await.unwrap();
        }
        table.cost();
        println!("{viewer:?}: {} entries, the most expensive page {highest:?}", seen.len());
        assert_eq!(seen, all);
        assert!(highest.calls.len() <= 12 && highest.read <= 60.0, "{highest:?}");
    }
}
