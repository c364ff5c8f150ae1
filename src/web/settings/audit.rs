//! The chained log of what concerns security: looked through, and taken along.

use crate::actions;
use crate::domain::event::kind;
use crate::domain::sheet;
use crate::store::audit::{self, Entry};
use crate::store::{self, agent};
use crate::templates;
use crate::templates::settings::audit::{Audit, Row};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;
use crate::web::{parted, sheet as download};

/// How many stand on a page.
const ROWS: u32 = 50;
/// How many are read at a time for a file.
const PART: u32 = 500;

/// The newest, page by page; all kinds, or one.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let before = cx.query.get("before").and_then(|number| number.parse().ok()).unwrap_or(i64::MAX);
    let kind = cx.query.get("kind").filter(|kind| kind::ALL.contains(kind));
    let (mut found, people) = cx.read(|connection| {
        let found = audit::before(connection, before, kind, ROWS + 1)?;
        Ok::<_, store::Error>((found, agent::all(connection)?))
    })?;
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let next = found.last().filter(|_| more).map(|last| last.id);
    let name = |id| people.iter().find(|who| Some(who.id) == id).map(|who| who.name.clone());
    let rows = found
        .into_iter()
        .map(|entry| Row {
            who: name(entry.agent),
            id: entry.id,
            at: entry.at,
            kind: entry.kind,
            data: entry.data,
        })
        .collect();
    let audit = Audit { rows, next, kind: kind.unwrap_or("") };
    let frame = forms::frame(cx, cx.texts.audit_title())?;
    Ok(cx.page(&frame, &templates::settings::audit::page(&frame, &audit)))
}

/// The whole of it as a file: JSON lines or CSV. That it was taken stands in it too.
pub fn export(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let csv = cx.form.get("format") == Some("csv");
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| actions::audit::export(tx, &by, now))?;
    let (desk, mut last) = (cx.app.desk.clone(), 0);
    let next = move || {
        let found = desk.readers.read(|connection| audit::after(connection, last, PART));
        let found = found.map_err(std::io::Error::other)?;
        last = found.last().map_or(last, |last| last.id);
        let part = found.iter().flat_map(|entry| line(entry, csv).into_bytes()).collect();
        Ok((!found.is_empty()).then_some(part))
    };
    if csv {
        let heads = "id,at,kind,agent_id,contact_id,data,previous,hash\r\n";
        return Ok(download::parted("audit", heads, next));
    }
    let mut response = Response::download("application/x-ndjson", "audit.jsonl");
    response.body = parted::body(Vec::new(), next);
    Ok(response)
}

fn line(entry: &Entry, csv: bool) -> String {
    let hex = crate::net::signature::hex;
    let (previous, hash) = (hex(&entry.previous), hex(&entry.hash));
    let agent = entry.agent.map(crate::domain::Id::get);
    if !csv {
        let whole = serde_json::json!({
            "id": entry.id, "at": entry.at.0, "kind": entry.kind, "agent_id": agent, "contact_id": entry.contact,
            "data": entry.data, "previous": previous, "hash": hash,
        });
        return format!("{whole}\n");
    }
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let cells = [
        entry.id.to_string(),
        entry.at.rfc3339(),
        entry.kind.clone(),
        number(agent),
        number(entry.contact),
        entry.data.clone(),
        previous,
        hash,
    ];
    sheet::line(cells)
}
