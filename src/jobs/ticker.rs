//! What happens because time passes: snoozed conversations come back, held messages are looked at, countdowns end, and
//! what is stuck is told.

use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use crate::actions::{self, snooze};
use crate::desk::Desk;
use crate::domain::conversation::Status;
use crate::domain::{Id, Span, Timestamp};
use crate::store::{
    self, Result, Tx, announcement, auto_close, conversation, greeting, later, leap, notice, outbox, wrapup,
};

/// Nobody tells this topic but the end: the ticker waits for time alone.
pub const TOPIC: &str = "ticker";

/// How often is looked after what is stuck, and after windows that close.
const WATCH: Span = Span::minutes(1);

/// Rows that one transaction takes at most.
const MOST: u32 = 200;

/// By how much a clock is put right without a word.
const SLIP: Span = Span::minutes(1);

/// What the clock showed last, and when the slower works were last done.
#[derive(Default)]
pub struct Rounds {
    shown: Option<Timestamp>,
    watched: Option<Timestamp>,
}

/// Looks at the clock each second, until the desk stops.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let mut rounds = Rounds::default();
    while !stop.is_set() {
        if let Err(fault) = tick(desk, &mut rounds) {
            log::error!("the ticker: {fault}");
        }
        stop.wait(desk, TOPIC, desk.live.count(TOPIC), Duration::from_secs(1));
    }
}

/// Does what is due now. The clock may have jumped: what is due is found by its time and done once.
pub fn tick(desk: &Desk, rounds: &mut Rounds) -> Result<()> {
    let now = desk.clock.now();
    put_back(desk, rounds, now)?;
    wake(desk, now)?;
    send_later(desk, now)?;
    wrap_up(desk, now)?;
    close_unanswered(desk, now)?;
    announce(desk, now)?;
    hand_over(desk, now)?;
    if is_due(rounds.watched, WATCH, now) {
        watch(desk, now)?;
        nudge(desk, now)?;
        rounds.watched = Some(now);
    }
    Ok(())
}

/// Notices a clock that was put back, also while the desk was away: then the log is ahead of it.
fn put_back(desk: &Desk, rounds: &mut Rounds, now: Timestamp) -> Result<()> {
    let before = match rounds.shown {
        Some(shown) => Some(shown),
        None => desk.readers.read(leap::newest)?,
    };
    if let Some(by) = before.map(|before| before.since(now)).filter(|by| *by > SLIP) {
        log::warn!("the clock was put back by {} minutes; what waits is moved with it", by.0 / 60_000);
        desk.writer.write(move |tx| leap::back(tx, by, now))?;
    }
    // Not before: what could not be written is tried again.
    rounds.shown = Some(now);
    Ok(())
}

/// A clock that was put back must not stop the rounds either.
pub(super) fn is_due(last: Option<Timestamp>, every: Span, now: Timestamp) -> bool {
    last.is_none_or(|last| now.since(last) >= every || now < last)
}

fn wake(desk: &Desk, now: Timestamp) -> Result<()> {
    let due = desk.readers.read(|c| conversation::due(c, now, MOST))?;
    if due.is_empty() {
        return Ok(());
    }
    desk.writer.write(move |tx| {
        for id in due {
            if let Err(fault) = tx.part(|tx| snooze::wake(tx, id, now)) {
                match fault {
                    actions::Error::Store(fault) if !fault.is_of_one_row() => return Err(fault),
                    other => log::error!("conversation {id} does not wake: {other:?}"),
                }
            }
        }
        Ok(())
    })
}

fn send_later(desk: &Desk, now: Timestamp) -> Result<()> {
    let due = desk.readers.read(|c| later::due(c, now, MOST))?;
    if due.is_empty() {
        return Ok(());
    }
    desk.writer.write(move |tx| {
        for id in due {
            if let Err(fault) = tx.part(|tx| actions::later::fire(tx, id, now)) {
                match fault {
                    actions::Error::Store(fault) if !fault.is_of_one_row() => return Err(fault),
                    other => log::error!("the waiting message {id} is not looked at: {other:?}"),
                }
            }
        }
        Ok(())
    })
}

/// Takes the default reason where a countdown is over.
fn wrap_up(desk: &Desk, now: Timestamp) -> Result<()> {
    let due = desk.readers.read(|c| wrapup::due(c, now, MOST))?;
    each(desk, due, "is not wrapped up", move |tx, id| actions::wrap::lapse(tx, id, now))
}

/// Closes what nobody answered for as long as its queue waits.
fn close_unanswered(desk: &Desk, now: Timestamp) -> Result<()> {
    let due = desk.readers.read(|c| auto_close::due(c, now, MOST))?;
    each(desk, due, "does not close", move |tx, id| actions::auto_close::fire(tx, id, now))
}

/// Tells open pages of announcements that begin or end.
fn announce(desk: &Desk, now: Timestamp) -> Result<()> {
    if !desk.readers.read(|c| announcement::turns(c, now))? {
        return Ok(());
    }
    match desk.writer.write(move |tx| actions::announcement::turn(tx, now)) {
        Err(actions::Error::Store(fault)) => Err(fault),
        Err(other) => {
            log::error!("an announcement does not turn: {other:?}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Ends the waiting of assistants for customers who are silent.
fn hand_over(desk: &Desk, now: Timestamp) -> Result<()> {
    let due = desk.readers.read(|c| greeting::due(c, now, MOST))?;
    each(desk, due, "is not handed over", move |tx, id| actions::greet::lapse(tx, id, now))
}

/// Does it for each; one that fails by itself is told and does not hold up the others.
fn each<T: Send + 'static>(
    desk: &Desk,
    due: Vec<Id<T>>,
    fails: &'static str,
    work: impl Fn(&Tx<'_>, Id<T>) -> actions::Result<()> + Send + 'static,
) -> Result<()> {
    if due.is_empty() {
        return Ok(());
    }
    desk.writer.write(move |tx| {
        for id in due {
            if let Err(fault) = tx.part(|tx| work(tx, id)) {
                match fault {
                    actions::Error::Store(fault) if !fault.is_of_one_row() => return Err(fault),
                    other => log::error!("{id} {fails}: {other:?}"),
                }
            }
        }
        Ok(())
    })
}

fn watch(desk: &Desk, now: Timestamp) -> Result<()> {
    let stuck = desk.readers.read(|c| outbox::stuck(c, now))?;
    if stuck > 0 {
        log::warn!("{stuck} messages have been waiting to be sent for minutes");
    }
    Ok(())
}

/// Tells of windows that close on customers who wait.
fn nudge(desk: &Desk, now: Timestamp) -> Result<()> {
    let Some(before) = desk.readers.read(actions::notice::before_closing)? else {
        return Ok(());
    };
    let due = desk.readers.read(|c| {
        let soon = (now, now + before);
        let mut due = notice::closing(c, Status::Open, soon, MOST)?;
        // What was put off is as late as anything else when its window has closed.
        due.extend(notice::closing(c, Status::Snoozed, soon, MOST)?);
        Ok::<_, store::Error>(due)
    })?;
    if due.is_empty() {
        return Ok(());
    }
    desk.writer.write(move |tx| {
        for id in due {
            if let Err(fault) = tx.part(|tx| actions::notice::nudge(tx, id, now)) {
                match fault {
                    actions::Error::Store(fault) if !fault.is_of_one_row() => return Err(fault),
                    other => log::error!("nobody is told that the window of {id} closes: {other:?}"),
                }
            }
        }
        Ok(())
    })
}
