//! One answer of an IMAP server, read with its literals and cut into its parts.

use std::io;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::net::wire::Wire;

/// One answer: its line, in which a literal stands as its number between two zero bytes, and the literals.
pub(super) struct Reply {
    line: Vec<u8>,
    literals: Vec<Vec<u8>>,
}

/// A part of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Word(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
}

impl Value {
    /// The number that it is.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Value::Word(word) => word.parse().ok(),
            _ => None,
        }
    }
}

impl Reply {
    /// Reads one, with at most `line` bytes in its line and `literals` in its literals.
    pub(super) fn read(wire: &mut Wire, line: usize, literals: usize) -> io::Result<Reply> {
        let mut reply = Reply { line: Vec::new(), literals: Vec::new() };
        let mut left = literals;
        loop {
            let part = wire.line(line)?;
            let announced = announced(&part);
            reply.line.extend(part.iter().filter(|byte| **byte != 0));
            let Some(size) = announced else { return Ok(reply) };
            if size > left {
                return Err(io::Error::other("the server sends more than it was asked for"));
            }
            left -= size;
            let open = reply.line.iter().rposition(|byte| *byte == b'{').unwrap_or(reply.line.len());
            reply.line.truncate(open);
            reply.line.extend(format!("\0{}\0", reply.literals.len()).bytes());
            reply.literals.push(wire.bytes(size)?);
        }
    }

    /// How many bytes it carries beside its line.
    pub(super) fn weight(&self) -> usize {
        self.literals.iter().map(Vec::len).sum()
    }

    /// Its line.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.line).into_owned()
    }

    /// Whether it begins so, in any case of letters.
    pub(super) fn starts_with(&self, start: &str) -> bool {
        self.line.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start.as_bytes()))
    }

    /// The server asks to go on.
    pub(super) fn is_invitation(&self) -> bool {
        self.line.first() == Some(&b'+')
    }

    /// The number in a response code such as `* OK [UIDNEXT 12]`.
    pub(super) fn code_number(&self, name: &str) -> Option<u32> {
        let text = self.text();
        let (_, rest) = text.split_once('[')?;
        let (code, _) = rest.split_once(']')?;
        let (word, number) = code.split_once(' ')?;
        if word.eq_ignore_ascii_case(name) { number.parse().ok() } else { None }
    }

    /// What a `FETCH` says under this name.
    pub(super) fn item(&self, name: &str) -> Option<Value> {
        let items = self.items()?;
        let at = items.iter().step_by(2).position(|key| is(key, name))?;
        items.into_iter().nth(at * 2 + 1)
    }

    /// The same, without a copy of a literal.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let mut reply = Reply { line: self.line.clone(), literals: std::mem::take(&mut self.literals) };
        let items = reply.items_taken()?;
        let at = items.iter().step_by(2).position(|key| is(key, name))?;
        items.into_iter().nth(at * 2 + 1).map(|value| match value {
            // A short text may come between quotes.
            Value::Word(word) if word.eq_ignore_ascii_case("NIL") => Value::Bytes(Vec::new()),
            Value::Word(word) => Value::Bytes(word.into_bytes()),
            other => other,
        })
    }

    fn items(&self) -> Option<Vec<Value>> {
        let mut empty: Vec<Vec<u8>> = self.literals.iter().map(|_| Vec::new()).collect();
        items(&self.line, &mut empty)
    }

    fn items_taken(&mut self) -> Option<Vec<Value>> {
        items(&self.line, &mut self.literals)
    }

    /// The last part as text: the name of a folder in a `LIST`.
    pub(super) fn last_text(&self) -> Option<String> {
        let mut literals = self.literals.clone();
        let mut at = 0;
        let values = values(&self.line, &mut at, &mut literals, 0);
        match values.into_iter().next_back()? {
            Value::Word(word) => Some(from_utf7(&word)),
            Value::Bytes(bytes) => Some(from_utf7(&String::from_utf8_lossy(&bytes))),
            Value::List(_) => None,
        }
    }
}

fn is(key: &Value, name: &str) -> bool {
    matches!(key, Value::Word(word) if word.eq_ignore_ascii_case(name))
}

fn items(line: &[u8], literals: &mut [Vec<u8>]) -> Option<Vec<Value>> {
    let mut at = 0;
    let values = values(line, &mut at, literals, 0);
    if !values.get(2).is_some_and(|word| is(word, "FETCH")) {
        return None;
    }
    match values.into_iter().nth(3)? {
        Value::List(items) => Some(items),
        _ => None,
    }
}

/// How deep lists may lie in each other.
const DEEPEST: u32 = 32;

