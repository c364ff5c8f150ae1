//! The help, by channel: how to respond, transfer, confer and end, and how to begin (S72, S226).

use crate::channels;
use crate::domain::channel::{Card, Kind, Settings};
use crate::store;
use crate::store::setting::key;
use crate::templates::settings::guide::{self as template, Topic};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// Every channel with its articles.
pub fn index(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let support = cx.read(|c| store::setting::get(c, key::SUPPORT_URL))?;
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Simulator).collect();
    let frame = cx.frame(cx.texts.guide_title())?;
    Ok(cx.page(&frame, &template::index(&frame, &kinds, support.as_deref())))
}

/// How a conversation is begun.
pub fn outbound(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.guide_outbound())?;
    Ok(cx.page(&frame, &template::outbound(&frame)))
}

/// One article of one channel.
pub fn article(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let kind: Kind = cx.param("kind")?;
    let topic: Topic = cx.param("topic")?;
    if kind == Kind::Simulator {
        return Err(Failure::NotFound);
    }
    let card = card(cx, kind)?;
    let frame = cx.frame(template::title(&cx.texts, kind, topic))?;
    Ok(cx.page(&frame, &template::article(&frame, kind, topic, &card)))
}

/// What the channel of this kind that is connected can do, with the limits that the team chose; otherwise what any can.
fn card(cx: &Cx<'_>, kind: Kind) -> Result<Card, Failure> {
    let connected = cx.read(store::channel::all)?;
    let own = connected.into_iter().find(|channel| channel.card.speaks_as == kind);
    Ok(own.map_or_else(|| channels::card(kind, &Settings::new()), |channel| channel.card))
}
