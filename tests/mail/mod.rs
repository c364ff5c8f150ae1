//! Mail that comes in: from bytes to the right conversation.

mod hook;
mod letters;
mod machines;
mod moving;
mod parting;
mod rendered;
mod threading;

use std::collections::BTreeMap;

use crate::support::TestDesk;
use crate::support::channel::connect;
use crate::support::desk::NOON;
use transom::channels::{self, Raw};
use transom::domain::Id;
use transom::domain::channel::{Channel, Kind, OnReturn};
use transom::domain::conversation::Conversation;
use transom::domain::event::kind as events;
use transom::domain::inbound::{Event, Incoming, Kept};
use transom::domain::mail::Envelope;
use transom::domain::message::{self, Message};
use transom::store;

pub const ADDRESS: &str = "help@desk.example";

/// A desk with one address for mail.
pub struct Post {
    pub desk: TestDesk,
    pub channel: Channel,
}

impl Post {
    pub fn new() -> Post {
        Post::with(&[])
    }

    /// With these settings beside the address.
    pub fn with(settings: &[(&str, &str)]) -> Post {
        let desk = TestDesk::new();
        let all: Vec<(&str, &str)> = [("address", ADDRESS), ("hook_secret", "open")]
            .into_iter()
            .chain(settings.iter().copied())
            .collect();
        let channel = connect(&desk, Kind::Email, &all);
        Post { desk, channel }
    }

    /// The same, but a closed conversation is never opened again.
    pub fn beginning_anew(mut self) -> Post {
        self.channel.on_return = OnReturn::New;
        self.desk.set_channel(&self.channel);
        self
    }

    /// A letter comes in; the message that it made, if it made one.
    pub fn comes(&self, letter: &str) -> Option<Message> {
        self.comes_with("", letter)
    }

    /// The same, with the envelope that the mail server told.
    pub fn comes_with(&self, query: &str, letter: &str) -> Option<Message> {
        let last = || self.desk.count("SELECT ifnull(max(id), 0) FROM message WHERE kind = 'inbound'");
        let before = last();
        self.hears(self.reads(query, letter.as_bytes()));
        let after = last();
        (after > before).then(|| self.desk.message(Id::new(after)))
    }

    /// A letter of any bytes comes in.
    pub fn brings(&self, letter: &[u8]) {
        self.hears(self.reads("", letter));
    }

    fn hears(&self, events: Vec<Event>) {
        for event in events {
            self.desk.hear(&self.channel, event).unwrap();
        }
    }

    fn reads(&self, query: &str, letter: &[u8]) -> Vec<Event> {
        let account = crate::support::channel::account(&self.desk, &self.channel);
        let headers = BTreeMap::from([("?".to_owned(), query.to_owned())]);
        let raw = Raw { headers: &headers, body: letter, received_at: self.desk.now() };
        let mut events = channels::provider(Kind::Email).unwrap().parse(&account, &raw).unwrap();
        for event in &mut events {
            if let Event::Message(Incoming { letter: Some(read), .. }) = event {
                let letter = store::mail::pack(letter).unwrap();
                read.kept = Some(Kept { letter, delivery: None });
            }
        }
        events
    }

    /// One of our mails that has gone out in this conversation.
    pub fn sent(&self, conversation: Id<Conversation>, identifier: &str, to: &str) -> Id<Message> {
        let (channel, now) = (self.channel.id, self.desk.now());
        let (identifier, to) = (identifier.to_owned(), to.to_owned());
        self.desk.write(move |tx| {
            let to = vec![transom::domain::mail::Mailbox { name: String::new(), address: to }];
            let mail = Envelope { identifier: identifier.clone(), to, ..Envelope::default() };
            let extra = message::Extra { mail: Some(Box::new(mail)), ..message::Extra::default() };
            let new = store::message::New {
                conversation,
                kind: message::Kind::Outbound,
                author: None,
                body: "Our answer",
                html: None,
                state: message::State::Sent,
                channel: Some(channel),
                provider_id: Some(&identifier),
                key: None,
                reply_to: None,
                extra: &extra,
                at: now,
                coming: None,
            };
            let id = store::message::insert(tx, &new, now)?;
            store::mail::insert(tx, id, channel, &identifier)?;
            Ok(id)
        })
    }

    pub fn conversation(&self, message: &Message) -> Conversation {
        self.desk.conversation(message.conversation)
    }

    pub fn evidence(message: &Message) -> (String, String) {
        let found = message.extra.mail.as_ref().unwrap().evidence.clone().unwrap();
        (found.by, found.found)
    }
}

/// A letter of these fields.
pub fn letter(from: &str, identifier: &str, more: &[&str], text: &str) -> String {
    let more: String = more.iter().map(|field| format!("{field}\r\n")).collect();
    let date = "Date: Tue, 3 Mar 2026 12:00:00 +0000";
    format!("From: {from}\r\nTo: {ADDRESS}\r\nMessage-ID: <{identifier}>\r\n{date}\r\n{more}\r\n{text}\r\n")
}

