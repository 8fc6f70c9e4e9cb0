//! Random numbers, of which the seed is the only source.
//!
//! Every kind of random decision draws from a stream of its own. Leaving out one step or one kind of fault then changes
//! as little as possible of everything else, so that failing lives can be shrunk.

use fastrand::Rng;

/// The kinds of random decisions. Each has its own stream of random numbers, decided by its place in this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Stream {
    /// The setup of the simulation, its faults, and the clocks of the machines.
    Setup = 1,
    /// How long requests and answers take.
    Latency,
    /// Ids.
    Ids,
    /// Secrets of consent links.
    Secrets,
    /// The machine that a function runs on.
    Machines,
    /// What people do, and when.
    People,
    /// Faults of the table.
    Table,
    /// Faults of the stream.
    Records,
    /// Faults of the scheduler.
    Timers,
    /// Faults of the queue.
    Messages,
    /// Faults of the email service.
    Emails,
    /// What the email service reports later about an email.
    Reports,
    /// How the queue delivers its messages.
    Deliveries,
    /// What the scanner finds, and when it reports it.
    Scans,
    /// Faults of the evidence store.
    Files,
    /// Which functions are killed, and missed passes of sweep.
    Kills,
    /// Which answers to people are lost.
    Answers,
    /// Outages, in which neither timers nor sweep reach a function.
    Outages,
    /// Batches of the stream that are delivered twice.
    DoubleDeliveries,
    /// What people do at the same time as somebody else.
    Simultaneous,
    /// Services that are down for days.
    Downs,
    /// What operators do about parked effects, and when.
    Operators,
    /// What people do on pages, and how long they look at them.
    Pages,
    /// Faults of the bus of changes.
    Bus,
    /// What organisations do about their webhooks.
    Webhooks,
    /// Faults of the queue of changes on their way to webhooks.
    WebhookQueue,
    /// The servers of webhooks, and what their names lead to.
    Receivers,
}

/// The generator of a stream, or of one part of it.
pub(crate) fn stream(seed: u64, stream: Stream, part: u64) -> Rng {
    Rng::with_seed(mix(mix(mix(seed) ^ (stream as u64)) ^ part))
}

/// The finalizer of SplitMix64, which maps neighbouring numbers to very different ones.
pub(crate) fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The generators of the streams that are not split into parts.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    pub(crate) latency: Rng,
    pub(crate) ids: Rng,
    pub(crate) secrets: Rng,
    pub(crate) machines: Rng,
    pub(crate) table: Rng,
    pub(crate) records: Rng,
    pub(crate) timers: Rng,
    pub(crate) messages: Rng,
    pub(crate) emails: Rng,
    pub(crate) reports: Rng,
    pub(crate) deliveries: Rng,
    pub(crate) scans: Rng,
    pub(crate) files: Rng,
    pub(crate) kills: Rng,
    pub(crate) answers: Rng,
    pub(crate) outages: Rng,
    pub(crate) double_deliveries: Rng,
    pub(crate) downs: Rng,
    pub(crate) operators: Rng,
    pub(crate) bus: Rng,
    pub(crate) webhook_queue: Rng,
    pub(crate) receivers: Rng,
}

impl Random {
    /// The generators of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let of = |part| stream(seed, part, 0);
        Self {
            latency: of(Stream::Latency),
            ids: of(Stream::Ids),
            secrets: of(Stream::Secrets),
            machines: of(Stream::Machines),
            table: of(Stream::Table),
            records: of(Stream::Records),
            timers: of(Stream::Timers),
            messages: of(Stream::Messages),
            emails: of(Stream::Emails),
            reports: of(Stream::Reports),
            deliveries: of(Stream::Deliveries),
            scans: of(Stream::Scans),
            files: of(Stream::Files),
            kills: of(Stream::Kills),
            answers: of(Stream::Answers),
            outages: of(Stream::Outages),
            double_deliveries: of(Stream::DoubleDeliveries),
            downs: of(Stream::Downs),
            operators: of(Stream::Operators),
            bus: of(Stream::Bus),
            webhook_queue: of(Stream::WebhookQueue),
            receivers: of(Stream::Receivers),
        }
    }
}

/// Draws one of the things, with a probability in proportion to its weight.
pub(crate) fn weighted<T: Copy>(random: &mut Rng, things: &[(u32, T)]) -> Option<T> {
    let total: u32 = things.iter().map(|(weight, _)| weight).sum();
    if total == 0 {
        return None;
    }
    let mut drawn = random.u32(0..total);
    for (weight, thing) in things {
        if drawn < *weight {
            return Some(*thing);
        }
        drawn -= weight;
    }
    None
}
