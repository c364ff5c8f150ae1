//! Writing first: the channel, then to whom and what.

use maud::{Markup, html};

use super::frame::Frame;
use super::icon::{self, icon};
use super::letter;
use super::parts::{self, Field};
use super::picker::{self, Chosen};
use super::typed::Typed;
use crate::domain::agent::Role;
use crate::domain::channel::Kind;
use crate::domain::contact::AddressKind;
use crate::domain::message::Attachment;
use crate::domain::refused::NoPicture;
use crate::domain::template::Template;
use crate::i18n::{Texts, kind, refusal};

/// Where the form of this page goes.
const HERE: &str = "/conversations/new";

/// The form of one kind of channel.
pub struct Form {
    pub kind: Kind,
    /// How the channel knows people.
    pub address: AddressKind,
    /// The entry points of that kind.
    pub channels: Vec<(String, String)>,
    pub typed: Typed,
    /// The templates to begin with, where nothing else may be sent first; `None`: a text may be written.
    pub templates: Option<Vec<Template>>,
    pub chosen: Option<Chosen>,
    /// What was refused: the field, the sentence, and where the conversation is that is open already.
    pub wrong: Option<Wrong>,
    /// Files that were uploaded with it before it was refused.
    pub files: Vec<Attachment>,
    /// Of what the writer was warned before.
    pub knows: Vec<String>,
    /// The channel takes files.
    pub takes_files: bool,
    /// What a letter has besides; `None` on other channels.
    pub letter: Option<Letter>,
    /// A one-time key: the same form sent twice begins one conversation.
    pub key: String,
}

/// What a letter has and other messages have not.
pub struct Letter {
    /// How large its files may be together, in bytes as they lie here.
    pub room: Option<u64>,
    /// What is against pictures inside the text; `None`: they may be put in.
    pub pictures: Option<NoPicture>,
    /// What will stand below the text.
    pub signature: String,
}

/// What is wrong, and with which field; no field: with the whole.
pub struct Wrong {
    pub field: String,
    pub sentence: String,
    pub active: Option<String>,
    /// The word with which the form may be sent all the same.
    pub anyway: Option<&'static str>,
}

/// What a conversation on this kind of channel is called when it is begun (S44).
pub fn new(t: &Texts, kind: Kind) -> String {
    match kind {
        Kind::Custom => t.outbound_new_custom().to_owned(),
        other => t.outbound_new(kind::within(t, other)),
    }
}

/// The channels on which one may write first (S36); each with where its form is.
pub fn channels(frame: &Frame, kinds: &[(Kind, String)]) -> Markup {
    let t = &frame.texts;
    let admin = frame.agent.as_ref().is_some_and(|agent| agent.role == Role::Admin);
    html! {
        main.page id="main" tabindex="-1" {
            h1 { (t.outbound_title()) }
            @if kinds.is_empty() {
                (parts::empty(t.outbound_none(), admin.then(|| ("/settings/channels/new", t.outbound_none_admin()))))
            } @else {
                p.quiet { (t.outbound_choose()) }
                ul.line {
                    @for (kind, href) in kinds {
                        li { a.button.edged href=(href) { (icon::channel(*kind)) (new(t, *kind)) } }
                    }
                }
            }
        }
    }
}

/// The form. Every button is a form's own, so that nothing that was typed is lost on the way.
pub fn page(frame: &Frame, form: &Form) -> Markup {
    let t = &frame.texts;
    let general = form.wrong.as_ref().filter(|wrong| wrong.field.is_empty());
    let room = form.letter.as_ref().and_then(|letter| letter.room);
    html! {
        @if form.letter.is_some() { (frame.sheets.letter.links()) }
        main.page id="main" tabindex="-1" {
            header { h1 { (icon::channel(form.kind)) " " (new(t, form.kind)) } a.button href=(HERE) { (t.outbound_other_channel()) } }
            form.stack.write.letter[form.letter.is_some()] method="post" action=(HERE) enctype="multipart/form-data"
                data-mail[form.letter.is_some()] data-room=[room] data-over=[room.map(|room| t.letter_files_over(refusal::size(room)))] {
                (frame.token())
                input type="hidden" name="key" value=(form.key);
                @if let Some(wrong) = general { (parts::problem(&wrong.sentence)) }
                @for word in &form.knows { input type="hidden" name="knows" value=(word); }
                @if let Some(word) = form.wrong.as_ref().and_then(|wrong| wrong.anyway) {
                    p { button.button.edged type="submit" name="knows" value=(word) { (t.composer_send_anyway()) } }
                }
                (from(t, form))
                (to(t, form))
                @if form.kind == Kind::Email {
                    (parts::text(&field(form, "cc", t.letter_cc()), "text"))
                    (parts::text(&field(form, "bcc", t.letter_bcc()), "text"))
                    (parts::text(&Field { required: true, ..field(form, "subject", t.outbound_subject()) }, "text"))
                }
                (what(frame, form))
            }
        }
    }
}

fn field<'a>(form: &'a Form, name: &'a str, label: &'a str) -> Field<'a> {
    let wrong = form.wrong.as_ref().filter(|wrong| wrong.field == name);
    let error = wrong.map(|wrong| wrong.sentence.clone());
    Field { name, label, value: form.typed.get(name), error, autocomplete: "off", ..Field::default() }
}

