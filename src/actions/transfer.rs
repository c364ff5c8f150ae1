//! Handing a conversation over, to a queue or to another agent, with a word on the way.

use super::history::{self, Happening};
use super::{Result, assign, deal, greet, letter, notice, reach, wrap};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Line, kind};
use crate::domain::queue::Queue;
use crate::domain::refused::Problem;
use crate::domain::wrapup::After;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx};

/// Where it goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To {
    /// Nobody has it until somebody of the queue takes it.
    Queue(Id<Queue>),
    /// It stays in its queue. Mails of customers are handed to queues only; those that were begun here, to people as
    /// well (S178, X6).
    Agent(Id<Agent>),
}

/// The longest word on the way, in characters.
const MOST: usize = 4000;

/// Hands a conversation over. A closed one is not work any more and cannot be handed over.
pub fn transfer(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    to: To,
    note: &str,
    now: Timestamp,
) -> Result<()> {
    let mut conversation = reach::conversation(tx, by, conversation)?;
    if conversation.status == Status::Closed {
        return Err(Refused::AlreadyThere { status: Status::Closed }.into());
    }
    deal::accepted(tx, by, &conversation)?;
    if note.chars().count() > MOST {
        return Err(Refused::Field { field: "note", problem: Problem::TooLong { most: 4000 } }.into());
    }
    greet::taken(tx, by, &conversation, now)?;
    let from = history::name_of(tx, conversation.assignee)?;
    let before = conversation.clone();
    let mut line = Line { from, note: note.trim().to_owned(), ..Line::default() };
    match to {
        To::Queue(id) => {
            let unknown = Refused::Field { field: "queue", problem: Problem::Unknown };
            line.queue = store::queue::get(tx, id)?.ok_or(unknown)?.name;
            conversation.queue = Some(id);
            assign::hold(tx, &mut conversation, None, now)?;
        }
        To::Agent(_)
            if letter::is_mail(&reach::channel(tx, &conversation)?)
                && !deal::begun_here(tx, &conversation)? =>
        {
            return Err(Refused::QueueOnly.into());
        }
        To::Agent(id) => {
            // Where work is handed out, people are asked (`deal::ask`) and not told.
            if deal::is_dealt(tx, &conversation)? {
                by.must_be(Role::Supervisor)?;
            }
            line.to = assign::working(tx, id)?.name;
            assign::hold(tx, &mut conversation, Some(id), now)?;
        }
    }
    store::conversation::update(tx, &conversation)?;
    history::tell(tx, &conversation, &Happening::by(by, kind::CONVERSATION_TRANSFERRED, line), now)?;
    if before.assignee == by.author() && conversation.assignee != before.assignee {
        wrap::ask(tx, by.agent, &before, After::Transferred, now)?;
    }
    match to {
        To::Queue(_) => notice::queued(tx, &conversation, (None, by.author()), now),
        To::Agent(id) => notice::assigned(tx, by, &conversation, Some(id), now),
    }
}
