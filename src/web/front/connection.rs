//! One client's connection and what it is waiting for. It never blocks and holds no thread.

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::Token;

use super::answer::{Answer, Date};
use super::depot::Depot;
use super::door::Guest;
use super::head::Scan;
use super::intake::{Intake, TOO_LARGE};
use super::parking::Parking;
use super::reply::Reply;
use super::settings::Settings;
use super::status::Refusal;
use super::transport::Transport;
use crate::web::http::{Method, Request};
use crate::web::server::{Errand, Handler, Outcome, Ticket};

/// When the front stops: how long what a client has begun to send may take, and an answer that it does not take.
const HURRY: Duration = Duration::from_millis(300);
/// A client that has said nothing for so long would not be cut off in the middle of a word.
const FRESH: Duration = Duration::from_secs(1);

/// What all connections share.
pub struct House {
    pub settings: Settings,
    pub handler: Arc<dyn Handler>,
    pub parking: Parking,
    pub date: Date,
    pub now: Instant,
    /// Since when the front stops.
    pub stopping: Option<Instant>,
    pub depot: Arc<Depot>,
    /// How many bodies are on their way in.
    pub bodies: usize,
    /// Read into before it is known whether anything must be kept.
    pub scratch: Vec<u8>,
}

pub struct Connection {
    pub token: Token,
    pub transport: Transport,
    pub counted: Option<IpAddr>,
    /// When it will be looked at, whatever happens.
    pub alarm: Option<Instant>,
    pub ask: Ask,
    pub(super) peer: IpAddr,
    pub(super) stage: Stage,
    /// What has been read and not yet understood; a request that may be asked again stays here.
    pub(super) input: Vec<u8>,
}

/// What is remembered of a request while a handler has it.
pub struct Ask {
    pub ticket: Ticket,
    /// In the queue for a worker since then.
    pub queued: Option<Instant>,
    /// When it was last asked again because of a wake.
    pub again: Option<Instant>,
    pub(super) method: Method,
    pub(super) keep: bool,
    /// How much of the input it takes; nothing when its head is gone already.
    pub(super) len: usize,
    pub(super) parkable: bool,
    pub(super) park_until: Option<Instant>,
    pub(super) mark: u64,
}

pub enum Stage {
    /// Between requests, or in the middle of a head.
    Head {
        scan: Scan,
        phase: Phase,
    },
    Body(Box<Intake>),
    /// A handler is asked whether the rest of the body may come.
    Asking {
        intake: Box<Intake>,
        since: Instant,
    },
    /// A handler has the request, or soon will.
    Asked,
    Parked(Box<Parked>),
    Answering(Box<Answer>),
    /// The last word is said, and what the client still sends is thrown away.
    Lingering {
        since: Instant,
    },
}

#[derive(Clone, Copy)]
pub enum Phase {
    Handshake { since: Instant },
    Idle { since: Instant },
    Reading { since: Instant },
}

/// What is lost with a connection, the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Worth {
    /// A silence, or a head that has been coming for long.
    Nothing,
    /// What has come of a body.
    Body,
    /// An answer on its way, or the wait for one.
    Answer,
    /// It came just now, and its request may be behind it.
    Perhaps,
}

/// A request that waits for news.
pub struct Parked {
    pub reply: Reply,
    pub topic: String,
    pub since: Instant,
    pub until: Instant,
    /// There is news, and perhaps the pause between two asks is not over yet.
    pub woken: bool,
}

/// What a connection wants next.
pub enum Next {
    /// To be called when its socket or its deadline says so.
    Wait,
    /// To be called soon; it has work left, but the others come first.
    Again,
    /// A handler.
    Ask(Box<Errand>),
    Close,
}

impl Connection {
    pub fn new(token: Token, guest: Guest, now: Instant) -> Connection {
        let phase = if guest.transport.encrypted() {
            Phase::Handshake { since: now }
        } else {
            Phase::Idle { since: now }
        };
        Connection {
            token,
            transport: guest.transport,
            counted: guest.counted,
            alarm: None,
            ask: Ask::nothing(),
            peer: guest.peer,
            stage: Stage::Head { scan: Scan::default(), phase },
            input: Vec::new(),
        }
    }

