//! Files that are being sent, for providers that fetch them: under an address that nobody guesses and that
//! ends after an hour. The address is all that opens it, because a provider comes without any password.

use super::context::Cx;
use super::desk;
use super::failure::Failure;
use super::http::Response;
use super::routes::{Guard, Route};
use crate::domain::Timestamp;
use crate::domain::message::{Attachment, AttachmentState, Kind};
use crate::store::{self, Connection, attachment};

pub const ROUTES: &[Route] = &[Route::page("/media/{key}/{until}/{seal}/{name}", Guard::Open, show)];

/// The bytes, while the address holds.
fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (key, seal): (String, String) = (cx.param("key")?, cx.param("seal")?);
    let until = Timestamp(cx.param("until")?);
    let ours = cx.app.desk.is_media_seal(&key, until, &seal).map_err(Failure::from)?;
    if !ours || cx.now >= until {
        return Err(Failure::NotFound);
    }
    let file = cx.read(|connection| sent(connection, &key))?;
    Ok(desk::attachment::bytes(cx, file))
}

/// Only what goes out of the house is shown: no note's file, and nothing that a customer sent.
fn sent(connection: &Connection, key: &str) -> Result<Attachment, Failure> {
    let file = attachment::by_key(connection, key)?.filter(|file| file.state == AttachmentState::Stored);
    let file = file.ok_or(Failure::NotFound)?;
    let message = file.message.ok_or(Failure::NotFound)?;
    let message = store::message::get(connection, message)?.ok_or(Failure::NotFound)?;
    if message.kind == Kind::Outbound { Ok(file) } else { Err(Failure::NotFound) }
}
