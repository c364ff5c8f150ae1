//! Another team inbox, asked over its own API or read from a dump of its database: everything that it tells comes into the desk, once, and what cannot come
//! is said in the end.

mod ask;
pub mod chatwoot;
mod dump;
mod files;
pub mod libredesk;
mod report;
mod thread;
mod told;

pub use ask::{No, base};
pub use dump::Folder;
pub use report::Report;

use std::sync::Arc;

use crate::actions::{self, bring};
use crate::channels;
use crate::cli::Error;
use crate::cli::progress::Progress;
use crate::desk::Desk;
use crate::domain::access::Viewer;
use crate::domain::brought::{Attribute, Entry, Inbox, Origin, Person, Thread};
use crate::domain::contact::Contact;
use crate::domain::{Id, Timestamp};
use crate::random;
use files::Files;
use report::{CHANNELS, CONTACTS, CONVERSATIONS};

/// Messages that share a commit.
const BATCH: usize = 200;

/// A program that can be asked, or what it left.
pub trait Source {
    /// Which instance it is.
    fn origin(&self) -> Origin;
    /// All of its entry points.
    fn inboxes(&mut self) -> Result<Vec<Inbox>, Error>;
    /// The fields of its people.
    fn attributes(&mut self) -> Result<Vec<Attribute>, Error>;
    /// A page of its people, from 1.
    fn people(&mut self, page: u64) -> Result<Page<Person>, Error>;
    /// One of its people; `None` when it is gone.
    fn person(&mut self, their: &str) -> Result<Option<Person>, No>;
    /// A page of its conversations, from 1.
    fn threads(&mut self, page: u64) -> Result<Page<Thread>, Error>;
    /// One of its conversations; `None` when it is gone.
    fn thread(&mut self, their: &str) -> Result<Option<Thread>, No>;
    /// Gives everything that stands in a conversation, in the order of time, in pieces. What could not be read of a
    /// message has no number.
    fn entries(&mut self, of: &Thread, each: &mut Each<'_>) -> Result<(), No>;
    /// The way to its files.
    fn files(&self) -> Arc<dyn Files>;
}

/// Takes a piece of a conversation.
pub type Each<'a> = dyn FnMut(Vec<Entry>) -> Result<(), Error> + 'a;

/// One page of a list.
pub struct Page<T> {
    /// How many there are in all, where it is told.
    pub all: Option<u64>,
    pub rows: Vec<Row<T>>,
    pub last: bool,
}

/// One of a list: whole, or only its number, by which it can be asked for.
pub struct Row<T> {
    pub their: String,
    /// When something last happened to it; the same moment says that nothing is new.
    pub moved_at: Option<Timestamp>,
    pub whole: Option<T>,
}

/// Takes everything that the source tells.
pub fn take(desk: &Desk, source: &mut dyn Source) -> Result<Report, Error> {
    let origin = Arc::new(source.origin());
    let (report, now) = (Report::empty(), desk.clock.now());
    let mut taking = Taking { desk, origin, people: Arc::default(), report, now, whole: true };
    taking.inboxes(source)?;
    let (people, threads) = (("Taking contacts", CONTACTS), ("Taking conversations", CONVERSATIONS));
    taking.walk(source, people, |source, page| source.people(page), Taking::listed)?;
    taking.walk(source, threads, |source, page| source.threads(page), Taking::row)?;
    Ok(taking.report)
}

struct Taking<'d> {
    desk: &'d Desk,
    origin: Arc<Origin>,
    people: Arc<bring::People>,
    report: Report,
    now: Timestamp,
    /// Everything of the conversation that is being taken came.
    whole: bool,
}

/// What an action came to: its faults end the import, its refusals are told.
fn told<T>(outcome: actions::Result<T>) -> Result<Result<T, String>, Error> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(actions::Error::Store(fault)) => Err(fault.into()),
        Err(actions::Error::NotFound) => Ok(Err("it is gone here".to_owned())),
        Err(actions::Error::Refused(refused)) => Ok(Err(format!("it is refused here: {refused:?}"))),
    }
}

