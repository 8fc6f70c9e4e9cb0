//! The bench: how fast the product's functions start and answer, and what they need, compared with an empty function,
//! a hand-written minimum (the floor), and one function in Node.js and Python. `cargo xtask bench` builds and runs
//! it.
//!
//! One process is the Lambda Runtime API and the AWS endpoints. It stays on one core and runs the measured process on
//! another, with a cleared environment. Everything is measured from outside: **init** from the process's start until
//! it asks for its first event, **first** until its first answer, **warm** and **CPU** over many later answers; the
//! time that the endpoints took themselves is subtracted. All subjects take turns, so that whatever disturbs the
//! machine affects them alike, and each figure is the median over all rounds of a subject, that of init over all starts of
//! its program.
//!
//! The endpoints use TLS 1.3 with a certificate chain like that of AWS. They answer with what the product itself has
//! stored: `bench-inside` prepares a claim up to the moment at which an event comes. The floor sends the same calls
//! again that the product was seen to send.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to a person")]

mod aws;
mod chart;
mod endpoint;
mod http;
mod inside;
mod measure;
mod once;
mod process;
mod report;
mod runtime;
mod subject;
mod tls;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use bench_inside::Failure;
use clap::Parser;
use flate2::Compression;
use flate2::read::DeflateEncoder;

use crate::measure::{Laboratory, script};
use crate::report::{Figures, Report};
use crate::subject::{COMPARED, Kind, PreparedTables, Subject, folder, known_cases, release};

/// How many starts each subject has in a round, in addition to the one that is measured to its end: a start is short,
/// and whatever else the machine does shows in it.
const STARTS: usize = 5;

