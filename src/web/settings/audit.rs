//! The chained log of what concerns security: looked through, and taken along.

use std::io::Read;
use std::sync::Arc;

use crate::actions;
use crate::desk::Desk;
use crate::domain::event::kind;
use crate::store::audit::{self, Entry};
use crate::store::{self, agent};
use crate::templates;
use crate::templates::settings::audit::{Audit, Row};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::{Content, Response};

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
    let (media, name) =
        if csv { ("text/csv; charset=utf-8", "audit.csv") } else { ("application/x-ndjson", "audit.jsonl") };
    let mut response = Response::new(200)
        .with_header("Content-Type", media)
        .with_header("Content-Disposition", format!("attachment; filename=\"{name}\""));
    let head =
        if csv { b"id,at,kind,agent_id,contact_id,data,previous,hash\r\n".to_vec() } else { Vec::new() };
    let pages = Pages { desk: cx.app.desk.clone(), after: 0, part: head, given: 0, csv };
    response.body = Content::Stream { reader: Box::new(pages), len: None };
    Ok(response)
}

/// The log as bytes, read a part at a time, so that a long one takes no more memory than a short one.
struct Pages {
    desk: Arc<Desk>,
    after: i64,
    part: Vec<u8>,
    given: usize,
    csv: bool,
}

impl Read for Pages {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.given == self.part.len() {
            let after = self.after;
            let found = self.desk.readers.read(|connection| audit::after(connection, after, PART));
            let found = found.map_err(std::io::Error::other)?;
            self.after = found.last().map_or(self.after, |last| last.id);
            self.part = found.iter().flat_map(|entry| line(entry, self.csv).into_bytes()).collect();
            self.given = 0;
        }
        let rest = &self.part[self.given..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
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
    format!("{}\r\n", cells.map(|cell| self::cell(&cell)).join(","))
}

/// A cell that no table program takes for a formula.
pub fn cell(text: &str) -> String {
    let first = text.trim_start_matches([' ', '"', '\'']).chars().next();
    let formula = matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n'));
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
