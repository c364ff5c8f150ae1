//! A conversation as it was at an entry of its log.

use std::collections::BTreeMap;

use crate::actions::reach;
use crate::domain::Id;
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::event::{Event, kind};
use crate::domain::message::{Kind, Message};
use crate::domain::past::{Stand, View};
use crate::store::{self, Connection};
use crate::templates::past::{self as template, Moment, Past, Said, Saw};
use crate::templates::row;
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// How many messages the page has, the newest of that moment.
const MESSAGES: u32 = 50;
/// How many moments are offered in either direction.
const MOMENTS: u32 = 30;

/// As it was at the entry that the slider names, or as it is.
pub fn newest(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let event = cx.query.trimmed("event").parse().unwrap_or(i64::MAX);
    shown(cx, event)
}

/// As it was at this entry.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let event: Id<Event> = cx.param("event")?;
    shown(cx, event.get())
}

fn shown(cx: &Cx<'_>, event: i64) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let past = cx.read(|c| load(c, cx, id, event))?;
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
    let names = store::thread::names(c)?;
    let contact = store::contact::get(c, conversation.contact)?.ok_or(Failure::NotFound)?;
    let address = store::contact::address(c, conversation.address)?.ok_or(Failure::NotFound)?;
    let name = row::name(&contact.name, &address);
    let newest = store::past::at(c, id, i64::MAX)?.map_or(at.id, |newest| newest.id);
    let stood = store::past::stood(c, id, at.id.get())?.as_ref().and_then(Stand::told);
    let queue = stood.as_ref().and_then(|stand| stand.queue);
    let queue = store::queue::of(c, queue)?.map(|queue| queue.name);
    Ok(Past {
        saw: saw(c, &at, &names)?,
        said: said(c, (id, &at), (&names, &name))?,
        moments: moments(c, id, &at, (&names, &name))?,
        assignee: stood.as_ref().and_then(|stand| stand.assignee).and_then(|id| names.get(&id).cloned()),
        queue,
        stood,
        conversation: id,
        bounds: (first.id.get(), newest.get()),
        name,
        at,
    })
}

type Names<'a> = (&'a BTreeMap<Id<Agent>, String>, &'a str);

fn author(message: &Message, (names, contact): Names<'_>) -> String {
    match (message.author.filter(|_| message.extra.writer.is_empty()), message.kind) {
        (Some(agent), _) => names.get(&agent).cloned().unwrap_or_default(),
        (None, Kind::Inbound) => contact.to_owned(),
        (None, _) => message.extra.writer.clone(),
    }
}

/// The newest messages that were there, before what became of them later.
fn said(
    c: &Connection,
    (id, at): (Id<Conversation>, &Event),
    names: Names<'_>,
) -> Result<Vec<Said>, Failure> {
    let there = store::past::messages(c, id, at, MESSAGES)?;
    Ok(there.into_iter().map(|message| Said { author: author(&message, names), message }).collect())
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
        let author = message.as_ref().map(|message| author(message, names)).unwrap_or_default();
        Moment { here: event.id == at.id, author: by.unwrap_or(author), message, event }
    });
    Ok(moments.collect())
}
