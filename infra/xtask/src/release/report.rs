//! The result, as a table.

use std::fmt;

use super::Started;
use super::archive::Archive;
use super::glibc::Newest;
use super::template::Template;

/// What is known about a function.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) needs: Newest,
    pub(super) archive: Archive,
    pub(super) started: Started,
}

#[derive(Debug)]
pub(super) struct Report {
    pub(super) rows: Vec<Row>,
    pub(super) template: Template,
}

impl Report {
    /// The page of the documentation.
    pub(super) fn page(&self) -> String {
        format!(
            "<!-- Written by `cargo xtask release --publish`; do not edit. -->\n# The release\n\n\
             What `cargo xtask release` found last. It builds the functions as [deploying](deploying.md#2-build) says, and \
             fails if one\nneeds a newer glibc than Amazon Linux 2023 has (2.34), does not start from its archive or answer, \
             or if the expanded\ntemplate is over a limit of CloudFormation. Times are of one start on the machine that built; \
             [the bench](bench.md) measures\nthem properly.\n\n{self}"
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| function | ZIP MiB | unpacked MiB | newest glibc | needed by | init ms | first answer ms | to |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        for Row { name, needs, archive, started } in &self.rows {
            writeln!(
                f,
                "| {name} | {:.2} | {:.2} | {} | `{}` | {:.1} | {:.1} | {} |",
                mebibytes(archive.packed),
                mebibytes(archive.unpacked),
                needs.version,
                needs.symbol,
                milliseconds(started.init),
                milliseconds(started.first),
                started.event,
            )?;
        }
        writeln!(f, "\n| template.yaml | has | at most |\n|---|---|---|")?;
        for (what, amount, limit) in self.template.amounts() {
            writeln!(f, "| {what} | {amount} | {limit} |")?;
        }
        writeln!(
            f,
            "\nIt is too long to be given inline (51,200 bytes), so SAM CLI uploads it (`resolve_s3`)."
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1000.0
}
