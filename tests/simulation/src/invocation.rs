//! The invocations of the functions: what triggers them, and how they run.

use std::sync::Arc;

use claim_domain::calendar::Instant;
use claim_domain::ids::ClaimId;
use claim_domain::timer::TimerFired;
use feedback::MailEvent;
use serde_json::Value;
use verdict::ScanEvent;

use crate::engine::{Millis, Slot, TaskId};
use crate::people::{ReceivedResponse, SentRequest};
use crate::services::webhook_queue::ReceivedMessage;
use crate::stream::Batch;

/// Something that is about to begin: the invocation of a function, or what people do.
pub(crate) enum Job {
    /// The workload, which begins all steps.
    Workload,
    /// A step of a person.
    Step(u32),
    /// A request reaches a function of the API.
    Request {
        request: Arc<SentRequest>,
        /// Where the response goes, and which task waits for it.
        reply: (Slot<Option<ReceivedResponse>>, TaskId),
    },
    /// A timer fires.
    Timer {
        payload: String,
        /// The number of the invocation with this payload: the first one has 1.
        attempt: u32,
    },
    /// The email service reports what became of an email.
    Feedback { payload: Value, attempt: u32 },
    /// The scanner reports what it found.
    ScanResult { payload: Value, attempt: u32 },
    /// Records of the stream reach dispatch.
    Batch(Batch),
    /// A message reaches deliver.
    Delivery(ReceivedMessage),
    /// What organisations do about their webhooks.
    Webhooks,
    /// Organisations have sent again what is parked.
    Replay,
    /// Sweep starts by its schedule.
    Sweep,
    /// An operator looks at what is parked.
    Operator,
}

/// What triggers an invocation.
#[derive(Debug, Clone)]
pub(crate) enum Trigger {
    Request(Arc<SentRequest>, (Slot<Option<ReceivedResponse>>, TaskId)),
    Timer {
        /// The payload, as the function reads it.
        fired: TimerFired,
        payload: String,
        attempt: u32,
        /// Whether the clock was armed by the generation of the timer when the function began.
        armed: bool,
    },
    Feedback {
        /// The payload, as the function reads it.
        event: MailEvent,
        payload: Value,
        attempt: u32,
    },
    ScanResult {
        /// The payload, as the function reads it.
        event: ScanEvent,
        payload: Value,
        attempt: u32,
    },
    Batch(Batch),
    Delivery(ReceivedMessage),
    Sweep,
}

/// One invocation of a function.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    /// The machine that it runs on.
    pub(crate) machine: usize,
    pub(crate) trigger: Trigger,
    pub(crate) began: Millis,
    pub(crate) ended: Option<Millis>,
    pub(crate) killed: bool,
    /// How many calls to services it made.
    pub(crate) calls: u32,
    /// In which call it is to be killed, and whether that call is still sent.
    pub(crate) kill_in_call: Option<(u32, bool)>,
    /// How many of its calls had a fault.
    pub(crate) faults: u32,
    /// How many of its writes were carried out.
    pub(crate) writes: u32,
    /// What the clock of its machine said when it was last read.
    pub(crate) clock_read: Option<Instant>,
    /// What it committed for the person who sent the request: claims and versions.
    pub(crate) accepted: Vec<(ClaimId, u64)>,
}

impl Invocation {
    /// An invocation that begins now.
    pub(crate) fn new(
        machine: usize,
        trigger: Trigger,
        began: Millis,
        kill_in_call: Option<(u32, bool)>,
    ) -> Self {
        Self {
            machine,
            trigger,
            began,
            ended: None,
            killed: false,
            calls: 0,
            kill_in_call,
            faults: 0,
            writes: 0,
            clock_read: None,
            accepted: Vec::new(),
        }
    }

    /// The request that triggered it, if one did.
    pub(crate) fn request(&self) -> Option<&SentRequest> {
        match &self.trigger {
            Trigger::Request(request, _) => Some(request),
            _ => None,
        }
    }

    pub(crate) fn function(&self) -> &'static str {
        match &self.trigger {
            Trigger::Request(request, _) => request.function(),
            Trigger::Timer { .. } => "deadline",
            Trigger::Feedback { .. } => "feedback",
            Trigger::ScanResult { .. } => "verdict",
            Trigger::Batch(_) => "dispatch",
            Trigger::Delivery(_) => "deliver",
            Trigger::Sweep => "sweep",
        }
    }

    /// The timeout of the function, as the template sets it.
    pub(crate) fn timeout(&self) -> Millis {
        match &self.trigger {
            Trigger::Request(..) => 15_000,
            Trigger::Timer { .. }
            | Trigger::Feedback { .. }
            | Trigger::ScanResult { .. }
            | Trigger::Delivery(_) => 30_000,
            Trigger::Batch(_) => 150_000,
            Trigger::Sweep => 120_000,
        }
    }
}
