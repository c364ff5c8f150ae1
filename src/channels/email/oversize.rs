//! A letter that is too large to be fetched: its head, with a note in place of what it carries.

use crate::i18n::{Language, Texts};

/// The letter that stands for one of so many bytes in this folder.
pub(super) fn letter(language: Language, head: &[u8], (size, folder): (u64, &str)) -> Vec<u8> {
    let mut letter = without_content(head);
    let size = size.div_ceil(1024 * 1024).to_string();
    let note = Texts::new(language).mailbox_too_large(&size, folder);
    letter.extend_from_slice(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
    );
    letter.extend_from_slice(format!("[{note}]\r\n").as_bytes());
    letter
}

/// A head without the lines that describe what follows it, and without the empty line at its end.
fn without_content(head: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(head.len());
    let mut skips = false;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let start = line.get(..8).unwrap_or_default();
            skips = start.eq_ignore_ascii_case(b"content-") || start.eq_ignore_ascii_case(b"mime-ver");
        }
        if !skips {
            kept.extend_from_slice(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_note_is_in_the_language_of_the_desk() {
        let note = |language| String::from_utf8(letter(language, b"Subject: a\r\n\r\n", (5_000_000, "A")));
        assert!(note(Language::En).unwrap().ends_with("5 MB. It lies in the folder A of the mailbox.]\r\n"));
        assert!(note(Language::Es).unwrap().ends_with("5 MB. Está en la carpeta A del buzón.]\r\n"));
    }

    #[test]
    fn a_head_loses_what_describes_its_content_with_the_lines_that_belong_to_it() {
        let head = b"Subject: a\r\n b\r\nContent-Type: multipart/mixed;\r\n\tboundary=x\r\nMIME-Version: 1.0\r\nTo: c\r\n\r\n";
        assert_eq!(without_content(head), b"Subject: a\r\n b\r\nTo: c\r\n");
    }
}
