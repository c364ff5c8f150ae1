//! Contacts: the list with its search, one contact, and the forms that change it.

use super::{outbound, person, same, timeline};
use crate::actions::contact::{self as actions, Change, New, NewAddress};
use crate::domain::agent::Role;
use crate::domain::contact::{AddressKind, Contact};
use crate::domain::field::Field;
use crate::domain::{Id, Refused, Timestamp};
use crate::i18n::refusal;
use crate::store::search::Sought;
use crate::store::{self, Connection, setting};
use crate::templates::contact::{self as template, Card, Draft};
use crate::templates::contacts::{self as page, Line};
use crate::templates::person::Earlier;
use crate::web::http::Response;
use crate::web::{Cx, Failure};

const ROWS: u32 = 50;

/// All contacts, the newest first, or those that the search finds.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.contacts_title())?;
    let q: String = cx.query.trimmed("q").chars().take(200).collect();
    let before = cx.query.trimmed("before");
    let (lines, next) = cx.read(|c| if q.is_empty() { newest(c, before) } else { found(c, &q, before) })?;
    Ok(cx.page(&frame, &page::page(&frame, &page::Found { q, lines, next, resumed: !before.is_empty() })))
}

/// Lines, and where the next page begins.
type Paged = (Vec<Line>, Option<String>);

fn newest(c: &Connection, before: &str) -> store::Result<Paged> {
    let contacts = store::contact::page(c, before.parse().ok(), ROWS)?;
    let next = contacts.last().map(|last| last.id).filter(|_| contacts.len() == ROWS as usize);
    Ok((lines(c, contacts)?, next.map(|next| next.to_string())))
}

fn found(c: &Connection, q: &str, before: &str) -> store::Result<Paged> {
    let country = setting::get(c, setting::key::COUNTRY)?;
    let sought = Sought::of(c, q, country.as_deref())?;
    let (ids, next) = store::search::page(c, &sought, before.parse().ok(), ROWS)?;
    Ok((lines_of(c, &ids)?, next.map(|next| next.to_string())))
}

/// The contacts with these numbers, in this order.
pub fn lines_of(c: &Connection, ids: &[Id<Contact>]) -> store::Result<Vec<Line>> {
    let mut contacts = store::contact::many(c, ids)?;
    contacts.sort_unstable_by_key(|contact| ids.iter().position(|id| *id == contact.id));
    lines(c, contacts)
}

/// These contacts with their addresses.
pub fn lines(c: &Connection, contacts: Vec<Contact>) -> store::Result<Vec<Line>> {
    let ids: Vec<Id<Contact>> = contacts.iter().map(|contact| contact.id).collect();
    let mut addresses = store::contact::addresses_of(c, &ids)?;
    let line = |contact: Contact| Line {
        addresses: addresses.extract_if(.., |address| address.contact == contact.id).collect(),
        contact,
    };
    Ok(contacts.into_iter().map(line).collect())
}

/// One contact.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    card(cx, id, None)
}

fn card(cx: &Cx<'_>, id: Id<Contact>, problem: Option<&Refused>) -> Result<Response, Failure> {
    let card = cx.read(|c| load(c, cx, id))?;
    let frame = cx.frame(card.contact.name.clone())?;
    let sentence = problem.map(|refused| {
        format!(
            "{} {}",
            refusal::sentence(&cx.texts, refused, &cx.zone),
            refusal::fix(&cx.texts, refused, &cx.zone)
        )
    });
    let mut response = cx.page(&frame, &template::page(&frame, &card, sentence.as_deref()));
    if let Some(refused) = problem {
        response.status = Failure::Refused(refused.clone()).status();
    }
    Ok(response)
}

fn load(c: &Connection, cx: &Cx<'_>, id: Id<Contact>) -> Result<Card, Failure> {
    let viewer = cx.viewer()?;
    let contact = store::contact::get(c, id)?.ok_or(Failure::NotFound)?;
    let conversations = person::seen(c, viewer, store::conversation::of_contact(c, id, 50)?)?;
    let entries = crate::actions::outbound::entries(c, viewer)?;
    let channels = person::channels(c, &conversations, &entries)?;
    let conversations = conversations.into_iter().filter_map(|conversation| {
        let channel = channels.iter().find(|channel| channel.id == conversation.channel)?;
        Some(Earlier { conversation, kind: channel.card.speaks_as, channel_name: channel.name.clone() })
    });
    let addresses = store::contact::addresses(c, id)?;
    let first = entries.among(&channels);
    let begin = addresses.iter().flat_map(|address| {
        let ways = outbound::ways(&first, address);
        ways.into_iter().map(|(channel, href)| (address.id, channel.card.speaks_as, href))
    });
    let shown = if contact.name.is_empty() { cx.texts.contacts_unnamed() } else { &contact.name };
    Ok(Card {
        timeline: timeline::load(c, viewer, (id, shown), cx.query.trimmed("before"))?,
        consents: store::contact::consents(c, id)?,
        merged: same::merged(c, cx, id)?,
        fields: filled(c, id)?,
        begin: begin.collect(),
        conversations: conversations.collect(),
        alike: same::alike(c, id)?,
        addresses,
        dedicated: contact
            .dedicated
            .and_then(|agent| store::agent::get(c, agent).ok()?)
            .map(|agent| agent.name),
        contact,
    })
}

