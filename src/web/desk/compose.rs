//! What is written in a conversation: answers, notes, drafts, and that somebody is writing.

use std::collections::{BTreeMap, BTreeSet};

use super::acts::back;
use super::conversation::{self, Ask};
use super::{later, letter, place, templates_of};
use crate::actions::{self, reach, reply::Reply, upload};
use crate::domain::conversation::Conversation;
use crate::domain::message::Attachment;
use crate::domain::template::Template;
use crate::domain::{Id, Refused, draft};
use crate::i18n::refusal;
use crate::store::{self, attachment, event};
use crate::templates::composer::Problem;
use crate::templates::failure;
use crate::web::form::Upload;
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// An answer or a note. What the rules refuse comes back with the text kept and the sentence above it.
pub fn send(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let kind = cx.form.trimmed("kind").parse().unwrap_or(draft::Kind::Reply);
    let outcome = match kind {
        draft::Kind::Note => note(cx, id),
        draft::Kind::Reply => reply(cx, id),
    };
    cx.app.presence.stops(id, cx.viewer()?.agent);
    match outcome {
        Ok(()) if waits(cx) => Ok(back(cx, id, "planned")),
        Ok(()) => Ok(back(cx, id, letter::done(cx, id, kind)?)),
        Err(Failure::Refused(refused)) => refuse(cx, id, kind, &refused),
        Err(Failure::NotFound) => lost(cx, id),
        Err(other) => Err(other),
    }
}

/// The conversation was erased, or moved out of sight, while somebody wrote in it: the text comes back to be copied.
fn lost(cx: &Cx<'_>, id: Id<Conversation>) -> Result<Response, Failure> {
    let viewer = cx.viewer()?;
    if cx.read(|c| reach::conversation(c, viewer, id)).is_ok() {
        return Err(Failure::NotFound);
    }
    let frame = cx.frame(cx.texts.composer_gone_title())?;
    let mut response = cx.page(&frame, &failure::lost(&cx.texts, &body(cx)));
    response.status = Failure::NotFound.status();
    Ok(response)
}

/// A moment was chosen for it. A time that stands in the field is meant, also where Enter there pressed Send.
fn waits(cx: &Cx<'_>) -> bool {
    let chosen = !cx.form.trimmed("later").is_empty() || !cx.form.trimmed("at").is_empty();
    chosen && cx.form.trimmed("kind") != "note"
}

/// The page of the conversation with an answer that was refused.
pub(super) fn refuse_reply(
    cx: &mut Cx<'_>,
    id: Id<Conversation>,
    refused: &Refused,
) -> Result<Response, Failure> {
    refuse(cx, id, draft::Kind::Reply, refused)
}

fn note(cx: &Cx<'_>, id: Id<Conversation>) -> Result<(), Failure> {
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let (body, key) = (body(cx), key(cx));
    cx.write(move |tx| actions::note::note(tx, &viewer, id, &body, key.as_deref(), now))?;
    Ok(())
}

fn reply(cx: &mut Cx<'_>, id: Id<Conversation>) -> Result<(), Failure> {
    let attachments = files(cx)?;
    if waits(cx) {
        return later::plan(cx, id, attachments);
    }
    let template: Option<Id<Template>> = cx.form.trimmed("template").parse().ok();
    let (beside, mail) = letter::beside_the_answer(cx, id)?;
    let order = Reply {
        conversation: id,
        body: body(cx),
        template: template.map(|template| (template, gaps(cx))),
        attachments,
        reply_to: cx.form.trimmed("reply_to").parse().ok(),
        // Whoever presses "Send anyway" has read what came in between. A mail answers the latest one, or none.
        seen: if cx.form.get("anyway").is_some() && !mail {
            None
        } else {
            cx.form.trimmed("seen").parse().ok()
        },
        key: key(cx),
    };
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let version = cx.form.trimmed("version").parse().ok();
    cx.write(move |tx| {
        if let Some(template) = template {
            actions::prepared::unchanged(tx, template, version)?;
        }
        actions::reply::answer(tx, &viewer, &order, &beside, now)
    })?;
    Ok(())
}

pub(super) fn body(cx: &Cx<'_>) -> String {
    cx.form.get("body").unwrap_or("").replace("\r\n", "\n")
}

pub(super) fn key(cx: &Cx<'_>) -> Option<String> {
    Some(cx.form.trimmed("key").to_owned()).filter(|key| !key.is_empty())
}

pub fn gaps(cx: &Cx<'_>) -> BTreeMap<String, String> {
    let named =
        |(name, value): (&str, &str)| Some((name.strip_prefix("p.")?.to_owned(), value.trim().to_owned()));
    cx.form.iter().filter_map(named).collect()
}

/// The files of the answer: those uploaded before, and those that came with this form. They are kept in the
/// form, so that a refusal loses none.
pub(super) fn files(cx: &mut Cx<'_>) -> Result<Vec<Id<Attachment>>, Failure> {
    let uploads = std::mem::take(&mut cx.form.files);
    for file in uploads {
        let id = keep(cx, file)?;
        cx.form.push("attachment", id.to_string());
    }
    Ok(cx.form.all("attachment").filter_map(|id| id.parse().ok()).collect())
}

/// Keeps an uploaded file, a part in each transaction.
fn keep(cx: &Cx<'_>, file: Upload) -> Result<Id<Attachment>, Failure> {
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let id = cx.write(move |tx| upload::begin(tx, &viewer, &file.name, now))?;
    for part in file.bytes.chunks(attachment::PART) {
        let (viewer, part) = (cx.viewer()?.clone(), part.to_vec());
        cx.write(move |tx| upload::append(tx, &viewer, id, &part))?;
    }
    let viewer = cx.viewer()?.clone();
    cx.write(move |tx| upload::finish(tx, &viewer, id, &file.media_type))?;
    Ok(id)
}

