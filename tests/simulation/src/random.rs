//! Chance, of which the seed is the only source.
//!
//! Everything that is decided by chance draws from a stream of its own, so that leaving out one step or one kind of
//! fault changes as little as possible of what else happens: that is what lets a failing history be made short.

use fastrand::Rng;

/// What is decided by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Stream {
    /// How the world of this seed is: when it begins, who is in it, which faults it has.
    World = 1,
    /// How long everything takes.
    Latency,
    /// Ids.
    Ids,
    /// Secrets of consent links.
    Secrets,
    /// On which machine a function runs.
    Machines,
    /// When and what people do.
    People,
    /// Faults of the table.
    Table,
    /// Faults of the stream.
    Records,
    /// Faults of the scheduler.
    Timers,
    /// Faults of the queue.
    Messages,
    /// Faults of the mail service.
    Mails,
    /// What the mail service says later.
    Reports,
    /// What becomes of messages in the queue.
    Deliveries,
    /// What the scanner finds, and says when.
    Scans,
    /// Faults of the evidence store.
    Files,
    /// Functions that are killed.
    Kills,
    /// Answers that do not arrive.
    Answers,
    /// Days on which neither timers nor sweep begin.
    Outages,
    /// Batches of the stream that are handed out twice.
    Doubles,
    /// What people do at the very same time.
    Beside,
}

/// A generator for one stream, or for one part of it.
pub(crate) fn stream(seed: u64, stream: Stream, part: u64) -> Rng {
    Rng::with_seed(mix(mix(mix(seed) ^ (stream as u64)) ^ part))
}

/// SplitMix64's finish: neighbouring numbers come out far apart.
pub(crate) fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The generators of the streams that are drawn from one after another.
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
    pub(crate) mails: Rng,
    pub(crate) reports: Rng,
    pub(crate) deliveries: Rng,
    pub(crate) scans: Rng,
    pub(crate) files: Rng,
    pub(crate) kills: Rng,
    pub(crate) answers: Rng,
    pub(crate) outages: Rng,
    pub(crate) doubles: Rng,
}

impl Random {
    /// The generators of a seed.
    pub(crate) fn of(seed: u64) -> Self {
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
            mails: of(Stream::Mails),
            reports: of(Stream::Reports),
            deliveries: of(Stream::Deliveries),
            scans: of(Stream::Scans),
            files: of(Stream::Files),
            kills: of(Stream::Kills),
            answers: of(Stream::Answers),
            outages: of(Stream::Outages),
            doubles: of(Stream::Doubles),
        }
    }
}

/// One of the things, each as often as its weight.
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
