//! Asks providers for what came while nobody heard them, where they do not deliver again by themselves: at the
//! start, and every few minutes, because a proxy or a line can be down as well as the desk.

use std::collections::BTreeMap;

use crate::actions::{self, polled};
use crate::channels;
use crate::desk::Desk;
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::inbound::Body;
use crate::domain::{Id, Span, Timestamp};
use crate::store;

/// How often a provider is asked.
const EVERY: Span = Span::minutes(10);

/// When each channel was last asked, in this run of the program.
pub type Rounds = BTreeMap<Id<Channel>, Timestamp>;

/// Asks for every channel that is due, and returns for how many a provider answered.
pub fn round(desk: &Desk, rounds: &mut Rounds) -> usize {
    let now = desk.clock.now();
    let all = desk.readers.read::<_, store::Error>(store::channel::all).unwrap_or_default();
    let enabled = all.into_iter().filter(|channel| channel.state == ChannelState::Enabled);
    let mut answered = 0;
    for channel in enabled {
        let due = rounds.get(&channel.id).is_none_or(|last| now.since(*last) >= EVERY || now < *last);
        if due {
            rounds.insert(channel.id, now);
            answered += usize::from(one(desk, channel));
        }
    }
    answered
}

fn one(desk: &Desk, channel: Channel) -> bool {
    let id = channel.id;
    let Some(provider) = channels::provider(channel.kind) else { return false };
    let found = desk
        .readers
        .read::<_, store::Error>(|c| Ok((desk.account(c, channel.clone())?, store::channel::cursor(c, id)?)));
    let Ok((account, from)) = found else { return false };
    let complete =
        provider.fields().iter().all(|field| !field.required || !account.get(field.name).is_empty());
    if !complete {
        return false;
    }
    let news = match provider.missed(&account, &desk.client, &from, desk.clock.now()) {
        None => return false,
        Some(Ok(news)) => news,
        Some(Err(failure)) => {
            log::warn!("what channel {id} missed is not known: {}", failure.message);
            return false;
        }
    };
    let now = desk.clock.now();
    let deliveries: Vec<(String, Body)> =
        news.deliveries.into_iter().map(|(key, bytes)| (key, bytes.into())).collect();
    let kept: actions::Result<()> = desk.writer.write(move |tx| {
        let news = polled::News { from: &from, deliveries: &deliveries, cursor: &news.cursor };
        polled::keep(tx, id, &news, now)
    });
    if let Err(fault) = &kept {
        log::error!("what channel {id} missed could not be kept: {fault:?}");
    }
    kept.is_ok()
}
