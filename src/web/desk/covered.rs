//! A message whose restricted words are covered, and what it said for those who may see it.

use super::mail::visible;
use crate::actions::restricted as action;
use crate::domain::Id;
use crate::domain::message::Message;
use crate::domain::restricted::Original;
use crate::templates::settings::restricted::{Covered, covered};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// As it is shown, with the way to what it said.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    shown(cx, None)
}

/// What it said. The log keeps who looked.
pub fn uncover(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    let original = cx.write(move |tx| action::uncover(tx, &by, id, now))?;
    let page = shown(cx, Some(original))?;
    // What is hidden from others does not stay in the browser's store.
    Ok(page.with_header("Cache-Control", "no-store"))
}

fn shown(cx: &Cx<'_>, original: Option<Original>) -> Result<Response, Failure> {
    let id: Id<Message> = cx.param("id")?;
    let (message, may) = cx.read(|c| {
        let message = visible(c, cx, id)?;
        Ok::<_, Failure>((message, action::may_uncover(c, cx.viewer()?)?))
    })?;
    if !message.extra.covered {
        return Err(Failure::NotFound);
    }
    let frame = cx.frame(cx.texts.restricted_covered_title())?;
    let page = Covered { message: id, conversation: message.conversation, body: message.body, may, original };
    Ok(cx.page(&frame, &covered(&frame, &page)))
}
