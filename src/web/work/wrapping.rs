//! What people are asked about work that ended.

use super::customer;
use crate::actions::wrap;
use crate::domain::agent::Agent;
use crate::domain::queue::Queue;
use crate::domain::refused::Problem;
use crate::domain::wrapup::{Reason, WrapUp};
use crate::domain::{Id, Refused};
use crate::i18n::refusal;
use crate::store::{self, Connection};
use crate::templates::work::{self, Work};
use crate::templates::wrapping::{Asked, Questions};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// Everything that an agent is asked now.
pub fn of(c: &Connection, who: Id<Agent>) -> store::Result<Vec<Asked>> {
    let mut all = Vec::new();
    for wrapup in store::wrapup::asked_of(c, who)? {
        let Some(conversation) = store::conversation::get(c, wrapup.conversation)? else { continue };
        let Some(channel) = store::channel::get(c, conversation.channel)? else { continue };
        let questions = questions(c, wrapup.queue)?;
        let default = questions.rules.default_reason;
        let default = questions.reasons.iter().find(|reason| Some(reason.id) == default);
        all.push(Asked {
            customer: customer(c, &conversation)?,
            kind: channel.card.speaks_as,
            default: default.map(|reason| reason.name.clone()).unwrap_or_default(),
            questions,
            wrapup,
        });
    }
    Ok(all)
}

/// What is asked when work of this queue ends.
pub fn questions(c: &Connection, queue: Option<Id<Queue>>) -> store::Result<Questions> {
    let rules = wrap::rules(c, queue)?;
    let reasons = store::wrapup::offered(c, queue)?;
    Ok(Questions { rules, reasons, ..Questions::default() })
}

/// The reasons that were ticked.
pub fn ticked(cx: &Cx<'_>) -> Result<Vec<Id<Reason>>, Refused> {
    let unknown = Refused::Field { field: "reasons", problem: Problem::Unknown };
    cx.form.all("reason").map(|id| id.parse().map_err(|_| unknown.clone())).collect()
}

/// What is wrong, and what to do instead.
pub fn told(cx: &Cx<'_>, refused: &Refused) -> String {
    let t = &cx.texts;
    match refused {
        Refused::Field { field: "reasons", problem: Problem::Missing } => t.wrap_reason_missing().to_owned(),
        Refused::Field { field: "reasons", problem: Problem::TooMany { most } } => t.wrap_too_many(most),
        Refused::Field { field: "note", problem: Problem::Missing } => t.wrap_note_missing().to_owned(),
        other => format!("{} {}", refusal::sentence(t, other, &cx.zone), refusal::fix(t, other, &cx.zone)),
    }
}

/// Takes the answer. One that misses something comes back with what was typed.
pub fn submit(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<WrapUp> = cx.param("id")?;
    let (by, now, note) = (cx.viewer()?.clone(), cx.now, cx.form.trimmed("note").to_owned());
    let reasons = ticked(cx)?;
    let (chosen, typed) = (reasons.clone(), note.clone());
    let outcome = cx.write(move |tx| wrap::submit(tx, &by, id, (&reasons, &note), now));
    match forms::outcome(outcome)? {
        Ok(()) => Ok(back(cx)),
        Err(refused) => {
            let mut frame = forms::frame(cx, cx.texts.work_title())?;
            let problem = told(cx, &refused);
            let mut work: Work = frame.work.take().unwrap_or_default();
            let Some(asked) = work.wrapups.iter_mut().find(|asked| asked.wrapup.id == id) else {
                return Err(refused.into());
            };
            asked.questions.chosen = chosen;
            asked.questions.note = typed;
            asked.questions.problem = Some(problem);
            // The page shows the questions itself; they do not lie over it as well.
            "/offers".clone_into(&mut frame.path);
            frame.work = Some(work.clone());
            Ok(forms::back(cx.page(&frame, &work::page(&frame, &work)), &refused))
        }
    }
}

/// Stops the countdown.
pub fn stop(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| wrap::stop(tx, &by, id, now))?;
    Ok(back(cx))
}

/// To the page on which it was asked, where that is still to be seen.
fn back(cx: &Cx<'_>) -> Response {
    Response::redirect(&forms::came_from(cx).unwrap_or_else(|| "/offers".to_owned()))
}
