//! Contacts: found, made, changed, merged, erased.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives, Param};
use super::shape::contact::{
    Consent, Contact, ContactChange, Erased, Fields, Merge, NewAddress, NewContact, Part, gather,
};
use super::shape::{Page, created, shown};
use crate::actions::Error;
use crate::actions::contact::{self, OpenOnes};
use crate::domain::Id;
use crate::domain::Refused;
use crate::domain::agent::Role;
use crate::domain::contact as person;
use crate::domain::field::Field;
use crate::domain::refused::Problem;
use crate::store::search::{Place, Sought};
use crate::store::{self, Connection, setting};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

const LIST: &[Param] = &[
    Param::text("q", "Part of a name or a phone number, or a whole e-mail address."),
    Param::number("limit", "How many at most, 50 unless said otherwise, up to 200."),
    Param::text("cursor", "`next_cursor` of the page before."),
];

/// The contacts of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/contacts", Role::Agent, list, Gives::Page("Contact"))
        .about("Contacts, the newest first; with `q` those that fit best.")
        .query(LIST),
    Endpoint::post("/api/v1/contacts", Role::Agent, create, "NewContact")
        .about("Adds a contact. Addresses are kept in their normal form and belong to one contact only.")
        .giving(Gives::Created("Contact")),
    Endpoint::get("/api/v1/contacts/{id}", Role::Agent, show, Gives::One("Contact"))
        .about("One contact."),
    Endpoint::patch("/api/v1/contacts/{id}", Role::Agent, change, "ContactChange")
        .about("Changes what is given and leaves the rest.")
        .giving(Gives::One("Contact")),
    Endpoint::delete("/api/v1/contacts/{id}", Role::Supervisor, delete, Gives::One("Erased"))
        .about("Erases a contact with all its addresses, conversations, messages and files. Cannot be undone."),
    Endpoint::post("/api/v1/contacts/{id}/merge", Role::Supervisor, merge, "Merge")
        .about("Makes two contacts one: addresses and conversations of the other move here, its open conversations are closed.")
        .giving(Gives::One("Contact")),
    Endpoint::post("/api/v1/contacts/{id}/part", Role::Supervisor, part, "Part")
        .about("Takes a merger into this contact back, up to seven days later and while both are as it left them. Gives the other contact.")
        .giving(Gives::One("Contact")),
    Endpoint::post("/api/v1/contacts/{id}/addresses/{address}/consent", Role::Agent, consent, "Consent")
        .about("Notes that one may write to the address, or may not any more, and where that is known from.")
        .giving(Gives::One("Contact")),
    Endpoint::post("/api/v1/contacts/{id}/addresses", Role::Agent, add_address, "NewAddress")
        .about("Adds an address.")
        .giving(Gives::Created("Contact")),
    Endpoint::delete("/api/v1/contacts/{id}/addresses/{address}", Role::Agent, remove_address, Gives::Nothing)
        .about("Takes an address away on which no conversation stands."),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let limit = ask::limit(cx)?;
    let wanted: Option<String> = ask::parameter(cx, "q")?;
    let page = match wanted {
        Some(text) => {
            let after: Option<Place> = ask::parameter(cx, "cursor")?;
            cx.read(|c| found(c, &text, after, limit))
        }
        None => {
            let before: Option<i64> = ask::parameter(cx, "cursor")?;
            cx.read(|c| newest(c, before, limit))
        }
    };
    shown(&page?)
}

/// Those that fit best. A page may be short although there is a next one: then enough was looked at for once.
fn found(c: &Connection, text: &str, after: Option<Place>, limit: u32) -> store::Result<Page<Contact>> {
    let home = setting::get(c, setting::key::COUNTRY)?;
    let sought = Sought::of(c, text, home.as_deref())?;
    let (ids, next) = store::search::page(c, &sought, after, limit)?;
    Ok(Page { items: gather(c, &ids)?, next_cursor: next.map(|next| next.to_string()) })
}

fn newest(c: &Connection, before: Option<i64>, limit: u32) -> store::Result<Page<Contact>> {
    let found = store::contact::page(c, before.map(Id::new), limit)?;
    let ids: Vec<_> = found.iter().map(|contact| contact.id).collect();
    let full = ids.len() == limit as usize;
    let next_cursor = ids.last().filter(|_| full).map(ToString::to_string);
    Ok(Page { items: gather(c, &ids)?, next_cursor })
}

