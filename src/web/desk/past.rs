//! A conversation as it was at an entry of its log.

use std::collections::BTreeMap;

use crate::actions::{self, reach};
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::event::{Event, kind};
use crate::domain::message::Message;
use crate::domain::past::{Stand, View};
use crate::domain::{Id, Span, snooze};
use crate::i18n::when;
use crate::store::{self, Connection};
use crate::templates::past::{self as template, Moment, Past, Said, Saw};
use crate::templates::row;
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// How many messages the page has, the newest of that moment.
const MESSAGES: u32 = 50;
/// What is left of a minute that is named.
const MINUTE: Span = Span(59_999);
/// How many moments are offered in either direction.
const MOMENTS: u32 = 30;

/// As it was at the stop of the slider, at the moment or at the entry that is named, or as it is.
pub fn newest(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    if let Some(typed) = cx.query.get("date") {
        return at_moment(cx, id, typed.trim());
    }
    let number = |name: &str| cx.query.trimmed(name).parse::<i64>().ok();
    let event = match number("stop").and_then(|stop| usize::try_from(stop).ok()) {
        Some(stop) => {
            let (viewer, upto) = (cx.viewer()?, number("upto").unwrap_or(i64::MAX));
            let stops = cx.read(|c| {
                reach::conversation(c, viewer, id)?;
                Ok::<_, Failure>(store::past::stops(c, id, upto)?)
            })?;
            stops.get(stop.saturating_sub(1)).copied()
        }
        None => number("event"),
    };
    shown(cx, event.unwrap_or(i64::MAX), Asked::default())
}

/// What was typed into the field of a moment, and what is to be said of it.
#[derive(Default)]
struct Asked {
    typed: Option<String>,
    is_wrong: bool,
    before_all: bool,
}

/// As it was when this minute was over: pages show minutes, and what they show belongs to it.
fn at_moment(cx: &Cx<'_>, id: Id<Conversation>, typed: &str) -> Result<Response, Failure> {
    let asked = Asked { typed: Some(typed.to_owned()), ..Asked::default() };
    match snooze::chosen("date", typed, &cx.zone) {
        Err(refused) => {
            let mut response = shown(cx, i64::MAX, Asked { is_wrong: true, ..asked })?;
            response.status = Failure::Refused(refused).status();
            Ok(response)
        }
        Ok(moment) => {
            let time = moment + MINUTE;
            let viewer = cx.viewer()?;
            let at = cx.read(|c| {
                reach::conversation(c, viewer, id)?;
                Ok::<_, Failure>(store::past::at_time(c, id, time)?)
            })?;
            match at {
                Some(at) => shown(cx, at.id.get(), asked),
                None => shown(cx, 0, Asked { before_all: true, ..asked }),
            }
        }
    }
}

/// As it was at this entry.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let event: Id<Event> = cx.param("event")?;
    shown(cx, event.get(), Asked::default())
}

fn shown(cx: &Cx<'_>, event: i64, asked: Asked) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let mut past = cx.read(|c| load(c, cx, id, event))?;
    past.date = asked.typed.unwrap_or_else(|| when::field(past.at.at, &cx.zone));
    (past.is_wrong, past.before_all) = (asked.is_wrong, asked.before_all);
    let frame = cx.frame(cx.texts.past_title(&past.name))?;
    Ok(cx.page(&frame, &template::page(&frame, &past)))
}

