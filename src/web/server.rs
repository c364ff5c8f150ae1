//! Runs the handlers: `tiny_http` on a Unix socket of our own. The only file that names it.
//!
//! Front and workers are one process, so a request crosses the socket as its first line and the
//! number of a ticket; the request itself and the reply change hands in the cloakroom. That
//! spares both sides writing and parsing the same headers twice, and no body is ever copied.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::front::depot::{Depot, Full};
use super::front::reply::Reply;
use super::http::{Method, Request, Response};
use crate::locks::hold;

pub trait Handler: Send + Sync + 'static {
    fn handle(&self, request: Request) -> Response;

    /// The largest body, in bytes, that this route takes; asked before the body is read. It is
    /// called on the front's only thread, so it decides by the path alone and never waits.
    fn body_limit(&self, method: Method, path: &str) -> u64;

    /// Whether the body of this request, here without it, may come, and how much of it; otherwise what is answered
    /// instead. Asked on a worker before a body is kept in a file, so that no stranger's fills a disk: by the head
    /// alone, and changing nothing, because the whole request comes afterwards.
    fn admit(&self, request: Request) -> Result<Welcome, Response> {
        Ok(Welcome { most: self.body_limit(request.method, &request.path), known: false })
    }

    /// What is answered to a request, here without its body, that is longer than that; `None`: plain words.
    /// Called on the front's only thread too, so it never waits.
    fn too_large(&self, request: Request) -> Option<Response> {
        let _ = request;
        None
    }
}

/// A body that may come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Welcome {
    /// Its largest size in bytes.
    pub most: u64,
    /// Who sends it has shown who it is, or writes to a channel of ours: the room that is kept free is for them.
    pub known: bool,
}

/// What a worker is to do.
pub enum Errand {
    /// To answer a whole request.
    Handle(Request),
    /// To say whether the body of this request may come.
    Admit(Request),
}

/// What became of an errand.
pub enum Outcome {
    Reply(Reply),
    Welcome(Welcome),
}

impl Errand {
    /// The request that it is about.
    pub const fn request(&self) -> &Request {
        match self {
            Errand::Handle(request) | Errand::Admit(request) => request,
        }
    }
}

pub type Ticket = u64;

/// Asks for no handler: a new connection says it once, to learn that a thread listens to it.
pub const HELLO: Ticket = 0;

const TICKET: &str = "Ticket";

/// The bytes that take a request to a worker.
pub fn call(method: Method, target: &str, ticket: Ticket) -> String {
    let method = method.as_str();
    format!("{method} {target} HTTP/1.1\r\n{TICKET}: {ticket}\r\n\r\n")
}

/// Where errands wait for their worker, and outcomes for the front.
#[derive(Default)]
pub struct Cloakroom {
    errands: Mutex<HashMap<Ticket, Errand>>,
    outcomes: Mutex<HashMap<Ticket, Outcome>>,
}

impl Cloakroom {
    pub fn leave(&self, ticket: Ticket, errand: Errand) {
        hold(&self.errands).insert(ticket, errand);
    }

    /// The outcome, if there is one; the ticket is void afterwards.
    pub fn collect(&self, ticket: Ticket) -> Option<Outcome> {
        let outcome = hold(&self.outcomes).remove(&ticket);
        if outcome.is_none() {
            hold(&self.errands).remove(&ticket);
        }
        outcome
    }

    fn take(&self, ticket: Ticket) -> Option<Errand> {
        hold(&self.errands).remove(&ticket)
    }

    fn put(&self, ticket: Ticket, outcome: Outcome) {
        hold(&self.outcomes).insert(ticket, outcome);
    }
}

/// What a worker needs.
#[derive(Clone)]
pub struct Work {
    pub handler: Arc<dyn Handler>,
    pub cloakroom: Arc<Cloakroom>,
    pub workers: usize,
    pub memory_answer: usize,
    pub depot: Arc<Depot>,
}

/// One `tiny_http` server with its workers and its socket.
pub struct Server {
    inner: Arc<tiny_http::Server>,
    stopping: Arc<AtomicBool>,
    workers: Vec<JoinHandle<()>>,
    socket: PathBuf,
    /// Held for its `Drop`: the directory goes after the socket in it.
    _folder: tempfile::TempDir,
}

