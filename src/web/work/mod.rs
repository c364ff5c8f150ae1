//! Offered work: one's own state, the requests, and the supervisor's board.

mod board;
mod handing;
mod offers;
mod wrapping;

use std::str::FromStr;

pub use board::gather as board;
pub use handing::of_head;
pub use wrapping::{questions, ticked, told};

use super::failure::Failure;
use super::http::Response;
use super::routes::{Guard, Route};
use crate::domain::agent::{Agent, Role};
use crate::domain::availability::{Availability, Media, State};
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, AddressKind};
use crate::domain::conversation::Conversation;
use crate::domain::offer::{self, Offer};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp, phone};
use crate::i18n::Texts;
use crate::store::{self, Connection};
use crate::templates::row;
use crate::templates::work::{Card, Work};

const AGENT: Guard = Guard::Role(Role::Agent);
const SUPERVISOR: Guard = Guard::Role(Role::Supervisor);

/// The routes of this folder.
pub const ROUTES: &[Route] = &[
    Route::page("/offers", AGENT, offers::page),
    Route::form("/offers/accept", AGENT, offers::accept_many),
    Route::form("/offers/{id}/accept", AGENT, offers::accept),
    Route::form("/offers/{id}/decline", AGENT, offers::decline),
    Route::form("/wrapups/{id}", AGENT, wrapping::submit),
    Route::form("/wrapups/{id}/stop", AGENT, wrapping::stop),
    Route::form("/state", AGENT, offers::choose),
    Route::page("/conversations/{id}/hand", AGENT, handing::page),
    Route::form("/conversations/{id}/hand", AGENT, handing::ask),
    Route::form("/conversations/{id}/conference/leave", AGENT, handing::leave),
    Route::form("/conversations/{id}/conference/end", AGENT, handing::end),
    Route::form("/requests/{id}/call-off", AGENT, handing::call_off),
    Route::form("/requests/{id}/keep", AGENT, handing::keep),
    Route::page("/board", SUPERVISOR, board::page),
    Route::form("/board/people/{id}/state", SUPERVISOR, board::choose),
    Route::form("/board/offers/{id}/redeal", SUPERVISOR, board::redeal),
];

/// How many of one's own requests are shown.
const ASKED: u32 = 10;

/// What pages need of the work that is handed out; `None` where no queue deals and nothing is held out.
pub fn of(connection: &Connection, t: &Texts, who: &Agent) -> store::Result<Option<Work>> {
    let offers = store::offer::waiting_for(connection, who.id)?;
    let dealt = !offers.is_empty() || store::queue::any_deals(connection)?;
    let wrapups = wrapping::of(connection, who.id)?;
    if !dealt && wrapups.is_empty() && !store::wrapup::any_asks(connection)? {
        return Ok(None);
    }
    let mut cards = Vec::new();
    for offer in offers {
        cards.extend(card(connection, t, offer)?);
    }
    // Calls, chats, social, mail, and of each the newest on top (S193).
    cards.sort_by_key(|card: &Card| (Media::of(card.kind), std::cmp::Reverse(card.offer.id)));
    let states = states(connection, who.id)?;
    let mut asked = Vec::new();
    for offer in store::offer::asked_by(connection, who.id, ASKED)? {
        asked.push(handing::named(connection, offer)?);
    }
    let mut joined = Vec::new();
    for (id, since) in store::offer::joined(connection, who.id)? {
        if let Some(conversation) = store::conversation::get(connection, id)? {
            joined.push((id, customer(connection, &conversation)?, since));
        }
    }
    let reasons = store::availability::reasons(connection)?;
    Ok(Some(Work { states, reasons, cards, asked, joined, wrapups, dealt }))
}

/// The state of one agent for every type.
pub(super) fn states(connection: &Connection, agent: Id<Agent>) -> store::Result<Vec<Availability>> {
    let known = store::availability::of(connection, agent)?;
    let idle =
        |media| Availability { agent, media, state: State::Idle(None), since: Timestamp(0), wanted: None };
    let one = |media: Media| known.iter().find(|known| known.media == media).copied().unwrap_or(idle(media));
    Ok(Media::ALL.map(one).to_vec())
}

