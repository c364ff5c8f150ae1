//! Conversations in the API.

use std::collections::BTreeMap;

use serde::Serialize;

use super::contact::Address;
use super::message::{self, Message};
use super::person::Person;
use super::tag::Tag;
use super::time;
use super::window::{self, Window};
use crate::domain::agent::Agent;
use crate::domain::channel::{Channel, Kind};
use crate::domain::contact;
use crate::domain::conversation::{self, Status};
use crate::domain::queue::Queue;
use crate::domain::tag::{self, Priority};
use crate::domain::window::Grant;
use crate::domain::{Id, Timestamp};
use crate::i18n::Texts;
use crate::store::{self, Connection};
use crate::web::api::schema::{Schemas, answer, id, list, moment, named, number, one_of, or_null, text};

/// A conversation with everything that a program needs beside it.
#[derive(Serialize)]
pub struct Conversation {
    pub id: i64,
    /// What people call it by; the same as `id`.
    pub number: i64,
    pub status: Status,
    pub subject: String,
    pub assignee: Option<Person>,
    pub queue: Option<Named>,
    pub contact: Someone,
    pub channel: Place,
    /// The address that this thread writes to.
    pub address: Option<Address>,
    pub last_message: Option<Message>,
    pub last_message_at: String,
    pub unread: i64,
    pub priority: Priority,
    pub tags: Vec<Tag>,
    /// Under which name a virtual assistant speaks there now; until it hands over, nobody is asked to take it.
    pub assistant: Option<String>,
    /// How many of our messages failed or are unsure.
    pub failed: i64,
    pub episode: i64,
    pub previous_id: Option<i64>,
    pub snoozed_until: Option<String>,
    pub waiting_since: Option<String>,
    pub window: Window,
    pub created_at: String,
    pub updated_at: String,
}

/// Something with a name.
#[derive(Serialize, Clone)]
pub struct Named {
    pub id: i64,
    pub name: String,
}

/// The contact of a conversation.
#[derive(Serialize)]
pub struct Someone {
    pub id: i64,
    pub name: String,
    pub addresses: Vec<Address>,
}

/// The entry point of a conversation.
#[derive(Serialize)]
pub struct Place {
    pub id: i64,
    pub kind: Kind,
    pub name: String,
}

/// What was read for a page of conversations: a handful of queries, however many there are.
struct Around {
    channels: BTreeMap<Id<Channel>, Channel>,
    agents: BTreeMap<Id<Agent>, Agent>,
    queues: BTreeMap<Id<Queue>, Queue>,
    contacts: BTreeMap<Id<contact::Contact>, contact::Contact>,
    addresses: BTreeMap<Id<contact::Contact>, Vec<contact::Address>>,
    grants: BTreeMap<(Id<contact::Address>, Id<Channel>), Vec<Grant>>,
    opted_out: Vec<Id<contact::Address>>,
    messages: BTreeMap<i64, Message>,
    tags: BTreeMap<Id<conversation::Conversation>, Vec<tag::Tag>>,
    assistants: BTreeMap<Id<conversation::Conversation>, String>,
}

/// How the conversations are to be told.
pub struct Telling<'a> {
    pub texts: &'a Texts,
    pub now: Timestamp,
    /// Where programs reach us.
    pub base: &'a str,
}

/// These conversations in their order.
pub fn gather(
    connection: &Connection,
    found: &[conversation::Conversation],
    telling: &Telling<'_>,
) -> store::Result<Vec<Conversation>> {
    let mut around = look_around(connection, found, telling.base)?;
    Ok(found.iter().filter_map(|conversation| shape(conversation, &mut around, telling)).collect())
}

fn look_around(
    connection: &Connection,
    found: &[conversation::Conversation],
    base: &str,
) -> store::Result<Around> {
    let people: Vec<_> = found.iter().map(|c| c.contact).collect();
    let places: Vec<_> = found.iter().map(|c| (c.address, c.channel)).collect();
    let ids: Vec<_> = found.iter().map(|one| one.id).collect();
    let last: Vec<_> = found.iter().filter_map(|c| c.last_message).collect();
    let mut addresses: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for address in store::contact::addresses_of(connection, &people)? {
        addresses.entry(address.contact).or_default().push(address);
    }
    let said = message::gather(connection, store::message::many(connection, &last)?, base)?;
    Ok(Around {
        channels: by_id(store::channel::all(connection)?, |channel| channel.id),
        agents: by_id(store::agent::all(connection)?, |agent| agent.id),
        queues: by_id(store::queue::all(connection)?, |queue| queue.id),
        contacts: by_id(store::contact::many(connection, &people)?, |contact| contact.id),
        addresses,
        grants: store::grant::of_many(connection, &places)?,
        opted_out: store::contact::opted_out_among(connection, &people)?,
        tags: store::tag::of_many(connection, &ids)?,
        assistants: store::greeting::held(connection, &ids)?,
        messages: by_id(said, |message| message.id),
    })
}