fn values(line: &[u8], at: &mut usize, literals: &mut [Vec<u8>], depth: u32) -> Vec<Value> {
    let mut values = Vec::new();
    while let Some(byte) = line.get(*at) {
        match byte {
            b' ' => *at += 1,
            b')' => {
                *at += 1;
                return values;
            }
            b'(' => {
                *at += 1;
                if depth == DEEPEST {
                    return values;
                }
                values.push(Value::List(self::values(line, at, literals, depth + 1)));
            }
            b'"' => values.push(Value::Word(quoted(line, at))),
            0 => {
                let end = line[*at + 1..]
                    .iter()
                    .position(|byte| *byte == 0)
                    .map_or(line.len(), |end| *at + 1 + end);
                let number: usize = String::from_utf8_lossy(line.get(*at + 1..end).unwrap_or_default())
                    .parse()
                    .unwrap_or(usize::MAX);
                values.push(Value::Bytes(literals.get_mut(number).map(std::mem::take).unwrap_or_default()));
                *at = end + 1;
            }
            _ => values.push(Value::Word(word(line, at))),
        }
    }
    values
}

fn quoted(line: &[u8], at: &mut usize) -> String {
    let mut text = Vec::new();
    *at += 1;
    while let Some(byte) = line.get(*at) {
        *at += 1;
        match byte {
            b'"' => break,
            b'\\' => {
                text.extend(line.get(*at));
                *at += 1;
            }
            other => text.push(*other),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// A word; what stands between brackets belongs to it, as in `BODY[HEADER.FIELDS (TO)]`.
fn word(line: &[u8], at: &mut usize) -> String {
    let start = *at;
    let mut inside = false;
    while let Some(byte) = line.get(*at) {
        match byte {
            b'[' => inside = true,
            b']' => inside = false,
            b' ' | b'(' | b')' | 0 if !inside => break,
            _ => {}
        }
        *at += 1;
    }
    String::from_utf8_lossy(&line[start..*at]).into_owned()
}

/// The size of the literal that this line ends with: `{12}`, or `{12+}`.
fn announced(line: &[u8]) -> Option<usize> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|byte| *byte == b'{')?;
    std::str::from_utf8(inner.get(open + 1..)?).ok()?.trim_end_matches('+').parse().ok()
}

/// The name of a folder out of modified UTF-7 (RFC 3501 §5.1.3).
pub(super) fn from_utf7(name: &str) -> String {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&alphabet::IMAP_MUTF7, config);
    let mut out = String::new();
    let mut rest = name;
    while let Some((plain, shifted)) = rest.split_once('&') {
        out.push_str(plain);
        let Some((odd, after)) = shifted.split_once('-') else { return name.to_owned() };
        rest = after;
        if odd.is_empty() {
            out.push('&');
            continue;
        }
        let Ok(bytes) = engine.decode(odd) else { return name.to_owned() };
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        out.push_str(&String::from_utf16_lossy(&units));
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(line: &str, literals: &[&str]) -> Reply {
        Reply {
            line: line.as_bytes().to_vec(),
            literals: literals.iter().map(|l| l.as_bytes().to_vec()).collect(),
        }
    }

    #[test]
    fn a_fetch_is_read_in_any_order_and_with_flags_between() {
        let mut one =
            reply("* 12 FETCH (FLAGS (\\Seen $Odd) BODY[] \u{0}0\u{0} UID 77 RFC822.SIZE 4)", &["mail"]);
        assert_eq!(one.item("uid").and_then(|value| value.number()), Some(77));
        assert_eq!(one.item("RFC822.SIZE").and_then(|value| value.number()), Some(4));
        assert_eq!(one.take("BODY[]"), Some(Value::Bytes(b"mail".to_vec())));
    }

    #[test]
    fn a_short_letter_may_come_between_quotes_and_an_empty_one_as_nil() {
        let mut short = reply("* 1 FETCH (UID 5 BODY[] \"a \\\"b\\\" c\")", &[]);
        assert_eq!(short.take("BODY[]"), Some(Value::Bytes(b"a \"b\" c".to_vec())));
        let mut none = reply("* 1 FETCH (BODY[] NIL UID 5)", &[]);
        assert_eq!(none.take("BODY[]"), Some(Value::Bytes(Vec::new())));
    }

    #[test]
    fn lists_without_end_and_broken_quotes_come_to_an_end() {
        for line in [
            "* 1 FETCH ((((((",
            "* 1 FETCH (UID \"",
            "* 1 FETCH (UID 4",
            "* LIST",
            ")))",
            "\u{0}9\u{0}",
            "\u{0}",
        ] {
            let _ = reply(line, &[]).item("UID");
            let _ = reply(line, &[]).last_text();
        }
        let deep = format!("* 1 FETCH {}", "(".repeat(100_000));
        assert_eq!(reply(&deep, &[]).item("UID"), None);
    }

    #[test]
    fn response_codes_are_found() {
        assert_eq!(reply("* OK [UIDVALIDITY 1] UIDs valid", &[]).code_number("uidvalidity"), Some(1));
        assert_eq!(reply("* OK fine", &[]).code_number("UIDNEXT"), None);
    }
}
