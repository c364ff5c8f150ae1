//! Lets clients in, as many as there is room for.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};

use super::client;
use super::depot::household;
use super::settings::Settings;
use super::status::AGAIN;
use super::tls::Certificates;
use super::transport::Transport;

/// When the system has no more descriptors, asking at once again would only burn the processor.
const REST: Duration = Duration::from_millis(50);

/// How many may wait outside, if the system agrees.
const OUTSIDE: i32 = 4096;

/// So many are let in before those who are in already have their turn.
const TURN: usize = 64;

pub struct Door {
    listener: Option<TcpListener>,
    certificates: Option<Certificates>,
    room: usize,
    inside: usize,
    per_ip: HashMap<IpAddr, usize>,
    /// There may be more clients outside than have been let in.
    open_at: Option<Instant>,
}

/// A client who has been let in, and whom the door must hear of again when it leaves.
pub struct Guest {
    pub transport: Transport,
    pub peer: IpAddr,
    pub counted: Option<IpAddr>,
}

impl Door {
    pub fn open(settings: &Settings, room: usize, registry: &Registry, token: Token) -> io::Result<Door> {
        let certificates = settings.tls.clone().map(Certificates::load).transpose()?;
        let mut listener = TcpListener::bind(settings.listen)?;
        // Listening once more only changes how many may wait outside: the usual 128 overflow when
        // a restart sends everybody back at once, and whoever is turned down tries a second later.
        rustix::net::listen(&listener, OUTSIDE)?;
        registry.register(&mut listener, token, Interest::READABLE)?;
        Ok(Door {
            listener: Some(listener),
            certificates,
            room,
            inside: 0,
            per_ip: HashMap::new(),
            open_at: None,
        })
    }

    pub fn address(&self) -> io::Result<SocketAddr> {
        match &self.listener {
            Some(listener) => listener.local_addr(),
            None => Err(ErrorKind::NotConnected.into()),
        }
    }

    pub fn close(&mut self) {
        self.listener = None;
        self.open_at = None;
    }

    /// How many places are to be made free, so that everybody who may be let in in one turn finds one.
    pub fn short_of(&self) -> usize {
        (self.inside + self.turn()).saturating_sub(self.room)
    }

    fn turn(&self) -> usize {
        TURN.min(self.room / 2 + 1)
    }

    /// When to look outside without being called.
    pub fn open_at(&self) -> Option<Instant> {
        self.open_at
    }

    pub fn admit(&mut self, settings: &Settings, now: Instant) -> Vec<Guest> {
        let mut guests = Vec::new();
        self.open_at = None;
        for _ in 0..self.turn() {
            let Some(listener) = &self.listener else {
                return guests;
            };
            match listener.accept() {
                Ok((socket, from)) => guests.extend(self.greet(socket, from.ip(), settings)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return guests,
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    log::error!("no client can be let in: {error}");
                    self.open_at = Some(now + REST);
                    return guests;
                }
            }
        }
        self.open_at = Some(now);
        guests
    }

    /// How many connections this address has; a trusted proxy has none of its own.
    pub fn neighbours(&self, counted: Option<IpAddr>) -> usize {
        counted.and_then(|ip| self.per_ip.get(&ip)).copied().unwrap_or_default()
    }

    /// What one address may have in a full house before it goes first.
    pub const fn many(&self) -> usize {
        self.room / 16
    }

    pub fn see_off(&mut self, counted: Option<IpAddr>) {
        self.inside -= 1;
        if let Some(ip) = counted
            && let Some(count) = self.per_ip.get_mut(&ip)
        {
            *count -= 1;
            if *count == 0 {
                self.per_ip.remove(&ip);
            }
        }
    }

    fn greet(&mut self, socket: TcpStream, peer: IpAddr, settings: &Settings) -> Option<Guest> {
        let counted = (!client::trusts(&settings.trust_proxy, peer)).then(|| household(peer));
        if self.inside >= self.room {
            self.turn_away(socket, "503 Service Unavailable");
            return None;
        }
        if self.neighbours(counted) >= settings.limits.max_per_ip {
            self.turn_away(socket, "429 Too Many Requests");
            return None;
        }
        // Without it an answer in two writes waits for the client's delayed acknowledgement.
        socket.set_nodelay(true).ok();
        let config = self.certificates.as_mut().map(Certificates::current);
        let transport = match Transport::new(socket, config) {
            Ok(transport) => transport,
            Err(error) => {
                log::error!("no TLS for this client: {error}");
                return None;
            }
        };
        self.inside += 1;
        if let Some(ip) = counted {
            *self.per_ip.entry(ip).or_default() += 1;
        }
        Some(Guest { transport, peer: peer.to_canonical(), counted })
    }

    /// Before a handshake nobody could read it, so under TLS the door is just shut.
    fn turn_away(&self, mut socket: TcpStream, status: &str) {
        if self.certificates.is_none() {
            let words = format!("too many connections, try again in {AGAIN} seconds\n");
            let answer = format!(
                "HTTP/1.1 {status}\r\nRetry-After: {AGAIN}\r\nContent-Type: text/plain; charset=utf-8\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{words}",
                words.len()
            );
            socket.write_all(answer.as_bytes()).ok();
        }
    }
}

/// Errors of one connection that was given up before we took it.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted)
}