fn by_id<K: Ord, T>(things: Vec<T>, id: impl Fn(&T) -> K) -> BTreeMap<K, T> {
    things.into_iter().map(|thing| (id(&thing), thing)).collect()
}

fn shape(
    conversation: &conversation::Conversation,
    around: &mut Around,
    telling: &Telling<'_>,
) -> Option<Conversation> {
    let channel = around.channels.get(&conversation.channel)?;
    let contact = around.contacts.get(&conversation.contact)?;
    let addresses = around.addresses.get(&conversation.contact).map_or(&[][..], Vec::as_slice);
    let address = addresses.iter().find(|address| address.id == conversation.address);
    let grants = around.grants.get(&(conversation.address, conversation.channel));
    let case = window::Case {
        channel,
        grants: grants.map_or(&[][..], Vec::as_slice),
        blocked: contact.blocked_at.is_some(),
        opted_out: around.opted_out.contains(&conversation.address),
    };
    let queue = conversation.queue.and_then(|id| around.queues.get(&id));
    Some(Conversation {
        id: conversation.id.get(),
        number: conversation.id.get(),
        status: conversation.status,
        subject: conversation.subject.clone(),
        assignee: conversation.assignee.and_then(|id| around.agents.get(&id)).map(Person::of),
        queue: queue.map(|queue| Named { id: queue.id.get(), name: queue.name.clone() }),
        contact: Someone {
            id: contact.id.get(),
            name: contact.name.clone(),
            addresses: addresses.iter().map(Address::of).collect(),
        },
        channel: Place { id: channel.id.get(), kind: channel.kind, name: channel.name.clone() },
        address: address.map(Address::of),
        window: window::tell(&case, telling),
        last_message: conversation.last_message.and_then(|id| around.messages.remove(&id.get())),
        last_message_at: time(conversation.last_message_at),
        unread: conversation.unread,
        priority: conversation.priority,
        tags: around.tags.get(&conversation.id).into_iter().flatten().map(Tag::of).collect(),
        assistant: around.assistants.get(&conversation.id).cloned(),
        failed: conversation.failed,
        episode: conversation.episode,
        previous_id: conversation.previous.map(Id::get),
        snoozed_until: conversation.snoozed_until.map(time),
        waiting_since: conversation.waiting_since.map(time),
        created_at: time(conversation.created_at),
        updated_at: time(conversation.updated_at),
    })
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let named_thing = answer(&[("id", id()), ("name", text())]);
    let contact = answer(&[("id", id()), ("name", text()), ("addresses", list(&named("Address")))]);
    let channel = answer(&[("id", id()), ("kind", one_of(Kind::ALL.map(Kind::as_str))), ("name", text())]);
    vec![(
        "Conversation",
        answer(&[
            ("id", id()),
            ("number", id()),
            ("status", one_of(Status::ALL.map(Status::as_str))),
            ("subject", text()),
            ("assignee", or_null(&named("Person"))),
            ("queue", or_null(&named_thing)),
            ("contact", contact),
            ("channel", channel),
            ("address", or_null(&named("Address"))),
            ("last_message", or_null(&named("Message"))),
            ("last_message_at", moment()),
            ("unread", number()),
            ("priority", one_of(Priority::ALL.map(Priority::as_str))),
            ("tags", list(&named("Tag"))),
            ("assistant", or_null(&text())),
            ("failed", number()),
            ("episode", number()),
            ("previous_id", or_null(&id())),
            ("snoozed_until", or_null(&moment())),
            ("waiting_since", or_null(&moment())),
            ("window", named("Window")),
            ("created_at", moment()),
            ("updated_at", moment()),
        ]),
    )]
}
