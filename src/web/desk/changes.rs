//! What changed while somebody looks: the same pieces as the page, made again. A request that finds nothing new
//! is kept by the front until something is, so that an idle browser costs no thread.

use std::collections::BTreeSet;
use std::time::Duration;

use maud::{Markup, html};

use super::conversation::{self, Ask};
use super::{inbox, notices, place};
use crate::actions::reach;
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::conversation::Conversation;
use crate::domain::event::{Event, kind};
use crate::store::{self, event};
use crate::templates::frame::{self, Frame};
use crate::templates::thread::{self as thread_page, Thread};
use crate::templates::{
    announcements, board, chip, composer, handing, header, inbox as inbox_page, labels,
    notices as notice_page, work, wrapping,
};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// How long the front keeps a request that finds nothing new.
const PATIENCE: Duration = Duration::from_secs(25);
/// After so many entries the page is made anew whatever they are.
const MANY: u32 = 200;

/// Nothing yet, or the pieces that are new.
pub fn changes(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let since: i64 = cx.query.trimmed("since").parse().map_err(|_| Failure::Bad("since"))?;
    let open: Option<Id<Conversation>> = cx.query.trimmed("c").parse().ok();
    let others = match look(cx, open) {
        Ok(others) => others,
        // It was erased, or moved out of sight: the page says so, and goes on with the rest.
        Err(Failure::NotFound) => return gone(cx),
        Err(other) => return Err(other),
    };
    let news = cx.read(|c| event::after(c, since, MANY))?;
    let concerns = News::of(&news, open);
    let listed = cx.query.get("list").is_some() || open.is_some();
    let told = cx.read(|c| store::notice::unseen(c, cx.viewer()?.agent).map_err(Failure::from))?.mark();
    let news_of_mine = cx.query.get("told").is_some_and(|shown| shown != told);
    let live = cx.query.trimmed("live");
    let quiet = !(concerns.work || news_of_mine || (concerns.list && (listed || live == "board")));
    if quiet && others == cx.query.trimmed("others") {
        let seen = news.last().map_or(since, |last| last.id.get());
        return Ok(with_marks(Response::new(204), seen, &told).with_park(event::DESK, PATIENCE));
    }
    let frame = cx.frame("")?;
    let seen = frame.cursor;
    let pieces =
        pieces(cx, &frame, open.filter(|_| concerns.thread || others != cx.query.trimmed("others")))?;
    Ok(with_marks(Response::html(pieces.into_string()), seen, &told))
}

