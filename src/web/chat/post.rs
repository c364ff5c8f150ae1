//! What visitors send: a message, that they leave, and who the website says they are.

use serde_json::json;

use super::delivery::{Saying, left, said};
use super::identity;
use super::page::{self, Kept};
use super::visitor::{self, Who};
use super::{channel, speak};
use crate::actions::visitor::{self as visiting, Visitor};
use crate::desk;
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::{Refused, Span, Timestamp};
use crate::i18n::Texts;
use crate::web::brake::{self, Rate};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;
use crate::web::server::Welcome;
use crate::web::session::hash;

/// How often one visitor writes.
const WRITES: Rate = Rate { times: 10, per: Span::minutes(1) };
/// How often one network address writes: a school or an office has several visitors behind it.
const WRITES_FROM: Rate = Rate { times: 30, per: Span::minutes(1) };
/// How many new visitors one network address brings.
const BEGINS: Rate = Rate { times: 5, per: Span::hours(1) };
/// How many files one network address leaves here.
const FILES: Rate = Rate { times: 10, per: Span::minutes(10) };
/// The largest file that a visitor can send, in bytes.
pub const FILE: usize = 10 * 1024 * 1024;
/// The same with the form around it.
pub const FORM: u64 = 10 * 1024 * 1024 + 64 * 1024;
/// A form without a file.
const WORDS: u64 = 256 * 1024;
/// How often one network address shows a signed identity.
const STARTS: Rate = Rate { times: 60, per: Span::minutes(1) };

/// Why a message was not taken, in words for the visitor.
struct No {
    status: u16,
    sentence: String,
    again: Option<Timestamp>,
}

/// Only a chat that takes files gets a form with one.
pub fn expected(cx: &mut Cx<'_>) -> Result<Welcome, Failure> {
    let channel = channel(cx)?;
    let closed = channel.state == ChannelState::Disabled || channel.card.files.is_empty();
    Ok(Welcome { most: if closed { WORDS } else { FORM }, known: false })
}

/// `POST /chat/KEY/messages`.
pub fn message(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    speak(cx);
    let channel = channel(cx)?;
    let who = visitor::who(cx, &channel);
    match check(cx, &channel, &who)? {
        Ok(()) => {}
        Err(no) => return refuse(cx, &channel, &who, &no),
    }
    let visitor = described(cx, &who)?;
    let saying = Saying {
        word: cx.form.trimmed("word").to_owned(),
        text: cx.form.trimmed("text").to_owned(),
        files: std::mem::take(&mut cx.form.files).into_iter().filter(|file| !file.bytes.is_empty()).collect(),
    };
    let body = said(&visitor, &saying, cx.now);
    let (kept, now) = (channel.clone(), cx.now);
    cx.write(move |tx| {
        let address = visiting::meet(tx, &kept, &visitor, now)?;
        visiting::deliver(tx, &kept, address, (&saying.word, &body), now)
    })?;
    done(cx, &channel)
}

/// `POST /chat/KEY/end`: the visitor leaves the chat (S145).
pub fn end(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    speak(cx);
    let channel = channel(cx)?;
    let who = visitor::who(cx, &channel);
    let Some(address) = visitor::address(cx, &channel, &who)? else { return done(cx, &channel) };
    if let Err(no) = brakes(cx, &channel, &who, true) {
        return refuse(cx, &channel, &who, &no);
    }
    let visitor = described(cx, &who)?;
    let (kept, now, word) = (channel.clone(), cx.now, crate::random::key());
    cx.write(move |tx| {
        let body = left(&visitor, now);
        visiting::deliver(tx, &kept, address, (&word, &body), now)
    })?;
    done(cx, &channel)
}

/// `POST /chat/KEY/start`: the website's signed word for who its visitor is becomes a token for this page.
pub fn start(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let channel = channel(cx)?;
    let key = format!("chat start {}", brake::client(cx.request.peer));
    cx.app.brake.take(&key, STARTS, cx.now).map_err(|until| Failure::Refused(Refused::TooMany { until }))?;
    let account = cx.read(|connection| cx.app.desk.account(connection, channel.clone()))?;
    let token = cx.form.trimmed("identity");
    let Some(person) = identity::verify(token, account.get("identity_secret"), &channel.key, cx.now) else {
        return Ok(Response::json(
            401,
            json!({ "error": cx.texts.chat_not_known() }).to_string().into_bytes(),
        ));
    };
    let sealed = person.seal(cx, &channel);
    Ok(Response::json(200, json!({ "visitor": sealed }).to_string().into_bytes()))
}

