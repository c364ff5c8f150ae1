//! A letter in our words. Whatever came, something of it becomes visible: no letter is malformed.

use super::super::{Account, Raw};
use super::{automatic, bounce, mime};
use crate::domain::Timestamp;
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Letter, Party};
use crate::domain::mail::{Envelope, Mailbox, has_remote_pictures};
use crate::domain::message::Extra;
use crate::domain::window::Opener;
use crate::net::signature;

/// Whom a letter is from that names nobody. The host never exists (RFC 2606), so nothing can be sent there.
const NOBODY: &str = "unknown@sender.invalid";

/// What a kept letter tells.
pub(super) fn events(account: &Account, raw: &Raw<'_>) -> Vec<Event> {
    let mail = mime::read(raw.body);
    let ways = Ways::read(raw, &mail.head);
    let own = account.get("address").trim().to_lowercase();
    let report = bounce::report(&mail, ways.no_return);
    let automatic = match &report {
        Some(_) => Some("report"),
        None => automatic::why(&mail.head, ways.no_return, &own),
    };
    let spam =
        Some(()).filter(|()| account.get("spam_aside") != "no").and_then(|()| automatic::spam(&mail.head));
    let from = mail.head.from.first().cloned();
    let from = from.unwrap_or_else(|| Mailbox { name: String::new(), address: NOBODY.to_owned() });
    let envelope = envelope(&mail, &from, automatic);
    let identifier = match envelope.identifier.as_str() {
        "" => format!("{}@letter.invalid", signature::hex(&signature::sha256(raw.body))),
        given => given.to_owned(),
    };
    let dated = mail.head.date.is_some();
    let letter = Letter { kept: None, dated, delivered_to: ways.delivered_to, report, spam };
    let quiet = matches!(automatic, Some("reply" | "report"));
    let pictured = mail.html.as_deref().is_some_and(has_remote_pictures);
    let name = Some(from.name).filter(|name| !name.is_empty());
    vec![Event::Message(Incoming {
        from: Party { kind: AddressKind::Email, value: from.address, name, also: Vec::new() },
        provider_id: identifier,
        at: mail.head.date.map_or(raw.received_at, Timestamp).min(raw.received_at),
        body: mail.text,
        html: mail.html,
        subject: Some(envelope.subject.clone()),
        thread: String::new(),
        reply_to: envelope.in_reply_to.first().cloned(),
        extra: Extra { mail: Some(Box::new(envelope)), automatic: quiet, pictured, ..Extra::default() },
        files: mail.files.into_iter().map(file).collect(),
        opener: Some(Opener::Message),
        letter: Some(Box::new(letter)),
    })]
}

fn file(file: mime::File) -> File {
    File { name: file.name, media_type: file.media_type, content: FileContent::Here(file.bytes) }
}

fn envelope(mail: &mime::Mail, from: &Mailbox, automatic: Option<&str>) -> Envelope {
    let head = &mail.head;
    let inline = mail.files.iter().enumerate().filter(|(_, file)| !file.shown_as.is_empty());
    Envelope {
        identifier: mime::identifiers(head.field("message-id"), 1).pop().unwrap_or_default(),
        from: Some(from.clone()),
        reply_to: head.reply_to.clone(),
        to: head.to.clone(),
        cc: head.cc.clone(),
        bcc: Vec::new(),
        subject: head.subject.clone(),
        in_reply_to: mime::identifiers(head.field("in-reply-to"), 10),
        references: newest(mime::identifiers(head.field("references"), 1_000)),
        automatic: automatic.map(str::to_owned),
        evidence: None,
        inline: inline.map(|(place, file)| (file.shown_as.clone(), place)).collect(),
        mode: None,
    }
}

/// The first and the newest of a thread's identifiers.
fn newest(mut thread: Vec<String>) -> Vec<String> {
    const MOST: usize = 50;
    if thread.len() > MOST {
        thread.drain(1..=thread.len() - MOST);
    }
    thread
}

/// How the letter came here.
struct Ways {
    /// Every address that it names as its goal.
    delivered_to: Vec<String>,
    /// It says that nothing is to be returned to its sender, as letters of machines do (RFC 5321 §4.5.5).
    no_return: bool,
}

impl Ways {
    fn read(raw: &Raw<'_>, head: &mime::Head) -> Ways {
        let query = raw.headers.get("?").map_or("", String::as_str);
        let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let asked =
            |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.trim());
        let fields = FIELDS.iter().flat_map(|name| head.all(name)).flat_map(|value| value.split(','));
        let named = head.to.iter().chain(&head.cc).map(|one| one.address.as_str());
        let mut delivered_to: Vec<String> = Vec::new();
        for one in asked("to").into_iter().chain(fields).chain(named) {
            let one = one.trim().trim_matches(['<', '>']).to_lowercase();
            if one.contains('@')
                && one.len() <= 320
                && !delivered_to.contains(&one)
                && delivered_to.len() < 200
            {
                delivered_to.push(one);
            }
        }
        let path = asked("from").unwrap_or_else(|| head.field("return-path").trim());
        let told = asked("from").is_some() || !head.field("return-path").is_empty();
        Ways { delivered_to, no_return: told && matches!(path, "" | "<>") }
    }
}

/// Where mail servers note whom they delivered a letter to.
const FIELDS: [&str; 6] =
    ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-forwarded-to"];
