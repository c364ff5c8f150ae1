//! Short sentences for what happens at a desk: channels are connected, people write, time passes.

use std::collections::BTreeMap;

use transom::actions::receive;
use transom::actions::reply::{self, Reply};
use transom::channels;
use transom::domain::channel::{Channel, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::Conversation;
use transom::domain::inbound::{Event, Incoming, Party};
use transom::domain::message::{Extra, Message};
use transom::domain::template::{Status, Template};
use transom::domain::window::Opener;
use transom::domain::{Id, Timestamp};
use transom::store;

use super::TestDesk;
use super::desk::Person;

/// Somebody who writes to us.
#[derive(Clone, Copy)]
pub struct Customer {
    pub kind: AddressKind,
    pub value: &'static str,
    pub name: &'static str,
}

pub const ANA: Customer =
    Customer { kind: AddressKind::Whatsapp, value: "+34612345678", name: "Ana García Núñez" };
pub const LUCIE: Customer =
    Customer { kind: AddressKind::Instagram, value: "17841400000001", name: "Lucie Dvořáková" };
pub const OSCAR: Customer =
    Customer { kind: AddressKind::Phone, value: "+4915123456789", name: "Oscar Meyer" };
pub const KIM: Customer =
    Customer { kind: AddressKind::Email, value: "kim.lee@example.com", name: "Kim Lee" };

impl TestDesk {
    /// Connects an account of this kind, with the card of its kind.
    pub fn connects(&self, kind: Kind, name: &str) -> Channel {
        let mut channel =
            channels::draft(kind, name.to_owned(), transom::random::key(), BTreeMap::new(), self.now());
        let new = channel.clone();
        channel.id = self.write(move |tx| store::channel::insert(tx, &new));
        channel
    }

    /// `who` writes `body` on `channel` now; the conversation that it went to.
    pub fn says(&self, channel: &Channel, who: Customer, body: &str) -> Id<Conversation> {
        self.says_with(channel, who, body, Extra::default())
    }

    /// The same with something beside the text.
    pub fn says_with(&self, channel: &Channel, who: Customer, body: &str, extra: Extra) -> Id<Conversation> {
        let now = self.now();
        let from =
            Party { kind: who.kind, value: who.value.into(), name: Some(who.name.into()), also: Vec::new() };
        let incoming = Incoming {
            from,
            provider_id: transom::random::key(),
            at: now,
            body: body.to_owned(),
            html: None,
            subject: None,
            thread: String::new(),
            reply_to: None,
            extra,
            files: Vec::new(),
            opener: channel.card.window.free.map(|_| Opener::Message),
            letter: None,
        };
        self.happens(channel, Event::Message(incoming), now);
        let id = channel.id;
        self.read(|c| {
            Ok(c.query_row(
                "SELECT v.id FROM conversation v JOIN address a ON a.id = v.address_id
                 WHERE v.channel_id = ?1 AND a.value = ?2 ORDER BY v.id DESC LIMIT 1",
                (id, who.value),
                |row| row.get(0),
            )?)
        })
    }

    /// A channel tells of this.
    pub fn happens(&self, channel: &Channel, event: Event, now: Timestamp) {
        let channel = channel.clone();
        let outcome: transom::actions::Result<()> =
            self.desk.writer.write(move |tx| receive::receive(tx, &channel, &event, now));
        outcome.unwrap();
    }

    /// `person` answers.
    pub fn answers(&self, person: &Person, conversation: Id<Conversation>, body: &str) -> Id<Message> {
        let (viewer, now) = (self.rights(person), self.now());
        let order = Reply {
            conversation,
            body: body.to_owned(),
            template: None,
            attachments: Vec::new(),
            reply_to: None,
            seen: None,
            key: None,
        };
        let sent: transom::actions::Result<_> =
            self.desk.writer.write(move |tx| reply::reply(tx, &viewer, &order, now));
        sent.unwrap()
    }

    /// A prepared text: approved by the provider of `channel`, or (`None`) a saved reply of the team.
    pub fn template(&self, channel: Option<&Channel>, name: &str, body: &str) -> Id<Template> {
        let template = Template {
            id: Id::new(0),
            channel: channel.map(|channel| channel.id),
            name: name.to_owned(),
            language: "en".to_owned(),
            category: String::new(),
            body: body.to_owned(),
            components: serde_json::Value::Null,
            status: if channel.is_some() { Status::Approved } else { Status::Own },
            reason: None,
            locked: false,
            synced_at: None,
            ..Template::default()
        };
        let now = self.now();
        self.write(move |tx| store::template::insert(tx, &template, now))
    }
}
