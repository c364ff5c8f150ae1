//! Conversations: listed, looked at, begun.

use super::ask;
use super::endpoint::{Endpoint, Gives, Param};
use super::messages::{self, INLINE};
use super::shape::conversation::{Conversation, Telling, gather};
use super::shape::happening::NewConversation;
use super::shape::{Elsewhere, Listing, created, shown};
use crate::actions::{self, begin, reach, saved};
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::conversation::{self as thread, Sort, Status, View};
use crate::domain::filter::Part;
use crate::store::list::{self, Cursor, Query};
use crate::store::setting;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

const LIST: &[Param] = &[
    Param::text("view", "`mine`, `unassigned`, `all` (the usual), `queue:ID` or `saved:ID`."),
    Param::one_of("status", &["open", "snoozed", "closed"], "`open` unless said otherwise."),
    Param::text(
        "q",
        "Only those with contacts that this finds: part of a name or number, or an e-mail address.",
    ),
    Param::one_of(
        "sort",
        &["newest", "oldest", "waiting", "closing", "priority"],
        "`newest` unless said otherwise.",
    ),
    Param::number("channel", "Only those of this channel."),
    Param::text(
        "filter",
        "A condition such as `tag:5` or `!unread`, or a group of them as JSON: `{\"any\": [\"tag:5\", \"priority:urgent\"]}`. \
         A page may then be short although `next_cursor` says that there may be more.",
    ),
    Param::number("limit", "How many at most, 50 unless said otherwise, up to 200."),
    Param::text("cursor", "`next_cursor` of the page before."),
];

/// The conversations of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/conversations", Role::Agent, index, Gives::One("Conversations"))
        .about("A page of an inbox, as far as the token's owner may see it.")
        .query(LIST),
    Endpoint::post("/api/v1/conversations", Role::Agent, begin, "NewConversation")
        .about("Begins a conversation: writes to an address first, where the channel allows that.")
        .giving(Gives::Created("Conversation"))
        .up_to(INLINE),
    Endpoint::get("/api/v1/conversations/{id}", Role::Agent, show, Gives::One("Conversation"))
        .about("One conversation with its messaging window at this moment."),
];

fn index(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let view = match ask::parameter::<String>(cx, "view")? {
        None => View::All,
        Some(text) => View::parse(&text).ok_or_else(|| ask::malformed("invalid_parameter", "view"))?,
    };
    let status: Status = ask::parameter(cx, "status")?.unwrap_or(Status::Open);
    let sort: Sort = ask::parameter(cx, "sort")?.unwrap_or(Sort::Newest);
    let channel: Option<i64> = ask::parameter(cx, "channel")?;
    let search: Option<String> = ask::parameter(cx, "q")?;
    let after: Option<Cursor> = ask::parameter(cx, "cursor")?;
    let asked: Option<String> = ask::parameter(cx, "filter")?;
    let asked = asked.map(|text| filter(&text)).transpose()?;
    let limit = ask::limit(cx)?;
    let base = base(cx);
    let telling = Telling { texts: &cx.texts, now: cx.now, base: &base };
    let viewer = cx.viewer()?;
    let listing = cx.read(|connection| {
        let country = setting::get(connection, setting::key::COUNTRY)?;
        let filter = saved::filter(connection, viewer, view, asked)?;
        let query = Query {
            viewer,
            filter: filter.as_ref(),
            view,
            status,
            sort,
            channel: channel.map(Id::new),
            search: search.as_deref(),
            country: country.as_deref(),
            after,
            limit,
            now: cx.now,
        };
        let page = list::page(connection, &query)?;
        let found: Vec<_> = page.rows.into_iter().map(|row| row.conversation).collect();
        let elsewhere = page.elsewhere.into_iter().map(Elsewhere::of);
        Ok::<_, actions::Error>(Listing {
            items: gather(connection, &found, &telling)?,
            next_cursor: page.next.map(|cursor| cursor.to_string()),
            elsewhere: elsewhere.collect(),
            beyond: page.beyond.hits,
            beyond_more: page.beyond.more,
            complete: !page.further,
        })
    })?;
    shown(&listing)
}

/// One condition, or a group of them as JSON.
fn filter(text: &str) -> Result<Part, Failure> {
    let read = match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text).ok(),
        false => text.trim().parse().ok().map(Part::Rule),
    };
    let part = read.ok_or_else(|| ask::malformed("invalid_parameter", "filter"))?;
    part.check()?;
    Ok(part)
}

fn begin(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewConversation = ask::body(cx, INLINE)?;
    let files = messages::files(asked.attachments)?;
    let key = ask::key(asked.key)?;
    let (by, now) = (asked.by.of(cx.viewer()?), cx.now);
    let channel = Id::new(asked.channel_id);
    let id = cx.write(move |tx| {
        let attachments = messages::keep(tx, &by, files, key.as_deref(), now)?;
        let template = match asked.template {
            Some(chosen) => Some(messages::chosen(tx, channel, chosen)?),
            None => None,
        };
        let order = begin::Begin {
            channel,
            to: asked.to,
            subject: asked.subject,
            body: asked.body,
            template,
            attachments,
            key,
        };
        begin::begin(tx, &by, &order, now)
    })?;
    created(&one(cx, id)?)
}

fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    shown(&one(cx, id)?)
}

/// The conversation as it is now, for those who may see it.
pub fn one(cx: &Cx<'_>, id: Id<thread::Conversation>) -> Result<Conversation, Failure> {
    let base = base(cx);
    let telling = Telling { texts: &cx.texts, now: cx.now, base: &base };
    let viewer = cx.viewer()?;
    let mut found = cx.read(|connection| {
        let found = reach::conversation(connection, viewer, id)?;
        Ok::<_, actions::Error>(gather(connection, &[found], &telling)?)
    })?;
    found.pop().ok_or(Failure::NotFound)
}

/// Where programs reach us: the address that was set, or the one that this request was sent to.
pub fn base(cx: &Cx<'_>) -> String {
    let set = &cx.app.desk.options.public_url;
    if set.is_empty() {
        let scheme = if cx.request.https { "https" } else { "http" };
        format!("{scheme}://{}", cx.request.host)
    } else {
        set.clone()
    }
}
