//! The browsers of all tests. Everybody has one of their own; a browser that somebody has left is wiped for the next.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use e2e::Failed;
use local_stack::Error;
use serde_json::json;

use crate::driver::{Driver, Session, folder, text};
use crate::window::Window;

/// Browsers for the pages at one address. Starting one takes a second, so they are used again; of those who used them before
/// nothing is left: no cookie, no cache, no storage, no window.
pub struct Browsers {
    address: String,
    idle: Mutex<Vec<Arc<Session>>>,
    used: Mutex<Vec<Arc<Session>>>,
    driver: Driver,
}

impl Browsers {
    /// Browsers for the pages at `address`. The first one starts when somebody comes.
    ///
    /// # Errors
    /// What is missing on this machine.
    pub fn start(address: &str) -> Result<Self, Failed> {
        fs::create_dir_all(folder()).map_err(Error::io("cannot create a folder for the browser's files"))?;
        let driver = Driver::start()?;
        Ok(Self { address: address.to_owned(), idle: Mutex::default(), used: Mutex::default(), driver })
    }

    /// An empty window of somebody who has never been here.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn somebody(&self) -> Result<Window, Failed> {
        let idle = lock(&self.idle).pop();
        let session = match idle {
            Some(session) => session,
            None => Arc::new(Session::start(&self.driver)?),
        };
        lock(&self.used).push(Arc::clone(&session));
        let window = wiped(&session, &self.address)?;
        Window::new(session, window, self.address.clone())
    }

    /// What our pages complained about since this was asked last: errors of scripts, what a policy has blocked, what could
    /// not be loaded. The pool's own pages are not ours.
    ///
    /// # Errors
    /// When a browser does not answer.
    pub fn complaints(&self) -> Result<Vec<String>, Failed> {
        let mut complaints = Vec::new();
        for session in lock(&self.used).iter() {
            let severe = session.log("browser")?.into_iter().filter(|entry| entry["level"] == "SEVERE");
            let said = severe.map(|entry| text(&entry["message"]));
            complaints
                .extend(said.filter(|said| said.starts_with(&self.address) || !said.starts_with("http")));
        }
        Ok(complaints)
    }

    /// Keeps a picture and the source of every window for whoever looks into a failure; returns where the sources are.
    pub fn keep(&self, test: &str) -> Vec<PathBuf> {
        let folder = folder().join("failed");
        let mut kept = Vec::new();
        for session in lock(&self.used).iter() {
            for window in session.windows().unwrap_or_default() {
                let file = folder.join(format!("{test}-{}.html", kept.len() + 1));
                if keep(session, &window, &file).is_ok() {
                    kept.push(file);
                }
            }
        }
        kept
    }

    /// Everybody leaves.
    pub fn leave(&self) {
        lock(&self.idle).append(&mut lock(&self.used));
    }
}

/// Takes everything from a browser that is not new; returns its one window.
fn wiped(session: &Session, origin: &str) -> Result<String, Failed> {
    let old = session.windows()?;
    let window = session.window()?;
    for window in old {
        session.close(&window)?;
    }
    session.switch_to(&window)?;
    session.tools("Network.clearBrowserCookies", &json!({}))?;
    session.tools("Network.clearBrowserCache", &json!({}))?;
    session.tools("Storage.clearDataForOrigin", &json!({ "origin": origin, "storageTypes": "all" }))?;
    session.log("browser")?;
    session.log("performance")?;
    Ok(window)
}

fn keep(session: &Session, window: &str, file: &PathBuf) -> Result<(), Failed> {
    session.switch_to(window)?;
    let source = format!("<!-- {} -->\n{}", text(&session.get("/url")?), text(&session.get("/source")?));
    let picture = BASE64_STANDARD.decode(text(&session.get("/screenshot")?)).unwrap_or_default();
    let failed = Error::io(format!("cannot write {}", file.display()));
    fs::create_dir_all(file.parent().unwrap_or(file))
        .and_then(|()| fs::write(file, source))
        .and_then(|()| fs::write(file.with_extension("png"), picture))
        .map_err(failed)?;
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
