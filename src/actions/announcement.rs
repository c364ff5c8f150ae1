//! Announcing something to the team (S214): to everybody, to a queue or to those who lead, for a time, with receipts.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::announcement::{Announcement, Audience, Stage, normal};
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, announcement, event};

/// What is to be announced.
#[derive(Clone, Debug)]
pub struct Post {
    pub text: String,
    pub audience: Audience,
    /// `None`: at once.
    pub starts_at: Option<Timestamp>,
    /// `None`: until somebody ends it.
    pub ends_at: Option<Timestamp>,
}

/// Announces it. What nobody could ever see is refused.
pub fn post(tx: &Tx<'_>, by: &Viewer, post: &Post, now: Timestamp) -> Result<Id<Announcement>> {
    by.must_be(Role::Supervisor)?;
    let author = by.author().ok_or(Error::NotFound)?;
    let text = normal(&post.text)?;
    if let Audience::Queue(queue) = post.audience {
        let unknown = Refused::Field { field: "audience", problem: Problem::Unknown };
        store::queue::get(tx, queue)?.ok_or(unknown)?;
    }
    let starts_at = post.starts_at.map_or(now, |at| at.max(now));
    if post.ends_at.is_some_and(|end| end <= starts_at) {
        return Err(Refused::Field { field: "ends_at", problem: Problem::Wrong }.into());
    }
    let new = Announcement {
        id: Id::new(0),
        text,
        audience: post.audience,
        starts_at,
        ends_at: post.ends_at,
        by: author,
        created_at: now,
    };
    let id = announcement::insert(tx, &new)?;
    announcement::turn(tx, now)?;
    log(tx, by, (kind::ANNOUNCEMENT_CHANGED, id), now)?;
    Ok(id)
}

/// Ends it before its time. What is over stays over.
pub fn end(tx: &Tx<'_>, by: &Viewer, id: Id<Announcement>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    let found = announcement::get(tx, id)?.ok_or(Error::NotFound)?;
    if found.stage(now) == Stage::Over {
        return Ok(());
    }
    announcement::end(tx, id, now)?;
    log(tx, by, (kind::ANNOUNCEMENT_CHANGED, id), now)
}

/// Somebody has read it, and sees it no more. Only those for whom it is, and not before it begins.
pub fn read(tx: &Tx<'_>, by: &Viewer, id: Id<Announcement>, now: Timestamp) -> Result<()> {
    let found = announcement::get(tx, id)?.ok_or(Error::NotFound)?;
    let mine = found.audience.means(by.role, |queue| by.queues.contains(&queue));
    if !mine || found.stage(now) == Stage::Planned {
        return Err(Error::NotFound);
    }
    let agent = by.author().ok_or(Error::NotFound)?;
    // A second press of the button keeps the first receipt.
    if announcement::receipt(tx, id, agent, now)? {
        log(tx, by, (kind::ANNOUNCEMENT_READ, id), now)?;
    }
    Ok(())
}

/// Tells open pages of what begins or ends by itself.
pub fn turn(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    if announcement::turn(tx, now)? > 0 {
        let new = event::New { kind: kind::ANNOUNCEMENT_CHANGED, ..event::New::default() };
        event::append(tx, &new, now)?;
    }
    Ok(())
}

fn log(tx: &Tx<'_>, by: &Viewer, (kind, id): (&'static str, Id<Announcement>), now: Timestamp) -> Result<()> {
    let data = json!({ "announcement": id.get() });
    let new = event::New { kind, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