impl Taking<'_> {
    fn inboxes(&mut self, source: &mut dyn Source) -> Result<(), Error> {
        let mut people = bring::People::default();
        let inboxes = source.inboxes()?;
        self.report.there(CHANNELS, u64::try_from(inboxes.len()).unwrap_or(0));
        for inbox in inboxes {
            let (origin, now) = (self.origin.clone(), self.now);
            let name = Some(inbox.name.clone()).filter(|name| !name.trim().is_empty());
            let name = name.unwrap_or_else(|| format!("{} {}", origin.name, inbox.their));
            let name: String = name.chars().take(80).collect();
            let draft = channels::draft(inbox.kind, name, random::key(), inbox.settings.clone(), now);
            let their = inbox.their.clone();
            let brought = self
                .desk
                .writer
                .write(move |tx| bring::inbox(tx, &Viewer::console(), (&origin, &inbox, &draft), now));
            match told(brought)? {
                Ok(brought) => {
                    self.report.brought(CHANNELS, &their, &brought);
                    people.channels.extend(brought.ours.map(|id| (their, id)));
                }
                Err(why) => self.report.left(CHANNELS, &their, why),
            }
        }
        let attributes = source.attributes()?;
        let now = self.now;
        let made =
            self.desk.writer.write(move |tx| bring::attributes(tx, &Viewer::console(), &attributes, now));
        let (fields, left) = told(made)?.map_err(Error::Failed)?;
        for why in left {
            self.report.left(CONTACTS, "fields", why);
        }
        people.fields = fields;
        self.people = Arc::new(people);
        Ok(())
    }

    /// Walks the pages of one of its lists.
    fn walk<T>(
        &mut self,
        source: &mut dyn Source,
        (title, what): (&'static str, usize),
        page_of: fn(&mut dyn Source, u64) -> Result<Page<T>, Error>,
        take: fn(&mut Self, &mut dyn Source, Row<T>) -> Result<(), No>,
    ) -> Result<(), Error> {
        let mut progress = Progress::begin(title);
        let (mut done, mut page) = (0_i64, 1);
        loop {
            let found = page_of(source, page)?;
            if let Some(all) = found.all {
                self.report.there(what, all);
            }
            let all = found.all.and_then(|all| i64::try_from(all).ok()).unwrap_or(0);
            for row in found.rows {
                done += 1;
                let their = row.their.clone();
                let outcome = take(self, source, row);
                self.despite(source, (what, &their), outcome)?;
                progress.tell(done, all.max(done));
            }
            if found.last {
                break;
            }
            page += 1;
        }
        progress.end();
        Ok(())
    }

    /// One that cannot be read keeps the others from nothing: it is told, unless none can be read at all.
    fn despite(
        &mut self,
        source: &mut dyn Source,
        (what, their): (usize, &str),
        outcome: Result<(), No>,
    ) -> Result<(), Error> {
        match outcome {
            Ok(()) => Ok(()),
            Err(No::Gone(_)) => {
                self.report.left(what, their, "it is gone there, or may not be seen".to_owned());
                Ok(())
            }
            Err(No::Broken(why, _)) => {
                self.report.left(what, their, why);
                // Where even this is not answered any more, each of the others would be waited for in vain.
                source.inboxes().map(drop)
            }
            Err(No::Other(fault)) => Err(fault),
        }
    }

    fn listed(&mut self, source: &mut dyn Source, row: Row<Person>) -> Result<(), No> {
        let whole = match row.whole {
            Some(whole) => Some(whole),
            None => source.person(&row.their)?,
        };
        match whole {
            // Without a number it would be somebody without a name, another one at each import.
            Some(person) if !person.their.is_empty() => drop(self.person(person)?),
            _ => self.report.left(CONTACTS, &row.their, "it cannot be read there".to_owned()),
        }
        Ok(())
    }

    fn person(&mut self, person: Person) -> Result<Option<Id<Contact>>, Error> {
        let (origin, people, now) = (self.origin.clone(), self.people.clone(), self.now);
        let their = person.their.clone();
        let brought = self.desk.writer.write(move |tx| {
            tx.part(|tx| bring::person(tx, &Viewer::console(), (&origin, &person, &people), now))
        });
        Ok(match told(brought)? {
            Ok(brought) => {
                self.report.brought(CONTACTS, &their, &brought);
                brought.ours
            }
            Err(why) => {
                self.report.left(CONTACTS, &their, why);
                None
            }
        })
    }

    fn row(&mut self, source: &mut dyn Source, row: Row<Thread>) -> Result<(), No> {
        if let Some(moved_at) = row.moved_at {
            let (origin, their) = (self.origin.clone(), row.their.clone());
            let whole =
                self.desk.readers.read(|c| bring::is_whole(c, &origin, &their, moved_at)).map_err(fault)?;
            if whole {
                self.report.known(CONVERSATIONS, &row.their);
                return Ok(());
            }
        }
        let whole = match row.whole {
            Some(whole) => Some(whole),
            None => source.thread(&row.their)?,
        };
        match whole {
            Some(thread) => self.thread(source, thread),
            None => {
                self.report.left(CONVERSATIONS, &row.their, "it cannot be read there".to_owned());
                Ok(())
            }
        }
    }
}

fn fault(fault: actions::Error) -> Error {
    Error::Failed(format!("{fault:?}"))
}

impl Report {
    fn brought<T>(&mut self, what: usize, their: &str, brought: &bring::Brought<T>) {
        match (brought.ours, brought.new) {
            (Some(_), true) => self.taken(what, their),
            (Some(_), false) => self.known(what, their),
            (None, _) => self.left(what, their, "it was erased here".to_owned()),
        }
        for why in &brought.left {
            self.left_part(what, their, why.clone());
        }
    }
}
