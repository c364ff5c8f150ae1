//! The composer: one face for each state of the window, word for word.

use maud::{Markup, html};

use super::chip;
use super::frame::Frame;
use super::header::Header;
use super::icon::icon;
use super::later;
use super::letter::{self, Letter};
use super::picker::{self, Picker};
use crate::domain::agent::Role;
use crate::domain::channel::{Card, ChannelState};
use crate::domain::draft;
use crate::domain::keys::Act;
use crate::domain::limit::Unit;
use crate::domain::message::{Attachment, Message};
use crate::domain::template::Template;
use crate::domain::window::{After, Blocked, Content, Sender, Window};
use crate::domain::{Id, Span, Timestamp};
use crate::i18n::{Texts, kind, refusal, when};

/// What the composer knows.
pub struct Composer {
    pub window: Window,
    pub card: Card,
    pub state: ChannelState,
    /// When the customer last wrote here.
    pub last_wrote: Option<Timestamp>,
    pub reply: String,
    pub note: String,
    pub mode: draft::Kind,
    /// The newest message on the page; the answer says that its writer saw it.
    pub seen: Option<Id<Message>>,
    /// One-time keys of the two forms.
    pub keys: (String, String),
    pub saved: Vec<Template>,
    pub picker: Picker,
    pub problem: Option<Problem>,
    /// Another address of the person that has an open way: its words, and where.
    pub instead: Option<(String, String)>,
    /// Files that were uploaded with an answer which was then refused.
    pub files: Vec<Attachment>,
    /// When an answer that was refused was to be sent.
    pub later: later::Chosen,
    pub enter_sends: bool,
    /// Where mails are answered: how.
    pub letter: Option<Letter>,
    /// The contact is blocked, or asked not to be written to.
    pub closed_off: Option<&'static str>,
}

/// How many saved replies the menus hold; the list has them all.
pub const QUICK: usize = 20;

/// Why what was written did not go.
pub struct Problem {
    pub sentence: String,
    /// Sending once more, knowing it, makes sense: the name and the value with which the button says so.
    pub anyway: Option<(&'static str, &'static str)>,
}

/// The composer under the thread.
pub fn section(frame: &Frame, composer: &Composer, head: &Header) -> Markup {
    let t = &frame.texts;
    let mode = |kind: draft::Kind| (kind == composer.mode).then_some("");
    html! {
        section.composer #composer aria-label=(t.composer_title()) {
            div.modes {
                label { input type="radio" name="mode" value="reply" checked=[mode(draft::Kind::Reply)] data-act="reply" aria-keyshortcuts=[frame.key(Act::Reply)]; span { (t.composer_reply()) } }
                label { input #mode-note type="radio" name="mode" value="note" checked=[mode(draft::Kind::Note)] data-act="note" aria-keyshortcuts=[frame.key(Act::Note)]; span { (t.composer_note()) } }
                span #chip { (chip::window(t, &composer.window, frame.now)) }
            }
            (reply(frame, composer, head))
            (note(frame, composer, head))
        }
    }
}

/// The half for the customer; also sent again by live changes, but only taken when its state has changed, so
/// that nobody loses a text or the caret.
pub fn reply(frame: &Frame, composer: &Composer, head: &Header) -> Markup {
    let state = match composer.window {
        _ if composer.closed_off.is_some() => "off",
        Window::Open { .. } | Window::Unlimited => "open",
        other => other.as_str(),
    };
    html! { div.reply #reply data-state=(state) { (way(frame, composer, head)) } }
}

/// What the window allows. A new state does not compile until it has a face here.
pub fn way(frame: &Frame, composer: &Composer, head: &Header) -> Markup {
    let t = &frame.texts;
    if let Some(why) = composer.closed_off {
        return wall(t.window_blocked(), why, &html! {});
    }
    if composer.picker.chosen.is_some() || composer.picker.listed.is_some() {
        return picker::section(frame, composer, head);
    }
    match composer.window {
        Window::Unlimited => open(frame, composer, head, session(frame, composer)),
        // Where a person may go on by hand nothing closes on whoever writes here.
        Window::Open { closes, .. }
            if closes.since(frame.now) <= Span::hours(2) && composer.card.window.person.is_none() =>
        {
            open(frame, composer, head, Some(closing(t, composer, head, &when::clock(closes, &frame.zone))))
        }
        Window::Open { .. } => open(frame, composer, head, None),
        Window::PersonOnly { closes } => {
            let until = when::full(t, closes, frame.now, &frame.zone);
            let hours = composer.card.window.free.map(|free| when::span(t, free)).unwrap_or_default();
            open(frame, composer, head, Some(t.composer_person_only(hours, until, label(t, composer))))
        }
        Window::TemplateOnly { .. } => template_only(frame, composer, head),
        Window::Blocked { why } => blocked(frame, composer, head, why),
    }
}

/// The name of the channel whose rules hold.
fn label(t: &Texts, composer: &Composer) -> &'static str {
    kind::name(t, composer.card.speaks_as)
}

