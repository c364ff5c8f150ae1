//! Answering a mail: the quick answer in one line, and the standard one with its recipients, subject and form.

use maud::{Markup, html};

use super::composer::{Composer, QUICK};
use super::frame::Frame;
use super::header::Header;
use super::icon::icon;
use super::later;
use crate::domain::Id;
use crate::domain::answering::Form;
use crate::domain::fitting;
use crate::domain::mail::{Mailbox, Mode};
use crate::domain::media;
use crate::domain::message::{Attachment, Message};
use crate::domain::refused::{NoPicture, Refused};
use crate::domain::template::Template;
use crate::i18n::{Texts, refusal};

/// What the form of an answer shows.
pub struct Letter {
    pub form: Form,
    /// To whom it goes, as written.
    pub to: String,
    /// The addresses that took part in the answered mail.
    pub known: Vec<String>,
    /// Recipients who did not.
    pub strangers: Vec<String>,
    pub subject: String,
    pub from: Mailbox,
    /// The files of the answered mail.
    pub originals: Vec<Attachment>,
    /// What will stand below the text.
    pub signature: String,
    pub quotes: bool,
    /// What is against pictures inside the text; `None`: they may be put in.
    pub pictures: Option<NoPicture>,
    /// A mail came, or somebody answered, after the mail that is being answered.
    pub newer: Option<Newer>,
    /// The saved reply that is to take the place of the text.
    pub replace: Option<Template>,
    /// A field with what is wrong in it.
    pub wrong: Option<(&'static str, String)>,
}

/// What came since.
pub struct Newer {
    pub message: Id<Message>,
    /// The colleague who answered; `None`: they wrote.
    pub by: Option<String>,
}

/// The form.
pub fn form(frame: &Frame, composer: &Composer, letter: &Letter, head: &Header) -> Markup {
    let t = &frame.texts;
    let room = composer.card.files_together.map(fitting::at_home);
    let limit = composer.card.text.most;
    html! {
        (frame.sheets.letter.links())
        form.write.letter #reply-form method="post" action=(head.action("messages")) enctype="multipart/form-data"
            data-draft=(head.action("draft")) data-mail data-most=(limit) data-unit="characters"
            data-one=(t.refusal_too_long(1)) data-other=(t.refusal_too_long(987_654_321))
            data-room=[room] data-over=[room.map(|room| t.letter_files_over(refusal::size(room)))]
            data-known=(letter.known.join(" ")) data-strangers=(t.letter_strangers("{}")) data-no-address=(t.letter_no_address()) {
            (frame.token())
            // The first button is what Enter in a field presses: in the quick answer it sends, elsewhere it only keeps.
            @if letter.form.standard {
                button.hidden type="submit" name="act" value="keep" formaction=(head.action("letter")) formnovalidate tabindex="-1" aria-hidden="true" {}
            } @else { button.hidden type="submit" tabindex="-1" aria-hidden="true" {} }
            input type="hidden" name="letter" value="1";
            input type="hidden" name="kind" value="reply";
            input type="hidden" name="key" value=(composer.keys.0);
            @if let Some(seen) = composer.seen { input type="hidden" name="seen" value=(seen); }
            @if !letter.form.before.is_empty() { input type="hidden" name="before" value=(letter.form.before); }
            (newer(t, letter, head))
            @if let Some(saved) = &letter.replace { (replace(t, saved, head)) }
            @else if !letter.form.before.is_empty() { (put_back(t, head)) }
            @if letter.form.standard { (standard(frame, composer, letter, head)) } @else { (quick(t, composer, head)) }
        }
    }
}

fn act(head: &Header, value: &str, words: &Markup, class: &str) -> Markup {
    html! { button class=(class) type="submit" name="act" value=(value) formaction=(head.action("letter")) formnovalidate { (words) } }
}

/// The banner above the form; hidden while the latest mail is the one that is answered, and shown live (S159).
fn newer(t: &Texts, letter: &Letter, head: &Header) -> Markup {
    let sentence = match letter.newer.as_ref().map(|newer| &newer.by) {
        Some(Some(name)) => t.letter_newer_by(name),
        _ => t.letter_newer().to_owned(),
    };
    html! {
        div.flash.bad.slim #newer role="alert" hidden[letter.newer.is_none()] {
            span { b { (sentence) } " " (t.letter_newer_hint()) }
            @if let Some(newer) = &letter.newer { a.button.edged href={ "#m" (newer.message) } { (t.letter_read_it()) } }
            (act(head, "latest", &html! { (t.letter_to_latest()) }, "button edged"))
        }
    }
}

