//! Taking what is offered, or not.

use super::{end, tell, withdraw};
use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result, announce, assign, wrap};
use crate::domain::access::Viewer;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::offer::Denied;
use crate::domain::offer::{Kind, Offer, State};
use crate::domain::wrapup::After;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, offer};

/// Takes what is offered: the conversation is theirs from now on, or they write along in it. Of an offer that has ended
/// in the meantime, by its time or by somebody else, nothing is taken.
pub fn accept(tx: &Tx<'_>, by: &Viewer, id: Id<Offer>, now: Timestamp) -> Result<Id<Conversation>> {
    let (offer, mut conversation) = held_out(tx, by, id)?;
    if offer.expires_at <= now || !still_stands(&offer, &conversation) {
        // The round that ends offers has not come by yet; what it would do must not be overtaken.
        return Err(Refused::Work(Denied::NoOffer).into());
    }
    offer::end(tx, offer.id, State::Accepted, now)?;
    offer::settle(tx, offer.id, now)?;
    match offer.kind {
        Kind::Queue => assign::given(tx, &mut conversation, Some(by.agent), (by, Cause::Offered), now)?,
        Kind::Transfer => {
            let line = Line {
                from: history::name_of(tx, offer.from)?,
                to: by.name.clone(),
                note: offer.note.clone(),
                cause: Some(Cause::Offered),
                ..Line::default()
            };
            assign::hold(tx, &mut conversation, Some(by.agent), now)?;
            history::tell(tx, &conversation, &Happening::by(by, kind::CONVERSATION_TRANSFERRED, line), now)?;
            if let Some(agent) = offer.from {
                wrap::ask(tx, agent, &conversation, After::Transferred, now)?;
            }
            announce::announce(tx, &mut conversation, |rules| &rules.joined_text, &by.name, now)?;
        }
        Kind::Conference => {
            let from = offer.from.ok_or(Error::NotFound)?;
            offer::join(tx, conversation.id, by.agent, from, now)?;
            let line =
                Line { to: by.name.clone(), from: history::name_of(tx, offer.from)?, ..Line::default() };
            history::tell(tx, &conversation, &Happening::by(by, kind::CONFERENCE_JOINED, line), now)?;
            announce::announce(tx, &mut conversation, |rules| &rules.joined_text, &by.name, now)?;
        }
    }
    store::conversation::update(tx, &conversation)?;
    tell(tx, kind::OFFER_ACCEPTED, (&conversation, by.agent, offer.id), now)?;
    Ok(conversation.id)
}

/// Takes as many of these as still stand, in their order (S193). Returns what was taken; what another took or what
/// ended in this moment is left out. When nothing is left, that is said.
pub fn accept_many(
    tx: &Tx<'_>,
    by: &Viewer,
    ids: &[Id<Offer>],
    now: Timestamp,
) -> Result<Vec<Id<Conversation>>> {
    let mut taken = Vec::new();
    for id in ids {
        match tx.part(|tx| accept(tx, by, *id, now)) {
            Ok(conversation) => taken.push(conversation),
            Err(Error::Store(fault)) => return Err(fault.into()),
            Err(Error::NotFound | Error::Refused(_)) => {}
        }
    }
    if taken.is_empty() { Err(Refused::Work(Denied::NoOffer).into()) } else { Ok(taken) }
}

/// Lets what is offered pass. It goes back to where it came from, and somebody else is asked first next time.
pub fn decline(tx: &Tx<'_>, by: &Viewer, id: Id<Offer>, now: Timestamp) -> Result<()> {
    let (offer, conversation) = held_out(tx, by, id)?;
    if !still_stands(&offer, &conversation) {
        return withdraw(tx, &offer, now);
    }
    offer::end(tx, offer.id, State::Declined, now)?;
    tell(tx, kind::OFFER_DECLINED, (&conversation, by.agent, offer.id), now)?;
    end::came_back(tx, &offer, &conversation, kind::REQUEST_DECLINED, now)
}

/// An offer that waits for exactly this person.
fn held_out(tx: &Tx<'_>, by: &Viewer, id: Id<Offer>) -> Result<(Offer, Conversation)> {
    let offer = offer::get(tx, id)?.filter(|offer| offer.agent == by.agent).ok_or(Error::NotFound)?;
    if offer.state != State::Waiting {
        return Err(Refused::Work(Denied::NoOffer).into());
    }
    let conversation = store::conversation::get(tx, offer.conversation)?.ok_or(Error::NotFound)?;
    Ok((offer, conversation))
}

/// Whether the reason for the offer is still there.
pub(super) fn still_stands(offer: &Offer, conversation: &Conversation) -> bool {
    match offer.kind {
        Kind::Queue => conversation.status == Status::Open && conversation.assignee.is_none(),
        Kind::Transfer | Kind::Conference => {
            conversation.status != Status::Closed && conversation.assignee == offer.from
        }
    }
}
