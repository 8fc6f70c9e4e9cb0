//! Shrinks a failing life: fewer steps and fewer kinds of fault, as long as the same property is violated.

use crate::faults::Fault;
use crate::life::{self, Plan};
use crate::properties::Property;

/// How many lives are run at most to shrink one.
const MAX_LIVES: u32 = 600;

/// The shortest plan found that violates the same property as `plan`.
pub fn shrink(plan: &Plan, property: Property) -> Plan {
    let mut search = Search { best: plan.clone(), property, lives: 0 };
    search.truncate();
    for kind in Fault::ALL {
        let mut smaller = search.best.clone();
        smaller.without.push(*kind);
        search.accept(smaller);
    }
    search.truncate();
    // Leave out steps: half of them at once, then quarters, eighths, and so on down to single steps.
    let mut length = search.best.steps.div_ceil(2);
    while length > 0 {
        let mut from = 0;
        while from < search.best.steps {
            let mut smaller = search.best.clone();
            smaller.skipped.extend((from..from + length).filter(|step| !search.best.skipped.contains(step)));
            if smaller.skipped.len() > search.best.skipped.len() {
                search.accept(smaller);
            }
            from += length;
        }
        length /= 2;
    }
    search.truncate();
    let steps = search.best.steps;
    search.best.skipped.retain(|step| *step < steps);
    search.best.skipped.sort_unstable();
    // A kind that would not happen any more need not be left out.
    for kind in search.best.without.clone() {
        let mut larger = search.best.clone();
        larger.without.retain(|left_out| *left_out != kind);
        search.accept(larger);
    }
    search.best
}

struct Search {
    best: Plan,
    property: Property,
    lives: u32,
}

impl Search {
    /// Ends the life after as few steps as possible.
    fn truncate(&mut self) {
        let (mut low, mut high) = (0, self.best.steps);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.accept(Plan { steps: middle, ..self.best.clone() }) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
    }

    /// Keeps a plan if it violates the property. Returns whether it does.
    fn accept(&mut self, plan: Plan) -> bool {
        self.lives += 1;
        if self.lives > MAX_LIVES {
            return false;
        }
        let violates =
            life::run(&plan, false).violation.is_some_and(|violation| violation.property == self.property);
        if violates {
            self.best = plan;
        }
        violates
    }
}
