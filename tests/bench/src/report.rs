//! The results, as a table and as a verdict on each goal, ratios first.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use bench_inside::BESIDE;

use crate::measure::{Sample, median};
use crate::subject::{COMPARED, Kind, Subject};

/// The figures of one subject: medians over its rounds.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) function: &'static str,
    pub(crate) event: &'static str,
    /// Whether its function is behind the API.
    is_of_api: bool,
    pub(crate) sample: Sample,
    /// The distance between the quartiles of its starts, as a part of the median.
    pub(crate) spread: f64,
    /// The CPU time of the handler itself, over a table in memory.
    pub(crate) inside: Option<Duration>,
    /// The sizes of its binary and its ZIP archive, in bytes.
    pub(crate) size: Option<(u64, u64)>,
    /// How many calls to AWS an invocation makes, and how many bytes it sends and receives.
    pub(crate) calls: Option<(usize, usize, usize)>,
}

impl Figures {
    /// The figures of a subject: the inits of its program, and its own first and later invocations.
    pub(crate) fn of(
        subject: &Subject,
        mut inits: Vec<Duration>,
        firsts: Vec<Duration>,
        samples: &[Sample],
    ) -> Self {
        let of = |field: fn(&Sample) -> Duration| median(samples.iter().map(field).collect());
        inits.sort_unstable();
        let at = |part: usize| inits.get(inits.len() * part / 4).copied().unwrap_or_default();
        let sample = Sample {
            init: median(inits.clone()),
            first: median(firsts),
            warm: of(|sample| sample.warm),
            cpu: of(|sample| sample.cpu),
            memory: median(samples.iter().map(|sample| sample.memory).collect()),
            calls_in_init: samples.first().map_or(0, |sample| sample.calls_in_init),
        };
        Self {
            name: subject.name.clone(),
            kind: subject.kind,
            function: subject.case.function(),
            event: subject.case.event,
            is_of_api: subject.case.is_of_api(),
            spread: ratio(at(3).saturating_sub(at(1)), sample.init),
            sample,
            inside: None,
            size: None,
            calls: None,
        }
    }

    /// The CPU time of an invocation, without the handler's own work.
    fn around(&self) -> Duration {
        self.sample.cpu.saturating_sub(self.inside.unwrap_or_default())
    }
}

pub(crate) struct Report {
    pub(crate) figures: Vec<Figures>,
}

/// A goal, what was reached of it, and the verdict.
pub(crate) struct Goal {
    pub(crate) what: String,
    pub(crate) must: String,
    pub(crate) reached: String,
    pub(crate) is_met: bool,
}

impl Report {
    fn empty(&self) -> Option<&Figures> {
        self.figures.iter().find(|figures| figures.kind == Kind::Empty)
    }

    fn product(&self) -> impl Iterator<Item = &Figures> {
        self.figures.iter().filter(|figures| figures.kind == Kind::Product)
    }

    fn api(&self) -> impl Iterator<Item = &Figures> {
        self.product().filter(|figures| figures.is_of_api)
    }

    fn raw(&self, of: &Figures) -> Option<&Figures> {
        self.figures.iter().find(|figures| figures.kind == Kind::Raw && figures.event == of.event)
    }

    fn compared(&self) -> Option<&Figures> {
        self.product().find(|figures| figures.function == COMPARED)
    }

    fn peers(&self) -> impl Iterator<Item = &Figures> {
        self.figures.iter().filter(|figures| figures.kind == Kind::Peer)
    }

