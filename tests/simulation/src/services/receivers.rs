//! The network to the servers of webhooks: what their names lead to, and how they answer. A server is sometimes down, for
//! minutes or for days, answers something else than 2xx, takes too long, or wants nothing any more; and its name sometimes
//! leads where nothing may be sent to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use claim_domain::webhook::Parts;
use deliver::send::{Addresses, Answered, Resolver, SendError, Transport};
use lambda_http::http::{Request, StatusCode};

use super::Kill;
use crate::engine::{Millis, Simulation, Slot};
use crate::faults::Fault;
use crate::properties::webhooks::{check_addresses, check_received};
use crate::state::SimulationState;

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;

/// Addresses that a name may lead to, and nobody may reach by it.
const NOT_PUBLIC: [&str; 6] =
    ["169.254.169.254", "10.0.0.7", "127.0.0.1", "::1", "fd00:ec2::254", "::ffff:192.168.1.1"];

/// A server, by what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Receiver {
    down_until: Millis,
    /// Until when its name leads to an address that is not public.
    astray_until: Millis,
    wants_nothing: bool,
}

/// What a server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reaction {
    /// It is not there.
    Unreachable,
    /// It answers, after so many milliseconds.
    Answers(u16, Millis),
}

/// The public address of a server.
fn address_of(host: &str) -> IpAddr {
    let number = crate::trace::hash_of(host.as_bytes()).to_le_bytes();
    IpAddr::from([93, 184, number[0], number[1]])
}

impl Resolver for Simulation {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Addresses<'a> {
        Box::pin(async move {
            let (delay, found) = {
                let mut state = self.state();
                (state.latency(), addresses(&mut state, host))
            };
            self.sleep(delay).await;
            Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect())
        })
    }
}

/// What a name leads to: its server, or for some time somewhere else, or both.
fn addresses(state: &mut SimulationState, host: &str) -> Vec<IpAddr> {
    let SimulationState { agenda, faults, random, receivers, .. } = state;
    let (now, random, receiver) = (agenda.now(), &mut random.receivers, receivers.entry(host.to_owned()));
    let receiver = receiver.or_default();
    if receiver.astray_until <= now {
        if faults.inject_one(random, &[Fault::NameAstray]).is_none() {
            return vec![address_of(host)];
        }
        receiver.astray_until = now + random.i64(MINUTE..24 * HOUR);
    }
    let astray = NOT_PUBLIC[random.usize(0..NOT_PUBLIC.len())].parse();
    let both = random.bool().then(|| address_of(host));
    both.into_iter().chain(astray).collect()
}

impl Transport for Simulation {
    fn exchange<'a>(
        &'a self,
        to: Parts<'a>,
        addresses: Vec<SocketAddr>,
        request: Request<String>,
    ) -> Answered<'a> {
        Box::pin(async move {
            let answer: Slot<Result<StatusCode, SendError>> = Slot::default();
            {
                let mut state = self.state();
                let Some(task) = state.agenda.current() else { return Err(unreachable()) };
                check_addresses(&mut state, task, &addresses, address_of(to.host));
                let reaction = react(&mut state, to.host);
                let is_faulty = !matches!(reaction, Reaction::Answers(200..300, 0..5_000));
                let kill = state.begin_call(task, is_faulty);
                state.note("post", task as u64, || format!("#{task} to {}: {reaction:?}", to.host));
                let (there, back) = (state.latency(), state.latency());
                let (filled, host) = (answer.clone(), to.host.to_owned());
                let woken = match reaction {
                    Reaction::Unreachable => there,
                    Reaction::Answers(_, after) => there + after + back,
                };
                if kill != Kill::BeforeSending
                    && let Reaction::Answers(status, _) = reaction
                {
                    state
                        .agenda
                        .after(there, move |state| check_received(state, task, &host, &request, status));
                }
                if kill == Kill::None {
                    state.agenda.after(woken, move |_| {
                        filled.set(match reaction {
                            Reaction::Unreachable => Err(unreachable()),
                            Reaction::Answers(status, _) => {
                                Ok(StatusCode::from_u16(status).unwrap_or_default())
                            }
                        });
                    });
                    state.agenda.wake(task, woken);
                }
            }
            answer.await
        })
    }

    fn within<'a>(&'a self, limit: Duration, answered: Answered<'a>) -> Answered<'a> {
        let limit = Millis::try_from(limit.as_millis()).unwrap_or(Millis::MAX);
        Box::pin(async move {
            tokio::select! {
                biased;
                answer = answered => answer,
                () = self.sleep(limit) => Err(SendError::TooLate),
            }
        })
    }
}

fn unreachable() -> SendError {
    SendError::Unreachable(io::ErrorKind::ConnectionRefused.into())
}

/// Draws what a server does with a request that is sent now.
fn react(state: &mut SimulationState, host: &str) -> Reaction {
    let SimulationState { agenda, faults, random, receivers, .. } = state;
    let (now, random, receiver) = (agenda.now(), &mut random.receivers, receivers.entry(host.to_owned()));
    let receiver = receiver.or_default();
    if receiver.down_until > now {
        return Reaction::Unreachable;
    }
    let soon = random.i64(0..400);
    if receiver.wants_nothing {
        return Reaction::Answers(410, soon);
    }
    let kinds = [Fault::ReceiverDown, Fault::ReceiverRefused, Fault::ReceiverSlow, Fault::ReceiverGone];
    match faults.inject_one(random, &kinds) {
        Some(Fault::ReceiverDown) => {
            receiver.down_until = now
                + match random.u32(0..3) {
                    0 => random.i64(MINUTE..HOUR),
                    1 => random.i64(HOUR..24 * HOUR),
                    _ => random.i64(24 * HOUR..72 * HOUR),
                };
            Reaction::Unreachable
        }
        Some(Fault::ReceiverRefused) => {
            Reaction::Answers([302, 400, 404, 429, 500, 503][random.usize(0..6)], soon)
        }
        Some(Fault::ReceiverSlow) => Reaction::Answers(200, random.i64(8_000..25_000)),
        Some(_) => {
            receiver.wants_nothing = true;
            Reaction::Answers(410, soon)
        }
        None => Reaction::Answers([200, 201, 202, 204][random.usize(0..4)], soon),
    }
}
