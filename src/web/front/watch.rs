//! The one thread that watches every socket: clients, inner server, and the calls of others.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Interest, Poll, Token};

use super::alarms::Alarms;
use super::calls::{Calls, Wishes};
use super::connection::{Connection, House, Next};
use super::depot::household;
use super::door::{Door, Guest};
use super::links::{Call, Finished, Links};
use super::turns::Turns;
use crate::web::server::{HELLO, Ticket};

pub const DOOR: Token = Token(0);
pub const BELL: Token = Token(1);

/// Above the tokens of all links; a client's number is never used twice.
const FIRST_CLIENT: usize = 1 << 20;

pub struct Watch {
    poll: Poll,
    calls: Arc<Calls>,
    door: Door,
    links: Links,
    house: House,
    clients: HashMap<Token, Connection>,
    next_client: usize,
    last_ticket: Ticket,
    /// Who waits for a free worker: people first, each address in its turn, then parked requests that have been woken.
    queue: Turns<Call>,
    woken: VecDeque<Call>,
    /// Who has more to do than one turn allows.
    again: Vec<Token>,
    alarms: Alarms,
    stop_by: Option<Instant>,
}

impl Watch {
    pub fn new(poll: Poll, calls: Arc<Calls>, door: Door, links: Links, house: House) -> Watch {
        Watch {
            poll,
            calls,
            door,
            links,
            house,
            clients: HashMap::new(),
            next_client: FIRST_CLIENT,
            last_ticket: HELLO,
            queue: Turns::new(),
            woken: VecDeque::new(),
            again: Vec::new(),
            alarms: Alarms::default(),
            stop_by: None,
        }
    }

    /// Until somebody calls for the end, and the last client has gone or the grace is over.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        while !self.over() {
            // Without this thread the desk would look alive and answer nobody.
            if catch_unwind(AssertUnwindSafe(|| self.turn(&mut events))).is_err() {
                log::error!("the front panicked and goes on");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        self.calls.close();
        let by = self.stop_by.unwrap_or(self.house.now);
        self.clients.clear();
        self.links.stop(by.max(Instant::now() + Duration::from_millis(200)));
    }

