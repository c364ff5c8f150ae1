//! The virtual assistant of an entry point speaks before people do (S80, S88, S89, S229): it takes up what a customer
//! begins, as long as nobody of the team has it, and hands over. What it says goes by the same gate as every message and
//! leaves the last ones that a window holds to people. While it speaks, nobody is asked to take the conversation.

mod own;

pub use own::{Saying, say};

use super::history::{self, Happening};
use super::outgoing::{self, Ready, Text};
use super::{Error, Result, close, contact, letter, notice, reach, window};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, AddressKind};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::fitting;
use crate::domain::greeter::{Asks, Greeter, Heard, Talk, Turn, Why};
use crate::domain::inbound::Incoming;
use crate::domain::refused::Problem;
use crate::domain::window::{Content, Window};
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::greeting::{self, Greeting};
use crate::store::{self, Tx, conversation as threads, event};

/// A message that is older than this when it comes is greeted by nobody.
const LATE: Span = Span::hours(1);
/// So many messages of a window that counts them are left to people.
const RESERVED: u32 = 2;

/// The longest name, texts, words, and how many of them.
const LABEL: u32 = 40;
const TEXT: u32 = 2000;
const WORD: usize = 60;
const WORDS: u32 = 30;
const ANSWERS: u32 = 100;
/// How long a silence may be waited out.
pub const SILENCE: std::ops::RangeInclusive<Span> = Span::minutes(1)..=Span::hours(24);

/// Why an entry point can have no assistant: letters are no talk, and programs that answer each other never end.
pub fn can_greet(channel: &Channel) -> bool {
    !letter::is_mail(channel)
}