/// The team's own fields in which the contact has something.
pub(super) fn filled(c: &Connection, id: Id<Contact>) -> store::Result<Vec<(Field, String)>> {
    let mut values = store::field::of(c, id)?;
    let fields = store::field::all(c)?.into_iter();
    Ok(fields.filter_map(|field| values.remove(&field.id).map(|value| (field, value))).collect())
}

/// What was typed into the team's own fields.
fn typed_fields(cx: &Cx<'_>) -> Result<Vec<(Id<Field>, String)>, Failure> {
    let fields = cx.read(store::field::all)?.into_iter();
    let typed = |field: Field| {
        cx.form.get(&format!("field_{}", field.id)).map(|value| (field.id, value.trim().to_owned()))
    };
    Ok(fields.filter_map(typed).collect())
}

/// The empty form.
pub fn blank(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    form(cx, Draft::default())
}

/// The form of a contact.
pub fn edit(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Contact> = cx.param("id")?;
    let contact = cx.read(|c| store::contact::get(c, id))?.ok_or(Failure::NotFound)?;
    let draft = Draft {
        id: Some(id.to_string()),
        name: contact.name,
        language: contact.language.unwrap_or_default(),
        about: contact.about,
        dedicated: contact.dedicated.map(|agent| agent.to_string()).unwrap_or_default(),
        seen: Some(contact.updated_at),
        ..Draft::default()
    };
    form(cx, draft)
}

fn form(cx: &Cx<'_>, draft: Draft) -> Result<Response, Failure> {
    let title = if draft.id.is_some() { cx.texts.contacts_edit() } else { cx.texts.contacts_new() };
    let frame = cx.frame(title)?;
    // Only those who may see all conversations choose who sees those of this person.
    let chooses = cx.viewer()?.role >= Role::Supervisor;
    let agents = if chooses { cx.read(store::agent::working)? } else { Vec::new() }.into_iter();
    let kept = match draft.id.as_ref().and_then(|id| id.parse().ok()) {
        Some(id) => cx.read(|c| store::field::of(c, id))?,
        None => std::collections::BTreeMap::new(),
    };
    let value = |field: &Field| match cx.form.get(&format!("field_{}", field.id)) {
        Some(typed) => typed.to_owned(),
        None => kept.get(&field.id).cloned().unwrap_or_default(),
    };
    let fields = cx.read(store::field::all)?.into_iter().map(|field| (value(&field), field));
    let fields = fields.map(|(value, field)| (field, value)).collect();
    let draft = Draft { fields, ..draft };
    let draft = Draft { agents: agents.map(|(id, name)| (id.to_string(), name)).collect(), ..draft };
    Ok(cx.page(&frame, &template::form(&frame, &draft)))
}

/// The form again, as it was typed, with a sentence beside each field that is wrong.
fn again(cx: &Cx<'_>, id: Option<String>, refused: &Refused) -> Result<Response, Failure> {
    let typed = |name: &str| cx.form.trimmed(name).to_owned();
    let known: Option<Id<Contact>> = id.as_ref().and_then(|id| id.parse().ok());
    let wrong = wrong(cx, known, refused)?;
    let mut problem = refusal::sentence(&cx.texts, refused, &cx.zone);
    // The form that comes back would overwrite what the colleague wrote, so that is said first.
    if !wrong.is_empty() && *refused != Refused::ChangedSince {
        problem = cx.texts.contacts_unfit().to_owned();
    } else {
        let fix = match refused {
            Refused::ChangedSince => cx.texts.contacts_changed_fix().to_owned(),
            other => refusal::fix(&cx.texts, other, &cx.zone),
        };
        problem = format!("{problem} {fix}");
    }
    // The form that comes back has been compared with what is there now.
    let now = known.map(|id| cx.read(|c| store::contact::get(c, id))).transpose()?.flatten();
    let draft = Draft {
        id,
        seen: now.map(|contact| contact.updated_at),
        name: typed("name"),
        language: typed("language"),
        about: typed("about"),
        dedicated: typed("dedicated"),
        phone: typed("phone"),
        email: typed("email"),
        problem: Some(problem),
        wrong,
        ..Draft::default()
    };
    let mut response = form(cx, draft)?;
    response.status = Failure::Refused(refused.clone()).status();
    Ok(response)
}

