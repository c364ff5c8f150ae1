//! The steps of a connection, from the first byte of a request to the last of its answer.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::ops::ControlFlow;

use super::answer::Progress;
use super::client;
use super::connection::{Ask, Connection, House, Next, Phase, Stage};
use super::head::{self, Framing, Head, Scan};
use super::intake::{Intake, TOO_LARGE};
use super::reply::Reply;
use super::status::{Refusal, malformed, refuse};
use crate::web::http::{Body, Method};
use crate::web::server::{Errand, Welcome};

type Step = ControlFlow<Next>;

const ON: Step = ControlFlow::Continue(());

/// A body has so many reads before the other connections have their turn.
const TURN: usize = 16;

/// When many bodies come at once, each may have only this much memory.
const CROWDED: usize = 16 * 1024;

/// A buffer this small is kept for the next request.
const SMALL: usize = 4096;

impl Connection {
    pub(super) fn read_head(&mut self, house: &mut House) -> Step {
        let Stage::Head { scan, phase } = &mut self.stage else {
            return ON;
        };
        match scan.end(&self.input) {
            Err(refusal) => {
                self.refuse(refusal, house);
                return ON;
            }
            Ok(Some(len)) if len <= house.settings.limits.head_bytes => {
                return self.take_head(len, house);
            }
            Ok(None) if self.input.len() < house.settings.limits.head_bytes => {}
            Ok(_) => {
                self.refuse(refuse(431, "the head is too long"), house);
                return ON;
            }
        }
        match self.transport.read(&mut house.scratch) {
            Ok(0) => ControlFlow::Break(Next::Close),
            Ok(count) => {
                if !matches!(phase, Phase::Reading { .. }) {
                    *phase = Phase::Reading { since: house.now };
                }
                self.input.extend_from_slice(&house.scratch[..count]);
                self.skip_empty_line();
                ON
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if matches!(phase, Phase::Handshake { .. }) && !self.transport.handshaking() {
                    *phase = Phase::Idle { since: house.now };
                }
                // Part of the handshake may still be on its way to the client.
                self.transport.flush().ok();
                let leaving = house.stopping.is_some() && matches!(phase, Phase::Idle { .. });
                ControlFlow::Break(if leaving { Next::Close } else { Next::Wait })
            }
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                self.refuse(malformed("this port speaks HTTPS"), house);
                ON
            }
            Err(_) => ControlFlow::Break(Next::Close),
        }
    }

    /// Some old clients send one after the body of a form.
    fn skip_empty_line(&mut self) {
        if self.input.starts_with(b"\r\n") {
            self.input.drain(..2);
            if let Stage::Head { scan, .. } = &mut self.stage {
                *scan = Scan::default();
            }
        }
    }

    fn take_head(&mut self, len: usize, house: &mut House) -> Step {
        let head = match head::parse(&self.input[..len], &house.settings.limits) {
            Ok(head) => head,
            Err(refusal) => {
                self.refuse(refusal, house);
                return ON;
            }
        };
        self.ask = Ask {
            method: head.method,
            keep: head.keep,
            len,
            parkable: head.method == Method::Get && head.framing == Framing::None,
            ..Ask::nothing()
        };
        if head.framing == Framing::None {
            self.change(Stage::Asked, house);
            return self.hand_over(head, Body::empty(), house);
        }
        self.take_body(head, house);
        ON
    }

    /// Who it is, behind proxies that we trust, and whether it came over TLS.
    fn client(&self, head: &Head, house: &House) -> (IpAddr, bool) {
        let trusted = &house.settings.trust_proxy;
        let https = self.transport.encrypted() || client::https(self.peer, &head.headers, trusted);
        (client::address(self.peer, &head.headers, trusted), https)
    }

    fn take_body(&mut self, head: Head, house: &mut House) {
        self.input.drain(..self.ask.len);
        self.ask.len = 0;
        let path = head.target.split('?').next().unwrap_or_default();
        let limit = house.handler.body_limit(head.method, path);
        let limits = &house.settings.limits;
        let crowded = house.bodies >= limits.memory_bodies;
        let memory = if crowded { CROWDED.min(limits.memory_body) } else { limits.memory_body };
        let (peer, https) = self.client(&head, house);
        let beyond = matches!(head.framing, Framing::Length(len) if len > limit);
        if let Some(asked) = beyond.then(|| head.without_body(peer, https)) {
            return self.refuse_body(asked, house);
        }
        let share = house.depot.share(peer, false);
        match Intake::new(head, limit, (memory, share), (limits, house.now)) {
            Err(refusal) => self.refuse(refusal, house),
            Ok(intake) if intake.must_ask() => drop(self.change(Stage::Body(Box::new(intake)), house)),
            Ok(intake) => self.invite(Box::new(intake), house),
        }
    }

    /// Takes the body, and tells a client that waits for it that it may come.
    fn invite(&mut self, intake: Box<Intake>, house: &mut House) {
        let waits = intake.head.expects && intake.is_untouched() && self.input.is_empty();
        self.change(Stage::Body(intake), house);
        if waits {
            const INVITATION: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
            // Nothing else is on its way to this client, so it fits; if it does not, the client
            // sends without invitation after a while.
            self.transport.write(INVITATION).ok();
        }
    }

    fn hand_over(&mut self, head: Head, body: Body, house: &mut House) -> Step {
        let (peer, https) = self.client(&head, house);
        self.ask.mark = house.parking.mark();
        let request = head.into_request(body, peer, https);
        ControlFlow::Break(Next::Ask(Box::new(Errand::Handle(request))))
    }

    /// Has a handler look at the head before any of the body goes to a file.
    fn ask_first(&mut self, house: &mut House) -> Step {
        let Stage::Body(intake) = self.change(Stage::Asked, house) else {
            return ON;
        };
        let (peer, https) = self.client(&intake.head, house);
        let request = intake.head.without_body(peer, https);
        self.change(Stage::Asking { intake, since: house.now }, house);
        ControlFlow::Break(Next::Ask(Box::new(Errand::Admit(request))))
    }

    /// The rest of the body may come.
    pub(super) fn go_on(&mut self, welcome: Welcome, house: &mut House) {
        match self.change(Stage::Asked, house) {
            Stage::Asking { mut intake, since } => match intake.go_on(welcome, since, house.now) {
                Ok(()) => self.invite(intake, house),
                Err(_) => {
                    let (peer, https) = self.client(&intake.head, house);
                    self.refuse_body(intake.head.without_body(peer, https), house);
                }
            },
            // Nobody is asked for leave without a body.
            _ => self.answer(Reply::mishap(), house),
        }
    }

    pub(super) fn read_body(&mut self, house: &mut House) -> Step {
        for _ in 0..TURN {
            let Stage::Body(intake) = &mut self.stage else {
                return ON;
            };
            if intake.must_ask() {
                return self.ask_first(house);
            }
            let fed = if self.input.is_empty() {
                let room = intake.room(house.scratch.len());
                let piece = &mut house.scratch[..room];
                match self.transport.read(piece) {
                    Ok(0) => return ControlFlow::Break(Next::Close),
                    Ok(count) => {
                        let fed = intake.feed(&piece[..count]);
                        if let Ok(used) = fed {
                            self.input.extend_from_slice(&piece[used..count]);
                        }
                        fed
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        self.transport.flush().ok();
                        return ControlFlow::Break(Next::Wait);
                    }
                    Err(_) => return ControlFlow::Break(Next::Close),
                }
            } else {
                let room = intake.room(self.input.len());
                intake.feed(&self.input[..room]).inspect(|used| {
                    self.input.drain(..*used);
                })
            };
            if let Ok(used) = fed {
                intake.moved(used, &house.settings.limits, house.now);
            }
            if let Err(refusal) = fed {
                self.refuse_rest(refusal, house);
                return ON;
            }
            if intake.done() {
                return self.finish_body(house);
            }
        }
        ControlFlow::Break(Next::Again)
    }

    /// The body cannot be taken to its end.
    fn refuse_rest(&mut self, refusal: Refusal, house: &mut House) {
        match self.change(Stage::Asked, house) {
            Stage::Body(intake) if refusal == TOO_LARGE => {
                let (peer, https) = self.client(&intake.head, house);
                self.refuse_body(intake.head.without_body(peer, https), house);
            }
            _ => self.refuse(refusal, house),
        }
    }

    fn finish_body(&mut self, house: &mut House) -> Step {
        match self.change(Stage::Asked, house) {
            Stage::Body(intake) => {
                let (head, body) = intake.finish();
                self.hand_over(head, body, house)
            }
            _ => ON,
        }
    }

    /// Parked: asks again if there is news, answers if the time is over.
    pub(super) fn sit(&mut self, house: &mut House) -> Step {
        let Stage::Parked(parked) = &self.stage else {
            return ON;
        };
        if self.transport.closing() {
            return ControlFlow::Break(Next::Close);
        }
        if house.stopping.is_some() || parked.until <= house.now {
            if let Stage::Parked(parked) = self.change(Stage::Asked, house) {
                self.answer(parked.reply, house);
            }
            return ON;
        }
        if parked.woken && self.may_ask(house) <= house.now {
            self.ask.again = Some(house.now);
            return self.ask_again(house);
        }
        ControlFlow::Break(Next::Wait)
    }

    /// The head of a parked request is still in the input, so nothing else had to be kept.
    fn ask_again(&mut self, house: &mut House) -> Step {
        self.change(Stage::Asked, house);
        match head::parse(&self.input[..self.ask.len], &house.settings.limits) {
            Ok(head) => self.hand_over(head, Body::empty(), house),
            Err(refusal) => {
                self.refuse(refusal, house);
                ON
            }
        }
    }

    pub(super) fn write(&mut self, house: &mut House) -> Step {
        let Stage::Answering(answer) = &mut self.stage else {
            return ON;
        };
        match answer.write(&mut self.transport, house.now) {
            Ok(Progress::Done) => {}
            Ok(Progress::Blocked) => return ControlFlow::Break(Next::Wait),
            Ok(Progress::More) => return ControlFlow::Break(Next::Again),
            Err(_) => return ControlFlow::Break(Next::Close),
        }
        if answer.keep {
            self.expect_next(house);
        } else {
            self.transport.finish();
            self.input = Vec::new();
            self.change(Stage::Lingering { since: house.now }, house);
        }
        ON
    }

    fn expect_next(&mut self, house: &mut House) {
        self.input.drain(..self.ask.len);
        if self.input.is_empty() && self.input.capacity() > SMALL {
            self.input = Vec::new();
        }
        self.ask = Ask::nothing();
        let since = house.now;
        let phase = if self.input.is_empty() { Phase::Idle { since } } else { Phase::Reading { since } };
        self.change(Stage::Head { scan: Scan::default(), phase }, house);
        self.skip_empty_line();
    }

    pub(super) fn linger(&mut self, house: &mut House) -> Step {
        for _ in 0..TURN {
            match self.transport.read(&mut house.scratch) {
                Ok(0) => return ControlFlow::Break(Next::Close),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return ControlFlow::Break(Next::Wait);
                }
                Err(_) => return ControlFlow::Break(Next::Close),
            }
        }
        ControlFlow::Break(Next::Again)
    }
}
