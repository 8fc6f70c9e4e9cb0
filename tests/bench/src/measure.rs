//! One process from its start to its end, measured from outside.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bench_inside::Failure;

use crate::endpoint::{Call, Endpoint};
use crate::process::{Cores, Process};
use crate::runtime::Runtime;
use crate::subject::{Kind, Subject, folder};

/// The equipment for measuring: two cores, the endpoints and the Runtime API.
pub(crate) struct Laboratory {
    pub(crate) cores: Cores,
    pub(crate) endpoint: Endpoint,
    pub(crate) runtime: Runtime,
}

/// The measurements of one process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    /// Time from its start until it asks for the first event, without the endpoint's own time.
    pub(crate) init: Duration,
    /// Time of its first answer, without the endpoint's own time.
    pub(crate) first: Duration,
    /// Time of a later answer, without the endpoint's own time.
    pub(crate) warm: Duration,
    /// CPU time of a later invocation.
    pub(crate) cpu: Duration,
    /// Its peak memory, in KiB.
    pub(crate) memory: u64,
    /// How many calls to AWS it made before its first event.
    pub(crate) calls_in_init: usize,
}

/// One invocation in detail.
pub(crate) struct Probe {
    pub(crate) answer: Vec<u8>,
    pub(crate) calls: Vec<Call>,
}

impl Laboratory {
    /// Starts the endpoints and the Runtime API.
    pub(crate) fn new() -> Result<Self, Failure> {
        fs::create_dir_all(folder())?;
        let cores = Cores::take()?;
        Ok(Self { cores, endpoint: Endpoint::start(&folder())?, runtime: Runtime::start()? })
    }

    /// Has a subject answer one event, and records the answer and its calls.
    pub(crate) fn probe(&self, subject: &Subject) -> Result<Probe, Failure> {
        let log = folder().join(format!("{}.log", subject.name));
        let probed = self.probed(subject, File::create(&log)?);
        probed.map_err(|error| {
            let wrote = fs::read_to_string(&log).unwrap_or_default();
            format!("{}: {error}\n{wrote}", subject.name).into()
        })
    }

    fn probed(&self, subject: &Subject, log: File) -> Result<Probe, Failure> {
        self.endpoint.use_table(&subject.table);
        let run = self.runtime.next();
        let _process = self.start(subject, Some(log))?;
        run.asked()?;
        // The first invocation may do more than later ones.
        expected(subject, &run.invoke(&subject.event)?.answer)?;
        run.asked()?;
        self.endpoint.calls();
        let answer = run.invoke(&subject.event)?.answer;
        run.asked()?;
        Ok(Probe { answer, calls: self.endpoint.calls() })
    }

    /// Starts a process and has it answer once; returns the time of init and of the first answer.
    pub(crate) fn measure_start(&self, subject: &Subject) -> Result<(Duration, Duration), Failure> {
        let sample = self.measure(subject, 0)?;
        Ok((sample.init, sample.first))
    }

    /// Measures a process over `warm` invocations after the first.
    pub(crate) fn measure(&self, subject: &Subject, warm: usize) -> Result<Sample, Failure> {
        self.measured(subject, warm).map_err(|error| format!("{}: {error}", subject.name).into())
    }

    fn measured(&self, subject: &Subject, warm: usize) -> Result<Sample, Failure> {
        self.endpoint.use_table(&subject.table);
        let run = self.runtime.next();
        let process = self.start(subject, None)?;
        let asked = run.asked()?;
        let init = (asked - process.began).saturating_sub(self.endpoint.busy());
        let calls_in_init = self.endpoint.calls().len();
        let first = run.invoke(&subject.event)?;
        expected(subject, &first.answer)?;
        let first = first.took.saturating_sub(self.endpoint.busy());
        run.asked()?;
        let (mut took, mut began) = (Vec::with_capacity(warm), Duration::ZERO);
        // The first fifth warms up and does not count.
        for nth in 0..warm + warm / 4 {
            if nth == warm / 4 {
                began = process.cpu()?;
                took.clear();
            }
            self.endpoint.calls();
            self.endpoint.busy();
            let invocation = run.invoke(&subject.event)?;
            run.asked()?;
            took.push(invocation.took.saturating_sub(self.endpoint.busy()));
        }
        let cpu = (process.cpu()? - began) / u32::try_from(warm.max(1)).unwrap_or(u32::MAX);
        Ok(Sample { init, first, warm: median(took), cpu, memory: process.peak_memory()?, calls_in_init })
    }

    fn start(&self, subject: &Subject, log: Option<File>) -> Result<Process, Failure> {
        let mut start = subject.start.clone();
        let root = self.endpoint.root.display().to_string();
        let mut set = |name: &str, value: &str| start.variables.insert(name.to_owned(), value.to_owned());
        set("AWS_LAMBDA_RUNTIME_API", &self.runtime.host);
        set("AWS_ENDPOINT_URL", &self.endpoint.url);
        // How each trusts the endpoint: the product, the floor and Python by AWS_CA_BUNDLE, Node.js by NODE_EXTRA_CA_CERTS.
        set("AWS_CA_BUNDLE", &root);
        set("SSL_CERT_FILE", &root);
        set("NODE_EXTRA_CA_CERTS", &root);
        Process::start(&start, self.cores.theirs, log)
    }
}

pub(crate) fn median<T: Ord + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn expected(subject: &Subject, answer: &[u8]) -> Result<(), Failure> {
    if matches!(subject.kind, Kind::Empty | Kind::Raw) || subject.case.is_answer(answer) {
        return Ok(());
    }
    Err(format!("the answer was {}", String::from_utf8_lossy(answer)).into())
}

/// Writes a function's calls to AWS, and the length of its answer, into a file for the floor.
pub(crate) fn script(probe: &Probe, place: &Path) -> Result<PathBuf, Failure> {
    let mut text = format!("{}\n", probe.answer.len()).into_bytes();
    for call in &probe.calls {
        let request = &call.request;
        // As in Credential=AKID/20260302/us-east-1/dynamodb/aws4_request.
        let service = request.header("authorization").split('/').nth(3).ok_or("a call is not signed")?;
        let or_none = |name: &str| match request.header(name) {
            "" => "-".to_owned(),
            value => value.replace(' ', ""),
        };
        let (target, media_type) = (or_none("x-amz-target"), or_none("content-type"));
        let (method, path, length) = (&request.method, &request.path, request.body.len());
        writeln!(text, "{method} {path} {service} {target} {media_type} {length}")?;
        text.extend_from_slice(&request.body);
    }
    fs::write(place, text)?;
    Ok(place.to_path_buf())
}