fn replace(t: &Texts, saved: &Template, head: &Header) -> Markup {
    html! {
        div.flash.slim role="alert" {
            span { (t.letter_replace(&saved.name)) }
            input type="hidden" name="sure" value=(saved.id);
            (act(head, &format!("saved:{}", saved.id), &html! { (t.letter_replace_yes()) }, "button edged"))
            (act(head, "keep", &html! { (t.letter_replace_no()) }, "button edged"))
        }
    }
}

fn put_back(t: &Texts, head: &Header) -> Markup {
    html! {
        div.flash.slim role="status" { span { (t.letter_replaced()) } (act(head, "restore", &html! { (t.letter_put_back()) }, "button edged")) }
    }
}

/// One line to the sender (S152, S153).
fn quick(t: &Texts, composer: &Composer, head: &Header) -> Markup {
    html! {
        @for file in &composer.files { (kept(file)) }
        div.quick {
            input type="text" name="body" value=(composer.reply) aria-label=(t.letter_quick_hint(&head.name)) placeholder=(t.letter_quick()) autocomplete="off" dir="auto";
            button.button.main type="submit" data-busy=(t.thread_sending()) { (icon("send")) (t.composer_send()) }
            (act(head, "mode:reply", &html! { (icon("more")) span.hidden { (t.letter_standard()) } }, "button edged icon-only"))
        }
        p.error #too-long role="alert" {}
        span.count.hidden aria-hidden="true" {}
        span.files.hidden {}
    }
}

/// A file that was uploaded before, and goes with the letter unless its box is cleared.
pub fn kept(file: &Attachment) -> Markup {
    html! {
        label.check.kept data-size=(file.size) { input type="checkbox" name="attachment" value=(file.id) checked; span { (file.name) } small { (refusal::size(file.size)) } }
    }
}

/// With recipients, subject, form and files (S157).
fn standard(frame: &Frame, composer: &Composer, letter: &Letter, head: &Header) -> Markup {
    let t = &frame.texts;
    let mode = letter.form.mode();
    let label = if mode == Mode::Forward { t.letter_write_forward() } else { t.letter_write() };
    html! {
        input type="hidden" name="standard" value="1";
        input type="hidden" name="how" value=(mode.as_str());
        @if letter.form.copies { input type="hidden" name="copies" value="1"; }
        (modes(t, letter, head))
        div.envelope {
            (shown(t.letter_from(), &from(&letter.from)))
            @if mode == Mode::Forward { (recipients(letter, "to", t.letter_to(), &letter.form.to)) }
            @else { (shown(t.letter_to(), &letter.to)) }
            @if letter.form.copies {
                (recipients(letter, "cc", t.letter_cc(), &letter.form.cc))
                (recipients(letter, "bcc", t.letter_bcc(), &letter.form.bcc))
            }
            (shown(t.letter_subject(), &letter.subject))
        }
        p.strangers role="status" { @if !letter.strangers.is_empty() { (t.letter_strangers(letter.strangers.join(", "))) } }
        @if mode == Mode::Forward { p.quiet { (t.letter_beside_hint(&head.name)) } }
        @for file in &composer.files { (kept(file)) }
        @if mode == Mode::Forward && !letter.originals.is_empty() {
            fieldset.along { legend { (t.letter_files()) }
                @for file in &letter.originals {
                    label.check data-size=(file.size) { input type="checkbox" name="along" value=(file.id) checked[letter.form.along.contains(&file.id.get())]; span { (file.name) } small { (refusal::size(file.size)) } }
                }
            }
        }
        (bar(t))
        textarea name="body" rows="4" data-rich aria-label=(label) placeholder=(label) aria-describedby="too-long" dir="auto" { "\n" (composer.reply) }
        p.error #too-long role="alert" {}
        (below(t, letter, mode))
        (tools(frame, composer, letter, head))
    }
}

fn from(one: &Mailbox) -> String {
    if one.name.is_empty() { one.address.clone() } else { format!("{} <{}>", one.name, one.address) }
}

fn modes(t: &Texts, letter: &Letter, head: &Header) -> Markup {
    let all = [
        (Mode::Reply, t.letter_reply()),
        (Mode::ReplyAll, t.letter_reply_all()),
        (Mode::Forward, t.letter_forward()),
    ];
    html! {
        div.ways role="group" aria-label=(t.letter_modes()) {
            @for (mode, words) in all {
                button.button type="submit" name="act" value={ "mode:" (mode.as_str()) } formaction=(head.action("letter")) formnovalidate
                    aria-pressed=(if mode == letter.form.mode() { "true" } else { "false" }) { (words) }
            }
            @if !letter.form.copies { (act(head, "copies", &html! { (t.letter_copies()) }, "button")) }
            (act(head, "quick", &html! { (t.letter_to_quick()) }, "button"))
        }
    }
}

