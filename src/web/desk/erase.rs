//! A person is erased, after a page that says what that means; and the receipts of it.

use jiff::tz::TimeZone;

use crate::actions::contact as actions;
use crate::domain::agent::Role;
use crate::domain::contact::Contact;
use crate::domain::erasure::Erasure;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused};
use crate::store::{self, Connection};
use crate::templates::erased::{self as template, Line};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// How many receipts stand on a page.
const ROWS: u32 = 50;

/// Says what goes, and asks.
pub fn ask(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Contact> = cx.param("id")?;
    asked(cx, id, false)
}

fn asked(cx: &Cx<'_>, id: Id<Contact>, unticked: bool) -> Result<Response, Failure> {
    let contact = cx.read(|c| store::contact::get(c, id))?.ok_or(Failure::NotFound)?;
    let frame = cx.frame(cx.texts.erased_title())?;
    let mut response = cx.page(&frame, &template::ask(&frame, &contact, unticked));
    if unticked {
        let missing = Refused::Field { field: "sure", problem: Problem::Missing };
        response.status = Failure::Refused(missing).status();
    }
    Ok(response)
}

/// Erases, and shows the receipt.
pub fn erase(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Contact> = cx.param("id")?;
    if cx.form.get("sure").is_none() {
        return asked(cx, id, true);
    }
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| actions::delete(tx, &by, id, now))?;
    let newest = cx.read(|c| store::erase::receipts(c, i64::MAX, ROWS))?;
    let number = newest.iter().find(|one| one.contact == id.get()).map_or(0, |one| one.id);
    Ok(Response::redirect(&format!("/erasures/{number}")))
}

fn line(c: &Connection, one: Erasure, zone: &TimeZone) -> store::Result<Line> {
    let by = one.agent.map(|agent| store::agent::get(c, agent)).transpose()?.flatten();
    Ok(Line { by: by.map(|agent| agent.name).unwrap_or_default(), one, zone: zone.clone() })
}

/// All receipts, the newest first.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let before = cx.query.trimmed("before").parse().unwrap_or(i64::MAX);
    let lines = cx.read(|c| {
        let found = store::erase::receipts(c, before, ROWS)?;
        let zone = store::setting::zone(c)?;
        found.into_iter().map(|one| line(c, one, &zone)).collect::<store::Result<Vec<Line>>>()
    })?;
    let next = lines.last().map(|last| last.one.id).filter(|_| lines.len() == ROWS as usize);
    let frame = cx.frame(cx.texts.erased_receipts())?;
    Ok(cx.page(&frame, &template::list(&frame, &lines, next)))
}

/// One receipt, as a page or as a file. Whoever erased sees it, and administrators.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Erasure> = cx.param("id")?;
    let (viewer, number) = (cx.viewer()?.clone(), id.get());
    let line = cx.read(|c| {
        let found = store::erase::receipts(c, number.saturating_add(1), 1)?.pop();
        let found = found.filter(|one| one.id == number).ok_or(Failure::NotFound)?;
        if viewer.role < Role::Admin && found.agent != viewer.author() {
            return Err(Failure::NotFound);
        }
        Ok::<_, Failure>(line(c, found, &store::setting::zone(c)?)?)
    })?;
    let frame = cx.frame(cx.texts.erased_receipt(number))?;
    if cx.query.get("file").is_some() {
        let file = Response::download("text/plain; charset=utf-8", &format!("erasure-{number}.txt"));
        return Ok(file.with_body(template::text(&frame, &line).into()));
    }
    Ok(cx.page(&frame, &template::receipt(&frame, &line)))
}
