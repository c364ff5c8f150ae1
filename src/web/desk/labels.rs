//! Tags and priority of a conversation.

use super::acts::done;
use crate::actions::many::Act;
use crate::actions::{reach, tag as action};
use crate::domain::Id;
use crate::domain::refused::Problem;
use crate::domain::tag::{Priority, Tag};
use crate::store::{self, Connection};
use crate::templates::labels::Labels;
use crate::web::http::Response;
use crate::web::{Cx, Failure, forms};

/// What stands on a conversation, and what may be put on it.
pub fn load(
    c: &Connection,
    conversation: Id<crate::domain::conversation::Conversation>,
) -> store::Result<Labels> {
    Ok(Labels { tags: store::tag::of(c, conversation)?, all: store::tag::all(c)? })
}

/// Puts a tag on, by its name as it was typed.
pub fn put(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, viewer) = (cx.param("id")?, cx.viewer()?);
    let name = cx.form.trimmed("tag");
    let tag = cx.read(|c| {
        reach::conversation(c, viewer, id)?;
        action::by_name(c, name)
    })?;
    done(cx, "tagged", Act::Tag(tag))
}

/// Takes a tag off.
pub fn take(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let tag: Id<Tag> = cx.param("tag")?;
    done(cx, "tagged", Act::Untag(tag))
}

/// Says how pressing it is.
pub fn prioritise(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let wrong = |()| forms::wrong("priority", Problem::Unknown);
    let priority: Priority = cx.form.trimmed("priority").parse().map_err(wrong)?;
    done(cx, "priority", Act::Priority(priority))
}
