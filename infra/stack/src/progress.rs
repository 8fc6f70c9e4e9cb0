use std::time::Instant;

use crate::Error;

/// Reports long steps: a line when a step begins, and its duration when it ends.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    line: Option<fn(&str)>,
}

impl Progress {
    /// Reports nothing.
    pub const fn silent() -> Self {
        Self { line: None }
    }

    /// Hands each line to `line`.
    pub const fn to(line: fn(&str)) -> Self {
        Self { line: Some(line) }
    }

    /// Says one line.
    pub fn say(&self, text: &str) {
        if let Some(line) = self.line {
            line(text);
        }
    }

    /// Does `work`, and reports that it begins and how long it took.
    pub fn step<T>(&self, what: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        self.say(&format!("{what} …"));
        let started = Instant::now();
        let result = work();
        let how = if result.is_ok() { "done" } else { "FAILED" };
        self.say(&format!("  {how} in {:.1} s", started.elapsed().as_secs_f32()));
        result
    }
}
