//! What functions are invoked with, and what became of it.

use std::sync::Arc;

use claim_domain::calendar::Instant;
use claim_domain::command::TimerFired;
use claim_domain::ids::ClaimId;
use feedback::MailEvent;
use serde_json::Value;
use verdict::ScanEvent;

use crate::engine::{Millis, Slot, TaskId};
use crate::people::{Answer, Asked};
use crate::stream::Batch;

/// Something that begins: a function is invoked, or a person does something.
pub(crate) enum Job {
    /// The workload begins.
    Driver,
    /// A person takes a step.
    Step(u32),
    /// A request reaches a function of the API.
    Request {
        /// What is asked.
        asked: Arc<Asked>,
        /// Where the answer goes, and to which task.
        reply: (Slot<Option<Answer>>, TaskId),
    },
    /// A timer fired.
    Timer {
        /// What it says.
        payload: String,
        /// How often the function was invoked with it, this time included.
        attempt: u32,
    },
    /// The mail service says something of a mail.
    Feedback {
        /// What it says.
        said: Value,
        /// How often the function was invoked with it, this time included.
        attempt: u32,
    },
    /// The scanner says what it found.
    Scanned {
        /// What it says.
        said: Value,
        /// How often the function was invoked with it, this time included.
        attempt: u32,
    },
    /// Records of the stream come to dispatch.
    Batch(Batch),
    /// Sweep makes a pass.
    Pass,
}

/// What a function was invoked with.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// A request.
    Request(Arc<Asked>, (Slot<Option<Answer>>, TaskId)),
    /// A timer, at which attempt, and whether its clock was armed by its generation when the function began.
    Timer {
        /// What it says.
        fired: TimerFired,
        /// The same, as it came.
        payload: String,
        /// At which attempt.
        attempt: u32,
        /// Whether its clock was armed by its generation when the function began.
        armed: bool,
    },
    /// What the mail service says of a mail.
    Feedback {
        /// What it says, as the function reads it.
        event: MailEvent,
        /// The same, as it came.
        said: Value,
        /// At which attempt.
        attempt: u32,
    },
    /// What the scanner found.
    Scanned {
        /// What it says, as the function reads it.
        event: ScanEvent,
        /// The same, as it came.
        said: Value,
        /// At which attempt.
        attempt: u32,
    },
    /// Records of the stream.
    Batch(Batch),
    /// Nothing.
    Pass,
}

/// One invocation of a function.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    /// The machine that it runs on.
    pub(crate) machine: usize,
    /// What it was invoked with.
    pub(crate) work: Work,
    /// When it began.
    pub(crate) began: Millis,
    /// When it ended.
    pub(crate) ended: Option<Millis>,
    /// Whether it was killed.
    pub(crate) killed: bool,
    /// How often it called a service.
    pub(crate) calls: u32,
    /// In which call it is to be killed, and whether the request is sent all the same.
    pub(crate) doomed: Option<(u32, bool)>,
    /// How many of its calls went wrong.
    pub(crate) faults: u32,
    /// How many writes of its were carried out.
    pub(crate) writes: u32,
    /// What its machine's clock said when it looked last.
    pub(crate) clock_read: Option<Instant>,
    /// What it committed on behalf of whoever asked: claims and versions.
    pub(crate) accepted: Vec<(ClaimId, u64)>,
}

impl Invocation {
    /// An invocation that begins.
    pub(crate) fn new(machine: usize, work: Work, began: Millis, doomed: Option<(u32, bool)>) -> Self {
        Self {
            machine,
            work,
            began,
            ended: None,
            killed: false,
            calls: 0,
            doomed,
            faults: 0,
            writes: 0,
            clock_read: None,
            accepted: Vec::new(),
        }
    }

    /// What was asked, if it serves a request.
    pub(crate) fn asked(&self) -> Option<&Asked> {
        match &self.work {
            Work::Request(asked, _) => Some(asked),
            _ => None,
        }
    }

    /// The function's name.
    pub(crate) fn function(&self) -> &'static str {
        match &self.work {
            Work::Request(asked, _) => asked.function(),
            Work::Timer { .. } => "deadline",
            Work::Feedback { .. } => "feedback",
            Work::Scanned { .. } => "verdict",
            Work::Batch(_) => "dispatch",
            Work::Pass => "sweep",
        }
    }

    /// How long the function may run, by the template.
    pub(crate) fn timeout(&self) -> Millis {
        match &self.work {
            Work::Request(..) => 15_000,
            Work::Timer { .. } | Work::Feedback { .. } | Work::Scanned { .. } => 30_000,
            Work::Batch(_) => 150_000,
            Work::Pass => 120_000,
        }
    }
}
