//! What can be wrong with a deliberate bug.

use std::{io, path::PathBuf};

/// Why a bug cannot be read or cannot be put into the code, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A bug or the folder of the bugs cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no bug at all.
    #[error("{} has no deliberate bugs", .0.display())]
    Empty(PathBuf),
    /// A bug's file does not have the right form.
    #[error("{bug}.bug {what}; infra/bugs/src/lib.rs says how a bug is written")]
    Form {
        /// Which one.
        bug: String,
        /// What is wrong with it.
        what: String,
    },
    /// The file cannot be read, most often because it is gone.
    #[error("{bug}: cannot read {file}; name the file that the code is in now: {source}")]
    File {
        /// Which bug.
        bug: String,
        /// The file.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// The item is not there, or several items have the name.
    #[error(
        "{bug}: {file} has {found} items {item}, and must have one; {}",
        if *found == 0 { "name the item that the code is in now" } else { "choose an item whose name is unique" }
    )]
    Item {
        /// Which bug.
        bug: String,
        /// Where the item should be.
        file: String,
        /// The item.
        item: String,
        /// How many there are.
        found: usize,
    },
    /// The item does not have the code, or has it several times.
    #[error(
        "{bug}: {item} in {file} has this code {found} times, and must have it once; {}:\n{}",
        if *found == 0 { "make the same bug in the code as it is now" } else { "add code that only the right place has" },
        code.trim_end()
    )]
    Code {
        /// Which bug.
        bug: String,
        /// Where the item is.
        file: String,
        /// The item.
        item: String,
        /// The code that is looked for.
        code: String,
        /// How often it is there.
        found: usize,
    },
    /// The file is not valid Rust.
    #[error("{bug}: {file} is not Rust{}: {source}", if *with_bug { " with the bug in it" } else { "" })]
    Syntax {
        /// Which bug.
        bug: String,
        /// The file.
        file: String,
        /// Whether the bug was in it already; otherwise it was invalid before.
        with_bug: bool,
        /// Why it is not valid.
        source: syn::Error,
    },
}
