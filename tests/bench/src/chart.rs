//! The chart: the compared function beside the floor and the alternatives, each row on a logarithmic scale of its
//! own.

use std::fmt::Write;

use crate::measure::Sample;
use crate::report::Figures;
use crate::subject::{COMPARED, Kind};

const WIDTH: f64 = 760.0;
const LEFT: f64 = 150.0;
const BAR: f64 = 18.0;
const GAP: f64 = 6.0;
const HEAD: f64 = 30.0;

/// A row of bars: its title, its unit, and its value in a sample.
type Row = (&'static str, &'static str, fn(&Sample) -> f64);

const ROWS: [Row; 4] = [
    ("Cold start: from the process's start until it asks for the first event", "ms", |one| {
        one.init.as_secs_f64() * 1e3
    }),
    ("First invocation, TLS handshake included", "ms", |one| one.first.as_secs_f64() * 1e3),
    ("CPU of a later invocation", "µs", |one| one.cpu.as_secs_f64() * 1e6),
    ("Peak memory", "MiB", |one| one.memory as f64 / 1024.0),
];

/// The chart of the figures, as SVG.
pub(crate) fn svg(figures: &[Figures]) -> String {
    let shown: Vec<&Figures> = figures
        .iter()
        .filter(|one| {
            one.kind == Kind::Empty
                || (one.function == COMPARED && matches!(one.kind, Kind::Raw | Kind::Peer))
        })
        .chain(figures.iter().find(|one| one.function == COMPARED && one.kind == Kind::Product))
        .collect();
    let height = (HEAD + (BAR + GAP) * shown.len() as f64 + 14.0) * ROWS.len() as f64 + 24.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"13\">\n<title>The function {COMPARED} compared</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    let mut top = 8.0;
    for (title, unit, value) in ROWS {
        let _ = writeln!(
            svg,
            "<text x=\"12\" y=\"{:.0}\" font-weight=\"600\">{title} ({unit}, logarithmic)</text>",
            top + 16.0
        );
        top += HEAD;
        let values: Vec<f64> = shown.iter().map(|one| value(&one.sample).max(1e-6)).collect();
        let (low, high) =
            values.iter().fold((f64::MAX, f64::MIN), |(low, high), one| (low.min(*one), high.max(*one)));
        // The scale begins at a third of the lowest value, so that the shortest bar can be seen.
        let begin = low / 3.0;
        for (one, value) in shown.iter().zip(values) {
            let part = (value / begin).ln() / (high / begin).ln().max(1e-9);
            let width = part * (WIDTH - LEFT - 90.0);
            let colour = match one.kind {
                Kind::Product | Kind::Earlier => "#0b6e4f",
                Kind::Peer => "#b9770e",
                Kind::Empty | Kind::Raw => "#8a949e",
            };
            let name = match one.kind {
                Kind::Product | Kind::Earlier => format!("{COMPARED} (Rust)"),
                Kind::Raw => "raw (the floor)".to_owned(),
                Kind::Empty => "empty (no SDK)".to_owned(),
                Kind::Peer => one.name.clone(),
            };
            let _ = writeln!(
                svg,
                "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>\
                 <rect x=\"{LEFT}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\" fill=\"{colour}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                LEFT - 8.0,
                top + 13.5,
                LEFT + width + 6.0,
                top + 13.5,
                figure(value),
            );
            top += BAR + GAP;
        }
        top += 14.0;
    }
    svg.push_str("</svg>\n");
    svg
}

/// A number with three significant digits.
fn figure(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_significant_digits() {
        assert_eq!([1234.5, 12.345, 1.2345].map(figure), ["1234", "12.3", "1.23"]);
    }
}
