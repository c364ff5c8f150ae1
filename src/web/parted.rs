//! Bodies that are made a part at a time, so that a long one takes no more memory than a short one.

use std::io::{self, Cursor, Read};

use super::http::Content;

/// A body without a known length: `head`, and after it what `next` gives until it gives `None`. A part may be empty.
pub fn body(head: Vec<u8>, next: impl FnMut() -> io::Result<Option<Vec<u8>>> + Send + 'static) -> Content {
    Content::Stream { reader: Box::new(Parted { part: Cursor::new(head), next }), len: None }
}

/// The same as bytes.
pub struct Parted<F> {
    part: Cursor<Vec<u8>>,
    next: F,
}

impl<F: FnMut() -> io::Result<Option<Vec<u8>>>> Parted<F> {
    /// What `next` gives until it gives `None`.
    pub fn of(next: F) -> Parted<F> {
        Parted { part: Cursor::default(), next }
    }
}

impl<F: FnMut() -> io::Result<Option<Vec<u8>>>> Read for Parted<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.part.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            match (self.next)()? {
                Some(part) => self.part = Cursor::new(part),
                None => return Ok(0),
            }
        }
    }
}
