//! The cast of the tests about conversations: entry points of any kind, customers who write, agents who answer.

use std::collections::BTreeMap;
use std::time::Duration;

use super::TestDesk;
use super::desk::Person;
use transom::actions::close::{self, Closing};
use transom::actions::receive::receive;
use transom::actions::reply::{self, Reply};
use transom::actions::{Error, Result, undo};
use transom::channels;
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind, Settings};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::Conversation;
use transom::domain::event::Line;
use transom::domain::inbound::{Event, Incoming, Party, Receipt};
use transom::domain::message::{self, Extra, Message, State};
use transom::domain::window::Opener;
use transom::domain::{Id, Refused, Timestamp};
use transom::store::{self, Tx};

/// Somebody whom a channel of this kind calls `value`.
pub fn party(kind: AddressKind, value: &str) -> Party {
    Party { kind, value: value.to_owned(), name: None, also: Vec::new() }
}

/// A customer's text that opens the window.
pub fn text(channel: &Channel, from: &str, id: &str, at: Timestamp) -> Incoming {
    Incoming {
        from: party(channel.kind.person(), from),
        provider_id: id.to_owned(),
        at,
        body: format!("text of {id}"),
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: None,
        extra: Extra::default(),
        files: Vec::new(),
        opener: Some(Opener::Message),
        letter: None,
    }
}

/// A receipt for the message that the provider calls `id`.
pub fn receipt(id: &str, state: State, at: Timestamp) -> Receipt {
    Receipt { provider_id: Some(id.to_owned()), our_key: None, state, at, fault: None }
}

/// A plain answer.
pub fn answer(conversation: Id<Conversation>, body: &str) -> Reply {
    Reply {
        conversation,
        body: body.to_owned(),
        template: None,
        attachments: Vec::new(),
        reply_to: None,
        seen: None,
        key: None,
    }
}

/// The refusal of an action that was refused.
pub fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> Refused {
    match outcome {
        Err(Error::Refused(refused)) => refused,
        other => unreachable!("not refused: {other:?}"),
    }
}

impl TestDesk {
    /// An enabled entry point of this kind, as it is connected.
    pub fn channel(&self, kind: Kind) -> Channel {
        self.channel_with(kind, |_| {})
    }

    /// An entry point with something changed.
    pub fn channel_with(&self, kind: Kind, change: impl FnOnce(&mut Channel)) -> Channel {
        let mut channel = channels::draft(
            kind,
            format!("Our {}", kind.label()),
            transom::random::key(),
            Settings::new(),
            self.now(),
        );
        change(&mut channel);
        let secrets = BTreeMap::from([("secret".to_owned(), "open sesame".to_owned())]);
        let sealed = self.desk.seal(&channel, &secrets);
        let new = channel.clone();
        channel.id = self.write(move |tx| {
            let id = store::channel::insert(tx, &new)?;
            store::channel::set_secrets(tx, id, Some(&sealed))?;
            Ok(id)
        });
        channel
    }

    /// Writes back what a test changed in a channel.
    pub fn set_channel(&self, channel: &Channel) {
        let channel = channel.clone();
        self.write(move |tx| store::channel::update(tx, &channel));
    }

    /// Somebody of the team who acts.
    pub fn viewer(&self, name: &str, role: Role) -> Viewer {
        let person = self.person(name, role);
        self.rights(&person)
    }

    /// What somebody may do at present.
    pub fn rights(&self, person: &Person) -> Viewer {
        let id = person.id;
        self.read(|c| store::agent::viewer(c, &store::agent::get(c, id)?.unwrap()))
    }

    /// Lets an action happen at the present time.
    pub fn act<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>, Timestamp) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let now = self.now();
        self.desk.writer.write(move |tx| work(tx, now))
    }

    /// Lets an event of a channel happen.
    pub fn hear(&self, channel: &Channel, event: Event) -> Result<()> {
        let channel = self.read(|c| Ok(store::channel::get(c, channel.id)?.unwrap()));
        self.act(move |tx, now| receive(tx, &channel, &event, now))
    }

    /// A customer writes at the present time; the conversation that it landed in.
    pub fn writes(&self, channel: &Channel, from: &str, id: &str) -> Conversation {
        self.hear(channel, Event::Message(text(channel, from, id, self.now()))).unwrap();
        let message = self.read(|c| Ok(store::message::by_provider(c, channel.id, id)?.unwrap()));
        self.conversation(message.conversation)
    }

    pub fn conversation(&self, id: Id<Conversation>) -> Conversation {
        self.read(|c| Ok(store::conversation::get(c, id)?.unwrap()))
    }

    pub fn message(&self, id: Id<Message>) -> Message {
        self.read(|c| Ok(store::message::get(c, id)?.unwrap()))
    }

    /// What stands in a thread, without event lines.
    pub fn said(&self, id: Id<Conversation>) -> Vec<Message> {
        let mut all = self.read(|c| store::message::thread(c, id, None, 1000));
        all.retain(|message| message.kind != message::Kind::Event);
        all
    }

    /// The event lines of a thread.
    pub fn lines(&self, id: Id<Conversation>) -> Vec<(String, Line)> {
        let all = self.read(|c| store::message::thread(c, id, None, 1000));
        let lines = all.into_iter().filter(|message| message.kind == message::Kind::Event);
        lines.map(|message| (message.body.clone(), Line::read(&message))).collect()
    }

    /// `by` answers.
    pub fn replies(&self, by: &Viewer, order: &Reply) -> Result<Id<Message>> {
        let (by, order) = (by.clone(), order.clone());
        self.act(move |tx, now| reply::reply(tx, &by, &order, now))
    }

    /// `by` answers, and the provider takes it under this id, as the outbox would note it.
    pub fn sends(&self, by: &Viewer, conversation: Id<Conversation>, provider_id: &str) -> Id<Message> {
        let id = self.replies(by, &answer(conversation, &format!("our {provider_id}"))).unwrap();
        self.goes_out(id, Some(provider_id));
        id
    }

    /// Notes that a queued message was taken by the provider.
    pub fn goes_out(&self, id: Id<Message>, provider_id: Option<&str>) {
        let mut message = self.message(id);
        message.state = State::Sent;
        message.provider_id = provider_id.map(str::to_owned);
        self.write(move |tx| {
            if let Some(dispatch) = store::outbox::of_message(tx, id)? {
                store::outbox::delete(tx, dispatch.id)?;
            }
            store::message::update(tx, &message)
        });
    }

    /// A number that a query counts.
    pub fn count(&self, sql: &str) -> i64 {
        self.read(|c| Ok(c.query_row(sql, [], |row| row.get(0))?))
    }

    /// `by` closes a conversation without a word.
    pub fn shuts(&self, by: &Viewer, id: Id<Conversation>) {
        let by = by.clone();
        self.act(move |tx, now| close::close(tx, &by, id, &Closing::default(), now)).unwrap();
    }

    /// `by` takes a message back.
    pub fn takes_back(&self, by: &Viewer, id: Id<Message>) -> Result<String> {
        let by = by.clone();
        self.act(move |tx, now| undo::undo(tx, &by, id, now))
    }

    /// Waits until `holds`, which running jobs bring about. Ends the test when it does not come.
    pub fn until(&self, holds: impl Fn(&TestDesk) -> bool) {
        for _ in 0..60 {
            let seen = self.desk.live.count(store::event::DESK);
            if holds(self) {
                return;
            }
            self.desk.live.wait(store::event::DESK, seen, Duration::from_secs(1));
        }
        assert!(holds(self), "it did not come about");
    }
}
