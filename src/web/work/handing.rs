//! The page on which a conversation is handed over or somebody is brought in, and one's own requests.

use std::collections::BTreeSet;

use super::{back, customer};
use crate::actions::{self, Error, deal, reach, transfer};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::availability::{Media, State};
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::offer::Denied;
use crate::domain::offer::{Kind, Offer};
use crate::domain::queue::Queue;
use crate::domain::refused::Problem;
use crate::domain::search::fold;
use crate::domain::{Id, Refused};
use crate::i18n::refusal;
use crate::store::{self, Connection};
use crate::templates::handing::{self, Colleague, List, Page, Room};
use crate::templates::work as words;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// The lists, as they stand now.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let kind = cx.query.trimmed("for").parse().unwrap_or(Kind::Transfer);
    let list = if cx.query.trimmed("list") == "queues" { List::Queues } else { List::People };
    let page = gather(cx, kind, list, cx.query.trimmed("q"))?;
    let frame = cx.frame(cx.texts.handing_title())?;
    Ok(cx.page(&frame, &handing::page(&frame, &page)))
}

/// Asks, or hands over; what is refused comes back with what was typed.
pub fn ask(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let kind = cx.form.trimmed("for").parse().unwrap_or(Kind::Transfer);
    let (by, now, note) = (cx.viewer()?.clone(), cx.now, cx.form.trimmed("note").to_owned());
    let present = cx.app.desk.attendance.present(now);
    let to = chosen(cx.form.trimmed("to"));
    let done = cx.write(move |tx| match (kind, to?) {
        (Kind::Transfer, deal::Whom::Agent(agent)) if moves(tx, &by, id)? => {
            transfer::transfer(tx, &by, id, transfer::To::Agent(agent), &note, now)
        }
        (Kind::Conference, whom) | (_, whom @ deal::Whom::Agent(_)) => {
            let request = deal::Request { kind, whom, note };
            deal::ask(tx, &by, id, &request, &present, now).map(drop)
        }
        (_, deal::Whom::Queue(queue)) => {
            transfer::transfer(tx, &by, id, transfer::To::Queue(queue), &note, now)
        }
    });
    match forms::outcome(done)? {
        Ok(()) => {
            let viewer = cx.viewer()?;
            let conversation = cx.read(|c| store::conversation::get(c, id))?.ok_or(Failure::NotFound)?;
            let seen = cx.read(|c| reach::may_see(c, viewer, &conversation))?;
            back(&if seen { format!("/conversations/{id}") } else { "/inbox".to_owned() })
        }
        Err(refused) => {
            let list = if cx.form.trimmed("list") == "queues" { List::Queues } else { List::People };
            let mut page = gather(cx, kind, list, "")?;
            page.note = cx.form.trimmed("note").to_owned();
            page.chosen = cx.form.trimmed("to").to_owned();
            page.problem = Some(told(cx, &refused));
            let frame = cx.frame(cx.texts.handing_title())?;
            Ok(forms::back(cx.page(&frame, &handing::page(&frame, &page)), &refused))
        }
    }
}

/// A supervisor moves what somebody else has or nobody, without asking.
fn moves(c: &Connection, by: &Viewer, id: Id<Conversation>) -> actions::Result<bool> {
    let conversation = reach::conversation(c, by, id)?;
    Ok(by.role >= Role::Supervisor && conversation.assignee != Some(by.agent))
}

/// Why who does not have a conversation brings nobody in.
fn elsewhere(c: &Connection, conversation: &Conversation) -> store::Result<Refused> {
    let Some(agent) = conversation.assignee else { return Ok(Refused::Work(Denied::NotAccepted)) };
    let name = store::agent::get(c, agent)?.map(|agent| agent.name).unwrap_or_default();
    Ok(Refused::AssignedTo { agent, name })
}

/// What is not possible, and what to do instead.
fn told(cx: &Cx<'_>, refused: &Refused) -> String {
    let (t, zone) = (&cx.texts, &cx.zone);
    format!("{} {}", refusal::sentence(t, refused, zone), refusal::fix(t, refused, zone))
}

/// `agent:7` or `queue:3`.
fn chosen(text: &str) -> Result<deal::Whom, Refused> {
    let wrong = Refused::Field { field: "to", problem: Problem::Missing };
    match text.split_once(':') {
        Some(("agent", id)) => id.parse().map(deal::Whom::Agent).map_err(|_| wrong),
        Some(("queue", id)) => id.parse().map(deal::Whom::Queue).map_err(|_| wrong),
        _ => Err(wrong),
    }
}

fn gather(cx: &Cx<'_>, kind: Kind, list: List, query: &str) -> Result<Page, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let viewer = cx.viewer()?;
    let present = cx.app.desk.attendance.present(cx.now);
    cx.read(|c| {
        let conversation = reach::conversation(c, viewer, id)?;
        let channel = store::channel::get(c, conversation.channel)?.ok_or(Error::NotFound)?;
        let found = |name: &str| fold(name).contains(&fold(query));
        let mut people = people(c, cx, &channel, kind, &present)?;
        people.retain(|one| one.id != viewer.agent && found(&one.name));
        people.retain(|one| Some(one.id) != conversation.assignee);
        people.sort_by_key(|one| !one.free);
        let mut queues = queues(c, &channel, &present)?;
        queues.retain(|room| found(&room.name));
        let mail = Media::of(channel.card.speaks_as) == Media::Email;
        let begun = deal::begun_here(c, &conversation)?;
        let moves = kind != Kind::Conference && moves(c, viewer, id)?;
        let refused = match kind {
            Kind::Conference if conversation.assignee != Some(viewer.agent) => {
                Some(elsewhere(c, &conversation)?)
            }
            Kind::Conference if mail => Some(Refused::Work(Denied::ConferenceMail)),
            Kind::Conference if begun => Some(Refused::Work(Denied::ConferenceBegun)),
            _ => None,
        };
        let sentence = |refused: &Refused| told(cx, refused);
        let to_queues = (mail && !begun).then_some(Refused::QueueOnly);
        let no_people = refused.as_ref().or(to_queues.as_ref()).map(sentence);
        let list = if no_people.is_some() && refused.is_none() { List::Queues } else { list };
        Ok::<_, Failure>(Page {
            conversation: id,
            customer: customer(c, &conversation)?,
            kind,
            moves,
            list,
            query: query.to_owned(),
            no_people,
            no_queues: refused.as_ref().map(sentence),
            people,
            queues,
            chosen: String::new(),
            note: String::new(),
            problem: None,
        })
    })
}

