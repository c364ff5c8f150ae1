//! Connected channels, customers who wrote on them, and what was sent to them.

use std::collections::BTreeSet;

use transom::channels::Account;
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::Conversation;
use transom::domain::message::Message;
use transom::domain::window::{Grant, Opener, Sender, Window};
use transom::domain::{Id, Timestamp};
use transom::store::{self, contact, conversation, grant, message};

use super::TestDesk;
use super::desk::Person;
use super::traffic;

/// What an administrator fills in for a WhatsApp number.
pub const WHATSAPP: [(&str, &str); 6] = [
    ("name", "Shop Prague"),
    ("phone_number_id", "106540352242922"),
    ("business_account_id", "102290129340398"),
    ("access_token", "EAAG-very-secret"),
    ("app_secret", "app-very-secret"),
    ("on_close", "unassign"),
];

/// Connects an account; settings that are secret for its kind are sealed.
pub fn connect(desk: &TestDesk, kind: Kind, given: &[(&str, &str)]) -> Channel {
    traffic::connect(&desk.desk, kind, given)
}

/// A WhatsApp number whose API is the stand-in.
pub fn whatsapp(desk: &TestDesk, api_base: &str) -> Channel {
    let settings = [
        ("phone_number_id", "1122334455667"),
        ("business_account_id", "1234567890"),
        ("access_token", "the-token"),
        ("app_secret", "the-app-secret"),
        ("verify_token", "the-verify-token"),
        ("api_base", api_base),
    ];
    connect(desk, Kind::Whatsapp, &settings)
}

/// The account as the jobs see it.
pub fn account(desk: &TestDesk, channel: &Channel) -> Account {
    let channel = channel.clone();
    desk.read(|connection| desk.desk.account(connection, channel))
}

/// An open conversation with somebody who has not written yet.
pub fn thread(desk: &TestDesk, channel: &Channel, kind: AddressKind, value: &str) -> Conversation {
    let (channel, value, now) = (channel.clone(), value.to_owned(), desk.now());
    desk.write(move |tx| {
        let contact = contact::insert(tx, "Ana", None, now)?;
        let address =
            contact::NewAddress { contact, kind, channel: channel.id, value: &value, verified: true };
        let address = contact::insert_address(tx, &address, now)?;
        let new = conversation::New {
            contact,
            channel: &channel,
            address,
            thread: "",
            subject: "",
            previous: None,
            side_of: None,
        };
        let id = conversation::insert(tx, &new, now)?;
        let made = conversation::get(tx, id)?.unwrap();
        conversation::open_episode(tx, &made, None, now)?;
        Ok(made)
    })
}

/// The customer wrote at this moment, which opens the window.
pub fn wrote(desk: &TestDesk, channel: &Channel, thread: &Conversation, at: Timestamp) {
    let place = grant::Place { address: thread.address, channel: channel.id };
    if let Some(given) = channel.card.window.grant(Opener::Message, at) {
        desk.write(move |tx| grant::keep(tx, place, Opener::Message, &given, None));
    }
}

/// Whoever is signed in, as actions know them.
pub fn viewer(person: &Person) -> Viewer {
    Viewer {
        agent: person.id,
        name: "Marta".to_owned(),
        role: Role::Admin,
        queues: BTreeSet::new(),
        sender: Sender::Person,
        writer: String::new(),
    }
}

pub fn message_of(desk: &TestDesk, id: Id<Message>) -> Message {
    desk.read(|connection| message::get(connection, id)).unwrap()
}

pub fn conversation_of(desk: &TestDesk, id: Id<Conversation>) -> Conversation {
    desk.read(|connection| conversation::get(connection, id)).unwrap()
}

pub fn channel_of(desk: &TestDesk, id: Id<Channel>) -> Channel {
    desk.read(|connection| store::channel::get(connection, id)).unwrap()
}

/// What may be sent there now.
pub fn window_of(desk: &TestDesk, channel: &Channel, thread: &Conversation) -> Window {
    let grants: Vec<Grant> = desk.read(|connection| grant::of(connection, thread.address, channel.id));
    transom::domain::window::window(&channel.card.window, &grants, desk.now())
}
