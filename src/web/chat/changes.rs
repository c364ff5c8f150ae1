//! What is new in a visitor's thread. The request waits, without a thread, until there is something.

use std::time::Duration;

use super::page::{self, dressed};
use super::visitor::{self, Who};
use super::{channel, speak};
use crate::templates::chat;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// `GET /chat/KEY/changes?since=N`: the thread, when it has entries after number N; otherwise 204, late.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    speak(cx);
    let channel = channel(cx)?;
    let who = visitor::who(cx, &channel);
    if matches!(who, Who::Expired) {
        return Ok(Response::new(401));
    }
    let since: i64 = cx.query.get("since").and_then(|since| since.parse().ok()).unwrap_or(0);
    let Some(address) = visitor::address(cx, &channel, &who)? else {
        // Nobody yet, so there is nothing to wait for: the page asks again after the first message.
        return Ok(dressed(
            &channel,
            Response::html(chat::log(&cx.texts, &cx.zone, &[], 0, false).into_string()),
        ));
    };
    let thread = cx.read(|connection| page::read(connection, &channel, address))?;
    if thread.since <= since {
        return Ok(Response::new(204).with_park(&format!("chat:{address}"), Duration::from_secs(25)));
    }
    let log = chat::log(&cx.texts, &cx.zone, &thread.lines, thread.since, true);
    Ok(dressed(&channel, Response::html(log.into_string())))
}
