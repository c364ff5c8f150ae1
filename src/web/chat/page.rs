//! The page of a chat: the visitor's thread and a place to write.

use super::visitor::{self, Who};
use super::{channel, delivery, embed, setting, speak};
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::contact::Address;
use crate::domain::message::{AttachmentState, Kind};
use crate::domain::{Id, event};
use crate::random;
use crate::store::{self, Connection};
use crate::templates::chat::{self, Chat, File, Line, What};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// How many lines the page shows.
const MOST: u32 = 100;

/// What a visitor may see at one moment.
pub struct Thread {
    pub lines: Vec<Line>,
    /// The newest entry of the log that is shown.
    pub since: i64,
}

/// `GET /chat/KEY`.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    speak(cx);
    let channel = channel(cx)?;
    let who = visitor::who(cx, &channel);
    render(cx, &channel, &who, &Kept::default())
}

/// What is kept in the fields when a message could not be taken.
#[derive(Default)]
pub struct Kept {
    pub text: String,
    pub name: String,
    pub email: String,
    pub error: Option<String>,
}

/// The whole page, as its visitor may see it.
pub fn render(cx: &Cx<'_>, channel: &Channel, who: &Who, kept: &Kept) -> Result<Response, Failure> {
    let address = visitor::address(cx, channel, who)?;
    let thread = match address {
        Some(address) => cx.read(|connection| read(connection, channel, address))?,
        None => Thread { lines: Vec::new(), since: 0 },
    };
    // A browser without a token gets one now; it means nothing until the first message.
    let (given, from_cookie) = match who {
        Who::Stranger => (Some(random::token()), false),
        Who::Token { from_cookie, .. } => (None, *from_cookie),
        Who::Vouched(_) | Who::Expired => (None, false),
    };
    let page = Chat {
        texts: cx.texts,
        zone: &cx.zone,
        name: &channel.name,
        key: &channel.key,
        asked_language: cx.query.get("language").map(|_| cx.texts.language().code()),
        lines: &thread.lines,
        since: thread.since,
        met: address.is_some(),
        from_cookie,
        token: given.as_deref(),
        ask_name: setting(channel, "ask_name") == "yes",
        ask_email: setting(channel, "ask_email") == "yes",
        takes_files: !channel.card.files.is_empty(),
        largest: super::post::FILE,
        word: &random::key(),
        text: &kept.text,
        visitor_name: &kept.name,
        email: &kept.email,
        error: kept.error.as_deref(),
        closed: channel.state == ChannelState::Disabled,
        style: embed::url("chat.css"),
        accent: embed::accent_of(channel).map(|_| format!("/chat/{}/accent.css", channel.key)),
        script: embed::url("chat.js"),
    };
    let response = dressed(channel, Response::html(chat::page(&page).into_string()));
    Ok(match &given {
        Some(token) => response.with_header("Set-Cookie", visitor::set_cookie(cx, channel, token)),
        None => response,
    })
}

/// Every answer with a page in it says where it may be framed.
pub fn dressed(channel: &Channel, response: Response) -> Response {
    response
        .with_header("Content-Security-Policy", embed::policy(channel))
        .with_header("Vary", "Cookie, X-Visitor")
}

/// What this visitor may see.
pub fn read(connection: &Connection, channel: &Channel, address: Id<Address>) -> store::Result<Thread> {
    // The number first: what comes in between is then shown twice rather than never.
    let since = store::visitor::latest_event(connection, address, channel.id)?;
    let mut lines = Vec::new();
    for line in store::visitor::thread(connection, address, channel.id, MOST)? {
        lines.extend(shown(channel, line));
    }
    for waiting in store::visitor::waiting(connection, address, channel.id)? {
        lines.extend(safe_here(&waiting, &lines));
    }
    Ok(Thread { lines, since })
}

fn shown(channel: &Channel, line: store::visitor::Line) -> Option<Line> {
    let message = line.message;
    // An assistant has a name as well (S89).
    let writer = Some(&message.extra.writer).filter(|writer| !writer.is_empty());
    let author = writer.cloned().or(line.author);
    let stored = line.files.into_iter().filter(|file| file.state == AttachmentState::Stored);
    let files = stored.map(|file| File {
        href: Some(format!("/chat/{}/files/{}", channel.key, file.key)),
        name: file.name,
        media_type: file.media_type,
    });
    let what = match message.kind {
        Kind::Note => return None,
        Kind::Inbound => What::Mine { text: message.body, files: files.collect() },
        Kind::Outbound => What::Theirs { author, text: message.body, files: files.collect() },
        Kind::Event => match message.body.as_str() {
            event::kind::CONTACT_LEFT => What::ILeft,
            event::kind::CONVERSATION_CLOSED if setting(channel, "announce_end") != "no" => {
                What::TheyLeft { author }
            }
            _ => return None,
        },
    };
    let id = match (&what, message.provider_id) {
        (What::Mine { .. }, Some(word)) => mine(&word),
        _ => format!("m{}", message.id),
    };
    Some(Line { id, at: message.at, what })
}

/// A message that is on the disk and not yet in the thread is shown as what it is: sent.
fn safe_here(waiting: &store::visitor::Waiting, lines: &[Line]) -> Option<Line> {
    let word = waiting.dedupe_key.rsplit(':').next()?;
    let id = mine(word);
    if lines.iter().any(|line| line.id == id) {
        return None;
    }
    let (text, names) = delivery::read(&waiting.body)?;
    let file = |name| File { href: None, name, media_type: String::new() };
    let files = names.into_iter().map(file).collect();
    Some(Line { id, at: waiting.received_at, what: What::Mine { text, files } })
}

/// The element of a message of the visitor: by the word that the browser made, so that its script finds
/// again what it has shown before the desk knew of it.
fn mine(word: &str) -> String {
    format!("c{word}")
}
