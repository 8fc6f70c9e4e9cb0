//! Deliberate bugs of the product: how one is written down, and how it is put into the code.
//!
//! A bug is a file `<name>.bug`. It says what is wrong, which property should notice, in which item, and which code
//! replaces which:
//!
//! ```text
//! An effect that failed is marked as done.
//!
//! Invariant: I5
//! Property: I5 what is marked as done was done
//!
//! In functions/dispatch/src/lib.rs, Dispatch::attempt:
//! - Outcome::Failed { attempts, why }
//! + Outcome::Done { at }
//! ```
//!
//! The item is a function, a method as `Type::method`, or a constant or a type by its name. Its code is searched
//! token by token: where it stands in the file, how it is laid out, and its comments do not matter, so that a bug
//! stops fitting only when the code itself changes. Then the code may be wrong, and a bug that does not fit is no test of it: only
//! once a test proves the new code is the bug written for it again. The code must be there exactly once. Code without a `+` is
//! removed, and a bug may have several edits.

mod error;
mod items;
mod tokens;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::Range,
    path::Path,
};

pub use error::Error;
use tokens::Token;

/// How the name of a bug's file ends.
const ENDING: &str = "bug";

/// A deliberate bug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bug {
    /// Its name: that of its file.
    pub name: String,
    /// What is wrong.
    pub what: String,
    /// Which invariant, or which other promise, it breaks.
    pub invariant: String,
    /// Which property should notice.
    pub property: String,
    edits: Vec<Edit>,
}

/// Code that replaces other code in an item.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    file: String,
    item: String,
    code: String,
    instead: String,
}

/// The bugs of a folder, by name. It is an error if there are none: whoever calls this wants to try or to check some.
pub fn read(folder: &Path) -> Result<Vec<Bug>, Error> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        |source| Error::Io { path, source }
    };
    let mut bugs = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.extension().is_some_and(|extension| extension == ENDING) {
            let text = fs::read_to_string(&path).map_err(failed(&path))?;
            bugs.push(Bug::parse(&path.file_stem().unwrap_or_default().to_string_lossy(), &text)?);
        }
    }
    bugs.sort_by(|one, other| one.name.cmp(&other.name));
    if bugs.is_empty() { Err(Error::Empty(folder.to_owned())) } else { Ok(bugs) }
}

