//! The outbox: what leaves, what does not, and what is known afterwards.

mod each;
mod order;
mod pace;
mod trouble;
mod window;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::TestDesk;
use crate::support::channel::{
    channel_of, connect, conversation_of, message_of, thread, viewer, whatsapp, window_of, wrote,
};
use crate::support::desk::Person;
use crate::support::provider::{Say, Seen, StandIn, nowhere};
use serde_json::json;
use transom::actions::{self, dispatch, reply, retry, settle};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, ChannelState, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::Conversation;
use transom::domain::message::{Message, State};
use transom::domain::outbox::DispatchState;
use transom::domain::template::Template;
use transom::domain::{Id, Refused, Span, Timestamp};
use transom::jobs::outbox as job;
use transom::store::outbox;

const ANA: &str = "+34612345678";

/// A desk with a WhatsApp number, somebody who answers, and Ana, who has just written.
struct Stage {
    desk: TestDesk,
    provider: StandIn,
    channel: Channel,
    marta: Person,
    ana: Conversation,
}

impl Stage {
    fn new() -> Stage {
        let provider = StandIn::new();
        provider.say("/messages", &[taken("wamid.1")]);
        let desk = TestDesk::new();
        let channel = whatsapp(&desk, &provider.url);
        let marta = desk.person("Marta", Role::Admin);
        let ana = thread(&desk, &channel, AddressKind::Whatsapp, ANA);
        wrote(&desk, &channel, &ana, desk.now());
        Stage { desk, provider, channel, marta, ana }
    }

    fn try_reply(&self, body: &str) -> actions::Result<Id<Message>> {
        reply_to(&self.desk, &self.marta, &self.ana, body)
    }

    fn reply(&self, body: &str) -> Id<Message> {
        self.try_reply(body).unwrap()
    }

    /// Lets the time for taking back pass, and sends.
    fn send(&self) -> usize {
        self.desk.pass(Span::seconds(6));
        job::drain(&self.desk.desk)
    }

    fn state(&self, id: Id<Message>) -> State {
        message_of(&self.desk, id).state
    }

    fn failed(&self) -> i64 {
        conversation_of(&self.desk, self.ana.id).failed
    }

    fn sends(&self) -> Vec<Seen> {
        self.provider.seen_at("/messages")
    }
}

fn reply_to(desk: &TestDesk, by: &Person, thread: &Conversation, body: &str) -> actions::Result<Id<Message>> {
    let order = reply::Reply {
        conversation: thread.id,
        body: body.to_owned(),
        template: None,
        attachments: Vec::new(),
        reply_to: None,
        seen: None,
        key: None,
    };
    let (by, now) = (viewer(by), desk.now());
    desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now))
}

fn taken(id: &str) -> Say {
    let answer = json!({ "messaging_product": "whatsapp", "contacts": [], "messages": [{ "id": id }] });
    Say::Answer(200, answer.to_string())
}

fn refusal(status: u16, code: i64, message: &str) -> Say {
    let details = format!("Details of {code}");
    let error = json!({ "message": format!("(#{code}) {message}"), "type": "OAuthException", "code": code,
        "error_data": { "messaging_product": "whatsapp", "details": details }, "fbtrace_id": "A1" });
    Say::Answer(status, json!({ "error": error }).to_string())
}

fn dispatch_state(stage: &Stage, id: Id<Message>) -> Option<DispatchState> {
    let dispatch = stage.desk.read(|connection| outbox::of_message(connection, id));
    dispatch.map(|dispatch| dispatch.state)
}