    fn turn(&mut self, events: &mut Events) {
        self.links.mend(self.house.now);
        match self.poll.poll(events, self.patience()) {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                log::error!("the sockets cannot be watched: {error}");
                std::thread::sleep(Duration::from_millis(50));
            }
            _ => {}
        }
        self.house.now = Instant::now();
        for event in &*events {
            self.guarded(event.token(), |watch| watch.heed(event));
        }
        for token in std::mem::take(&mut self.again) {
            self.guarded(token, |watch| watch.advance(token));
        }
        if self.door.open_at().is_some_and(|at| at <= self.house.now) {
            self.admit();
        }
        self.ring_alarms();
    }

    fn over(&self) -> bool {
        self.stop_by.is_some_and(|by| self.clients.is_empty() || by <= self.house.now)
    }

    fn patience(&self) -> Option<Duration> {
        if !self.again.is_empty() {
            return Some(Duration::ZERO);
        }
        [self.alarms.next(), self.door.open_at(), self.links.mend_at(), self.stop_by]
            .into_iter()
            .flatten()
            .min()
            .map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// A mistake of ours may cost one client its connection, but never everybody theirs.
    fn guarded(&mut self, token: Token, act: impl FnOnce(&mut Watch)) {
        if catch_unwind(AssertUnwindSafe(|| act(self))).is_err() {
            log::error!("the front panicked over one connection");
            self.close(token);
        }
    }

    fn heed(&mut self, event: &Event) {
        match event.token() {
            DOOR => self.admit(),
            BELL => self.answer_calls(),
            token => {
                if let Some(client) = self.clients.get_mut(&token) {
                    client.transport.notice(event);
                    self.advance(token);
                } else if let Some(index) = self.links.index(token) {
                    let finished = self.links.hear(index, event.is_read_closed());
                    if let Some(finished) = finished {
                        self.deliver(finished);
                    }
                    self.send_queued();
                }
            }
        }
    }

    fn admit(&mut self) {
        self.make_room();
        for guest in self.door.admit(&self.house.settings, self.house.now) {
            let token = Token(self.next_client);
            self.next_client += 1;
            if let Err(error) = self.seat(token, guest) {
                log::error!("a client cannot be watched: {error}");
            }
        }
    }

    /// When the house is full, others go, and not who comes: thousands of silent or half said words must not keep
    /// everybody else out. First of an address that has very many, then who has said nothing or not enough for
    /// longest: a browser opens a connection again without a word.
    fn make_room(&mut self) {
        let short = self.door.short_of();
        if short == 0 {
            return;
        }
        let (door, now) = (&self.door, self.house.now);
        let mut leaving: Vec<_> = self
            .clients
            .iter()
            .filter_map(|(token, client)| {
                let (worth, since) = client.worth(now)?;
                let neighbours = door.neighbours(client.counted);
                let crowd = if neighbours > door.many() { neighbours } else { 0 };
                Some((Reverse(crowd), worth, since, *token))
            })
            .collect();
        if short < leaving.len() {
            leaving.select_nth_unstable(short);
        }
        for (.., token) in leaving.into_iter().take(short) {
            self.close(token);
        }
    }

    fn seat(&mut self, token: Token, mut guest: Guest) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registered = self.poll.registry().register(guest.transport.socket(), token, interest);
        if registered.is_err() {
            self.door.see_off(guest.counted);
            return registered;
        }
        self.clients.insert(token, Connection::new(token, guest, self.house.now));
        self.advance(token);
        Ok(())
    }

    fn advance(&mut self, token: Token) {
        if let Some(client) = self.clients.get_mut(&token) {
            let next = client.advance(&mut self.house);
            self.follow(token, next);
        }
    }

    fn follow(&mut self, token: Token, next: Next) {
        match next {
            Next::Wait => {}
            Next::Again => self.again.push(token),
            Next::Ask(errand) => {
                self.last_ticket += 1;
                self.ask(Call { ticket: self.last_ticket, client: token, errand: *errand });
            }
            Next::Close => return self.close(token),
        }
        if let Some(client) = self.clients.get_mut(&token) {
            let deadline = client.deadline(&self.house);
            self.alarms.set(token, &mut client.alarm, deadline);
        }
    }

    fn ask(&mut self, call: Call) {
        let Some(client) = self.clients.get_mut(&call.client) else {
            return;
        };
        client.ask.ticket = call.ticket;
        client.ask.queued = Some(self.house.now);
        if client.ask.again.is_some() {
            self.woken.push_back(call);
        } else {
            self.queue.push(household(call.errand.request().peer), call);
        }
        self.send_queued();
    }

    fn send_queued(&mut self) {
        while self.links.has_free() {
            let Some(call) = self.queue.pop().or_else(|| self.woken.pop_front()) else {
                return;
            };
            match self.clients.get_mut(&call.client) {
                Some(client) if client.awaits(call.ticket) => client.ask.queued = None,
                // The client has gone, or has been told that we are too busy.
                _ => continue,
            }
            if let Some(lost) = self.links.send(call) {
                self.deliver(lost);
            }
        }
    }

    fn deliver(&mut self, finished: Finished) {
        let token = finished.client;
        let Some(client) = self.clients.get_mut(&token) else {
            return;
        };
        if client.awaits(finished.ticket) {
            client.receive(finished.outcome, &mut self.house);
            self.advance(token);
        }
    }

    fn answer_calls(&mut self) {
        let Wishes { topics, stop_by, .. } = self.calls.take();
        for topic in topics {
            for token in self.house.parking.wake(topic) {
                if let Some(client) = self.clients.get_mut(&token) {
                    client.wake();
                    self.advance(token);
                }
            }
        }
        if stop_by.is_some() && self.stop_by.is_none() {
            self.stop_by = stop_by;
            self.begin_to_stop();
        }
    }

    fn begin_to_stop(&mut self) {
        self.house.stopping = Some(self.house.now);
        self.door.close();
        let tokens: Vec<Token> = self.clients.keys().copied().collect();
        for token in tokens {
            if let Some(client) = self.clients.get_mut(&token) {
                let next = client.stop(&mut self.house);
                self.follow(token, next);
            }
        }
    }

    fn ring_alarms(&mut self) {
        while let Some((at, token)) = self.alarms.due(self.house.now) {
            self.guarded(token, |watch| watch.ring(at, token));
        }
    }

    fn ring(&mut self, at: Instant, token: Token) {
        let Some(client) = self.clients.get_mut(&token) else {
            return;
        };
        if client.alarm == Some(at) {
            client.alarm = None;
            let late = client.deadline(&self.house).is_some_and(|by| by <= self.house.now);
            let next = if late { client.expire(&mut self.house) } else { Next::Wait };
            self.follow(token, next);
        }
    }

    fn close(&mut self, token: Token) {
        if let Some(mut client) = self.clients.remove(&token) {
            client.leave(&mut self.house);
            self.door.see_off(client.counted);
        }
    }
}
