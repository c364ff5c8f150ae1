//! Cutting a letter into its parts, and a part into its head and what follows.

use super::head::Head;
use super::transfer;

/// How many parts a letter has at most; what follows is one file.
pub(super) const PARTS: usize = 500;

/// A file in a letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    pub name: String,
    /// As the letter says.
    pub media_type: String,
    pub bytes: Vec<u8>,
    /// The `Content-ID` by which the HTML of the letter shows it; empty where there is none.
    pub shown_as: String,
}

/// The head and the rest, at the first empty line.
pub(super) fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = at + line.len();
        if line == b"\n" || line == b"\r\n" {
            return (bytes.get(..at).unwrap_or_default(), bytes.get(end..).unwrap_or_default());
        }
        at = end;
    }
    (bytes, &[])
}

/// What lies between the lines that a boundary makes. Empty where there is no such line. A letter that was cut off
/// ends its last part.
pub(super) fn between<'a>(bytes: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let (mut at, mut began) = (0, None);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = at + line.len();
        if let Some(last) = is_boundary(line, boundary) {
            if let Some(from) = began {
                parts.push(without_line_end(bytes.get(from..at).unwrap_or_default()));
            }
            began = (!last).then_some(end);
            if last {
                return parts;
            }
            if parts.len() == PARTS {
                break;
            }
        }
        at = end;
    }
    parts.extend(began.and_then(|from| bytes.get(from..)));
    parts
}

/// Whether the line is a boundary, and then whether it is the last one.
fn is_boundary(line: &[u8], boundary: &str) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary.as_bytes())?;
    let rest = rest.trim_ascii_end();
    match rest {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// The line break before a boundary belongs to the boundary.
fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// What a part carries.
pub(super) fn content(head: &Head, rest: &[u8]) -> Vec<u8> {
    transfer::decode(head.field("content-transfer-encoding"), rest)
}

/// The part as a file.
pub(super) fn file(head: &Head, rest: &[u8], number: usize) -> File {
    let bytes = content(head, rest);
    let media_type = if head.media_type.len() < 3 {
        "application/octet-stream".to_owned()
    } else {
        head.media_type.clone()
    };
    let name = if head.name.is_empty() { made_up(&media_type, &bytes, number) } else { head.name.clone() };
    let shown_as = head.field("content-id").trim().trim_matches(['<', '>']).to_owned();
    File { name, media_type, bytes, shown_as }
}

/// A name for a file that has none: a letter is called by its subject, anything else by what it is.
fn made_up(media_type: &str, bytes: &[u8], number: usize) -> String {
    let ending = match media_type {
        "message/rfc822" | "message/global" => {
            let subject = Head::read(split(bytes).0).subject;
            let subject: String = subject.chars().take(80).collect();
            return if subject.is_empty() { format!("mail-{number}.eml") } else { format!("{subject}.eml") };
        }
        "message/delivery-status" | "text/rfc822-headers" | "message/disposition-notification" => "txt",
        "text/calendar" => "ics",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/csv" => "csv",
        "text/vcard" | "text/x-vcard" => "vcf",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/ms-tnef" => return "winmail.dat".to_owned(),
        "application/pgp-signature" => "asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => "p7m",
        _ => "bin",
    };
    format!("file-{number}.{ending}")
}
