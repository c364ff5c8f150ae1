//! Two contacts who may be one person: hinted at, compared, merged or told apart. Never merged silently.

use std::collections::BTreeMap;

use crate::actions::contact::{self as actions, Merge, OpenOnes};
use crate::domain::agent::Role;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::{Id, Timestamp};
use crate::i18n::Texts;
use crate::store::{self, Connection};
use crate::templates::same::{self as template, Alike, MOST, Merged, Side, Sign};
use crate::templates::settings::fields;
use crate::web::http::Response;
use crate::web::{Cx, Failure, forms};

/// Those who may be the same person.
pub fn alike(c: &Connection, id: Id<Contact>) -> store::Result<Vec<Alike>> {
    let found = store::likeness::of(c, id)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Id<Contact>> = found.iter().map(|(other, _)| *other).collect();
    let mut others: BTreeMap<Id<Contact>, Contact> =
        store::contact::many(c, &ids)?.into_iter().map(|contact| (contact.id, contact)).collect();
    let met = |(other, shared)| Some(Alike { contact: others.remove(&other)?, sign: sign(shared) });
    Ok(found.into_iter().filter_map(met).collect())
}

/// What says that two are one.
pub fn sign(shared: Option<Address>) -> Sign {
    shared.map_or(Sign::Name, Sign::Address)
}

fn both(cx: &Cx<'_>) -> Result<(Id<Contact>, Id<Contact>), Failure> {
    Ok((cx.param("id")?, cx.param("other")?))
}

/// Any two side by side, with what says that they are one, if anything does, and with what a merger would do.
pub fn preview(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (one, other) = both(cx)?;
    if one == other {
        return Err(Failure::NotFound);
    }
    let (sides, why) = cx.read(|c| {
        let why = store::likeness::of(c, one)?.into_iter().find(|(found, _)| *found == other);
        Ok::<_, Failure>((sides(c, &cx.texts, (one, other))?, why.map(|(_, shared)| sign(shared))))
    })?;
    let frame = cx.frame(cx.texts.same_title())?;
    Ok(cx.page(&frame, &template::preview(&frame, &sides, why.as_ref())))
}

fn sides(c: &Connection, t: &Texts, (one, other): (Id<Contact>, Id<Contact>)) -> Result<[Side; 2], Failure> {
    let counts = store::conversation::numbers_of(c, &[one, other], MOST)?;
    let side = |id| {
        let contact = store::contact::get(c, id)?.ok_or(Failure::NotFound)?;
        Ok::<_, Failure>(Side {
            known: known(c, t, &contact)?,
            addresses: store::contact::addresses(c, id)?,
            conversations: counts.get(&id).copied(),
            contact,
        })
    };
    Ok([side(one)?, side(other)?])
}

/// What a merger would take over, or leave behind where both have it.
fn known(c: &Connection, t: &Texts, of: &Contact) -> store::Result<Vec<(String, String)>> {
    let agent = of.dedicated.map(|agent| store::agent::get(c, agent)).transpose()?.flatten();
    let language = of.language.clone().map(|language| (t.contacts_language().to_owned(), language));
    let agent = agent.map(|agent| (t.contacts_look_after().to_owned(), agent.name));
    let own = super::contacts::filled(c, of.id)?.into_iter();
    let own = own.map(|(field, value)| (field.name.clone(), fields::shown(t, &field, &value).to_owned()));
    Ok(language.into_iter().chain(agent).chain(own).collect())
}

/// They are one: the chosen one stays.
pub fn merge(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (one, other) = both(cx)?;
    let survivor: Id<Contact> = cx.form.trimmed("survivor").parse().map_err(|_| Failure::Bad("survivor"))?;
    let goes = match survivor {
        chosen if chosen == one => other,
        chosen if chosen == other => one,
        _ => return Err(Failure::Bad("survivor")),
    };
    let open = if cx.form.get("keep_open").is_some() { OpenOnes::Keep } else { OpenOnes::Close };
    let order = Merge { survivor, other: goes, open };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| actions::merge(tx, &by, order, now))?;
    Ok(Response::redirect(&format!("/contacts/{survivor}")))
}

/// The mergers into this contact that a supervisor can still take back.
pub fn merged(c: &Connection, cx: &Cx<'_>, id: Id<Contact>) -> Result<Vec<Merged>, Failure> {
    if cx.viewer()?.role < Role::Supervisor {
        return Ok(Vec::new());
    }
    let since = Timestamp(cx.now.0 - actions::PARTED_WITHIN.0);
    let mut merged = Vec::new();
    for kept in store::merge::into(c, id, since)? {
        merged.push(Merged { event: kept.event, at: kept.at, name: kept.merger.was.name });
    }
    Ok(merged)
}

/// A merger is taken back.
pub fn part(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, event): (Id<Contact>, _) = (cx.param("id")?, cx.param("event")?);
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let other = cx.write(move |tx| actions::part(tx, &by, (id, event), now))?;
    Ok(Response::redirect(&format!("/contacts/{other}")))
}

/// They are two, and nobody is asked again.
pub fn different(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let pair = both(cx)?;
    let back: Option<Id<Conversation>> = cx.form.trimmed("back").parse().ok();
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| actions::not_the_same(tx, &by, pair, now))?;
    let to = back.map(|id| format!("/conversations/{id}")).or_else(|| forms::came_from(cx));
    Ok(Response::redirect(&to.unwrap_or_else(|| format!("/contacts/{}", pair.0))))
}
