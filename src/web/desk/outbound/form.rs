//! What the form of a first message shows.

use super::super::compose::gaps;
use super::super::templates_of;
use crate::actions::prepared::Place;
use crate::actions::{hosted, letter};
use crate::domain::channel::Channel;
use crate::domain::contact::AddressKind;
use crate::domain::message::Attachment;
use crate::domain::parameter::Parameter;
use crate::domain::template::{Status, Template};
use crate::domain::window::After;
use crate::domain::{Id, fitting, rich};
use crate::store::{self, Connection};
use crate::templates::outbound::{Form, Letter};
use crate::templates::picker::Chosen;
use crate::templates::typed::Typed;
use crate::web::{Cx, Failure};

/// The form of a kind of channel, with its entry points and its templates.
pub(super) fn load(
    c: &Connection,
    channels: &[Channel],
    channel: &Channel,
    typed: Typed,
) -> Result<Form, Failure> {
    let kind = channel.card.speaks_as;
    let same = channels.iter().filter(|other| other.card.speaks_as == kind);
    let first = channel.card.window.free.is_some() && channel.card.window.after == After::Template;
    let wanted = if first { Status::Approved } else { Status::Own };
    let mut templates = store::template::usable(c, channel, channel.queue)?;
    templates.retain(|template| template.status == wanted);
    templates_of::to_begin(&mut templates);
    Ok(Form {
        kind,
        address: channel.card.starts_with.unwrap_or(AddressKind::Custom),
        channels: same.map(|one| (one.id.to_string(), one.name.clone())).collect(),
        typed: typed.with("channel", channel.id.to_string()),
        templates,
        template_only: first,
        chosen: None,
        wrong: None,
        files: Vec::new(),
        knows: Vec::new(),
        takes_files: !channel.card.files.is_empty(),
        letter: None,
        key: crate::random::key(),
        limit: channel.card.text,
        enter_sends: false,
        against: None,
    })
}

/// What a letter has besides.
pub(super) fn letter(cx: &Cx<'_>, channel: &Channel) -> Result<Option<Letter>, Failure> {
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

/// The chosen template with what stands in its gaps, as far as the desk knows it before anything is begun.
pub(super) fn pick(
    c: &Connection,
    cx: &Cx<'_>,
    (channel, form): (&Channel, &Form),
    id: Option<Id<Template>>,
) -> Result<Option<Chosen>, Failure> {
    let mut templates = form.templates.iter();
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
    knowing.besides = vec![
        (Parameter::Conversation, cx.texts.templates_number_later().to_owned()),
        (Parameter::Subject, form.typed.get("subject").to_owned()),
    ];
    if !form.address.is_scoped() {
        knowing.besides.push((Parameter::ContactAddress, value.unwrap_or_default()));
    }
    Ok(Some(knowing.chosen(template, gaps(cx))?))
}

/// The template that somebody chose in a form that is not shown yet.
pub(super) fn chosen(
    c: &Connection,
    cx: &Cx<'_>,
    typed: &Typed,
    id: Option<Id<Template>>,
) -> Result<Option<Chosen>, Failure> {
    let Ok(channel) = typed.get("channel").parse() else { return Ok(None) };
    let channel = store::channel::get(c, channel)?.ok_or(Failure::NotFound)?;
    let form = load(c, std::slice::from_ref(&channel), &channel, typed.clone())?;
    pick(c, cx, (&channel, &form), id)
}

/// Files that came with a form which was refused.
pub(super) fn files(cx: &Cx<'_>) -> Result<Vec<Attachment>, Failure> {
    let me = cx.viewer()?.author();
    let ids: Vec<Id<Attachment>> = cx.form.all("attachment").filter_map(|id| id.parse().ok()).collect();
    let found = cx.read(|c| {
        let found = ids.iter().filter_map(|id| store::attachment::get(c, *id).transpose());
        found.collect::<store::Result<Vec<Attachment>>>()
    })?;
    Ok(found.into_iter().filter(|file| file.agent == me && file.is_free()).collect())
}
