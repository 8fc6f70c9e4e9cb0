//! What is compared: the product's functions, an empty one, the floor, and what a user might choose instead.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bench_inside::{BenchTable, Case, Failure, Moment, cases, configured};
use local_stack::{functions, target};

use crate::process::Start;

/// The function that is also written in other languages.
pub(crate) const COMPARED: &str = "submit";

/// What a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A function of the product.
    Product,
    /// The same function, as it was built earlier.
    Earlier,
    /// The runtime alone.
    Empty,
    /// The floor: the same calls, written by hand.
    Raw,
    /// The same function in another language.
    Peer,
}

/// Something that is measured.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) case: Case,
    pub(crate) start: Start,
    /// The table that it finds.
    pub(crate) table: Arc<BenchTable>,
    /// What it is sent.
    pub(crate) event: String,
}

impl Subject {
    /// The same function as it was built earlier, in `folder`, if it was.
    pub(crate) fn as_in(&self, folder: &Path) -> Result<Option<Self>, Failure> {
        let program = folder.join(self.case.function());
        if !program.is_file() {
            return Ok(None);
        }
        let mut earlier =
            Self { name: format!("{}, earlier", self.case.event), kind: Kind::Earlier, ..self.clone() };
        earlier.start.program = unpacked(&program, "earlier")?;
        Ok(Some(earlier))
    }
}

/// A table for each moment, and the event for each case.
#[derive(Default)]
pub(crate) struct PreparedTables {
    tables: BTreeMap<Moment, Arc<BenchTable>>,
    events: BTreeMap<&'static str, String>,
}

impl PreparedTables {
    /// Prepares all of them, up to now. What an earlier run unpacked is thrown away.
    pub(crate) fn new() -> Result<Self, Failure> {
        let unpacked = folder().join("unpacked");
        if unpacked.is_dir() {
            fs::remove_dir_all(unpacked)?;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        #[expect(clippy::disallowed_methods, reason = "the functions use the machine's time")]
        let now = chrono::Utc::now();
        let mut all = Self::default();
        for case in cases() {
            let prepared = runtime.block_on(case.moment.prepared(now))?;
            all.events.insert(case.event, case.event(&prepared)?);
            all.tables.entry(case.moment).or_insert(prepared.table);
        }
        Ok(all)
    }

    fn subject(&self, name: &str, kind: Kind, case: Case, start: Start) -> Result<Subject, Failure> {
        let table = self.tables.get(&case.moment).ok_or("the moment was not prepared")?;
        let event = self.events.get(case.event).ok_or("the event was not prepared")?;
        Ok(Subject {
            name: name.to_owned(),
            kind,
            case,
            start,
            table: Arc::clone(table),
            event: event.clone(),
        })
    }

    /// A function of the product, as it is built now, with its case.
    pub(crate) fn product(&self, case: Case) -> Result<Subject, Failure> {
        self.product_at(unpacked(&release().join(case.function()), "now")?, case)
    }

    /// The function that is at `program`, with its case.
    pub(crate) fn product_at(&self, program: PathBuf, case: Case) -> Result<Subject, Failure> {
        self.subject(case.event, Kind::Product, case, started(program, Vec::new()))
    }

    /// The function that does nothing with a case's event.
    pub(crate) fn empty(&self, case: Case) -> Result<Subject, Failure> {
        let program = unpacked(&release().join("bench-empty"), "now")?;
        self.subject("empty", Kind::Empty, case, started(program, Vec::new()))
    }

    /// The floor, which makes the calls in the file `script`.
    pub(crate) fn raw(&self, case: Case, script: &Path) -> Result<Subject, Failure> {
        let mut start = started(unpacked(&release().join("bench-raw"), "now")?, Vec::new());
        start.variables.insert("RAW_CALLS".to_owned(), script.display().to_string());
        self.subject(&format!("raw {}", case.event), Kind::Raw, case, start)
    }

    /// The functions in other languages that are installed.
    pub(crate) fn peers(&self, case: Case) -> Result<Vec<Subject>, Failure> {
        let folder = folder();
        let mut peers = Vec::new();
        let node = std::env::var_os("PATH").and_then(|path| {
            std::env::split_paths(&path).map(|bin| bin.join("node")).find(|file| file.is_file())
        });
        let bundle = folder.join("node/submit.cjs");
        if let Some(node) = node.filter(|_| bundle.is_file()) {
            let start = started(node, vec![bundle.display().to_string()]);
            peers.push(self.subject("Node.js", Kind::Peer, case, start)?);
        }
        let python = folder.join("python/venv/bin/python3");
        if python.is_file() {
            // Imported, because only modules are stored compiled.
            let mut start = started(python, vec!["-c".to_owned(), "import submit".to_owned()]);
            let task = folder.join("python/task").display().to_string();
            start.variables.insert("PYTHONPATH".to_owned(), task);
            peers.push(self.subject("Python", Kind::Peer, case, start)?);
        }
        Ok(peers)
    }
}

/// Where the bench keeps its files.
pub(crate) fn folder() -> PathBuf {
    target().join("bench")
}

/// Where release builds are.
pub(crate) fn release() -> PathBuf {
    target().join("release")
}

/// The program as it comes out of an archive: written from its beginning to its end. The file that a linker left lies otherwise
/// in the machine's memory, and may start a quarter of a millisecond later, of one and a half.
fn unpacked(program: &Path, build: &str) -> Result<PathBuf, Failure> {
    let name = program.file_name().ok_or("a program has a name")?;
    let to = folder().join("unpacked").join(build).join(name);
    if !to.is_file() {
        fs::create_dir_all(to.parent().ok_or("a file has a folder")?)?;
        fs::write(&to, fs::read(program)?)?;
        fs::set_permissions(&to, fs::metadata(program)?.permissions())?;
    }
    Ok(to)
}

/// All cases, each function's representative first; an error if a function has none.
pub(crate) fn known_cases() -> Result<Vec<Case>, Failure> {
    let functions = functions()?;
    let cases = cases();
    let missing = functions.iter().find(|name| !cases.iter().any(|case| case.function() == name.as_str()));
    match missing {
        Some(name) => {
            Err(format!("{name} is not measured: add an event of it to tests/bench/inside/src/cases.rs")
                .into())
        }
        None => Ok(cases),
    }
}

fn started(program: PathBuf, arguments: Vec<String>) -> Start {
    let of_lambda = [
        ("AWS_LAMBDA_FUNCTION_NAME", "claims-bench"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/claims-bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/03/02/[$LATEST]0123456789abcdef0123456789abcdef"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin"),
        ("TZ", ":UTC"),
    ];
    let variables = configured().into_iter().chain(of_lambda);
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Start { program, arguments, variables }
}