fn load(c: &Connection, cx: &Cx<'_>, id: Id<Conversation>, event: i64) -> Result<Past, Failure> {
    let conversation = reach::conversation(c, cx.viewer()?, id)?;
    let first = store::past::first(c, id)?.ok_or(Failure::NotFound)?;
    let at = match store::past::at(c, id, event)? {
        Some(at) => at,
        None => first.clone(),
    };
    let names = store::past::names(c, at.id.get())?;
    let contact = store::contact::get(c, conversation.contact)?.ok_or(Failure::NotFound)?;
    let address = store::contact::address(c, conversation.address)?.ok_or(Failure::NotFound)?;
    let called = store::past::name(c, &conversation, at.id.get())?.unwrap_or(contact.name);
    let name = row::name(&called, Some(&address));
    let newest = store::past::at(c, id, i64::MAX)?.map_or(at.id, |newest| newest.id);
    let stops = store::past::stops(c, id, newest.get())?;
    let stop = stops.partition_point(|stop| *stop <= at.id.get()).max(1);
    let before = cx.query.trimmed("before").parse().ok();
    let (said, older) = said(c, cx.viewer()?, (id, &at, before), (&names, &name))?;
    let stood = store::past::stood(c, id, at.id.get())?.as_ref().and_then(Stand::told);
    let queue = stood.as_ref().and_then(|stand| stand.queue);
    let queue = queue.map(|queue| store::past::queue(c, queue, at.id.get())).transpose()?.flatten();
    Ok(Past {
        saw: saw(c, &at, &names)?,
        said,
        older,
        subject: conversation.subject,
        date: String::new(),
        is_wrong: false,
        before_all: false,
        moments: moments(c, id, &at, (&names, &name))?,
        assignee: stood.as_ref().and_then(|stand| stand.assignee).and_then(|id| names.get(&id).cloned()),
        queue,
        stood,
        conversation: id,
        stop: (stop, stops.len().max(1)),
        newest,
        name,
        at,
    })
}

type Names<'a> = (&'a BTreeMap<Id<Agent>, String>, &'a str);

/// The newest messages that were there below the number `before`, before what became of them later; and the number below
/// which there are more.
fn said(
    c: &Connection,
    viewer: &Viewer,
    (id, at, before): (Id<Conversation>, &Event, Option<Id<Message>>),
    names: Names<'_>,
) -> Result<(Vec<Said>, Option<Id<Message>>), Failure> {
    let mut there = actions::past::said(c, viewer, id, at, (before, MESSAGES + 1))?;
    let older = there.len() > MESSAGES as usize;
    if older {
        there.remove(0);
    }
    let older = there.first().map(|first| first.id).filter(|_| older);
    let ids: Vec<Id<Message>> =
        there.iter().filter(|one| !actions::past::is_withheld(one)).map(|one| one.id).collect();
    let files = store::attachment::of_messages(c, &ids)?;
    let said = there.into_iter().map(|message| {
        let own =
            files.iter().filter(|file| file.message == Some(message.id) && message.revoked_at.is_none());
        let author = if actions::past::is_withheld(&message) {
            String::new()
        } else {
            message.author_name(names.0, names.1)
        };
        Said { author, files: own.map(|file| file.name.clone()).collect(), message }
    });
    Ok((said.collect(), older))
}

/// What whoever sent the message of this entry had before them.
fn saw(c: &Connection, at: &Event, names: &BTreeMap<Id<Agent>, String>) -> Result<Option<Saw>, Failure> {
    if at.kind != kind::MESSAGE_QUEUED {
        return Ok(None);
    }
    let Some(view) = View::told(at) else { return Ok(None) };
    let newest = view.newest.map(|id| store::message::get(c, id)).transpose()?.flatten();
    Ok(Some(Saw {
        by: at.agent.and_then(|agent| names.get(&agent).cloned()).unwrap_or_default(),
        window: view.window,
        newest: newest.map(|message| message.id),
    }))
}

/// The moments around this one, oldest first.
fn moments(
    c: &Connection,
    id: Id<Conversation>,
    at: &Event,
    names: Names<'_>,
) -> Result<Vec<Moment>, Failure> {
    let mut events = store::past::before(c, id, at.id.get(), MOMENTS)?;
    events.reverse();
    events.extend(store::past::after(c, id, at.id.get(), MOMENTS)?);
    let ids: Vec<Id<Message>> = events.iter().filter_map(|event| event.message).collect();
    let messages = store::message::many(c, &ids)?;
    let moments = events.into_iter().map(|event| {
        let message = messages.iter().find(|message| Some(message.id) == event.message).cloned();
        let by = event.agent.and_then(|agent| names.0.get(&agent).cloned());
        let author =
            message.as_ref().map(|message| message.author_name(names.0, names.1)).unwrap_or_default();
        Moment { here: event.id == at.id, author: by.unwrap_or(author), message, event }
    });
    Ok(moments.collect())
}
