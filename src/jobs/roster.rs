//! Goes on with sheets of people, a few rows at a time, so that nobody at the desk waits for them.

use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use crate::actions::{self, roster};
use crate::desk::Desk;
use crate::store;

/// The pause between two steps.
const BREATH: Duration = Duration::from_millis(10);
/// How often is looked without being told; a stop of the desk may have left one half done.
const LOOK: Duration = Duration::from_secs(60);

/// Goes on until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    while !stop.is_set() {
        let seen = desk.live.count(store::roster::TOPIC);
        while !stop.is_set() && step(desk) {
            std::thread::sleep(BREATH);
        }
        stop.wait(desk, store::roster::TOPIC, seen, LOOK);
    }
}

/// Goes on with everything there is, on this thread.
pub fn drain(desk: &Desk) {
    while step(desk) {}
}

/// Whether there was something to go on with, and may be more.
fn step(desk: &Desk) -> bool {
    let now = desk.clock.now();
    // Asked first without writing: mostly there is nothing.
    match desk.readers.read(store::roster::at_work) {
        Ok(None) => return false,
        Ok(Some(_)) => {}
        Err(fault) => {
            log::error!("whether a sheet of contacts waits cannot be read: {fault}");
            return false;
        }
    }
    match desk.writer.write(move |tx| roster::step(tx, now)) {
        Ok(more) => more,
        Err(fault) => {
            let fault: actions::Error = fault;
            log::error!("a sheet of contacts does not go on: {fault:?}");
            false
        }
    }
}
