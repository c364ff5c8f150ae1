//! Every message as a letter, in one file for mail programs: mails as they came, everything else as letters that say the
//! same.

use std::collections::BTreeMap;
use std::io::BufWriter;
use std::path::Path;

use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use rusqlite::Connection;

use super::Written;
use super::steady::Steady;
use crate::cli::progress::Progress;
use crate::cli::{Error, mbox};
use crate::domain::agent::Agent;
use crate::domain::archive::Told;
use crate::domain::channel::Kind as Channel;
use crate::domain::mail::Mailbox;
use crate::domain::message::{Attachment, Kind, Message};
use crate::domain::{Id, Timestamp};
use crate::store::{archive, attachment, mail, message, thread};

/// Addresses of what is no mail end in this, which no server has (RFC 2606).
const NOWHERE: &str = "transom.invalid";

/// Writes the file `to`, which must not exist.
pub fn write(connection: &Connection, to: &Path) -> Result<Written, Error> {
    let failed = |fault: std::io::Error| Error::Failed(format!("{}: {fault}", to.display()));
    let mut out = BufWriter::with_capacity(1 << 18, Steady::begin(to).map_err(failed)?);
    let authors = thread::names(connection)?;
    let newest = archive::newest(connection)?.get();
    let mut progress = Progress::begin("Writing conversations");
    let mut rows = 0;
    archive::conversations::<Error>(connection, &mut |told| {
        let value = archive::value_of(connection, told.address)?;
        let page = Page { connection, told: &told, value: &value, authors: &authors };
        // A mail quotes its parts; threads are short beside them, so one is held at a time.
        for message in message::thread(connection, told.id, None, u32::MAX)? {
            if message.kind == Kind::Event {
                continue;
            }
            let letter = page.letter(&message).map_err(failed_to_read)?;
            let sender = page.sender(&message);
            mbox::write(&mut out, &sender.address, &asctime(message.at), &letter).map_err(failed)?;
            rows += 1;
        }
        progress.tell(told.id.get(), newest);
        Ok(())
    })?;
    progress.end();
    let file = out.into_inner().map_err(|fault| failed(fault.into_error()))?;
    file.end().map_err(failed)?;
    Ok(Written { rows, files: 0, hash: None })
}

fn failed_to_read(fault: Fault) -> Error {
    match fault {
        Fault::Store(fault) => fault.into(),
        Fault::Write(fault) => Error::failed(fault),
    }
}

/// Why a letter was not made.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

/// What stands in place of a message that was taken back.
const TAKEN_BACK: &str = "(This message was taken back.)";

/// A conversation whose messages become letters.
struct Page<'p> {
    connection: &'p Connection,
    told: &'p Told,
    /// The customer's address.
    value: &'p str,
    authors: &'p BTreeMap<Id<Agent>, String>,
}

