//! The forms of a conversation: one action each, then back to the page.

use crate::actions::many::{self, Act};
use crate::actions::{self, close as closing, settle as settling, transfer as handing};
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;
use crate::domain::offer::Denied;
use crate::domain::refused::Problem;
use crate::domain::snooze as times;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// The page of the conversation again, at the same place of the list, with a word about what was done.
pub fn back(cx: &Cx<'_>, id: Id<Conversation>, done: &str) -> Response {
    let mut place = super::place::of(cx).query();
    if !done.is_empty() {
        let joint = if place.is_empty() { "" } else { "&" };
        place = format!("{place}{joint}done={done}");
    }
    let mark = if place.is_empty() { "" } else { "?" };
    Response::redirect(&format!("/conversations/{id}{mark}{place}"))
}

/// Lets an action on the conversation of this page happen.
pub(super) fn act(
    cx: &Cx<'_>,
    done: &str,
    work: impl FnOnce(&Tx<'_>, &Viewer, Id<Conversation>, Timestamp) -> actions::Result<()> + Send + 'static,
) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| work(tx, &viewer, id, now))?;
    Ok(back(cx, id, done))
}

/// Does something to the conversation of this page that can be taken back for a while.
pub(super) fn done(cx: &Cx<'_>, word: &str, act: Act) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let deed = cx.write(move |tx| many::one(tx, &viewer, id, &act, now))?;
    Ok(match deed {
        Some(deed) => back(cx, id, &format!("{word}&deed={deed}")),
        None => back(cx, id, word),
    })
}

/// Somebody has looked at it.
pub fn read(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    act(cx, "read", actions::read::mark_read)
}

/// To me, to somebody, or to nobody.
pub fn assign(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let to: Option<Id<Agent>> = match cx.form.trimmed("to") {
        "" => None,
        "me" => Some(cx.viewer()?.agent),
        other => Some(other.parse().map_err(|_| unknown("to"))?),
    };
    done(cx, "assigned", Act::Assign(to))
}

/// From the assistant to the team, at once.
pub fn hand_over(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    act(cx, "done", actions::greet::hand_over)
}

/// Until a time by its name, one on the clock, or until the customer writes.
pub fn snooze(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let until = times::until(cx.form.trimmed("preset"), cx.form.trimmed("until"), cx.now, &cx.zone)?;
    done(cx, "snoozed", Act::Snooze(until))
}

/// With reasons and a note.
pub fn close(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let reasons =
        cx.form.all("reason").map(str::parse).collect::<Result<_, _>>().map_err(|_| unknown("reason"))?;
    let closing = closing::Closing {
        reasons,
        note: cx.form.trimmed("note").to_owned(),
        consent: cx.form.get("consent").is_some(),
        asked: closing::Asked::Now,
    };
    match done(cx, "closed", Act::Close(closing)) {
        // What the queue asks for is asked on a page of its own, with what was typed.
        Err(Failure::Refused(refused @ (Refused::Field { .. } | Refused::Work(Denied::ConsentMissing)))) => {
            super::ending::again(cx, &refused)
        }
        other => other,
    }
}

/// Open again.
pub fn reopen(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    act(cx, "", actions::reopen::reopen)
}

/// To `queue:3` or `agent:7`. Who may no longer see it afterwards goes back to the list.
pub fn transfer(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let to = match cx.form.trimmed("to").split_once(':') {
        Some(("queue", id)) => handing::To::Queue(id.parse().map_err(|_| unknown("to"))?),
        Some(("agent", id)) => handing::To::Agent(id.parse().map_err(|_| unknown("to"))?),
        _ => return Err(unknown("to").into()),
    };
    let note = cx.form.trimmed("note").to_owned();
    let response = done(cx, "transferred", Act::Transfer(to, note))?;
    let id: Id<Conversation> = cx.param("id")?;
    let viewer = cx.viewer()?;
    let seen = cx.read(|c| match store::conversation::get(c, id)? {
        Some(conversation) => actions::reach::may_see(c, viewer, &conversation),
        None => Ok(false),
    })?;
    Ok(if seen { response } else { Response::redirect(&super::place::of(cx).href("/inbox")) })
}

fn unknown(field: &'static str) -> Refused {
    Refused::Field { field, problem: Problem::Unknown }
}

/// Lets an action on a message happen, and goes back to its conversation.
fn on_message(
    cx: &Cx<'_>,
    done: &str,
    work: impl FnOnce(&Tx<'_>, &Viewer, Id<Message>, Timestamp) -> actions::Result<()> + Send + 'static,
) -> Result<Response, Failure> {
    let id: Id<Message> = cx.param("id")?;
    let message = cx.read(|c| store::message::get(c, id))?.ok_or(Failure::NotFound)?;
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    // What was asked beside a conversation and is taken back leaves nothing to go back to.
    let main = cx.read(|c| store::conversation::get(c, message.conversation))?.and_then(|side| side.side_of);
    cx.write(move |tx| work(tx, &viewer, id, now))?;
    let there = cx.read(|c| store::conversation::get(c, message.conversation))?.is_some();
    Ok(back(cx, if there { message.conversation } else { main.unwrap_or(message.conversation) }, done))
}

/// Takes back what has not left; its text becomes the draft again.
pub fn undo(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    on_message(cx, "undone", |tx, by, id, now| actions::undo::undo(tx, by, id, now).map(drop))
}

/// Sends a failed one once more.
pub fn retry(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    on_message(cx, "", actions::retry::retry)
}

/// A person says what became of an unsure one.
pub fn settle(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let verdict = match cx.form.trimmed("verdict") {
        "sent" => settling::Verdict::Sent,
        "again" => settling::Verdict::SendAgain,
        _ => return Err(unknown("verdict").into()),
    };
    on_message(cx, "", move |tx, by, id, now| settling::settle(tx, by, id, verdict, now))
}

/// Reacts to what the customer wrote, or takes the reaction back.
pub fn react(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let emoji = cx.form.trimmed("emoji").to_owned();
    on_message(cx, "", move |tx, by, id, now| actions::react::react(tx, by, id, &emoji, now))
}
