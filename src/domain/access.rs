//! Who may see and do what. Actions ask here; pages only hide what would be refused.

use std::collections::BTreeSet;

use super::agent::{Agent, Role};
use super::queue::Queue;
use super::window::Sender;
use super::{Id, Refused};

/// Somebody who acts, with what decides over their rights.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Viewer {
    pub agent: Id<Agent>,
    pub name: String,
    pub role: Role,
    /// The queues of which this agent is a member.
    pub queues: BTreeSet<Id<Queue>>,
    /// A person at the desk, or a program that uses that person's token: some windows are open to people only.
    pub sender: Sender,
    /// The name of the program that speaks, where it speaks under one of its own; empty: it does not.
    pub writer: String,
}

impl Viewer {
    /// Whoever sits at the machine itself: the command line may do everything and is no agent.
    pub fn console() -> Viewer {
        Viewer {
            agent: Id::new(0),
            name: String::new(),
            role: Role::Admin,
            queues: BTreeSet::new(),
            sender: Sender::Person,
            writer: String::new(),
        }
    }

    /// The virtual assistant of an entry point, under the name that it was given: a program, and no agent.
    pub fn assistant(label: &str) -> Viewer {
        Viewer { writer: label.to_owned(), sender: Sender::Automatic, ..Viewer::console() }
    }

    /// Whether what it sends is no person's: then it carries the name of the program, if that has one. What a program
    /// sends in an agent's name is that agent's.
    pub fn is_program(&self) -> bool {
        !self.writer.is_empty() || (self.author().is_none() && self.sender == Sender::Automatic)
    }

    /// The agent for the log; `None` for the console.
    pub fn author(&self) -> Option<Id<Agent>> {
        (self.agent.get() != 0).then_some(self.agent)
    }

    /// Whether conversations of this queue with this assignee may be seen: everything for supervisors;
    /// for agents what lies in no queue, in a queue of theirs, or with themselves.
    pub fn may_see(&self, queue: Option<Id<Queue>>, assignee: Option<Id<Agent>>) -> bool {
        self.role >= Role::Supervisor
            || assignee == Some(self.agent)
            || queue.is_none_or(|queue| self.queues.contains(&queue))
    }

    /// `Ok` for those of at least this role; otherwise a refusal that says who can help.
    pub fn must_be(&self, role: Role) -> Result<(), Refused> {
        if self.role >= role { Ok(()) } else { Err(Refused::NeedsRole { role }) }
    }
}
