//! What was kept as long as it should be goes, in small steps.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::channel::Channel;
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::retention::Rule;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Connection, Tx, event, retention};

/// A hundred years.
const MOST: u32 = 36_500;
/// How many are counted before they are only "many".
pub const COUNTED: u32 = 1000;
/// How many files are looked at for that.
const LOOKED_AT: u32 = 20_000;

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
        "id": channel.get(), "retention": { "conversations": rule.conversations, "files": rule.files },
    });
    let new = event::New { kind: kind::CHANNEL_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}

/// What would go now by this rule: conversations and files, each counted up to [`COUNTED`].
pub fn foretell(
    connection: &Connection,
    channel: Id<Channel>,
    rule: Rule,
    now: Timestamp,
) -> Result<(usize, usize)> {
    let conversations = match rule.conversations_before(now) {
        Some(before) => retention::silent(connection, channel, before, COUNTED)?.len(),
        None => 0,
    };
    let files = match rule.files_before(now) {
        Some(before) => {
            let passed = retention::files(connection, channel, 0, LOOKED_AT)?;
            let old = passed.iter().take_while(|file| file.at < before);
            old.filter(|file| file.counts).take(usize::try_from(COUNTED).unwrap_or(usize::MAX)).count()
        }
        None => 0,
    };
    Ok((conversations, files))
}

/// Lets up to `most` of each go on this channel. Whether there may be more.
pub fn sweep(tx: &Tx<'_>, channel: Id<Channel>, now: Timestamp, most: u32) -> Result<bool> {
    let rule = retention::get(tx, channel)?;
    let conversations = match rule.conversations_before(now) {
        Some(before) => retention::silent(tx, channel, before, most)?,
        None => Vec::new(),
    };
    for id in &conversations {
        retention::remove_conversation(tx, *id)?;
    }
    let (files, more) = match rule.files_before(now) {
        Some(before) => sweep_files(tx, channel, before, most)?,
        None => (0, false),
    };
    if !conversations.is_empty() || files > 0 {
        let data = json!({ "channel": channel.get(), "conversations": conversations.len(), "files": files });
        event::append(tx, &event::New { kind: kind::RETENTION_DELETED, data, ..event::New::default() }, now)?;
    }
    Ok(more || conversations.len() == usize::try_from(most).unwrap_or(usize::MAX))
}

/// Files are looked through once, from the oldest on: how many went, and whether there are more to look at.
fn sweep_files(tx: &Tx<'_>, channel: Id<Channel>, before: Timestamp, most: u32) -> Result<(usize, bool)> {
    let mut seen = retention::seen(tx, channel)?;
    let passed = retention::files(tx, channel, seen, most)?;
    let full = passed.len() == usize::try_from(most).unwrap_or(usize::MAX);
    let (mut gone, mut ended) = (0, false);
    for file in passed {
        if file.at >= before {
            ended = true;
            break;
        }
        if file.counts {
            retention::remove_file(tx, file.id)?;
            gone += 1;
        }
        seen = file.id.get();
    }
    retention::see(tx, channel, seen)?;
    Ok((gone, full && !ended))
}