/// The entry point (S42); with only one there is nothing to choose.
fn from(t: &Texts, form: &Form) -> Markup {
    match form.channels.as_slice() {
        [(id, name)] => html! {
            input type="hidden" name="channel" value=(id);
            p { span.quiet { (t.outbound_from()) } " " (name) }
        },
        several => parts::select(&field(form, "channel", t.outbound_from()), several),
    }
}

fn to(t: &Texts, form: &Form) -> Markup {
    let hint = match form.address {
        AddressKind::Email => t.outbound_to_email(),
        AddressKind::Phone | AddressKind::Whatsapp => t.outbound_to_phone(),
        _ => t.outbound_to_custom(),
    };
    let active = form.wrong.as_ref().and_then(|wrong| wrong.active.as_ref());
    html! {
        (parts::text(&Field { hint, required: true, ..field(form, "to", t.outbound_to()) }, "text"))
        @if let Some(href) = active.filter(|_| form.wrong.as_ref().is_some_and(|wrong| wrong.field == "to")) { p { a.button.edged href=(href) { (t.outbound_active_link()) } } }
    }
}

fn what(frame: &Frame, form: &Form) -> Markup {
    let t = &frame.texts;
    match (&form.templates, &form.chosen) {
        (_, Some(chosen)) => filled(frame, form, chosen),
        (Some(templates), None) => html! {
            p.quiet { (t.outbound_template_first(kind::name(t, form.kind))) }
            @if let Some(wrong) = form.wrong.as_ref().filter(|wrong| wrong.field == "template") { (parts::problem(&wrong.sentence)) }
            (list(t, templates))
        },
        (None, None) if form.letter.is_some() => written(frame, form),
        (None, None) => html! {
            (parts::area(&Field { required: true, ..field(form, "body", t.outbound_body()) }))
            @for file in &form.files { (letter::kept(file)) }
            @if form.takes_files {
                p.line { label.button.attach { (icon("clip")) span { (t.composer_attach()) } input.hidden type="file" name="file" multiple; } span.files {} }
            }
            (parts::actions(t.outbound_send(), None))
        },
    }
}

/// A letter: its text in the editor, its files and pictures, and what will stand below.
fn written(frame: &Frame, form: &Form) -> Markup {
    let t = &frame.texts;
    let error = form.wrong.as_ref().filter(|wrong| wrong.field == "body").map(|wrong| &wrong.sentence);
    let insert = html! { button.button.edged type="submit" name="act" value="picture" formnovalidate { (t.letter_picture_insert()) } };
    html! {
        div.field {
            label for="f-body" { (t.outbound_body()) }
            (letter::bar(t))
            textarea id="f-body" name="body" rows="8" data-rich aria-label=(t.outbound_body()) placeholder=(t.letter_write()) dir="auto"
                aria-describedby="f-body-error too-long" aria-invalid=[error.map(|_| "true")] { "\n" (form.typed.get("body")) }
            p.error id="f-body-error" { @if let Some(error) = error { (error) } }
            p.error #too-long role="alert" {}
        }
        @if let Some(letter) = &form.letter {
            @if !letter.signature.is_empty() {
                div.below aria-label=(t.letter_below()) role="group" { p.text { (letter.signature) } }
            }
            @for file in &form.files { (letter::kept(file)) }
            div.tools {
                label.button.attach { (icon("clip")) span { (t.letter_attach(letter.room.map_or_else(String::new, refusal::size))) }
                    input.hidden type="file" name="file" multiple; }
                (letter::picture(frame, letter.pictures, &insert))
                span.files {}
                button.button.main type="submit" data-busy=(t.thread_sending()) { (icon("send")) (t.outbound_send()) " " kbd { "Ctrl Enter" } }
            }
        }
    }
}

fn list(t: &Texts, templates: &[Template]) -> Markup {
    html! {
        @if templates.is_empty() { p { (t.composer_no_template()) " " (t.composer_ask_admin()) } }
        @else {
            h2 { (t.composer_choose_template()) }
            (picker::grouped(t, &templates.iter().collect::<Vec<_>>(), &|template| html! {
                button type="submit" name="choose" value=(template.id) formnovalidate { (picker::choice(t, template)) }
            }))
        }
    }
}

/// The chosen template with its gaps, and what will be sent (S211, S212).
fn filled(frame: &Frame, form: &Form, chosen: &Chosen) -> Markup {
    let t = &frame.texts;
    let wrong = |gap: &str| {
        let wrong = form.wrong.as_ref().filter(|wrong| wrong.field == format!("p.{gap}"));
        wrong.map(|wrong| wrong.sentence.clone())
    };
    html! {
        input type="hidden" name="template" value=(chosen.template.id);
        input type="hidden" name="version" value=(chosen.template.version);
        div.line {
            h2 { (t.outbound_template()) ": " (chosen.template.name) }
            button.button type="submit" name="choose" value="" formnovalidate { (t.outbound_change()) }
        }
        @if let Some(wrong) = form.wrong.as_ref().filter(|wrong| wrong.field == "template") { (parts::problem(&wrong.sentence)) }
        div.field { (picker::fields(t, chosen, &wrong)) }
        p.line {
            button.button.main type="submit" { (icon("send")) (t.outbound_send()) }
            @if !chosen.gaps.is_empty() { button.button type="submit" name="choose" value=(chosen.template.id) formnovalidate { (t.composer_show_preview()) } }
        }
    }
}