/// Measures the release builds of the functions
#[derive(Parser)]
struct Arguments {
    /// How many rounds; in each, every function is started several times and then measured
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// How many invocations after the first are measured in each round
    #[arg(long, default_value_t = 200)]
    warm: usize,
    /// Measure every event instead of one for each function
    #[arg(long)]
    all: bool,
    /// Only these functions or events, separated by commas
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// A folder with an earlier build of the functions, which is measured in turn with this one
    #[arg(long)]
    against: Option<PathBuf>,
    /// Where the report and the chart are written
    #[arg(long)]
    out: Option<PathBuf>,
    /// Only have each function in a folder, as `<name>/bootstrap`, answer one event, and print how long that took
    #[arg(long, value_name = "FOLDER", hide = true)]
    once: Option<PathBuf>,
    /// Measure a handler over a table in memory, and print the nanoseconds that it takes
    #[arg(long, hide = true)]
    inside: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match (&arguments.inside, &arguments.once) {
        (Some(event), _) => inside::measure(event).map(|nanoseconds| println!("{nanoseconds}")),
        (None, Some(folder)) => once::answer(folder),
        (None, None) => run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let began = Instant::now();
    let laboratory = Laboratory::new()?;
    let prepared = PreparedTables::new()?;
    let mut calls = BTreeMap::new();
    let subjects = subjects(arguments, &laboratory, &prepared, &mut calls)?;
    eprintln!("{} subjects, {} rounds …", subjects.len(), arguments.rounds);
    let mut starts: Vec<Vec<_>> = vec![Vec::new(); subjects.len()];
    let mut samples: Vec<Vec<_>> = vec![Vec::new(); subjects.len()];
    for round in 0..arguments.rounds {
        for _ in 0..STARTS {
            for (subject, starts) in subjects.iter().zip(&mut starts) {
                starts.push(laboratory.measure_start(subject)?);
            }
        }
        for (subject, samples) in subjects.iter().zip(&mut samples) {
            samples.push(laboratory.measure(subject, arguments.warm)?);
        }
        eprintln!("  round {} after {:.0} s", round + 1, began.elapsed().as_secs_f32());
    }
    let mut figures = Vec::new();
    for (subject, (own, samples)) in subjects.iter().zip(starts.iter().zip(&samples)) {
        // Init is over before the event is there: all starts of a program measure the same.
        let of_program =
            subjects.iter().zip(&starts).filter(|(other, _)| other.start.program == subject.start.program);
        let inits = of_program.flat_map(|(_, starts)| starts.iter().map(|(init, _)| *init)).collect();
        let firsts = own.iter().map(|(_, first)| *first).collect();
        let mut one = Figures::of(subject, inits, firsts, samples);
        one.calls = calls.get(&subject.name).copied();
        if subject.kind == Kind::Product {
            one.inside = Some(inside::measured(subject.case.event, laboratory.cores)?);
        }
        if subject.kind != Kind::Peer {
            one.size = Some(sizes(&subject.start.program)?);
        }
        figures.push(one);
    }
    publish(&Report { figures }, arguments)
}

/// The subjects: each function with the event that represents it, the floor of each, and what it is compared with.
/// Every event is answered once before anything is measured; an answer that is not the expected one ends the run.
fn subjects(
    arguments: &Arguments,
    laboratory: &Laboratory,
    prepared: &PreparedTables,
    calls: &mut BTreeMap<String, (usize, usize, usize)>,
) -> Result<Vec<Subject>, Failure> {
    let mut subjects: Vec<Subject> = Vec::new();
    let mut last = "";
    for case in known_cases()? {
        let is_first = std::mem::replace(&mut last, case.function()) != case.function();
        let is_wanted = |name: &String| [case.event, case.function()].contains(&name.as_str());
        if !arguments.only.is_empty() && !arguments.only.iter().any(is_wanted) {
            continue;
        }
        let subject = prepared.product(case)?;
        let probe = laboratory.probe(&subject)?;
        let sum = |of: fn(&endpoint::Call) -> usize| probe.calls.iter().map(of).sum();
        let (sent, received) = (sum(|call| call.request.length), sum(|call| call.received));
        calls.insert(subject.name.clone(), (probe.calls.len(), sent, received));
        let names: Vec<&str> = probe.calls.iter().map(|call| call.name.as_str()).collect();
        eprintln!("{:36} {} calls: {}", case.event, names.len(), names.join(" "));
        if arguments.only.is_empty() && !is_first && !case.is_beside() && !arguments.all {
            continue;
        }
        if case.function() == COMPARED {
            subjects.push(prepared.empty(case)?);
            subjects.extend(prepared.peers(case)?);
        }
        if !probe.calls.is_empty() {
            let script = script(&probe, &folder().join(format!("{}.calls", case.event)))?;
            subjects.push(prepared.raw(case, &script)?);
        }
        if let Some(folder) = &arguments.against {
            subjects.extend(subject.as_in(folder)?);
        }
        subjects.push(subject);
    }
    for peer in subjects.iter().filter(|subject| subject.kind == Kind::Peer) {
        let probe = laboratory.probe(peer)?;
        let sum = |of: fn(&endpoint::Call) -> usize| probe.calls.iter().map(of).sum();
        calls.insert(
            peer.name.clone(),
            (probe.calls.len(), sum(|call| call.request.length), sum(|call| call.received)),
        );
    }
    Ok(subjects)
}

/// The size of a binary, and of its ZIP archive.
fn sizes(program: &std::path::Path) -> Result<(u64, u64), Failure> {
    let binary = fs::metadata(program)?.len();
    let mut packed = Vec::new();
    DeflateEncoder::new(File::open(program)?, Compression::new(6)).read_to_end(&mut packed)?;
    // An archive of one file adds its name twice and three small records.
    Ok((binary, packed.len() as u64 + 120))
}

fn publish(report: &Report, arguments: &Arguments) -> Result<(), Failure> {
    let (widest, spread) = report.spread();
    let table = report.markdown();
    let out = arguments.out.clone().unwrap_or_else(folder);
    fs::create_dir_all(&out)?;
    let note = format!(
        "<!-- Written by `cargo xtask bench`; do not edit. -->\n# The bench\n\n![The chart](bench.svg)\n\n{table}\n\
         Medians over {} rounds, each with {STARTS} starts and {} later invocations. The starts of {widest} spread most: {:.0} % \
         between their quartiles.\n",
        arguments.rounds,
        arguments.warm,
        spread * 100.0,
    );
    fs::write(out.join("bench.md"), &note)?;
    fs::write(out.join("bench.svg"), chart::svg(&report.figures))?;
    println!("{table}");
    println!("written to {}; the builds are in {}", out.display(), release().display());
    Ok(())
}
