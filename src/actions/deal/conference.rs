//! Writing along in a colleague's conversation: how it ends. It begins with a request that is accepted.

use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result, announce, wrap};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Line, kind};
use crate::domain::offer::Denied;
use crate::domain::wrapup::After;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, offer};

/// Leaves a conversation in which one writes along; it goes on without them (S112).
pub fn leave(tx: &Tx<'_>, by: &Viewer, conversation: Id<Conversation>, now: Timestamp) -> Result<()> {
    let mut conversation = store::conversation::get(tx, conversation)?.ok_or(Error::NotFound)?;
    if offer::leave(tx, conversation.id, Some(by.agent), now)?.is_empty() {
        return Err(Error::NotFound);
    }
    told(tx, by, &conversation, by.agent, now)?;
    wrap::ask(tx, by.agent, &conversation, After::Conference, now)?;
    announce::announce(tx, &mut conversation, |rules| &rules.left_text, &by.name, now)?;
    Ok(store::conversation::update(tx, &conversation)?)
}

/// Ends the conference: everybody who was brought in leaves. Only who brought them in may do that, or a supervisor
/// (S111).
pub fn end(tx: &Tx<'_>, by: &Viewer, conversation: Id<Conversation>, now: Timestamp) -> Result<()> {
    let conversation = store::conversation::get(tx, conversation)?.ok_or(Error::NotFound)?;
    let there = offer::participants(tx, conversation.id)?;
    let (_, initiator) = *there.first().ok_or(Error::NotFound)?;
    let may = there.iter().any(|(_, asked_by)| *asked_by == by.agent)
        || conversation.assignee == Some(by.agent)
        || by.role >= Role::Supervisor;
    if !may {
        let name = history::name_of(tx, Some(initiator))?;
        return Err(Refused::Work(Denied::NotInitiator { name }).into());
    }
    over(tx, by, &conversation, now)?;
    // The initiator says what came of the conference, too (S110).
    if there.iter().any(|(_, asked_by)| *asked_by == by.agent) {
        wrap::ask(tx, by.agent, &conversation, After::Conference, now)?;
    }
    Ok(())
}

/// Everybody who wrote along leaves, because it is over.
pub(in crate::actions) fn over(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: &Conversation,
    now: Timestamp,
) -> Result<()> {
    for agent in offer::leave(tx, conversation.id, None, now)? {
        told(tx, by, conversation, agent, now)?;
        wrap::ask(tx, agent, conversation, After::Conference, now)?;
    }
    Ok(())
}

fn told(tx: &Tx<'_>, by: &Viewer, conversation: &Conversation, who: Id<Agent>, now: Timestamp) -> Result<()> {
    let line = Line { to: history::name_of(tx, Some(who))?, ..Line::default() };
    history::tell(tx, conversation, &Happening::by(by, kind::CONFERENCE_LEFT, line), now)?;
    Ok(())
}