fn card(connection: &Connection, t: &Texts, offer: Offer) -> store::Result<Option<Card>> {
    let Some(conversation) = store::conversation::get(connection, offer.conversation)? else {
        return Ok(None);
    };
    let (Some(channel), Some(contact), Some(address)) = (
        store::channel::get(connection, conversation.channel)?,
        store::contact::get(connection, conversation.contact)?,
        store::contact::address(connection, conversation.address)?,
    ) else {
        return Ok(None);
    };
    let queue = store::queue::of(connection, offer.queue.or(conversation.queue))?;
    let from = match offer.from {
        Some(from) => store::agent::get(connection, from)?.map(|agent| agent.name),
        None => None,
    };
    let mut facts = Vec::new();
    facts.extend(queue.map(|queue| (t.work_queue(), queue.name)));
    let all = store::contact::addresses(connection, contact.id)?;
    facts.extend(reached(t, &channel, &address, &all));
    let asked = matches!(offer.kind, offer::Kind::Queue);
    Ok(Some(Card {
        name: row::name(&contact.name, Some(&address)),
        kind: channel.card.speaks_as,
        from: from.unwrap_or_default(),
        facts,
        since: if asked {
            conversation.waiting_since.unwrap_or(conversation.last_message_at)
        } else {
            offer.offered_at
        },
        offer,
    }))
}

/// By which address the customer is reached and where they wrote to, named as the kind of channel has it (S77, S79,
/// S127, S136, S141, S150, S181).
fn reached(t: &Texts, channel: &Channel, address: &Address, all: &[Address]) -> Vec<(&'static str, String)> {
    let (label, source) = match address.kind {
        AddressKind::Phone | AddressKind::Whatsapp if address.value.starts_with('+') => {
            (t.work_phone(), t.work_source_number())
        }
        AddressKind::Email => (t.work_email_address(), t.work_source()),
        AddressKind::Visitor => (t.work_address(), t.work_source()),
        _ => (t.work_user_id(), t.work_source_page()),
    };
    let mut facts = Vec::new();
    if address.kind == AddressKind::Visitor {
        let mail = all.iter().find(|address| address.kind == AddressKind::Email);
        facts.extend(mail.map(|mail| (t.work_email_address(), row::written(mail))));
    } else {
        facts.push((label, row::written(address)));
    }
    facts.push((source, place(channel)));
    facts
}

/// Where the customer wrote to: its name, and our number where the channel has one.
fn place(channel: &Channel) -> String {
    match channel.settings.get("number") {
        Some(number) if number.starts_with('+') => format!("{} · {}", channel.name, phone::pretty(number)),
        _ => channel.name.clone(),
    }
}

/// Who is spoken with in a conversation.
pub fn customer(c: &Connection, conversation: &Conversation) -> store::Result<String> {
    let contact = store::contact::get(c, conversation.contact)?;
    let address = store::contact::address(c, conversation.address)?;
    Ok(contact
        .zip(address)
        .map(|(contact, address)| row::name(&contact.name, Some(&address)))
        .unwrap_or_default())
}

/// What was chosen: `available`, `idle`, or `idle:7` with a reason.
fn chosen(text: &str) -> Result<State, Refused> {
    let wrong = Refused::Field { field: "state", problem: Problem::Wrong };
    match text.split_once(':') {
        Some(("idle", reason)) => Ok(State::Idle(Some(reason.parse().map_err(|_| wrong)?))),
        None if text == "available" => Ok(State::Available),
        None if text == "idle" => Ok(State::Idle(None)),
        _ => Err(wrong),
    }
}

/// For which type; nothing stands for all.
fn media(text: &str) -> Result<Option<Media>, Refused> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = Refused::Field { field: "media", problem: Problem::Wrong };
    Media::from_str(text).map(Some).map_err(|()| wrong)
}

fn back(to: &str) -> Result<Response, Failure> {
    Ok(Response::redirect(to))
}
