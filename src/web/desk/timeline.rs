//! Everything that was said with one person, on every channel, in one order.

use crate::actions::reach;
use crate::domain::access::Viewer;
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};
use crate::store::{self, Connection};
use crate::templates::timeline::{Entry, Timeline};
use crate::web::Failure;

/// How many entries stand on a page.
const ENTRIES: u32 = 30;
/// How many conversations, the latest, are looked into.
const CONVERSATIONS: u32 = 500;

/// The place of an entry in the order: when it was said, and of two that were said together the one that came later.
type Place = (Timestamp, Id<Message>);

fn place(message: &Message) -> Place {
    (message.at, message.id)
}

/// Reads `1700000000000-42` from an address.
fn parse(text: &str) -> Option<Place> {
    let (at, id) = text.split_once('-')?;
    Some((Timestamp(at.parse().ok()?), id.parse().ok()?))
}

/// The entries before a place, the newest first. Only those of conversations that the viewer may see.
pub fn load(
    c: &Connection,
    viewer: &Viewer,
    (contact, name): (Id<Contact>, &str),
    before: &str,
) -> Result<Timeline, Failure> {
    let channels = store::channel::all(c)?;
    let names = store::thread::names(c)?;
    let before = parse(before);
    let end = before.unwrap_or((Timestamp(i64::MAX), Id::new(i64::MAX)));
    let mut found: Vec<Message> = Vec::new();
    let mut threads: Vec<Conversation> = Vec::new();
    for one in store::conversation::of_contact(c, contact, CONVERSATIONS)? {
        // What ended before the oldest entry of a full page has nothing on it.
        let full = found.len() > ENTRIES as usize;
        if full && found.last().is_some_and(|oldest| one.last_message_at < oldest.at) {
            break;
        }
        if !reach::may_see(c, viewer, &one)? {
            continue;
        }
        found.extend(store::message::said_before(c, one.id, end, ENTRIES + 1)?);
        found.sort_by_key(|message| std::cmp::Reverse(place(message)));
        found.truncate(ENTRIES as usize + 1);
        threads.push(one);
    }
    let more = found.len() > ENTRIES as usize;
    found.truncate(ENTRIES as usize);
    let next = found.last().map(place).filter(|_| more);
    let entries = found.into_iter().filter_map(|message| {
        let thread = threads.iter().find(|thread| thread.id == message.conversation)?;
        let channel = channels.iter().find(|channel| channel.id == thread.channel)?;
        let author = message.author_name(&names, name);
        Some(Entry { author, kind: channel.card.speaks_as, channel: channel.name.clone(), message })
    });
    Ok(Timeline { contact, entries: entries.collect(), next, paged: before.is_some() })
}
