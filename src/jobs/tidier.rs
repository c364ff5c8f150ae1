//! What is long dealt with, or kept no longer, goes in small steps. A rule that is new may have a year to take: the tidier
//! has a thread of its own, so that whatever waits for its time waits for no deletion, and it ends with the desk.

use std::sync::Arc;
use std::time::Duration;

use super::{Stop, ticker};
use crate::actions::{self, contact};
use crate::desk::Desk;
use crate::domain::Span;
use crate::domain::notice::KEPT;
use crate::store::{
    Result, Tx, attachment, deed, hosted, inbound, merge, notice, purge, restricted, retention, room,
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

/// Tidies every hour, until the desk stops.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let mut last = None;
    while !stop.is_set() {
        let (seen, now) = (desk.live.count(TOPIC), desk.clock.now());
        if ticker::is_due(last, EVERY, now) {
            if let Err(fault) = tidy(desk, stop) {
                log::error!("the tidier: {fault}");
            }
            last = Some(now);
        }
        if !stop.is_set() {
            desk.live.wait(TOPIC, seen, LOOK);
        }
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
        while !self.stop.is_set() && self.desk.writer.write(move |tx| work(tx))? {
            std::thread::sleep(BREATH);
        }
        Ok(())
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
