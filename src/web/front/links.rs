//! The connections to the inner server: as many as there are workers, each with one request at a
//! time.
//!
//! They are kept open, because a new one for every request costs more than the request. The inner
//! server starves connections that come in a burst (it counts a waiting thread once for each), so
//! they are opened one after the other, and each says hello before the next one is opened.

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::UnixStream;
use mio::{Interest, Registry, Token};

use super::reply::Reply;
use crate::web::http::{Method, Request};
use crate::web::server::{self, Cloakroom, Errand, HELLO, Outcome, Server, Ticket, Work};

/// Tokens from here on are links; those of clients begin far above.
const FIRST: usize = 2;

/// How long to wait before the next try when the inner server cannot be reached.
const PAUSE: Duration = Duration::from_millis(50);

pub struct Links {
    server: Server,
    work: Work,
    registry: Registry,
    links: Vec<Link>,
    free: Vec<usize>,
    mend_at: Option<Instant>,
}

#[derive(Default)]
struct Link {
    stream: Option<UnixStream>,
    state: State,
    heard: Vec<u8>,
    /// It leads to a server that has been replaced, and ends with the request it has.
    old: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Down,
    Greeting,
    Free,
    Busy(Ticket, Token),
}

/// One errand on its way to a handler.
pub struct Call {
    pub ticket: Ticket,
    pub client: Token,
    pub errand: Errand,
}

pub struct Finished {
    pub ticket: Ticket,
    pub client: Token,
    pub outcome: Outcome,
}

impl Links {
    pub fn open(work: Work, registry: Registry) -> io::Result<Links> {
        let server = Server::start(&work)?;
        let links = (0..work.workers.max(1)).map(|_| Link::default()).collect();
        Ok(Links { server, work, registry, links, free: Vec::new(), mend_at: None })
    }

    pub fn index(&self, token: Token) -> Option<usize> {
        token.0.checked_sub(FIRST).filter(|index| *index < self.links.len())
    }

    pub fn has_free(&self) -> bool {
        !self.free.is_empty()
    }

    /// Only while one is free. A link that turns out to be broken gives the request back lost.
    pub fn send(&mut self, call: Call) -> Option<Finished> {
        let Call { ticket, client, errand } = call;
        let Some(index) = self.free.pop() else {
            return Some(lost(ticket, client));
        };
        let request = errand.request();
        let line = server::call(request.method, &target(request), ticket);
        self.work.cloakroom.leave(ticket, errand);
        self.links[index].state = State::Busy(ticket, client);
        match self.links[index].say(&line) {
            Ok(()) => None,
            Err(error) => {
                log::error!("the inner server does not listen: {error}");
                self.drop_link(index)
            }
        }
    }

    /// Something has been said on this link.
    pub fn hear(&mut self, index: usize, closing: bool) -> Option<Finished> {
        match self.links[index].hear(closing) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                log::error!("the inner server has hung up: {error}");
                return self.drop_link(index);
            }
        }
        let link = &mut self.links[index];
        let finished = match link.state {
            State::Busy(ticket, client) => Some(finish(&self.work.cloakroom, ticket, client)),
            State::Greeting => None,
            State::Free | State::Down => return None,
        };
        link.state = State::Free;
        if link.old {
            self.links[index] = Link::default();
        } else {
            self.free.push(index);
        }
        finished
    }

    /// Opens one missing link, if none is just being opened.
    pub fn mend(&mut self, now: Instant) {
        if self.mend_at.is_some_and(|at| now < at) {
            return;
        }
        self.mend_at = None;
        if self.links.iter().any(|link| link.state == State::Greeting) {
            return;
        }
        let Some(index) = self.links.iter().position(|link| link.state == State::Down) else {
            return;
        };
        let token = Token(FIRST + index);
        match Link::open(self.server.socket(), &self.registry, token) {
            Ok(link) => self.links[index] = link,
            Err(error) => {
                log::error!("the inner server cannot be reached: {error}");
                self.mend_at = Some(now + PAUSE);
                if matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound) {
                    self.rebuild();
                }
            }
        }
    }

    pub fn mend_at(&self) -> Option<Instant> {
        self.mend_at
    }

    pub fn stop(self, by: Instant) {
        drop(self.links);
        self.server.stop(by);
    }

    /// The accept thread of `tiny_http` ends with its first error, for instance when descriptors
    /// have run out, and says so to nobody.
    fn rebuild(&mut self) {
        match Server::start(&self.work) {
            Ok(server) => self.server = server,
            Err(error) => return log::error!("the inner server cannot be rebuilt: {error}"),
        }
        self.free.clear();
        for link in &mut self.links {
            match link.state {
                State::Busy(..) => link.old = true,
                _ => *link = Link::default(),
            }
        }
    }

    fn drop_link(&mut self, index: usize) -> Option<Finished> {
        self.free.retain(|free| *free != index);
        // Not at once: whatever broke it may break the next one too.
        self.mend_at = Some(Instant::now() + PAUSE);
        let link = std::mem::take(&mut self.links[index]);
        match link.state {
            State::Busy(ticket, client) => Some(finish(&self.work.cloakroom, ticket, client)),
            _ => None,
        }
    }
}

