//! What happens because time passes: snoozed conversations come back, what is long dealt with is tidied away,
//! and what is stuck is told.

use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use crate::actions::{self, snooze};
use crate::desk::Desk;
use crate::domain::notice::KEPT;
use crate::domain::{Id, Span, Timestamp};
use crate::store::{
    Result, Tx, announcement, attachment, auto_close, conversation, deed, greeting, hosted, inbound, later,
    notice, outbox, restricted, retention, room, wrapup,
};

/// Nobody tells this topic but the end: the ticker waits for time alone.
pub const TOPIC: &str = "ticker";

/// How long deliveries are remembered: longer than any provider repeats one, and than a restored backup is old.
pub const REMEMBERED: Span = Span::days(35);
/// How long an upload waits to be sent.
const UPLOADS: Span = Span::days(1);
/// How long it is remembered that a restricted word was found.
const FINDS: Span = Span::days(90);
/// How often is tidied and looked after.
const TIDY: Span = Span::hours(1);
const WATCH: Span = Span::minutes(1);

/// Rows that one transaction takes at most.
const MOST: u32 = 200;

/// Conversations and files that one transaction lets go: each may have many rows.
const FEW: u32 = 20;
/// Pages that one transaction gives back to the disk, and the pause until the next.
const PAGES: u32 = 256;
const BREATH: Duration = Duration::from_millis(20);

/// When the slower works were last done.
#[derive(Default)]
pub struct Rounds {
    tidied: Option<Timestamp>,
    watched: Option<Timestamp>,
}

/// Looks at the clock each second, until the desk stops.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let mut rounds = Rounds::default();
    while !stop.is_set() {
        if let Err(fault) = tick(desk, &mut rounds) {
            log::error!("the ticker: {fault}");
        }
        desk.live.wait(TOPIC, desk.live.count(TOPIC), Duration::from_secs(1));
    }
}

/// Does what is due now. The clock may have jumped: what is due is found by its time and done once.
pub fn tick(desk: &Desk, rounds: &mut Rounds) -> Result<()> {
    let now = desk.clock.now();
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
    if is_due(rounds.tidied, TIDY, now) {
        tidy(desk, now)?;
        rounds.tidied = Some(now);
    }
    Ok(())
}

/// A clock that was put back must not stop the rounds either.
fn is_due(last: Option<Timestamp>, every: Span, now: Timestamp) -> bool {
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
    let due = desk.readers.read(|c| notice::closing(c, now, now + before, MOST))?;
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

fn tidy(desk: &Desk, now: Timestamp) -> Result<()> {
    repeat(desk, move |tx| inbound::tidy(tx, now - REMEMBERED, MOST))?;
    repeat(desk, move |tx| notice::tidy(tx, now - KEPT, MOST))?;
    repeat(desk, move |tx| deed::tidy(tx, now - UPLOADS, MOST))?;
    repeat(desk, move |tx| attachment::tidy(tx, now - UPLOADS, MOST))?;
    repeat(desk, move |tx| hosted::tidy(tx, now, MOST))?;
    repeat(desk, move |tx| restricted::tidy(tx, now - FINDS, MOST))?;
    report(desk, now)?;
    rosters(desk, now)?;
    sweep(desk, now)?;
    shrink(desk)
}

/// Sends the report of restricted words, where one is due.
fn report(desk: &Desk, now: Timestamp) -> Result<()> {
    match desk.writer.write(move |tx| actions::restricted_report::send(tx, now)) {
        Err(actions::Error::Store(fault)) => Err(fault),
        Err(other) => {
            log::error!("the report of restricted words is not sent: {other:?}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Sheets of people that have lain here long enough go.
fn rosters(desk: &Desk, now: Timestamp) -> Result<()> {
    loop {
        match desk.writer.write(move |tx| actions::roster::tidy(tx, now, MOST)) {
            Ok(true) => std::thread::sleep(BREATH),
            Ok(false) => return Ok(()),
            Err(actions::Error::Store(fault)) => return Err(fault),
            Err(other) => {
                log::error!("an old sheet of contacts stays: {other:?}");
                return Ok(());
            }
        }
    }
}

/// Lets go what channels keep no longer.
fn sweep(desk: &Desk, now: Timestamp) -> Result<()> {
    for (channel, _) in desk.readers.read(retention::all)? {
        loop {
            match desk.writer.write(move |tx| actions::retention::sweep(tx, channel, now, FEW)) {
                Ok(true) => std::thread::sleep(BREATH),
                Ok(false) => break,
                Err(actions::Error::Store(fault)) => return Err(fault),
                Err(other) => {
                    log::error!("what channel {channel} keeps no longer stays: {other:?}");
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Gives what was freed back to the disk, in small steps.
fn shrink(desk: &Desk) -> Result<()> {
    while desk.writer.write(|tx| room::give_back(tx, PAGES))? {
        std::thread::sleep(BREATH);
    }
    Ok(())
}

/// Tidies in small transactions, so that nobody at the desk waits for it.
fn repeat(desk: &Desk, work: impl Fn(&Tx<'_>) -> Result<usize> + Copy + Send + 'static) -> Result<()> {
    while desk.writer.write(move |tx| work(tx))? == usize::try_from(MOST).unwrap_or(usize::MAX) {}
    Ok(())
}
