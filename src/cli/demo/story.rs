//! What was said at Café Lumière: a few hundred conversations, each lived through by the same actions that
//! serve real ones, with a time that runs along.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::cast::Cast;
use super::ending::Ending;
use super::mails;
use crate::actions::contact::{self as contacts, NewAddress};
use crate::actions::{self, close, note, read, receive, reply, snooze};
use crate::cli::Error;
use crate::cli::generate::dice::Dice;
use crate::desk::Desk;
use crate::domain::access::Viewer;
use crate::domain::channel::Channel;
use crate::domain::contact::AddressKind;
use crate::domain::conversation::Conversation;
use crate::domain::inbound::{Event, Incoming, Party, Receipt};
use crate::domain::message::{Extra, Message, State};
use crate::domain::outbox::{Cause, Failure};
use crate::domain::window::Opener;
use crate::domain::{Id, Span, Timestamp, search};
use crate::store::{self, Tx, outbox};

/// What people said, and in which language. `<` is the customer, `>` is us, `#` a note among ourselves.
#[derive(Deserialize)]
struct Dialogue {
    language: String,
    reason: String,
    lines: Vec<String>,
}

const DIALOGUES: &str = include_str!("dialogues.json");
const PEOPLE: &str = include_str!("people.json");

/// A customer, known on several channels.
struct Guest {
    name: String,
    language: String,
    number: usize,
}

/// A conversation that is going to be.
struct Plot<'a> {
    begins: Timestamp,
    guest: &'a Guest,
    channel: &'a Channel,
    ending: Ending,
}

/// The story while it is told.
struct Teller<'a> {
    tx: &'a Tx<'a>,
    cast: &'a Cast,
    dialogues: Vec<Dialogue>,
    dice: Dice,
    until: Timestamp,
    said: usize,
}

/// Lives everything through; returns how many conversations there are.
pub fn tell(desk: &Desk, cast: Cast) -> Result<usize, Error> {
    let dialogues: Vec<Dialogue> = serde_json::from_str(DIALOGUES).map_err(Error::failed)?;
    let people: BTreeMap<String, Vec<String>> = serde_json::from_str(PEOPLE).map_err(Error::failed)?;
    let until = desk.clock.now();
    Ok(desk.writer.write(move |tx| {
        let mut teller = Teller { tx, cast: &cast, dialogues, dice: Dice::new(7), until, said: 0 };
        teller.all(people)
    })?)
}

