//! `cargo xtask verify`: whether an exported history is what was exported.

use std::fs;
use std::path::{Path, PathBuf};

use claim_http::seal::Verified;
use clap::Args;

use crate::{Failure, Outcome};

/// Check exported histories by their hashes, and name the first entry that was changed; needs nothing but the file
#[derive(Args)]
#[command(after_help = "\
Export a history with `Accept: application/jsonl` (infra/docs/api.md, \"Exporting\"), all pages into one file:
  cargo xtask verify history.jsonl
  cargo xtask verify history.jsonl --earlier last-month.jsonl")]
pub(crate) struct Verify {
    /// Lines of JSON: the complete histories of one claim or of several, as one reader saw them
    file: PathBuf,
    /// What the same reader exported earlier: nothing in it may have changed since
    #[arg(long)]
    earlier: Option<PathBuf>,
}

impl Verify {
    pub(crate) fn run(self) -> Outcome {
        let verified = read(&self.file)?;
        if let Some(earlier) = &self.earlier {
            let broken = |broken| Failure(format!("{}: {broken}", self.file.display()));
            verified.follows(&read(earlier)?).map_err(broken)?;
        }
        if verified.histories().next().is_none() {
            return Err(Failure(format!("{}: there is no history in it", self.file.display())));
        }
        for (claim, entries, last) in verified.histories() {
            println!("{claim}: {entries} entries as they were exported, the last one with the hash {last}");
        }
        Ok(())
    }
}

fn read(file: &Path) -> Result<Verified, Failure> {
    let text = fs::read_to_string(file).map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    Verified::of(&text).map_err(|broken| Failure(format!("{}: {broken}", file.display())))
}
