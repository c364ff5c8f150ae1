//! One connected account with a stand-in for its provider, somebody who answers, and deliveries as they come.

use std::io::{Cursor, Read};

use serde_json::Value;
use transom::actions::Result;
use transom::actions::reply::{self, Reply};
use transom::channels::{self, Account, Order, OutFile, Provider};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, FileClass, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::Conversation;
use transom::domain::message::{Message, State};
use transom::domain::outbox::{Failure, Outcome};
use transom::domain::window::{Sender, Window};
use transom::domain::{Id, Span};
use transom::jobs::{inbound, outbox};
use transom::web::http::{Method, Request};

use super::TestDesk;
use super::channel::{account, connect, conversation_of, message_of, viewer, window_of};
use super::desk::{NOON, Person};
use super::provider::StandIn;

pub struct Stage {
    pub desk: TestDesk,
    pub api: StandIn,
    pub channel: Channel,
    pub marta: Person,
}

impl Stage {
    /// Connects an account whose API is the stand-in.
    pub fn new(kind: Kind, settings: &[(&str, &str)]) -> Stage {
        let (desk, api) = (TestDesk::new(), StandIn::new());
        let mut settings = settings.to_vec();
        settings.push(("api_base", &api.url));
        let channel = connect(&desk, kind, &settings);
        let marta = desk.person("Marta", Role::Admin);
        Stage { desk, api, channel, marta }
    }

    pub fn provider(&self) -> &'static dyn Provider {
        channels::provider(self.channel.kind).unwrap()
    }

    pub fn account(&self) -> Account {
        account(&self.desk, &self.channel)
    }

    /// Posts a delivery and returns the status and what was answered.
    pub fn post(&self, query: &str, header: Option<(&str, &str)>, body: &str) -> (u16, String) {
        let request = Request::new(Method::Post, &format!("/hooks/{}{query}", self.channel.id))
            .with_body("application/octet-stream", body.to_owned());
        let request = match header {
            Some((name, value)) => request.with_header(name, value),
            None => request,
        };
        let answer = self.desk.ask(request);
        (answer.status, answer.body)
    }

    /// Lets what was delivered happen.
    pub fn read(&self) {
        inbound::drain(&self.desk.desk).unwrap();
    }

    /// The first conversation.
    pub fn thread(&self) -> Conversation {
        conversation_of(&self.desk, Id::new(1))
    }

    pub fn window(&self) -> Window {
        window_of(&self.desk, &self.channel, &self.thread())
    }

    /// Marta answers; the time for taking it back passes, and it leaves.
    pub fn reply(&self, body: &str) -> Id<Message> {
        self.replies(body).unwrap()
    }

    pub fn replies(&self, body: &str) -> Result<Id<Message>> {
        let order = Reply {
            conversation: Id::new(1),
            body: body.to_owned(),
            template: None,
            attachments: Vec::new(),
            reply_to: None,
            seen: None,
            key: None,
        };
        let (by, now) = (viewer(&self.marta), self.desk.now());
        let id = self.desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now))?;
        self.desk.pass(Span::seconds(6));
        outbox::drain(&self.desk.desk);
        Ok(id)
    }

    pub fn state(&self, id: Id<Message>) -> State {
        message_of(&self.desk, id).state
    }

    pub fn messages(&self) -> i64 {
        self.count("SELECT count(*) FROM message WHERE kind IN ('inbound', 'outbound')")
    }

    pub fn count(&self, query: &'static str) -> i64 {
        self.desk.read(|c| Ok(c.query_row(query, [], |row| row.get(0))?))
    }

    /// Sends it past the desk.
    pub fn send(&self, order: &Order<'_>) -> Outcome {
        self.provider().send(&self.account(), &self.desk.desk.client, order)
    }

    pub fn failure(&self, order: &Order<'_>) -> Failure {
        match self.send(order) {
            Outcome::Failed(failure) => failure,
            other => panic!("{other:?}"),
        }
    }
}

/// A text for somebody whose last message told `last`.
pub fn order<'a>(kind: AddressKind, to: &'a str, body: &'a str, last: &'a Value) -> Order<'a> {
    Order {
        to: (kind, to),
        subject: "",
        body,
        html: None,
        mail: None,
        template: None,
        files: Vec::new(),
        reply_to: None,
        last_inbound: None,
        answered: &Value::Null,
        last_provider: last,
        key: "Ab3-_9zQWERTyuio",
        attempt: 1,
        sender: Sender::Person,
        window: Window::Unlimited,
        author: None,
        now: NOON,
    }
}

type Opener = dyn Fn() -> std::io::Result<Box<dyn Read + Send>>;

fn nine_bytes() -> std::io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(Cursor::new("the bytes")))
}

/// A file of nine bytes.
pub fn file<'a>(class: FileClass, name: &'a str, media_type: &'a str) -> Vec<OutFile<'a>> {
    let open: &'static Opener = &nine_bytes;
    vec![OutFile { name, media_type, size: 9, class, url: String::new(), open }]
}
