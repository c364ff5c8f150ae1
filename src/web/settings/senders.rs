//! What was put aside, and whom the team does not want to hear.

use crate::actions::{reach, sender};
use crate::domain::Timestamp;
use crate::domain::agent::Role;
use crate::store::{self, aside};
use crate::templates;
use crate::templates::settings::senders::Page;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// How many of either stand on a page.
const ROWS: u32 = 50;

/// Both lists. Everybody sees of what was put aside what would be theirs to see.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let viewer = cx.viewer()?.clone();
    let before = cx.query.get("before").and_then(|at| at.parse().ok()).map_or(Timestamp(i64::MAX), Timestamp);
    let after = cx.query.trimmed("after").to_owned();
    let page = cx.read(|connection| {
        let found = aside::newest(connection, before, ROWS)?;
        let older = found.last().filter(|_| found.len() == ROWS as usize).map(|last| last.at.0);
        let mut rows = Vec::new();
        for row in found {
            if reach::may_see(connection, &viewer, &row.conversation)? {
                rows.push(row);
            }
        }
        let ids: Vec<_> = rows.iter().map(|row| row.conversation.contact).collect();
        let names = store::contact::many(connection, &ids)?;
        let names = names.into_iter().map(|contact| (contact.id, contact.name)).collect();
        let mut blocked = aside::blocked(connection, &after, ROWS + 1)?;
        let more = blocked.len() > ROWS as usize;
        blocked.truncate(ROWS as usize);
        let next = blocked.last().filter(|_| more).map(|last| last.sender.clone());
        Ok::<_, crate::actions::Error>(Page {
            rows,
            names,
            older,
            blocked,
            next,
            may_change: viewer.role >= Role::Supervisor,
        })
    })?;
    let frame = forms::frame(cx, cx.texts.senders_title())?;
    Ok(cx.page(&frame, &templates::settings::senders::page(&frame, &page)))
}

/// Adds a sender.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, who) = (cx.viewer()?.clone(), cx.now, cx.form.trimmed("sender").to_owned());
    cx.write(move |tx| sender::block(tx, &by, &who, now))?;
    Ok(Response::redirect("/settings/senders?done=done"))
}

/// Takes a sender off the list.
pub fn remove(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, who) = (cx.viewer()?.clone(), cx.now, cx.form.trimmed("sender").to_owned());
    cx.write(move |tx| sender::unblock(tx, &by, &who, now))?;
    Ok(Response::redirect("/settings/senders?done=done"))
}