/// The page again, with the text kept, also on the server.
fn refuse(
    cx: &mut Cx<'_>,
    id: Id<Conversation>,
    kind: draft::Kind,
    refused: &Refused,
) -> Result<Response, Failure> {
    let typed = body(cx);
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    if cx.form.get("template").is_none() {
        // It was refused, so it was not sent under its key.
        let kept = actions::draft::Typed { kind, body: typed.clone(), key: None };
        let form = letter::sent(cx, kind);
        cx.write(move |tx| actions::draft::save_form(tx, &viewer, id, (&kept, form.as_ref()), now))?;
    }
    let kept: BTreeSet<Id<Attachment>> = cx.form.all("attachment").filter_map(|id| id.parse().ok()).collect();
    let me = cx.viewer()?.author();
    let files = cx.read(|c| {
        let found = kept.iter().filter_map(|id| attachment::get(c, *id).transpose());
        found.collect::<store::Result<Vec<Attachment>>>()
    })?;
    let ask = Ask {
        place: place::of(cx),
        prepared: asked(cx),
        typed: Some((kind, typed)),
        problem: problem(cx, id, refused)?,
        form: letter::sent(cx, kind),
        wrong: letter::wrong(cx, refused),
        later: later::chosen(cx),
        files: files.into_iter().filter(|file| file.agent == me && file.is_free()).collect(),
        ..Ask::default()
    };
    let mut response = conversation::show(cx, ask)?;
    response.status = Failure::Refused(refused.clone()).status();
    Ok(response)
}

/// The sentence above the field. A text that is too long is told below it, where the counter stands.
fn problem(cx: &Cx<'_>, id: Id<Conversation>, refused: &Refused) -> Result<Option<Problem>, Failure> {
    let t = &cx.texts;
    let sentence = match refused {
        Refused::TooLong { .. } => return Ok(None),
        Refused::NewerMessage { .. } if cx.form.get("letter").is_some() => return Ok(None),
        Refused::WindowClosed { .. } => t.composer_closed_while().to_owned(),
        Refused::NewerMessage { by: None, .. } => t.composer_newer_customer(contact_name(cx, id)?),
        // A mail that is not the latest has its own words above the form, and a wrong address beside its field.
        Refused::NoRecipient { .. }
        | Refused::OwnAddress { .. }
        | Refused::Field { field: "to" | "cc" | "bcc", .. }
            if cx.form.get("letter").is_some() =>
        {
            return Ok(None);
        }
        Refused::InlinePicture { .. }
        | Refused::FilesTooLarge { .. }
        | Refused::RestrictedWords { .. }
        | Refused::Sensitive { .. }
        | Refused::RawGap { .. }
        | Refused::TemplateChanged { .. }
        | Refused::TemplateLocked => {
            format!("{} {}", refusal::sentence(t, refused, &cx.zone), refusal::fix(t, refused, &cx.zone))
        }
        other => refusal::sentence(t, other, &cx.zone),
    };
    let anyway = match refused {
        Refused::NewerMessage { .. } if cx.form.get("letter").is_none() => Some(("anyway", "1")),
        Refused::Sensitive { may: true, .. } => Some(("knows", "sensitive")),
        Refused::RawGap { .. } => Some(("knows", "gaps")),
        _ => None,
    };
    Ok(Some(Problem { sentence, anyway }))
}

fn contact_name(cx: &Cx<'_>, id: Id<Conversation>) -> Result<String, Failure> {
    let rows = cx.read(|c| store::list::by_ids(c, &[id.get()]))?;
    let row = rows.first().ok_or(Failure::NotFound)?;
    Ok(crate::templates::row::name(&row.contact_name, row.address.as_ref()))
}

/// The template as it will be sent, with what stands in its gaps so far, or its words in the answer, to be changed
/// there. Nothing is sent.
pub fn preview(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    if cx.form.get("act") == Some("insert") {
        return match templates_of::insert(cx, id, gaps(cx)) {
            Ok(()) => Ok(back(cx, id, "")),
            Err(Failure::Refused(refused)) => refuse_reply(cx, id, &refused),
            Err(other) => Err(other),
        };
    }
    conversation::show(cx, Ask { place: place::of(cx), prepared: asked(cx), ..Ask::default() })
}

/// The template of the form, as far as it was filled.
fn asked(cx: &Cx<'_>) -> templates_of::Asked {
    let template = cx.form.trimmed("template").to_owned();
    templates_of::Asked { template, values: gaps(cx), ..templates_of::Asked::default() }
}

/// Keeps what somebody has typed, so that it is there on the next page and on another machine.
pub fn draft(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let kind = cx.form.trimmed("kind").parse().map_err(|()| Failure::Bad("kind"))?;
    let key = Some(cx.form.trimmed("key").to_owned()).filter(|key| !key.is_empty());
    let typed = actions::draft::Typed { kind, body: body(cx), key };
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let form = letter::sent(cx, kind);
    cx.write(move |tx| actions::draft::save_form(tx, &viewer, id, (&typed, form.as_ref()), now))?;
    Ok(Response::new(204))
}

/// Somebody is typing; the others who look at the conversation see it.
pub fn writing(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let who = cx.who()?;
    cx.read(|c| reach::conversation(c, &who.viewer, id))?;
    if cx.app.presence.writes(id, &who.agent, cx.now) {
        cx.app.desk.live.tell(&BTreeSet::from([event::DESK.to_owned()]));
    }
    Ok(Response::new(204))
}
