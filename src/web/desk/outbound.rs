//! Writing first: which channel, to whom, and what (S35 to S47).

use super::compose::gaps;
use super::templates_of;
use crate::actions::begin::{self, Begin};
use crate::actions::outgoing::Knows;
use crate::actions::prepared::{self, Place};
use crate::actions::{hosted, letter};
use crate::domain::channel::{Channel, ChannelState, Kind};
use crate::domain::contact::{Address, AddressKind};
use crate::domain::message::Attachment;
use crate::domain::parameter::Parameter;
use crate::domain::template::{Status, Template};
use crate::domain::window::After;
use crate::domain::{Id, Refused, fitting, rich};
use crate::i18n::refusal;
use crate::store::{self, Connection};
use crate::templates::outbound::{self as template, Form, Letter, Wrong};
use crate::templates::picker::Chosen;
use crate::templates::row::written;
use crate::templates::typed::Typed;
use crate::web::http::Response;
use crate::web::{Cx, Failure, forms};

/// What the form holds besides a template.
const FIELDS: [&str; 6] = ["channel", "to", "subject", "body", "cc", "bcc"];

/// Where one writes to this address first: the entry point and the page, one for each kind of channel.
pub fn ways<'a>(channels: &'a [Channel], address: &Address) -> Vec<(&'a Channel, String)> {
    let mut ways: Vec<(&Channel, String)> = Vec::new();
    for channel in channels.iter().filter(|channel| begins(channel)) {
        let kind = channel.card.starts_with;
        let fits = kind == Some(address.kind) || kind.is_some_and(|kind| kind.alike() == Some(address.kind));
        let here = !address.kind.is_scoped() || address.scope == Some(channel.id);
        let new = ways.iter().all(|(known, _)| known.card.speaks_as != channel.card.speaks_as);
        if fits && here && new {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("channel", &channel.id.to_string()).append_pair("to", &written(address));
            ways.push((channel, format!("/conversations/new?{}", query.finish())));
        }
    }
    ways
}

fn begins(channel: &Channel) -> bool {
    channel.state != ChannelState::Disabled && channel.card.starts_with.is_some()
}

/// The list of channels, or the form of the one that the URL names.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed = FIELDS.iter().fold(Typed::default(), |typed, name| typed.with(name, cx.query.trimmed(name)));
    show(cx, cx.query.trimmed("kind").parse().ok(), typed, cx.query.trimmed("template").parse().ok(), None)
}

/// Begins the conversation, or shows the form again: with another template, or with what was refused.
pub fn send(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed = forms::typed(cx, &FIELDS);
    if let Some(choice) = cx.form.get("choose") {
        return show(cx, None, typed, choice.parse().ok(), None);
    }
    if cx.form.get("act") == Some("picture") {
        return picture(cx);
    }
    let chosen: Option<Id<Template>> = cx.form.trimmed("template").parse().ok();
    let attachments = super::compose::files(cx)?;
    let field = |name| cx.form.trimmed(name).to_owned();
    let beside =
        begin::Beside { copies: (field("cc"), field("bcc")), knows: Some(Knows::told(cx.form.all("knows"))) };
    let order = Begin {
        channel: cx.form.trimmed("channel").parse().map_err(|_| Failure::NotFound)?,
        to: cx.form.trimmed("to").to_owned(),
        subject: cx.form.trimmed("subject").to_owned(),
        body: cx.form.get("body").unwrap_or("").replace("\r\n", "\n"),
        template: chosen.map(|template| (template, gaps(cx))),
        attachments,
        key: Some(cx.form.trimmed("key").to_owned()).filter(|key| !key.is_empty()),
    };
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let version = cx.form.trimmed("version").parse().ok();
    let begun = cx.write(move |tx| {
        if let Some(template) = chosen {
            prepared::unchanged(tx, template, version)?;
        }
        begin::first(tx, &viewer, &order, &beside, now)
    });
    match forms::outcome(begun)? {
        Ok(id) => Ok(Response::redirect(&format!("/conversations/{id}"))),
        Err(refused) => Ok(forms::back(show(cx, None, typed, chosen, Some(&refused))?, &refused)),
    }
}

