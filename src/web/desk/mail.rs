//! A mail by itself: the frame in which its HTML is shown, its original, and the letter as a download.
//!
//! The frame is a page of our own origin, because only then are its pictures fetched with the reader's session and only
//! then can the page around it see how high it is. Nothing in it can use that: no script runs there, by the sandbox of
//! the frame, by that of its own policy, and because none is left in it.

use std::collections::BTreeMap;

use maud::html;

use crate::actions::{self, reach};
use crate::domain::agent::{Role, Theme};
use crate::domain::conversation::Conversation;
use crate::domain::mail::Envelope;
use crate::domain::message::{Attachment, AttachmentState, Message};
use crate::domain::{Id, Refused};
use crate::markup::{self, Picture};
use crate::store::{self, Connection, pictures};
use crate::templates::message::{Entry, Shown, shown_as};
use crate::templates::reading::{self as template, Original, Reading};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// What the frame may do: show our pictures and its own styles, and open links in another tab.
const POLICY: &str = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";
/// How mails look that say nothing of it. Light on dark turns the lightness of every colour round and leaves pictures.
const STYLE: &str = "html{background:#fff;color:#1b1c20;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\
    body{margin:0;padding:12px;background:#fff;display:flow-root}img{max-width:100%;height:auto}\
    table{overflow-wrap:normal}pre,.text{white-space:pre-wrap;margin:0}a{color:#1d4ed8}\
    blockquote{margin:0 0 0 4px;padding-left:12px;border-left:3px solid #9aa0ab}\
    .unshown{border:1px dashed #767b86;border-radius:4px;padding:0 6px;color:#5a5f69}\
    .fold>summary{cursor:pointer;color:#5a5f69;font-size:13px;padding:8px 0}p.cut{border:1px solid #767b86;padding:8px}\
    html.dark{background:#15171d}.dark body{background:#f4f5f7;filter:invert(1) hue-rotate(180deg)}\
    .dark img{filter:invert(1) hue-rotate(180deg)}@media (prefers-color-scheme:dark){html.system{background:#15171d}\
    .system body{background:#f4f5f7;filter:invert(1) hue-rotate(180deg)}.system img{filter:invert(1) hue-rotate(180deg)}}";
/// The most that is unpacked of a letter, in bytes.
const LETTER: u64 = 64 * 1024 * 1024;
/// How much of the source is on a page, in characters.
const SOURCE: usize = 200_000;

/// A message that the viewer may see.
pub(super) fn visible(c: &Connection, cx: &Cx<'_>, id: Id<Message>) -> Result<Message, Failure> {
    let message = store::message::get(c, id)?.ok_or(Failure::NotFound)?;
    reach::conversation(c, cx.viewer()?, message.conversation)?;
    Ok(message)
}

/// The mail in its frame. `ground` turns it light on dark, `view=text` shows its text, `pictures=1` its pictures.
pub fn frame(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Message> = cx.param("id")?;
    let (message, files, shown, hosted) = cx.read(|c| {
        let message = visible(c, cx, id)?;
        let senders: Vec<&str> = sender(&message).into_iter().collect();
        let shown = !pictures::shown_of(c, &senders)?.is_empty();
        let files = store::attachment::of_messages(c, &[id])?;
        Ok::<_, Failure>((message, files, shown, store::hosted::of_message(c, id)?))
    })?;
    let body = match &message.html {
        Some(mail) if cx.query.trimmed("view") != "text" => {
            sheet(cx, (&message, mail), (&files, &hosted), shown || cx.query.trimmed("pictures") == "1")
        }
        _ => template::words(&cx.texts, &message.body).into_string(),
    };
    let theme = cx.who()?.agent.theme;
    let ground = match (cx.query.trimmed("ground"), theme) {
        (chosen @ ("dark" | "light"), _) => chosen,
        (_, Theme::System) => "system",
        (_, theme) => theme.as_str(),
    };
    let title = html! { (cx.texts.reading_original()) }.into_string();
    let page = format!(
        "<!DOCTYPE html><html lang=\"{}\" class=\"{ground}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main dir=\"auto\">{body}</main></body></html>",
        cx.texts.language().code()
    );
    Ok(Response::html(page)
        .with_header("Content-Security-Policy", POLICY)
        .with_header("Referrer-Policy", "no-referrer"))
}

