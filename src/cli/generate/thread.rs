//! One conversation while it runs: whose turn it is, how long they take, how it ends.

use super::cast::Cast;
use super::dice::Dice;
use super::pen::Pen;
use super::row::{Row, Said};
use super::story::span;
use crate::domain::agent::Agent;
use crate::domain::conversation::{Conversation, Status, snippet};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::message::Kind;
use crate::domain::past::Stand;
use crate::domain::window::{Grant, Opener, Rule};
use crate::domain::{Id, Span, Timestamp};
use crate::store::bulk::Episode;

/// A conversation while it runs.
pub struct Thread {
    pub conversation: Conversation,
    pub language: u8,
    pub agent: Id<Agent>,
    /// Messages that are still to be said.
    pub left: i64,
    /// How many the customer has written since our last answer.
    waiting: i64,
    waiting_since: Option<Timestamp>,
    last_inbound: Option<Timestamp>,
    opened_at: Timestamp,
    /// The present period was closed; the next message opens another.
    rests: bool,
}

/// Who says the next thing.
pub struct Turn {
    pub kind: Kind,
    pub reopens: bool,
}

impl Thread {
    /// A conversation of which nothing was said yet.
    pub const fn new(conversation: Conversation, language: u8, agent: Id<Agent>, left: i64) -> Thread {
        let opened_at = conversation.created_at;
        Thread {
            conversation,
            language,
            agent,
            left,
            waiting: 0,
            waiting_since: None,
            last_inbound: None,
            opened_at,
            rests: false,
        }
    }

    /// Whose turn it is: the customer begins, agents answer, now and then they leave each other a note.
    pub fn turn(&self, dice: &mut Dice) -> Turn {
        let first = self.last_inbound.is_none();
        let kind = match self.waiting {
            _ if first || self.rests => Kind::Inbound,
            0 if dice.chance(0.75) => Kind::Inbound,
            0 if dice.chance(0.1) => Kind::Note,
            0 => Kind::Outbound,
            waiting if waiting < 3 && dice.chance(0.3) => Kind::Inbound,
            _ => Kind::Outbound,
        };
        Turn { kind, reopens: self.rests && !first }
    }

    /// How long it takes until something else is said.
    pub fn pause(&mut self, said: Kind, dice: &mut Dice) -> Span {
        let answered = said == Kind::Outbound && self.conversation.failed == 0;
        if answered && self.left > 0 && dice.chance(0.08) {
            self.rests = true;
            return span(3600.0 * 20.0 + dice.wait(86_400.0 * 9.0));
        }
        match said {
            Kind::Inbound if self.waiting < 3 => span(20.0 + dice.wait(1500.0)),
            Kind::Inbound => span(60.0 + dice.wait(2400.0)),
            _ => span(30.0 + dice.wait(3600.0)),
        }
    }

    /// Counts what was said and keeps what the list shows of it.
    pub fn took(&mut self, said: &Said, body: &str, failed: bool) {
        self.left -= 1;
        if said.kind == Kind::Note {
            return;
        }
        let conversation = &mut self.conversation;
        conversation.snippet = snippet(body);
        conversation.snippet_ours = said.kind == Kind::Outbound;
        conversation.last_message_at = said.at;
        conversation.last_message = Some(Id::new(said.id));
        conversation.failed += i64::from(failed);
        conversation.updated_at = said.at;
        if said.kind == Kind::Inbound {
            self.waiting += 1;
            self.waiting_since.get_or_insert(said.at);
            self.last_inbound = Some(said.at);
        } else {
            (self.waiting, self.waiting_since) = (0, None);
            self.conversation.assignee = Some(self.agent);
        }
    }

    /// A closed conversation opens again because the customer wrote.
    pub fn reopen(&mut self, at: Timestamp, pen: &mut Pen<'_>) {
        let closed = self.conversation.last_message_at + span(600.0 + pen.dice.wait(3600.0));
        self.close(closed.min(at), pen, false);
        self.conversation.episode += 1;
        (self.opened_at, self.rests) = (at, false);
        self.tell((kind::CONVERSATION_REOPENED, None), at, pen, None);
    }

    /// The last word was said: most are closed, some lie open or asleep, the more the newer they are.
    pub fn settle(&mut self, at: Timestamp, until: Timestamp, pen: &mut Pen<'_>) {
        let age = until.since(self.conversation.last_message_at).whole_hours();
        let open = match age {
            0..24 => 0.85,
            24..72 => 0.5,
            72..336 => 0.12,
            _ => 0.012,
        };
        if !pen.dice.chance(open) {
            self.conversation.status = Status::Closed;
            self.close(at, pen, true);
            return;
        }
        self.episode(None, None, pen);
        if pen.dice.chance(0.25) {
            self.conversation.status = Status::Snoozed;
            self.conversation.snoozed_until = Some(until + span(3600.0 + pen.dice.wait(86_400.0 * 4.0)));
        } else if self.conversation.assignee.is_none() || pen.dice.chance(0.7) {
            self.conversation.unread = self.waiting;
        }
        self.conversation.waiting_since = self.waiting_since;
    }

    fn close(&mut self, at: Timestamp, pen: &mut Pen<'_>, is_last: bool) {
        self.conversation.assignee = Some(self.agent);
        let reason = pen.dice.chance(0.6).then(|| *pen.dice.one(&pen.cast.reasons));
        let after = is_last.then(|| Stand::of(&self.conversation));
        self.tell((kind::CONVERSATION_CLOSED, Some(self.agent)), at, pen, after);
        self.episode(Some(at), reason, pen);
        (self.waiting, self.waiting_since) = (0, None);
    }

    fn episode(&self, closed_at: Option<Timestamp>, reason: Option<i64>, pen: &mut Pen<'_>) {
        (pen.rows)(Row::Episode(Episode {
            conversation: self.conversation.id.get(),
            number: self.conversation.episode,
            opened_at: self.opened_at,
            closed_at,
            agent: closed_at.map(|_| self.agent.get()),
            reason,
        }));
    }

    fn tell(
        &self,
        (what, author): (&'static str, Option<Id<Agent>>),
        at: Timestamp,
        pen: &mut Pen<'_>,
        after: Option<Stand>,
    ) {
        let said = self.said(pen.number(), at);
        (pen.rows)(Row::Line { said, author, what, line: Box::new(self.line(what, pen.cast)), after });
    }

    /// An entry of this thread.
    pub fn said(&self, id: i64, at: Timestamp) -> Said {
        Said { id, of: self.conversation.id, kind: Kind::Event, at }
    }

    /// What the line in the thread says of it.
    pub fn line(&self, what: &str, cast: &Cast) -> Line {
        let by = if what == kind::CONVERSATION_CLOSED { cast.name(self.agent) } else { String::new() };
        let cause = (what != kind::CONVERSATION_CLOSED).then_some(Cause::Customer);
        Line { by, cause, episode: Some(self.conversation.episode), ..Line::default() }
    }

    /// The leave to write that the last message of the customer gave.
    pub fn grant(&self, rule: Option<&Rule>) -> Option<Grant> {
        rule?.grant(Opener::Message, self.last_inbound?)
    }
}