impl Teller<'_> {
    fn all(&mut self, people: BTreeMap<String, Vec<String>>) -> actions::Result<usize> {
        let names = people.into_iter().flat_map(|(language, names)| {
            names.into_iter().map(move |name| (language.clone(), name)).collect::<Vec<_>>()
        });
        let guests: Vec<Guest> =
            names.enumerate().map(|(number, (language, name))| Guest { name, language, number }).collect();
        let (cast, mut plots) = (self.cast, Vec::new());
        for guest in &guests {
            let channels: Vec<&Channel> = (0..4)
                .map(|step| &cast.channels[(guest.number * 5 + step * 3) % cast.channels.len()])
                .collect();
            self.welcome(guest, &channels)?;
            for channel in channels {
                let ending = Ending::of(plots.len());
                let rule = channel.card.window;
                let window = rule.person.or(rule.free).unwrap_or(Span::days(1));
                let begins = self.until - ending.age(window, &mut self.dice);
                plots.push(Plot { begins, guest, channel, ending });
            }
        }
        // As in life what is older has the lower number, by which a search tells what is newest.
        plots.sort_by_key(|plot| plot.begins);
        for plot in &plots {
            self.conversation(plot)?;
        }
        Ok(plots.len() + mails::arrive(self.tx, self.cast, self.until)?)
    }

    /// Adds the customer with every address, so that all channels know one person.
    fn welcome(&self, guest: &Guest, channels: &[&Channel]) -> actions::Result<()> {
        let mut addresses = vec![
            NewAddress { kind: AddressKind::Phone, value: guest.phone(), channel: None },
            NewAddress { kind: AddressKind::Email, value: guest.email(), channel: None },
        ];
        for channel in channels {
            let (kind, value) = guest.address(channel);
            if !addresses.iter().any(|other| other.kind == kind) {
                let scope = kind.is_scoped().then_some(channel.id);
                addresses.push(NewAddress { kind, value, channel: scope });
            }
        }
        let new = contacts::New {
            fields: Vec::new(),
            name: guest.name.clone(),
            language: Some(guest.language.clone()).filter(|code| code.len() == 2),
            about: String::new(),
            dedicated: None,
            addresses,
        };
        contacts::create(self.tx, &Viewer::console(), &new, self.until - Span::days(60))?;
        Ok(())
    }

    fn conversation(&mut self, plot: &Plot<'_>) -> actions::Result<()> {
        let Plot { begins: mut now, guest, channel, ending } = *plot;
        let own: Vec<usize> =
            (0..self.dialogues.len()).filter(|n| self.dialogues[*n].language == guest.language).collect();
        let dialogue = if own.is_empty() { 0 } else { *self.dice.one(&own) };
        let lines = self.dialogues[dialogue].lines.clone();
        let agent = self.cast.agents[self.dice.below(self.cast.agents.len())].clone();
        let mut thread = None;
        for line in lines {
            let Some((mark, text)) = line.split_at_checked(2) else { continue };
            let text = text.replace("{name}", guest.name.split(' ').next().unwrap_or_default());
            match (mark, thread) {
                ("< ", _) => thread = Some(self.customer(guest, channel, &text, now)?),
                ("> ", Some(_)) if ending.unanswered() => return Ok(()),
                ("> ", Some(id)) => self.answer(&agent, channel, (id, &text), ending, now)?,
                ("# ", Some(id)) if !ending.unanswered() => {
                    note::note(self.tx, &agent, id, &text, None, now)?;
                }
                _ => {}
            }
            if ending == Ending::Failed && mark == "> " {
                return Ok(());
            }
            now =
                (now + Span::seconds(40 + i64::try_from(self.dice.below(300)).unwrap_or(0))).min(self.until);
        }
        match thread {
            Some(id) => self.end(&agent, id, (ending, dialogue), now),
            None => Ok(()),
        }
    }

    fn customer(
        &mut self,
        guest: &Guest,
        channel: &Channel,
        text: &str,
        now: Timestamp,
    ) -> actions::Result<Id<Conversation>> {
        self.said += 1;
        let (kind, value) = guest.address(channel);
        let from = Party { kind, value: value.clone(), name: Some(guest.name.clone()), also: Vec::new() };
        let mail = kind == AddressKind::Email;
        let incoming = Incoming {
            from,
            provider_id: format!("demo-{}", self.said),
            at: now,
            body: text.to_owned(),
            html: None,
            subject: mail.then(|| text.chars().take(48).collect()),
            thread: String::new(),
            reply_to: None,
            extra: Extra::default(),
            files: Vec::new(),
            opener: Some(Opener::Message),
            letter: None,
        };
        receive::receive(self.tx, channel, &Event::Message(incoming), now)?;
        let address = store::contact::find_address(self.tx, kind, channel.id, &value)?;
        let address = address.ok_or(actions::Error::NotFound)?;
        let thread = store::conversation::newest(self.tx, address.id, channel.id)?;
        Ok(thread.ok_or(actions::Error::NotFound)?.id)
    }

    fn answer(
        &mut self,
        by: &Viewer,
        channel: &Channel,
        (thread, text): (Id<Conversation>, &str),
        ending: Ending,
        now: Timestamp,
    ) -> actions::Result<()> {
        read::mark_read(self.tx, by, thread, now)?;
        let order = reply::Reply {
            conversation: thread,
            body: text.to_owned(),
            template: None,
            attachments: Vec::new(),
            reply_to: None,
            seen: None,
            key: None,
        };
        let message = reply::reply(self.tx, by, &order, now)?;
        let state = match ending {
            Ending::Failed => State::Failed,
            Ending::Answered => State::Delivered,
            _ => State::Read,
        };
        self.arrived(channel, message, state, now)
    }

    /// The simulated provider says how far our message came.
    fn arrived(
        &mut self,
        channel: &Channel,
        message: Id<Message>,
        state: State,
        now: Timestamp,
    ) -> actions::Result<()> {
        self.said += 1;
        let Some(dispatch) = outbox::of_message(self.tx, message)? else { return Ok(()) };
        let fault = (state == State::Failed)
            .then(|| Failure::never(Cause::Unreachable, "This number is not reachable at the moment."));
        let receipt = Receipt {
            provider_id: Some(format!("demo-{}", self.said)),
            our_key: Some(dispatch.key),
            state,
            at: now + Span::seconds(3),
            fault,
        };
        receive::receive(self.tx, channel, &Event::Receipt(receipt), now + Span::seconds(3))
    }

    fn end(
        &self,
        agent: &Viewer,
        thread: Id<Conversation>,
        (ending, dialogue): (Ending, usize),
        now: Timestamp,
    ) -> actions::Result<()> {
        match ending {
            Ending::Closed => {
                read::mark_read(self.tx, agent, thread, now)?;
                let named = self.cast.reasons.iter().filter(|r| r.name == self.dialogues[dialogue].reason);
                let reasons = named.map(|reason| reason.id).collect();
                close::close(
                    self.tx,
                    agent,
                    thread,
                    &close::Closing { reasons, ..close::Closing::default() },
                    now,
                )
            }
            Ending::Snoozed => {
                snooze::snooze(self.tx, agent, thread, Some(self.until + Span::hours(18)), now)
            }
            Ending::Answered => read::mark_read(self.tx, agent, thread, now),
            _ => Ok(()),
        }
    }
}

impl Guest {
    /// The customer's address on this channel, in its normal form.
    fn address(&self, channel: &Channel) -> (AddressKind, String) {
        match channel.card.speaks_as.person() {
            AddressKind::Email => (AddressKind::Email, self.email()),
            kind @ (AddressKind::Phone | AddressKind::Whatsapp) => (kind, self.phone()),
            kind => (kind, format!("{}-{}", kind.as_str(), self.number)),
        }
    }

    fn phone(&self) -> String {
        let start = match self.language.as_str() {
            "es" => "+34612345",
            "fr" => "+33612345",
            "de" => "+4915112345",
            "pt" => "+351912345",
            "it" => "+393201234",
            "ja" => "+819012345",
            "ar" => "+971501234",
            "cs" => "+420601123",
            _ => "+447400123",
        };
        format!("{start}{:03}", 100 + self.number)
    }

    fn email(&self) -> String {
        let folded = search::fold(&self.name).replace([' ', '\''], ".");
        if folded.is_ascii() {
            format!("{folded}@example.org")
        } else {
            format!("guest{}@example.org", self.number)
        }
    }
}
