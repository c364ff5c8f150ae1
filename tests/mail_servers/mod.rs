//! The desk beside real mail servers. Where they are not installed these tests print a line and pass;
//! `TRANSOM_REQUIRE_MAIL=1` makes that an error.

mod access;
mod cuts;
mod import;
pub mod outward;
mod patience;
mod servers;
mod story;
mod trouble;

use servers::Servers;

use transom::actions::reply::{self, Reply};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::Conversation;
use transom::domain::message::{Message, State};
use transom::domain::{Id, Span};
use transom::jobs::{inbound, outbox, poll};

use crate::support::TestDesk;
use crate::support::channel::{connect, message_of, viewer};
use crate::support::desk::Person;
use crate::support::ending::{until, until_within};

/// A desk whose mailbox lies on the servers.
struct Post {
    servers: Servers,
    desk: TestDesk,
    channel: Channel,
    marta: Person,
}

impl Post {
    /// Both servers with TLS, and what is given besides.
    fn open(more: &[(&str, &str)]) -> Option<Post> {
        let servers = Servers::start()?;
        let own = servers.settings();
        let mut settings: Vec<(&str, &str)> =
            own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        settings.push(("sender_name", "Shop, Hilfe"));
        settings.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        settings.extend(more.iter().copied());
        let desk = TestDesk::new();
        let channel = connect(&desk, Kind::Email, &settings);
        let marta = desk.person("Marta", Role::Admin);
        Some(Post { servers, desk, channel, marta })
    }

    /// Looks into the mailbox until nothing is left to do there, and lets what came happen.
    fn read(&self) {
        let cursor =
            || self.desk.read(|connection| transom::store::channel::cursor(connection, self.channel.id));
        loop {
            let before = cursor();
            poll::once(&self.desk.desk, self.channel.id).unwrap().unwrap();
            if cursor() == before {
                break;
            }
        }
        inbound::drain(&self.desk.desk).unwrap();
    }

    fn count(&self, query: &'static str) -> i64 {
        self.desk.read(|c| Ok(c.query_row(query, [], |row| row.get(0))?))
    }

    fn received(&self) -> i64 {
        self.count("SELECT count(*) FROM message WHERE kind = 'inbound'")
    }

    /// Marta answers in the first conversation, and the time for taking it back passes.
    fn answer(&self, body: &str) -> Id<Message> {
        let order = Reply {
            conversation: Id::<Conversation>::new(1),
            body: body.to_owned(),
            template: None,
            attachments: Vec::new(),
            reply_to: None,
            seen: None,
            key: None,
        };
        let (by, now) = (viewer(&self.marta), self.desk.now());
        let id = self.desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now)).unwrap();
        self.desk.pass(Span::seconds(6));
        id
    }

    fn send(&self) {
        outbox::drain(&self.desk.desk);
    }

    /// Changes settings of the channel.
    fn change(&self, settings: &[(&'static str, String)]) {
        let (id, settings) = (self.channel.id, settings.to_vec());
        self.desk.write(move |tx| {
            let mut channel = transom::store::channel::get(tx, id)?.unwrap();
            channel.settings.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
            transom::store::channel::update(tx, &channel)
        });
    }

    fn state(&self, id: Id<Message>) -> State {
        message_of(&self.desk, id).state
    }
}
