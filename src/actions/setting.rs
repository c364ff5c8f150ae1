//! The settings of the desk.

use jiff::tz::TimeZone;
use serde_json::json;

use super::Result;
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::{Refused, Timestamp, phone};
use crate::store::setting::{self, key};
use crate::store::{Tx, event};

/// The longest time in which a sent message can be taken back, in seconds.
pub const MOST_UNDO: u32 = 60;

/// The longest time before a window closes at which people are told, in minutes.
pub const MOST_NUDGE: u32 = 24 * 60;

/// A setting with its new value; an empty one clears it.
pub type Change = (&'static str, String);

/// Changes settings, all of them or none.
pub fn change(tx: &Tx<'_>, by: &Viewer, changes: &[Change], now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let mut changed = Vec::new();
    for (name, value) in changes {
        let value = normal(name, value.trim())?;
        if setting::get(tx, name)? != value {
            setting::set(tx, name, value.as_deref())?;
            changed.push(*name);
        }
    }
    if !changed.is_empty() {
        tell(tx, by, &changed, now)?;
    }
    Ok(())
}

/// The log says which settings somebody changed, never what stands in them.
pub(super) fn tell(tx: &Tx<'_>, by: &Viewer, names: &[&str], now: Timestamp) -> Result<()> {
    let data = json!({ "settings": names });
    let new = event::New { kind: kind::SETTING_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}

/// The value as it is kept, or what is wrong with it.
fn normal(name: &'static str, value: &str) -> std::result::Result<Option<String>, Refused> {
    let refused = |problem| Err(Refused::Field { field: name, problem });
    if value.is_empty() {
        return if name == key::TEAM { refused(Problem::Missing) } else { Ok(None) };
    }
    let fits = match name {
        key::TEAM if value.chars().count() > 80 => return refused(Problem::TooLong { most: 80 }),
        key::LANGUAGE => value.len() <= 8 && value.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
        key::TIME_ZONE => TimeZone::get(value).is_ok(),
        key::SENSITIVE => matches!(value, "off" | "warn" | "block"),
        key::UNCOVER => value.parse::<Role>().is_ok(),
        key::SECOND_FACTOR => value == "all",
        key::ALERTS => value == "off",
        key::WRAPUP_ON_SEND | key::INLINE_PICTURES => value == "yes",
        key::COUNTRY => phone::calling_code(value).is_some(),
        key::SUPPORT_URL if !is_link(value) => return refused(Problem::NotAUrl),
        key::UNDO_SECONDS => return number(name, value, MOST_UNDO),
        key::FILE_QUOTA => return number(name, value, 100_000_000),
        key::NUDGE_MINUTES => return number(name, value, MOST_NUDGE),
        key::COPIES_HOUR => return number(name, value, 23),
        key::COPIES_DAILY => return number(name, value, 366),
        key::COPIES_WEEKLY => return number(name, value, 520),
        _ => true,
    };
    if fits { Ok(Some(value.to_owned())) } else { refused(Problem::Unknown) }
}

/// A number up to `most`.
fn number(name: &'static str, value: &str, most: u32) -> std::result::Result<Option<String>, Refused> {
    let refused = |problem| Err(Refused::Field { field: name, problem });
    match value.parse::<u32>() {
        Ok(number) if number <= most => Ok(Some(number.to_string())),
        Ok(_) => refused(Problem::Beyond { most }),
        Err(_) => refused(Problem::NotANumber),
    }
}

/// A page or a mail address where agents find help; nothing that a browser would run.
fn is_link(value: &str) -> bool {
    let plain = !value.chars().any(|c| c.is_whitespace() || c.is_control());
    let known = ["https://", "http://", "mailto:"].iter();
    plain
        && value.len() <= 500
        && known.clone().any(|start| value.len() > start.len() && value.starts_with(start))
}
