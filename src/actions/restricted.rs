//! Restricted words (S217): they are not sent, and covered where they are received. What a message said is kept beside
//! it, for those who may see it.

use super::{Error, Result, reach};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::conversation::Conversation;
use crate::domain::event::kind;
use crate::domain::inbound::Incoming;
use crate::domain::message::Message;
use crate::domain::refused::Problem;
use crate::domain::restricted::{self as rules, Find, Held, LONGEST, MOST, Original, Restricted, Way, Word};
use crate::domain::{Id, Refused, Timestamp, rich};
use crate::store::setting::{self, key};
use crate::store::{self, Connection, Tx, event, restricted};

/// Adds words to the list, one a line; one that stands there already is held back as it is said now. How many were
/// read.
pub fn add(tx: &Tx<'_>, by: &Viewer, typed: &str, held: Held, now: Timestamp) -> Result<usize> {
    by.must_be(Role::Admin)?;
    let wrong = |problem| Error::from(Refused::Field { field: "words", problem });
    let lines = typed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let words: Vec<(String, String)> =
        lines.map(|word| (rules::key(&word), word)).filter(|(_, word)| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(wrong(Problem::Missing));
    }
    if words.iter().any(|(key, _)| key.is_empty()) {
        return Err(wrong(Problem::Wrong));
    }
    if words.iter().any(|(_, word)| word.chars().count() > LONGEST) {
        return Err(wrong(Problem::TooLong { most: 80 }));
    }
    for (key, word) in &words {
        restricted::put(tx, (word, key), held, now)?;
    }
    if restricted::all(tx)?.len() > MOST {
        return Err(wrong(Problem::TooMany { most: 1000 }));
    }
    log(tx, by, now)?;
    Ok(words.len())
}

/// Takes a word off the list. What is covered stays so.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Word>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    if restricted::delete(tx, id)? { log(tx, by, now) } else { Err(Error::NotFound) }
}

fn log(tx: &Tx<'_>, by: &Viewer, now: Timestamp) -> Result<()> {
    super::setting::tell(tx, by, &["restricted_words"], now)
}

fn list(connection: &Connection, way: Way) -> Result<Restricted> {
    Ok(Restricted::of(&restricted::all(connection)?, way))
}

/// The words of the list that stand in these texts, each once.
fn named(list: &Restricted, texts: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = texts.iter().flat_map(|text| list.found(text)).map(str::to_owned).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Refuses texts in which a word stands that the team does not send.
pub(super) fn sendable(connection: &Connection, texts: &[&str]) -> Result<()> {
    let list = list(connection, Way::Sent)?;
    let words = named(&list, texts);
    if words.is_empty() { Ok(()) } else { Err(Refused::RestrictedWords { words }.into()) }
}

/// The same for a message of ours that is to leave once more.
pub(super) fn again(connection: &Connection, message: &Message) -> Result<()> {
    match &message.extra.typed {
        Some(typed) => sendable(connection, &[&rich::plain(typed)]),
        None => sendable(connection, &[&message.body]),
    }
}

/// Notes, for the report, that somebody wanted to send these words.
pub fn withheld(tx: &Tx<'_>, agent: Option<Id<Agent>>, words: &[String], now: Timestamp) -> Result<()> {
    for word in words {
        let find = Find { at: now, word: word.clone(), way: Way::Sent, agent, conversation: None };
        restricted::note(tx, &find)?;
    }
    Ok(())
}

/// The message with its restricted words covered; `None` where none stands in it.
pub(super) fn covered(connection: &Connection, incoming: &Incoming) -> Result<Option<Incoming>> {
    let list = list(connection, Way::Received)?;
    if list.is_empty() {
        return Ok(None);
    }
    let (subject, html) = (incoming.subject.as_deref().unwrap_or_default(), incoming.html.as_deref());
    let covered_html = html.map(|html| list.covered_html(html));
    let covered = (list.covered(subject), list.covered(&incoming.body));
    let in_html = covered_html.as_ref().map_or(0, |(_, count)| *count);
    if covered.0.is_none() && covered.1.is_none() && in_html == 0 {
        return Ok(None);
    }
    let words = named(&list, &[subject, &incoming.body]);
    let original = Original {
        subject: subject.to_owned(),
        body: incoming.body.clone(),
        html: incoming.html.clone(),
        words,
    };
    let mut shown = incoming.clone();
    // Tags may part a word. What cannot be covered in its form is shown as plain text.
    let whole = in_html >= list.count(&incoming.body);
    shown.html = covered_html.map(|(html, _)| html).filter(|_| whole);
    if let Some(body) = covered.1 {
        shown.body = body;
    }
    if let Some(subject) = covered.0 {
        if let Some(head) = shown.extra.mail.as_mut() {
            head.subject.clone_from(&subject);
        }
        shown.subject = Some(subject);
    }
    shown.extra.covered = true;
    shown.extra.original = Some(Box::new(original));
    Ok(Some(shown))
}

/// Keeps what a covered message said, beside it, and notes which words were found.
pub(super) fn keep(
    tx: &Tx<'_>,
    conversation: Id<Conversation>,
    (message, original): (Id<Message>, &Original),
    now: Timestamp,
) -> Result<()> {
    restricted::keep(tx, message, original)?;
    for word in &original.words {
        let conversation = Some(conversation);
        let find = Find { at: now, word: word.clone(), way: Way::Received, agent: None, conversation };
        restricted::note(tx, &find)?;
    }
    Ok(())
}

/// The new text of a message that the customer changed, covered; `None` where nothing is to cover.
pub(super) fn covered_edit(
    tx: &Tx<'_>,
    message: &Message,
    body: &str,
    now: Timestamp,
) -> Result<Option<String>> {
    let list = list(tx, Way::Received)?;
    let Some(covered) = list.covered(body) else { return Ok(None) };
    if covered != message.body {
        let words = list.found(body).into_iter().map(str::to_owned).collect();
        let original = Original { subject: String::new(), body: body.to_owned(), html: None, words };
        keep(tx, message.conversation, (message.id, &original), now)?;
    }
    Ok(Some(covered))
}

/// Whether `by` may see what covered messages said.
pub fn may_uncover(connection: &Connection, by: &Viewer) -> Result<bool> {
    Ok(rules::may_uncover(setting::get(connection, key::UNCOVER)?.as_deref(), by.role))
}

/// Shows what a covered message said; the log keeps who looked.
pub fn uncover(tx: &Tx<'_>, by: &Viewer, id: Id<Message>, now: Timestamp) -> Result<Original> {
    let message = store::message::get(tx, id)?.ok_or(Error::NotFound)?;
    let conversation = reach::conversation(tx, by, message.conversation)?;
    if !may_uncover(tx, by)? {
        return Err(Refused::NeedsRole { role: least(tx)? }.into());
    }
    let original = restricted::original(tx, id)?.ok_or(Error::NotFound)?;
    let new = event::New {
        kind: kind::MESSAGE_UNCOVERED,
        agent: by.author(),
        conversation: Some(conversation.id),
        contact: Some(conversation.contact),
        message: Some(id),
        ..event::New::default()
    };
    event::append(tx, &new, now)?;
    Ok(original)
}

/// Who can help somebody who may not: the first role that may, or those who can give the right.
fn least(connection: &Connection) -> Result<Role> {
    let set = setting::get(connection, key::UNCOVER)?;
    Ok(set.and_then(|role| role.parse().ok()).unwrap_or(Role::Admin))
}