/// What a letter's bytes say.
pub fn read(bytes: &[u8]) -> Incoming {
    let account = crate::fuzzing::account(Kind::Email);
    let headers = BTreeMap::new();
    let raw = Raw { headers: &headers, body: bytes, received_at: NOON };
    let events = channels::provider(Kind::Email).unwrap().parse(&account, &raw).unwrap();
    match events.into_iter().next() {
        Some(Event::Message(incoming)) => incoming,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_letter_comes_once_and_keeps_its_bytes() {
    let post = Post::new();
    let text = letter("Ana <ana@example.org>", "a@example.org", &["Subject: Lamp"], "Broken");
    let message = post.comes(&text).unwrap();
    assert_eq!(post.comes(&text), None);
    // By a list, with another footer and another way.
    let copy = format!("Received: by list.example\r\n{}\r\n-- \r\nThe list\r\n", text.trim_end());
    assert_eq!(post.comes(&copy), None);
    let kept = post.desk.read(|c| store::mail::letter(c, message.id, 1_000_000)).unwrap();
    assert_eq!(kept, text.as_bytes());
    assert_eq!(message.at, NOON);
    assert_eq!(post.conversation(&message).subject, "Lamp");
}

/// Machines that give all of their mails the same identifier, and machines that give none.
#[test]
fn another_mail_with_the_same_identifier_is_not_lost() {
    let post = Post::new();
    let dated = |minute: u32| {
        let date = format!("Date: Tue, 3 Mar 2026 11:0{minute}:00 +0000");
        format!(
            "From: scanner@example.org\r\nMessage-ID: <scan>\r\nSubject: Scan {minute}\r\n{date}\r\n\r\nSee file.\r\n"
        )
    };
    assert!(post.comes(&dated(1)).is_some());
    assert!(post.comes(&dated(2)).is_some());
    assert!(post.comes(&dated(2)).is_none() && post.comes(&dated(1)).is_none());
    let bare = "From: scanner@example.org\r\nSubject: Scan\r\n\r\nNo identifier.\r\n";
    assert!(post.comes(bare).is_some());
    assert!(post.comes(bare).is_none());
    assert!(post.comes(&bare.replace("No id", "Another without id")).is_some());
}

#[test]
fn a_mail_to_two_of_our_addresses_appears_in_both() {
    let post = Post::new();
    let other =
        connect(&post.desk, Kind::Email, &[("address", "sales@desk.example"), ("hook_secret", "open")]);
    let text = letter("ana@example.org", "a@example.org", &["Subject: Both", "Cc: sales@desk.example"], "Hi");
    let first = post.comes(&text).unwrap();
    let second = Post { desk: post.desk, channel: other }.comes(&text).unwrap();
    assert_ne!(first.conversation, second.conversation);
    assert_eq!(first.body, second.body);
}

#[test]
fn a_copy_of_our_own_mail_is_no_message_of_a_customer() {
    let post = Post::new();
    let first =
        post.comes(&letter("ana@example.org", "a@example.org", &["Subject: Lamp"], "Broken")).unwrap();
    post.sent(first.conversation, "ours@desk.example", "ana@example.org");
    let copy = letter(ADDRESS, "ours@desk.example", &["Subject: Re: Lamp"], "Our answer");
    assert_eq!(post.comes(&copy), None);
    // Whoever else names it writes a mail of his own.
    let forged = letter("mallory@example.net", "ours@desk.example", &["Subject: Re: Lamp"], "Hidden?");
    assert!(post.comes(&forged).is_some());
}

/// What stands in `Reply-To` is whom one answers, not who it is.
#[test]
fn who_wrote_it_decides_whose_it_is_and_a_name_is_filled_in_once() {
    let post = Post::new();
    let reply_to = "Reply-To: Shop <shop@example.net>";
    let first = post.comes(&letter("ana@example.org", "1@x", &["Subject: A", reply_to], "Hi")).unwrap();
    let contact = |message: &Message| {
        let id = post.conversation(message).contact;
        post.desk.read(|c| store::contact::get(c, id)).unwrap()
    };
    assert_eq!(first.extra.mail.as_ref().unwrap().reply_to[0].address, "shop@example.net");
    assert_eq!(contact(&first).name, "");
    let second = post.comes(&letter("Ana Ruiz <ana@example.org>", "2@x", &["Subject: B"], "Hi")).unwrap();
    assert_eq!(contact(&second).name, "Ana Ruiz");
    let third = post.comes(&letter("\"Winner\" <ana@example.org>", "3@x", &["Subject: C"], "Hi")).unwrap();
    assert_eq!((contact(&third).name.as_str(), contact(&third).id), ("Ana Ruiz", contact(&first).id));
    assert_eq!(post.desk.count("SELECT count(*) FROM address WHERE value LIKE 'shop@%'"), 0);
}

/// CVE-2026-47123: what a stranger writes never becomes the word of one of us, whatever its head claims.
#[test]
fn a_forged_sender_of_ours_stays_a_customer() {
    let post = Post::new();
    post.desk.person("Marta", transom::domain::agent::Role::Agent);
    let first = post.comes(&letter("ana@example.org", "a@x", &["Subject: Lamp"], "Broken")).unwrap();
    let ours = "ours@desk.example";
    post.sent(first.conversation, ours, "ana@example.org");
    let claims = [
        "Subject: Re: Lamp",
        "In-Reply-To: <ours@desk.example>",
        "X-Transom-Agent: 1",
        "X-Transom-Channel: 1",
    ];
    let forged = post.comes(&letter("marta@example.org", "b@x", &claims, "Pay here")).unwrap();
    assert_eq!((forged.kind, forged.author), (message::Kind::Inbound, None));
    assert_eq!(forged.conversation, first.conversation);
    assert_eq!(post.desk.count("SELECT count(*) FROM outbox"), 0);
    let lines = post.desk.lines(first.conversation);
    assert!(
        lines
            .iter()
            .any(|(kind, line)| kind == events::CONVERSATION_JOINED && line.to == "marta@example.org")
    );
}