/// The cleaned mail with its pictures in their places and its history folded.
fn sheet(
    cx: &Cx<'_>,
    (message, mail): (&Message, &str),
    (files, hosted): (&[Attachment], &[String]),
    remote: bool,
) -> String {
    let clean = markup::clean(mail);
    let addresses = if remote { markup::remote_pictures(&clean.html) } else { Vec::new() };
    let head = message.extra.mail.as_deref();
    let mut place = |address: &str| match address.strip_prefix("cid:") {
        Some(name) => own_picture(head, files, name),
        None if word_in(address).is_some_and(|word| hosted.iter().any(|known| known == word)) => {
            Picture::At(format!("/pictures/{}", word_in(address).unwrap_or_default()))
        }
        None => match addresses.iter().position(|known| known == address) {
            Some(number) => Picture::At(format!("/messages/{}/pictures/{number}", message.id)),
            None => Picture::Off,
        },
    };
    let shown = markup::folded(&markup::pictures(&clean.html, &mut place), cx.texts.reading_earlier());
    let cut = clean.cut.then(|| html! { p.cut { (cx.texts.reading_cut()) } }.into_string());
    shown + &cut.unwrap_or_default()
}

/// The word of one of our own pictures, in the address under which the readers of a letter find it.
fn word_in(address: &str) -> Option<&str> {
    address.rsplit_once("/pictures/")?.1.split('/').next()
}

/// A picture that came with the mail, where its bytes are those of a picture.
fn own_picture(head: Option<&Envelope>, files: &[Attachment], name: &str) -> Picture {
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    let named =
        |(known, _): &&(String, usize)| known.trim_matches(['<', '>']) == name.trim_matches(['<', '>']);
    let place = head.and_then(|head| head.inline.iter().find(named)).map(|(_, place)| *place);
    let file = place
        .and_then(|place| files.get(place))
        .filter(|file| file.state == AttachmentState::Stored && shown_as(&file.media_type) == Shown::Image);
    file.map_or(Picture::Off, |file| Picture::At(format!("/attachments/{}", file.key)))
}

fn sender(message: &Message) -> Option<&str> {
    message.extra.mail.as_ref()?.from.as_ref().map(|from| from.address.as_str())
}

/// How each mail among these messages is shown: the newest open, the others in a line.
pub(super) fn readings(
    c: &Connection,
    messages: &[Message],
) -> Result<BTreeMap<Id<Message>, Reading>, Failure> {
    let mails: Vec<&Message> = messages.iter().filter(|message| template::is_mail(message)).collect();
    let Some(newest) = mails.last().map(|message| message.id) else { return Ok(BTreeMap::new()) };
    let ids: Vec<Id<Message>> = mails.iter().map(|message| message.id).collect();
    let senders: Vec<&str> = mails.iter().filter_map(|message| sender(message)).collect();
    let (shown, letters) = (pictures::shown_of(c, &senders)?, pictures::with_letter(c, &ids)?);
    let reading = |message: &Message| Reading {
        open: message.id == newest,
        // What was written here has no pictures but our own.
        remote: message.extra.typed.is_none() && message.extra.pictured,
        shown: sender(message).is_some_and(|sender| shown.contains(sender)),
        letter: letters.contains(&message.id) && !message.extra.covered,
        height: height(&message.body),
    };
    Ok(mails.into_iter().map(|message| (message.id, reading(message))).collect())
}

/// How high a frame is for a text of this length, in pixels, where nothing can measure it.
fn height(body: &str) -> u32 {
    let lines: usize = body.lines().take(60).map(|line| 1 + line.len() / 80).sum();
    u32::try_from(lines).unwrap_or(60).clamp(3, 30) * 24 + 40
}

