//! The bytes of a stored file, read part by part.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use crate::desk::Desk;
use crate::domain::Id;
use crate::domain::message::Attachment;
use crate::store::{self, attachment};

/// Reads a stored file from its beginning. Holds no connection between two parts.
pub(super) struct Parts {
    desk: Arc<Desk>,
    id: Id<Attachment>,
    next: u32,
    part: Cursor<Vec<u8>>,
}

impl Parts {
    /// A reader of this file.
    pub fn of(desk: &Arc<Desk>, id: Id<Attachment>) -> Parts {
        Parts { desk: desk.clone(), id, next: 0, part: Cursor::default() }
    }
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.part.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let part = self
                .desk
                .readers
                .read::<_, store::Error>(|connection| attachment::part(connection, self.id, self.next))
                .map_err(io::Error::other)?;
            match part {
                Some(part) => self.part = Cursor::new(part),
                None => return Ok(0),
            }
            self.next += 1;
        }
    }
}
