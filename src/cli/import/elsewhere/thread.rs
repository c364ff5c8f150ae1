//! One conversation of theirs: begun here once something of it is told, filled, and in the end left as it stands there.

use std::sync::Arc;

use super::ask::No;
use super::files::{self, Files};
use super::report::{CONVERSATIONS, MESSAGES};
use super::{BATCH, Source, Taking, told};
use crate::actions::bring::{self, Brought};
use crate::cli::Error;
use crate::domain::access::Viewer;
use crate::domain::brought::{Entry, Thread};
use crate::domain::channel::Channel;
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::{Id, Timestamp};
use crate::store::imported::{self, What};

/// What a conversation came to here, or why it is refused.
type Begun = Result<Brought<Conversation>, String>;

impl Taking<'_> {
    /// Takes a conversation with all that stands in it. Where something of it cannot be read, it is not settled: it stays
    /// closed, and the next import goes on with it.
    pub(super) fn thread(&mut self, source: &mut dyn Source, thread: Thread) -> Result<(), No> {
        let Some(channel) = self.people.channels.get(&thread.inbox).copied() else {
            self.report.left(CONVERSATIONS, &thread.their, "its entry point is gone".to_owned());
            return Ok(());
        };
        let Some(contact) = self.contact_of(source, &thread)? else {
            self.report.left(CONVERSATIONS, &thread.their, "its contact is gone, there or here".to_owned());
            return Ok(());
        };
        let (there, place) = (Arc::new(thread), (channel, contact));
        let mut begun = if self.is_known(&there)? { Some(self.begin(place, &there)?) } else { None };
        let (files, mut at) = (source.files(), there.created_at);
        self.whole = true;
        // Nothing is asked of one that was erased here.
        if begun.is_none() || ours(begun.as_ref()).is_some() {
            source.entries(&there, &mut |mut entries| {
                dated(&mut entries, &mut at);
                // It begins with its first messages, so that one that is gone there leaves nothing empty here.
                if begun.is_none() {
                    begun = Some(self.begin(place, &there)?);
                }
                ours(begun.as_ref()).map_or(Ok(()), |id| self.entries(&*files, id, entries))
            })?;
        }
        let begun = match begun {
            Some(begun) => begun,
            None => self.begin(place, &there)?,
        };
        Ok(self.end(there, begun)?)
    }

    /// Whether it was begun by this import or one before.
    fn is_known(&self, there: &Thread) -> Result<bool, Error> {
        let taken = self
            .desk
            .readers
            .read(|c| imported::get(c, &self.origin.key, What::Conversation, &there.their))?;
        Ok(taken.is_some())
    }

    fn begin(
        &self,
        (channel, contact): (Id<Channel>, Id<Contact>),
        there: &Arc<Thread>,
    ) -> Result<Begun, Error> {
        let (origin, now, there) = (self.origin.clone(), self.now, there.clone());
        told(self.desk.writer.write(move |tx| {
            let place = bring::Place { channel, contact, origin: &origin };
            tx.part(|tx| bring::thread(tx, &Viewer::console(), (place, &there), now))
        }))
    }

    /// Everything of it was told: it is counted, and stands as it stands there.
    fn end(&mut self, there: Arc<Thread>, begun: Begun) -> Result<(), Error> {
        let their = there.their.clone();
        let brought = match begun {
            Ok(brought) => brought,
            Err(why) => {
                self.report.left(CONVERSATIONS, &their, why);
                return Ok(());
            }
        };
        self.report.brought(CONVERSATIONS, &their, &brought);
        if brought.ours.is_none() {
            return Ok(());
        }
        let (origin, whole, now) = (self.origin.clone(), self.whole, self.now);
        let settled = self
            .desk
            .writer
            .write(move |tx| bring::settle(tx, &Viewer::console(), (&origin, &there, whole), now));
        match told(settled)? {
            Ok(left) => left.into_iter().for_each(|why| self.report.left(CONVERSATIONS, &their, why)),
            Err(why) => self.report.left(CONVERSATIONS, &their, why),
        }
        Ok(())
    }

    /// Whoever the conversation is with: known from the list of people, or asked for now, since some lists leave out
    /// those who left no address.
    fn contact_of(&mut self, source: &mut dyn Source, thread: &Thread) -> Result<Option<Id<Contact>>, No> {
        let (origin, their) = (self.origin.clone(), thread.person.clone());
        let known = self.desk.readers.read(|c| {
            let Some(taken) = imported::get(c, &origin.key, What::Contact, &their)? else { return Ok(None) };
            crate::store::contact::get(c, Id::new(taken.ours))
        });
        let known = known.map_err(Error::from)?;
        if let Some(contact) = known {
            return Ok(Some(contact.id));
        }
        match source.person(&thread.person)? {
            Some(person) => Ok(self.person(person)?),
            None => Ok(None),
        }
    }

    /// Takes a piece of a conversation, with its files.
    fn entries(&mut self, place: &dyn Files, id: Id<Conversation>, mut all: Vec<Entry>) -> Result<(), Error> {
        let there = all.len();
        // All of those without a number would be taken for one and the same message.
        all.retain(|entry| !entry.their.is_empty());
        if all.len() < there {
            let odd = u64::try_from(there - all.len()).unwrap_or(0);
            let why = "what is told of it is no message".to_owned();
            self.report.left_many(MESSAGES, (&format!("of conversation {id}"), odd), why);
            self.whole = false;
        }
        while !all.is_empty() {
            let rest = all.split_off(all.len().min(BATCH));
            let batch = std::mem::replace(&mut all, rest);
            let (origin, now, count) = (self.origin.clone(), self.now, batch.len());
            let taken = self
                .desk
                .writer
                .write(move |tx| bring::entries(tx, &Viewer::console(), (&origin, id), &batch, now));
            let (new, files) = match told(taken)? {
                Ok(taken) => taken,
                Err(why) => {
                    let many = u64::try_from(count).unwrap_or(0);
                    self.report.left_many(MESSAGES, (&format!("of conversation {id}"), many), why);
                    self.whole = false;
                    continue;
                }
            };
            self.report.counted(MESSAGES, u64::try_from(count).unwrap_or(0), new);
            for file in files {
                self.whole &= files::fetch(self.desk, place, &file, &mut self.report)?;
            }
        }
        Ok(())
    }
}

/// What does not say when it was said was said after what stands before it, at `at`.
fn dated(entries: &mut [Entry], at: &mut Timestamp) {
    for entry in entries {
        if entry.at == Timestamp(0) {
            entry.at = *at;
        }
        *at = entry.at;
    }
}

/// Ours, where there is one.
fn ours(begun: Option<&Begun>) -> Option<Id<Conversation>> {
    begun.and_then(|begun| begun.as_ref().ok()).and_then(|brought| brought.ours)
}
