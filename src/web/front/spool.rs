//! Keeps bytes in memory while they are few, and in a file without a name when they are many.

use std::fs::File;
use std::io::{self, Write};

use super::depot::Share;
use crate::web::http::Body;

pub struct Spool {
    memory: usize,
    bytes: Vec<u8>,
    file: Option<File>,
    share: Share,
    len: u64,
}

impl Spool {
    /// Up to `memory` bytes stay in memory; what is more goes to a file that counts against `share`.
    pub fn new(memory: usize, share: Share) -> Spool {
        Spool { memory, bytes: Vec::new(), file: None, share, len: 0 }
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    pub const fn memory(&self) -> usize {
        self.memory
    }

    /// How many bytes more stay in memory; none once there is a file.
    pub fn in_memory(&self) -> usize {
        if self.file.is_some() { 0 } else { self.memory.saturating_sub(self.bytes.len()) }
    }

    /// Whoever sends this has shown who it is.
    pub const fn know(&mut self) {
        self.share.know();
    }

    pub fn finish(self) -> Body {
        match self.file {
            Some(file) => Body::File { file, len: self.len, share: Some(self.share) },
            None => Body::Bytes(self.bytes),
        }
    }
}

impl Write for Spool {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.bytes.len() + more.len() > self.memory {
            self.share.grow(self.bytes.len() as u64).map_err(io::Error::other)?;
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.bytes)?;
            self.bytes = Vec::new();
            self.file = Some(file);
        }
        let count = match &mut self.file {
            Some(file) => {
                self.share.grow(more.len() as u64).map_err(io::Error::other)?;
                file.write_all(more)?;
                more.len()
            }
            None => self.bytes.write(more)?,
        };
        self.len += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