/// Changes what the assistant of an entry point says, and whether it works. Switched off, it hands over at once.
pub fn set(
    tx: &Tx<'_>,
    by: &Viewer,
    (id, works, greeter): (Id<Channel>, bool, &Greeter),
    now: Timestamp,
) -> Result<()> {
    by.must_be(Role::Admin)?;
    let channel = store::channel::get(tx, id)?.ok_or(Error::NotFound)?;
    check(&channel, works, greeter)?;
    greeting::set(tx, id, (works, greeter))?;
    if !works {
        greeting::hurry(tx, id, now)?;
    }
    let data = serde_json::json!({ "channel": id.get(), "assistant": works });
    let new = event::New { kind: kind::CHANNEL_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}

/// Whether it can work so.
fn check(channel: &Channel, works: bool, greeter: &Greeter) -> Result<()> {
    let field = |field, problem| Err(Refused::Field { field, problem }.into());
    let long = |text: &str, most: u32| text.chars().count() > most as usize;
    if works && !can_greet(channel) {
        return Err(Refused::NoAssistant.into());
    }
    if greeter.label.trim().is_empty() {
        return field("label", Problem::Missing);
    }
    if long(&greeter.label, LABEL) {
        return field("label", Problem::TooLong { most: LABEL });
    }
    if greeter.greeting.trim().is_empty() {
        return field("greeting", Problem::Missing);
    }
    if greeter.answers.len() > ANSWERS as usize {
        return field("answers", Problem::TooMany { most: ANSWERS });
    }
    if greeter.answers.iter().any(|answer| answer.words.is_empty() || answer.text.is_empty()) {
        return field("answers", Problem::Missing);
    }
    let lists = greeter.answers.iter().map(|answer| ("answers", &answer.words));
    for (name, words) in lists.chain([("person_words", &greeter.person_words)]) {
        if words.len() > WORDS as usize {
            return field(name, Problem::TooMany { most: WORDS });
        }
        if words.iter().any(|word| word.chars().count() > WORD) {
            return field(name, Problem::TooLong { most: 60 });
        }
    }
    if !(1..=10).contains(&greeter.most_unknown) {
        return field("most_unknown", Problem::Wrong);
    }
    if !(1..=60).contains(&greeter.most_an_hour) {
        return field("most_an_hour", Problem::Wrong);
    }
    if !SILENCE.contains(&greeter.silence) {
        return field("silence", Problem::Wrong);
    }
    for text in greeter.texts() {
        if long(text, TEXT) {
            return field("texts", Problem::TooLong { most: TEXT });
        }
        fitting::check(&channel.card, text, &[])?;
    }
    Ok(())
}

/// The customer wrote: the assistant takes it up or goes on, where it works. `true`: it sees to it, and nobody of the
/// team needs to be told. The conversation is written back where something changes.
pub(super) fn heard(
    tx: &Tx<'_>,
    channel: &Channel,
    conversation: &mut Conversation,
    incoming: &Incoming,
    now: Timestamp,
) -> Result<bool> {
    let before = greeting::get(tx, conversation.id)?;
    if own::heard(tx, before.as_ref(), now)? {
        return Ok(true);
    }
    let Some((works, greeter)) = greeting::of(tx, channel.id)? else { return Ok(false) };
    let speaks = before.as_ref().is_some_and(|before| before.due_at.is_some());
    let Some(mut greeting) = (match before {
        Some(before) if speaks => Some(before),
        before if works && begins(tx, channel, (conversation, before.as_ref(), incoming), now)? => {
            Some(begun(conversation, before, &greeter, now))
        }
        _ => None,
    }) else {
        return Ok(false);
    };
    if conversation.assignee.is_some() || incoming.extra.automatic {
        // A program that answers by itself is answered by none of ours; a person who has it answers alone.
        return Ok(speaks);
    }
    if !works {
        over(tx, conversation, greeting, (Why::Off, None), now)?;
        return Ok(true);
    }
    let address = store::contact::address(tx, conversation.address)?.ok_or(Error::NotFound)?;
    let turn = greeter.turn(&greeting.talk, sight(tx, &address, (&greeter, &incoming.body), now)?);
    contact::learnt(tx, channel, &address, (turn.name.as_deref(), turn.email.as_deref()), now)?;
    let barred = speak(tx, channel, conversation, (&greeter, &mut greeting, &turn), now)?;
    greeting.talk = turn.talk;
    match barred.or(turn.hands_over) {
        Some(why) => over(tx, conversation, greeting, (why, None), now)?,
        None => {
            greeting.due_at = Some(greeter.due(now));
            greeting::keep(tx, &greeting)?;
        }
    }
    Ok(true)
}

/// Whether the assistant takes up what the customer begins with this message: the open period began by it, just now.
fn begins(
    tx: &Tx<'_>,
    channel: &Channel,
    (conversation, before, incoming): (&Conversation, Option<&Greeting>, &Incoming),
    now: Timestamp,
) -> Result<bool> {
    if !can_greet(channel) || tx.is_quiet() || now.since(incoming.at) > LATE {
        return Ok(false);
    }
    if before.is_some_and(|before| before.episode >= conversation.episode) {
        return Ok(false);
    }
    let by_customer = threads::episode_opened_by(tx, conversation)?.is_none();
    Ok(by_customer && threads::episode_opened_at(tx, conversation)? == Some(now))
}

fn begun(
    conversation: &Conversation,
    before: Option<Greeting>,
    greeter: &Greeter,
    now: Timestamp,
) -> Greeting {
    // What it said in an earlier open period counts on, so that nobody opens one after the other to have it talk on.
    let (hour_at, hour_said) = before.map_or((now, 0), |before| (before.hour_at, before.hour_said));
    Greeting {
        conversation: conversation.id,
        episode: conversation.episode,
        label: greeter.label.clone(),
        talk: Talk::default(),
        due_at: Some(greeter.due(now)),
        hour_at,
        hour_said,
    }
}

/// What it knows when it decides.
fn sight<'a>(
    tx: &Tx<'_>,
    address: &Address,
    (greeter, text): (&Greeter, &'a str),
    now: Timestamp,
) -> Result<Heard<'a>> {
    let addresses = store::contact::addresses(tx, address.contact)?;
    Ok(Heard {
        text,
        name_known: !contact::is_nameless(tx, address)?,
        email_known: addresses.iter().any(|address| address.kind == AddressKind::Email),
        open: greeter.hours.is_open(now, &store::setting::zone(tx)?),
    })
}

/// Says what it decided on. `Some`: it may not, and has said nothing.
fn speak(
    tx: &Tx<'_>,
    channel: &Channel,
    conversation: &mut Conversation,
    (greeter, greeting, turn): (&Greeter, &mut Greeting, &Turn),
    now: Timestamp,
) -> Result<Option<Why>> {
    // One message for all of it, where it fits into one: some windows count them, and some channels cost.
    let joined = turn.says.join("\n\n");
    let says = match fitting::check(&channel.card, &joined, &[]) {
        _ if turn.says.is_empty() => Vec::new(),
        Ok(()) => vec![joined],
        Err(_) => turn.says.clone(),
    };
    let count = u32::try_from(says.len()).unwrap_or(u32::MAX);
    if now.since(greeting.hour_at) >= Span::hours(1) {
        (greeting.hour_at, greeting.hour_said) = (now, 0);
    }
    if greeting.hour_said.saturating_add(count) > greeter.most_an_hour {
        return Ok(Some(Why::Enough));
    }
    if let Window::Open { left: Some(left), .. } = window::of(tx, channel, conversation, now)?
        && left < RESERVED.saturating_add(count)
    {
        return Ok(Some(Why::MayNot));
    }
    let had = conversation.clone();
    let by = Viewer::assistant(&greeting.label);
    let said = tx.part(|tx| {
        says.iter().try_for_each(|body| {
            outgoing::allowed(tx, channel, conversation, (by.sender, Content::Free), now)?;
            let text = Text { body: body.clone(), ..Text::default() };
            let ready = Ready::plain(&by, channel, text);
            outgoing::queue(tx, conversation, &ready, now).map(drop)
        })
    });
    match said {
        Ok(()) => {}
        Err(Error::Refused(_)) => {
            *conversation = had;
            return Ok(Some(Why::MayNot));
        }
        Err(other) => return Err(other),
    }
    greeting.hour_said += count;
    // Nobody has looked at what the customer wrote; and who waits has got an answer only by one.
    conversation.unread = had.unread;
    conversation.waiting_since = had.waiting_since.filter(|_| !turn.talk.answered);
    threads::update(tx, conversation)?;
    Ok(None)
}

