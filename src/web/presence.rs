//! Who looks at which conversation right now, and who is writing. Kept in memory: it is true for seconds only.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::{Id, Span, Timestamp};
use crate::locks::hold;

/// A page asks for changes at least this often, so after it nobody looks any more.
const READING: Span = Span::seconds(40);
/// A browser tells while somebody types.
const WRITING: Span = Span::seconds(8);

/// Who looks at which conversation right now.
#[derive(Default)]
pub struct Presence {
    seen: Mutex<BTreeMap<(i64, i64), Sign>>,
}

struct Sign {
    name: String,
    seen: Timestamp,
    wrote: Option<Timestamp>,
}

impl Presence {
    /// Somebody has this conversation open. `true`: that is news to the others.
    pub fn reads(&self, conversation: Id<Conversation>, agent: &Agent, now: Timestamp) -> bool {
        let mut seen = hold(&self.seen);
        seen.retain(|_, sign| now.since(sign.seen) < READING);
        let place = (conversation.get(), agent.id.get());
        match seen.get_mut(&place) {
            Some(sign) => {
                sign.seen = now;
                false
            }
            None => {
                seen.insert(place, Sign { name: agent.name.clone(), seen: now, wrote: None });
                true
            }
        }
    }

    /// Somebody is typing an answer. `true`: that is news to the others.
    pub fn writes(&self, conversation: Id<Conversation>, agent: &Agent, now: Timestamp) -> bool {
        self.reads(conversation, agent, now);
        let mut seen = hold(&self.seen);
        let Some(sign) = seen.get_mut(&(conversation.get(), agent.id.get())) else { return false };
        let wrote = sign.wrote.replace(now);
        wrote.is_none_or(|wrote| now.since(wrote) >= WRITING)
    }

    /// Somebody has sent what was typed, or left.
    pub fn stops(&self, conversation: Id<Conversation>, agent: Id<Agent>) {
        if let Some(sign) = hold(&self.seen).get_mut(&(conversation.get(), agent.get())) {
            sign.wrote = None;
        }
    }

    /// Who else looks at the conversation, and whether that person is writing.
    pub fn others(
        &self,
        conversation: Id<Conversation>,
        me: Id<Agent>,
        now: Timestamp,
    ) -> Vec<(String, bool)> {
        let seen = hold(&self.seen);
        seen.range((conversation.get(), i64::MIN)..=(conversation.get(), i64::MAX))
            .filter(|((_, agent), sign)| *agent != me.get() && now.since(sign.seen) < READING)
            .map(|(_, sign)| (sign.name.clone(), sign.wrote.is_some_and(|wrote| now.since(wrote) < WRITING)))
            .collect()
    }
}
