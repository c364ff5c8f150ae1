//! One of our letters as it leaves: its head, its text in one or two forms, its files. The same message gives the
//! same identifier and the same boundaries at each attempt, so that a repeated letter is recognised as one.
//!
//! Whatever stands in a subject, a name, an address or a file's name, it never begins a line of the head.

use std::io::{self, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_builder::headers::Header;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

use super::super::{Account, Order, OutFile};
use super::settings;
use crate::domain::mail::{Envelope, GENERATED, Mailbox};
use crate::net::signature;

/// How many identifiers of the thread are named at most (RFC 5322 §3.6.4 sets no limit, some servers do).
const REFERENCES: usize = 20;
/// How much of a file is encoded at once: whole lines of 57 bytes, which become 76 letters (RFC 2045 §6.8).
const GO: usize = 57 * 1024;

/// A file of ours cannot be read.
#[derive(Debug)]
pub(super) struct Unreadable(String);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// A letter.
pub(super) struct Letter<'a> {
    order: &'a Order<'a>,
    head: Envelope,
    from: Mailbox,
}

impl<'a> Letter<'a> {
    /// The letter for a message. One that was queued without a head answers the customer's newest mail.
    pub(super) fn of(account: &Account, order: &'a Order<'a>) -> Letter<'a> {
        let mut head = order.mail.cloned().unwrap_or_else(|| plain_head(order));
        let address = ascii(account.get("address"));
        if head.to.is_empty() && head.cc.is_empty() && head.bcc.is_empty() {
            head.to = vec![Mailbox { name: String::new(), address: order.to.1.to_owned() }];
        }
        if head.identifier.is_empty() {
            let domain = address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
            head.identifier = format!("{}@{domain}", order.key);
        }
        head.identifier = word(&head.identifier);
        let own = head.from.as_ref().map(|from| from.name.as_str()).unwrap_or_default();
        let names = [own, account.get(settings::SENDER_NAME.name), account.channel.name.as_str()];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        let from = Mailbox { name: line(name), address };
        Letter { order, head, from }
    }

    /// Its identifier, without the angle brackets.
    pub(super) fn identifier(&self) -> &str {
        &self.head.identifier
    }

    /// Whether the desk wrote it to its own people, rather than anybody to a customer.
    pub(super) fn is_for_colleagues(&self) -> bool {
        self.head.automatic.as_deref() == Some(GENERATED)
    }

    /// Who answers for it at the servers on the way.
    pub(super) fn sender(&self) -> &str {
        // A machine's letter is never answered by another machine (RFC 3834 §3.1.7 lets the address stay empty).
        if self.head.automatic.is_some() { "" } else { &self.from.address }
    }

    /// Everybody who gets it, each once.
    pub(super) fn recipients(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for mailbox in self.head.to.iter().chain(&self.head.cc).chain(&self.head.bcc) {
            let address = ascii(&mailbox.address);
            if !all.contains(&address) {
                all.push(address);
            }
        }
        all
    }

    /// Whether it can only travel between servers that know SMTPUTF8 (RFC 6531).
    pub(super) fn needs_utf8(&self) -> bool {
        !self.from.address.is_ascii() || self.recipients().iter().any(|address| !address.is_ascii())
    }

    /// About how large it is, in bytes.
    pub(super) fn size(&self) -> u64 {
        let text = self.order.body.len() + self.order.html.map_or(0, str::len);
        let files: u64 = self.order.files.iter().map(|file| file.size / 57 * 78 + 1024).sum();
        files + text as u64 * 4 / 3 + 8192
    }

    /// Writes it. Files are read as they are written, never whole.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut start = self.head_lines();
        let text = self.text();
        if self.order.files.is_empty() {
            text.write_part(&mut start);
            return out.write_all(&start);
        }
        let boundary = self.boundary("mixed");
        add(
            &mut start,
            "Content-Type",
            &ContentType::new("multipart/mixed").attribute("boundary", boundary.as_str()),
        );
        start.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
        text.write_part(&mut start);
        out.write_all(&start)?;
        for file in &self.order.files {
            out.write_all(format!("\r\n--{boundary}\r\n").as_bytes())?;
            attach(out, file)?;
        }
        out.write_all(format!("\r\n--{boundary}--\r\n").as_bytes())
    }

    fn head_lines(&self) -> Vec<u8> {
        let (mail, mut out) = (&self.head, Vec::new());
        add(&mut out, "Date", &Date::new(self.order.now.seconds()));
        add(&mut out, "Message-ID", &MessageId::new(mail.identifier.as_str()));
        add(&mut out, "From", &addresses(std::slice::from_ref(&self.from)));
        for (name, people) in [("To", &mail.to), ("Cc", &mail.cc), ("Reply-To", &mail.reply_to)] {
            if !people.is_empty() {
                add(&mut out, name, &addresses(people));
            }
        }
        if mail.to.is_empty() && mail.cc.is_empty() {
            add(&mut out, "To", &Raw::new("undisclosed-recipients:;"));
        }
        add(&mut out, "Subject", &Text::new(line(&mail.subject)));
        for (name, identifiers) in [("In-Reply-To", &mail.in_reply_to), ("References", &mail.references)] {
            let identifiers = thread(identifiers);
            if !identifiers.is_empty() {
                add(&mut out, name, &MessageId::new_list(identifiers.into_iter()));
            }
        }
        if mail.automatic.is_some() {
            let word = if self.is_for_colleagues() { "auto-generated" } else { "auto-replied" };
            add(&mut out, "Auto-Submitted", &Raw::new(word));
            add(&mut out, "X-Auto-Response-Suppress", &Raw::new("All"));
        }
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        out
    }

    /// The text, and the same as HTML where there is such.
    fn text(&self) -> MimePart<'a> {
        let part = |kind: &'static str, text: &str| {
            let kind = ContentType::new(kind).attribute("charset", "utf-8");
            MimePart::new(kind, BodyPart::Text(lines(text).into()))
        };
        let plain = part("text/plain", self.order.body);
        let Some(html) = self.order.html.filter(|html| !html.trim().is_empty()) else { return plain };
        let kind =
            ContentType::new("multipart/alternative").attribute("boundary", self.boundary("alternative"));
        MimePart::new(kind, BodyPart::Multipart(vec![plain, part("text/html", html)]))
    }

    fn boundary(&self, what: &str) -> String {
        let hash = signature::sha256(format!("{what}:{}", self.head.identifier).as_bytes());
        format!("={}", signature::hex(&hash[..12]))
    }
}

