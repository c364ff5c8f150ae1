//! Everything that was said with one person, on every channel, in one order.

use crate::actions::reach;
use crate::domain::Id;
use crate::domain::access::Viewer;
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Kind, Message};
use crate::store::{self, Connection};
use crate::templates::timeline::{Entry, Timeline};
use crate::web::Failure;

/// How many entries stand on a page.
const ENTRIES: u32 = 30;
/// How many conversations, the latest, are looked into.
const CONVERSATIONS: u32 = 500;

/// The entries before `before`, the newest first. Only those of conversations that the viewer may see.
pub fn load(
    c: &Connection,
    viewer: &Viewer,
    (contact, name): (Id<Contact>, &str),
    before: Option<Id<Message>>,
) -> Result<Timeline, Failure> {
    let channels = store::channel::all(c)?;
    let names = store::thread::names(c)?;
    let end = before.map(|id| store::message::get(c, id)).transpose()?.flatten().map(|end| end.created_at);
    let mut found: Vec<Message> = Vec::new();
    let mut threads: Vec<Conversation> = Vec::new();
    for one in store::conversation::of_contact(c, contact, CONVERSATIONS)? {
        let full = found.len() > ENTRIES as usize;
        let oldest = found.last().map(|last| last.id).filter(|_| full);
        // What ended before the oldest entry of a full page, or began after the page, has nothing on it.
        let over = oldest.is_some_and(|oldest| one.last_message.is_none_or(|last| last < oldest));
        if over && end.is_none() || end.is_some_and(|end| one.created_at > end) {
            continue;
        }
        if !reach::may_see(c, viewer, &one)? {
            continue;
        }
        found.extend(store::message::said_before(c, one.id, before, ENTRIES + 1)?);
        found.sort_by_key(|message| std::cmp::Reverse(message.id.get()));
        found.truncate(ENTRIES as usize + 1);
        threads.push(one);
    }
    let more = found.len() > ENTRIES as usize;
    found.truncate(ENTRIES as usize);
    let next = found.last().map(|last| last.id).filter(|_| more);
    let entries = found.into_iter().filter_map(|message| {
        let thread = threads.iter().find(|thread| thread.id == message.conversation)?;
        let channel = channels.iter().find(|channel| channel.id == thread.channel)?;
        let author = match message.author {
            Some(agent) => names.get(&agent).cloned().unwrap_or_default(),
            None if message.kind == Kind::Inbound => name.to_owned(),
            None => message.extra.writer.clone(),
        };
        Some(Entry { author, kind: channel.card.speaks_as, channel: channel.name.clone(), message })
    });
    Ok(Timeline { contact, entries: entries.collect(), next, paged: before.is_some() })
}