    /// What is lost if it has to make room for others, and since when it is so; `None`: a handler is at work for it.
    pub fn worth(&self, now: Instant) -> Option<(Worth, Instant)> {
        Some(match &self.stage {
            Stage::Head { phase, .. } => {
                let (Phase::Handshake { since } | Phase::Idle { since } | Phase::Reading { since }) = phase;
                let fresh = now.saturating_duration_since(*since) < FRESH;
                (if fresh { Worth::Perhaps } else { Worth::Nothing }, *since)
            }
            Stage::Lingering { since } => (Worth::Nothing, *since),
            Stage::Body(intake) => (Worth::Body, intake.since()),
            Stage::Answering(answer) => (Worth::Answer, answer.since()),
            Stage::Parked(parked) => (Worth::Answer, parked.since),
            Stage::Asking { .. } | Stage::Asked => return None,
        })
    }

    /// Goes as far as the socket allows.
    pub fn advance(&mut self, house: &mut House) -> Next {
        loop {
            let step = match &self.stage {
                Stage::Head { .. } => self.read_head(house),
                Stage::Body(_) => self.read_body(house),
                Stage::Asking { .. } | Stage::Asked => ControlFlow::Break(Next::Wait),
                Stage::Parked(_) => self.sit(house),
                Stage::Answering(_) => self.write(house),
                Stage::Lingering { .. } => self.linger(house),
            };
            if let ControlFlow::Break(next) = step {
                return next;
            }
        }
    }

    pub fn awaits(&self, ticket: Ticket) -> bool {
        matches!(self.stage, Stage::Asked | Stage::Asking { .. }) && self.ask.ticket == ticket
    }

    /// The handler has done what it was asked for.
    pub fn receive(&mut self, outcome: Outcome, house: &mut House) {
        self.ask.queued = None;
        match outcome {
            Outcome::Welcome(welcome) => self.go_on(welcome, house),
            Outcome::Reply(reply) if matches!(self.stage, Stage::Asking { .. }) => {
                // The body is not taken, so nobody can say where the next request would begin.
                self.ask.keep = false;
                self.answer(reply, house);
            }
            Outcome::Reply(reply) => self.take_reply(reply, house),
        }
    }

    fn take_reply(&mut self, mut reply: Reply, house: &mut House) {
        let park = reply.park.take();
        match park.filter(|_| self.ask.parkable && house.stopping.is_none()) {
            None => self.answer(reply, house),
            Some(park) => {
                let most = house.settings.limits.park_time;
                let until = *self.ask.park_until.get_or_insert(house.now + park.for_.min(most));
                let parked = Parked {
                    reply,
                    woken: house.parking.woken_since(&park.topic, self.ask.mark),
                    topic: park.topic,
                    since: house.now,
                    until,
                };
                self.input.shrink_to_fit();
                self.change(Stage::Parked(Box::new(parked)), house);
            }
        }
    }

    /// There is news about what it is parked for.
    pub fn wake(&mut self) {
        if let Stage::Parked(parked) = &mut self.stage {
            parked.woken = true;
        }
    }

    /// When something must happen even if the client does nothing.
    pub fn deadline(&self, house: &House) -> Option<Instant> {
        let deadline = self.patience(house);
        // Whoever stops waits for handlers, and hardly for clients.
        let hurry = house.stopping.and_then(|stopping| match &self.stage {
            Stage::Asked | Stage::Parked(_) => None,
            Stage::Answering(answer) => Some(answer.taken().max(stopping) + HURRY),
            Stage::Lingering { since } => Some((*since).max(stopping) + HURRY),
            Stage::Head { .. } | Stage::Body(_) | Stage::Asking { .. } => Some(stopping + HURRY),
        });
        [deadline, hurry].into_iter().flatten().min()
    }

