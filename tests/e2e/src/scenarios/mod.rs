//! Scenarios that together show the rules, a claim each, on one timeline.

mod drafts;
mod eleven_to_thirteen;
mod lived_in;
mod one_to_five;
mod six_to_ten;

use std::sync::Arc;

pub use lived_in::{LIVED_IN, LivedIn, live_in, today};
use local_stack::Participant;

use crate::{ClaimDriver, Environment, Failed};

/// A scenario: what becomes of one claim.
pub struct Scenario {
    /// Its number, from 1.
    pub number: u8,
    /// The claim's name.
    pub name: &'static str,
    /// How the claim has to end.
    pub ends: &'static str,
    /// The partner user who acts.
    pub partner: &'static str,
    /// Scenarios whose claims it needs: they run with it.
    pub needs: &'static [u8],
    /// What happens.
    pub run: fn(&mut ClaimDriver<'_>) -> Result<(), Failed>,
}

/// The scenarios, a row each.
pub static SCENARIOS: [Scenario; 13] = [
    Scenario {
        number: 1,
        name: "Contoso Teams rollout",
        ends: "approved on business day 6, the customer silent, handed off",
        partner: "nadia",
        needs: &[],
        run: one_to_five::contoso,
    },
    Scenario {
        number: 2,
        name: "Fabrikam Intune and ProPlus",
        ends: "asked for the customer's acknowledgment, resubmitted, approved, handed off",
        partner: "ada",
        needs: &[],
        run: one_to_five::fabrikam,
    },
    Scenario {
        number: 3,
        name: "Northwind Sales pre-sales",
        ends: "asked for dates, reminded, no answer, rejected",
        partner: "fiona",
        needs: &[],
        run: one_to_five::northwind,
    },
    Scenario {
        number: 4,
        name: "Adatum Business Central",
        ends: "rejected, disputed with new proof, approved by another reviewer, handed off",
        partner: "nadia",
        needs: &[],
        run: one_to_five::adatum,
    },
    Scenario {
        number: 5,
        name: "Litware revenue association",
        ends: "approved, denied by the customer on day 3, never handed off",
        partner: "ada",
        needs: &[],
        run: one_to_five::litware,
    },
    Scenario {
        number: 6,
        name: "Tailspin SharePoint and Viva",
        ends: "asked to remove Viva Topics, removed, approved, handed off",
        partner: "fiona",
        needs: &[],
        run: six_to_ten::tailspin,
    },
    Scenario {
        number: 7,
        name: "Wingtip Power Platform",
        ends: "withdrawn for a wrong activity, and a new claim created",
        partner: "nora",
        needs: &[],
        run: six_to_ten::wingtip,
    },
    Scenario {
        number: 8,
        name: "Proseware Field Service",
        ends: "asked for the partner's solution, approved, handed off, withdrawn, recalled",
        partner: "aron",
        needs: &[],
        run: six_to_ten::proseware,
    },
    Scenario {
        number: 9,
        name: "Woodgrove Exchange and Phone",
        ends: "contested, breached, refused, the holder's association ended, approved, handed off",
        partner: "felix",
        needs: &[1],
        run: six_to_ten::woodgrove,
    },
    Scenario {
        number: 10,
        name: "Relecloud Finance",
        ends: "rejected, disputed too late, and a new claim created",
        partner: "nils",
        needs: &[],
        run: six_to_ten::relecloud,
    },
    Scenario {
        number: 11,
        name: "Lucerne SharePoint",
        ends: "asked for newer proof by an email that bounced, seen in the list, resubmitted, approved, handed off",
        partner: "nora",
        needs: &[],
        run: eleven_to_thirteen::lucerne,
    },
    Scenario {
        number: 12,
        name: "Alpine Power BI",
        ends: "approved, the notice bounced twice, corrected by partner and by reviewer, the customer silent, handed off",
        partner: "aron",
        needs: &[],
        run: eleven_to_thirteen::alpine,
    },
    Scenario {
        number: 13,
        name: "Margie Intune",
        ends: "forgotten for ten business days on top of the queue, the lead told again, approved, handed off",
        partner: "fiona",
        needs: &[],
        run: eleven_to_thirteen::margie,
    },
];

/// Runs scenarios together, and those that they need; returns what became of each.
pub fn run_scenarios(
    environment: &Arc<Environment>,
    wanted: &[u8],
) -> Vec<(&'static Scenario, Result<(), Failed>)> {
    let scenarios: Vec<&'static Scenario> = SCENARIOS
        .iter()
        .filter(|scenario| {
            let is_needed = SCENARIOS
                .iter()
                .any(|other| wanted.contains(&other.number) && other.needs.contains(&scenario.number));
            wanted.contains(&scenario.number) || is_needed
        })
        .collect();
    play(environment, &scenarios, |scenario, mut claim| (scenario.run)(&mut claim))
}

/// Plays scenarios together, each with its claim; returns what `life` made of each.
fn play<T: Send>(
    environment: &Arc<Environment>,
    scenarios: &[&'static Scenario],
    life: impl Fn(&'static Scenario, ClaimDriver<'_>) -> Result<T, Failed> + Sync,
) -> Vec<(&'static Scenario, Result<T, Failed>)> {
    // All have joined the timeline before the first begins: time does not wait for those that have not.
    let participants: Vec<(&'static Scenario, Participant)> =
        scenarios.iter().map(|scenario| (*scenario, environment.timeline.participant())).collect();
    let drain = environment.drain();
    let endings = std::thread::scope(|scope| {
        let threads: Vec<_> = participants
            .into_iter()
            .map(|(scenario, participant)| {
                let (environment, life) = (&**environment, &life);
                (
                    scenario,
                    scope.spawn(move || {
                        let (number, partner) = (scenario.number, scenario.partner);
                        life(scenario, ClaimDriver::new(environment, participant, number, partner))
                    }),
                )
            })
            .collect();
        let ends = threads.into_iter().map(|(scenario, thread)| {
            let ending = thread.join().unwrap_or_else(|_| Err(Failed::new("the scenario panicked")));
            (scenario, ending)
        });
        ends.collect()
    });
    environment.close();
    let _ = drain.join();
    endings
}
