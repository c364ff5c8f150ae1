//! Contacts who look like one person, and the search for whom one is merged with.

use super::contacts::lines_of;
use super::same::sign;
use crate::domain::Id;
use crate::domain::contact::Contact;
use crate::store::likeness::Likeness;
use crate::store::search::Sought;
use crate::store::{self, Connection, setting};
use crate::templates::alike::{self as template, Choice, List, Pair, Person};
use crate::templates::same::MOST;
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// How many pairs, and how many people, a page has.
const PAIRS: u32 = 20;
const PEOPLE: u32 = 20;

/// Those of whom nobody has said yet whether they are one, the newest first.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let before: Option<i64> = cx.query.trimmed("before").parse().ok();
    let list = cx.read(|c| {
        let found = store::likeness::page(c, before, PAIRS)?;
        let next = found.last().map(|last| last.id).filter(|_| found.len() == PAIRS as usize);
        Ok::<_, Failure>(List { pairs: pairs(c, &found)?, next })
    })?;
    let frame = cx.frame(cx.texts.alike_title())?;
    Ok(cx.page(&frame, &template::list(&frame, &list)))
}

fn pairs(c: &Connection, found: &[Likeness]) -> store::Result<Vec<Pair>> {
    let ids: Vec<Id<Contact>> = found.iter().flat_map(|one| [one.pair.0, one.pair.1]).collect();
    let people = people(c, &ids)?;
    let person = |id| people.iter().find(|person| person.line.contact.id == id).cloned();
    let pair = |likeness: &Likeness| {
        let both = [person(likeness.pair.0)?, person(likeness.pair.1)?];
        let mut addresses = both.iter().flat_map(|person| &person.line.addresses);
        let shared = addresses.find(|address| Some(address.id) == likeness.address).cloned();
        Some(Pair { people: both, sign: sign(shared) })
    };
    Ok(found.iter().filter_map(pair).collect())
}

/// These people, in this order.
fn people(c: &Connection, ids: &[Id<Contact>]) -> store::Result<Vec<Person>> {
    let counts = store::conversation::numbers_of(c, ids, MOST)?;
    let person = |line: crate::templates::contacts::Line| {
        let conversations = counts.get(&line.contact.id).copied();
        Person { line, conversations }
    };
    Ok(lines_of(c, ids)?.into_iter().map(person).collect())
}

/// The search for the other one; without words those who look alike are offered.
pub fn choose(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Contact> = cx.param("id")?;
    let q: String = cx.query.trimmed("q").chars().take(200).collect();
    let choice = cx.read(|c| {
        let contact = store::contact::get(c, id)?.ok_or(Failure::NotFound)?;
        let (mut ids, next) = if q.is_empty() {
            (store::likeness::of(c, id)?.into_iter().map(|(other, _)| other).collect(), None)
        } else {
            let country = setting::get(c, setting::key::COUNTRY)?;
            let sought = Sought::of(c, &q, country.as_deref())?;
            store::search::page(c, &sought, cx.query.trimmed("before").parse().ok(), PEOPLE)?
        };
        ids.retain(|other| *other != id);
        let next = next.map(|next| next.to_string());
        Ok::<_, Failure>(Choice { people: people(c, &ids)?, contact, q, next })
    })?;
    let frame = cx.frame(cx.texts.alike_merge_with())?;
    Ok(cx.page(&frame, &template::choose(&frame, &choice)))
}