/// What the rules decide is shown, and cannot be changed (S161 to S163).
fn shown(label: &str, value: &str) -> Markup {
    html! { p { span.quiet { (label) } span { (value) } } }
}

fn recipients(letter: &Letter, name: &str, label: &str, value: &str) -> Markup {
    let wrong = letter.wrong.as_ref().filter(|(field, _)| *field == name).map(|(_, sentence)| sentence);
    let error = format!("{name}-error");
    html! {
        div.recipients {
            label.quiet for={ "letter-" (name) } { (label) }
            input type="text" id={ "letter-" (name) } name=(name) value=(value) data-recipients inputmode="email" autocomplete="off"
                aria-describedby=(error) aria-invalid=[wrong.map(|_| "true")];
            p.error id=(error) role="alert" { @if let Some(wrong) = wrong { (wrong) } }
        }
    }
}

/// The buttons of the editor, which shows them when it is there; without it the marks are typed.
pub fn bar(t: &Texts) -> Markup {
    let buttons = [
        ("bold", t.letter_bold(), "B"),
        ("italic", t.letter_italic(), "I"),
        ("insertUnorderedList", t.letter_list(), "•"),
        ("insertOrderedList", t.letter_numbers(), "1."),
        ("quote", t.letter_quote(), "”"),
        ("link", t.letter_link(), "↗"),
    ];
    html! {
        div.marks role="toolbar" aria-label=(t.letter_formatting()) data-link=(t.letter_link_to()) hidden {
            @for (what, words, sign) in buttons {
                button.button.icon-only type="button" data-do=(what) title=(words) { span aria-hidden="true" { (sign) } span.hidden { (words) } }
            }
            @for (mode, words, sign) in [("plain", t.letter_plain(), "Aa"), ("wide", t.letter_wide(), "⤢")] {
                button.button.icon-only type="button" data-mode=(mode) aria-pressed="false" title=(words) { span aria-hidden="true" { (sign) } span.hidden { (words) } }
            }
        }
    }
}

/// What will stand below the text.
fn below(t: &Texts, letter: &Letter, mode: Mode) -> Markup {
    let quotes = letter.quotes && mode != Mode::Forward;
    html! {
        @if !letter.signature.is_empty() || quotes {
            div.below aria-label=(t.letter_below()) role="group" {
                @if !letter.signature.is_empty() { p.text { (letter.signature) } }
                @if quotes { p.quiet { (t.letter_quoted()) } }
            }
        }
    }
}

/// A picture for the text: put in at once by the editor, at the end of the text by the button `insert` without scripts.
/// `against` is what is against it.
pub fn picture(frame: &Frame, against: Option<NoPicture>, insert: &Markup) -> Markup {
    let t = &frame.texts;
    let refused = against.map(|why| Refused::InlinePicture { why });
    html! {
        @if against != Some(NoPicture::Off) {
            details.menu.up name="act" {
                summary.button { (icon("plus")) span { (t.letter_picture()) } }
                div.stack {
                    @if let Some(refused) = &refused {
                        p.quiet { (refusal::sentence(t, refused, &frame.zone)) " " (refusal::fix(t, refused, &frame.zone)) }
                    } @else {
                        div.field {
                            label for="letter-picture" { (t.letter_picture_choose(refusal::size(media::INLINE as u64))) }
                            input type="file" id="letter-picture" name="picture" accept="image/png,image/jpeg,image/gif,image/webp"
                                data-failed=(t.letter_picture_failed());
                        }
                        (insert)
                    }
                }
            }
        }
    }
}

fn tools(frame: &Frame, composer: &Composer, letter: &Letter, head: &Header) -> Markup {
    let t = &frame.texts;
    let room =
        composer.card.files_together.map_or_else(String::new, |most| refusal::size(fitting::at_home(most)));
    html! {
        div.tools {
            label.button.attach { (icon("clip")) span { (t.letter_attach(room)) }
                input.hidden type="file" name="file" multiple; }
            (picture(frame, letter.pictures, &act(head, "picture", &html! { (t.letter_picture_insert()) }, "button edged")))
            @if !composer.saved.is_empty() {
                details.menu.up name="act" {
                    summary.button { (icon("book")) span { (t.letter_saved()) } }
                    ul {
                        @for reply in composer.saved.iter().take(QUICK) { li { (act(head, &format!("saved:{}", reply.id), &html! { (reply.name) }, "item")) } }
                        li { (act(head, "list", &html! { (t.templates_all()) }, "item")) }
                    }
                }
            }
            span.files {}
            span.count aria-hidden="true" {}
            button.button.main type="submit" data-busy=(t.thread_sending()) {
                (icon("send")) (t.composer_send()) " " kbd { "Ctrl Enter" }
            }
            (later::menu(frame, &composer.later.at))
        }
    }
}
