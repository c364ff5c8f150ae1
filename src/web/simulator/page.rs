//! The page of phones: for each simulated channel its people, and the thread of the one who is played.

use std::time::Duration;

use super::stage;
use crate::actions::simulate;
use crate::domain::Id;
use crate::domain::channel::{Channel, Kind};
use crate::domain::message::{By, Kind as Entry};
use crate::random;
use crate::store::{self, Connection, event, simulator};
use crate::templates::simulator::{Bubble, Page, Person, Phone, Side};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// What the provider of a simulated phone can do wrong.
pub const TROUBLES: [&str; 5] = ["none", "fail", "busy", "unsure", "slow"];

/// How many people a phone offers, and how many messages it shows.
const PEOPLE: u32 = 12;
const MESSAGES: u32 = 40;

/// `GET /simulator`.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let stage = stage(cx);
    stage.admits(cx.viewer()?)?;
    let frame = cx.frame(cx.texts.simulator_title())?;
    let page = cx.read(|connection| {
        let mut phones = Vec::new();
        for channel in store::channel::all(connection)? {
            if channel.kind == Kind::Simulator {
                phones.push(phone(cx, connection, channel)?);
            }
        }
        let clock = stage.movable_clock.then_some(cx.app.desk.clock.offset());
        Ok::<_, store::Error>(Page {
            phones,
            clock,
            only_simulated: simulate::only_simulated(connection)?,
            state: state(cx, None),
        })
    })?;
    let body = crate::templates::simulator::page(&frame, &page);
    Ok(cx.page(&frame, &body))
}

fn phone(cx: &Cx<'_>, connection: &Connection, channel: Channel) -> store::Result<Phone> {
    let people = simulator::people(connection, channel.id, PEOPLE)?;
    let wanted = cx.query.get(&format!("p{}", channel.id));
    let played = match wanted {
        Some(value) => people.iter().find(|person| person.value == value),
        None => people.first(),
    };
    let bubbles = match played {
        Some(person) => store::visitor::thread(connection, person.address, channel.id, MESSAGES)?,
        None => Vec::new(),
    };
    let trouble = channel.settings.get("trouble").cloned().unwrap_or_else(|| "none".into());
    Ok(Phone {
        played: played.map(|person| (person.name.clone(), person.value.clone())),
        opted_out: played.is_some_and(|person| person.opted_out),
        // Somebody who was just made up is not here yet; the next look will find them.
        awaited: wanted.filter(|value| *value != "new" && played.is_none()).map(str::to_owned),
        people: people
            .iter()
            .map(|person| Person {
                name: if person.name.is_empty() { person.value.clone() } else { person.name.clone() },
                current: played == Some(person),
                href: format!(
                    "/simulator?{}#phone-{}",
                    state(cx, Some((channel.id, &person.value))),
                    channel.id
                ),
            })
            .collect(),
        new_href: format!("/simulator?{}#phone-{}", state(cx, Some((channel.id, "new"))), channel.id),
        suggestion: suggestion(channel.card.speaks_as),
        bubbles: bubbles.into_iter().filter_map(bubble).collect(),
        trouble,
        channel,
    })
}

/// A free address of a kind, for somebody new. These telephone numbers belong to nobody: they are kept
/// apart for stories.
fn suggestion(kind: Kind) -> String {
    let number = random::number() % 100;
    match kind {
        Kind::Whatsapp | Kind::Sms => format!("+120255501{number:02}"),
        Kind::Email => format!("customer{number}@example.com"),
        _ => format!("customer-{}", random::number() % 10_000),
    }
}

fn bubble(line: store::visitor::Line) -> Option<Bubble> {
    let (message, author) = (line.message, line.author);
    let side = match message.kind {
        Entry::Inbound => Side::Customer,
        Entry::Outbound => Side::Business { author, state: message.state },
        Entry::Note | Entry::Event => return None,
    };
    let hidden = message.revoked_at.is_some();
    Some(Bubble {
        id: message.id,
        side,
        text: if hidden { String::new() } else { message.body },
        files: if hidden { Vec::new() } else { line.files },
        template: message.extra.template.map(|template| template.name),
        location: message.extra.location.map(|place| {
            place.name.unwrap_or_else(|| format!("{:.4}, {:.4}", place.latitude, place.longitude))
        }),
        reaction: message
            .extra
            .reactions
            .into_iter()
            .find(|reaction| reaction.by == By::Them)
            .map(|reaction| reaction.emoji),
        provider_id: message.provider_id,
        at: message.at,
    })
}

/// `GET /simulator/changes?since=N`: the number of the newest entry of the log, once there is one after N.
pub fn changes(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    stage(cx).admits(cx.viewer()?)?;
    let since: i64 = cx.query.get("since").and_then(|since| since.parse().ok()).unwrap_or(0);
    let latest = cx.read(event::latest)?;
    if latest <= since {
        return Ok(Response::new(204).with_park(event::DESK, Duration::from_secs(25)));
    }
    Ok(Response::text(200, &latest.to_string()))
}

/// Who is played on which phone, as a query: of the page's own query, or of the form that carries it.
fn state(cx: &Cx<'_>, change: Option<(Id<Channel>, &str)>) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    let changed = change.map(|(channel, value)| (format!("p{channel}"), value));
    let (query, form) = (&cx.query, crate::web::form::Form::parse(cx.form.trimmed("state").as_bytes()));
    for (name, value) in query.iter().chain(form.iter()) {
        let known = name.strip_prefix('p').is_some_and(|id| id.parse::<i64>().is_ok());
        if known && changed.as_ref().is_none_or(|(changed, _)| changed != name) {
            pairs.append_pair(name, value);
        }
    }
    if let Some((name, value)) = &changed {
        pairs.append_pair(name, value);
    }
    pairs.finish()
}

/// Back to the page, with the same people on the phones.
pub fn back(cx: &Cx<'_>, change: Option<(Id<Channel>, &str)>) -> String {
    let place = change.map(|(channel, _)| format!("#phone-{channel}")).unwrap_or_default();
    format!("/simulator?{}{place}", state(cx, change))
}
