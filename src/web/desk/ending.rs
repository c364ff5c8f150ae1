//! The page on which a conversation is closed, for when the form in its head misses what the queue asks for.

use crate::actions::close::asks_consent;
use crate::actions::reach;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::{Id, Refused};
use crate::store::{self, Connection};
use crate::templates::wrapping::{self, Ending, Questions};
use crate::web::http::Response;
use crate::web::work::{customer, ticked, told};
use crate::web::{Cx, Failure, forms};

/// What is asked when this conversation is closed, which is on this channel.
pub fn questions(
    c: &Connection,
    conversation: &Conversation,
    channel: &Channel,
) -> Result<Questions, Failure> {
    let asked = crate::web::work::questions(c, conversation.queue)?;
    Ok(Questions { consent: asks_consent(&asked.rules, channel), ..asked })
}

/// The form once more, with what was typed and what is missing.
pub fn again(cx: &Cx<'_>, refused: &Refused) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let viewer = cx.viewer()?;
    let (customer, asked) = cx.read(|c| {
        let conversation = reach::conversation(c, viewer, id)?;
        let channel = store::channel::get(c, conversation.channel)?.ok_or(Failure::NotFound)?;
        Ok::<_, Failure>((customer(c, &conversation)?, questions(c, &conversation, &channel)?))
    })?;
    let questions = Questions {
        chosen: ticked(cx).unwrap_or_default(),
        note: cx.form.trimmed("note").to_owned(),
        agreed: cx.form.get("consent").is_some(),
        problem: Some(told(cx, refused)),
        ..asked
    };
    let frame = cx.frame(cx.texts.thread_close())?;
    let ending = Ending { conversation: id, customer, questions };
    Ok(forms::back(cx.page(&frame, &wrapping::ending(&frame, &ending)), refused))
}
