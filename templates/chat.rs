//! The chat as a visitor of a website sees it: a page of its own, without the desk around it.

use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, html};

use super::icon::icon;
use super::message::{Shown, linked, shown_as};
use crate::domain::Timestamp;
use crate::i18n::Texts;

/// The page of a chat.
pub struct Chat<'a> {
    pub texts: Texts,
    /// The team's zone, until the browser writes the times in its own.
    pub zone: &'a TimeZone,
    /// What the team calls the chat.
    pub name: &'a str,
    pub key: &'a str,
    /// The language that the website asked for, to be asked for again by every form.
    pub asked_language: Option<&'a str>,
    pub lines: &'a [Line],
    pub since: i64,
    /// The visitor has written before.
    pub met: bool,
    /// The browser's cookie tells who it is, so that the script needs no token.
    pub from_cookie: bool,
    /// A token for a browser that had none.
    pub token: Option<&'a str>,
    pub ask_name: bool,
    pub ask_email: bool,
    /// The visitor may send files.
    pub takes_files: bool,
    /// The largest file that a visitor can send, in bytes.
    pub largest: usize,
    /// The word of the next message: the same form sent twice makes one message.
    pub word: &'a str,
    /// What was typed and could not be taken.
    pub text: &'a str,
    pub visitor_name: &'a str,
    pub email: &'a str,
    pub error: Option<&'a str>,
    /// The chat is switched off.
    pub closed: bool,
    pub style: String,
    pub accent: Option<String>,
    pub script: String,
}

/// One line of the thread.
pub struct Line {
    /// The id of the element.
    pub id: String,
    pub at: Timestamp,
    pub what: What,
}

/// What a line says.
pub enum What {
    /// The visitor wrote.
    Mine { text: String, files: Vec<File> },
    /// An agent wrote; without a name when a program did.
    Theirs { author: Option<String>, text: String, files: Vec<File> },
    /// The visitor left the chat.
    ILeft,
    /// The agent left the chat.
    TheyLeft { author: Option<String> },
}

/// A file of a line.
pub struct File {
    /// `None` while it is still on its way into the thread.
    pub href: Option<String>,
    pub name: String,
    pub media_type: String,
}

/// The whole document.
pub fn page(chat: &Chat<'_>) -> Markup {
    let t = &chat.texts;
    html! {
        (DOCTYPE)
        html lang=(t.language().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (chat.name) }
                link rel="stylesheet" href=(chat.style);
                @if let Some(accent) = &chat.accent { link rel="stylesheet" href=(accent); }
                script src=(chat.script) defer {}
            }
            body {
                main #chat data-key=(chat.key) data-since=(chat.since) data-language=[chat.asked_language]
                    data-met=[chat.met.then_some("yes")] data-cookie=[chat.from_cookie.then_some("yes")]
                    data-token=[chat.token] data-sending=(t.chat_sending()) data-sent=(t.chat_sent())
                    data-failed=(t.chat_failed()) data-again=(t.chat_again()) data-lost=(t.chat_lost())
                    data-most=(chat.largest) data-large=(t.chat_file_too_large(chat.largest / (1024 * 1024))) {
                    (head(chat))
                    div #thread role="log" aria-label=(t.chat_thread()) tabindex="0" { (log(t, chat.zone, chat.lines, chat.since, chat.met)) }
                    (foot(chat))
                }
            }
        }
    }
}

fn head(chat: &Chat<'_>) -> Markup {
    let t = &chat.texts;
    html! {
        header {
            h1 { (chat.name) }
            form #end method="post" action=(action(chat, "end")) hidden[!chat.met] {
                button type="submit" { (t.chat_end()) }
            }
            button #hide type="button" hidden aria-label=(t.chat_close()) { "×" }
        }
    }
}

fn action(chat: &Chat<'_>, what: &str) -> String {
    let language = chat.asked_language.map(|code| format!("?language={code}")).unwrap_or_default();
    format!("/chat/{}/{what}{language}", chat.key)
}

