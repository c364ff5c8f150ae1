//! What the form of a first message shows.

use super::super::compose::gaps;
use super::super::templates_of;
use crate::actions::{hosted, letter};
use crate::domain::channel::Channel;
use crate::domain::contact::AddressKind;
use crate::domain::message::Attachment;
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
    let mut templates = store::template::usable(c, channel.id)?;
    templates.retain(|template| template.status == wanted);
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

/// The chosen template with what stands in its gaps; the name of somebody who is known fills itself in.
pub(super) fn pick(
    c: &Connection,
    cx: &Cx<'_>,
    (channel, form): (&Channel, &Form),
    id: Option<Id<Template>>,
) -> Result<Option<Chosen>, Failure> {
    let mut templates = form.templates.iter();
    let Some(template) = templates.find(|template| Some(template.id) == id).cloned() else { return Ok(None) };
    let country = store::setting::get(c, store::setting::key::COUNTRY)?;
    let mut values = gaps(cx);
    if let Ok(value) = form.address.normal(form.typed.get("to"), country.as_deref())
        && let Some(address) = store::contact::find_address(c, form.address, channel.id, &value)?
        && let Some(contact) = store::contact::get(c, address.contact)?
    {
        values = templates_of::with_name(&template, &contact, values);
    }
    Ok(Some(Chosen { values, template }))
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
