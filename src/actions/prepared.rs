//! The words of a message: what was typed, or a prepared text with its gaps filled. What the desk fills in by itself is
//! found out here for the page that shows it and for the message that leaves, so that both say the same (S212).

use std::collections::BTreeMap;

use super::outgoing::{Chosen, Text};
use super::{Result, letter};
use crate::domain::access::Viewer;
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::message::{Prepared, TemplateUse};
use crate::domain::parameter::{self, Known, Parameter};
use crate::domain::refused::Problem;
use crate::domain::template::{self, Status, Template};
use crate::domain::{Id, Refused, Timestamp, rich};
use crate::store::{self, Connection, Tx, setting};

/// Where something is written: on which channel, and as far as that is known already to whom and in which conversation.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub channel: &'a Channel,
    pub contact: Option<&'a Contact>,
    pub address: Option<&'a Address>,
    pub conversation: Option<&'a Conversation>,
}

/// What the desk knows there, for a text in this language.
pub fn known(
    c: &Connection,
    by: &Viewer,
    place: Place<'_>,
    language: &str,
    now: Timestamp,
) -> store::Result<Known> {
    // A letter is read as Markdown: what a customer is called or writes about is never a link of ours.
    let words =
        |given: &str| if letter::is_mail(place.channel) { rich::escaped(given) } else { given.into() };
    let mut known = Known::default();
    known.put(Parameter::AgentName, &by.name);
    known.put(Parameter::AgentFirst, parameter::first(&by.name));
    known.put(Parameter::Channel, &place.channel.name);
    known.put(Parameter::Team, &setting::get(c, setting::key::TEAM)?.unwrap_or_default());
    if let Some(contact) = place.contact {
        known.put(Parameter::ContactName, &words(&contact.name));
        known.put(Parameter::ContactFirst, &words(parameter::first(&contact.name)));
        let values = store::field::of(c, contact.id)?;
        for field in store::field::all(c)? {
            known.put_field(&field.name, &words(values.get(&field.id).map_or("", String::as_str)));
        }
    }
    if let Some(address) = place.address.filter(|address| !address.kind.is_scoped()) {
        known.put(Parameter::ContactAddress, &words(&address.value));
    }
    let queue = place.conversation.map_or(place.channel.queue, |conversation| conversation.queue);
    if let Some(queue) = store::queue::of(c, queue)? {
        known.put(Parameter::Queue, &queue.name);
    }
    if let Some(conversation) = place.conversation {
        known.put(Parameter::Conversation, &conversation.id.to_string());
        known.put(Parameter::Subject, &words(&conversation.subject));
    }
    // The time of the team: its customers rarely live elsewhere, and an agent's own zone is nobody's business.
    let zone = setting::zone(c)?;
    if let Ok(moment) = jiff::Timestamp::from_millisecond(now.0) {
        let here = moment.to_zoned(zone);
        known.put(Parameter::Date, &parameter::date(language, &here));
        known.put(Parameter::Time, &here.strftime("%H:%M").to_string());
    }
    Ok(known)
}

/// The words of a message of `by` in this conversation.
pub(super) fn text(
    tx: &Tx<'_>,
    by: &Viewer,
    (channel, conversation): (&Channel, &Conversation),
    (typed, chosen): (&str, Option<&Chosen>),
    now: Timestamp,
) -> Result<Text> {
    let Some((id, given)) = chosen else {
        return Ok(Text { body: typed.trim_end().to_owned(), ..Text::default() });
    };
    let unknown = || Refused::Field { field: "template", problem: Problem::Unknown };
    let found = store::template::get(tx, *id)?.ok_or_else(unknown)?;
    let usable = matches!(found.status, Status::Own | Status::Approved);
    if !usable || !found.fits(channel, conversation.queue) {
        let status = found.status.as_str().to_owned();
        return Err(Refused::TemplateUnusable { name: found.name, status }.into());
    }
    let contact = store::contact::get(tx, conversation.contact)?;
    let address = store::contact::address(tx, conversation.address)?;
    let place = Place {
        channel,
        contact: contact.as_ref(),
        address: address.as_ref(),
        conversation: Some(conversation),
    };
    let values = found.values(&known(tx, by, place, &found.language, now)?, given);
    let prepared = Some(Prepared { id: found.id, name: found.name.clone(), version: found.version });
    if found.status == Status::Own {
        let body = own(&found, typed, &values)?;
        return Ok(Text { body, template: None, prepared });
    }
    // What somebody typed beside a provider's template would not leave: the provider sends its own words (S210).
    let body = template::fill(&found.body, &values)?;
    if !typed.trim().is_empty() && typed.trim() != body.trim() {
        return Err(Refused::TemplateLocked.into());
    }
    let template = TemplateUse { name: found.name, language: found.language, parameters: values };
    Ok(Text { body, template: Some(template), prepared })
}

/// A saved reply may be changed before it is sent, unless it is locked (S210).
fn own(template: &Template, typed: &str, values: &BTreeMap<String, String>) -> Result<String> {
    if !template.locked && !typed.trim().is_empty() {
        return Ok(template::fill(typed.trim_end(), values)?);
    }
    let filled = template::fill(&template.body, values)?;
    let changed = !typed.trim().is_empty() && typed.trim() != filled.trim();
    if changed { Err(Refused::TemplateLocked.into()) } else { Ok(filled) }
}

/// `Ok` while the template is the one that its writer looked at: what is sent is what was shown.
pub fn unchanged(tx: &Tx<'_>, id: Id<Template>, seen: Option<u32>) -> Result<()> {
    let found = store::template::get(tx, id)?;
    match found.filter(|found| seen.is_some_and(|seen| seen != found.version)) {
        Some(found) => Err(Refused::TemplateChanged { name: found.name }.into()),
        None => Ok(()),
    }
}
