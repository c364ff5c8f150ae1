//! Messages: read page by page, sent, noted, tried again, taken back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ask;
use super::conversations::base;
use super::endpoint::{Endpoint, Gives, Param};
use super::shape::happening::{Empty, NewReaction, Retry, Settlement, Verdict};
use super::shape::message::{self as shape, Chosen, Message, NewAttachment, NewKind, NewMessage};
use super::shape::{Page, created, shown};
use crate::actions::{self, note, reach, reply, retry, settle, undo, upload};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::message::{self, Attachment};
use crate::domain::refused::Problem;
use crate::domain::template::Template;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// The largest body with files in it. Larger ones are uploaded first.
pub const INLINE: u64 = 32 * 1024 * 1024;

const LIST: &[Param] = &[
    Param::number("limit", "How many at most, 50 unless said otherwise, up to 200."),
    Param::number("before", "`next_cursor` of the page before: only messages older than this one."),
];

/// The messages of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/conversations/{id}/messages", Role::Agent, list, Gives::Page("Message"))
        .about("The newest messages, notes and event lines; within a page the oldest comes first.")
        .query(LIST),
    Endpoint::post("/api/v1/conversations/{id}/messages", Role::Agent, send, "NewMessage")
        .about("Sends a message, which opens a closed conversation and gives it to the sender, or adds a note. The same `key` again gives the same message; with `seen` it is refused when somebody wrote since. It counts as sent by a program, which some windows are closed to, unless `by` says that a person sent it.")
        .giving(Gives::Created("Message"))
        .up_to(INLINE),
    Endpoint::get("/api/v1/messages/{id}", Role::Agent, show, Gives::One("Message"))
        .about("One message, to see how far it has come."),
    Endpoint::post("/api/v1/messages/{id}/retry", Role::Agent, again, "Retry")
        .about("Sends a failed message again.")
        .giving(Gives::One("Message")),
    Endpoint::post("/api/v1/messages/{id}/react", Role::Agent, react, "NewReaction")
        .about("Reacts to a message of the customer's with an emoji of the channel's card, in place of an earlier reaction; an empty emoji takes it back.")
        .giving(Gives::One("Message")),
    Endpoint::post("/api/v1/messages/{id}/undo", Role::Agent, take_back, "Empty")
        .about("Takes back a message that has not left yet."),
    Endpoint::post("/api/v1/messages/{id}/settle", Role::Agent, decide, "Settlement")
        .about("Says what became of a message whose fate is unknown.")
        .giving(Gives::One("Message")),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let limit = ask::limit(cx)?;
    let before: Option<i64> = ask::parameter(cx, "before")?;
    let (base, viewer) = (base(cx), cx.viewer()?);
    let page = cx.read(|connection| {
        reach::conversation(connection, viewer, id)?;
        let found = store::message::thread(connection, id, before.map(Id::new), limit)?;
        let full = found.len() == limit as usize;
        let next_cursor = found.first().filter(|_| full).map(|message| message.id.to_string());
        Ok::<_, actions::Error>(Page { items: shape::gather(connection, found, &base)?, next_cursor })
    })?;
    shown(&page)
}

fn send(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let asked: NewMessage = ask::body(cx, INLINE)?;
    let key = ask::key(asked.key.clone())?;
    let (by, now) = (asked.by.of(cx.viewer()?), cx.now);
    let message = if asked.kind == NewKind::Note {
        if asked.template.is_some() || !asked.attachments.is_empty() || asked.reply_to.is_some() {
            return Err(ask::malformed("invalid_field", "a note has a body only"));
        }
        cx.write(move |tx| note::note(tx, &by, id, &asked.body, key.as_deref(), now))?
    } else {
        let files = files(asked.attachments)?;
        cx.write(move |tx| {
            let conversation = reach::conversation(tx, &by, id)?;
            let attachments = keep(tx, &by, files, key.as_deref(), now)?;
            let template = match asked.template {
                Some(template) => Some(chosen(tx, conversation.channel, template)?),
                None => None,
            };
            let order = reply::Reply {
                conversation: id,
                body: asked.body,
                template,
                attachments,
                reply_to: asked.reply_to.map(Id::new),
                seen: asked.seen.map(Id::new),
                key,
            };
            reply::reply(tx, &by, &order, now)
        })?
    };
    created(&one(cx, message)?)
}

fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    shown(&one(cx, id)?)
}

