//! What was kept as long as it should be goes, in small steps.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::channel::Channel;
use crate::domain::event::kind;
use crate::domain::message::{Attachment, Message};
use crate::domain::refused::Problem;
use crate::domain::retention::{Amount, Rule};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::retention::{self, Passed};
use crate::store::{self, Connection, Tx, event};

/// A hundred years.
const MOST: u32 = 36_500;
/// How many are counted before they are only "many".
pub const COUNTED: u32 = 1000;
/// How many files, letters or messages are looked at for that.
const LOOKED_AT: u32 = 20_000;
/// For each that may go at once, so many are looked at: most belong to other channels.
const AHEAD: u32 = 20;

/// Reads the field `name` of a form: days, or nothing for ever.
pub fn days(name: &'static str, text: &str) -> std::result::Result<Option<u32>, Refused> {
    let refused = |problem| Err(Refused::Field { field: name, problem });
    match text.parse::<u32>() {
        _ if text.is_empty() => Ok(None),
        Ok(days) if (1..=MOST).contains(&days) => Ok(Some(days)),
        Ok(_) => refused(Problem::Unknown),
        Err(_) => refused(Problem::NotANumber),
    }
}

/// Sets how long things are kept on this channel.
pub fn set(tx: &Tx<'_>, by: &Viewer, channel: Id<Channel>, rule: Rule, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    store::channel::get(tx, channel)?.ok_or(Error::NotFound)?;
    retention::set(tx, channel, rule)?;
    let data = json!({
        "id": channel.get(), "retention": {
            "conversations": rule.conversations, "files": rule.files, "letters": rule.letters, "texts": rule.texts,
        },
    });
    let new = event::New { kind: kind::CHANNEL_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}

/// What would go now by this rule, each counted up to [`COUNTED`].
pub fn foretell(connection: &Connection, channel: Id<Channel>, rule: Rule, now: Timestamp) -> Result<Amount> {
    let conversations = match Rule::before(rule.conversations, now) {
        Some(before) => retention::silent(connection, channel, before, COUNTED)?.len(),
        None => 0,
    };
    Ok(Amount {
        conversations,
        files: count(rule.files, now, || retention::files(connection, channel, 0, LOOKED_AT))?,
        letters: count(rule.letters, now, || retention::letters(connection, channel, 0, LOOKED_AT))?,
        texts: count(rule.texts, now, || retention::texts(connection, channel, 0, LOOKED_AT))?,
    })
}

fn count<T>(
    days: Option<u32>,
    now: Timestamp,
    look: impl FnOnce() -> store::Result<Vec<Passed<T>>>,
) -> Result<usize> {
    let Some(before) = Rule::before(days, now) else { return Ok(0) };
    let passed = look()?;
    let old = passed.iter().take_while(|one| one.at < before);
    Ok(old.filter(|one| one.counts).take(usize::try_from(COUNTED).unwrap_or(usize::MAX)).count())
}

/// Lets up to `most` of each go on this channel. Whether there may be more.
pub fn sweep(tx: &Tx<'_>, channel: Id<Channel>, now: Timestamp, most: u32) -> Result<bool> {
    let rule = retention::get(tx, channel)?;
    let conversations = match Rule::before(rule.conversations, now) {
        Some(before) => retention::silent(tx, channel, before, most)?,
        None => Vec::new(),
    };
    for id in &conversations {
        retention::remove_conversation(tx, *id)?;
    }
    let mut seen = retention::seen(tx, channel)?;
    let look = most.saturating_mul(AHEAD);
    let (files, more_files) = pass(
        rule.files,
        now,
        most,
        &mut seen.files,
        Walk {
            next: &|after| retention::files(tx, channel, after, look),
            take: &|id: Id<Attachment>| retention::remove_file(tx, id),
        },
    )?;
    let (letters, more_letters) = pass(
        rule.letters,
        now,
        most,
        &mut seen.letters,
        Walk {
            next: &|after| retention::letters(tx, channel, after, look),
            take: &|id: Id<Message>| retention::remove_letter(tx, id),
        },
    )?;
    let (texts, more_texts) = pass(
        rule.texts,
        now,
        most,
        &mut seen.texts,
        Walk {
            next: &|after| retention::texts(tx, channel, after, look),
            take: &|id: Id<Message>| retention::remove_text(tx, id),
        },
    )?;
    retention::see(tx, channel, seen)?;
    if conversations.len() + files + letters + texts > 0 {
        let data = json!({
            "channel": channel.get(), "conversations": conversations.len(), "files": files, "letters": letters,
            "texts": texts,
        });
        event::append(tx, &event::New { kind: kind::RETENTION_DELETED, data, ..event::New::default() }, now)?;
    }
    let full = conversations.len() == usize::try_from(most).unwrap_or(usize::MAX);
    Ok(full || more_files || more_letters || more_texts)
}

/// A walk from the oldest to the newest.
struct Walk<'w, T> {
    next: &'w dyn Fn(i64) -> store::Result<Vec<Passed<T>>>,
    take: &'w dyn Fn(Id<T>) -> store::Result<()>,
}

/// Each is looked at once, from the oldest on: how many went, and whether there are more to look at.
fn pass<T>(
    days: Option<u32>,
    now: Timestamp,
    most: u32,
    seen: &mut i64,
    walk: Walk<'_, T>,
) -> Result<(usize, bool)> {
    let Some(before) = Rule::before(days, now) else { return Ok((0, false)) };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let passed = (walk.next)(*seen)?;
    let any = !passed.is_empty();
    let mut gone = 0;
    for one in passed {
        if one.at >= before {
            return Ok((gone, false));
        }
        if gone == most {
            return Ok((gone, true));
        }
        if one.counts {
            (walk.take)(one.id)?;
            gone += 1;
        }
        *seen = one.id.get();
    }
    Ok((gone, any))
}
