//! The website chat, seen by visitors: a page of its own, and a small window on other people's pages.

mod changes;
mod delivery;
mod embed;
mod files;
pub mod identity;
mod page;
mod post;
mod visitor;

use super::context::Cx;
use super::failure::Failure;
use super::routes::{Guard, Route};
use crate::domain::channel::{Channel, Kind};
use crate::i18n::{Language, Texts};
use crate::store;

/// Every URL of the website chat. Forms are refused when another site sends them; a frame on another
/// site is still our own page, so its requests are ours.
pub const ROUTES: &[Route] = &[
    Route::page("/chat/{key}", Guard::Public, page::show),
    Route::form("/chat/{key}/messages", Guard::Public, post::message)
        .up_to(post::FORM)
        .asking(post::expected),
    Route::form("/chat/{key}/end", Guard::Public, post::end),
    Route::form("/chat/{key}/start", Guard::Public, post::start),
    Route::page("/chat/{key}/changes", Guard::Public, changes::show),
    Route::page("/chat/{key}/files/{file}", Guard::Open, files::show),
    Route::page("/chat/{key}/widget", Guard::Open, embed::look),
    Route::page("/chat/{key}/accent.css", Guard::Open, embed::accent),
    Route::page("/widget.js", Guard::Open, embed::widget),
    Route::page("/chat.css", Guard::Open, embed::style),
    Route::page("/chat.js", Guard::Open, embed::script),
];

/// The website chat that the path names.
fn channel(cx: &Cx<'_>) -> Result<Channel, Failure> {
    let key: String = cx.param("key")?;
    let found = cx.read(|connection| store::channel::by_key(connection, &key))?;
    found.filter(|channel| channel.kind == Kind::Webchat).ok_or(Failure::NotFound)
}

/// Speaks the language that the website asks for; otherwise the browser's, as every page does.
fn speak(cx: &mut Cx<'_>) {
    if let Some(language) = cx.query.get("language").and_then(Language::parse) {
        cx.texts = Texts::new(language);
    }
}

/// A setting of the channel; empty when it is not set.
fn setting<'c>(channel: &'c Channel, name: &str) -> &'c str {
    channel.settings.get(name).map_or("", String::as_str)
}