/// It hands over: the thread says so, and from here on the conversation is the team's (S229).
fn over(
    tx: &Tx<'_>,
    conversation: &Conversation,
    greeting: Greeting,
    (why, by): (Why, Option<&Viewer>),
    now: Timestamp,
) -> Result<()> {
    stopped(tx, conversation, greeting, (why, by), now)?;
    notice::queued(tx, conversation, (None, by.and_then(Viewer::author)), now)
}

/// It stops, and the thread says where.
fn stopped(
    tx: &Tx<'_>,
    conversation: &Conversation,
    greeting: Greeting,
    (why, by): (Why, Option<&Viewer>),
    now: Timestamp,
) -> Result<()> {
    greeting::keep(tx, &Greeting { due_at: None, ..greeting.clone() })?;
    let line = Line { from: greeting.label, handed: Some(why), ..Line::default() };
    history::tell(tx, conversation, &Happening::of(by, kind::CONVERSATION_HANDED, line), now)?;
    Ok(())
}

/// Where an assistant speaks now.
fn speaking(tx: &Tx<'_>, conversation: &Conversation) -> Result<Option<Greeting>> {
    Ok(greeting::get(tx, conversation.id)?.filter(|greeting| greeting.due_at.is_some()))
}

/// Has the assistant hand over to the team now. One that has done so already stays silent.
pub fn hand_over(tx: &Tx<'_>, by: &Viewer, id: Id<Conversation>, now: Timestamp) -> Result<()> {
    let conversation = reach::conversation(tx, by, id)?;
    match speaking(tx, &conversation)? {
        Some(greeting) => over(tx, &conversation, greeting, (Why::Hand, Some(by)), now),
        None => Ok(()),
    }
}

/// Somebody of the team sees to the conversation from here on.
pub(super) fn taken(tx: &Tx<'_>, by: &Viewer, conversation: &Conversation, now: Timestamp) -> Result<()> {
    match speaking(tx, conversation)? {
        Some(greeting) => stopped(tx, conversation, greeting, (Why::Hand, Some(by)), now),
        None => Ok(()),
    }
}

/// The conversation ends, and what the assistant has to say with it.
pub(super) fn ended(tx: &Tx<'_>, conversation: &Conversation) -> Result<()> {
    match speaking(tx, conversation)? {
        Some(greeting) => Ok(greeting::keep(tx, &Greeting { due_at: None, ..greeting })?),
        None => Ok(()),
    }
}

/// The customer has been silent for long enough: it is closed where everything was answered and the team wants it so,
/// and otherwise people see to it. Nothing is said; who is not there reads nothing.
pub fn lapse(tx: &Tx<'_>, id: Id<Conversation>, now: Timestamp) -> Result<()> {
    let Some(mut conversation) = threads::get(tx, id)? else { return Ok(()) };
    let Some(greeting) = speaking(tx, &conversation)? else { return Ok(()) };
    if greeting.due_at.is_some_and(|due| due > now) {
        return Ok(());
    }
    if conversation.status == Status::Closed {
        return ended(tx, &conversation);
    }
    let channel = reach::channel(tx, &conversation)?;
    let (works, greeter) = greeting::of(tx, channel.id)?.unwrap_or_default();
    let why = match (works, conversation.failed) {
        (false, _) if greeting.talk.own.is_none() => Why::Off,
        (_, 1..) => Why::Failed,
        _ => Why::Silent,
    };
    let done = greeting.talk.answered && greeting.talk.asks == Asks::Nothing;
    if why == Why::Silent && done && greeter.closes {
        let line = Line { cause: Some(Cause::Time), ..Line::default() };
        return close::end(
            tx,
            &mut conversation,
            &channel,
            Happening::own(kind::CONVERSATION_CLOSED, line),
            now,
        );
    }
    over(tx, &conversation, greeting, (why, None), now)
}
