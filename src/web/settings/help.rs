//! What each channel allows (S24, S225).

use crate::channels;
use crate::domain::channel::{Kind, Settings};
use crate::store;
use crate::store::setting::key;
use crate::templates;
use crate::templates::settings::help::Entry;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// The page: first what is connected, by its own card, then every kind that is not, by the kind's card.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (connected, support) = cx.read(|connection| {
        let support = store::setting::get(connection, key::SUPPORT_URL)?;
        Ok::<_, store::Error>((store::channel::all(connection)?, support))
    })?;
    let missing = Kind::ALL.into_iter().filter(|kind| {
        *kind != Kind::Simulator && !connected.iter().any(|channel| channel.card.speaks_as == *kind)
    });
    let kinds: Vec<Entry> = missing
        .map(|kind| Entry { name: None, kind, card: channels::card(kind, &Settings::new()) })
        .collect();
    let connected = connected.into_iter().map(|channel| Entry {
        name: Some(channel.name),
        kind: channel.card.speaks_as,
        card: channel.card,
    });
    let entries: Vec<Entry> = connected.chain(kinds).collect();
    let frame = cx.frame(cx.texts.frame_help_channels())?;
    Ok(cx.page(&frame, &templates::settings::help::page(&frame, &entries, support.as_deref())))
}
