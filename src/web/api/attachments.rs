//! Files: uploaded before they are sent, and fetched by those who may see their conversation.

use std::io::Read;

use super::ask;
use super::conversations::base;
use super::endpoint::{Endpoint, Gives, Param, Takes};
use super::shape::created;
use super::shape::message::Attachment;
use crate::actions::{self, reach, upload};
use crate::domain::Id;
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::message::{self, AttachmentState};
use crate::store::{self, Connection};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::{Body, Content, Response};
use crate::web::parted::Parted;

/// The largest file that is taken; channels take less.
const MOST: u64 = 100 * 1024 * 1024;

const UPLOAD: &[Param] = &[Param::text("name", "What the file is called.")];

/// The files of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/api/v1/attachments", Role::Agent, upload, "")
        .about("Uploads a file as it is. Its number can then be sent with a message; unsent files are thrown away after a day.")
        .query(UPLOAD)
        .taking(Takes::File)
        .giving(Gives::Created("Attachment"))
        .up_to(MOST),
    Endpoint::get("/api/v1/attachments/{id}", Role::Agent, fetch, Gives::File)
        .about("The bytes of a file."),
];

fn upload(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let name: String = ask::parameter(cx, "name")?.unwrap_or_default();
    let claimed = cx.request.headers.get("content-type").unwrap_or_default().to_owned();
    let body = std::mem::replace(&mut cx.request.body, Body::empty());
    if body.is_empty() {
        return Err(Failure::Bad("the body is the file, and it is empty"));
    }
    if body.len() > MOST {
        return Err(Failure::TooLarge);
    }
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let writer = by.clone();
    let id = cx.write(move |tx| upload::begin(tx, &writer, &name, now))?;
    pour(cx, id, &by, body.reader())?;
    let writer = by.clone();
    cx.write(move |tx| upload::finish(tx, &writer, id, &claimed))?;
    let file = cx.read(|connection| store::attachment::get(connection, id))?.ok_or(Failure::NotFound)?;
    created(&Attachment::of(&file, &base(cx)))
}

/// Writes a file part by part, each in a transaction of its own, so that nobody waits for a large one.
fn pour(cx: &Cx<'_>, id: Id<message::Attachment>, by: &Viewer, mut bytes: impl Read) -> Result<(), Failure> {
    loop {
        let mut part = Vec::new();
        let most = store::attachment::PART as u64;
        let read = bytes.by_ref().take(most).read_to_end(&mut part);
        if read.map_err(|_| Failure::Bad("the body broke off"))? == 0 {
            return Ok(());
        }
        let by = by.clone();
        cx.write(move |tx| upload::append(tx, &by, id, &part))?;
    }
}

fn fetch(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<message::Attachment> = cx.param("id")?;
    let viewer = cx.viewer()?;
    let file = cx.read(|connection| {
        let file = store::attachment::get(connection, id)?.ok_or(actions::Error::NotFound)?;
        if may_fetch(connection, viewer, &file)? { Ok(file) } else { Err(actions::Error::NotFound) }
    })?;
    if file.state != AttachmentState::Stored {
        return Err(Failure::NotFound);
    }
    let (desk, mut number) = (cx.app.desk.clone(), 0);
    let parts = Parted::of(move || {
        let part = desk.readers.read(|c| store::attachment::part(c, id, number));
        number += 1;
        part.map_err(std::io::Error::other)
    });
    let mut response = Response::download(&file.media_type, &file.name)
        .with_header("Content-Security-Policy", "default-src 'none'; sandbox");
    response.body = Content::Stream { reader: Box::new(parts), len: Some(file.size) };
    Ok(response)
}

/// Files of messages follow their conversation; one that is not sent yet belongs to who uploaded it.
fn may_fetch(connection: &Connection, viewer: &Viewer, file: &message::Attachment) -> actions::Result<bool> {
    let Some(message) = file.message else {
        return Ok(file.agent.is_some() && file.agent == viewer.author());
    };
    let Some(message) = store::message::get(connection, message)? else { return Ok(false) };
    if message.revoked_at.is_some() {
        return Ok(false);
    }
    Ok(reach::conversation(connection, viewer, message.conversation).is_ok())
}
