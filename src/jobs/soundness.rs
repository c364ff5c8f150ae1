//! Looks after a start whether the pages of the file are as they were written. A disk that loses or turns bits says
//! nothing of it, and what is written upon a damaged page makes more damage.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Stop;
use crate::desk::Desk;
use crate::domain::Span;
use crate::domain::halt::Halt;
use crate::store::{self, check, copy, readers};

/// Nobody tells this topic but the end.
pub const TOPIC: &str = "soundness";

/// A file of this length, in bytes, is looked at before anything is written, which takes a moment.
const SMALL: u64 = 64 << 20;
/// A file of this length is not looked at where a copy of it was found whole lately: a table is read in one go, and
/// checkpoints wait meanwhile.
const LARGE: u64 = 1 << 30;
/// How long ago that may be: since the last night.
const LATELY: Span = Span::hours(36);
/// The longest pause after a table.
const BREATH: Duration = Duration::from_secs(2);
/// How often is looked whether the desk stops.
const PULSE: Duration = Duration::from_secs(600);

/// Looks at a small file now, before anybody is let in.
pub fn at_start(desk: &Desk) {
    if length(desk) <= SMALL {
        look(desk, &Stop::default(), Duration::ZERO);
    }
}

/// Looks once at a file that is not small, with pauses, and waits for the end.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let seen = desk.live.count(TOPIC);
    if length(desk) > SMALL && !is_known_whole(desk) {
        look(desk, stop, BREATH);
    }
    while !stop.is_set() {
        stop.wait(desk, TOPIC, seen, PULSE);
    }
}

/// Looks at each table for itself, so that nobody waits for all of them. What is found stops the writing.
pub fn look(desk: &Desk, stop: &Stop, breath: Duration) {
    let tables = desk.readers.read(check::tables).unwrap_or_else(|fault: store::Error| {
        log::error!("the tables of the database cannot be read: {fault}");
        Vec::new()
    });
    for table in tables {
        if stop.is_set() || desk.writer.halt() == Some(Halt::Damaged) {
            return;
        }
        let began = Instant::now();
        let looked = if breath > Duration::ZERO && check::PARTS.contains(&&*table) {
            in_pieces(desk, stop, &table, breath)
        } else {
            at_once(desk, stop, &table)
        };
        match looked {
            Ok(wrong) if wrong.is_empty() => {}
            Ok(wrong) => {
                wrong.iter().for_each(|sentence| log::error!("{table}: {sentence}"));
                desk.writer.held().standing().stop(Halt::Damaged);
            }
            // Damage that keeps the table from being read at all has stopped the writing by itself.
            Err(_) if stop.is_set() => {}
            Err(fault) => {
                log::error!("whether {table} is whole is not known: {}", store::Error::to_string(&fault))
            }
        }
        std::thread::sleep(began.elapsed().min(breath));
    }
}

fn at_once(desk: &Desk, stop: &Stop, table: &str) -> store::Result<Vec<String>> {
    let given_up = stop.clone();
    // By a connection of its own, because it is given up on the way; the lent one tells the checkpoint of it.
    desk.readers.read(|_| {
        let mut own = readers::open(&desk.path)?;
        check::sound(&mut own, table, move || given_up.is_set())
    })
}

/// Beside a desk in use, where a table has gigabytes: a plain copy would be as old as the moment at which the look began.
fn in_pieces(desk: &Desk, stop: &Stop, table: &str, breath: Duration) -> store::Result<Vec<String>> {
    let mut after = 0;
    while !stop.is_set() {
        let began = Instant::now();
        // What it reads must not drive out what pages need.
        let read = desk.readers.read(|_| check::read_parts(&readers::open(&desk.path)?, table, after));
        let Some(last) = read? else { break };
        after = last;
        std::thread::sleep(began.elapsed().min(breath));
    }
    Ok(Vec::new())
}

fn length(desk: &Desk) -> u64 {
    desk.writer.held().file().metadata().map_or(0, |data| data.len())
}

fn is_known_whole(desk: &Desk) -> bool {
    let newest = desk.readers.read::<_, store::Error>(|c| copy::newest(c, 1)).unwrap_or_default();
    length(desk) > LARGE
        && newest.iter().any(|made| made.wrong.is_none() && desk.clock.now().since(made.at).0 < LATELY.0)
}
