//! Two years of a desk in the order in which they happen: people write, agents answer, conversations end.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::calendar::Calendar;
use super::cast::Cast;
use super::dice::Dice;
use super::files::{self, File};
use super::pen::Pen;
use super::people;
use super::row::{Row, Said};
use super::text::Library;
use super::thread::Thread;
use crate::domain::channel::Channel;
use crate::domain::contact::AddressKind;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::kind;
use crate::domain::message::{Kind, State};
use crate::domain::{Id, Span, Timestamp};
use crate::store::bulk::{Address, Contact};

/// At how many of the messages there is a file, where nobody says how large all of them are.
const FILES: f64 = 0.01;
/// How long a photo is on the average at most, and how long the longest: where more bytes are wanted, there are more photos.
const PHOTO: f64 = 2e6;
const LONGEST: f64 = 16e6;
/// How many files are what people send anyway, where there are photos for the bytes.
const ORDINARY: f64 = 0.3;

/// How much is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub conversations: i64,
    pub messages: i64,
    /// How many bytes all files have, if that matters.
    pub files: Option<u64>,
    pub seed: u64,
    pub until: Timestamp,
}

/// Somebody who writes, as far as the story must remember.
struct Person {
    name: String,
    language: u8,
    /// One bit a channel on which there is a conversation already.
    used: u16,
    email: Option<i64>,
    phone: Option<i64>,
}

/// The story while it is told.
pub struct Story<'a> {
    wanted: Wanted,
    pen: Pen<'a>,
    library: Library,
    people: Vec<Person>,
    addresses: i64,
    /// Messages still to be given to conversations.
    left: i64,
    /// Messages that were said, and the bytes of their files.
    said: i64,
    filed: f64,
    running: HashMap<i64, Thread>,
    next: BinaryHeap<Reverse<(i64, i64)>>,
}

impl<'a> Story<'a> {
    /// A story that was not begun yet; `rows` hears everything in order, its entries numbered from `first` on.
    pub fn new(wanted: Wanted, first: i64, cast: &'a Cast, rows: &'a mut dyn FnMut(Row)) -> Self {
        Story {
            wanted,
            pen: Pen { cast, dice: Dice::new(wanted.seed), rows, newest: first - 1 },
            library: Library::new(),
            people: Vec::new(),
            addresses: 0,
            left: wanted.messages,
            said: 0,
            filed: 0.0,
            running: HashMap::new(),
            next: BinaryHeap::new(),
        }
    }

    /// Tells it to the end.
    pub fn tell(mut self) {
        let calendar = Calendar::until(self.wanted.until);
        for number in 1..=self.wanted.conversations {
            let at = calendar.moment(number, self.wanted.conversations);
            self.go_on(at);
            self.begin(number, at);
        }
        self.go_on(Timestamp(i64::MAX));
    }

    /// Lets everything happen that happens before `until`.
    fn go_on(&mut self, until: Timestamp) {
        while let Some(Reverse((at, number))) = self.next.pop() {
            if at >= until.0 {
                self.next.push(Reverse((at, number)));
                return;
            }
            self.step(number, Timestamp(at));
        }
    }

    fn begin(&mut self, number: i64, at: Timestamp) {
        let person = self.somebody(at);
        let channel = self.free_channel(person);
        self.people[person].used |= 1 << channel;
        let cast = self.pen.cast;
        let channel = &cast.channels[channel];
        let address = self.address(person, channel, at);
        let queue = self.pen.dice.chance(0.5).then(|| *self.pen.dice.one(&cast.queues));
        let contact = i64::try_from(person).unwrap_or(0) + 1;
        let language = self.people[person].language;
        let subject = match channel.card.speaks_as {
            crate::domain::channel::Kind::Email => self.library.message(language, &mut self.pen.dice),
            _ => String::new(),
        };
        let count = self.share(number);
        let conversation = Conversation {
            id: Id::new(number),
            contact: Id::new(contact),
            channel: channel.id,
            address: Id::new(address),
            subject: subject.chars().take(70).collect(),
            status: Status::Open,
            assignee: None,
            queue,
            snoozed_until: None,
            priority: crate::domain::tag::Priority::None,
            last_message_at: at,
            last_message: None,
            snippet: String::new(),
            snippet_ours: false,
            unread: 0,
            waiting_since: None,
            window_closes_at: None,
            failed: 0,
            episode: 1,
            previous: None,
            side_of: None,
            created_at: at,
            updated_at: at,
        };
        let agent = cast.agents[self.pen.dice.rank(cast.agents.len())];
        self.running.insert(number, Thread::new(conversation, language, agent, count));
        self.event(number, kind::CONVERSATION_OPENED, at);
        self.next.push(Reverse((at.0, number)));
    }