/// What an answer costs where that depends on how long ago the customer wrote.
fn session(frame: &Frame, composer: &Composer) -> Option<String> {
    let t = &frame.texts;
    let length = composer.card.session?;
    let ends = composer.last_wrote.map(|at| at + length).filter(|ends| *ends > frame.now);
    Some(match ends {
        Some(ends) => t.composer_session(label(t, composer), when::point(t, ends, frame.now, &frame.zone)),
        None => t.composer_session_over(label(t, composer)),
    })
}

fn closing(t: &Texts, composer: &Composer, head: &Header, at: &str) -> String {
    let channel = label(t, composer);
    match composer.card.window.after {
        After::Template => t.composer_closing_template(channel, at),
        After::Nothing => t.composer_closing_blocked(channel, at, &head.name),
    }
}

/// How long an answer may be, for the counter below its field.
pub struct Measure {
    pub most: u32,
    pub unit: &'static str,
    /// What is said of one character too many, and of more of them.
    pub one: String,
    pub other: String,
    /// What is to be said of the answer as it stands.
    pub too_long: Option<String>,
}

impl Measure {
    /// Of what the channel takes.
    pub fn of(t: &Texts, composer: &Composer) -> Measure {
        let limit = composer.card.text;
        Measure {
            most: limit.most,
            unit: match limit.unit {
                Unit::Characters => "characters",
                Unit::Utf16 => "utf16",
                Unit::Bytes => "bytes",
            },
            one: t.refusal_too_long(1),
            other: t.refusal_too_long(987_654_321),
            too_long: limit.excess(&composer.reply).map(|excess| t.refusal_too_long(i64::from(excess))),
        }
    }
}

/// A text may be written.
fn open(frame: &Frame, composer: &Composer, head: &Header, line: Option<String>) -> Markup {
    let t = &frame.texts;
    if let Some(letter) = &composer.letter {
        return html! { (down(frame, composer, head)) (problem(frame, composer, head)) (letter::form(frame, composer, letter, head)) };
    }
    let measure = Measure::of(t, composer);
    html! {
        @if let Some(line) = line { p.quiet.window { (line) } }
        (down(frame, composer, head))
        (problem(frame, composer, head))
        form.write #reply-form method="post" action=(head.action("messages")) enctype="multipart/form-data"
            data-draft=(head.action("draft")) data-enter=[composer.enter_sends.then_some("sends")]
            data-most=(measure.most) data-unit=(measure.unit) data-sms=[(composer.card.speaks_as == crate::domain::channel::Kind::Sms).then_some("")]
            data-one=(measure.one) data-other=(measure.other) data-parts=(t.composer_parts("{}")) {
            (frame.token())
            input type="hidden" name="kind" value="reply";
            input type="hidden" name="key" value=(composer.keys.0);
            @if let Some(seen) = composer.seen { input type="hidden" name="seen" value=(seen); }
            @for file in &composer.files {
                label.check.kept { input type="checkbox" name="attachment" value=(file.id) checked; span { (file.name) } small { (refusal::size(file.size)) } }
            }
            textarea name="body" rows="2" aria-label=(t.composer_write_to(&head.name)) placeholder=(t.composer_write_to(&head.name))
                aria-describedby="too-long" dir="auto" aria-invalid=[measure.too_long.as_ref().map(|_| "true")] { (composer.reply) }
            p.error #too-long role="alert" { @if let Some(too_long) = &measure.too_long { (too_long) } }
            div.tools {
                @if !composer.card.files.is_empty() {
                    label.button.attach { (icon("clip")) span { (t.composer_attach()) }
                        input.hidden type="file" name="file" multiple[composer.card.files_per_message > 1] accept=(accepted(&composer.card)); }
                }
                (saved(t, composer, head))
                @if !composer.picker.templates.is_empty() || !composer.saved.is_empty() { a.button href=(picker::list_href(head)) { (t.composer_templates()) } }
                span.files {}
                span.count aria-hidden="true" {}
                button.button.main type="submit" data-busy=(t.thread_sending()) {
                    (icon("send")) (t.composer_send()) " " kbd { @if composer.enter_sends { (t.frame_enter()) } @else { "Ctrl " (t.frame_enter()) } }
                }
                (later::menu(frame, &composer.later.at))
            }
        }
    }
}