impl Bug {
    /// Reads a bug's file. A bug that changes nothing is refused.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let wrong = |what: &str| Error::Form { bug: name.to_owned(), what: what.to_owned() };
        let mut lines = text.lines();
        let what = lines.next().filter(|line| !line.is_empty());
        let (mut invariant, mut property) = (None, None);
        let mut edits: Vec<Edit> = Vec::new();
        for line in lines.filter(|line| !line.trim().is_empty()) {
            if let Some(edit) = Edit::begun(line) {
                edits.push(edit);
            } else if let Some(edit) = edits.last_mut() {
                edit.add(line).map_err(|what| wrong(&what))?;
            } else if let Some(value) = line.strip_prefix("Invariant: ") {
                invariant = Some(value.to_owned());
            } else if let Some(value) = line.strip_prefix("Property: ") {
                property = Some(value.to_owned());
            } else {
                return Err(wrong(&format!("has a line that means nothing: {line}")));
            }
        }
        if edits.is_empty() {
            return Err(wrong("changes nothing"));
        }
        edits.iter().try_for_each(Edit::check).map_err(|what| wrong(&what))?;
        Ok(Self {
            name: name.to_owned(),
            what: what.ok_or_else(|| wrong("does not say in its first line what is wrong"))?.to_owned(),
            invariant: invariant.ok_or_else(|| wrong("does not say which invariant it breaks"))?,
            property: property.ok_or_else(|| wrong("does not say which property should notice"))?,
            edits,
        })
    }

    /// The files that it changes, by their paths from the root.
    pub fn files(&self) -> BTreeSet<&str> {
        self.edits.iter().map(|edit| edit.file.as_str()).collect()
    }

    /// The texts of these files with the bug in them; nothing is written to disk.
    pub fn apply(&self, root: &Path) -> Result<BTreeMap<&str, String>, Error> {
        let changed = self.files().into_iter().map(|file| {
            let (bug, named) = (self.name.clone(), file.to_owned());
            let text = fs::read_to_string(root.join(file));
            let text = text.map_err(|source| Error::File { bug, file: named, source })?;
            Ok((file, self.changed(file, text)?))
        });
        changed.collect()
    }

    /// A file's text with the bug in it. All edits are found in the text as it was.
    fn changed(&self, file: &str, mut text: String) -> Result<String, Error> {
        let parsed = self.parsed(file, &text, false)?;
        let edits = self.edits.iter().filter(|edit| edit.file == file);
        let places = edits.map(|edit| Ok((self.place(edit, &parsed, &text)?, edit)));
        let mut places = places.collect::<Result<Vec<_>, Error>>()?;
        places.sort_by_key(|(place, _)| place.start);
        if places.windows(2).any(|pair| pair[0].0.end > pair[1].0.start) {
            let what = format!("changes the same code in {file} twice");
            return Err(Error::Form { bug: self.name.clone(), what });
        }
        for (place, edit) in places.into_iter().rev() {
            // With a line break at its end, so that a comment in it does not swallow what comes after it.
            text.replace_range(place, &format!("{}\n", edit.instead));
        }
        self.parsed(file, &text, true)?;
        Ok(text)
    }

    fn parsed(&self, file: &str, text: &str, with_bug: bool) -> Result<syn::File, Error> {
        syn::parse_file(text).map_err(|source| Error::Syntax {
            bug: self.name.clone(),
            file: file.to_owned(),
            with_bug,
            source,
        })
    }

    /// Where the code of an edit is in a file's text.
    fn place(&self, edit: &Edit, parsed: &syn::File, text: &str) -> Result<Range<usize>, Error> {
        let (bug, file, item) = (self.name.clone(), edit.file.clone(), edit.item.clone());
        let found = items::named(parsed, &edit.item);
        let [at] = found.as_slice() else { return Err(Error::Item { bug, file, item, found: found.len() }) };
        // Both were read before: the item with its file, the code with its bug.
        let tokens = tokens::read(&text[at.clone()]).unwrap_or_default();
        let piece = tokens::read(&edit.code).unwrap_or_default();
        let places = tokens::places(&tokens, &piece);
        match places.as_slice() {
            [place] => Ok(at.start + place.start..at.start + place.end),
            [] => {
                let differs = tokens::difference(&tokens, &piece);
                let differs = differs.map(|(expected, found)| (expected.to_owned(), found.to_owned()));
                Err(Error::Gone { bug, file, item, code: edit.code.clone(), differs })
            }
            _ => Err(Error::Ambiguous { bug, file, item, code: edit.code.clone(), found: places.len() }),
        }
    }
}

impl Edit {
    /// The edit that begins with a line `In <file>, <item>:`.
    fn begun(line: &str) -> Option<Self> {
        let (file, item) = line.strip_prefix("In ")?.strip_suffix(':')?.split_once(", ")?;
        let (code, instead) = (String::new(), String::new());
        Some(Self { file: file.to_owned(), item: item.to_owned(), code, instead })
    }

    /// Adds a line of code: `- …`, or after those `+ …`.
    fn add(&mut self, line: &str) -> Result<(), String> {
        let (block, code) = match (line.strip_prefix('-'), line.strip_prefix('+')) {
            (Some(code), _) if self.instead.is_empty() => (&mut self.code, code),
            (_, Some(code)) => (&mut self.instead, code),
            _ => return Err(format!("has a line that is neither code nor the beginning of an edit: {line}")),
        };
        *block = format!("{block}{}\n", code.strip_prefix(' ').unwrap_or(code));
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let read = |code: &str| -> Result<Vec<Token>, String> {
            tokens::read(code)
                .map_err(|_| format!("has code with an unclosed bracket or quote: {}", code.trim_end()))
        };
        let (code, instead) = (read(&self.code)?, read(&self.instead)?);
        match code.is_empty() {
            true => Err(format!("does not say which code it changes in {}", self.item)),
            false if code == instead => Err(format!("changes nothing in {}", self.item)),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
