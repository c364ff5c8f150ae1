//! Asks every provider once a day whether all is well, or more often where it forgets soon, so that a channel which lost
//! its subscription or its token is noticed before customers complain. Who drops a webhook is subscribed to again by this.

use std::sync::Arc;
use std::time::Duration;

use super::{Stop, missed};
use crate::actions;
use crate::channels::{self, Provider};
use crate::desk::Desk;
use crate::domain::channel::Channel;
use crate::domain::{Id, Span};
use crate::store::{self, checkup::Asked};

/// Nobody tells this topic but the end.
pub const TOPIC: &str = "checkup";

/// How soon a bad answer is asked for again.
const ILL: Span = Span::hours(1);
/// How often one looks what is due.
const PULSE: Duration = Duration::from_secs(60);

/// Asks until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let mut rounds = missed::Rounds::new();
    while !stop.is_set() {
        let seen = desk.live.count(TOPIC);
        missed::round(desk, &mut rounds);
        for id in due(desk) {
            if stop.is_set() {
                return;
            }
            one(desk, id);
        }
        stop.wait(desk, TOPIC, seen, PULSE);
    }
}

/// Asks the providers of all channels that are due, and returns how many were asked.
pub fn drain(desk: &Desk) -> usize {
    let due = due(desk);
    for id in &due {
        one(desk, *id);
    }
    due.len()
}

/// A desk that does not know its public address cannot tell a provider where to deliver, so it does not ask:
/// the question would put a wrong address there.
fn due(desk: &Desk) -> Vec<Id<Channel>> {
    if desk.options.public_url.is_empty() {
        return Vec::new();
    }
    let now = desk.clock.now();
    let asked = desk.readers.read::<_, store::Error>(store::checkup::asked).unwrap_or_else(|fault| {
        log::error!("which channels are to be checked cannot be read: {fault}");
        Vec::new()
    });
    asked.into_iter().filter(|asked| now.since(asked.at) >= holds(asked)).map(|asked| asked.channel).collect()
}

/// How long what was answered holds.
fn holds(asked: &Asked) -> Span {
    let well = channels::provider(asked.kind).map_or(Span::days(1), Provider::holds);
    if asked.is_ill { ILL.min(well) } else { well }
}

fn one(desk: &Desk, id: Id<Channel>) {
    let account = desk.readers.read::<_, store::Error>(|c| match store::channel::get(c, id)? {
        // Under a foreign key file there is nothing to ask with, and the pages say so already.
        Some(channel) if desk.secrets(c, &channel)?.is_some() => desk.account(c, channel).map(Some),
        _ => Ok(None),
    });
    let Ok(Some(account)) = account else { return };
    let Some(provider) = channels::provider(account.channel.kind) else { return };
    let wrong = channels::wrong(&desk.test(account, provider));
    let now = desk.clock.now();
    let kept: actions::Result<()> =
        desk.writer.write(move |tx| actions::checkup::record(tx, id, &wrong, now));
    if let Err(fault) = kept {
        log::error!("the check of channel {id} could not be kept: {fault:?}");
    }
}
