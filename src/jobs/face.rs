//! Asks channels who writes to us: the name and the picture of a person, once and seldom again. One question at a
//! time for each channel and never many a second, because nobody waits for a face.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use super::lanes::{Lanes, Lap};
use crate::actions::face::{self as actions, Told};
use crate::channels::{self, Account, Provider};
use crate::desk::Desk;
use crate::domain::channel::Channel;
use crate::domain::media::FACE;
use crate::domain::outbox::{Failure, Next};
use crate::domain::{Id, Timestamp};
use crate::random;
use crate::store;
use crate::store::face::{self, Due};

/// How long to wait between two questions of a channel.
const APART: Duration = Duration::from_millis(250);

/// Asks until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let lanes = Lanes {
        desk,
        topic: face::TOPIC,
        due: &|now| due(desk, now),
        next: &|_| None,
        work: &|channel| all(desk, channel, &|| stop.is_set(), APART),
    };
    lanes.run(stop);
}

/// Asks for everybody who is due, on this thread, and returns how many questions there were.
pub fn drain(desk: &Desk) -> usize {
    let channels = due(desk, desk.clock.now()).into_iter();
    channels.map(|channel| all(desk, channel, &|| false, Duration::ZERO).done).sum()
}

fn due(desk: &Desk, now: Timestamp) -> Vec<Id<Channel>> {
    let found = desk.readers.read::<_, store::Error>(|c| face::channels_due(c, now));
    found.unwrap_or_else(|fault| {
        log::error!("whose profile is to be asked for cannot be read: {fault}");
        Vec::new()
    })
}

/// Asks for everybody who is due on a channel, with so much time after each question.
fn all(desk: &Desk, channel: Id<Channel>, stopped: &dyn Fn() -> bool, apart: Duration) -> Lap {
    let next = || {
        let asked = one(desk, channel)?;
        if asked {
            std::thread::sleep(apart);
        }
        Ok(asked)
    };
    Lap::of(stopped, next, |fault| {
        log::error!("a profile of channel {channel} could not be kept: {fault:?}");
    })
}

/// Asks for the next one of a channel. `false`: there is nobody.
fn one(desk: &Desk, channel: Id<Channel>) -> crate::actions::Result<bool> {
    let now = desk.clock.now();
    let found = desk.readers.read::<_, store::Error>(|c| {
        let (Some(due), Some(row)) = (face::next_of(c, channel, now)?, store::channel::get(c, channel)?)
        else {
            return Ok(None);
        };
        Ok(Some((due, desk.account(c, row)?)))
    });
    let Ok(Some((due, account))) = found else { return Ok(false) };
    let answer = channels::provider(account.channel.kind)
        .filter(|provider| is_complete(*provider, &account))
        .and_then(|provider| ask(desk, provider, &account, &due));
    let (dice, now) = (random::number(), desk.clock.now());
    desk.writer.write(move |tx| match answer {
        None => actions::nothing(tx, &due, now),
        Some(Ok(told)) => actions::found(tx, &due, &told, now),
        Some(Err(failure)) => actions::failed(tx, channel, &due, (&failure, dice), now),
    })?;
    Ok(true)
}

/// Under a foreign key file the secrets are empty, and nothing is asked with empty ones.
fn is_complete(provider: &dyn Provider, account: &Account) -> bool {
    provider.fields().iter().all(|field| !field.required || !account.get(field.name).is_empty())
}

fn ask(desk: &Desk, provider: &dyn Provider, account: &Account, due: &Due) -> Option<Result<Told, Failure>> {
    let profile = match provider.profile(account, &desk.client, &due.value)? {
        Ok(profile) => profile,
        Err(failure) => return Some(Err(failure)),
    };
    let name = profile.name.unwrap_or_default();
    let Some(source) = profile.picture else { return Some(Ok(Told { name, picture: None })) };
    let mut sink = Small::default();
    let fetched = provider.fetch(account, &desk.client, &source, &mut sink);
    let picture = match fetched {
        Ok(_) => Some(sink.bytes),
        // One that is too large or gone is as none: the name is worth keeping.
        Err(failure) if sink.is_over || failure.next == Next::Never => None,
        Err(failure) => return Some(Err(failure)),
    };
    Some(Ok(Told { name, picture }))
}

/// Takes a picture up to the size of a face, and refuses what is larger.
#[derive(Default)]
struct Small {
    bytes: Vec<u8>,
    is_over: bool,
}

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > FACE {
            self.is_over = true;
            return Err(io::Error::other("the picture is too large for a face"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
