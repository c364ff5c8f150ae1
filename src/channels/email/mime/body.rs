//! Which parts are the text for people, and which are files.

use super::head::Head;
use super::part::{self, File, PARTS};
use super::{calendar, charset, readable};

/// How deep parts lie in each other at most; what lies deeper is a file.
const DEEP: usize = 20;
/// How many bytes of files are taken out of a letter at most; the rest stays in the letter.
const BYTES: usize = 60_000_000;

/// The files that were found.
#[derive(Default)]
pub struct Files {
    pub(super) list: Vec<File>,
    bytes: usize,
    parts: usize,
}

impl Files {
    fn add(&mut self, head: &Head, rest: &[u8]) {
        if self.list.len() < PARTS && self.bytes.saturating_add(rest.len()) <= BYTES {
            let file = part::file(head, rest, self.list.len() + 1);
            self.bytes += file.bytes.len();
            self.list.push(file);
        }
    }
}

/// What people read.
#[derive(Default)]
pub(super) struct Body {
    /// The plain parts.
    text: String,
    /// The HTML parts, and plain parts between them as HTML.
    pub(super) html: Option<String>,
    /// Invitations in words, which count where nothing else speaks.
    invitation: String,
}

impl Body {
    /// The text for people.
    pub(super) fn plain(&self) -> String {
        let text = self.text.trim_matches(['\n', ' ', '\u{a0}']);
        let html = self.html.as_deref().filter(|_| text.is_empty()).map(readable::text);
        let text = html.as_deref().map_or(text, str::trim);
        match (text.is_empty(), self.invitation.is_empty()) {
            (_, true) => text.to_owned(),
            (true, false) => self.invitation.clone(),
            (false, false) if text.contains(self.invitation.lines().next().unwrap_or_default()) => {
                text.to_owned()
            }
            (false, false) => format!("{text}\n\n{}", self.invitation),
        }
    }

    /// Puts another one behind this one.
    fn append(&mut self, other: Body) {
        if let Some(html) = &other.html {
            let mine = self.html.take().unwrap_or_else(|| readable::from_text(&self.text));
            self.html = Some(mine + html);
        } else if let Some(html) = &mut self.html {
            html.push_str(&readable::from_text(&other.text));
        }
        let text = match (other.text.trim().is_empty(), &other.html) {
            (true, Some(html)) => readable::text(html),
            _ => other.text,
        };
        if !self.text.trim().is_empty() && !text.trim().is_empty() {
            self.text.push('\n');
        } else if self.text.trim().is_empty() {
            self.text.clear();
        }
        self.text.push_str(&text);
        self.invite(&other.invitation);
    }

    fn invite(&mut self, words: &str) {
        if !self.invitation.is_empty() && !words.is_empty() {
            self.invitation.push_str("\n\n");
        }
        self.invitation.push_str(words);
    }
}

/// Reads a part and all that lies in it.
pub(super) fn walk(head: &Head, rest: &[u8], files: &mut Files, depth: usize) -> Body {
    files.parts += 1;
    let kind = head.media_type.as_str();
    if kind.starts_with("multipart/") && depth < DEEP && files.parts < PARTS {
        // Some programs encode the whole, which no rule allows.
        let decoded = match head.field("content-transfer-encoding").to_ascii_lowercase().trim() {
            "base64" | "quoted-printable" => Some(part::content(head, rest)),
            _ => None,
        };
        let rest = decoded.as_deref().unwrap_or(rest);
        let parts = part::between(rest, head.parameter("boundary").trim());
        if !parts.is_empty() && !head.parameter("boundary").trim().is_empty() {
            return many(kind, parts, files, depth);
        }
        return Body { text: text(head, rest), ..Body::default() };
    }
    single(head, rest, files, depth)
}

fn many(kind: &str, parts: Vec<&[u8]>, files: &mut Files, depth: usize) -> Body {
    let mut whole = Body::default();
    for bytes in parts {
        let (head, rest) = part::split(bytes);
        let mut head = Head::read(head);
        if head.media_type.is_empty() && kind == "multipart/digest" {
            "message/rfc822".clone_into(&mut head.media_type);
        }
        let body = walk(&head, rest, files, depth + 1);
        if kind == "multipart/alternative" {
            // The last one of a kind is the best that the sender has (RFC 2046 §5.1.4).
            if !body.text.trim().is_empty() {
                whole.text = body.text;
            }
            whole.html = body.html.or(whole.html);
            whole.invite(&body.invitation);
        } else {
            whole.append(body);
        }
    }
    whole
}

fn single(head: &Head, rest: &[u8], files: &mut Files, depth: usize) -> Body {
    let named = !head.name.is_empty() && depth > 0;
    match head.media_type.as_str() {
        "" | "text/plain" | "text" | "text/" if !head.attachment && !named => {
            Body { text: text(head, rest), ..Body::default() }
        }
        "text/html" if !head.attachment && !named => Body { html: Some(html(head, rest)), ..Body::default() },
        "text/calendar" => {
            let invitation = calendar::words(&text(head, rest));
            files.add(head, rest);
            Body { invitation, ..Body::default() }
        }
        // A report is read for what it says of our mails; people read its first part.
        _ => {
            files.add(head, rest);
            Body::default()
        }
    }
}

fn text(head: &Head, rest: &[u8]) -> String {
    let declared = Some(head.parameter("charset")).filter(|name| !name.is_empty());
    let text = charset::decode(&part::content(head, rest), declared);
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
    if head.parameter("format").eq_ignore_ascii_case("flowed") {
        return unflowed(&text, head.parameter("delsp").eq_ignore_ascii_case("yes"));
    }
    text
}

fn html(head: &Head, rest: &[u8]) -> String {
    let bytes = part::content(head, rest);
    let declared = Some(head.parameter("charset").to_owned()).filter(|name| !name.is_empty());
    let declared = match declared {
        Some(name) => Some(name),
        None if std::str::from_utf8(&bytes).is_err() => charset::of_html(&bytes),
        None => None,
    };
    charset::decode(&bytes, declared.as_deref()).replace('\0', "")
}

/// Joins the lines that a program broke (RFC 3676): those that end in a space go on in the next of the same depth.
fn unflowed(text: &str, delete_space: bool) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|byte| *byte == b'>').count();
        let words = line.get(depth..).unwrap_or_default();
        let words = words.strip_prefix(' ').unwrap_or(words);
        if open != Some(depth) {
            if open.is_some() || !joined.is_empty() {
                joined.push('\n');
            }
            joined.push_str(&">".repeat(depth));
            if depth > 0 {
                joined.push(' ');
            }
        }
        let flows = words.ends_with(' ') && words != "-- ";
        let kept = if flows && delete_space { words.strip_suffix(' ').unwrap_or(words) } else { words };
        joined.push_str(kept);
        open = flows.then_some(depth);
    }
    joined
}
