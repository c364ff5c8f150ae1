//! MIME as it is found in the wild: whatever the bytes, something readable comes out, in bounded time and memory.
//!
//! The crate reads header fields and character sets. The walk over the parts is our own, because it has to be
//! bounded: a letter of a few megabytes can nest a million letters in each other or consist of a million parts.

mod body;
mod calendar;
mod charset;
mod head;
mod part;
mod readable;
mod transfer;

pub use body::Files;
pub use head::{Head, identifiers};
pub use part::File;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The longest text that is kept of a letter, in bytes; the rest stays in the letter.
const TEXT: usize = 500_000;
/// The longest HTML that is kept of a letter, in bytes.
const HTML: usize = 4_000_000;

/// What a letter holds.
#[derive(Default)]
pub struct Mail {
    pub head: Head,
    /// The text for people: the plain part, or what the HTML says.
    pub text: String,
    /// The HTML as it came.
    pub html: Option<String>,
    /// Everything else, in order of appearance.
    pub files: Vec<File>,
}

/// Reads a letter.
pub fn read(letter: &[u8]) -> Mail {
    // A fault in a reader must not hide a letter: then its bytes are shown as they are.
    catch_unwind(AssertUnwindSafe(|| whole(letter)))
        .unwrap_or_else(|_| Mail { text: cut(charset::decode(letter, None), TEXT), ..Mail::default() })
}

fn whole(letter: &[u8]) -> Mail {
    let lines = modern(start(letter));
    let letter = lines.as_ref();
    let (head, rest) = part::split(letter);
    let head = Head::read(head);
    if head.fields.is_empty() {
        let text = charset::decode(letter, None).replace("\r\n", "\n").replace('\0', "");
        return Mail { head, text: cut(text.trim().to_owned(), TEXT), ..Mail::default() };
    }
    let mut files = Files::default();
    let body = body::walk(&head, rest, &mut files, 0);
    let (text, html) = (body.plain(), body.html);
    Mail { head, text: cut(text, TEXT), html: html.map(|html| cut(html, HTML)), files: files.list }
}

/// Where the letter begins: some programs put empty lines, a byte-order mark or the line of a mailbox file first.
fn start(letter: &[u8]) -> &[u8] {
    let letter = letter.strip_prefix(b"\xef\xbb\xbf").unwrap_or(letter);
    let blank = letter.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let letter = letter.get(blank..).unwrap_or_default();
    if !letter.starts_with(b"From ") && !letter.starts_with(b">From ") {
        return letter;
    }
    let line = letter.iter().position(|byte| *byte == b'\n').map_or(letter.len(), |at| at + 1);
    letter.get(line..).unwrap_or_default()
}

/// The letter with lines that end in a line feed: very old programs end them in a carriage return alone.
fn modern(letter: &[u8]) -> Cow<'_, [u8]> {
    if letter.contains(&b'\n') || !letter.contains(&b'\r') {
        return Cow::Borrowed(letter);
    }
    let lines: Vec<u8> = letter.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect();
    Cow::Owned(lines)
}

/// The beginning of a text, with a sign that there is more.
fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push_str("\n…");
    }
    text
}