fn accepted(card: &Card) -> String {
    let types: Vec<&str> = card.files.iter().flat_map(|rule| rule.types.iter().map(String::as_str)).collect();
    if types.contains(&"*/*") { String::new() } else { types.join(",") }
}

/// Saved replies: a link that puts the text into the field, so that it works without scripts.
fn saved(t: &Texts, composer: &Composer, head: &Header) -> Markup {
    let joint = if head.here().contains('?') { "&" } else { "?" };
    html! {
        @if !composer.saved.is_empty() {
            details.menu.up name="act" {
                summary.button { (icon("book")) span { (t.composer_saved()) } }
                ul {
                    @for reply in composer.saved.iter().take(QUICK) {
                        li { a href={ (head.here()) (joint) "saved=" (reply.id) } data-insert=[reply.is_ready().then_some(&reply.body)] { (reply.name) } }
                    }
                    @if composer.saved.len() > QUICK { li { a href=(picker::list_href(head)) { (t.templates_all()) } } }
                }
            }
        }
    }
}

fn down(frame: &Frame, composer: &Composer, head: &Header) -> Markup {
    let t = &frame.texts;
    let admin = frame.agent.as_ref().is_some_and(|agent| agent.role == Role::Admin);
    let sentence = match composer.state {
        ChannelState::Enabled => return html! {},
        ChannelState::Broken => t.composer_broken(&head.channel_name),
        ChannelState::Disabled => t.composer_disabled(&head.channel_name),
    };
    html! {
        p.down role="status" {
            (sentence)
            @if admin { " " a href={ "/settings/channels/" (head.conversation.channel) } { (t.composer_reconnect()) } }
        }
    }
}

fn problem(frame: &Frame, composer: &Composer, head: &Header) -> Markup {
    let t = &frame.texts;
    let (form, anyway) = match composer.window.allows(Sender::Person, Content::Free) {
        true => ("reply-form", t.composer_send_anyway()),
        false => ("window-form", t.later_keep_anyway()),
    };
    html! {
        @if let Some(problem) = &composer.problem {
            div.flash.bad.slim role="alert" {
                span { (problem.sentence) }
                @if let Some((name, value)) = problem.anyway {
                    button.button.edged type="submit" form=(form) name=(name) value=(value) { (anyway) }
                } @else if !composer.picker.templates.is_empty() && !matches!(composer.window, Window::Open { .. } | Window::Unlimited) {
                    a.button.edged href=(picker::list_href(head)) { (t.composer_choose_template()) }
                }
            }
        }
    }
}

/// No field: a heading, a sentence, and always a way on.
fn wall(title: &str, sentence: &str, ways: &Markup) -> Markup {
    html! { div.wall { h2 { (title) } p { (sentence) } div.line { (ways) } } }
}