    /// How many messages this conversation gets: most few, some many, all together what was asked for.
    fn share(&mut self, number: i64) -> i64 {
        let threads = self.wanted.conversations - number + 1;
        if threads == 1 {
            return std::mem::take(&mut self.left);
        }
        let mean = self.left / threads;
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a few thousand at most"
        )]
        let more = self.pen.dice.wait((mean - 1).max(0) as f64).round() as i64;
        let count = (1 + more).clamp(1, (self.left - (threads - 1)).max(1));
        self.left -= count;
        count
    }

    fn step(&mut self, number: i64, at: Timestamp) {
        let Some(mut thread) = self.running.remove(&number) else { return };
        if thread.left == 0 {
            return self.end(thread, at);
        }
        let turn = thread.turn(&mut self.pen.dice);
        if turn.reopens {
            thread.reopen(at, &mut self.pen);
        }
        self.say(&mut thread, turn.kind, at);
        let wait = thread.pause(turn.kind, &mut self.pen.dice);
        // What began late must still be told before the end.
        let room = Span(self.wanted.until.since(at).0 / (thread.left + 2));
        self.next.push(Reverse(((at + wait.min(room)).0, number)));
        self.running.insert(number, thread);
    }

    /// One message, as it stands in the thread and in the log.
    fn say(&mut self, thread: &mut Thread, what: Kind, at: Timestamp) {
        let body = self.library.message(thread.language, &mut self.pen.dice);
        let failed = what == Kind::Outbound && thread.left == 1 && self.pen.dice.chance(0.01);
        let state = match what {
            Kind::Outbound if failed => State::Failed,
            Kind::Outbound => *self.pen.dice.one(&[State::Sent, State::Delivered, State::Read, State::Read]),
            _ => State::Received,
        };
        let log = match what {
            Kind::Outbound => kind::MESSAGE_QUEUED,
            Kind::Note => kind::NOTE_ADDED,
            _ => kind::MESSAGE_RECEIVED,
        };
        let said = Said { kind: what, ..thread.said(self.pen.number(), at) };
        thread.took(&said, &body, failed);
        let author = (what != Kind::Inbound).then_some(thread.agent);
        let channel = (what != Kind::Note && !failed).then_some(thread.conversation.channel);
        let file = if what == Kind::Note { None } else { self.file(&body, said.id) };
        (self.pen.rows)(Row::Message { said, author, body, state, channel, log });
        if let Some(file) = file {
            (self.pen.rows)(Row::File { said, author, file: Box::new(file) });
        }
        self.said += 1;
    }

    /// The file that goes with what was said, if one does. Photos are as long as it takes for all the bytes that are
    /// still wanted.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "numbers of messages, and lengths far from the limits"
    )]
    fn file(&mut self, text: &str, number: i64) -> Option<File> {
        let dice = &mut self.pen.dice;
        let Some(bytes) = self.wanted.files else {
            return dice.chance(FILES).then(|| files::file(text, number, dice));
        };
        let photos = (1.0 - ORDINARY) * self.wanted.messages as f64;
        let share = (bytes as f64 / PHOTO / photos).clamp(FILES, 1.0);
        if !dice.chance(share) {
            return None;
        }
        let left = (self.wanted.messages - self.said).max(1) as f64 * share * (1.0 - ORDINARY);
        let mean = (bytes as f64 - self.filed) / left.max(1.0);
        let file = if mean <= 0.0 || dice.chance(ORDINARY) {
            files::file(text, number, dice)
        } else {
            files::large(dice.wait(mean).min(LONGEST) as usize, number, dice)
        };
        self.filed += file.content.length() as f64;
        Some(file)
    }

    fn event(&mut self, number: i64, what: &'static str, at: Timestamp) {
        let Some(thread) = self.running.get(&number) else { return };
        let said = thread.said(self.pen.number(), at);
        (self.pen.rows)(Row::Line {
            said,
            author: None,
            what,
            line: Box::new(thread.line(what, self.pen.cast)),
            after: None,
        });
    }

    /// The last message was said: what becomes of the conversation.
    fn end(&mut self, mut thread: Thread, at: Timestamp) {
        let until = self.wanted.until;
        thread.settle(at, until, &mut self.pen);
        let channel = self.pen.cast.channels.iter().find(|channel| channel.id == thread.conversation.channel);
        let grant = thread.grant(channel.map(|channel| &channel.card.window));
        thread.conversation.window_closes_at =
            grant.as_ref().map(|grant| grant.person_until.unwrap_or(grant.closes_at));
        (self.pen.rows)(Row::Conversation { conversation: Box::new(thread.conversation), grant });
    }

    /// Who writes: somebody new half of the time, else somebody who wrote before.
    fn somebody(&mut self, at: Timestamp) -> usize {
        if !self.people.is_empty() && self.pen.dice.chance(0.5) {
            let before = self.people.len() - 1 - self.pen.dice.rank(self.people.len());
            if self.people[before].used.count_ones() < 4 {
                return before;
            }
        }
        let language = self.library.language(&mut self.pen.dice);
        let name = people::name(language, &mut self.pen.dice);
        let id = i64::try_from(self.people.len()).unwrap_or(0) + 1;
        let code = self.library.code(language);
        (self.pen.rows)(Row::Contact(Contact { id, name: name.clone(), language: code, at }));
        self.people.push(Person { name, language, used: 0, email: None, phone: None });
        let person = self.people.len() - 1;
        if self.pen.dice.chance(0.6) {
            self.email(person, at);
        }
        if self.pen.dice.chance(0.4) {
            self.phone(person, at);
        }
        person
    }

    /// A channel on which this person has no conversation yet.
    fn free_channel(&mut self, person: usize) -> usize {
        let count = self.pen.cast.channels.len();
        let wish = self.pen.dice.rank(count);
        let used = self.people[person].used;
        (0..count).map(|step| (wish + step) % count).find(|place| used & (1 << place) == 0).unwrap_or(wish)
    }

    /// The address of the person on this channel.
    fn address(&mut self, person: usize, channel: &Channel, at: Timestamp) -> i64 {
        let kind = channel.card.speaks_as.person();
        let number = i64::try_from(person).unwrap_or(0) + 1;
        match kind {
            AddressKind::Email => self.email(person, at),
            AddressKind::Phone => self.phone(person, at),
            AddressKind::Whatsapp => {
                let value = people::phone(self.people[person].language, number);
                self.add(person, kind, 0, value, at)
            }
            scoped => {
                self.add(person, scoped, channel.id.get(), format!("{}{number:012}", scoped.as_str()), at)
            }
        }
    }

    fn email(&mut self, person: usize, at: Timestamp) -> i64 {
        if let Some(there) = self.people[person].email {
            return there;
        }
        let value = people::email(&self.people[person].name, i64::try_from(person).unwrap_or(0) + 1);
        let id = self.add(person, AddressKind::Email, 0, value, at);
        self.people[person].email = Some(id);
        id
    }

    fn phone(&mut self, person: usize, at: Timestamp) -> i64 {
        if let Some(there) = self.people[person].phone {
            return there;
        }
        let value = people::phone(self.people[person].language, i64::try_from(person).unwrap_or(0) + 1);
        let id = self.add(person, AddressKind::Phone, 0, value, at);
        self.people[person].phone = Some(id);
        id
    }

    fn add(&mut self, person: usize, kind: AddressKind, scope: i64, value: String, at: Timestamp) -> i64 {
        self.addresses += 1;
        let contact = i64::try_from(person).unwrap_or(0) + 1;
        (self.pen.rows)(Row::Address(Address { id: self.addresses, contact, kind, scope, value, at }));
        self.addresses
    }
}

/// A length of time in whole milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "lengths of days, far from the limits")]
pub fn span(seconds: f64) -> Span {
    Span((seconds * 1000.0) as i64)
}
