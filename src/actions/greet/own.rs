//! A program of the team's own speaks with a customer before people do, under a name of its own: the same part of the
//! thread, the same hand-over, and the same rules as for the assistant of an entry point.

use super::{LABEL, Result, SILENCE, can_greet};
use crate::actions::outgoing::{self, Knows, Ready, Text};
use crate::actions::{key, reach};
use crate::domain::access::Viewer;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::greeter::Talk;
use crate::domain::message::{Kind, Message};
use crate::domain::refused::Problem;
use crate::domain::window::{Content, Sender};
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::greeting::{self, Greeting};
use crate::store::{self, Tx};

/// What it says.
#[derive(Clone, Debug)]
pub struct Saying {
    pub conversation: Id<Conversation>,
    /// Under which name.
    pub label: String,
    pub body: String,
    /// The same again is the same message.
    pub key: Option<String>,
    /// How long it answers for the conversation after each message of the customer. Then it comes to people, so that a
    /// program that is down leaves nobody waiting.
    pub silence: Span,
}

/// Says something under the name of a program. From here on nobody is asked to take the conversation until the program
/// hands over, falls silent, or somebody takes over. A conversation that somebody has is that person's.
pub fn say(tx: &Tx<'_>, by: &Viewer, saying: &Saying, now: Timestamp) -> Result<Id<Message>> {
    let mut conversation = reach::conversation(tx, by, saying.conversation)?;
    if let Some(there) = key::used(tx, saying.key.as_deref(), (conversation.id, Kind::Outbound))? {
        return Ok(there);
    }
    let channel = reach::channel(tx, &conversation)?;
    let label = label(&saying.label)?;
    if !can_greet(&channel) {
        return Err(Refused::NoAssistant.into());
    }
    if !SILENCE.contains(&saying.silence) {
        return Err(Refused::Field { field: "minutes", problem: Problem::Wrong }.into());
    }
    if conversation.status != Status::Open {
        return Err(Refused::AlreadyThere { status: conversation.status }.into());
    }
    if let Some(agent) = conversation.assignee {
        let name = store::agent::get(tx, agent)?.map(|agent| agent.name).unwrap_or_default();
        return Err(Refused::AssignedTo { agent, name }.into());
    }
    let by = Viewer { writer: label.clone(), sender: Sender::Automatic, ..by.clone() };
    let text = Text { body: saying.body.trim_end().to_owned(), ..Text::default() };
    outgoing::allowed(tx, &channel, &conversation, (by.sender, Content::Free), now)?;
    outgoing::fits(&channel, &text, &[])?;
    outgoing::discreet(tx, &by, (&text.body, &[]), Knows::default())?;
    let ready = Ready { key: saying.key.as_deref(), ..Ready::plain(&by, &channel, text) };
    let unread = conversation.unread;
    let id = outgoing::queue(tx, &mut conversation, &ready, now)?;
    conversation.unread = unread;
    store::conversation::update(tx, &conversation)?;
    hold(tx, &conversation, (label, saying.silence), now)?;
    Ok(id)
}

fn label(typed: &str) -> Result<String> {
    let label = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let field = |problem| Err(Refused::Field { field: "label", problem }.into());
    match label.chars().count() {
        0 => field(Problem::Missing),
        long if long > LABEL as usize => field(Problem::TooLong { most: LABEL }),
        _ => Ok(label),
    }
}

/// It speaks here from now on, in place of any assistant.
fn hold(
    tx: &Tx<'_>,
    conversation: &Conversation,
    (label, silence): (String, Span),
    now: Timestamp,
) -> Result<()> {
    let before = greeting::get(tx, conversation.id)?;
    let (hour_at, hour_said) = before.map_or((now, 0), |before| (before.hour_at, before.hour_said));
    let talk = Talk { greeted: true, own: Some(silence), ..Talk::default() };
    let due_at = Some(now + silence);
    let episode = conversation.episode;
    let greeting =
        Greeting { conversation: conversation.id, episode, label, talk, due_at, hour_at, hour_said };
    Ok(greeting::keep(tx, &greeting)?)
}

/// The customer wrote where a program of the team's own speaks: it has its time to answer. `false`: none speaks here.
pub(super) fn heard(tx: &Tx<'_>, greeting: Option<&Greeting>, now: Timestamp) -> Result<bool> {
    let Some(greeting) = greeting.filter(|greeting| greeting.due_at.is_some()) else { return Ok(false) };
    let Some(silence) = greeting.talk.own else { return Ok(false) };
    greeting::keep(tx, &Greeting { due_at: Some(now + silence), ..greeting.clone() })?;
    Ok(true)
}
