//! Reads kept deliveries and lets what they tell happen.
//!
//! Reading is pure and happens outside any transaction. Each event is then one part of a transaction of its
//! own, whole or not at all, and several deliveries share one commit. What cannot be read is put aside with
//! the reason and never holds up another. What speaks of a message that is not here yet is tried again.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use crate::actions::{self, receive};
use crate::channels::{self, Account, Raw};
use crate::desk::Desk;
use crate::domain::channel::Channel;
use crate::domain::inbound::{Delivery, Event, Kept};
use crate::domain::{Id, Span, Timestamp};
use crate::store::{self, Result, Tx, inbound};

/// How many deliveries share a commit at most. Others at the desk wait for as long as this takes.
const BATCH: u32 = 32;

/// How long to wait before a delivery is read again whose message is not here yet. A status overtakes our own
/// note by seconds; after the last step nothing of ours will come any more.
const AGAIN: [Span; 7] = [
    Span::seconds(2),
    Span::seconds(5),
    Span::seconds(15),
    Span::seconds(30),
    Span::minutes(1),
    Span::minutes(2),
    Span::minutes(4),
];

/// Reads deliveries as they come, until the desk stops.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    while !stop.is_set() {
        let seen = desk.live.count(inbound::TOPIC);
        if let Err(fault) = drain(desk) {
            log::error!("deliveries wait: {fault}");
            std::thread::sleep(Duration::from_secs(1));
        }
        stop.wait(desk, inbound::TOPIC, seen, Duration::from_secs(1));
    }
}

/// Reads everything that is due, and returns when nothing is.
pub fn drain(desk: &Desk) -> Result<()> {
    loop {
        let now = desk.clock.now();
        let batch = desk.readers.read(|c| inbound::due(c, now, BATCH))?;
        if batch.is_empty() {
            return Ok(());
        }
        let read = read_all(desk, batch)?;
        match settle(desk, read.clone(), now) {
            // Something in the batch broke: each alone, so that only the one at fault is put aside.
            Err(store::Error::Broken) => read.into_iter().try_for_each(|one| alone(desk, one, now))?,
            other => other?,
        }
    }
}

/// A delivery with what it tells, or why it could not be read.
#[derive(Clone)]
struct Read {
    id: Id<Delivery>,
    attempts: i64,
    channel: Arc<Channel>,
    events: std::result::Result<Arc<Vec<Event>>, String>,
}

fn read_all(desk: &Desk, batch: Vec<Delivery>) -> Result<Vec<Read>> {
    let mut accounts: BTreeMap<Id<Channel>, (Account, Arc<Channel>)> = BTreeMap::new();
    let mut read = Vec::with_capacity(batch.len());
    for delivery in batch {
        let (account, channel) = match accounts.entry(delivery.channel) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let Some(account) = account(desk, delivery.channel)? else { continue };
                let channel = Arc::new(account.channel.clone());
                unknown.insert((account, channel))
            }
        };
        let mut events = parse(account, &delivery);
        let (id, attempts) = (delivery.id, delivery.attempts);
        if let Ok(events) = &mut events {
            keep_letters(delivery, events)?;
        }
        let events = events.map(Arc::new);
        read.push(Read { id, attempts, channel: channel.clone(), events });
    }
    Ok(read)
}

/// Gives letters their bytes along, which are to lie beside their messages, compressed before a transaction begins.
fn keep_letters(delivery: Delivery, events: &mut [Event]) -> Result<()> {
    let letters = events.iter_mut().filter_map(|event| match event {
        Event::Message(incoming) => incoming.letter.as_deref_mut(),
        _ => None,
    });
    let Delivery { id, body, mut packed, .. } = delivery;
    for letter in letters {
        let packed = match packed.take() {
            Some(packed) => packed,
            None => store::mail::pack(&body)?,
        };
        letter.kept = Some(Kept { letter: packed, delivery: Some(id) });
    }
    Ok(())
}

fn account(desk: &Desk, id: Id<Channel>) -> Result<Option<Account>> {
    desk.readers.read(|connection| match store::channel::get(connection, id)? {
        Some(channel) => Ok(Some(desk.account(connection, channel)?)),
        None => Ok(None),
    })
}

fn parse(account: &Account, delivery: &Delivery) -> std::result::Result<Vec<Event>, String> {
    let kind = account.channel.kind;
    let provider = channels::provider(kind)
        .ok_or_else(|| format!("this version of the program does not know {}", kind.label()))?;
    let raw = Raw { headers: &delivery.headers, body: &delivery.body, received_at: delivery.received_at };
    match catch_unwind(AssertUnwindSafe(|| provider.parse(account, &raw))) {
        Ok(Ok(events)) => Ok(events),
        Ok(Err(malformed)) => Err(malformed.0),
        Err(_) => Err("the program broke while it read this".to_owned()),
    }
}

fn settle(desk: &Desk, batch: Vec<Read>, now: Timestamp) -> Result<()> {
    desk.writer.write(move |tx| batch.iter().try_for_each(|read| happen(tx, read, now)))
}

/// Lets one delivery happen by itself; one that breaks the program is put aside.
fn alone(desk: &Desk, read: Read, now: Timestamp) -> Result<()> {
    let id = read.id;
    match settle(desk, vec![read], now) {
        Err(store::Error::Broken) => {
            desk.writer.write(move |tx| inbound::fail(tx, id, "the program broke while it let this happen"))
        }
        other => other,
    }
}

fn happen(tx: &Tx<'_>, read: &Read, now: Timestamp) -> Result<()> {
    let events = match &read.events {
        Ok(events) => events,
        Err(why) => return inbound::fail(tx, read.id, why),
    };
    let (mut early, mut happened) = (false, false);
    for event in events.iter() {
        match tx.part(|tx| receive::receive(tx, &read.channel, event, now)) {
            Ok(()) => happened = true,
            Err(actions::Error::NotFound) => early = true,
            Err(actions::Error::Refused(refused)) => {
                return inbound::fail(tx, read.id, &format!("{refused:?}"));
            }
            Err(actions::Error::Store(fault)) if fault.is_of_one_row() => {
                return inbound::fail(tx, read.id, &fault.to_string());
            }
            Err(actions::Error::Store(fault)) => return Err(fault),
        }
    }
    if !early {
        return inbound::done(tx, read.id);
    }
    let step = usize::try_from(read.attempts).ok().and_then(|tried| AGAIN.get(tried));
    match step {
        Some(pause) => inbound::later(tx, read.id, now + *pause),
        // What somebody said came in with it: reading it again would only bring that again.
        None if happened => inbound::done(tx, read.id),
        None => inbound::ignore(tx, read.id, "it speaks of a message that is not here"),
    }
}
