//! What a claim costs to write, from its creation to its hand-off.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::hand_off::whole_claim;
use crate::metered::Metered;

/// What claim 1 may cost, in write units, indexes included. It may only fall, unless a rule asks for more: seven are the
/// counts of what its organisation did and whom it wrote to in a day (D19), two the place of an announced document in the
/// index of work (D20), four the index of claims that wait for their partner, and the rest its partner's name and the email about the hand-off (D21, D18).
const BUDGET: usize = 199;

#[tokio::test]
async fn a_whole_claim_costs_no_more_write_units_than_its_budget() {
    let table = Arc::new(Metered::default());
    let steps = whole_claim(&table).await.unwrap();
    let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
    for step in &steps {
        for (kind, units) in &step.cost.written {
            *by_kind.entry(kind).or_default() += units;
        }
    }
    let of = |written: &BTreeMap<String, usize>| written.values().sum::<usize>();
    let mut largest: Vec<_> = by_kind.iter().collect();
    largest.sort_by_key(|(_, units)| std::cmp::Reverse(**units));
    let all: usize = by_kind.values().sum();
    let steps: Vec<_> = steps
        .iter()
        .map(|step| format!("{:20} {:3}  {:?}", step.what, of(&step.cost.written), step.cost.written))
        .collect();
    println!("{all} write units\n{largest:?}\n{}", steps.join("\n"));
    assert!(all <= BUDGET, "{all} write units, not {BUDGET}; {largest:?}\n{}", steps.join("\n"));
}
