//! Fetches a file of theirs into the desk, part by part.

use std::io::{self, Write};

use super::ask::Ask;
use super::report::{FILES, Report};
use crate::actions::bring::{self, Fetch};
use crate::actions::{self, fetched};
use crate::cli::Error;
use crate::desk::Desk;
use crate::domain::Id;
use crate::domain::access::Viewer;
use crate::domain::message::Attachment;
use crate::store::attachment;

/// Fetches a file. One that cannot be had stands in the report, and in its place it says so.
pub fn fetch(desk: &Desk, ask: &Ask, file: &Fetch, report: &mut Report) -> Result<(), Error> {
    let (id, now) = (file.id, desk.clock.now());
    let mut sink = Sink { desk, id, waiting: Vec::new() };
    let outcome = ask.file(&file.url, &mut sink)?;
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
    Ok(())
}

fn fault(fault: actions::Error) -> Error {
    Error::Failed(format!("a file cannot be kept: {fault:?}"))
}

/// Puts what arrives into the file's parts, a short transaction each.
pub struct Sink<'d> {
    desk: &'d Desk,
    id: Id<Attachment>,
    waiting: Vec<u8>,
}

impl Sink<'_> {
    /// Begins anew: what an earlier try left is thrown away. `false`: there is no room for files.
    pub fn begin(&mut self) -> Result<bool, Error> {
        self.waiting.clear();
        let id = self.id;
        match self.desk.writer.write(move |tx| fetched::begin(tx, id)) {
            Ok(()) => Ok(true),
            Err(actions::Error::Refused(_)) => Ok(false),
            Err(other) => Err(fault(other)),
        }
    }

    /// Writes what waits for a whole part.
    pub fn end(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let (id, part) = (self.id, std::mem::take(&mut self.waiting));
        let kept = self.desk.writer.write(move |tx| fetched::append(tx, id, &part));
        kept.map_err(|fault| io::Error::other(format!("{fault:?}")))
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(attachment::PART - self.waiting.len());
        self.waiting.extend(bytes.iter().take(taken));
        if self.waiting.len() == attachment::PART {
            self.end()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        // Only whole parts are written before the end.
        Ok(())
    }
}
