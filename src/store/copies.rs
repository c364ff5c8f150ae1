//! How a copy of the running desk's file is kept whole, and how that is going: for the log and the status page.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::lease::{self, Held};
use crate::locks::hold;

/// The topic on which somebody asks for a copy of the file at once.
pub const TOPIC: &str = "copies";

/// Who moves the log into the main file, as the operator wants it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Plan {
    /// We do, under a lease; by the timer where there are no leases.
    #[default]
    Lease,
    /// We do, every few seconds.
    Timer,
    /// Another program does, such as Litestream.
    Outside,
}

/// What protects a copy that is made with any tool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Guard {
    /// The kernel: nothing changes in the main file while anybody has it open.
    Lease,
    /// Only that the main file changes rarely. With the reason.
    Timer(String),
    /// Nothing of ours.
    Outside,
}

/// How it is going.
#[derive(Debug)]
pub struct Copies {
    guard: Guard,
    state: Mutex<State>,
    /// Somebody wants a copy made now, and one is being made.
    wanted: AtomicBool,
    working: AtomicBool,
}

/// A moment of how it is going.
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    /// Since when something is committed that is not in the main file yet.
    pub behind: Option<Instant>,
    /// Since when a program keeps the file open, so that nothing is moved.
    pub open_since: Option<Instant>,
    /// The length of the log.
    pub log_bytes: u64,
    /// How many complete checkpoints there were.
    pub complete: u64,
    /// The last one.
    pub last: Option<Instant>,
}

impl Guard {
    /// One line for the log.
    pub fn sentence(&self) -> String {
        match self {
            Guard::Lease => "a plain copy of the database is whole at any moment (file lease)".to_owned(),
            Guard::Timer(why) => {
                format!(
                    "a plain copy of the running database may be torn, use 'transom backup' (no file lease: {why})"
                )
            }
            Guard::Outside => "another program moves the log of the database".to_owned(),
        }
    }
}

impl State {
    /// Whether the log has grown so long, or for so long, that somebody should look.
    pub fn is_worrying(&self) -> bool {
        self.open_since.is_some_and(|since| since.elapsed() > Duration::from_secs(600))
            || self.log_bytes > 256 << 20
    }
}

impl Copies {
    /// Chooses the guard for a file that is held.
    pub fn choose(plan: Plan, held: &Held) -> Copies {
        let guard = match plan {
            Plan::Outside => Guard::Outside,
            Plan::Timer => Guard::Timer("chosen with --checkpoints timer".to_owned()),
            Plan::Lease => match lease::try_on(held) {
                Ok(()) => Guard::Lease,
                Err(fault) => Guard::Timer(fault.to_string()),
            },
        };
        Copies {
            guard,
            state: Mutex::default(),
            wanted: AtomicBool::default(),
            working: AtomicBool::default(),
        }
    }

    /// Somebody wants a copy made at once.
    pub fn want(&self) {
        self.wanted.store(true, Ordering::Relaxed);
        self.working.store(true, Ordering::Relaxed);
    }

    /// Whether somebody does; answered once.
    pub fn is_wanted(&self) -> bool {
        self.wanted.swap(false, Ordering::Relaxed)
    }

    /// A copy is being made, or will be in a moment.
    pub fn is_working(&self) -> bool {
        self.working.load(Ordering::Relaxed)
    }

    /// A copy is begun.
    pub fn begin(&self) {
        self.working.store(true, Ordering::Relaxed);
    }

    /// No copy is being made any more.
    pub fn end(&self) {
        self.working.store(false, Ordering::Relaxed);
    }

    /// Which guard is active.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// How it is going now.
    pub fn state(&self) -> State {
        *self.lock()
    }

    /// Notes how it is going.
    pub fn note(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        hold(&self.state)
    }
}