/// The thread. The script asks for it again and puts what is new in its place.
pub fn log(t: &Texts, zone: &TimeZone, lines: &[Line], since: i64, met: bool) -> Markup {
    html! {
        ol #log data-since=(since) data-met=[met.then_some("yes")] {
            @for line in lines { (one(t, zone, line)) }
        }
    }
}

fn one(t: &Texts, zone: &TimeZone, line: &Line) -> Markup {
    match &line.what {
        What::Mine { text, files } => html! {
            li.mine id=(line.id) {
                span.who { (t.chat_you()) }
                (said(t, text, files))
                small { (time(zone, line.at)) " · " (t.chat_sent()) }
            }
        },
        What::Theirs { author, text, files } => html! {
            li.theirs id=(line.id) {
                @if let Some(author) = author { span.who { (author) } }
                (said(t, text, files))
                small { (time(zone, line.at)) }
            }
        },
        What::ILeft => html! { li.event id=(line.id) { (t.chat_you_left()) " · " (time(zone, line.at)) } },
        What::TheyLeft { author } => html! {
            li.event id=(line.id) {
                @match author {
                    Some(author) => (t.chat_agent_left(author)),
                    None => (t.chat_ended()),
                }
                " · " (time(zone, line.at))
            }
        },
    }
}

fn said(t: &Texts, text: &str, files: &[File]) -> Markup {
    html! {
        @for file in files {
            @let name = if file.name.is_empty() { t.attachment_file() } else { &file.name };
            @match &file.href {
                Some(href) if shown_as(&file.media_type) == Shown::Image => {
                    a.picture href=(href) target="_blank" { img src=(href) alt=(name) loading="lazy"; }
                }
                Some(href) => p { a href=(href) target="_blank" { (name) } },
                None => p { (name) },
            }
        }
        @if !text.is_empty() { p { (linked(text)) } }
    }
}

fn time(zone: &TimeZone, at: Timestamp) -> Markup {
    let Ok(moment) = jiff::Timestamp::from_millisecond(at.0) else { return html! {} };
    let local = moment.to_zoned(zone.clone());
    html! { time datetime=(moment.strftime("%Y-%m-%dT%H:%M:%SZ")) { (local.strftime("%H:%M")) } }
}

fn foot(chat: &Chat<'_>) -> Markup {
    let t = &chat.texts;
    html! {
        footer {
            p #notice role="status" { (chat.error.unwrap_or_default()) }
            @if chat.closed {
                p.closed { (t.chat_closed()) }
            } @else {
                form #write method="post" action=(action(chat, "messages")) enctype="multipart/form-data" {
                    input type="hidden" name="word" value=(chat.word);
                    @if !chat.met { (questions(chat)) }
                    label for="text" { (t.chat_message()) }
                    div.line {
                        @if chat.takes_files {
                            label.file title=(t.chat_file()) {
                                span { (t.chat_file()) }
                                input #file type="file" name="file" aria-describedby="notice";
                                (icon("clip"))
                            }
                        }
                        textarea #text name="text" rows="1" placeholder=(t.chat_placeholder())
                            aria-describedby="notice" { (chat.text) }
                        button type="submit" { (t.chat_send()) }
                    }
                }
                noscript { p.refresh { a href=(action(chat, "").trim_end_matches('/')) { (t.chat_refresh()) } } }
            }
        }
    }
}

/// What the website asks before the first message. Nobody has to answer.
fn questions(chat: &Chat<'_>) -> Markup {
    let t = &chat.texts;
    html! {
        @if chat.ask_name || chat.ask_email {
            div.questions {
                @if chat.ask_name {
                    label { (t.chat_name()) input name="name" autocomplete="name" maxlength="80" value=(chat.visitor_name); }
                }
                @if chat.ask_email {
                    label {
                        (t.chat_email())
                        input name="email" type="email" autocomplete="email" maxlength="254" value=(chat.email);
                    }
                }
            }
        }
    }
}