impl Page<'_> {
    /// The letter as it came where there is one, otherwise one that says the same. Of what was covered or taken back it says
    /// what the desk shows.
    fn letter(&self, message: &Message) -> Result<Vec<u8>, Fault> {
        if message.revoked_at.is_some() {
            let body = TAKEN_BACK.to_owned();
            return self.written(&Message { body, html: None, ..message.clone() }, &[]);
        }
        let kept = match message.extra.covered {
            true => None,
            false => mail::letter(self.connection, message.id, u64::MAX)?,
        };
        match kept {
            Some(letter) => Ok(letter),
            None => self.written(message, &attachment::of_message(self.connection, message.id)?),
        }
    }

    fn sender(&self, message: &Message) -> Mailbox {
        let mail = message.extra.mail.as_deref();
        if let Some(from) = mail.and_then(|mail| mail.from.clone()).filter(|from| !from.address.is_empty()) {
            return from;
        }
        if message.kind == Kind::Inbound { self.customer() } else { self.us(message) }
    }

    fn customer(&self) -> Mailbox {
        Mailbox { name: self.told.name.clone(), address: self.address() }
    }

    fn address(&self) -> String {
        if self.told.kind == Channel::Email || self.value.contains('@') {
            return self.value.to_owned();
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() || ".-_+".contains(c) { c } else { '-' };
        let local: String = self.value.chars().map(plain).collect();
        format!("{local}@{}.{NOWHERE}", self.told.kind.as_str())
    }

    fn us(&self, message: &Message) -> Mailbox {
        let name = message.author.and_then(|author| self.authors.get(&author)).cloned().unwrap_or_default();
        let local = message.author.map_or_else(|| "desk".to_owned(), |author| format!("agent-{author}"));
        Mailbox { name, address: format!("{local}@{NOWHERE}") }
    }

    fn written(&self, message: &Message, files: &[Attachment]) -> Result<Vec<u8>, Fault> {
        let mail = message.extra.mail.as_deref();
        let from = self.sender(message);
        let to = match mail.map(|mail| mail.to.clone()).filter(|to| !to.is_empty()) {
            Some(to) => to,
            None if message.kind == Kind::Inbound => {
                vec![Mailbox { name: self.told.channel.clone(), address: format!("desk@{NOWHERE}") }]
            }
            // A note goes to nobody outside.
            None if message.kind == Kind::Note => vec![self.us(message)],
            None => vec![self.customer()],
        };
        let people = |people: &[Mailbox]| -> Vec<(String, String)> {
            people.iter().map(|one| (line(&one.name), line(&one.address))).collect()
        };
        let named = mail.map(|mail| mail.identifier.clone()).filter(|identifier| !identifier.is_empty());
        let identifier = |id: i64| format!("{id}.{}@{NOWHERE}", self.told.id);
        let subject = mail.map(|mail| mail.subject.clone()).filter(|subject| !subject.is_empty());
        let mut letter = MessageBuilder::new()
            .from((line(&from.name), line(&from.address)))
            .to(people(&to))
            .date(message.at.seconds())
            .message_id(line(&named.unwrap_or_else(|| identifier(message.id.get()))))
            .subject(line(&subject.unwrap_or_else(|| self.subject())))
            .header("X-Transom-Conversation", Raw::new(self.told.id.to_string()))
            .header("X-Transom-Kind", Raw::new(message.kind.as_str()))
            .header("X-Transom-Channel", Text::new(line(&self.told.channel)))
            .text_body(message.body.clone());
        if let Some(cc) = mail.map(|mail| people(&mail.cc)).filter(|cc| !cc.is_empty()) {
            letter = letter.cc(cc);
        }
        // The same for all of a conversation, so that mail programs show them as one thread.
        let thread = identifier(0);
        let references = mail.map(|mail| mail.references.clone()).filter(|all| !all.is_empty());
        letter = letter.references(
            references.unwrap_or_else(|| vec![thread]).iter().map(|one| line(one)).collect::<Vec<_>>(),
        );
        let answered = mail.map(|mail| mail.in_reply_to.as_slice()).unwrap_or_default();
        if !answered.is_empty() {
            // Where it is taken in again it goes to the same conversation by this line.
            letter = letter.in_reply_to(answered.iter().map(|one| line(one)).collect::<Vec<_>>());
        }
        if let Some(html) = message.html.clone() {
            letter = letter.html_body(html);
        }
        for file in files {
            let bytes = self.bytes(file)?;
            let name = if file.name.is_empty() { "file".to_owned() } else { file.name.clone() };
            letter = letter.attachment(line(&file.media_type), line(&name), bytes);
        }
        Ok(letter.write_to_vec()?)
    }

    fn subject(&self) -> String {
        if self.told.subject.is_empty() {
            format!("{} ({})", self.told.name, self.told.channel)
        } else {
            self.told.subject.clone()
        }
    }

    fn bytes(&self, file: &Attachment) -> crate::store::Result<Vec<u8>> {
        let mut all = Vec::new();
        for part in 0.. {
            let Some(bytes) = attachment::part(self.connection, file.id, part)? else { break };
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }
}

/// A text that stays on its line of the head, whatever stands in it.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A moment as it stands between the letters of such a file.
fn asctime(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a %b %e %H:%M:%S %Y").to_string()
}
