//! Fetches a file of theirs into the desk, part by part.

use super::report::{FILES, Report};
use crate::actions;
use crate::actions::bring::{self, Fetch};
use crate::actions::fetched::Sink;
use crate::cli::Error;
use crate::desk::Desk;
use crate::domain::access::Viewer;

/// The largest file that is taken, in bytes.
pub const LARGEST: u64 = 256 << 20;

/// Where files lie.
pub trait Files {
    /// Gives what lies at `url` to `sink`. What cannot be had is told with the reason; an outage of the place itself
    /// ends the import.
    fn file(&self, url: &str, sink: &mut Sink<'_>) -> Result<Result<(), String>, Error>;
}

/// A try begins: is there room?
pub fn begin(sink: &mut Sink<'_>) -> Result<(), Error> {
    match sink.begin() {
        Ok(()) => Ok(()),
        Err(actions::Error::Refused(_)) => {
            let why = "there is no room for more files on this disk, or in what the team allows the file";
            Err(Error::Failed(format!("{why}. Make some; the same command goes on from there")))
        }
        Err(other) => Err(fault(other)),
    }
}

/// What is said of a file that is too large.
pub fn too_large() -> String {
    format!("the file is larger than {} MB", LARGEST >> 20)
}

/// Fetches a file; whether it came. One that cannot be had stands in the report, and in its place it says so.
pub fn fetch(desk: &Desk, files: &dyn Files, file: &Fetch, report: &mut Report) -> Result<bool, Error> {
    let (id, now) = (file.id, desk.clock.now());
    let mut sink = Sink::of(&desk.writer, id);
    let outcome = files.file(&file.url, &mut sink)?;
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

fn fault(fault: actions::Error) -> Error {
    Error::Failed(format!("a file cannot be kept: {fault:?}"))
}
