//! Where a mail belongs, by evidence: the strongest first, and never by the subject alone.
//!
//! 1. An address with our signature: it was ours to give away.
//! 2. The identifiers that it answers: only who had one of the mails knows them.
//! 3. The number in its subject, from somebody who takes part already: numbers can be guessed.
//! 4. The same sender with the same subject, within some days: for programs that leave everything else out.
//!
//! Whoever writes into a conversation without having taken part is shown as new in it and gains nothing: what
//! answers go to is decided by the mail that is answered, not by who wrote last.

use crate::actions::{Result, mail_thread};
use crate::domain::channel::Channel;
use crate::domain::contact::Address;
use crate::domain::conversation::Conversation;
use crate::domain::mail::{Envelope, Evidence, base_subject, conversation_in};
use crate::domain::message::{Kind, Message};
use crate::domain::{Id, Span, Timestamp};
use crate::store::{Tx, conversation as threads, mail, message, moves};

/// For how many days the same sender with the same subject goes on where the last one lies, when nobody said.
const DAYS: i64 = 7;
/// How many conversations of one sender are looked at.
const LATEST: u32 = 20;
/// How many entries of a thread are asked who takes part.
const THREAD: u32 = 200;

/// A mail to be placed.
pub(super) struct Asked<'a> {
    pub mail: &'a Envelope,
    /// Whoever wrote it.
    pub address: &'a Address,
    pub delivered_to: &'a [String],
}

/// The conversation that the mail goes on in, and why; `None`: it begins one.
pub(super) fn place(
    tx: &Tx<'_>,
    channel: &Channel,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Result<Option<(Conversation, Evidence)>> {
    if let Some((id, address)) = mail_thread::named(tx, channel, asked.delivered_to)?
        && let Some(found) = there(tx, channel, id)?
    {
        return Ok(Some((found, because("address", address))));
    }
    if let Some(found) = by_reference(tx, channel, asked.mail)? {
        return Ok(Some(found));
    }
    if let Some(id) = conversation_in(&asked.mail.subject)
        && let Some(found) = there(tx, channel, id)?
        && takes_part(tx, &found, asked.address)?
    {
        return Ok(Some((found, because("subject_token", format!("[#{id}]")))));
    }
    by_subject(tx, channel, asked, now)
}

/// Evidence in its two words.
pub(super) fn because(by: &str, found: impl Into<String>) -> Evidence {
    Evidence { by: by.to_owned(), found: found.into() }
}

/// The conversation of this number on this entry point, or the one that it was merged into.
fn there(tx: &Tx<'_>, channel: &Channel, id: Id<Conversation>) -> Result<Option<Conversation>> {
    let id = moves::now_in(tx, id)?;
    Ok(threads::get(tx, id)?.filter(|found| found.channel == channel.id))
}

fn by_reference(tx: &Tx<'_>, channel: &Channel, mail: &Envelope) -> Result<Option<(Conversation, Evidence)>> {
    for known in [&mail.in_reply_to, &mail.references] {
        if known.is_empty() {
            continue;
        }
        let Some(found) = mail::by_identifiers(tx, channel.id, known)? else { continue };
        let Some(found) = message::get(tx, found)? else { continue };
        if let Some(thread) = there(tx, channel, found.conversation)? {
            let identifier = found.extra.mail.as_ref().map(|mail| mail.identifier.clone());
            let identifier = identifier.filter(|identifier| known.contains(identifier));
            return Ok(Some((thread, because("reference", identifier.unwrap_or_default()))));
        }
    }
    Ok(None)
}

fn by_subject(
    tx: &Tx<'_>,
    channel: &Channel,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Result<Option<(Conversation, Evidence)>> {
    let subject = base_subject(&asked.mail.subject);
    let days = channel.settings.get("thread_days").and_then(|days| days.parse().ok()).unwrap_or(DAYS);
    if subject.is_empty() || days == 0 || asked.address.value.ends_with(".invalid") {
        return Ok(None);
    }
    let since = now - Span::days(days.clamp(0, 3650));
    let latest = threads::of_address(tx, asked.address.id, channel.id, LATEST)?;
    let same =
        |thread: &Conversation| thread.last_message_at >= since && base_subject(&thread.subject) == subject;
    let Some(found) = latest.into_iter().find(same) else { return Ok(None) };
    let evidence = because("sender_and_subject", asked.mail.subject.clone());
    Ok(there(tx, channel, found.id)?.map(|found| (found, evidence)))
}

/// Whether this person wrote in the conversation, or was written to.
pub(super) fn takes_part(tx: &Tx<'_>, conversation: &Conversation, address: &Address) -> Result<bool> {
    if conversation.address == address.id || conversation.contact == address.contact {
        return Ok(true);
    }
    let entries = message::entries(tx, conversation.id, None, THREAD)?;
    Ok(entries.iter().any(|entry| names(entry, &address.value)))
}

fn names(entry: &Message, address: &str) -> bool {
    let Some(mail) = &entry.extra.mail else { return false };
    match entry.kind {
        Kind::Inbound => mail.from.as_ref().is_some_and(|from| from.address == address),
        // Whom a customer copied in was not written to by us.
        Kind::Outbound => {
            [&mail.to, &mail.cc, &mail.bcc].into_iter().flatten().any(|one| one.address == address)
        }
        Kind::Note | Kind::Event => false,
    }
}
