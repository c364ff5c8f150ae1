//! Who the person of a conversation is: the ways to reach them, and what was said before.

use std::collections::BTreeMap;

use super::{beside, outbound, same};
use crate::actions::outbound::{Entries, entries};
use crate::actions::reach;
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::channel::{self, Channel};
use crate::domain::contact::{Address, AddressKind, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::window;
use crate::domain::{Id, Timestamp};
use crate::store::{self, Connection};
use crate::templates::person::{Earlier, Person, Way};
use crate::web::{Cx, Failure};

/// How many conversations of somebody are looked at.
const OTHERS: u32 = 30;

/// The person beside a conversation.
pub fn load(
    c: &Connection,
    cx: &Cx<'_>,
    conversation: &Conversation,
    (contact, name): (&Contact, &str),
    names: &BTreeMap<Id<Agent>, String>,
) -> Result<Person, Failure> {
    let viewer = cx.viewer()?;
    let others = seen(c, viewer, store::conversation::of_contact(c, contact.id, OTHERS)?)?;
    let addresses = store::contact::addresses(c, contact.id)?;
    let said = |address: &Address| others.iter().any(|other| other.address == address.id);
    // Where something was said on every address, nobody asks where one could begin.
    let entries = if addresses.iter().all(said) { Entries::default() } else { entries(c, viewer)? };
    let channels = channels(c, &others, &entries)?;
    let channel = |id| channels.iter().find(|channel| channel.id == id);
    let first = entries.among(&channels);
    let mut ways: Vec<Way> = Vec::new();
    for address in &addresses {
        if !said(address) {
            ways.extend(unused(&first, &addresses, address));
        }
        for other in newest(&others, address) {
            let Some(channel) = channel(other.channel) else { continue };
            let here = other.channel == conversation.channel && other.address == conversation.address;
            ways.push(used(c, cx, here, (address, channel, other))?);
        }
    }
    let earlier = others.iter().filter(|other| other.id != conversation.id);
    let earlier = earlier.filter_map(|other| {
        let channel = channel(other.channel)?;
        Some(Earlier {
            conversation: other.clone(),
            kind: channel.card.speaks_as,
            channel_name: channel.name.clone(),
        })
    });
    Ok(Person {
        name: name.to_owned(),
        ways,
        earlier: earlier.collect(),
        beside: beside::asked(c, viewer, conversation)?,
        beside_of: beside::main(c, viewer, conversation)?,
        dedicated: contact.dedicated.and_then(|agent| names.get(&agent).cloned()),
        alike: same::alike(c, contact.id)?,
        contact: contact.clone(),
    })
}

/// Those of these conversations that one may see: of the others nothing is told, not even when something was said there.
pub fn seen(c: &Connection, viewer: &Viewer, all: Vec<Conversation>) -> Result<Vec<Conversation>, Failure> {
    let mut seen = Vec::with_capacity(all.len());
    for one in all {
        if reach::may_see(c, viewer, &one)? {
            seen.push(one);
        }
    }
    Ok(seen)
}

/// The channels of these conversations, and those on which one may begin: nobody needs the cards of all.
pub fn channels(
    c: &Connection,
    conversations: &[Conversation],
    entries: &Entries,
) -> store::Result<Vec<Channel>> {
    let said = conversations.iter().map(|conversation| conversation.channel);
    let ids: Vec<Id<Channel>> = said.chain(entries.may.iter().map(|entrance| entrance.id)).collect();
    store::channel::some(c, &ids)
}

/// The newest conversation on each channel over which something was said on this address.
fn newest<'a>(others: &'a [Conversation], address: &Address) -> Vec<&'a Conversation> {
    let mut newest: Vec<&Conversation> = Vec::new();
    for other in others.iter().filter(|other| other.address == address.id) {
        if !newest.iter().any(|known| known.channel == other.channel) {
            newest.push(other);
        }
    }
    newest
}

/// An address on which something was said, with its window; it leads to the conversation unless that is open here.
fn used(
    c: &Connection,
    cx: &Cx<'_>,
    here: bool,
    (address, channel, other): (&Address, &Channel, &Conversation),
) -> Result<Way, Failure> {
    let grants = store::grant::of(c, address.id, channel.id)?;
    let open = window::window(&channel.card.window, &grants, cx.now);
    let usable = open.is_open();
    let way = format!("/conversations/{}?view=all", other.id);
    Ok(Way {
        address: address.clone(),
        kind: channel.card.speaks_as,
        channel_name: channel.name.clone(),
        window: Some(open),
        href: (!here && usable).then_some(way),
    })
}

/// An address on which nothing was said yet: where one may begin, and otherwise only that it is there.
fn unused(channels: &[&Channel], addresses: &[Address], address: &Address) -> Vec<Way> {
    // A number that also stands there as an address of its own for the channel is told once.
    let told = |channel: &Channel| {
        let exact =
            |other: &Address| Some(other.kind) == channel.card.starts_with && other.value == address.value;
        channel.card.starts_with != Some(address.kind) && addresses.iter().any(exact)
    };
    let ways = outbound::ways(channels, address).into_iter().filter(|(channel, _)| !told(channel));
    let begun = ways.map(|(channel, href)| Way {
        address: address.clone(),
        kind: channel.card.speaks_as,
        channel_name: channel.name.clone(),
        window: Some(window::window(&channel.card.window, &[], Timestamp(0))),
        href: Some(href),
    });
    let begun: Vec<Way> = begun.collect();
    if !begun.is_empty() {
        return begun;
    }
    let kind = match address.kind {
        AddressKind::Phone => channel::Kind::Sms,
        AddressKind::Visitor => channel::Kind::Webchat,
        other => other.as_str().parse().unwrap_or(channel::Kind::Custom),
    };
    vec![Way { address: address.clone(), kind, channel_name: String::new(), window: None, href: None }]
}
