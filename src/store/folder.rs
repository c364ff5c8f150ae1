//! How many conversations lie in each inbox: from the kept counters, never counted.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::Result;
use crate::domain::Id;
use crate::domain::access::Viewer;
use crate::domain::conversation::{Status, View};
use crate::domain::queue::Queue;

/// The numbers of every inbox that a viewer has.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    mine: [i64; 3],
    unassigned: [i64; 3],
    all: [i64; 3],
    queues: BTreeMap<i64, [i64; 3]>,
}

impl Counts {
    /// The number for an inbox with this status.
    pub fn of(&self, view: View, status: Status) -> i64 {
        let three = match view {
            View::Mine => &self.mine,
            View::Unassigned => &self.unassigned,
            View::All => &self.all,
            View::Saved(_) => return 0,
            View::Queue(queue) => match self.queues.get(&queue.get()) {
                Some(three) => three,
                None => return 0,
            },
        };
        three[place(status)]
    }
}

const fn place(status: Status) -> usize {
    match status {
        Status::Open => 0,
        Status::Snoozed => 1,
        Status::Closed => 2,
    }
}

/// The numbers of all inboxes of `viewer`. The table has one row for each agent and queue.
pub fn counts(connection: &Connection, viewer: &Viewer) -> Result<Counts> {
    let mut statement =
        connection.prepare_cached("SELECT assignee_id, queue_id, open, snoozed, closed FROM folder_count")?;
    let mut rows = statement.query([])?;
    let mut counts = Counts::default();
    while let Some(row) = rows.next()? {
        let (assignee, queue): (i64, i64) = (row.get(0)?, row.get(1)?);
        let in_queue: Option<Id<Queue>> = (queue != 0).then(|| Id::new(queue));
        if !viewer.may_see(in_queue, (assignee != 0).then(|| Id::new(assignee))) {
            continue;
        }
        let totals = [row.get(2)?, row.get(3)?, row.get(4)?];
        add(&mut counts.all, totals);
        if assignee == viewer.agent.get() {
            add(&mut counts.mine, totals);
        }
        if assignee == 0 {
            add(&mut counts.unassigned, totals);
        }
        if queue != 0 {
            add(counts.queues.entry(queue).or_default(), totals);
        }
    }
    Ok(counts)
}

fn add(to: &mut [i64; 3], totals: [i64; 3]) {
    for (sum, total) in to.iter_mut().zip(totals) {
        *sum += total;
    }
}

/// So many failures are looked at, newest first: where others' are the most, one's own older ones are not found.
const LOOKED_AT: u32 = 5000;

/// The conversations that `viewer` may see in which a message did not go out, newest first; up to a hundred.
pub fn failed(connection: &Connection, viewer: &Viewer) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, assignee_id, queue_id FROM conversation INDEXED BY conversation_failed WHERE failed > 0
         ORDER BY id DESC LIMIT ?1",
    )?;
    let (mut rows, mut seen) = (statement.query([LOOKED_AT])?, Vec::new());
    while let Some(row) = rows.next()? {
        if viewer.may_see(row.get(2)?, row.get(1)?) {
            seen.push(row.get(0)?);
        }
        if seen.len() == 100 {
            break;
        }
    }
    Ok(seen)
}
