//! What can be wrong with a deliberate bug.

use std::{io, path::PathBuf};

/// What it means that something a bug looks for is gone. Whoever broke the code by mistake reads this before anything else.
const MAY_BE_WRONG: &str = "the bug no longer fits, and the code may be wrong";

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
    #[error("{bug}: cannot read {file}: {source}; {MAY_BE_WRONG}")]
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
        if *found == 0 { MAY_BE_WRONG } else { "choose an item whose name is unique" }
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
    /// The item does not have the code.
    #[error(
        "{bug}: {item} in {file} no longer has this code{}; {MAY_BE_WRONG}:\n{}",
        differs.as_ref().map_or_else(String::new, |(expected, found)| {
            format!(" (where it is most like it, it has `{found}` instead of `{expected}`)")
        }),
        code.trim_end()
    )]
    Gone {
        /// Which bug.
        bug: String,
        /// Where the item is.
        file: String,
        /// The item.
        item: String,
        /// The code that is looked for.
        code: String,
        /// Where the code that is most like it begins to differ: the token that is looked for, and the one that is there.
        differs: Option<(String, String)>,
    },
    /// The item has the code several times.
    #[error(
        "{bug}: {item} in {file} has this code {found} times, and must have it once; add code that only the right place \
         has:\n{}",
        code.trim_end()
    )]
    Ambiguous {
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
