//! Tests of the simulation itself: the same seed always gives the same life.

use simulation::campaign::run_all;
use simulation::faults::Fault;
use simulation::life::{self, Plan};

#[test]
fn a_seed_gives_the_same_life_to_the_last_bit() {
    for seed in 1..=12 {
        let plan = Plan::whole(seed);
        let (one, other) = (life::run(&plan, false), life::run(&plan, true));
        assert_eq!(one.hash, other.hash, "seed {seed}");
        assert!(other.lines.len() > 20, "a life whose lines are kept has lines");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let plans: Vec<_> = (1..=12).map(Plan::whole).collect();
    let (one, two) = (run_all(&plans, 1, 99, |_| ()), run_all(&plans, 2, 99, |_| ()));
    assert_eq!((one.events, one.injected, one.outcomes), (two.events, two.injected, two.outcomes));
}

#[test]
fn different_seeds_give_different_lives() {
    let hashes: std::collections::BTreeSet<_> =
        (1..=12).map(|seed| life::run(&Plan::whole(seed), false).hash).collect();
    assert_eq!(hashes.len(), 12);
}

#[test]
fn in_an_outage_neither_timers_nor_sweep_reach_a_function() {
    let mut outages = 0;
    for seed in 1..=40 {
        let mut until = String::new();
        for line in life::run(&Plan::whole(seed), true).lines {
            let (at, what) = line.split_at(23);
            let what = what.trim_start();
            if let Some((_, ends)) = what.split_once("until ").filter(|_| what.starts_with("outage")) {
                until = ends.to_owned();
                outages += 1;
            } else if at < until.as_str() {
                let timer = what.contains(" deadline on machine ") && what.ends_with("attempt 1");
                assert!(!timer && !what.contains(" sweep on machine "), "seed {seed}, until {until}: {line}");
            }
        }
    }
    assert!(outages > 3, "{outages} outages");
}

#[test]
fn a_life_without_faults_has_none() {
    let life = life::run(&Plan { without: Fault::ALL.to_vec(), ..Plan::whole(3) }, false);
    assert_eq!(life.injected.values().sum::<u64>(), 0);
    assert_eq!(life.violation, None);
}
