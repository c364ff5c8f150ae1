//! Asks providers for news that do not call us: one thread a channel, each with its own long poll.
//!
//! What a poll brings and the place where the next one goes on are kept in one transaction, so that nothing is
//! lost or taken twice whenever the program ends. A poll can last for half a minute and cannot be broken off;
//! so its thread is not waited for, holds on to nothing meanwhile, and what it brings to a desk that has
//! stopped, or to a channel that was changed, is left with the provider. Where a connection stays open from poll
//! to poll, its wait can last for minutes and looks by itself whether it is over.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::Stop;
use crate::actions::{self, polled};
use crate::channels::{self, Account, Line, Polled, Provider};
use crate::desk::Desk;
use crate::domain::Id;
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::inbound::Body;
use crate::domain::outbox::{Cause, Failure, Next};
use crate::locks::hold;
use crate::store;

/// What is told when the job is to end; otherwise it looks by itself.
pub const TOPIC: &str = "poll";

/// How often one looks which channels there are.
const PULSE: Duration = Duration::from_secs(1);

/// How long to wait after failures in a row.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_secs(45),
];

/// A failure that passes is shown once it has happened so often in a row.
const SHOWN_AFTER: usize = 2;

type Busy = Arc<Mutex<BTreeSet<Id<Channel>>>>;

/// Polls until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let busy = Busy::default();
    while !stop.is_set() {
        let seen = desk.live.count(TOPIC);
        for channel in polled_channels(desk) {
            begin(desk, stop, &busy, channel);
        }
        stop.wait(desk, TOPIC, seen, PULSE);
    }
}

/// Polls one channel once, on this thread. `None`: it is not one to be polled now.
pub fn once(desk: &Arc<Desk>, channel: Id<Channel>) -> Option<Result<(), Failure>> {
    let (account, provider, cursor) = connected(desk, channel)?;
    let news = match provider.line(&account) {
        Some(mut line) => line.next(&cursor, desk.clock.now(), &|| true),
        None => provider.poll(&account, &desk.client, &cursor)?,
    };
    let kept = keep(desk, &account, &cursor, news);
    if let Err(failure) = &kept {
        renew(desk, channel, failure);
    }
    Some(kept)
}

/// An access that somebody gave and that is refused before its time is renewed, once: the provider may have taken it
/// back, or another clock than ours is right. Whether all of it was taken from us shows when that is refused as well.
fn renew(desk: &Desk, channel: Id<Channel>, failure: &Failure) {
    if failure.cause == Cause::Auth && matches!(failure.next, Next::Later { .. }) {
        desk.renew(channel, true);
    }
}

fn polled_channels(desk: &Desk) -> Vec<Id<Channel>> {
    let all = desk.readers.read::<_, store::Error>(store::channel::all).unwrap_or_else(|fault| {
        log::error!("the channels cannot be read: {fault}");
        Vec::new()
    });
    let enabled = all.into_iter().filter(|channel| channel.state == ChannelState::Enabled);
    enabled.map(|channel| channel.id).filter(|id| connected(desk, *id).is_some()).collect()
}

/// The channel, if it is one to be polled now, and how far it was read.
fn connected(desk: &Desk, id: Id<Channel>) -> Option<(Account, &'static dyn Provider, String)> {
    let found = desk.readers.read::<_, store::Error>(|connection| {
        let Some(channel) = store::channel::get(connection, id)? else { return Ok(None) };
        Ok(Some((desk.account(connection, channel)?, store::channel::cursor(connection, id)?)))
    });
    let (account, cursor) = found.ok().flatten()?;
    let provider = channels::provider(account.channel.kind)?;
    let complete =
        provider.fields().iter().all(|field| !field.required || !account.get(field.name).is_empty());
    let enabled = account.channel.state == ChannelState::Enabled;
    (enabled && complete && provider.polls(&account)).then_some((account, provider, cursor))
}

/// Starts the thread of a channel that has none.
fn begin(desk: &Arc<Desk>, stop: &Stop, busy: &Busy, channel: Id<Channel>) {
    if !hold(busy).insert(channel) {
        return;
    }
    let (weak, stop, held) = (Arc::downgrade(desk), stop.clone(), busy.clone());
    let started = std::thread::Builder::new().name("poll".to_owned()).spawn(move || {
        let ended = catch_unwind(AssertUnwindSafe(|| keep_polling(&weak, &stop, channel)));
        if ended.is_err() {
            log::error!("the poll of channel {channel} broke and begins again");
        }
        leave(&held, channel);
    });
    if let Err(fault) = started {
        log::error!("channel {channel} cannot be polled: {fault}");
        leave(busy, channel);
    }
}

fn leave(busy: &Busy, channel: Id<Channel>) {
    hold(busy).remove(&channel);
}