/// Puts the picture of the form into its text, where no script has done so, and shows the form again.
fn picture(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let refused = super::letter::picture(cx)?;
    super::compose::files(cx)?;
    let shown = show(cx, None, forms::typed(cx, &FIELDS), None, refused.as_ref())?;
    Ok(match &refused {
        Some(refused) => forms::back(shown, refused),
        None => shown,
    })
}

fn show(
    cx: &Cx<'_>,
    kind: Option<Kind>,
    typed: Typed,
    template: Option<Id<Template>>,
    refused: Option<&Refused>,
) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.outbound_title())?;
    let channels: Vec<Channel> = cx.read(store::channel::all)?.into_iter().filter(begins).collect();
    let asked = typed.get("channel").parse().ok();
    let chosen = channels.iter().find(|channel| Some(channel.id) == asked);
    let first = channels.iter().find(|channel| Some(channel.card.speaks_as) == kind);
    let Some(channel) = chosen.or(first) else {
        return Ok(cx.page(&frame, &template::channels(&frame, &kinds(&channels, typed.get("to")))));
    };
    let wrong = refused.map(|refused| wrong(cx, channel, refused)).transpose()?;
    let mut form = cx.read(|c| load(c, &channels, channel, typed))?;
    form.chosen = cx.read(|c| pick(c, cx, (channel, &form), template))?;
    form.wrong = wrong;
    form.files = files(cx)?;
    form.letter = beside(cx, channel)?;
    form.knows = cx.form.all("knows").map(str::to_owned).collect();
    Ok(cx.page(&frame, &template::page(&frame, &form)))
}

/// Each kind once; its form starts with the first entry point.
fn kinds(channels: &[Channel], to: &str) -> Vec<(Kind, String)> {
    let mut kinds: Vec<(Kind, String)> = Vec::new();
    for kind in Kind::ALL {
        if let Some(channel) = channels.iter().find(|channel| channel.card.speaks_as == kind) {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("channel", &channel.id.to_string());
            if !to.is_empty() {
                query.append_pair("to", to);
            }
            kinds.push((kind, format!("/conversations/new?{}", query.finish())));
        }
    }
    kinds
}

fn load(c: &Connection, channels: &[Channel], channel: &Channel, typed: Typed) -> Result<Form, Failure> {
    let kind = channel.card.speaks_as;
    let same = channels.iter().filter(|other| other.card.speaks_as == kind);
    let first = channel.card.window.free.is_some() && channel.card.window.after == After::Template;
    let mut templates = Vec::new();
    if first {
        templates = store::template::usable(c, channel, channel.queue)?;
        templates.retain(|template| template.status == Status::Approved);
        templates_of::to_begin(&mut templates);
    }
    Ok(Form {
        kind,
        address: channel.card.starts_with.unwrap_or(AddressKind::Custom),
        channels: same.map(|one| (one.id.to_string(), one.name.clone())).collect(),
        typed: typed.with("channel", channel.id.to_string()),
        templates: first.then_some(templates),
        chosen: None,
        wrong: None,
        files: Vec::new(),
        knows: Vec::new(),
        takes_files: !channel.card.files.is_empty(),
        letter: None,
        key: crate::random::key(),
    })
}

/// What a letter has besides.
fn beside(cx: &Cx<'_>, channel: &Channel) -> Result<Option<Letter>, Failure> {
    if !letter::is_mail(channel) {
        return Ok(None);
    }
    let viewer = cx.viewer()?;
    cx.read(|c| {
        Ok::<_, Failure>(Some(Letter {
            room: channel.card.files_together.map(fitting::at_home),
            pictures: hosted::allowed(c)?.err(),
            signature: rich::plain(&letter::signature(c, viewer, channel)?),
        }))
    })
}