impl Server {
    pub fn start(work: &Work) -> io::Result<Server> {
        let folder = tempfile::Builder::new().prefix("transom-").tempdir().map_err(|fault| {
            let place = std::env::temp_dir();
            // Told as what it is: a caller takes a lack of permission for the port's.
            io::Error::other(format!(
                "nothing temporary can be kept in {}, name another folder by TMPDIR: {fault}",
                place.display()
            ))
        })?;
        let socket = folder.path().join("front");
        let inner = tiny_http::Server::http_unix(&socket).map_err(io::Error::other)?;
        let mut server = Server {
            inner: Arc::new(inner),
            stopping: Arc::default(),
            workers: Vec::new(),
            socket,
            _folder: folder,
        };
        for number in 1..=work.workers.max(1) {
            let (inner, stopping) = (server.inner.clone(), server.stopping.clone());
            let work = work.clone();
            let worker = thread::Builder::new()
                .name(format!("worker-{number}"))
                .spawn(move || toil(&inner, &stopping, &work))?;
            server.workers.push(worker);
        }
        Ok(server)
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Lets the workers go, each after what it has in hand and what was asked before.
    fn dismiss(&self) {
        self.stopping.store(true, Ordering::Release);
        for _ in &self.workers {
            self.inner.unblock();
        }
    }

    /// Waits for the workers; one that hangs in a handler is left behind when the time is over.
    pub fn stop(mut self, by: Instant) {
        self.dismiss();
        while !self.workers.iter().all(JoinHandle::is_finished) && Instant::now() < by {
            thread::sleep(Duration::from_millis(2));
        }
        for worker in std::mem::take(&mut self.workers) {
            if worker.is_finished() && worker.join().is_err() {
                log::error!("a worker died");
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.dismiss();
    }
}

fn toil(inner: &tiny_http::Server, stopping: &AtomicBool, work: &Work) {
    loop {
        match inner.recv() {
            Ok(request) => {
                if catch_unwind(AssertUnwindSafe(|| serve(request, work))).is_err() {
                    log::error!("tiny_http panicked");
                }
            }
            Err(_) if stopping.load(Ordering::Acquire) => return,
            // Its accept thread has died. The connections it has are still good, and the front
            // builds a new server as soon as it finds the door shut.
            Err(error) => log::error!("tiny_http accepts no more: {error}"),
        }
    }
}

fn serve(request: tiny_http::Request, work: &Work) {
    let ticket = request
        .headers()
        .iter()
        .find(|header| header.field.equiv(TICKET))
        .and_then(|header| header.value.as_str().parse().ok());
    let status = match ticket {
        Some(HELLO) => 204,
        Some(ticket) => answer(ticket, work),
        None => 400,
    };
    if let Err(error) = request.respond(tiny_http::Response::empty(status)) {
        log::debug!("the front has hung up: {error}");
    }
}

fn answer(ticket: Ticket, work: &Work) -> u16 {
    let Some(errand) = work.cloakroom.take(ticket) else {
        return 410;
    };
    let path = errand.request().path.clone();
    // The panic hook has already said what happened and where.
    let outcome = catch_unwind(AssertUnwindSafe(|| run(errand, work)));
    let outcome = outcome.unwrap_or_else(|_| Outcome::Reply(Reply::mishap_at(&path)));
    let status = match &outcome {
        Outcome::Reply(reply) => reply.status,
        Outcome::Welcome(_) => 204,
    };
    work.cloakroom.put(ticket, outcome);
    status
}

fn run(errand: Errand, work: &Work) -> Outcome {
    let (method, peer) = (errand.request().method, errand.request().peer);
    let response = match errand {
        Errand::Handle(request) => work.handler.handle(request),
        Errand::Admit(request) => match work.handler.admit(request) {
            Ok(welcome) => return Outcome::Welcome(welcome),
            Err(response) => response,
        },
    };
    let share = work.depot.share(peer, false);
    Outcome::Reply(Reply::from_response(response, method, work.memory_answer, share).unwrap_or_else(
        |error| match Full::behind(&error) {
            Some(full) => Reply::refused(full.into()),
            None => {
                log::error!("an answer could not be read: {error}");
                Reply::mishap()
            }
        },
    ))
}
