//! Fetches a file of theirs into the desk, part by part.

use super::ask::Ask;
use super::report::{FILES, Report};
use crate::actions;
use crate::actions::bring::{self, Fetch};
use crate::actions::fetched::Sink;
use crate::cli::Error;
use crate::desk::Desk;
use crate::domain::access::Viewer;

/// Fetches a file; whether it came. One that cannot be had stands in the report, and in its place it says so.
pub fn fetch(desk: &Desk, ask: &Ask, file: &Fetch, report: &mut Report) -> Result<bool, Error> {
    let (id, now) = (file.id, desk.clock.now());
    let mut sink = Sink::of(&desk.writer, id);
    let outcome = ask.file(&file.url, &mut sink)?;
    let came = outcome.is_ok();
    match outcome {
        Ok(()) => {
            let claimed = file.media_type.clone();
            desk.writer
                .write(move |tx| bring::finish_file(tx, &Viewer::console(), (id, &claimed), now))
                .map_err(fault)?;
            report.taken(FILES, &file.their);
        }
        Err(why) => {
            let told = why.clone();
            desk.writer
                .write(move |tx| bring::give_up_file(tx, &Viewer::console(), (id, &told), now))
                .map_err(fault)?;
            report.left(FILES, &file.their, why);
        }
    }
    Ok(came)
}

pub fn fault(fault: actions::Error) -> Error {
    Error::Failed(format!("a file cannot be kept: {fault:?}"))
}
