//! The WebDriver protocol as far as the tests need it, spoken with Debian's ChromeDriver.
//!
//! It is a dozen requests with JSON to a server on this machine, sent by the local stack's own client. Both libraries for it
//! were tried and would have changed what is tested: `thirtyfour` makes `serde_json` keep the order of fields in everything
//! that the workspace builds, and `fantoccini` brings Unicode's tables and another licence into the lock file.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use e2e::Failed;
use local_stack::{Http, target};
use serde_json::{Value, json};

/// The name under which the protocol hands out references to elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What the browser is started with: nobody watches it, and it asks for nothing but what the pages ask for.
const ARGUMENTS: [&str; 9] = [
    "--headless=new",
    // Its sandbox needs privileges that a container does not give; the pages are ours.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    // As on a phone: a page is as wide as its window.
    "--hide-scrollbars",
    "--lang=en-GB",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
];

/// ChromeDriver, which starts a browser for each session. It ends when this is dropped.
pub(crate) struct Driver {
    address: String,
    process: Child,
    /// Kept, so that the driver can go on writing to it.
    _output: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts the driver on a free port.
    pub(crate) fn start() -> Result<Self, Failed> {
        let how = "cannot start chromedriver; `cargo xtask doctor` says how to get it";
        let failed = |error: std::io::Error| Failed::new(format!("{how}: {error}"));
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.arg(format!("--log-path={}", folder().join("chromedriver.log").display()));
        // A process group of its own, so that its browsers go with it.
        let mut process = command.process_group(0).spawn().map_err(failed)?;
        let mut output = BufReader::new(process.stdout.take().ok_or_else(|| Failed::new(how))?);
        loop {
            let mut line = String::new();
            if output.read_line(&mut line).map_err(failed)? == 0 {
                return Err(Failed::new(how));
            }
            if let Some((_, port)) = line.trim_end().split_once("successfully on port ") {
                let address = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                return Ok(Self { address, process, _output: output });
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-TERM", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.process.wait();
    }
}

/// A browser's process, with one window or several. It ends when this is dropped.
pub(crate) struct Session {
    http: Http,
    address: String,
    /// The window that the next request is about.
    current: Mutex<String>,
}

impl Session {
    /// Starts a browser, with an empty profile.
    pub(crate) fn start(driver: &Driver) -> Result<Self, Failed> {
        let current = Mutex::default();
        let mut session = Self { http: Http::default(), address: driver.address.clone(), current };
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": ARGUMENTS },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "timeouts": { "script": 60_000, "pageLoad": 60_000 },
        } } });
        let id = text(&session.post("/session", &wanted)?["sessionId"]);
        session.address = format!("{}/session/{id}", driver.address);
        Ok(session)
    }

    /// An empty window of the same profile.
    pub(crate) fn window(&self) -> Result<String, Failed> {
        Ok(text(&self.post("/window/new", &json!({ "type": "window" }))?["handle"]))
    }

    /// All windows.
    pub(crate) fn windows(&self) -> Result<Vec<String>, Failed> {
        let handles = self.get("/window/handles")?;
        Ok(handles.as_array().into_iter().flatten().map(text).collect())
    }

    /// Makes a window the one that requests are about.
    pub(crate) fn switch_to(&self, handle: &str) -> Result<(), Failed> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if *current != handle {
            self.post("/window", &json!({ "handle": handle }))?;
            handle.clone_into(&mut current);
        }
        Ok(())
    }

    /// Closes a window.
    pub(crate) fn close(&self, handle: &str) -> Result<(), Failed> {
        self.switch_to(handle)?;
        self.send("DELETE", "/window", &Value::Null).map(|_| ())
    }

    /// Asks for something.
    pub(crate) fn get(&self, path: &str) -> Result<Value, Failed> {
        self.send("GET", path, &Value::Null)
    }

    /// Has something done.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        self.send("POST", path, body)
    }

    /// Has something done that only the browser's own developer tools can do.
    pub(crate) fn tools(&self, command: &str, parameters: &Value) -> Result<Value, Failed> {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Runs the body of a function in the page, with these arguments, and returns what it returns.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, Failed> {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// What the browser has written to one of its logs since this was asked last.
    pub(crate) fn log(&self, kind: &str) -> Result<Vec<Value>, Failed> {
        Ok(self.post("/se/log", &json!({ "type": kind }))?.as_array().cloned().unwrap_or_default())
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, Failed> {
        let text = (!body.is_null()).then(|| body.to_string());
        let headers = [("content-type", "application/json; charset=utf-8")];
        let url = format!("{}{path}", self.address);
        let answer = self.http.send(method, &url, &headers, text.as_deref().map(str::as_bytes))?;
        let value = answer.json()["value"].take();
        if answer.status == 200 {
            return Ok(value);
        }
        let why = value["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
        Err(Failed::new(format!("the browser cannot do this ({path}): {why}")))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.send("DELETE", "", &Value::Null);
    }
}

/// Whether the element that something was to be done with has gone, with its page.
pub(crate) fn is_stale(error: &Failed) -> bool {
    error.0.contains("stale element reference")
}

/// The id of an element that a script returned; none if it returned something else.
pub(crate) fn element(value: &Value) -> Option<&str> {
    value[ELEMENT].as_str()
}

/// An element as an argument of a script.
pub(crate) fn reference(id: &str) -> Value {
    json!({ ELEMENT: id })
}

/// A value that should be a text, as one.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Where the tests keep their files.
pub(crate) fn folder() -> PathBuf {
    target().join("browser")
}
