//! Keeps bytes in memory while they are few, and in a file without a name when they are many.

use std::fs::File;
use std::io::{self, Write};

use crate::web::http::Body;

pub struct Spool {
    memory: usize,
    bytes: Vec<u8>,
    file: Option<File>,
    len: u64,
}

impl Spool {
    pub fn new(memory: usize) -> Spool {
        Spool { memory, bytes: Vec::new(), file: None, len: 0 }
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn finish(self) -> Body {
        match self.file {
            Some(file) => Body::File { file, len: self.len },
            None => Body::Bytes(self.bytes),
        }
    }
}

impl Write for Spool {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.bytes.len() + more.len() > self.memory {
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.bytes)?;
            self.bytes = Vec::new();
            self.file = Some(file);
        }
        let count = match &mut self.file {
            Some(file) => file.write(more)?,
            None => self.bytes.write(more)?,
        };
        self.len += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
