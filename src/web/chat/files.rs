//! The files of a chat, for its visitor.
//!
//! A picture in a frame on another site comes without any cookie, so the word in its address is what opens it:
//! 96 random bits that only the two sides of the conversation were given. A note's file is never shown.

use super::channel;
use crate::domain::channel::Channel;
use crate::domain::message::{Attachment, AttachmentState, Kind};
use crate::store::{self, Connection, attachment};
use crate::web::context::Cx;
use crate::web::desk;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// `GET /chat/KEY/files/WORD`.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let channel = channel(cx)?;
    let word: String = cx.param("file")?;
    let file = cx.read(|connection| visible(connection, &channel, &word))?;
    Ok(desk::attachment::bytes(cx, file))
}

fn visible(connection: &Connection, channel: &Channel, word: &str) -> Result<Attachment, Failure> {
    let file = attachment::by_key(connection, word)?.filter(|file| file.state == AttachmentState::Stored);
    let file = file.ok_or(Failure::NotFound)?;
    let message = file.message.ok_or(Failure::NotFound)?;
    let message = store::message::get(connection, message)?.ok_or(Failure::NotFound)?;
    let conversation =
        store::conversation::get(connection, message.conversation)?.ok_or(Failure::NotFound)?;
    let said =
        matches!(message.kind, Kind::Inbound | Kind::Outbound) && store::visitor::has_left(message.state);
    if conversation.channel == channel.id && said { Ok(file) } else { Err(Failure::NotFound) }
}