/// Everybody who works here, with how they stand for this type of work. Who wrote along already is not asked again.
fn people(
    c: &Connection,
    cx: &Cx<'_>,
    channel: &Channel,
    kind: Kind,
    present: &BTreeSet<Id<Agent>>,
) -> store::Result<Vec<Colleague>> {
    let media = Media::of(channel.card.speaks_as);
    let reasons = store::availability::reasons(c)?;
    let mut people = Vec::new();
    for agent in store::agent::all(c)?.into_iter().filter(|agent| agent.disabled_at.is_none()) {
        let being = store::availability::get(c, agent.id, media)?.for_new_work();
        let there = present.contains(&agent.id);
        let fits = kind == Kind::Conference
            || store::profile::of(c, agent.id)?.fits(media, &store::offer::load(c, agent.id)?).is_ok();
        let state = match being {
            State::Available if !there => cx.texts.work_board_away().to_owned(),
            State::Available if !fits => cx.texts.handing_full().to_owned(),
            other => words::state(&cx.texts, other, &reasons),
        };
        people.push(Colleague {
            id: agent.id,
            supervisor: agent.role >= Role::Supervisor,
            free: being == State::Available && there && fits,
            name: agent.name,
            state,
        });
    }
    Ok(people)
}

/// The queues that take this type of work: those of an entry point of the type, and those of none (S101, S178).
fn queues(c: &Connection, channel: &Channel, present: &BTreeSet<Id<Agent>>) -> store::Result<Vec<Room>> {
    let media = Media::of(channel.card.speaks_as);
    let channels = store::channel::all(c)?;
    let members = store::queue::memberships(c)?;
    let counts = store::queue::open_counts(c)?;
    let suits = |queue: &Queue| {
        let mut fed = channels.iter().filter(|one| one.queue == Some(queue.id)).peekable();
        fed.peek().is_none() || fed.any(|one| Media::of(one.card.speaks_as) == media)
    };
    let mut rooms = Vec::new();
    for queue in store::queue::all(c)?.into_iter().filter(suits) {
        let mut free = 0;
        for (_, agent) in members.iter().filter(|(of, agent)| *of == queue.id && present.contains(agent)) {
            free +=
                usize::from(store::availability::get(c, *agent, media)?.for_new_work() == State::Available);
        }
        let waiting = counts.iter().find(|(of, ..)| *of == queue.id).map_or(0, |(_, waiting, _)| *waiting);
        rooms.push(Room { id: queue.id, name: queue.name, free, waiting });
    }
    Ok(rooms)
}

/// Takes a request back.
pub fn call_off(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<Offer>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    let conversation = cx.write(move |tx| deal::call_off(tx, &by, id, now))?;
    back(&format!("/conversations/{conversation}"))
}

/// What came back stays with who asked.
pub fn keep(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<Offer>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    let conversation = cx.write(move |tx| deal::keep(tx, &by, id, now))?;
    back(&format!("/conversations/{conversation}"))
}

/// Writes along no more.
pub fn leave(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<Conversation>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| deal::conference::leave(tx, &by, id, now))?;
    back("/inbox")
}

/// Ends the conference.
pub fn end(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<Conversation>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| deal::conference::end(tx, &by, id, now))?;
    back(&format!("/conversations/{id}"))
}

/// What of this belongs to the head of a conversation; `None` where its work is not handed out.
pub fn of_head(
    c: &Connection,
    conversation: &Conversation,
    viewer: &Viewer,
) -> store::Result<Option<handing::Handing>> {
    let guests = store::offer::participants(c, conversation.id)?;
    if guests.is_empty() && !deal::is_dealt(c, conversation)? {
        return Ok(None);
    }
    let mut asked = Vec::new();
    for offer in store::offer::waiting_in(c, conversation.id)?.into_iter().filter(|o| o.from.is_some()) {
        asked.push(named(c, offer)?);
    }
    let guest = guests.iter().any(|(agent, _)| *agent == viewer.agent);
    let ends = conversation.assignee == Some(viewer.agent)
        || viewer.role >= Role::Supervisor
        || guests.iter().any(|(_, by)| *by == viewer.agent);
    let mut names = Vec::new();
    for (agent, _) in &guests {
        names.extend(store::agent::get(c, *agent)?.map(|agent| agent.name));
    }
    Ok(Some(handing::Handing { asked, guests: names, guest, ends }))
}

/// A request with the names that its sentence needs.
pub fn named(c: &Connection, offer: Offer) -> store::Result<handing::Asked> {
    let name = store::agent::get(c, offer.agent)?.map(|agent| agent.name).unwrap_or_default();
    let conversation = store::conversation::get(c, offer.conversation)?;
    let customer = conversation.map(|conversation| customer(c, &conversation)).transpose()?;
    Ok(handing::Asked { offer, name, customer: customer.unwrap_or_default() })
}