fn template_only(frame: &Frame, composer: &Composer, head: &Header) -> Markup {
    let t = &frame.texts;
    let channel = label(t, composer);
    let none = composer.picker.templates.is_empty();
    let admin = frame.agent.as_ref().is_some_and(|agent| agent.role == Role::Admin);
    let ways = html! {
        @if none {
            span.quiet { (t.composer_no_template()) " " @if !admin { (t.composer_ask_admin()) } }
            @if admin { a.button.main href="/settings/templates" { (t.composer_add_template()) } }
        } @else { a.button.main href=(picker::list_href(head)) { (t.composer_choose_template()) } }
        (note_button(t))
    };
    html! {
        (down(frame, composer, head))
        (problem(frame, composer, head))
        @if let Some(wrote) = composer.last_wrote {
            @let rule = composer.card.window.free.map(|free| when::rule(t, free)).unwrap_or_default();
            @let at = when::full(t, wrote, frame.now, &frame.zone);
            (wall(&t.composer_closed_title(rule), &t.composer_closed_template(&head.name, at, channel), &ways))
        } @else {
            (wall(t.composer_never_title(), &t.composer_never_template(&head.name, channel), &ways))
        }
        (later::for_window(frame, composer, head))
    }
}

fn blocked(frame: &Frame, composer: &Composer, head: &Header, why: Blocked) -> Markup {
    let t = &frame.texts;
    let channel = label(t, composer);
    let ways = html! {
        @if let Some((words, href)) = &composer.instead { a.button.main href=(href) { (words) } }
        (note_button(t))
    };
    let rule = &composer.card.window;
    let length = rule.person.or(rule.free).map(|length| when::span(t, length)).unwrap_or_default();
    html! {
        (problem(frame, composer, head))
        @match why {
            Blocked::CountedOut { allowed, .. } => {
                (wall(t.composer_counted_title(), &t.composer_counted(channel, allowed, &head.name), &ways))
            }
            Blocked::NeverWrote => {
                (wall(&t.composer_blocked_title(channel), &t.composer_blocked_never(&head.name, channel), &ways))
            }
            Blocked::Closed { .. } => {
                @let at = composer.last_wrote.map(|at| when::date(t, at, frame.now, &frame.zone)).unwrap_or_default();
                (wall(&t.composer_blocked_title(channel), &t.composer_blocked(channel, length, &head.name, at), &ways))
            }
        }
        (later::for_window(frame, composer, head))
    }
}

/// In place of the half for the customer where the conversation is gone while somebody looks at it. What was typed comes
/// into its field.
pub fn gone(t: &Texts) -> Markup {
    html! { div.reply #reply data-state="gone" { (lost(t, "")) } }
}

/// A conversation that is not there any more, with what somebody wrote in it.
pub fn lost(t: &Texts, text: &str) -> Markup {
    html! {
        (wall(t.composer_gone_title(), t.composer_gone(), &html! { a.button.edged href="/inbox" { (t.failure_back()) } }))
        div.field { label for="unsent" { (t.composer_unsent()) } textarea id="unsent" readonly rows="4" dir="auto" { (text) } }
    }
}

fn note_button(t: &Texts) -> Markup {
    html! { label.button.edged for="mode-note" { (icon("note")) (t.composer_write_note()) } }
}

fn note(frame: &Frame, composer: &Composer, head: &Header) -> Markup {
    let t = &frame.texts;
    html! {
        form.write.noting method="post" action=(head.action("messages")) data-draft=(head.action("draft")) {
            (frame.token())
            input type="hidden" name="kind" value="note";
            input type="hidden" name="key" value=(composer.keys.1);
            @if composer.mode == draft::Kind::Note { (problem(frame, composer, head)) }
            textarea id="note-field" name="body" rows="2" aria-label=(t.composer_note_hint()) placeholder=(t.composer_note_hint()) dir="auto" data-people=(head.action("people")) aria-autocomplete="list" aria-controls="nameable" { (composer.note) }
            ul.nameable #nameable role="listbox" aria-label=(t.notice_nameable()) hidden {}
            div.tools { span.count {} span.quiet { (t.notice_hint()) } button.button.main type="submit" { (icon("note")) (t.composer_add_note()) } }
        }
    }
}