/// The head for a message that nobody gave one, such as one of a program.
fn plain_head(order: &Order<'_>) -> Envelope {
    let last = order.reply_to.or(order.last_inbound.map(|(id, _)| id)).filter(|id| id.contains('@'));
    let answered: Vec<String> = last.iter().map(|id| (*id).to_owned()).collect();
    let begun = order.subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    let subject = match order.subject {
        "" => String::new(),
        subject if answered.is_empty() || begun => subject.to_owned(),
        subject => format!("Re: {subject}"),
    };
    Envelope { subject, in_reply_to: answered.clone(), references: answered, ..Envelope::default() }
}

fn attach(out: &mut dyn Write, file: &OutFile<'_>) -> io::Result<()> {
    let name = line(file.name);
    let kind =
        if file.media_type.contains('/') { word(file.media_type) } else { "application/octet-stream".into() };
    let mut head = Vec::new();
    add(&mut head, "Content-Type", &ContentType::new(kind).attribute("name", name.as_str()));
    add(
        &mut head,
        "Content-Disposition",
        &ContentType::new("attachment").attribute("filename", name.as_str()),
    );
    head.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
    out.write_all(&head)?;
    let unreadable = |fault: io::Error| io::Error::other(Unreadable(fault.to_string()));
    let mut content = (file.open)().map_err(unreadable)?;
    let mut bytes = vec![0; GO];
    loop {
        let length = fill(content.as_mut(), &mut bytes).map_err(unreadable)?;
        if length == 0 {
            return Ok(());
        }
        for row in bytes[..length].chunks(57) {
            out.write_all(STANDARD.encode(row).as_bytes())?;
            out.write_all(b"\r\n")?;
        }
    }
}

/// Reads until the buffer is full or nothing more comes, so that lines are whole.
fn fill(content: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match content.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(length)
}

fn add(out: &mut Vec<u8>, name: &str, value: &impl Header) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    value.write_header(out, name.len() + 2);
}

fn addresses(people: &[Mailbox]) -> Address<'static> {
    let one = |mailbox: &Mailbox| {
        let name = line(&mailbox.name);
        Address::new_address(Some(name).filter(|name| !name.is_empty()), ascii(&mailbox.address))
    };
    Address::new_list(people.iter().map(one).collect())
}

/// The identifiers to be named: the first and the newest.
fn thread(identifiers: &[String]) -> Vec<String> {
    let mut thread: Vec<String> = identifiers.iter().map(|id| word(id)).filter(|id| !id.is_empty()).collect();
    if thread.len() > REFERENCES {
        thread.drain(1..=thread.len() - REFERENCES);
    }
    thread
}

/// The address with its domain as servers know it (RFC 5891), and without what no address holds.
fn ascii(address: &str) -> String {
    let address = word(address);
    match address.rsplit_once('@') {
        Some((local, domain)) if !domain.is_ascii() => idna::domain_to_ascii(domain)
            .map_or_else(|_| address.clone(), |domain| format!("{local}@{domain}")),
        _ => address,
    }
}

/// A text that stays on one line of the head.
fn line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A word without blanks and brackets.
fn word(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() && !letter.is_whitespace() && !"<>".contains(*letter))
        .collect()
}

/// Lines that end as mail wants it.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}
