//! How bytes travel: base64, quoted-printable, uuencode and encoded words, read as forgivingly as they are written.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes behind a transfer encoding; an unknown one is taken as none.
pub(super) fn decode(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    let encoding = encoding.trim().trim_matches('"').to_ascii_lowercase();
    match encoding.as_str() {
        "base64" => base64(bytes).unwrap_or_else(|| bytes.to_vec()),
        "quoted-printable" => quoted_printable(bytes),
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => uuencode(bytes).unwrap_or_else(|| bytes.to_vec()),
        _ => bytes.to_vec(),
    }
}

/// Whatever base64 there is. A mailing list's footer behind the end is no part of it. `None`: there is none.
fn base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut digits = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => digits.push(*byte),
            // Some programs join pieces that were each closed.
            b'=' => flush(&mut digits, &mut plain),
            _ => {}
        }
    }
    flush(&mut digits, &mut plain);
    (!plain.is_empty() || bytes.iter().all(u8::is_ascii_whitespace)).then_some(plain)
}

fn flush(digits: &mut Vec<u8>, plain: &mut Vec<u8>) {
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    plain.extend(FORGIVING.decode(&*digits).unwrap_or_default());
    digits.clear();
}

fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        let text = end.map_or(&line[..0], |end| &line[..=end]);
        let soft = text.ends_with(b"=");
        let text = if soft { &text[..text.len() - 1] } else { text };
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let hex = (*byte == b'=').then(|| text.get(at + 1..at + 3)).flatten().and_then(hex);
            plain.push(hex.unwrap_or(*byte));
            at += if hex.is_some() { 3 } else { 1 };
        }
        if !soft && line.ends_with(b"\n") {
            plain.push(b'\n');
        }
    }
    plain
}

fn hex(two: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    match two {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    }
}

/// What stands between `begin` and `end`. `None`: there is no such thing.
fn uuencode(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.find(|line| line.starts_with(b"begin "))?;
    let mut plain = Vec::new();
    for line in lines.take_while(|line| *line != b"end") {
        let Some((length, digits)) = line.split_first() else { continue };
        let values: Vec<u8> = digits.iter().map(|digit| digit.wrapping_sub(32) & 63).collect();
        let three = |four: &[u8]| -> Vec<u8> {
            let at = |n: usize| u32::from(four.get(n).copied().unwrap_or_default());
            let all = at(0) << 18 | at(1) << 12 | at(2) << 6 | at(3);
            all.to_be_bytes()[1..].to_vec()
        };
        let all: Vec<u8> = values.chunks(4).flat_map(three).collect();
        let length = usize::from(length.wrapping_sub(32) & 63).min(all.len());
        plain.extend_from_slice(&all[..length]);
    }
    Some(plain)
}

/// Joins encoded words that follow each other and are alike (RFC 2047 §6.2 lets nothing stand between them), because
/// many programs cut a character in two halves.
pub(super) fn join_words(text: &str) -> String {
    if !text.contains("?=") {
        return text.to_owned();
    }
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    let mut last: Option<Word<'_>> = None;
    while let Some(at) = rest.find("=?") {
        let (before, word) = rest.split_at(at);
        let Some((word, after)) = Word::read(word) else {
            close(&mut joined, &mut last);
            joined.push_str(before);
            joined.push_str("=?");
            rest = &rest[at + 2..];
            continue;
        };
        let follows = before.chars().all(char::is_whitespace);
        match &mut last {
            Some(open) if follows && open.is_like(&word) => open.data.extend(word.data),
            _ => {
                close(&mut joined, &mut last);
                // White space between two words is no part of the text, and none has to stand there.
                joined.push_str(before);
                last = Some(word);
            }
        }
        rest = after;
    }
    close(&mut joined, &mut last);
    joined.push_str(rest);
    joined
}

/// How far the end of an encoded word is looked for. The rule says 75, and many programs write longer ones.
const LONGEST_WORD: usize = 4_000;

/// An encoded word.
struct Word<'a> {
    charset: &'a str,
    encoding: &'a str,
    data: Vec<u8>,
}

impl<'a> Word<'a> {
    fn read(text: &'a str) -> Option<(Word<'a>, &'a str)> {
        let inside = text.strip_prefix("=?")?;
        let (charset, inside) = inside.split_once('?').filter(|(charset, _)| charset.len() < 60)?;
        let (encoding, inside) = inside.split_once('?').filter(|(encoding, _)| encoding.len() == 1)?;
        let end = inside.as_bytes().windows(2).take(LONGEST_WORD).position(|two| two == b"?=")?;
        let (data, after) = (inside.get(..end)?, inside.get(end + 2..)?);
        if charset.is_empty() || charset.contains(char::is_whitespace) || data.contains('\n') {
            return None;
        }
        let data = match encoding {
            "b" | "B" => base64(data.as_bytes())?,
            "q" | "Q" => data.as_bytes().to_vec(),
            _ => return None,
        };
        Some((Word { charset, encoding, data }, after))
    }

    fn is_like(&self, other: &Word<'_>) -> bool {
        self.charset.eq_ignore_ascii_case(other.charset) && self.encoding.eq_ignore_ascii_case(other.encoding)
    }
}

fn close(joined: &mut String, last: &mut Option<Word<'_>>) {
    let Some(word) = last.take() else { return };
    let data = match word.encoding {
        "b" | "B" => base64::engine::general_purpose::STANDARD.encode(&word.data),
        _ => String::from_utf8_lossy(&word.data).into_owned(),
    };
    joined.push_str(&format!("=?{}?{}?{data}?=", word.charset, word.encoding));
}