fn again(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<message::Message> = cx.param("id")?;
    let asked: Retry = ask::body(cx, ask::JSON)?;
    let (by, now) = (asked.by.of(cx.viewer()?), cx.now);
    cx.write(move |tx| retry::retry(tx, &by, id, now))?;
    shown(&one(cx, id)?)
}

fn react(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<message::Message> = cx.param("id")?;
    let asked: NewReaction = ask::body(cx, ask::JSON)?;
    let (by, now) = (asked.by.of(cx.viewer()?), cx.now);
    cx.write(move |tx| actions::react::react(tx, &by, id, asked.emoji.trim(), now))?;
    shown(&one(cx, id)?)
}

fn take_back(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<message::Message> = cx.param("id")?;
    let Empty {} = ask::body(cx, ask::JSON)?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| undo::undo(tx, &by, id, now))?;
    Ok(Response::new(204))
}

fn decide(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<message::Message> = cx.param("id")?;
    let asked: Settlement = ask::body(cx, ask::JSON)?;
    let verdict = match asked.verdict {
        Verdict::Sent => settle::Verdict::Sent,
        Verdict::SendAgain => settle::Verdict::SendAgain,
    };
    let (by, now) = (asked.by.of(cx.viewer()?), cx.now);
    cx.write(move |tx| settle::settle(tx, &by, id, verdict, now))?;
    shown(&one(cx, id)?)
}

/// The message as it is now, for those who may see its conversation.
pub(super) fn one(cx: &Cx<'_>, id: Id<message::Message>) -> Result<Message, Failure> {
    let (base, viewer) = (base(cx), cx.viewer()?);
    let mut found = cx.read(|connection| {
        let found = store::message::get(connection, id)?.ok_or(actions::Error::NotFound)?;
        reach::conversation(connection, viewer, found.conversation)?;
        Ok::<_, actions::Error>(shape::gather(connection, vec![found], &base)?)
    })?;
    found.pop().ok_or(Failure::NotFound)
}

/// A file that a message is to carry, with its bytes decoded.
pub enum File {
    Uploaded(Id<Attachment>),
    Here { name: String, media_type: String, bytes: Vec<u8> },
}

/// Decodes the files of a request, before anything is written.
pub fn files(asked: Vec<NewAttachment>) -> Result<Vec<File>, Failure> {
    let decoded = asked.into_iter().map(|file| match file {
        NewAttachment::Number(id) => Ok(File::Uploaded(Id::new(id))),
        NewAttachment::Uploaded(file) => Ok(File::Uploaded(Id::new(file.id))),
        NewAttachment::Here(file) => {
            let bytes = STANDARD.decode(file.content.trim());
            let bytes = bytes.map_err(|_| ask::malformed("invalid_field", "content is not base64"))?;
            Ok(File::Here { name: file.name, media_type: file.media_type, bytes })
        }
    });
    decoded.collect()
}

/// Keeps the files of a message. Under a key that was used before they are there already.
pub fn keep(
    tx: &Tx<'_>,
    by: &Viewer,
    files: Vec<File>,
    key: Option<&str>,
    now: Timestamp,
) -> actions::Result<Vec<Id<Attachment>>> {
    if let Some(key) = key
        && store::message::by_key(tx, key)?.is_some()
    {
        return Ok(Vec::new());
    }
    let mut kept = Vec::new();
    for file in files {
        kept.push(match file {
            File::Uploaded(id) => id,
            File::Here { name, media_type, bytes } => {
                let id = upload::begin(tx, by, &name, now)?;
                upload::append(tx, by, id, &bytes)?;
                upload::finish(tx, by, id, &media_type)?;
                id
            }
        });
    }
    Ok(kept)
}

/// A template by the name that the provider of this channel, or the team, gave it.
pub fn chosen(
    tx: &Tx<'_>,
    channel: Id<Channel>,
    asked: Chosen,
) -> actions::Result<(Id<Template>, std::collections::BTreeMap<String, String>)> {
    let own = store::template::by_name(tx, Some(channel), &asked.name, &asked.language)?;
    let found = match own {
        Some(found) => Some(found),
        None => store::template::by_name(tx, None, &asked.name, &asked.language)?,
    };
    let unknown = Refused::Field { field: "template", problem: Problem::Unknown };
    Ok((found.ok_or(unknown)?.id, asked.parameters))
}
