//! Writing first: the channel, then to whom and what.

use maud::{Markup, html};

use super::begin::{Against, HERE, coded, stopped};
use super::frame::Frame;
use super::icon::{self, icon};
use super::letter;
use super::parts::{self, Field};
use super::picker::{self, Chosen};
use super::typed::Typed;
use crate::domain::channel::Kind;
use crate::domain::contact::AddressKind;
use crate::domain::limit::{Limit, Unit};
use crate::domain::message::Attachment;
use crate::domain::refused::NoPicture;
use crate::domain::template::{Status, Template};
use crate::i18n::{Texts, kind, refusal};

/// The form of one kind of channel.
pub struct Form {
    pub kind: Kind,
    /// How the channel knows people.
    pub address: AddressKind,
    /// The entry points of that kind.
    pub channels: Vec<(String, String)>,
    pub typed: Typed,
    /// The templates that can be chosen here.
    pub templates: Vec<Template>,
    /// Nothing but a template may be sent first; otherwise a text may be written.
    pub template_only: bool,
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
    /// The longest text.
    pub limit: Limit,
    /// Enter alone sends.
    pub enter_sends: bool,
    /// What is against beginning now.
    pub against: Option<Against>,
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
#[derive(Clone)]
pub struct Wrong {
    pub field: String,
    pub sentence: String,
    pub active: Option<String>,
    /// How the form may be sent all the same.
    pub anyway: Option<Anyway>,
    /// The reason code, where there is one to tell (S39).
    pub code: Option<&'static str>,
}

/// How a form that was refused may be sent all the same.
#[derive(Clone, Copy)]
pub enum Anyway {
    /// Knowing what was warned of.
    Knows(&'static str),
    /// With the state Available.
    Available,
}

/// What a conversation on this kind of channel is called when it is begun (S44).
pub fn new(t: &Texts, kind: Kind) -> String {
    match kind {
        Kind::Custom => t.outbound_new_custom().to_owned(),
        other => t.outbound_new(kind::within(t, other)),
    }
}

/// The form. Every button is a form's own, so that nothing that was typed is lost on the way.
pub fn page(frame: &Frame, form: &Form) -> Markup {
    let t = &frame.texts;
    let general = form.wrong.as_ref().filter(|wrong| wrong.field.is_empty());
    let room = form.letter.as_ref().and_then(|letter| letter.room);
    let counted = form.letter.is_none() && !form.template_only && form.chosen.is_none();
    html! {
        @if form.letter.is_some() { (frame.sheets.letter.links()) }
        main.page id="main" tabindex="-1" {
            header { h1 { (icon::channel(form.kind)) " " (new(t, form.kind)) } span.line { a.button href=(HERE) { (t.outbound_other_channel()) } a.button href="/inbox" { (t.outbound_cancel()) } } }
            @if let Some(against) = &form.against { (stopped(frame, &[], against)) }
            form.stack.write.letter[form.letter.is_some()] method="post" action=(HERE) enctype="multipart/form-data"
                data-enter=[form.enter_sends.then_some("sends")]
                data-most=[counted.then_some(form.limit.most)] data-unit=[counted.then_some(unit(form.limit.unit))] data-sms=[(form.kind == Kind::Sms).then_some("")]
                data-one=[counted.then(|| t.refusal_too_long(1))] data-other=[counted.then(|| t.refusal_too_long(987_654_321))] data-parts=[counted.then(|| t.composer_parts("{}"))]
                data-mail[form.letter.is_some()] data-room=[room] data-over=[room.map(|room| t.letter_files_over(refusal::size(room)))] {
                (frame.token())
                input type="hidden" name="key" value=(form.key);
                @if let Some(wrong) = general { (refused(t, wrong)) }
                @for word in &form.knows { input type="hidden" name="knows" value=(word); }
                @if let Some(Anyway::Knows(word)) = form.wrong.as_ref().and_then(|wrong| wrong.anyway) {
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

/// What was refused as a whole, with its code and the way to send it all the same.
fn refused(t: &Texts, wrong: &Wrong) -> Markup {
    html! {
        div.flash.bad.stack role="alert" {
            p { (wrong.sentence) @if let Some(code) = wrong.code { " " (coded(t, code)) } }
            @if let Some(Anyway::Available) = wrong.anyway {
                p { button.button.edged type="submit" name="available" value="yes" { (t.outbound_available_send()) } }
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
    match &form.chosen {
        Some(chosen) => filled(frame, form, chosen),
        None if form.template_only => html! {
            p.quiet { (t.outbound_template_first(kind::name(t, form.kind))) }
            @if let Some(wrong) = form.wrong.as_ref().filter(|wrong| wrong.field == "template") { (parts::problem(&wrong.sentence)) }
            (list(t, &form.templates))
        },
        None if form.letter.is_some() => written(frame, form),
        None => plain(t, form),
    }
}

const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Characters => "characters",
        Unit::Utf16 => "utf16",
        Unit::Bytes => "bytes",
    }
}

/// A text without dress, counted while it is typed (S138).
fn plain(t: &Texts, form: &Form) -> Markup {
    let error = form.wrong.as_ref().filter(|wrong| wrong.field == "body").map(|wrong| &wrong.sentence);
    html! {
        div.field {
            label for="f-body" { (t.outbound_body()) }
            textarea id="f-body" name="body" rows="3" required dir="auto" aria-describedby="f-body-error too-long" aria-invalid=[error.map(|_| "true")] {
                "\n" (form.typed.get("body"))
            }
            p.error id="f-body-error" { @if let Some(error) = error { (error) } }
            p.error #too-long role="alert" {}
        }
        @for file in &form.files { (letter::kept(file)) }
        div.line {
            @if form.takes_files {
                label.button.attach { (icon("clip")) span { (t.composer_attach()) } input.hidden type="file" name="file" multiple; }
            }
            (prepared(t, form))
            span.files {}
            span.count aria-hidden="true" {}
            button.button.main type="submit" data-busy=(t.thread_sending()) {
                (icon("send")) (t.outbound_send()) " " kbd { @if form.enter_sends { (t.frame_enter()) } @else { "Ctrl " (t.frame_enter()) } }
            }
        }
    }
}

/// What is prepared for this channel, to be put into the text or to be filled (S50).
fn prepared(t: &Texts, form: &Form) -> Markup {
    html! {
        @if !form.templates.is_empty() {
            details.menu.up {
                summary.button { (icon("book")) span { (t.composer_templates()) } }
                ul {
                    @for template in &form.templates {
                        li { button.item type="submit" name="choose" value=(template.id) formnovalidate { (template.name) } }
                    }
                }
            }
        }
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
                (prepared(t, form))
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
    let own = chosen.template.status == Status::Own;
    html! {
        input type="hidden" name="template" value=(chosen.template.id);
        input type="hidden" name="version" value=(chosen.template.version);
        // What was typed before comes back with “Another template”.
        @if own { input type="hidden" name="body" value=(form.typed.get("body")); }
        @for file in &form.files { (letter::kept(file)) }
        div.line {
            h2 { (t.outbound_template()) ": " (chosen.template.name) }
            button.button type="submit" name="choose" value="" formnovalidate { (t.outbound_change()) }
        }
        @if let Some(wrong) = form.wrong.as_ref().filter(|wrong| wrong.field == "template") { (parts::problem(&wrong.sentence)) }
        div.field { (picker::fields(t, chosen, &wrong)) }
        p.line {
            button.button.main type="submit" { (icon("send")) (t.outbound_send()) }
            @if !chosen.gaps.is_empty() { button.button type="submit" name="choose" value=(chosen.template.id) formnovalidate { (t.composer_show_preview()) } }
            @if own && !chosen.template.locked { button.button type="submit" name="write" value=(chosen.template.id) { (t.outbound_edit()) } }
        }
    }
}
