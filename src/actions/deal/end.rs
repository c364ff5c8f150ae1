//! How offers end that nobody answered. Every one does.

use super::answer::still_stands;
use super::tell;
use crate::actions::history::{self, Happening};
use crate::actions::{Result, availability};
use crate::domain::agent::Agent;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::offer::{Kind, Offer, State};
use crate::domain::{Id, Timestamp};
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
    tell(tx, kind::OFFER_EXPIRED, (conversation, offer.agent), now)?;
    if offer.kind == Kind::Conference { Ok(()) } else { availability::missed(tx, offer.agent, now) }
}

/// Takes an offer back whose reason went away.
pub fn withdraw(tx: &Tx<'_>, offer: &Offer, now: Timestamp) -> Result<()> {
    offer::end(tx, offer.id, State::Withdrawn, now)?;
    match store::conversation::get(tx, offer.conversation)? {
        Some(conversation) => tell(tx, kind::OFFER_WITHDRAWN, (&conversation, offer.agent), now),
        None => Ok(()),
    }
}

/// Somebody's browser has been gone for a while: what waits for that person is asked of others, and with `release` the
/// open work of queues that want it so goes back to them. Being gone is no missed offer.
pub fn gone(tx: &Tx<'_>, agent: Id<Agent>, release: bool, now: Timestamp) -> Result<()> {
    for offer in offer::waiting_for(tx, agent)? {
        withdraw(tx, &offer, now)?;
    }
    if !release {
        return Ok(());
    }
    for mut conversation in offer::held_by(tx, agent)? {
        let queue = match conversation.queue {
            Some(queue) => store::queue::get(tx, queue)?,
            None => None,
        };
        if conversation.status != Status::Open || !queue.is_some_and(|queue| queue.rules.release_when_gone) {
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
