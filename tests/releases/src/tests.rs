use std::collections::BTreeSet;

use claim_domain::claim::Status;
use claim_domain::evolve::evolve;
use claim_domain::ids::ClaimId;
use claim_domain::proves;
use claim_domain::webhook::Delivery;
use serde_json::{Value, json};

use crate::record::{InFlight, of_all_releases};
use crate::world::ASSESSMENT;

/// What every release left in flight, and what this code leaves.
fn all() -> Vec<InFlight> {
    let mut all = of_all_releases();
    assert!(
        !all.is_empty(),
        "no release has left anything in flight: write it down with `cargo xtask inflight`"
    );
    all.push(InFlight::of_this_release("this code"));
    all
}

#[test]
fn a_claim_begun_on_any_release_ends_as_it_would_have_there() {
    proves!(I4, I6);
    for left in all() {
        let world = left.land();
        for claim in &left.claims {
            assert_eq!(claim.end(&world), claim.ends, "{}: a claim {}", left.release, claim.told);
        }
        assert!(!world.sweep(), "{}: something was left undone", left.release);
        assert_eq!(world.timers(), [], "{}: timers that nobody waits for", left.release);
    }
}

#[test]
fn the_history_of_any_release_replays_to_the_claim_it_stored() {
    proves!(I1);
    for left in all() {
        for world in [left.resume(), left.land()] {
            for claim in &left.claims {
                let id: ClaimId = claim.id.parse().unwrap();
                let (stored, events) = world.stored(&id).unwrap();
                let replayed = events.iter().fold(None, evolve);
                assert_eq!(replayed.as_ref(), Some(&stored), "{}: a claim {}", left.release, claim.told);
            }
        }
    }
}

#[test]
fn contacts_of_a_rejected_claim_of_any_release_are_erased_in_time() {
    proves!(D22);
    for left in all() {
        let world = left.land();
        left.forget(&world);
        let over = left.claims.iter().filter(|claim| claim.ends.status == Status::Rejected);
        let over: BTreeSet<String> = over.map(|claim| format!("CLAIM#{}", claim.id)).collect();
        let items = world.items();
        let is_kept = |item: &&Value| {
            item["contact"].is_object() && item["pk"]["S"].as_str().is_some_and(|claim| over.contains(claim))
        };
        let contacts: Vec<&Value> = items.iter().filter(is_kept).collect();
        assert!(
            !over.is_empty() && contacts.is_empty(),
            "{}: these contacts outlived their claims: {contacts:#?}",
            left.release
        );
    }
}

#[test]
fn messages_of_any_release_can_still_be_read() {
    for left in all() {
        let to_webhooks: Vec<_> =
            left.messages.iter().filter(|message| message.queue != ASSESSMENT).collect();
        assert!(!to_webhooks.is_empty(), "{}: no change was on its way to a webhook", left.release);
        for message in to_webhooks {
            let read = serde_json::from_str::<Delivery>(&message.body);
            assert!(read.is_ok(), "{}: {} {read:?}", left.release, message.body);
        }
    }
}

#[test]
fn what_is_in_flight_stands_at_every_point_of_a_claims_life() {
    for left in of_all_releases() {
        let ends: BTreeSet<String> = left.claims.iter().map(|claim| format!("{:?}", claim.ends)).collect();
        assert!(ends.len() >= 5, "{}: too few endings, {ends:?}", left.release);
        assert!(left.timers.len() >= 10 && !left.unworked.is_empty(), "{}: too little waits", left.release);
    }
}

/// Maps whose keys mean something, so that a newer release would not add to them by itself.
const KEYED: [&str; 2] = ["clocks", "outcomes"];

/// Adds a field to every map of an attribute.
fn with_more(name: &str, attribute: &mut Value) {
    if let Some(list) = attribute.get_mut("L").and_then(Value::as_array_mut) {
        list.iter_mut().for_each(|entry| with_more("", entry));
    }
    if let Some(map) = attribute.get_mut("M").and_then(Value::as_object_mut) {
        map.iter_mut().for_each(|(name, value)| with_more(name, value));
        if !KEYED.contains(&name) {
            map.insert("addedLater".to_owned(), json!({ "S": "by a newer release" }));
        }
    }
}

/// Adds a field to every object in a text of JSON.
fn with_more_in(text: &mut String) {
    let mut value: Value = serde_json::from_str(text).unwrap();
    value["addedLater"] = json!("by a newer release");
    *text = value.to_string();
}

#[test]
fn what_a_newer_release_adds_does_not_stop_this_one() {
    let mut left = InFlight::of_this_release("this code");
    for item in &mut left.items {
        for (name, attribute) in item.as_object_mut().unwrap() {
            with_more(name, attribute);
            if name == "listed" {
                let mut row = attribute["S"].as_str().unwrap().to_owned();
                with_more_in(&mut row);
                attribute["S"] = json!(row);
            }
        }
    }
    left.timers.iter_mut().for_each(|timer| with_more_in(&mut timer.input));
    left.messages.iter_mut().for_each(|message| with_more_in(&mut message.body));
    let world = left.land();
    for claim in &left.claims {
        assert_eq!(claim.end(&world), claim.ends, "a claim {}", claim.told);
    }
}