/// Everything that speaks against a message, but for the rules of the desk itself.
fn check(cx: &Cx<'_>, channel: &Channel, who: &Who) -> Result<Result<(), No>, Failure> {
    let t = &cx.texts;
    let no = |status, sentence: String| Ok(Err(No { status, sentence, again: None }));
    if channel.state == ChannelState::Disabled {
        return no(409, t.chat_closed().into());
    }
    match who {
        Who::Stranger => return no(403, t.chat_no_cookie().into()),
        Who::Expired => return no(401, t.chat_not_known().into()),
        Who::Token { .. } | Who::Vouched(_) => {}
    }
    let word = cx.form.trimmed("word");
    if !(8..=64).contains(&word.len())
        || !word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    {
        return Err(Failure::Bad("word: 8 to 64 letters, digits, - or _"));
    }
    let text = cx.form.trimmed("text");
    let files = cx.form.files.iter().filter(|file| !file.bytes.is_empty());
    let (count, largest) = (files.clone().count(), files.map(|file| file.bytes.len()).max().unwrap_or(0));
    if text.is_empty() && count == 0 {
        return no(422, t.chat_empty().into());
    }
    if count > 1 || largest > FILE || (count > 0 && channel.card.files.is_empty()) {
        return no(422, t.chat_file_too_large(FILE / (1024 * 1024)));
    }
    if let Some(excess) = channel.card.text.excess(text) {
        return no(422, t.chat_too_long(i64::from(excess)));
    }
    let email = cx.form.trimmed("email");
    if !email.is_empty() && !identity::is_email(email) {
        return no(422, t.chat_bad_email().into());
    }
    let met = visitor::address(cx, channel, who)?.is_some();
    Ok(brakes(cx, channel, who, met))
}

fn brakes(cx: &Cx<'_>, channel: &Channel, who: &Who, met: bool) -> Result<(), No> {
    let (id, client) = (channel.id, brake::client(cx.request.peer));
    let value = who.value().unwrap_or_default();
    let take = |key: String, rate| cx.app.brake.take(&key, rate, cx.now);
    // The address first: whoever makes up visitor after visitor makes no bucket for each of them.
    let taken = take(format!("chat from {client}"), WRITES_FROM)
        .and_then(|()| take(format!("chat {id} {value}"), WRITES))
        .and_then(|()| {
            if cx.form.files.iter().all(|file| file.bytes.is_empty()) {
                Ok(())
            } else {
                take(format!("chat file {client}"), FILES)
            }
        })
        .and_then(|()| if met { Ok(()) } else { take(format!("chat new {client}"), BEGINS) });
    taken.map_err(|until| {
        let minutes = until.since(cx.now).whole_minutes() + 1;
        No { status: 429, sentence: cx.texts.chat_too_many(minutes), again: Some(until) }
    })
}

fn described(cx: &Cx<'_>, who: &Who) -> Result<Visitor, Failure> {
    let (token_hash, mut name, email) = match who {
        Who::Vouched(person) => (None, person.name.clone(), person.email.clone()),
        Who::Token { token, .. } => {
            let name = identity::line(cx.form.trimmed("name"), 80);
            (Some(hash(token)), name, cx.form.trimmed("email").to_owned())
        }
        Who::Stranger | Who::Expired => (None, String::new(), String::new()),
    };
    let value = who.value().unwrap_or_default();
    // A row of the inbox needs something to call somebody who said no name.
    let nameless = name.is_empty();
    if nameless {
        let short = value.strip_prefix("user:").map(str::to_owned);
        let short = short.unwrap_or_else(|| value.get(..4).unwrap_or_default().to_uppercase());
        // The team reads it, in whatever language the visitor does.
        name = Texts::new(cx.read(desk::language)?).chat_nameless(short);
    }
    Ok(Visitor { token_hash, value, name, nameless, email, language: cx.texts.language().code() })
}

/// The script is told; a plain form goes back to the page.
fn done(cx: &Cx<'_>, channel: &Channel) -> Result<Response, Failure> {
    if wants_json(cx) {
        return Ok(Response::json(200, b"{}".to_vec()));
    }
    let language = cx.query.get("language").map(|_| format!("?language={}", cx.texts.language().code()));
    Ok(Response::redirect(&format!("/chat/{}{}#write", channel.key, language.unwrap_or_default())))
}

/// Says no in a sentence, and keeps what was typed.
fn refuse(cx: &Cx<'_>, channel: &Channel, who: &Who, no: &No) -> Result<Response, Failure> {
    let mut response = if wants_json(cx) {
        Response::json(no.status, json!({ "error": no.sentence }).to_string().into_bytes())
    } else {
        let field = |name| cx.form.get(name).unwrap_or("").to_owned();
        let kept = Kept {
            text: field("text"),
            name: field("name"),
            email: field("email"),
            error: Some(no.sentence.clone()),
        };
        page::render(cx, channel, who, &kept)?
    };
    response.status = no.status;
    Ok(match no.again {
        Some(again) => {
            let seconds = again.since(cx.now).0.div_euclid(1000) + 1;
            response.with_header("Retry-After", seconds.to_string())
        }
        None => response,
    })
}

fn wants_json(cx: &Cx<'_>) -> bool {
    cx.request.headers.get("accept").is_some_and(|accepted| accepted.starts_with("application/json"))
}
