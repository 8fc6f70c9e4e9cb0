//! A measured process: started on a core of its own, observed from outside.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use bench_inside::Failure;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;

/// The two cores that the bench uses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cores {
    /// The bench's own.
    pub(crate) ours: usize,
    /// The measured process's.
    pub(crate) theirs: usize,
}

impl Cores {
    /// Takes the first and the last core that the bench may use, and stays on the first from now on.
    pub(crate) fn take() -> Result<Self, Failure> {
        let allowed = sched_getaffinity(Pid::from_raw(0))?;
        let cores: Vec<usize> =
            (0..CpuSet::count()).filter(|core| allowed.is_set(*core).unwrap_or(false)).collect();
        let (first, last) = cores.first().zip(cores.last()).ok_or("there is no core")?;
        let cores = Self { ours: *first, theirs: *last };
        stay_on(cores.ours)?;
        Ok(cores)
    }
}

/// Keeps this thread, and the processes that it starts, on one core.
fn stay_on(core: usize) -> Result<(), Failure> {
    let mut set = CpuSet::new();
    set.set(core)?;
    sched_setaffinity(Pid::from_raw(0), &set)?;
    Ok(())
}

/// How to start something.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) variables: BTreeMap<String, String>,
}

/// A started process. It is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    /// When it was started.
    pub(crate) began: Instant,
}

impl Process {
    /// Starts it on `core`, with no variable but its own. What it writes goes to `log`, if there is one.
    pub(crate) fn start(start: &Start, core: usize, log: Option<fs::File>) -> Result<Self, Failure> {
        let mut command = Command::new(&start.program);
        command.args(&start.arguments).env_clear().envs(&start.variables).stdin(Stdio::null());
        match log {
            Some(log) => command.stdout(log.try_clone()?).stderr(log),
            None => command.stdout(Stdio::null()).stderr(Stdio::null()),
        };
        // A process starts on the core of the thread that starts it.
        let started = thread::spawn(move || -> Result<Self, Failure> {
            stay_on(core)?;
            let began = Instant::now();
            Ok(Self { child: command.spawn()?, began })
        });
        let program = start.program.display();
        let started = started.join().map_err(|_| "the starting thread failed")?;
        started.map_err(|error| format!("cannot start {program}: {error}").into())
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap_or_default())
    }

    /// The CPU time that it has used, all threads together.
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        Ok(clock_gettime(ClockId::pid_cpu_clock_id(self.pid())?)?.into())
    }

    /// Its peak memory, in KiB.
    pub(crate) fn peak_memory(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; nobody waits for it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program of ours on `core` and returns what it prints.
pub(crate) fn captured(
    program: &std::path::Path,
    arguments: &[&str],
    core: usize,
) -> Result<String, Failure> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    let started = thread::spawn(move || -> Result<_, Failure> {
        stay_on(core)?;
        Ok(command.output()?)
    });
    let output = started.join().map_err(|_| "the starting thread failed")??;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
