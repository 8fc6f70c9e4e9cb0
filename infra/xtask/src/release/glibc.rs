//! What a binary takes from glibc, and whether Amazon Linux 2023 has it.

use std::fmt;
use std::path::Path;
use std::process::Command;

use local_stack::Error;

/// The glibc of Amazon Linux 2023, on which `provided.al2023` runs.
const AMAZON_LINUX: Version = Version(2, 34);

/// A version of glibc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// The newest version that a binary needs, and a symbol that needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Newest {
    pub(super) version: Version,
    pub(super) symbol: String,
}

/// The newest version of glibc that the function's binary needs; an error if Amazon Linux 2023 lacks something.
pub(super) fn newest(function: &str, binary: &Path) -> Result<Newest, Error> {
    let read = Command::new("readelf")
        .args(["--wide", "--dyn-syms", "--version-info"])
        .arg(binary)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| Error::Missing {
            what: format!("readelf ({error})"),
            how: "install binutils (Debian: sudo apt-get install binutils)".into(),
        })?;
    if !read.status.success() {
        return Err(Error::Unexpected(format!(
            "readelf cannot read {}: {}",
            binary.display(),
            String::from_utf8_lossy(&read.stderr).trim()
        )));
    }
    judge(function, &String::from_utf8_lossy(&read.stdout))
}

fn judge(function: &str, listing: &str) -> Result<Newest, Error> {
    let (mut newest, mut lacking): (Option<Newest>, Vec<String>) = (None, Vec::new());
    for (symbol, needed) in needs(listing) {
        let version = needed.strip_prefix("GLIBC_").and_then(version);
        // What is no number, such as GLIBC_ABI_DT_RELR, is a feature of the loader that came after 2.34.
        if version.is_none_or(|version| version > AMAZON_LINUX) {
            lacking.push(format!("{symbol} ({needed})"));
        }
        if let Some(version) =
            version.filter(|version| newest.as_ref().is_none_or(|known| *version > known.version))
        {
            newest = Some(Newest { version, symbol: symbol.to_owned() });
        }
    }
    if !lacking.is_empty() {
        lacking.dedup();
        return Err(Error::Unexpected(format!(
            "functions/{function} would not start on Amazon Linux 2023, whose glibc is {AMAZON_LINUX}: it needs {}\n\
             next: build it with `cargo lambda build`, which links against an old glibc, or leave out the dependency that \
             calls it",
            lacking.join(", ")
        )));
    }
    newest.ok_or_else(|| {
        Error::Unexpected(format!(
            "functions/{function} needs nothing of glibc: is it still linked dynamically?"
        ))
    })
}

/// Everything that a listing of readelf names of glibc: a symbol with its version, or a version that the file as such needs.
fn needs(listing: &str) -> impl Iterator<Item = (&str, &str)> {
    let symbols = listing.lines().filter(|line| line.contains(" UND ")).filter_map(|line| {
        let (symbol, version) =
            line.split_whitespace().find(|word| word.contains("@GLIBC_"))?.split_once('@')?;
        Some((symbol, version.trim_start_matches('@')))
    });
    let files = listing.lines().filter_map(|line| {
        let name = line.split_once("Name: GLIBC_")?.1.split_whitespace().next()?;
        let start = line.find("GLIBC_")?;
        Some(("the file itself", line.get(start..start + "GLIBC_".len() + name.len())?))
    });
    symbols.chain(files)
}

fn version(text: &str) -> Option<Version> {
    let mut parts = text.split('.');
    let version = Version(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "\
Symbol table '.dynsym' contains 4 entries:
     1: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND memcpy@GLIBC_2.14 (3)
     2: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND getrandom@GLIBC_2.25 (4)
     3: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND free@GLIBC_2.2.5 (2)
     4: 0000000000000000     0 FUNC    WEAK   DEFAULT  UND __gmon_start__
     5: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND _Unwind_Resume@GCC_3.0 (5)
Version needs section '.gnu.version_r' contains 1 entry:
  0x0010:   Name: GLIBC_2.14  Flags: none  Version: 3
";

    #[test]
    fn the_newest_symbol_is_found_by_number_and_not_by_text() {
        let newest = judge("claims", LISTING).unwrap();
        assert_eq!((newest.version, newest.symbol.as_str()), (Version(2, 25), "getrandom"));
    }

    #[test]
    fn a_symbol_that_amazon_linux_lacks_is_named_with_the_function() {
        let newer = LISTING.replace("getrandom@GLIBC_2.25", "__isoc23_strtol@GLIBC_2.38");
        let error = judge("dispatch", &newer).unwrap_err().to_string();
        assert!(
            error.contains("functions/dispatch") && error.contains("__isoc23_strtol (GLIBC_2.38)"),
            "{error}"
        );
    }

    #[test]
    fn a_feature_of_a_newer_loader_is_named() {
        let newer = LISTING.replace("Name: GLIBC_2.14", "Name: GLIBC_ABI_DT_RELR");
        let error = judge("claims", &newer).unwrap_err().to_string();
        assert!(error.contains("the file itself (GLIBC_ABI_DT_RELR)"), "{error}");
    }

    #[test]
    fn a_binary_without_glibc_is_not_taken_for_one_that_fits() {
        assert!(judge("claims", "").is_err());
    }
}