/// The first thing that the customer wrote in a conversation (S175).
pub fn first(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let first = cx.read(|c| {
        reach::conversation(c, cx.viewer()?, id)?;
        Ok::<_, Failure>(pictures::first_of_customer(c, id)?)
    })?;
    page(cx, first.ok_or(Failure::NotFound)?)
}

/// One mail, complete, with its full head.
pub fn original(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, cx.param("id")?)
}

fn page(cx: &Cx<'_>, id: Id<Message>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.reading_original())?;
    let page = cx.read(|c| {
        let message = visible(c, cx, id)?;
        let source =
            if is_open(c, cx, &message)? { store::mail::letter(c, id, SOURCE as u64 * 2)? } else { None };
        let letter = source.unwrap_or_default();
        let (entry, reading) = alone(c, cx, message)?;
        let (head, source) = halves(&String::from_utf8_lossy(&letter));
        let conversation = entry.message.conversation;
        Ok::<_, Failure>(Original { entry, reading, conversation, head, source })
    })?;
    Ok(cx.page(&frame, &template::original(&frame, &page)))
}

/// Whether whoever looks may see the letter as it came: words of it may be covered.
fn is_open(c: &Connection, cx: &Cx<'_>, message: &Message) -> Result<bool, Failure> {
    Ok(!message.extra.covered || actions::restricted::may_uncover(c, cx.viewer()?)?)
}

/// The head of a letter, and the beginning of the rest.
fn halves(letter: &str) -> (String, String) {
    let letter = letter.replace("\r\n", "\n");
    let (head, rest) = letter.split_once("\n\n").unwrap_or((&letter, ""));
    let bounded = |text: &str| text.chars().filter(|c| *c != '\0').take(SOURCE).collect();
    (bounded(head), bounded(rest))
}

/// A message as an entry by itself, without what could be done to it in its thread.
fn alone(c: &Connection, cx: &Cx<'_>, message: Message) -> Result<(Entry, Reading), Failure> {
    let author = match message.author {
        Some(agent) => store::thread::names(c)?.remove(&agent).unwrap_or_default(),
        None => {
            let conversation = reach::conversation(c, cx.viewer()?, message.conversation)?;
            store::contact::get(c, conversation.contact)?.map(|contact| contact.name).unwrap_or_default()
        }
    };
    let mut readings = readings(c, std::slice::from_ref(&message))?;
    let bare =
        Reading { open: true, remote: false, shown: false, letter: false, height: height(&message.body) };
    let reading = readings.remove(&message.id).unwrap_or(bare);
    let files = store::attachment::of_messages(c, &[message.id])?;
    let entry = Entry {
        message,
        author,
        mine: false,
        files,
        quote: None,
        undo: false,
        react: Vec::new(),
        reading: None,
    };
    Ok((entry, reading))
}

/// The letter as it came, to be kept.
pub fn letter(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Message> = cx.param("id")?;
    let (message, letter) = cx.read(|c| {
        let message = visible(c, cx, id)?;
        if !is_open(c, cx, &message)? {
            return Err(Refused::NeedsRole { role: Role::Admin }.into());
        }
        Ok::<_, Failure>((message, store::mail::letter(c, id, LETTER)?))
    })?;
    let letter = letter.ok_or(Failure::NotFound)?;
    let subject = message.extra.mail.map(|head| head.subject).filter(|subject| !subject.trim().is_empty());
    let name: String = subject.unwrap_or_else(|| id.to_string()).chars().take(80).collect();
    Ok(Response::download("message/rfc822", &format!("{name}.eml"))
        .with_header("Content-Security-Policy", "default-src 'none'; sandbox")
        .with_body(letter))
}

/// Shows the pictures of this sender from now on, or no longer.
pub fn decide(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Message> = cx.param("id")?;
    let message = cx.read(|c| visible(c, cx, id))?;
    let shown = cx.form.trimmed("show") == "always";
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| actions::pictures::decide(tx, &viewer, id, shown, now))?;
    Ok(super::acts::back(cx, message.conversation, ""))
}
