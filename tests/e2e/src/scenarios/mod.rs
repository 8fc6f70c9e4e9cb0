//! The ten lives of the rules (§10), each from its first to its last line, on one merged timeline.

mod drafts;
mod first;
mod second;

use std::sync::Arc;

use local_stack::Seat;

use crate::{Failed, Play, Stage};

/// One of the ten lives.
pub struct Life {
    /// Its number in the rules.
    pub number: u8,
    /// The claim's name.
    pub name: &'static str,
    /// How it ends, as its row says.
    pub ends: &'static str,
    /// Who plays the partner.
    pub partner: &'static str,
    /// Lives that it meets: they are played with it.
    pub meets: &'static [u8],
    /// What happens, from the first line to the last.
    pub play: fn(&mut Play<'_>) -> Result<(), Failed>,
}

/// The ten lives.
pub static LIVES: [Life; 10] = [
    Life {
        number: 1,
        name: "Contoso Teams rollout",
        ends: "approved on business day 6, the customer silent, handed off",
        partner: "nadia",
        meets: &[],
        play: first::contoso,
    },
    Life {
        number: 2,
        name: "Fabrikam Intune and ProPlus",
        ends: "asked for the customer's acknowledgment, resubmitted, approved, handed off",
        partner: "ada",
        meets: &[],
        play: first::fabrikam,
    },
    Life {
        number: 3,
        name: "Northwind Sales pre-sales",
        ends: "asked for dates, reminded, no answer, rejected",
        partner: "fiona",
        meets: &[],
        play: first::northwind,
    },
    Life {
        number: 4,
        name: "Adatum Business Central",
        ends: "rejected, disputed with new proof, approved by another reviewer, handed off",
        partner: "nadia",
        meets: &[],
        play: first::adatum,
    },
    Life {
        number: 5,
        name: "Litware revenue association",
        ends: "approved, denied by the customer on day 3, never handed off",
        partner: "ada",
        meets: &[],
        play: first::litware,
    },
    Life {
        number: 6,
        name: "Tailspin SharePoint and Viva",
        ends: "asked to remove Viva Topics, removed, approved, handed off",
        partner: "fiona",
        meets: &[],
        play: second::tailspin,
    },
    Life {
        number: 7,
        name: "Wingtip Power Platform",
        ends: "withdrawn for a wrong activity, and a new claim created",
        partner: "nora",
        meets: &[],
        play: second::wingtip,
    },
    Life {
        number: 8,
        name: "Proseware Field Service",
        ends: "asked for the partner's solution, approved, handed off, withdrawn, recalled",
        partner: "aron",
        meets: &[],
        play: second::proseware,
    },
    Life {
        number: 9,
        name: "Woodgrove Exchange and Phone",
        ends: "contested, breached, refused, the holder's association ended, approved, handed off",
        partner: "felix",
        meets: &[1],
        play: second::woodgrove,
    },
    Life {
        number: 10,
        name: "Relecloud Finance",
        ends: "rejected, disputed too late, and a new claim created",
        partner: "nils",
        meets: &[],
        play: second::relecloud,
    },
];

/// Plays lives together, and the lives that they meet; returns what became of each.
pub fn play_lives(stage: &Arc<Stage>, wanted: &[u8]) -> Vec<(&'static Life, Result<(), Failed>)> {
    let lives: Vec<&'static Life> = LIVES
        .iter()
        .filter(|life| {
            let met = LIVES
                .iter()
                .any(|other| wanted.contains(&other.number) && other.meets.contains(&life.number));
            wanted.contains(&life.number) || met
        })
        .collect();
    // All seats are taken before the first life begins: time does not wait for those that have none.
    let seats: Vec<(&'static Life, Seat)> =
        lives.into_iter().map(|life| (life, stage.timeline.seat())).collect();
    let drain = stage.drain();
    let endings = std::thread::scope(|scope| {
        let played: Vec<_> = seats
            .into_iter()
            .map(|(life, seat)| {
                let stage = &**stage;
                (
                    life,
                    scope.spawn(move || {
                        let mut play = Play::new(stage, seat, life.number, life.partner);
                        (life.play)(&mut play)
                    }),
                )
            })
            .collect();
        let ends = played.into_iter().map(|(life, thread)| {
            let ending = thread.join().unwrap_or_else(|_| Err(Failed::new("the life broke off")));
            (life, ending)
        });
        ends.collect()
    });
    stage.close();
    let _ = drain.join();
    endings
}