/// The chosen template with what stands in its gaps; the name of somebody who is known fills itself in.
fn pick(
    c: &Connection,
    cx: &Cx<'_>,
    (channel, form): (&Channel, &Form),
    id: Option<Id<Template>>,
) -> Result<Option<Chosen>, Failure> {
    let mut templates = form.templates.iter().flatten();
    let Some(template) = templates.find(|template| Some(template.id) == id).cloned() else { return Ok(None) };
    let country = store::setting::get(c, store::setting::key::COUNTRY)?;
    let value = form.address.normal(form.typed.get("to"), country.as_deref()).ok();
    let address = match &value {
        Some(value) => store::contact::find_address(c, form.address, channel.id, value)?,
        None => None,
    };
    let contact = match &address {
        Some(address) => store::contact::get(c, address.contact)?,
        None => None,
    };
    let place = Place { channel, contact: contact.as_ref(), address: address.as_ref(), conversation: None };
    let mut knowing = templates_of::Knowing::of(c, cx.viewer()?, place, cx.now);
    knowing.besides = vec![(Parameter::Conversation, cx.texts.templates_number_later().to_owned())];
    if !form.address.is_scoped() {
        knowing.besides.push((Parameter::ContactAddress, value.unwrap_or_default()));
    }
    Ok(Some(knowing.chosen(template, gaps(cx))?))
}

/// Files that came with a form which was refused.
fn files(cx: &Cx<'_>) -> Result<Vec<Attachment>, Failure> {
    let me = cx.viewer()?.author();
    let ids: Vec<Id<Attachment>> = cx.form.all("attachment").filter_map(|id| id.parse().ok()).collect();
    let found = cx.read(|c| {
        let found = ids.iter().filter_map(|id| store::attachment::get(c, *id).transpose());
        found.collect::<store::Result<Vec<Attachment>>>()
    })?;
    Ok(found.into_iter().filter(|file| file.agent == me && file.is_free()).collect())
}

/// Which field a refusal stands beside.
fn wrong(cx: &Cx<'_>, channel: &Channel, refused: &Refused) -> Result<Wrong, Failure> {
    let t = &cx.texts;
    let mut active = None;
    let field = match refused {
        Refused::AlreadyActive { conversation } => {
            let found = cx.read(|c| store::conversation::get(c, *conversation))?;
            let viewer = cx.viewer()?;
            let seen = found.is_some_and(|one| viewer.may_see(one.queue, one.assignee));
            active = seen.then(|| format!("/conversations/{conversation}?view=all"));
            "to".to_owned()
        }
        Refused::BadAddress { .. }
        | Refused::NoCountryCode
        | Refused::CannotBegin
        | Refused::ContactBlocked
        | Refused::OptedOut
        | Refused::AddressTaken { .. } => "to".to_owned(),
        Refused::Field { field, .. }
        | Refused::NoRecipient { field, .. }
        | Refused::OwnAddress { field, .. } => (*field).to_owned(),
        Refused::SubjectUsed { conversation } => {
            active = Some(format!("/conversations/{conversation}?view=all"));
            "subject".to_owned()
        }
        Refused::TemplateGap { parameter } => format!("p.{parameter}"),
        Refused::TemplateUnusable { .. } | Refused::TemplateChanged { .. } | Refused::WindowClosed { .. } => {
            "template".to_owned()
        }
        Refused::InlinePicture { .. } => "body".to_owned(),
        Refused::Empty | Refused::TooLong { .. } if channel.card.window.free.is_none() => "body".to_owned(),
        Refused::Empty => "template".to_owned(),
        _ => String::new(),
    };
    let mut sentence = refusal::sentence(t, refused, &cx.zone);
    if matches!(
        refused,
        Refused::BadAddress { .. }
            | Refused::NoCountryCode
            | Refused::SubjectUsed { .. }
            | Refused::Sensitive { .. }
            | Refused::RawGap { .. }
            | Refused::TemplateChanged { .. }
            | Refused::FilesTooLarge { .. }
            | Refused::InlinePicture { .. }
    ) {
        sentence = format!("{sentence} {}", refusal::fix(t, refused, &cx.zone));
    }
    let anyway = match refused {
        Refused::SubjectUsed { .. } => Some("subject"),
        Refused::Sensitive { may: true, .. } => Some("sensitive"),
        Refused::RawGap { .. } => Some("gaps"),
        _ => None,
    };
    Ok(Wrong { field, sentence, active, anyway })
}
