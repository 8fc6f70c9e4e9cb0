//! The emulator's process: MiniStack under libfaketime, on a port of its own.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{Aws, Clock, Error, Http, install, layout, layout::Layout, shell};

const LAUNCHER: &str = include_str!("../launch.py");
/// What the launcher imports to run event source mappings.
const STREAMS: &str = include_str!("../streams.py");
/// What the launcher imports to scan uploads.
const SCANNER: &str = include_str!("../scanner.py");

/// Whether the stack in `layout` answers.
pub(crate) fn is_running(layout: &Layout) -> bool {
    process(layout).is_some() && answers(layout.port)
}

/// Starts the emulator, empty, at the machine's time; does nothing if it already runs. Functions call AWS at
/// `endpoint`, or directly at the emulator.
pub(crate) fn start(layout: &Layout, endpoint: Option<&str>) -> Result<(), Error> {
    if is_running(layout) {
        return Ok(());
    }
    stop(layout)?;
    if answers(layout.port) {
        return Err(Error::Unexpected(format!(
            "port {} is used by another program; choose another one with --port",
            layout.port
        )));
    }
    for stale in [layout.deployment(), layout.mails(), layout.access(), layout.env()] {
        let _ = fs::remove_file(stale);
    }
    Clock::of(layout).reset()?;
    let faketime = install::faketime()
        .ok_or_else(|| Error::Missing { what: "libfaketime".into(), how: install::FAKETIME_HOW.into() })?;
    let child = command(layout, &faketime, endpoint)?.spawn().map_err(Error::io("cannot start MiniStack"))?;
    fs::write(layout.pid(), child.id().to_string()).map_err(Error::io("cannot write the process id"))?;
    wait_until_ready(layout, child)
}

/// Stops the emulator and all its function processes; does nothing if it does not run.
pub(crate) fn stop(layout: &Layout) -> Result<(), Error> {
    let Some(pid) = process(layout) else {
        let _ = fs::remove_file(layout.pid());
        return Ok(());
    };
    // The launcher leads a process group of its own, so its functions go with it.
    signal(pid, "TERM");
    let patience = Instant::now() + Duration::from_secs(5);
    while process(layout).is_some() {
        if Instant::now() > patience {
            signal(pid, "KILL");
        }
        if Instant::now() > patience + Duration::from_secs(5) {
            return Err(Error::Unexpected(format!("process {pid} does not end")));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    fs::remove_file(layout.pid()).map_err(Error::io("cannot remove the process id"))
}

fn command(layout: &Layout, faketime: &Path, endpoint: Option<&str>) -> Result<Command, Error> {
    let launcher = layout.folder.join("launch.py");
    fs::write(&launcher, LAUNCHER)
        .and_then(|()| fs::write(layout.folder.join("streams.py"), STREAMS))
        .and_then(|()| fs::write(layout.folder.join("scanner.py"), SCANNER))
        .map_err(Error::io("cannot write the launcher"))?;
    let scratch = layout.folder.join("tmp");
    fs::create_dir_all(&scratch).map_err(Error::io("cannot create the emulator's scratch folder"))?;
    let log = File::create(layout.log()).map_err(Error::io("cannot write the emulator's log"))?;
    let copy = log.try_clone().map_err(Error::io("cannot write the emulator's log"))?;
    let port = layout.port.to_string();
    let mut command = Command::new(layout::tool("python3"));
    command.arg(&launcher).current_dir(&layout.folder).stdin(Stdio::null()).stdout(log).stderr(copy);
    // Functions inherit this environment, so nothing of the caller's may be in it.
    command.env_clear();
    for name in ["PATH", "HOME", "LANG"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("LD_PRELOAD", faketime)
        .env("FAKETIME_TIMESTAMP_FILE", layout.clock())
        .env("FAKETIME_NO_CACHE", "1")
        .env("AUTH", "true")
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", &port)
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .env("DOCKER_HOST", "unix:///nowhere")
        .env("TMPDIR", &scratch)
        .env("S3_DATA_DIR", scratch.join("s3"))
        .env("STATE_DIR", scratch.join("state"))
        .env("MAIL_FILE", layout.mails())
        .env("ACCESS_FILE", layout.access())
        .env("AWS_ENDPOINT_URL", endpoint.unwrap_or(Aws::on(layout.port).endpoint()))
        .env("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "0.5");
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(command)
}

fn wait_until_ready(layout: &Layout, mut child: std::process::Child) -> Result<(), Error> {
    let patience = Instant::now() + Duration::from_secs(60);
    while !answers(layout.port) {
        let ended = child.try_wait().ok().flatten().is_some();
        if ended || Instant::now() > patience {
            return Err(Error::Tool {
                tool: "MiniStack".into(),
                log: layout.log(),
                tail: shell::tail(&layout.log(), 30),
            });
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    // From here on nobody waits for the child; it goes on when this process ends.
    Ok(())
}

fn answers(port: u16) -> bool {
    let url = format!("http://127.0.0.1:{port}/_ministack/ready");
    Http::default().send("GET", &url, &[], None).is_ok_and(|answer| answer.status == 200)
}

/// The emulator's process id, if that process is still our launcher.
fn process(layout: &Layout) -> Option<u32> {
    let pid: u32 = fs::read_to_string(layout.pid()).ok()?.trim().parse().ok()?;
    let words = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let launcher = layout.folder.join("launch.py");
    words.split(|byte| *byte == 0).any(|word| word == launcher.as_os_str().as_encoded_bytes()).then_some(pid)
}

fn signal(pid: u32, name: &str) {
    let _ = Command::new("kill")
        .args([&format!("-{name}"), "--", &format!("-{pid}")])
        .stderr(Stdio::null())
        .status();
}
