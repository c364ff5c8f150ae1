//! Keeping what an agent has typed and not sent.

use super::{Result, key, reach};
use crate::domain::access::Viewer;
use crate::domain::answering::Form;
use crate::domain::conversation::Conversation;
pub use crate::domain::draft::Kind;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::Tx;
use crate::store::draft::{self, Place};

/// The longest draft, in bytes: more than any channel takes.
const MOST: usize = 200_000;

/// What stands in a form that was not sent.
#[derive(Clone, Debug)]
pub struct Typed {
    pub kind: Kind,
    pub body: String,
    /// The one-time key under which the form will be sent.
    pub key: Option<String>,
}

/// Keeps a draft; an empty one is forgotten. It is nobody else's business, so no page is woken and the log
/// is silent. What a form typed before it was sent can arrive after it: that is no draft any more.
pub fn save(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    typed: &Typed,
    now: Timestamp,
) -> Result<()> {
    save_form(tx, by, conversation, (typed, None), now)
}

/// The same, with how a mail is answered. A draft without a word is kept as long as its form says something.
pub fn save_form(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    (typed, form): (&Typed, Option<&Form>),
    now: Timestamp,
) -> Result<()> {
    let conversation = reach::conversation(tx, by, conversation)?;
    let Typed { kind, ref body, ref key } = *typed;
    let planned = key.as_deref().map(|key| crate::store::later::by_key(tx, key)).transpose()?.flatten();
    if planned.is_some() || key::find(tx, key.as_deref())?.is_some() {
        return Ok(());
    }
    if body.len() > MOST {
        return Err(Refused::Field { field: "body", problem: Problem::TooLong { most: 200_000 } }.into());
    }
    let Some(agent) = by.author() else { return Ok(()) };
    let place = Place { agent, conversation: conversation.id, kind };
    let before = draft::form(tx, place)?;
    let acts = form.is_some_and(|form| !form.left.is_empty());
    if !acts && !before.left.is_empty() && key.as_deref() == Some(before.left.as_str()) {
        // A button of that form has been pressed since; the page that came after it knows better.
        return Ok(());
    }
    let says =
        |form: &&Form| Form { answers: None, left: String::new(), ..(*form).clone() } != Form::default();
    if body.trim().is_empty() && form.filter(says).is_none() {
        draft::delete(tx, place)?;
        return Ok(());
    }
    // A form that does not say which mail it answers answers the one of before.
    let answers = form.and_then(|form| form.answers).or(before.answers);
    draft::put(tx, place, body, now)?;
    if let Some(form) = form {
        draft::put_form(
            tx,
            place,
            &Form { answers, left: if acts { form.left.clone() } else { before.left }, ..form.clone() },
        )?;
    }
    Ok(())
}

/// Does `work` in somebody's name who may be typing something else there meanwhile: what was typed stays.
pub(super) fn kept<T>(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    now: Timestamp,
    work: impl FnOnce(&Tx<'_>) -> Result<T>,
) -> Result<T> {
    let Some(agent) = by.author() else { return work(tx) };
    let mut typed = Vec::new();
    for kind in [Kind::Reply, Kind::Note] {
        let place = Place { agent, conversation, kind };
        typed.push((kind, draft::get(tx, place)?, draft::form(tx, place)?));
    }
    let done = work(tx)?;
    for (kind, body, form) in typed.into_iter().filter(|(_, body, _)| !body.is_empty()) {
        let place = Place { agent, conversation, kind };
        draft::put(tx, place, &body, now)?;
        draft::put_form(tx, place, &form)?;
    }
    Ok(done)
}