    fn patience(&self, house: &House) -> Option<Instant> {
        let limits = &house.settings.limits;
        match &self.stage {
            Stage::Head { phase: Phase::Idle { since }, .. } => Some(*since + limits.idle_time),
            Stage::Head { phase: Phase::Handshake { since } | Phase::Reading { since }, .. } => {
                Some(*since + limits.head_time)
            }
            Stage::Body(intake) => Some(intake.deadline(limits)),
            Stage::Asking { .. } | Stage::Asked => self.ask.queued.map(|since| since + limits.queue_time),
            Stage::Parked(parked) if parked.woken => Some(parked.until.min(self.may_ask(house))),
            Stage::Parked(parked) => Some(parked.until),
            Stage::Answering(answer) => Some(answer.deadline(limits)),
            Stage::Lingering { since } => Some(*since + limits.linger_time),
        }
    }

    /// The deadline has passed.
    pub fn expire(&mut self, house: &mut House) -> Next {
        match &self.stage {
            Stage::Head { phase: Phase::Reading { .. }, .. } | Stage::Body(_) | Stage::Asking { .. }
                if house.stopping.is_some() =>
            {
                self.refuse(super::status::refuse(503, "we are closing, try again in 10 seconds"), house);
            }
            Stage::Head { phase: Phase::Reading { .. }, .. } | Stage::Body(_) => {
                self.refuse(super::status::refuse(408, "that took too long"), house);
            }
            Stage::Asking { .. } | Stage::Asked => {
                self.refuse(super::status::refuse(503, "we are too busy"), house);
            }
            Stage::Parked(_) => {}
            Stage::Head { .. } | Stage::Answering(_) | Stage::Lingering { .. } => {
                return Next::Close;
            }
        }
        self.advance(house)
    }

    /// The front stops: a last look at the socket, and then whoever waits for nothing but news or
    /// for a next request goes.
    pub fn stop(&mut self, house: &mut House) -> Next {
        self.transport.look();
        self.advance(house)
    }

    /// Leaves what it was doing, so that nobody counts on it any more.
    pub fn leave(&mut self, house: &mut House) {
        let stage = self.change(Stage::Lingering { since: house.now }, house);
        if !matches!(stage, Stage::Lingering { .. }) {
            self.transport.finish();
        }
    }

    pub(super) fn refuse(&mut self, refusal: Refusal, house: &mut House) {
        log::debug!("{} to {}: {}", refusal.status, self.peer, refusal.why);
        self.ask.keep = false;
        self.answer(Reply::refused(refusal), house);
    }

    /// A body is longer than its address takes: in the words of whoever would have answered.
    pub(super) fn refuse_body(&mut self, asked: Request, house: &mut House) {
        let method = asked.method;
        let memory = house.settings.limits.memory_body;
        let share = house.depot.share(asked.peer, false);
        let told = house.handler.too_large(asked);
        match told.and_then(|told| Reply::from_response(told, method, memory, share).ok()) {
            Some(reply) => {
                self.ask.keep = false;
                self.answer(reply, house);
            }
            None => self.refuse(TOO_LARGE, house),
        }
    }

    pub(super) fn answer(&mut self, reply: Reply, house: &mut House) {
        let keep = self.ask.keep && house.stopping.is_none();
        let answer = Answer::new(reply, self.ask.method, keep, &mut house.date, house.now);
        self.change(Stage::Answering(Box::new(answer)), house);
    }

    /// The only place where the stage changes, so that the house's books are right.
    pub(super) fn change(&mut self, next: Stage, house: &mut House) -> Stage {
        match &self.stage {
            Stage::Body(_) | Stage::Asking { .. } => house.bodies -= 1,
            Stage::Parked(parked) => house.parking.leave(&parked.topic, self.token),
            _ => {}
        }
        match &next {
            Stage::Body(_) | Stage::Asking { .. } => house.bodies += 1,
            Stage::Parked(parked) => house.parking.enter(&parked.topic, self.token),
            _ => {}
        }
        std::mem::replace(&mut self.stage, next)
    }

    /// The first wake is answered at once; after that there is a pause between two asks.
    pub(super) fn may_ask(&self, house: &House) -> Instant {
        match self.ask.again {
            Some(again) => again + house.settings.limits.wake_pause,
            None => house.now,
        }
    }
}

impl Ask {
    pub(super) fn nothing() -> Ask {
        Ask {
            ticket: 0,
            queued: None,
            again: None,
            method: Method::Get,
            keep: true,
            len: 0,
            parkable: false,
            park_until: None,
            mark: 0,
        }
    }
}
