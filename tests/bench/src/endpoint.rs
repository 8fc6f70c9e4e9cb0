//! The AWS that the functions find: one TLS server for all services. It keeps a list of the calls, and of the time
//! that it took itself.

use std::collections::HashMap;
use std::io::{ErrorKind, Result};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use bench_inside::{BenchTable, Failure};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::aws;
use crate::http::{Answer, Reader, Request};
use crate::tls::Chain;

/// One call, as it went over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) request: Request,
    /// The answer's length.
    pub(crate) received: usize,
}

pub(crate) struct Endpoint {
    pub(crate) url: String,
    /// The file with the root certificate of its chain.
    pub(crate) root: PathBuf,
    shared: Arc<Shared>,
}

struct Shared {
    tls: Arc<ServerConfig>,
    table: Mutex<Arc<BenchTable>>,
    /// Answers to reads that came before: the endpoint's own work is not what is measured.
    known: Mutex<HashMap<Vec<u8>, Answer>>,
    calls: Mutex<Vec<Call>>,
    busy: AtomicU64,
}

impl Endpoint {
    /// Starts it, with its root in `folder`.
    pub(crate) fn start(folder: &Path) -> std::result::Result<Self, Failure> {
        let chain = Chain::new()?;
        let root = folder.join("root.pem");
        fs::write(&root, &chain.root)?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let url = format!("https://localhost:{port}");
        let shared = Arc::new(Shared {
            tls: chain.server,
            table: Mutex::default(),
            known: Mutex::default(),
            calls: Mutex::default(),
            busy: AtomicU64::default(),
        });
        // The name may resolve to either kind of address.
        let other = TcpListener::bind(("::1", port)).ok();
        for listener in std::iter::once(listener).chain(other) {
            let serving = Arc::clone(&shared);
            thread::spawn(move || {
                for socket in listener.incoming().flatten() {
                    let shared = Arc::clone(&serving);
                    // If a connection breaks, the measurement notices, because an answer is missing.
                    thread::spawn(move || shared.serve(socket));
                }
            });
        }
        Ok(Self { url, root, shared })
    }

    /// Answers from another table from now on.
    pub(crate) fn use_table(&self, table: &Arc<BenchTable>) {
        *locked(&self.shared.table) = Arc::clone(table);
        locked(&self.shared.known).clear();
        self.calls();
        self.busy();
    }

    /// Takes the calls since the last time.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *locked(&self.shared.calls))
    }

    /// Takes the time that the endpoint itself was busy since the last time.
    pub(crate) fn busy(&self) -> Duration {
        Duration::from_nanos(self.shared.busy.swap(0, Ordering::SeqCst))
    }
}

impl Shared {
    fn serve(&self, mut socket: TcpStream) -> Result<()> {
        socket.set_nodelay(true)?;
        let mut tls = ServerConnection::new(Arc::clone(&self.tls)).map_err(std::io::Error::other)?;
        self.shake_hands(&mut tls, &mut socket)?;
        let mut stream = StreamOwned::new(tls, socket);
        let mut reader = Reader::default();
        while let Some((request, read)) = reader.next(&mut stream)? {
            let began = Instant::now();
            let answer = self.answer(&request);
            let name = aws::name(&request);
            let received = answer.length();
            locked(&self.calls).push(Call { name, request, received });
            answer.send(&mut stream)?;
            self.busy_for(read + began.elapsed());
        }
        Ok(())
    }

    /// The handshake. It counts the time that this side works, but not the time that it waits.
    fn shake_hands(&self, tls: &mut ServerConnection, socket: &mut TcpStream) -> Result<()> {
        while tls.is_handshaking() {
            if tls.wants_read() && tls.read_tls(socket)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let began = Instant::now();
            tls.process_new_packets().map_err(std::io::Error::other)?;
            while tls.wants_write() {
                tls.write_tls(socket)?;
            }
            self.busy_for(began.elapsed());
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> Answer {
        let named = aws::name(request);
        if !["GetItem", "BatchGetItem", "Query"].contains(&named.as_str()) {
            return aws::answer(&locked(&self.table), request);
        }
        let key = [named.as_bytes(), &request.body].concat();
        let mut known = locked(&self.known);
        known.entry(key).or_insert_with(|| aws::answer(&locked(&self.table), request)).clone()
    }

    fn busy_for(&self, time: Duration) {
        self.busy.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
