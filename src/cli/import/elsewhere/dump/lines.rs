//! A dump, line by line, whatever it comes in: a file, a packed file, or what another program pipes in.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;

use crate::cli::Error;

/// How much of the beginning tells what it is, in bytes: a tar file tells it last.
const HEAD: usize = 512;

/// The lines of a dump.
pub struct Lines {
    reader: Box<dyn BufRead>,
    /// How many bytes of the file were read.
    read: Rc<Cell<u64>>,
    /// How many lines were read.
    pub number: u64,
    /// How many bytes the file has; none is known of what is piped in.
    pub size: u64,
}

/// How a line ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// As it should.
    Whole,
    /// It is longer than was asked for; the rest is skipped.
    Longer,
    /// In its middle, with the file.
    Cut,
}

struct Counted<R> {
    inner: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.read.set(self.read.get() + u64::try_from(count).unwrap_or(0));
        Ok(count)
    }
}

impl Lines {
    /// Opens the dump at `path`; `-` is what is piped in.
    pub fn open(path: &Path, source: &str) -> Result<Lines, Error> {
        let shown = path.display();
        if path.is_dir() {
            return Err(Error::Failed(format!(
                "{shown} is a folder, as 'pg_dump -Fd' makes one; give it as text: pg_restore -f - {shown} | transom import {source} -"
            )));
        }
        let read = Rc::new(Cell::new(0));
        let (inner, size): (Box<dyn Read>, u64) = if path == Path::new("-") {
            (Box::new(io::stdin()), 0)
        } else {
            let unread = |fault| Error::Failed(format!("{shown} cannot be read: {fault}"));
            let file = File::open(path).map_err(unread)?;
            let size = file.metadata().map_err(unread)?.len();
            (Box::new(file), size)
        };
        let plain = BufReader::with_capacity(1 << 17, Counted { inner, read: read.clone() });
        let mut reader = plainly(Box::new(plain), path, source)?;
        if let [0x1f, 0x8b, ..] = *reader.fill_buf().map_err(|fault| broken(path, &fault))? {
            let unpacked = BufReader::with_capacity(1 << 17, MultiGzDecoder::new(reader));
            reader = plainly(Box::new(unpacked), path, source)?;
        }
        Ok(Lines { reader, read, number: 0, size })
    }

    /// How many bytes of the file were read.
    pub fn read(&self) -> u64 {
        self.read.get()
    }

    /// Reads the next line into `line`, up to `most` bytes of it and without its end; `None` where there is no more.
    pub fn next(&mut self, line: &mut Vec<u8>, most: usize) -> io::Result<Option<End>> {
        line.clear();
        let mut end = End::Whole;
        loop {
            let waiting = self.reader.fill_buf()?;
            if waiting.is_empty() {
                let nothing = line.is_empty() && end == End::Whole;
                return Ok((!nothing).then_some(End::Cut));
            }
            let stop = waiting.iter().position(|byte| *byte == b'\n');
            let part = waiting.get(..stop.unwrap_or(waiting.len())).unwrap_or_default();
            let room = most.saturating_sub(line.len()).min(part.len());
            line.extend_from_slice(part.get(..room).unwrap_or_default());
            if room < part.len() {
                end = End::Longer;
            }
            let used = part.len() + usize::from(stop.is_some());
            self.reader.consume(used);
            if stop.is_some() {
                self.number += 1;
                // A bare CR stands in no field; a file that was written on Windows has it at the end of lines.
                if end == End::Whole && line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Some(end));
            }
        }
    }
}

/// Why the file cannot be read to its end.
pub fn broken(path: &Path, fault: &io::Error) -> Error {
    Error::Failed(format!(
        "{} cannot be read to its end ({fault}), so it is no whole dump. Nothing was taken; bring it here again, or make it again with pg_dump",
        path.display()
    ))
}

/// Gives the reader back if it may hold a dump in text; otherwise says how to come by one.
fn plainly(mut reader: Box<dyn BufRead>, path: &Path, source: &str) -> Result<Box<dyn BufRead>, Error> {
    let mut head = vec![0; HEAD];
    let mut filled = 0;
    while let Some(room) = head.get_mut(filled..).filter(|room| !room.is_empty()) {
        match reader.read(room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(broken(path, &fault)),
        }
    }
    head.truncate(filled);
    if let Some(why) = other(&head, &path.display().to_string(), source) {
        return Err(Error::Failed(why));
    }
    Ok(Box::new(Cursor::new(head).chain(reader)))
}

/// What it is, if it is something else than text.
fn other(head: &[u8], path: &str, source: &str) -> Option<String> {
    let restore = |kind: &str| {
        format!(
            "{path} is a dump in {kind}, which only PostgreSQL's own programs read; give it as text: pg_restore -f - {path} | transom import {source} -"
        )
    };
    let packed = |by: &str, out: &str| {
        format!("{path} is packed by {by}; unpack it on the way: {out} {path} | transom import {source} -")
    };
    match head {
        [] => Some(format!("{path} is empty; make the dump again with pg_dump -f {path}")),
        [b'P', b'G', b'D', b'M', b'P', ..] => Some(restore("the custom format (pg_dump -Fc)")),
        _ if head.get(257..262) == Some(b"ustar") => Some(restore("a tar file (pg_dump -Ft)")),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(packed("zstd", "zstd -dc")),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some(packed("lz4", "lz4 -dc")),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Some(packed("xz", "xz -dc")),
        [b'B', b'Z', b'h', ..] => Some(packed("bzip2", "bzip2 -dc")),
        [b'P', b'K', 3, 4, ..] => Some(packed("zip", "unzip -p")),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(format!(
            "{path} is text in UTF-16, as PowerShell writes what is sent into a file; make it again with pg_dump -E UTF8 -f {path}"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &'static [u8]) -> Lines {
        Lines { reader: Box::new(BufReader::with_capacity(3, text)), read: Rc::default(), number: 0, size: 0 }
    }

    #[test]
    fn lines_are_cut_where_they_are_too_long_and_told_where_they_break_off() {
        let mut lines = lines(b"one\n\nlonger than that\r\nat last\r\nno end");
        let mut line = Vec::new();
        let mut read = || {
            let end = lines.next(&mut line, 8).unwrap();
            (String::from_utf8(line.clone()).unwrap(), end)
        };
        assert_eq!(read(), ("one".to_owned(), Some(End::Whole)));
        assert_eq!(read(), (String::new(), Some(End::Whole)));
        assert_eq!(read(), ("longer t".to_owned(), Some(End::Longer)));
        assert_eq!(read(), ("at last".to_owned(), Some(End::Whole)));
        assert_eq!(read(), ("no end".to_owned(), Some(End::Cut)));
        assert_eq!(read(), (String::new(), None));
    }
}
