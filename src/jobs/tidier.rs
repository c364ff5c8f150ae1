//! What is long dealt with, or kept no longer, goes in small steps. A rule that is new may have a year to take: the tidier
//! has a thread of its own, so that whatever waits for its time waits for no deletion, and it ends with the desk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Stop, ticker};
use crate::actions::{self, contact};
use crate::desk::Desk;
use crate::domain::notice::KEPT;
use crate::domain::{Span, Timestamp};
use crate::store::copies::Guard;
use crate::store::{
    Result, Tx, attachment, deed, hosted, inbound, leap, merge, notice, purge, restricted, retention, room,
};

/// Nobody tells this topic but the end: the tidier waits for time alone.
pub const TOPIC: &str = "tidier";

/// How often is tidied, and how often is looked whether it is time.
const EVERY: Span = Span::hours(1);
const LOOK: Duration = Duration::from_secs(10);

/// How long deliveries are remembered: longer than any provider repeats one, and than a restored backup is old.
pub const REMEMBERED: Span = Span::days(35);
/// How long an upload waits to be sent.
const UPLOADS: Span = Span::days(1);
/// How long it is remembered that a restricted word was found.
const FINDS: Span = Span::days(90);

/// Rows that one transaction takes at most.
const MOST: u32 = 200;
/// Conversations and files that one transaction lets go: each may have many rows.
const FEW: u32 = 20;
/// Pages that one transaction gives back to the disk.
const PAGES: u32 = 256;
/// The pause between two transactions.
const BREATH: Duration = Duration::from_millis(20);

/// While a copy is made nothing moves out of the log, and what is tidied would make it as long as all that goes, until it
/// has to be moved beneath the copy. So the tidier rests when another program keeps the file open, or nothing was moved
/// for so long; it looks again this often, and goes on after an hour all the same, because what must go must go.
const KEPT_OPEN: Duration = Duration::from_secs(1);
const STUCK: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(500);
const REST: Duration = Duration::from_secs(60 * 60);

/// A clock that leaps ahead by more than this may be wrong.
const LEAP: Span = Span::hours(1);
/// How long nothing was written before the clock of a desk that starts is doubted.
const AWAY: Span = Span::days(30);
/// How long nothing is deleted by a clock that may be wrong: somebody notices the hour on every page.
const DOUBT: Duration = Duration::from_secs(24 * 60 * 60);

/// Tidies every hour, until the desk stops.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let mut last = None;
    let mut trust = Trust::begin(desk);
    while !stop.is_set() {
        let (seen, now) = (desk.live.count(TOPIC), desk.clock.now());
        if trust.has(desk) && ticker::is_due(last, EVERY, now) {
            if let Err(fault) = tidy(desk, stop) {
                log::error!("the tidier: {fault}");
            }
            last = Some(now);
        }
        stop.wait(desk, TOPIC, seen, LOOK);
    }
}

/// Whether what is old by the clock may be taken for old. What is deleted by a clock that showed a wrong year does not
/// come back when it is put right.
struct Trust {
    /// What the clock showed, and when by the machine's own count; a clock that is moved for a simulation counts as it was.
    shown: Timestamp,
    at: Instant,
    doubted: Option<Instant>,
}

impl Trust {
    fn begin(desk: &Desk) -> Trust {
        let (now, at) = (desk.clock.now(), Instant::now());
        let newest = desk.readers.read(leap::newest).unwrap_or_default();
        let away = newest.map_or(Span(0), |newest| now.since(newest));
        let mut trust = Trust { shown: now - desk.clock.offset(), at, doubted: None };
        if away > AWAY {
            trust.doubt("nothing was written here for a month");
        }
        trust
    }

    fn has(&mut self, desk: &Desk) -> bool {
        let (shown, at) = (desk.clock.now() - desk.clock.offset(), Instant::now());
        let passed = i64::try_from(at.duration_since(self.at).as_millis()).unwrap_or(i64::MAX);
        if shown.since(self.shown) > Span(passed.saturating_add(LEAP.0)) {
            self.doubt("the clock leapt ahead");
        }
        (self.shown, self.at) = (shown, at);
        self.doubted.is_none_or(|since| since.elapsed() >= DOUBT)
    }

