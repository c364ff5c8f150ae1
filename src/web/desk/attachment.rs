//! The bytes of a file, to those who may see the conversation that it belongs to.

use std::io::{self, Read};
use std::sync::Arc;

use crate::actions::reach;
use crate::desk::Desk;
use crate::domain::Id;
use crate::domain::message::{Attachment, AttachmentState};
use crate::store::{self, Connection, attachment};
use crate::templates::message::{Shown, shown_as};
use crate::web::http::{Content, Response, disposition};
use crate::web::{Cx, Failure};

/// A file, whole or the part that a player asks for. Nothing in it can run: the type is what we found by
/// looking at the bytes, and what is no picture, sound or film is only ever downloaded.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let key: String = cx.param("key")?;
    let file = cx.read(|c| visible(c, cx, &key))?;
    Ok(bytes(cx, file))
}

/// The bytes of `file`, for somebody who may see it.
pub fn bytes(cx: &Cx<'_>, file: Attachment) -> Response {
    let download = shown_as(&file.media_type) == Shown::Download || cx.query.get("download").is_some();
    let (from, until) = range(cx.request.headers.get("range"), file.size);
    let partial = cx.request.headers.get("range").is_some() && (from, until) != (0, file.size);
    let mut response = Response::new(if partial { 206 } else { 200 })
        .with_header("Content-Type", file.media_type.clone())
        .with_header("Content-Disposition", disposition(&file.name, download))
        .with_header("Content-Security-Policy", "default-src 'none'; sandbox")
        .with_header("Cache-Control", "private, max-age=31536000, immutable")
        .with_header("Accept-Ranges", "bytes");
    if partial {
        let range = format!("bytes {from}-{}/{}", until.saturating_sub(1), file.size);
        response = response.with_header("Content-Range", range);
    }
    let bytes = Bytes { desk: cx.app.desk.clone(), id: file.id, from, until, part: io::Cursor::default() };
    response.body = Content::Stream { reader: Box::new(bytes), len: Some(until - from) };
    response
}

/// A file that the viewer may see.
pub(super) fn visible(c: &Connection, cx: &Cx<'_>, key: &str) -> Result<Attachment, Failure> {
    let viewer = cx.viewer()?;
    let file = attachment::by_key(c, key)?.ok_or(Failure::NotFound)?;
    if file.state != AttachmentState::Stored {
        return Err(Failure::NotFound);
    }
    match file.message {
        Some(message) => {
            let message = store::message::get(c, message)?.ok_or(Failure::NotFound)?;
            reach::conversation(c, viewer, message.conversation)?;
        }
        None if file.agent == viewer.author() => {}
        None => return Err(Failure::NotFound),
    }
    Ok(file)
}

/// The first and the end of what is asked for, as in `bytes=100-199`. What we do not understand is the whole.
fn range(header: Option<&str>, size: u64) -> (u64, u64) {
    let asked =
        header.and_then(|header| header.strip_prefix("bytes=")).and_then(|range| range.split_once('-'));
    let bounds = match asked {
        Some(("", last)) => last.parse::<u64>().ok().map(|last| (size.saturating_sub(last), size)),
        Some((first, "")) => first.parse().ok().map(|first| (first, size)),
        Some((first, last)) => first
            .parse()
            .ok()
            .zip(last.parse::<u64>().ok())
            .map(|(first, last)| (first, last.saturating_add(1).min(size))),
        None => None,
    };
    bounds.filter(|(from, until)| from < until && *until <= size).unwrap_or((0, size))
}

/// Reads a file part by part, each with a short look into the database.
struct Bytes {
    desk: Arc<Desk>,
    id: Id<Attachment>,
    from: u64,
    until: u64,
    part: io::Cursor<Vec<u8>>,
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let at_end = self.part.position() == self.part.get_ref().len() as u64;
        if at_end && self.from < self.until {
            self.next()?;
        }
        self.part.read(into)
    }
}

impl Bytes {
    fn next(&mut self) -> io::Result<()> {
        let size = attachment::PART as u64;
        let number = u32::try_from(self.from / size).map_err(io::Error::other)?;
        let part =
            self.desk.readers.read(|c| attachment::part(c, self.id, number)).map_err(io::Error::other)?;
        let mut part = part.ok_or_else(|| io::Error::other("a part of the file is missing"))?;
        let skip = usize::try_from(self.from % size).map_err(io::Error::other)?;
        let most = usize::try_from(self.until - self.from).map_err(io::Error::other)?;
        part.drain(..skip.min(part.len()));
        part.truncate(most);
        if part.is_empty() {
            return Err(io::Error::other("a part of the file is too short"));
        }
        self.from += part.len() as u64;
        self.part = io::Cursor::new(part);
        Ok(())
    }
}
