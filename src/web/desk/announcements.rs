//! Announcements for whom they are: what is unread on every page, all of them on one, and the button that says "read".

use std::collections::BTreeMap;

use crate::actions::announcement as action;
use crate::domain::Id;
use crate::domain::agent::Agent;
use crate::domain::announcement::{Announcement, Audience, Stage};
use crate::domain::queue::Queue;
use crate::store::{self, Connection};
use crate::templates::announcements::{self as pages, Shown};
use crate::web::http::Response;
use crate::web::{Cx, Failure, forms};

/// How many of the newest announcements are looked through.
const LOOKED: u32 = 200;

/// Those of mine that have begun, the newest first.
pub fn mine(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (viewer, now) = (cx.viewer()?, cx.now);
    let list = cx.read(|c| {
        let meant = |one: &Announcement| {
            one.stage(now) != Stage::Planned
                && one.audience.means(viewer.role, |queue| viewer.queues.contains(&queue))
        };
        let all = store::announcement::before(c, i64::MAX, LOOKED)?;
        let mut list = Vec::new();
        for shown in named(c, all.into_iter().filter(meant).collect())? {
            let receipts = store::announcement::receipts(c, shown.announcement.id)?;
            let read = receipts.into_iter().find(|(agent, _)| *agent == viewer.agent).map(|(_, at)| at);
            list.push((shown, read));
        }
        Ok::<_, Failure>(list)
    })?;
    let frame = forms::frame(cx, cx.texts.announce_title())?;
    Ok(cx.page(&frame, &pages::mine(&frame, &list)))
}

/// The announcements with the names that they speak of.
pub fn named(c: &Connection, list: Vec<Announcement>) -> Result<Vec<Shown>, Failure> {
    let names: BTreeMap<Id<Agent>, String> = store::thread::names(c)?.into_iter().collect();
    let queues: BTreeMap<Id<Queue>, String> =
        store::queue::all(c)?.into_iter().map(|queue| (queue.id, queue.name)).collect();
    let shown = |announcement: Announcement| Shown {
        by: names.get(&announcement.by).cloned().unwrap_or_default(),
        queue: match announcement.audience {
            Audience::Queue(queue) => queues.get(&queue).cloned().unwrap_or_default(),
            _ => String::new(),
        },
        announcement,
    };
    Ok(list.into_iter().map(shown).collect())
}

/// It was read. Back to where that was said.
pub fn read(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| action::read(tx, &by, id, now))?;
    Ok(Response::redirect(&forms::came_from(cx).unwrap_or_else(|| "/inbox".to_owned())))
}