    fn doubt(&mut self, why: &str) {
        log::warn!("{why}: nothing is deleted for a day, in case the clock is wrong");
        self.doubted = Some(Instant::now());
    }
}

/// Tidies everything once, or as far as it comes before the desk stops. The next time goes on from there.
pub fn tidy(desk: &Desk, stop: &Stop) -> Result<()> {
    let now = desk.clock.now();
    let steps = Steps { desk, stop };
    steps.rows(move |tx| inbound::tidy(tx, now - REMEMBERED, MOST))?;
    steps.rows(move |tx| notice::tidy(tx, now - KEPT, MOST))?;
    steps.rows(move |tx| deed::tidy(tx, now - UPLOADS, MOST))?;
    steps.rows(move |tx| merge::tidy(tx, now - contact::PARTED_WITHIN, MOST))?;
    steps.rows(move |tx| attachment::tidy(tx, now - UPLOADS, MOST))?;
    steps.rows(move |tx| hosted::tidy(tx, now, MOST))?;
    steps.rows(move |tx| restricted::tidy(tx, now - FINDS, MOST))?;
    steps.acted("the report of restricted words is not sent", move |tx| {
        actions::restricted_report::send(tx, now).map(|()| false)
    })?;
    steps.acted("an old sheet of contacts stays", move |tx| actions::roster::tidy(tx, now, MOST))?;
    for (channel, _) in desk.readers.read(retention::all)? {
        let fails = format!("what channel {channel} keeps no longer stays");
        steps.acted(&fails, move |tx| actions::retention::sweep(tx, channel, now, FEW))?;
    }
    steps.each(purge::go_on)?;
    steps.each(|tx| room::give_back(tx, PAGES))
}

/// Work in small transactions with a pause after each, so that nobody at the desk waits for it.
struct Steps<'d> {
    desk: &'d Desk,
    stop: &'d Stop,
}

impl Steps<'_> {
    /// Goes on as long as there is more, and the desk does not stop.
    fn each<E: From<crate::store::Error> + Send + 'static>(
        &self,
        work: impl Fn(&Tx<'_>) -> std::result::Result<bool, E> + Copy + Send + 'static,
    ) -> std::result::Result<(), E> {
        self.rest();
        while !self.stop.is_set() && self.desk.writer.write(move |tx| work(tx))? {
            std::thread::sleep(BREATH);
            self.rest();
        }
        Ok(())
    }

    /// Waits while nothing moves out of the log.
    fn rest(&self) {
        while !self.stop.is_set() && self.is_held_up() {
            self.stop.wait(self.desk, TOPIC, self.desk.live.count(TOPIC), LOOK_AGAIN);
        }
    }

    fn is_held_up(&self) -> bool {
        // Where another program moves the log, nobody here knows how far it is.
        if *self.desk.copies.guard() == Guard::Outside {
            return false;
        }
        let state = self.desk.copies.state();
        let longer = |since: Option<Instant>, than| since.is_some_and(|since| since.elapsed() > than);
        (longer(state.open_since, KEPT_OPEN) || longer(state.behind, STUCK)) && !longer(state.behind, REST)
    }

    /// Takes rows as long as a step finds its fill of them.
    fn rows(&self, work: impl Fn(&Tx<'_>) -> Result<usize> + Copy + Send + 'static) -> Result<()> {
        self.each(move |tx| Ok(work(tx)? == usize::try_from(MOST).unwrap_or(usize::MAX)))
    }

    /// The same by an action: one that is refused is told, and the others go on.
    fn acted(
        &self,
        fails: &str,
        work: impl Fn(&Tx<'_>) -> actions::Result<bool> + Copy + Send + 'static,
    ) -> Result<()> {
        match self.each(work) {
            Err(actions::Error::Store(fault)) => Err(fault),
            Err(other) => {
                log::error!("{fails}: {other:?}");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}
