//! Deliveries that could not be read.

use crate::actions::inbound;
use crate::store::intake::{self, Unread};
use crate::templates;
use crate::templates::settings::intake::{Raw, Row};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// How many stand on a page.
const ROWS: u32 = 50;
/// How many bytes of a delivery are shown.
const SHOWN: u32 = 64 * 1024;

fn row(unread: Unread) -> Row {
    Row {
        id: unread.id.to_string(),
        channel: unread.channel,
        received_at: unread.received_at,
        why: unread.error,
    }
}

/// The newest, page by page.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let before = cx.query.get("before").and_then(|number| number.parse().ok()).unwrap_or(i64::MAX);
    let mut found = cx.read(|connection| intake::failed(connection, before, ROWS + 1))?;
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    let rows: Vec<Row> = found.into_iter().map(row).collect();
    let frame = forms::frame(cx, cx.texts.frame_intake())?;
    Ok(cx.page(&frame, &templates::settings::intake::list(&frame, &rows, next.as_deref())))
}

/// One delivery, as text: nothing in it is ever run or rendered.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: i64 = cx.param("id")?;
    let whole = cx.read(|connection| intake::get(connection, id, SHOWN))?.ok_or(Failure::NotFound)?;
    let raw = Raw {
        hidden: whole.length.saturating_sub(whole.beginning.len()),
        body: String::from_utf8_lossy(&whole.beginning).into_owned(),
        headers: whole.headers.into_iter().collect(),
        row: row(whole.unread),
    };
    let frame = forms::frame(cx, cx.texts.intake_one(id))?;
    Ok(cx.page(&frame, &templates::settings::intake::delivery(&frame, &raw)))
}

/// Has a delivery read again.
pub fn replay(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| inbound::replay(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/intake?done=done"))
}

/// Leaves a delivery alone.
pub fn ignore(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| inbound::leave(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/intake?done=done"))
}