/// Each field of the form that is wrong, with why: the one that was refused, and whatever else does not fit.
fn wrong(cx: &Cx<'_>, id: Option<Id<Contact>>, refused: &Refused) -> Result<Vec<(String, String)>, Failure> {
    let sentence = |refused: &Refused| refusal::sentence(&cx.texts, refused, &cx.zone);
    let mut wrong = Vec::new();
    for (name, field) in
        [("name", "name"), ("language", "language"), ("about", "about"), ("dedicated", "dedicated_id")]
    {
        if matches!(refused, Refused::Field { field: known, .. } if *known == field) {
            wrong.push((name.to_owned(), sentence(refused)));
        }
    }
    let own = typed_fields(cx)?;
    let (unfit, home) = cx.read(|c| {
        Ok::<_, store::Error>((actions::unfit(c, id, &own)?, setting::get(c, setting::key::COUNTRY)?))
    })?;
    wrong.extend(unfit.iter().map(|(field, refused)| (format!("field_{field}"), sentence(refused))));
    for (name, kind) in [("phone", AddressKind::Phone), ("email", AddressKind::Email)] {
        let typed = cx.form.trimmed(name);
        if let Some(refused) = kind.normal(typed, home.as_deref()).err().filter(|_| !typed.is_empty()) {
            wrong.push((name.to_owned(), sentence(&refused)));
        }
    }
    Ok(wrong)
}

/// Adds a contact.
pub fn create(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed = |name: &str| cx.form.trimmed(name).to_owned();
    let addresses = [(AddressKind::Phone, typed("phone")), (AddressKind::Email, typed("email"))];
    let new = New {
        fields: typed_fields(cx)?,
        name: typed("name"),
        language: Some(typed("language")),
        about: typed("about"),
        dedicated: typed("dedicated").parse().ok(),
        addresses: addresses
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(kind, value)| NewAddress { kind, value, channel: None })
            .collect(),
    };
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    match cx.write(move |tx| actions::create(tx, &viewer, &new, now)) {
        Ok(id) => Ok(Response::redirect(&format!("/contacts/{id}"))),
        Err(Failure::Refused(refused)) => again(cx, None, &refused),
        Err(other) => Err(other),
    }
}

/// Changes a contact.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Contact> = cx.param("id")?;
    let typed = |name: &str| cx.form.trimmed(name).to_owned();
    let change = Change {
        name: Some(typed("name")),
        language: Some(typed("language")),
        about: Some(typed("about")),
        dedicated: cx.form.get("dedicated").map(|typed| typed.trim().parse().ok()),
        fields: typed_fields(cx)?,
        seen: cx.form.trimmed("seen").parse().ok().map(Timestamp),
    };
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    match cx.write(move |tx| actions::change(tx, &viewer, id, &change, now)) {
        Ok(()) => Ok(Response::redirect(&format!("/contacts/{id}"))),
        Err(Failure::Refused(refused)) => again(cx, Some(id.to_string()), &refused),
        Err(other) => Err(other),
    }
}

/// What this person sends is no longer shown, and nothing is sent.
pub fn block(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, viewer, now) = (cx.param("id")?, cx.viewer()?.clone(), cx.now);
    let outcome = cx.write(move |tx| actions::block(tx, &viewer, id, now));
    shown(cx, id, outcome)
}

/// Lets the person in again.
pub fn unblock(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, viewer, now) = (cx.param("id")?, cx.viewer()?.clone(), cx.now);
    let outcome = cx.write(move |tx| actions::unblock(tx, &viewer, id, now));
    shown(cx, id, outcome)
}

/// Adds an address, in any notation.
pub fn add_address(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, viewer, now) = (cx.param("id")?, cx.viewer()?.clone(), cx.now);
    let kind = cx.form.trimmed("kind").parse().map_err(|()| Failure::Bad("kind"))?;
    let new = NewAddress { kind, value: cx.form.trimmed("value").to_owned(), channel: None };
    let outcome = cx.write(move |tx| actions::add_address(tx, &viewer, id, &new, now).map(drop));
    shown(cx, id, outcome)
}

/// Takes an address away, unless conversations stand on it.
pub fn remove_address(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, address, viewer, now) = (cx.param("id")?, cx.param("address")?, cx.viewer()?.clone(), cx.now);
    let outcome = cx.write(move |tx| actions::remove_address(tx, &viewer, address, now));
    shown(cx, id, outcome)
}

/// What the person said about being written to.
pub fn consent(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, address, viewer, now) = (cx.param("id")?, cx.param("address")?, cx.viewer()?.clone(), cx.now);
    let allowed = match cx.form.trimmed("allowed") {
        "yes" => true,
        "no" => false,
        _ => return Err(Failure::Bad("allowed")),
    };
    let source = cx.form.trimmed("source").to_owned();
    let outcome =
        cx.write(move |tx| actions::note_consent(tx, &viewer, (id, address), (allowed, &source), now));
    shown(cx, id, outcome)
}

fn shown(cx: &Cx<'_>, id: Id<Contact>, outcome: Result<(), Failure>) -> Result<Response, Failure> {
    match outcome {
        Ok(()) => Ok(Response::redirect(&format!("/contacts/{id}"))),
        Err(Failure::Refused(refused)) => card(cx, id, Some(&refused)),
        Err(other) => Err(other),
    }
}
