//! Where the local stack keeps its files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Error;

/// The workspace's root.
pub fn root() -> &'static Path {
    static ROOT: std::sync::LazyLock<PathBuf> = std::sync::LazyLock::new(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().nth(2).unwrap_or(here).to_path_buf()
    });
    &ROOT
}

/// The workspace's target folder.
pub fn target() -> PathBuf {
    root().join("target")
}

/// What is installed once and shared by all stacks.
pub(crate) fn shared() -> PathBuf {
    target().join("local-stack")
}

/// An executable of the virtual environment.
pub fn tool(name: &str) -> PathBuf {
    shared().join("venv/bin").join(name)
}

/// An executable of the virtual environment with the programs of others that use the API.
pub fn client_tool(name: &str) -> PathBuf {
    shared().join("clients/bin").join(name)
}

/// The state of the stack on one port.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The port that it listens on.
    pub port: u16,
    /// Its folder.
    pub folder: PathBuf,
}

impl Layout {
    /// The folder of the stack on `port`, made if it is not there.
    pub fn of(port: u16) -> Result<Self, Error> {
        let folder = shared().join(port.to_string());
        fs::create_dir_all(&folder).map_err(Error::io(format!("cannot create {}", folder.display())))?;
        Ok(Self { port, folder })
    }

    /// The emulator's process id.
    pub fn pid(&self) -> PathBuf {
        self.folder.join("pid")
    }

    /// The emulator's log.
    pub fn log(&self) -> PathBuf {
        self.folder.join("ministack.log")
    }

    /// The offset of the stack's clock.
    pub fn clock(&self) -> PathBuf {
        self.folder.join("clock")
    }

    /// What was deployed.
    pub fn deployment(&self) -> PathBuf {
        self.folder.join("stack.json")
    }

    /// Every email that was sent, one JSON object per line.
    pub fn mails(&self) -> PathBuf {
        self.folder.join("mails.jsonl")
    }

    /// Every action that a role's policies allowed, one JSON array per line: role, action, resource.
    pub fn access(&self) -> PathBuf {
        self.folder.join("access.jsonl")
    }

    /// The environment for running a function by hand.
    pub fn env(&self) -> PathBuf {
        self.folder.join("env")
    }

    /// The script that runs a function at the stack's time.
    pub fn runner(&self) -> PathBuf {
        self.folder.join("at-stack-time")
    }

    /// The log of a tool.
    pub fn tool_log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }
}