/// What is new where the conversation that is open is not there any more.
fn gone(cx: &Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame("")?;
    let told = cx.read(|c| store::notice::unseen(c, cx.viewer()?.agent).map_err(Failure::from))?.mark();
    let pieces = html! {
        template data-target="reply" { (composer::gone(&cx.texts)) }
        template data-target="readers" { (header::nobody()) }
        template data-target="chip" { span #chip {} }
        (pieces(cx, &frame, None)?)
    };
    Ok(with_marks(Response::html(pieces.into_string()), frame.cursor, &told))
}

/// With how far this answer has seen the log, and the notices of whoever asks.
fn with_marks(response: Response, seen: i64, told: &str) -> Response {
    response.with_header("X-Transom-Cursor", seen.to_string()).with_header("X-Transom-Told", told)
}

/// What the new entries of the log concern.
struct News {
    /// What is held out or announced, or the state of somebody.
    work: bool,
    list: bool,
    thread: bool,
}

impl News {
    fn of(news: &[Event], open: Option<Id<Conversation>>) -> News {
        let many = news.len() >= MANY as usize;
        let list = many || news.iter().any(|entry| entry.conversation.is_some() || entry.contact.is_some());
        let work = many
            || news.iter().any(|e| {
                e.kind.starts_with("offer.")
                    || e.kind.starts_with("conference.")
                    || e.kind.starts_with("wrapup.")
                    || e.kind == kind::AGENT_STATE
                    || e.kind == kind::ANNOUNCEMENT_CHANGED
            });
        let ours = |entry: &Event| entry.conversation.is_some() && entry.conversation == open;
        let contact = |entry: &Event| entry.conversation.is_none() && entry.contact.is_some();
        let thread = many
            || news.iter().any(|entry| ours(entry) || contact(entry) || entry.kind.starts_with("channel."));
        News { work, list: list || thread, thread }
    }
}

/// Notes that the viewer looks at the conversation, and says who else does, in one word to compare.
fn look(cx: &Cx<'_>, open: Option<Id<Conversation>>) -> Result<String, Failure> {
    let Some(open) = open else { return Ok(String::new()) };
    let who = cx.who()?;
    cx.read(|c| reach::conversation(c, &who.viewer, open))?;
    if cx.query.get("away").is_none() && cx.app.presence.reads(open, &who.agent, cx.now) {
        cx.app.desk.live.tell(&BTreeSet::from([event::DESK.to_owned()]));
    }
    Ok(header::mark(&cx.app.presence.others(open, who.agent.id, cx.now)))
}

fn pieces(cx: &Cx<'_>, frame: &Frame, open: Option<Id<Conversation>>) -> Result<Markup, Failure> {
    let place = place::of(cx);
    let listed = cx.query.get("list").is_some();
    let current: Option<Id<Conversation>> = cx.query.trimmed("c").parse().ok();
    let (list, thread) = cx.read(|c| {
        let list = if listed { Some(inbox::load(c, cx, &place, current)?) } else { None };
        let ask = Ask { place: place.clone(), ..Ask::default() };
        let thread = open.map(|id| conversation::gather(c, cx, id, ask)).transpose()?;
        Ok::<_, Failure>((list, thread))
    })?;
    let t = &frame.texts;
    let live = match cx.query.trimmed("live") {
        "offers" => frame.work.as_ref().map(|held| work::whole(frame, held)),
        "board" if cx.viewer()?.must_be(Role::Supervisor).is_ok() => {
            Some(board::whole(frame, &cx.read(|c| super::super::work::board(c, cx))?))
        }
        "notices" => Some(cx.read(|c| notices::load(c, cx)).map(|list| notice_page::whole(frame, &list))?),
        _ => None,
    };
    Ok(html! {
        @if let Some(live) = &live { template data-target="live" { (live) } }
        template data-target="failed" { (frame::failed(frame)) }
        template data-target="announcements" data-rows { (announcements::above(frame)) }
        @if let Some(held) = &frame.work {
            @if held.dealt { template data-target="state" { (work::control(frame, held)) } }
            template data-target="rona" { (work::rona(frame, held)) }
            template data-target="offers-all" { (work::together(frame, held)) }
            template data-target="offers" data-rows { (work::stack(frame, held)) }
            template data-target="wrapups" data-rows { (wrapping::stack(frame, &held.wrapups)) }
            template data-target="asked" data-rows { (handing::own(frame, &held.asked)) }
        }
        @if let Some(list) = &list {
            template data-target="counts" { (inbox_page::counts(t, list)) }
            template data-target="list" data-rows { (inbox_page::rows(frame, list)) }
        }
        @if let Some(thread) = &thread { (of_thread(frame, thread)) }
    })
}

fn of_thread(frame: &Frame, thread: &Thread) -> Markup {
    let t = &frame.texts;
    html! {
        template data-target="messages" data-rows { (thread_page::entries(frame, thread)) }
        template data-target="top" { (header::top(frame, &thread.header)) }
        template data-target="labels" { (labels::bar(frame, &thread.labels, &thread.header)) }
        template data-target="readers" { (header::readers(t, &thread.header)) }
        template data-target="chip" { span #chip { (chip::window(t, &thread.composer.window, frame.now)) } }
        template data-target="reply" { (composer::reply(frame, &thread.composer, &thread.header)) }
    }
}