fn create(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewContact = ask::body(cx, JSON)?;
    let new = contact::New {
        name: asked.name,
        language: asked.language,
        about: asked.about,
        dedicated: None,
        addresses: asked.addresses.into_iter().map(address).collect(),
        fields: Vec::new(),
    };
    let (by, now, fields) = (cx.viewer()?.clone(), cx.now, asked.fields);
    let id = cx.write(move |tx| {
        let new = contact::New { fields: numbered(tx, fields)?, ..new };
        contact::create(tx, &by, &new, now)
    })?;
    created(&one(cx, id)?)
}

fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    shown(&one(cx, id)?)
}

fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<person::Contact> = cx.param("id")?;
    let asked: ContactChange = ask::body(cx, JSON)?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| {
        let change = contact::Change {
            name: asked.name,
            language: asked.language.map(Option::unwrap_or_default),
            about: asked.about,
            dedicated: asked.dedicated_id.map(|agent| agent.map(Id::new)),
            fields: numbered(tx, asked.fields)?,
            seen: None,
        };
        contact::change(tx, &by, id, &change, now)?;
        match asked.blocked {
            Some(true) => contact::block(tx, &by, id, now),
            Some(false) => contact::unblock(tx, &by, id, now),
            None => Ok(()),
        }
    })?;
    shown(&one(cx, id)?)
}

fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<person::Contact> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let receipt = cx.write(move |tx| contact::delete(tx, &by, id, now))?;
    shown(&Erased {
        id: id.get(),
        addresses: receipt.addresses,
        conversations: receipt.conversations,
        messages: receipt.messages,
        attachments: receipt.attachments,
    })
}

fn merge(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<person::Contact> = cx.param("id")?;
    let asked: Merge = ask::body(cx, JSON)?;
    let open = if asked.keep_open { OpenOnes::Keep } else { OpenOnes::Close };
    let order = contact::Merge { survivor: id, other: Id::new(asked.other_id), open };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| contact::merge(tx, &by, order, now))?;
    shown(&one(cx, id)?)
}

fn part(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<person::Contact> = cx.param("id")?;
    let asked: Part = ask::body(cx, JSON)?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let other = cx.write(move |tx| contact::part(tx, &by, (id, Id::new(asked.merge_id)), now))?;
    shown(&one(cx, other)?)
}

fn consent(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<person::Contact> = cx.param("id")?;
    let address: Id<person::Address> = cx.param("address")?;
    let asked: Consent = ask::body(cx, JSON)?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| contact::note_consent(tx, &by, (id, address), (asked.allowed, &asked.source), now))?;
    shown(&one(cx, id)?)
}

fn add_address(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<person::Contact> = cx.param("id")?;
    let new = address(ask::body(cx, JSON)?);
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| contact::add_address(tx, &by, id, &new, now))?;
    created(&one(cx, id)?)
}

fn remove_address(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<person::Contact> = cx.param("id")?;
    let address: Id<person::Address> = cx.param("address")?;
    let whose = cx.read(|connection| store::contact::address(connection, address))?;
    if whose.is_none_or(|address| address.contact != id) {
        return Err(Failure::NotFound);
    }
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| contact::remove_address(tx, &by, address, now))?;
    Ok(Response::new(204))
}

/// The team's own fields by their names, as programs call them.
fn numbered(tx: &Connection, asked: Fields) -> Result<Vec<(Id<Field>, String)>, Error> {
    let known = store::field::all(tx)?;
    let unknown = || Error::from(Refused::Field { field: "fields", problem: Problem::Unknown });
    let number = |(name, value): (String, Option<String>)| {
        let field = known.iter().find(|field| field.name == name).ok_or_else(unknown)?;
        Ok((field.id, value.unwrap_or_default()))
    };
    asked.into_iter().map(number).collect()
}

fn address(asked: NewAddress) -> contact::NewAddress {
    contact::NewAddress { kind: asked.kind, value: asked.value, channel: asked.channel_id.map(Id::new) }
}

fn one(cx: &Cx<'_>, id: Id<person::Contact>) -> Result<Contact, Failure> {
    cx.read(|connection| gather(connection, &[id]))?.pop().ok_or(Failure::NotFound)
}