/// Polls one channel for as long as it is there to be polled.
fn keep_polling(weak: &Weak<Desk>, stop: &Stop, channel: Id<Channel>) {
    let mut failures = 0;
    let mut open: Option<(Account, Box<dyn Line>)> = None;
    while !stop.is_set() {
        let Some((client, now, (account, provider, cursor))) = weak
            .upgrade()
            .and_then(|desk| Some((desk.client.clone(), desk.clock.now(), connected(&desk, channel)?)))
        else {
            return;
        };
        open = open.filter(|(before, _)| before.is_same_connection(&account));
        if open.is_none() {
            open = provider.line(&account).map(|line| (account.clone(), line));
        }
        let news = match &mut open {
            Some((_, line)) => line.next(&cursor, now, &over(weak, stop, &account)),
            None => match provider.poll(&account, &client, &cursor) {
                Some(news) => news,
                None => return,
            },
        };
        if news.is_err() {
            open = None;
        }
        let Some(desk) = weak.upgrade().filter(|_| !stop.is_set()) else { return };
        let Err(failure) = keep(&desk, &account, &cursor, news) else {
            failures = 0;
            continue;
        };
        failures += 1;
        note(&desk, channel, &failure, failures);
        if failures == 1 {
            renew(&desk, channel, &failure);
        }
        drop(desk);
        rest(weak, stop, channel, pause(failures, &failure));
    }
}

/// Whether a wait for this account is over: the desk stops, or the channel is off or another one by now.
/// The channel is looked at once a second, however often this is asked.
fn over<'a>(weak: &'a Weak<Desk>, stop: &'a Stop, account: &'a Account) -> impl Fn() -> bool + 'a {
    let looked = Cell::new(Instant::now());
    move || {
        if stop.is_set() {
            return true;
        }
        if looked.get().elapsed() < PULSE {
            return false;
        }
        looked.set(Instant::now());
        let now = weak.upgrade().and_then(|desk| connected(&desk, account.channel.id));
        now.is_none_or(|(now, ..)| !now.is_same_connection(account))
    }
}

/// Keeps what came, unless the channel is another one by now: then it was not for us, and comes again.
fn keep(desk: &Desk, before: &Account, cursor: &str, news: Result<Polled, Failure>) -> Result<(), Failure> {
    let id = before.channel.id;
    let Some((account, _, _)) = connected(desk, id) else { return Ok(()) };
    if !account.is_same_connection(before) {
        return Ok(());
    }
    let news = news?;
    let now = desk.clock.now();
    let (from, had_problem) = (cursor.to_owned(), account.channel.problem.is_some());
    if news.deliveries.is_empty() && news.cursor == from && !had_problem {
        return Ok(());
    }
    let kind = account.channel.kind;
    let deliveries: Vec<(String, Body)> =
        news.deliveries.into_iter().map(|(key, bytes)| (key, actions::inbound::body(kind, bytes))).collect();
    let kept = desk.writer.write(move |tx| {
        let news = polled::News { from: &from, deliveries: &deliveries, cursor: &news.cursor };
        polled::keep(tx, id, &news, now)
    });
    kept.map_err(|fault| {
        log::error!("what channel {id} was told could not be kept: {fault:?}");
        Failure::later(Cause::Transient, "", None)
    })
}

/// Shows what is wrong: at once where the provider refuses the account, otherwise when it lasts.
fn note(desk: &Desk, channel: Id<Channel>, failure: &Failure, failures: usize) {
    let (failure, now) = (failure.clone(), desk.clock.now());
    let written: actions::Result<()> = match failure.next {
        Next::Reconnect => desk.writer.write(move |tx| polled::refused(tx, channel, &failure.message, now)),
        _ if failures >= SHOWN_AFTER && !failure.message.is_empty() => {
            desk.writer.write(move |tx| polled::trouble(tx, channel, &failure.message))
        }
        _ => Ok(()),
    };
    if let Err(fault) = written {
        log::error!("the problem of channel {channel} could not be noted: {fault:?}");
    }
}

fn pause(failures: usize, failure: &Failure) -> Duration {
    let own = PAUSES[failures.saturating_sub(1).min(PAUSES.len() - 1)];
    match failure.next {
        Next::Later { after: Some(wish) } => own.max(Duration::from_millis(wish.0.max(0).unsigned_abs())),
        _ => own,
    }
}

/// Waits, and looks each second whether there is still something to wait for.
fn rest(weak: &Weak<Desk>, stop: &Stop, channel: Id<Channel>, mut left: Duration) {
    while !left.is_zero() && !stop.is_set() {
        let step = left.min(PULSE);
        std::thread::sleep(step);
        left -= step;
        if weak.upgrade().is_none_or(|desk| connected(&desk, channel).is_none()) {
            return;
        }
    }
}
