//! The head of a letter or of a part: its fields, readable, whatever bytes they are made of.

use mail_parser::{Address, ContentType, HeaderName, HeaderValue, MessageParser};

use super::{charset, transfer};
use crate::domain::mail::Mailbox;

/// How much of a head is read, in bytes and in fields. Real ones have some tens of fields.
const MOST_BYTES: usize = 1_000_000;
const MOST_FIELDS: usize = 1_000;
/// How many addresses a field names at most.
const MOST_ADDRESSES: usize = 500;
/// The longest subject or name, in characters.
const LONG: usize = 1_000;

/// A head that was read.
#[derive(Default)]
pub struct Head {
    /// Each field as it stands: its name in lower case and its unfolded value.
    pub fields: Vec<(String, String)>,
    pub subject: String,
    pub from: Vec<Mailbox>,
    pub sender: Vec<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    /// Milliseconds since 1970; `None` where there is none that can be read.
    pub date: Option<i64>,
    /// The type in lower case, as in `text/plain`; empty where none is given.
    pub media_type: String,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) attachment: bool,
    /// The file's name, decoded; empty where none is given.
    pub(super) name: String,
}

impl Head {
    /// Reads the bytes before the empty line.
    pub fn read(bytes: &[u8]) -> Head {
        let bytes = bytes.get(..MOST_BYTES).unwrap_or(bytes);
        let text = transfer::join_words(&charset::decode_head(bytes));
        let mut head = Head { fields: fields(&text), ..Head::default() };
        let closed: String = head.fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let closed = closed + "\r\n";
        let Some(parsed) = MessageParser::default().parse_headers(closed.as_bytes()) else { return head };
        for header in parsed.headers() {
            head.take(&header.name, &header.value);
        }
        // Whoever else the letter names is better than nobody.
        if head.from.is_empty() {
            let others = [&head.sender, &head.reply_to].into_iter().find(|others| !others.is_empty());
            let found = [bare(head.field("from")), others.cloned().unwrap_or_default()];
            let found = found.into_iter().find(|found| !found.is_empty());
            head.from = found.unwrap_or_else(|| bare(head.field("return-path")));
        }
        if head.date.is_none() {
            let received = parsed.received().and_then(|hop| hop.date);
            head.date = received.and_then(|date| moment(&date));
        }
        head
    }

    /// The first field of this lower-case name, unfolded; empty where there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every field of this lower-case name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    fn take(&mut self, name: &HeaderName<'_>, value: &HeaderValue<'_>) {
        match (name, value) {
            (HeaderName::Subject, HeaderValue::Text(text)) if self.subject.is_empty() => {
                self.subject = line(text);
            }
            (HeaderName::Date, HeaderValue::DateTime(date)) if self.date.is_none() => {
                self.date = moment(date)
            }
            (HeaderName::ContentType, HeaderValue::ContentType(kind)) if self.media_type.is_empty() => {
                self.typed(kind);
            }
            (HeaderName::ContentDisposition, HeaderValue::ContentType(kind)) => {
                self.attachment = kind.is_attachment();
                if let Some(name) = kind.attribute("filename") {
                    self.name = file_name(name);
                }
            }
            (_, HeaderValue::Address(address)) => self.address(name, address),
            _ => {}
        }
    }

    fn typed(&mut self, kind: &ContentType<'_>) {
        let subtype = kind.subtype().unwrap_or_default();
        self.media_type = format!("{}/{subtype}", kind.ctype()).to_ascii_lowercase();
        let given = kind.attributes().unwrap_or_default();
        self.parameters = given.iter().map(|one| (one.name.to_string(), one.value.to_string())).collect();
        if self.name.is_empty() {
            self.name = file_name(self.parameter("name"));
        }
    }

    fn address(&mut self, name: &HeaderName<'_>, address: &Address<'_>) {
        let place = match name {
            HeaderName::From => &mut self.from,
            HeaderName::Sender => &mut self.sender,
            HeaderName::ReplyTo => &mut self.reply_to,
            HeaderName::To => &mut self.to,
            HeaderName::Cc => &mut self.cc,
            _ => return,
        };
        for one in address.iter().take(MOST_ADDRESSES) {
            let known = one.address().map(address_of).filter(|address| address.contains('@'));
            if let Some(address) = known {
                let name = line(one.name().unwrap_or_default());
                let name = if name.eq_ignore_ascii_case(&address) { String::new() } else { name };
                place.push(Mailbox { name, address });
            }
        }
    }
}

/// An address as it is compared: without what cannot be part of one, in lower case.
fn address_of(text: &str) -> String {
    let kept =
        text.chars().filter(|one| !one.is_whitespace() && !one.is_control() && !"<>,;\"".contains(*one));
    kept.take(320).collect::<String>().to_lowercase()
}

/// Whatever in this text looks like an address.
fn bare(text: &str) -> Vec<Mailbox> {
    let words = text.split(|one: char| one.is_whitespace() || "<>()[],;:\"'".contains(one));
    let looks = |word: &&str| {
        let (name, host) = word.split_once('@').unwrap_or_default();
        !name.is_empty() && !host.is_empty()
    };
    words
        .filter(looks)
        .take(1)
        .map(|word| Mailbox { name: String::new(), address: address_of(word) })
        .collect()
}

/// Milliseconds since 1970, for dates of letters that can be.
fn moment(date: &mail_parser::DateTime) -> Option<i64> {
    let plausible = date.is_valid() && (1990..=2200).contains(&date.year);
    plausible.then(|| date.to_timestamp().saturating_mul(1000))
}

/// One line without control characters, short enough.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split(|one: char| one.is_whitespace() || one.is_control()).collect();
    let joined = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    joined.chars().take(LONG).collect()
}

/// A file's name, which many programs encode as only subjects may be.
fn file_name(text: &str) -> String {
    if !text.contains("=?") {
        return line(text);
    }
    let field = format!("Subject: {}\r\n\r\n", transfer::join_words(text).replace(['\r', '\n'], " "));
    let parsed = MessageParser::default().parse_headers(field.as_bytes());
    line(parsed.as_ref().and_then(|parsed| parsed.subject()).unwrap_or(text))
}

/// The fields, unfolded. What is no field is left out.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut broken = false;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut().filter(|_| !broken) {
                value.push(' ');
                value.push_str(line.trim());
            }
            continue;
        }
        if fields.len() == MOST_FIELDS {
            break;
        }
        let name = line.split_once(':').filter(|(name, _)| {
            let name = name.trim_end();
            !name.is_empty() && name.len() < 100 && name.bytes().all(|byte| byte.is_ascii_graphic())
        });
        broken = name.is_none();
        if let Some((name, value)) = name {
            fields.push((name.trim_end().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

/// The identifiers in a `Message-ID`, `In-Reply-To` or `References`: what stands in angle brackets, or the words
/// where there are none. Some programs fold in the middle of one, so white space in it means nothing.
pub fn identifiers(value: &str, most: usize) -> Vec<String> {
    let tidy = |text: &str| -> String {
        text.chars().filter(|one| !one.is_whitespace() && !one.is_control()).take(500).collect()
    };
    let found: Vec<String> = if value.contains('<') {
        let parts = value.split('<').skip(1);
        parts.map(|part| tidy(part.split('>').next().unwrap_or_default())).collect()
    } else {
        value.split_whitespace().filter(|word| word.contains('@')).map(tidy).collect()
    };
    found.into_iter().filter(|found| !found.is_empty()).take(most).collect()
}
