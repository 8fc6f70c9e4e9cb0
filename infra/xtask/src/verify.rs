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

#[cfg(test)]
mod tests {
    use super::*;

    /// What the check of a file with this content says.
    fn verified(name: &str, content: &str) -> Outcome {
        let file = std::env::temp_dir().join(format!("{name}-{}.jsonl", std::process::id()));
        fs::write(&file, content).unwrap();
        let outcome = Verify { file: file.clone(), earlier: None }.run();
        fs::remove_file(&file).unwrap();
        outcome
    }

    #[test]
    fn a_file_without_a_history_does_not_count_as_unchanged() {
        for (name, content) in [("empty", ""), ("blank", "\n\n")] {
            let Failure(why) = verified(name, content).unwrap_err();
            assert!(why.ends_with("there is no history in it"), "{why}");
        }
    }
}
