//! At start, every channel learns what this version of the program knows about its kind.

use crate::actions;
use crate::channels;
use crate::desk::Desk;
use crate::domain::channel::Channel;
use crate::store;

/// Rewrites the cards that differ from the program's own: limits change with versions and not with rows.
pub fn refresh(desk: &Desk) {
    let kept = desk.readers.read::<_, store::Error>(store::channel::all);
    let changed = kept.map(|kept| kept.into_iter().filter_map(renewed).collect::<Vec<Channel>>());
    let outcome = changed.map_err(actions::Error::from).and_then(|changed| {
        if changed.is_empty() {
            return Ok(());
        }
        desk.writer.write(move |tx| actions::cards::refresh(tx, &changed))
    });
    if let Err(fault) = outcome {
        log::error!("the cards of the channels could not be renewed: {fault:?}");
    }
}

fn renewed(channel: Channel) -> Option<Channel> {
    let card = channels::card(channel.kind, &channel.settings);
    (card != channel.card).then_some(Channel { card, ..channel })
}
