//! Fetches the files that customers sent, after their messages are safe.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Stop;
use crate::actions::fetched::{self, Sink};
use crate::actions::{self, Error};
use crate::channels::{self, Account};
use crate::desk::Desk;
use crate::domain::message::Attachment;
use crate::domain::outbox::{Cause, Failure};
use crate::random;
use crate::store::{self, attachment, message};

/// How many files are fetched at the same time.
const MOST: u32 = 4;
/// How often one looks even if nobody called.
const PULSE: Duration = Duration::from_secs(1);

/// Fetches until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    while !stop.is_set() {
        let seen = desk.live.count(attachment::TOPIC);
        if round(desk) == 0 {
            stop.wait(desk, attachment::TOPIC, seen, PULSE);
        }
    }
}

/// Fetches what is due and returns how many tries were made.
pub fn drain(desk: &Arc<Desk>) -> usize {
    let mut tries = 0;
    loop {
        match round(desk) {
            0 => return tries,
            some => tries += some,
        }
    }
}

fn round(desk: &Desk) -> usize {
    let now = desk.clock.now();
    let due = desk.readers.read::<_, store::Error>(|connection| attachment::due(connection, now, MOST));
    let due = due.unwrap_or_else(|fault| {
        log::error!("the files that are to be fetched cannot be read: {fault}");
        Vec::new()
    });
    std::thread::scope(|threads| {
        for (file, tries) in &due {
            threads.spawn(|| one(desk, file, *tries));
        }
    });
    due.len()
}

fn one(desk: &Desk, file: &Attachment, tries: i64) {
    let outcome = fetch(desk, file);
    let (id, now, dice) = (file.id, desk.clock.now(), random::number());
    let recorded: actions::Result<()> = desk.writer.write(move |tx| match outcome {
        Ok(claimed) => fetched::finish(tx, id, &claimed, now),
        Err(failure) => fetched::failed(tx, (id, tries), &failure, dice, now),
    });
    match recorded {
        Ok(()) | Err(Error::NotFound) => {}
        Err(fault) => log::error!("file {id} could not be kept: {fault:?}"),
    }
}

/// Fetches the bytes and returns what the sender says they are.
fn fetch(desk: &Desk, file: &Attachment) -> Result<String, Failure> {
    let lost = |fault: store::Error| Failure::later(Cause::Transient, fault.to_string(), None);
    let account = desk.readers.read(|connection| account(desk, connection, file)).map_err(lost)?;
    let account = account.ok_or_else(|| Failure::never(Cause::Media, ""))?;
    let provider =
        channels::provider(account.channel.kind).ok_or_else(|| Failure::never(Cause::Media, ""))?;
    let source = file.source.as_ref().unwrap_or(&Value::Null);
    let mut sink = Sink::of(&desk.writer, file.id);
    sink.begin().map_err(kept_not)?;
    let found = provider.fetch(&account, &desk.client, source, &mut sink)?;
    sink.end().map_err(|fault| Failure::later(Cause::Transient, fault.to_string(), None))?;
    Ok(found.media_type.unwrap_or_else(|| file.media_type.clone()))
}

fn kept_not(fault: Error) -> Failure {
    Failure::later(Cause::Transient, format!("{fault:?}"), None)
}

fn account(desk: &Desk, connection: &store::Connection, file: &Attachment) -> store::Result<Option<Account>> {
    let Some(message) = file.message else { return Ok(None) };
    let Some(message) = message::get(connection, message)? else { return Ok(None) };
    let Some(conversation) = store::conversation::get(connection, message.conversation)? else {
        return Ok(None);
    };
    match store::channel::get(connection, conversation.channel)? {
        Some(channel) => desk.account(connection, channel).map(Some),
        None => Ok(None),
    }
}