    /// Every goal with its verdict.
    pub(crate) fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        if let Some(empty) = self.empty() {
            let (warmed, cold): (Vec<_>, Vec<_>) = self.api().partition(|one| one.sample.calls_in_init > 0);
            let worst =
                worst(cold.iter().map(|one| (one.function, ratio(one.sample.init, empty.sample.init))));
            goals.extend(below("init of API functions / `empty`", 1.6, 1.3, worst));
            // A function that opens its connection in init is judged by init + first.
            let both = warmed.iter().filter_map(|one| {
                let raw = self.raw(one)?;
                let allowed = empty.sample.init.mul_f64(1.6) + raw.sample.first.mul_f64(2.5);
                Some((one.function, ratio(one.sample.init + one.sample.first, allowed)))
            });
            let worst = self::worst(both);
            goals.extend(below(
                "init + first of warmed API functions / 1.6 × `empty` + 2.5 × `raw`",
                1.0,
                0.85,
                worst,
            ));
            let firsts = cold
                .iter()
                .filter_map(|one| Some((one.function, ratio(one.sample.first, self.raw(one)?.sample.first))));
            goals.extend(below("first invocation of API functions / `raw`", 2.5, 2.0, self::worst(firsts)));
        }
        if let Some(ours) = self.compared() {
            let least = |of: fn(&Sample) -> Duration| {
                let peers =
                    self.peers().map(|peer| (peer.name.as_str(), ratio(of(&peer.sample), of(&ours.sample))));
                peers.min_by(|(_, one), (_, other)| one.total_cmp(other))
            };
            goals.extend(above("init of Node.js and Python / ours", 40.0, Some(50.0), least(|one| one.init)));
            goals.extend(above("first invocation of both / ours", 15.0, None, least(|one| one.first)));
            goals.extend(above("warm CPU of both / ours", 5.0, None, least(|one| one.cpu)));
        }
        let cpus =
            self.api().filter_map(|one| Some((one.function, ratio(one.around(), self.raw(one)?.sample.cpu))));
        goals.extend(below("warm CPU of API functions, domain work apart / `raw`", 6.0, 4.0, worst(cpus)));
        // Wall time and CPU: a page is as slow as the slower of the two says.
        let beside = BESIDE.iter().filter_map(|(page, read)| {
            let of = |event: &str| self.product().find(|one| one.event == event).map(|one| &one.sample);
            let (page_took, read_took) = (of(page)?, of(read)?);
            let warm = ratio(page_took.warm, read_took.warm);
            Some((*page, warm.max(ratio(page_took.cpu, read_took.cpu))))
        });
        for (page, over) in beside {
            let what = format!("warm {page} / the same read by the API, wall time or CPU");
            goals.extend(below(&what, 2.0, 1.5, Some((page, over))));
        }
        let sizes = |of: fn(&Figures) -> Option<f64>| {
            worst(self.api().filter_map(|one| Some((one.function, of(one)?))))
        };
        let dispatch = |of: fn(&Figures) -> Option<f64>| {
            let dispatch = self.product().find(|one| one.function == "dispatch");
            dispatch.and_then(|one| Some((one.function, of(one)?)))
        };
        let memory = |one: &Figures| Some(one.sample.memory as f64 / 1024.0);
        let zip = |one: &Figures| Some(one.size?.1 as f64 / 1_048_576.0);
        goals.extend(at_most("peak memory of API functions, MiB", 7.5, sizes(memory)));
        goals.extend(at_most("peak memory of dispatch, MiB", 12.0, dispatch(memory)));
        goals.extend(at_most("ZIP of API functions, MiB", 3.0, sizes(zip)));
        goals.extend(at_most("ZIP of dispatch, MiB", 4.5, dispatch(zip)));
        goals
    }

    /// The whole report, as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from("| goal | must | reached | |\n|---|---|---|---|\n");
        for goal in self.goals() {
            let verdict = if goal.is_met { "met" } else { "**missed**" };
            let _ = writeln!(text, "| {} | {} | {} | {verdict} |", goal.what, goal.must, goal.reached);
        }
        text.push_str(
            "\n| event | init / empty | first / raw | CPU / raw | init ms | first ms | warm µs | CPU µs | of which \
             handler µs | memory MiB | binary MiB | ZIP MiB | AWS calls | bytes out | bytes in |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for one in &self.figures {
            let _ = writeln!(text, "{}", self.row(one));
        }
        text
    }

    fn row(&self, one: &Figures) -> String {
        let sample = &one.sample;
        let over = |of: fn(&Figures) -> Duration, base: Option<&Figures>| {
            base.map_or_else(String::new, |base| format!("{:.2}", ratio(of(one), of(base))))
        };
        let raw = self.raw(one).filter(|_| matches!(one.kind, Kind::Product | Kind::Peer));
        let cells = [
            one.name.clone(),
            over(|one| one.sample.init, self.empty()),
            over(|one| one.sample.first, raw),
            over(Figures::around, raw),
            format!("{:.2}", sample.init.as_secs_f64() * 1e3),
            format!("{:.2}", sample.first.as_secs_f64() * 1e3),
            format!("{:.0}", sample.warm.as_secs_f64() * 1e6),
            format!("{:.0}", sample.cpu.as_secs_f64() * 1e6),
            one.inside.map_or_else(String::new, |inside| format!("{:.0}", inside.as_secs_f64() * 1e6)),
            format!("{:.1}", sample.memory as f64 / 1024.0),
            one.size.map_or_else(String::new, |(binary, _)| format!("{:.1}", binary as f64 / 1_048_576.0)),
            one.size.map_or_else(String::new, |(_, zip)| format!("{:.1}", zip as f64 / 1_048_576.0)),
            one.calls.map_or_else(String::new, |(calls, _, _)| calls.to_string()),
            one.calls.map_or_else(String::new, |(_, out, _)| out.to_string()),
            one.calls.map_or_else(String::new, |(_, _, back)| back.to_string()),
        ];
        format!("| {} |", cells.join(" | "))
    }

    /// How steady the machine was: the subject with the widest spread of starts, and that spread.
    pub(crate) fn spread(&self) -> (String, f64) {
        let spreads: BTreeMap<&str, f64> =
            self.figures.iter().map(|one| (one.name.as_str(), one.spread)).collect();
        let widest = spreads.into_iter().max_by(|(_, one), (_, other)| one.total_cmp(other));
        widest.map_or_else(Default::default, |(name, spread)| (name.to_owned(), spread))
    }
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64().max(1e-9)
}

fn worst<'a>(values: impl Iterator<Item = (&'a str, f64)>) -> Option<(&'a str, f64)> {
    values.max_by(|(_, one), (_, other)| one.total_cmp(other))
}

fn below(what: &str, must: f64, better: f64, reached: Option<(&str, f64)>) -> Option<Goal> {
    let (name, value) = reached?;
    Some(Goal {
        what: what.to_owned(),
        must: format!("≤ {must} (better {better})"),
        reached: format!("{value:.2} ({name})"),
        is_met: value <= must,
    })
}

fn above(what: &str, must: f64, better: Option<f64>, reached: Option<(&str, f64)>) -> Option<Goal> {
    let (name, value) = reached?;
    let better = better.map_or_else(String::new, |better| format!(" (better {better})"));
    Some(Goal {
        what: what.to_owned(),
        must: format!("≥ {must}{better}"),
        reached: format!("{value:.1} ({name})"),
        is_met: value >= must,
    })
}

fn at_most(what: &str, must: f64, reached: Option<(&str, f64)>) -> Option<Goal> {
    let (name, value) = reached?;
    let (must_text, reached) = (format!("≤ {must}"), format!("{value:.1} ({name})"));
    Some(Goal { what: what.to_owned(), must: must_text, reached, is_met: value <= must })
}