impl Link {
    fn open(socket: &Path, registry: &Registry, token: Token) -> io::Result<Link> {
        let mut stream = UnixStream::connect(socket)?;
        registry.register(&mut stream, token, Interest::READABLE)?;
        let mut link = Link { stream: Some(stream), state: State::Greeting, ..Link::default() };
        link.say(&server::call(Method::Get, "/", HELLO))?;
        Ok(link)
    }

    /// One line always fits: the one before has been answered, so it has been read.
    fn say(&mut self, line: &str) -> io::Result<()> {
        self.heard.clear();
        match &mut self.stream {
            Some(stream) => stream.write_all(line.as_bytes()),
            None => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// Whether the answer is complete. It has no body, so it ends with its head.
    fn hear(&mut self, closing: bool) -> io::Result<bool> {
        let Some(stream) = &mut self.stream else {
            return Ok(false);
        };
        let mut buffer = [0; 1024];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.heard.extend_from_slice(&buffer[..count]);
                    if count < buffer.len() && !closing {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.heard.ends_with(b"\r\n\r\n"))
    }
}

fn finish(cloakroom: &Arc<Cloakroom>, ticket: Ticket, client: Token) -> Finished {
    match cloakroom.collect(ticket) {
        Some(outcome) => Finished { ticket, client, outcome },
        None => lost(ticket, client),
    }
}

fn lost(ticket: Ticket, client: Token) -> Finished {
    Finished { ticket, client, outcome: Outcome::Reply(Reply::mishap()) }
}

fn target(request: &Request) -> String {
    match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use mio::{Events, Poll};

    use super::*;
    use crate::web::front::Limits;
    use crate::web::front::depot::Depot;
    use crate::web::http::Response;
    use crate::web::server::Handler;

    struct Hello;

    impl Handler for Hello {
        fn handle(&self, request: Request) -> Response {
            Response::text(200, &request.path)
        }

        fn body_limit(&self, _: Method, _: &str) -> u64 {
            0
        }
    }

    fn ask(links: &mut Links, poll: &mut Poll, ticket: Ticket) -> Reply {
        let mut events = Events::with_capacity(8);
        let errand = Errand::Handle(Request::get("/path"));
        let mut call = Some(Call { ticket, client: Token(99), errand });
        loop {
            links.mend(Instant::now());
            if links.has_free()
                && let Some(call) = call.take()
            {
                assert!(links.send(call).is_none());
            }
            poll.poll(&mut events, Some(PAUSE)).unwrap();
            for event in &events {
                let index = links.index(event.token()).unwrap();
                if let Some(finished) = links.hear(index, event.is_read_closed()) {
                    assert_eq!((finished.ticket, finished.client), (ticket, Token(99)));
                    let Outcome::Reply(reply) = finished.outcome else { panic!("no reply") };
                    return reply;
                }
            }
        }
    }

    #[test]
    fn an_inner_server_that_cannot_be_reached_is_built_again() {
        let mut poll = Poll::new().unwrap();
        let work = Work {
            handler: Arc::new(Hello),
            cloakroom: Arc::default(),
            workers: 2,
            memory_answer: 1000,
            depot: Depot::open(&Limits::default()),
        };
        let mut links = Links::open(work, poll.registry().try_clone().unwrap()).unwrap();
        assert_eq!(ask(&mut links, &mut poll, 1).status, 200);
        let old = links.server.socket().to_owned();
        fs::remove_file(&old).unwrap();
        for index in 0..links.links.len() {
            links.drop_link(index);
        }
        assert_eq!(ask(&mut links, &mut poll, 2).status, 200);
        assert_ne!(links.server.socket(), old);
        let new = links.server.socket().to_owned();
        links.stop(Instant::now() + Duration::from_secs(10));
        assert!(!new.exists(), "the socket is left behind");
    }
}
