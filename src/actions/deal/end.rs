//! How offers end that nobody answered. Every one does.

use super::answer::still_stands;
use super::tell;
use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result, availability};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Cause, Line, kind};
use crate::domain::offer::Denied;
use crate::domain::offer::{Kind, Offer, State};
use crate::domain::queue::Queue;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, offer};

/// Takes back what no longer stands, and ends what nobody answered in time.
pub(super) fn settle(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    for offer in offer::waiting(tx)? {
        match store::conversation::get(tx, offer.conversation)? {
            Some(conversation) if still_stands(&offer, &conversation) => {
                if offer.expires_at <= now {
                    expire(tx, &offer, &conversation, now)?;
                }
            }
            _ => withdraw(tx, &offer, now)?,
        }
    }
    Ok(())
}

/// Nobody answered: it goes back, and who was asked is not asked again until that person says so (S69, S81). A request
/// to write along asks for a favour, so it leaves the state alone.
fn expire(tx: &Tx<'_>, offer: &Offer, conversation: &Conversation, now: Timestamp) -> Result<()> {
    offer::end(tx, offer.id, State::Expired, now)?;
    tell(tx, kind::OFFER_EXPIRED, (conversation, offer.agent, offer.id), now)?;
    came_back(tx, offer, conversation, kind::REQUEST_UNANSWERED, now)?;
    if offer.kind == Kind::Conference { Ok(()) } else { availability::missed(tx, offer.agent, now) }
}

/// A colleague's request that was not taken stands in the thread, so that nobody thinks it was.
pub(super) fn came_back(
    tx: &Tx<'_>,
    offer: &Offer,
    conversation: &Conversation,
    kind: &'static str,
    now: Timestamp,
) -> Result<()> {
    if offer.kind == Kind::Queue {
        return Ok(());
    }
    let line = Line {
        to: history::name_of(tx, Some(offer.agent))?,
        from: history::name_of(tx, offer.from)?,
        conference: offer.kind == Kind::Conference,
        ..Line::default()
    };
    history::tell(tx, conversation, &Happening::own(kind, line), now)?;
    Ok(())
}

/// Takes an offer back whose reason went away.
pub fn withdraw(tx: &Tx<'_>, offer: &Offer, now: Timestamp) -> Result<()> {
    offer::end(tx, offer.id, State::Withdrawn, now)?;
    // Nothing is left of it to see to.
    offer::settle(tx, offer.id, now)?;
    match store::conversation::get(tx, offer.conversation)? {
        Some(conversation) => tell(tx, kind::OFFER_WITHDRAWN, (&conversation, offer.agent, offer.id), now),
        None => Ok(()),
    }
}

/// A supervisor has somebody else asked: the one who was asked comes last next time. It is kept as a thing of its own,
/// because that person declined nothing.
pub fn redeal(tx: &Tx<'_>, by: &Viewer, id: Id<Offer>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    let offer = offer::get(tx, id)?.filter(|offer| offer.kind == Kind::Queue).ok_or(Error::NotFound)?;
    let conversation = store::conversation::get(tx, offer.conversation)?.ok_or(Error::NotFound)?;
    if !offer::end(tx, offer.id, State::Recalled, now)? {
        return Err(Refused::Work(Denied::NoOffer).into());
    }
    tell(tx, kind::OFFER_RECALLED, (&conversation, offer.agent, offer.id), now)
}

/// Somebody's browser is gone: what waits for that person is asked of others. Being gone is no missed offer.
pub fn gone(tx: &Tx<'_>, agent: Id<Agent>, now: Timestamp) -> Result<()> {
    for offer in offer::waiting_for(tx, agent)? {
        let Some(conversation) = store::conversation::get(tx, offer.conversation)? else { continue };
        offer::end(tx, offer.id, State::Withdrawn, now)?;
        tell(tx, kind::OFFER_WITHDRAWN, (&conversation, agent, offer.id), now)?;
        came_back(tx, &offer, &conversation, kind::REQUEST_UNANSWERED, now)?;
    }
    Ok(())
}

/// Somebody's browser has been gone for as long as the queue bears: the open work that came from it goes back to it.
pub fn release(tx: &Tx<'_>, queue: Id<Queue>, agent: Id<Agent>, now: Timestamp) -> Result<()> {
    for mut conversation in offer::held_by(tx, agent)? {
        if conversation.queue != Some(queue) {
            continue;
        }
        let from = history::name_of(tx, conversation.assignee.take())?;
        conversation.updated_at = now;
        let line = Line { from, cause: Some(Cause::Gone), ..Line::default() };
        history::tell(tx, &conversation, &Happening::own(kind::CONVERSATION_UNASSIGNED, line), now)?;
        store::conversation::update(tx, &conversation)?;
    }
    Ok(())
}
