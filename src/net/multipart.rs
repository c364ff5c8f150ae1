//! A multipart body (RFC 7578), written while it is sent, so that a large file is never in memory whole.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Cursor, Read};

use super::Part;

/// A body ready to be read.
pub(super) struct Multipart<'a> {
    pub content_type: String,
    pub length: u64,
    pub reader: Box<dyn Read + 'a>,
}

/// Joins the parts.
pub(super) fn join(parts: Vec<Part<'_>>) -> Multipart<'_> {
    let boundary = boundary();
    let mut length = 0;
    let mut reader: Box<dyn Read + '_> = Box::new(io::empty());
    for part in parts {
        let head = head(&boundary, &part);
        length += head.len() as u64 + part.size + 2;
        let exact = Exact { content: part.content, left: part.size };
        reader = Box::new(reader.chain(Cursor::new(head)).chain(exact).chain(Cursor::new("\r\n")));
    }
    let end = format!("--{boundary}--\r\n");
    length += end.len() as u64;
    let reader = Box::new(reader.chain(Cursor::new(end)));
    Multipart { content_type: format!("multipart/form-data; boundary={boundary}"), length, reader }
}

fn head(boundary: &str, part: &Part<'_>) -> String {
    let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(part.name));
    if let Some(name) = part.file_name {
        head.push_str(&format!("; filename=\"{}\"", quoted(name)));
    }
    if let Some(kind) = part.content_type {
        let kind: String = kind.chars().filter(|letter| !letter.is_control()).collect();
        head.push_str(&format!("\r\nContent-Type: {kind}"));
    }
    head.push_str("\r\n\r\n");
    head
}

/// As browsers write it: what would end the value or the line is percent-encoded.
fn quoted(value: &str) -> String {
    value.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A").replace('\0', "")
}

/// Nobody who wrote the file can know it: the standard library's own random keys decide.
fn boundary() -> String {
    let word = || RandomState::new().build_hasher().finish();
    format!("transom-{:016x}{:016x}", word(), word())
}

/// Gives exactly as many bytes as were announced; a shorter file is an error and never a shorter body.
struct Exact<'a> {
    content: Box<dyn Read + Send + 'a>,
    left: u64,
}

impl Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.content.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}
