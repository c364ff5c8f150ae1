//! Sending later: planned from the composer, shown in the thread, sent now, changed or taken back.

use std::collections::BTreeMap;

use super::acts::back;
use super::{compose, letter};
use crate::actions::later::{self as action, Plan};
use crate::actions::outgoing::Knows;
use crate::actions::reach;
use crate::domain::agent::{Agent, Role};
use crate::domain::conversation::Conversation;
use crate::domain::later::{Later, When, Why};
use crate::domain::message::Attachment;
use crate::domain::snooze::{self as times, Preset};
use crate::domain::window::{self, Content, Sender};
use crate::domain::{Id, Span};
use crate::i18n::when;
use crate::store::{self, Connection};
use crate::templates::later::{self as template, Chosen, Waiting};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// When the answer of the form is to be sent.
pub(super) fn chosen(cx: &Cx<'_>) -> Chosen {
    let preset =
        Preset::parse(cx.form.trimmed("later")).and_then(|preset| preset.moment(cx.now, &cx.zone).ok());
    Chosen {
        at: preset.map_or_else(|| cx.form.trimmed("at").to_owned(), |at| when::field(at, &cx.zone)),
        by_itself: cx.form.trimmed("how") == "self",
        days: cx.form.trimmed("days").parse().ok(),
    }
}

/// Has the answer that was typed wait until the moment that was chosen.
pub fn plan(cx: &Cx<'_>, id: Id<Conversation>, attachments: Vec<Id<Attachment>>) -> Result<(), Failure> {
    let at = match Preset::parse(cx.form.trimmed("later")) {
        Some(preset) => preset.moment(cx.now, &cx.zone)?,
        None => times::custom(cx.form.trimmed("at"), cx.now, &cx.zone)?,
    };
    let alone = cx.form.get("alone").is_some();
    let (body, key) = (compose::body(cx), compose::key(cx));
    let (beside, is_mail) = letter::beside_the_answer(cx, id)?;
    let (seen, mail) = (cx.form.trimmed("seen").parse().ok(), is_mail.then_some(beside));
    let knows = Knows::told(cx.form.all("knows"));
    let when = When::At { at, alone };
    write(cx, Plan { conversation: id, body, attachments, when, until: None, seen, mail, knows, key })
}

fn write(cx: &Cx<'_>, plan: Plan) -> Result<(), Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::plan(tx, &by, &plan, now))?;
    Ok(())
}

/// Keeps a text until the customer has written and the window is open again.
pub fn for_window(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let Chosen { by_itself, days, .. } = chosen(cx);
    let until = Some(cx.now + Span::days(days.unwrap_or(3).clamp(1, 30)));
    let (body, key) = (compose::body(cx), compose::key(cx));
    let plan = Plan {
        conversation: id,
        body,
        attachments: Vec::new(),
        when: When::Window { by_itself },
        until,
        seen: None,
        mail: None,
        // It is read once more when the window opens, or by whoever lets it go then.
        knows: Knows { gaps: true, ..Knows::told(cx.form.all("knows")) },
        key,
    };
    match write(cx, plan) {
        Ok(()) => Ok(back(cx, id, "planned")),
        Err(Failure::Refused(refused)) => compose::refuse_reply(cx, id, &refused),
        Err(other) => Err(other),
    }
}

fn found(cx: &Cx<'_>) -> Result<(Later, Conversation), Failure> {
    let (id, viewer) = (cx.param("id")?, cx.viewer()?);
    cx.read(|c| action::reached(c, viewer, id))
}

/// Sends one now.
pub fn send(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (later, _) = found(cx)?;
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, later.id);
    let anyway = cx.form.get("anyway").is_some();
    cx.write(move |tx| action::send_now(tx, &by, (id, anyway), now))?;
    Ok(back(cx, later.conversation, ""))
}

/// Takes one back to be written anew: its text stands in the composer again.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    taken_back(cx, "changing")
}

/// Takes one back. Its text is not lost: it stands in its owner's composer again.
pub fn cancel(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    taken_back(cx, "cancelled")
}

fn taken_back(cx: &Cx<'_>, done: &str) -> Result<Response, Failure> {
    let (later, conversation) = found(cx)?;
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, later.id);
    cx.write(move |tx| action::cancel(tx, &by, id, now))?;
    match cx.read(|c| reach::may_see(c, cx.viewer()?, &conversation).map_err(Failure::from))? {
        true => Ok(back(cx, later.conversation, done)),
        false => Ok(Response::redirect("/later")),
    }
}

/// What waits in a conversation.
pub fn load(
    c: &Connection,
    cx: &Cx<'_>,
    conversation: &Conversation,
    names: &BTreeMap<Id<Agent>, String>,
) -> Result<Vec<Waiting>, Failure> {
    let waiting = store::later::of(c, conversation.id)?;
    waiting.into_iter().map(|later| shown(c, cx, conversation, later, names)).collect()
}

fn shown(
    c: &Connection,
    cx: &Cx<'_>,
    conversation: &Conversation,
    later: Later,
    names: &BTreeMap<Id<Agent>, String>,
) -> Result<Waiting, Failure> {
    let viewer = cx.viewer()?;
    let mine = later.agent == viewer.agent;
    let able = match mine {
        true => reach::may_see(c, viewer, conversation)?,
        false => action::able(c, &later)?.is_some(),
    };
    let too_late = match later.when {
        When::Window { .. } => false,
        When::At { at, .. } => {
            let channel = store::channel::get(c, conversation.channel)?.ok_or(Failure::NotFound)?;
            let grants = store::grant::of(c, conversation.address, conversation.channel)?;
            !window::window(&channel.card.window, &grants, at).allows(Sender::Automatic, Content::Free)
        }
    };
    Ok(Waiting {
        author: names.get(&later.agent).cloned().unwrap_or_default(),
        sends: mine && able,
        cancels: mine || viewer.role >= Role::Supervisor,
        takes: !mine && !able,
        files: store::later::files(c, later.id)?.into_iter().map(|file| file.name).collect(),
        too_late,
        overtaken: if able { action::overtaken(c, &later, cx.now)? } else { Some(Why::Owner) },
        later,
    })
}

/// What I have waiting, wherever it is.
pub fn mine(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.later_title())?;
    let waiting = cx.read(|c| {
        let viewer = cx.viewer()?;
        let names = store::thread::names(c)?;
        let own = store::later::of_agent(c, viewer.agent, 100)?;
        let ids: Vec<i64> = own.iter().map(|later| later.conversation.get()).collect();
        let rows = store::list::by_ids(c, &ids)?;
        let mut waiting = Vec::new();
        for later in own {
            let row = rows.iter().find(|row| row.conversation.id == later.conversation);
            let Some(row) = row else { continue };
            let seen = reach::may_see(c, viewer, &row.conversation)?;
            let name = seen.then(|| crate::templates::row::name(&row.contact_name, row.address.as_ref()));
            waiting.push((shown(c, cx, &row.conversation, later, &names)?, name));
        }
        Ok::<_, Failure>(waiting)
    })?;
    Ok(cx.page(&frame, &template::page(&frame, &waiting)))
}
