//! The proxy itself: a thread for each connection, one call on each.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::call::Call;
use super::victim::Victim;
use super::{Chance, Counts, Fault, Rates};
use crate::{Error, layout::Layout};

/// How long a call is held for a caller that does not give up.
const HELD_AT_MOST: Duration = Duration::from_secs(30);

/// Stands between the functions of one stack and AWS. It runs for as long as this process.
#[derive(Debug, Clone)]
pub struct Proxy {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    layout: Layout,
    address: SocketAddr,
    chance: Mutex<Chance>,
}

impl Proxy {
    /// Starts a proxy to the stack on `port`, which need not be up yet. Nothing goes wrong before [`Proxy::set`].
    pub fn start(port: u16, seed: u64) -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .map_err(Error::io("cannot listen for the functions"))?;
        let address = listener.local_addr().map_err(Error::io("cannot listen for the functions"))?;
        let shared = Shared { layout: Layout::of(port)?, address, chance: Mutex::new(Chance::new(seed)) };
        let proxy = Self { shared: Arc::new(shared) };
        let accepting = Arc::clone(&proxy.shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                // An error here is expected: callers may go away in the middle of a call.
                thread::spawn(move || shared.serve(stream));
            }
        });
        Ok(proxy)
    }

    /// The endpoint that the functions must use: see `Plan::endpoint`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// Sets how often each fault happens from now on.
    pub fn set(&self, rates: Rates) {
        self.shared.chance().rates = rates;
    }

    /// What has gone wrong so far.
    pub fn counts(&self) -> Counts {
        self.shared.chance().counts.clone()
    }
}

impl Shared {
    fn chance(&self) -> MutexGuard<'_, Chance> {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let Some(call) = Call::read(&mut stream)? else { return Ok(()) };
        let fault = self.chance().draw(call.id());
        match fault {
            None => stream.write_all(&self.pass_on(&call)?),
            Some(Fault::Throttle) => self.answer(&mut stream, &call, Fault::Throttle, &call.throttled()),
            Some(Fault::Error) => self.answer(&mut stream, &call, Fault::Error, &call.failed()),
            Some(Fault::Hold) => self.hold(stream, &call),
            Some(Fault::Reset) => self.reset(stream, &call),
            Some(Fault::Kill) => self.kill(stream, &call),
        }
    }

    /// The emulator's answer, as it came.
    fn pass_on(&self, call: &Call) -> io::Result<Vec<u8>> {
        let mut emulator = TcpStream::connect((Ipv4Addr::LOCALHOST, self.layout.port))?;
        emulator.set_nodelay(true)?;
        emulator.write_all(&call.bytes())?;
        let mut answer = Vec::new();
        emulator.read_to_end(&mut answer)?;
        Ok(answer)
    }

    fn answer(&self, stream: &mut TcpStream, call: &Call, fault: Fault, answer: &[u8]) -> io::Result<()> {
        self.chance().count(fault, call.service());
        stream.write_all(answer)
    }

    fn hold(&self, mut stream: TcpStream, call: &Call) -> io::Result<()> {
        self.chance().count(Fault::Hold, call.service());
        stream.set_read_timeout(Some(HELD_AT_MOST))?;
        // Returns when the caller closes its end.
        stream.read(&mut [0]).map(|_| ())
    }

    fn reset(&self, stream: TcpStream, call: &Call) -> io::Result<()> {
        self.chance().count(Fault::Reset, call.service());
        self.pass_on(call)?;
        // Closing without lingering sends a reset.
        SockRef::from(&stream).set_linger(Some(Duration::ZERO))
    }

    fn kill(&self, stream: TcpStream, call: &Call) -> io::Result<()> {
        // A caller that is not a function, such as a browser with a presigned address, only loses its connection.
        let Some(victim) = Victim::at(&self.layout, stream.peer_addr()?, self.address) else {
            return self.reset(stream, call);
        };
        let after = self.chance().random.bool();
        if after {
            self.pass_on(call)?;
        }
        if victim.kill() {
            let mut chance = self.chance();
            chance.count(Fault::Kill, call.service());
            *chance.counts.kills.entry(victim.function).or_default() += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::Http;

    /// An emulator that counts the calls that reach it and answers with the host header of the call.
    fn emulator() -> (u16, Arc<AtomicU32>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (port, applied) = (listener.local_addr().unwrap().port(), Arc::new(AtomicU32::new(0)));
        let count = Arc::clone(&applied);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let call = Call::read(&mut stream).unwrap().unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let host = call.header("host").unwrap_or_default();
                let length = host.len();
                let answer =
                    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{host}");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        (port, applied)
    }

    fn call(proxy: &Proxy, service: &str) -> Result<crate::Response, Error> {
        let credential =
            format!("AWS4-HMAC-SHA256 Credential=A/20261122/us-east-1/{service}/aws4_request, Signature=0");
        let headers = [("authorization", credential.as_str()), ("host", "table.example")];
        Http::default().send("POST", &proxy.endpoint(), &headers, Some(b"{}"))
    }

    fn only(set: fn(&mut Rates)) -> Rates {
        let mut rates = Rates::default();
        set(&mut rates);
        rates
    }

    #[test]
    fn each_fault_does_what_its_name_says() {
        let (port, applied) = emulator();
        let proxy = Proxy::start(port, 1).unwrap();
        assert_eq!(call(&proxy, "dynamodb").unwrap().text(), "table.example", "the host is passed on");
        assert_eq!(applied.load(Ordering::SeqCst), 1);

        proxy.set(only(|rates| rates.throttle = 1.0));
        for (service, status, word) in [
            ("dynamodb", 400, "ProvisionedThroughputExceededException"),
            ("sqs", 400, "RequestThrottled"),
            ("scheduler", 429, "ThrottlingException"),
            ("ses", 429, "TooManyRequestsException"),
            ("s3", 503, "SlowDown"),
        ] {
            let answer = call(&proxy, service).unwrap();
            assert_eq!(answer.status, status, "{service}");
            assert!(answer.text().contains(word), "{service}: {}", answer.text());
        }
        proxy.set(only(|rates| rates.error = 1.0));
        assert_eq!(call(&proxy, "s3").unwrap().status, 500);
        assert_eq!(applied.load(Ordering::SeqCst), 1, "neither was applied");

        proxy.set(only(|rates| rates.reset = 1.0));
        assert!(call(&proxy, "sqs").is_err());
        assert_eq!(applied.load(Ordering::SeqCst), 2, "applied, but the answer is lost");

        // This process is not a function of a stack, so it must survive.
        proxy.set(only(|rates| rates.kill = 1.0));
        assert!(call(&proxy, "sqs").is_err());

        let counts = proxy.counts();
        assert_eq!(counts.of(Fault::Throttle), 5);
        assert_eq!(counts.faults[&(Fault::Reset, "sqs".to_owned())], 2);
        assert_eq!(counts.of(Fault::Kill), 0);
        assert_eq!(counts.calls, 9);
    }

    #[test]
    fn a_held_call_is_never_applied() {
        let (port, applied) = emulator();
        let proxy = Proxy::start(port, 1).unwrap();
        proxy.set(only(|rates| rates.hold = 1.0));
        let mut caller = TcpStream::connect(proxy.shared.address).unwrap();
        caller.write_all(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").unwrap();
        caller.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        assert!(caller.read(&mut [0]).is_err(), "no answer comes");
        drop(caller);
        assert_eq!(applied.load(Ordering::SeqCst), 0);
        assert_eq!(proxy.counts().of(Fault::Hold), 1);
    }
}
