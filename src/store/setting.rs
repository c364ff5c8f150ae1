//! Settings of the desk.

use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx};
use crate::domain::identity::Provider;

/// The names of the settings.
pub mod key {
    /// What the team calls itself.
    pub const TEAM: &str = "team";
    /// The language code of the desk where nobody chose one.
    pub const LANGUAGE: &str = "language";
    /// The IANA name of the team's time zone.
    pub const TIME_ZONE: &str = "time_zone";
    /// Two letters: where a phone number without a country code is meant.
    pub const COUNTRY: &str = "country";
    /// Where agents find help.
    pub const SUPPORT_URL: &str = "support_url";
    /// Milliseconds that a simulated desk runs ahead of the world.
    pub const CLOCK_OFFSET: &str = "clock_offset";
    /// A hash of the one-time code of the set-up page, until it is used.
    pub const SETUP_CODE: &str = "setup_code";
    /// The word that signs the addresses of files for providers, sealed.
    pub const MEDIA_KEY: &str = "media_key";
    /// The hour at which the file is copied, in the team's time zone.
    pub const COPIES_HOUR: &str = "copies_hour";
    /// Of how many days a copy is kept.
    pub const COPIES_DAILY: &str = "copies_daily";
    /// Of how many weeks a copy is kept.
    pub const COPIES_WEEKLY: &str = "copies_weekly";
    /// How many megabytes the file may hold before files are refused; none: as many as the disk has.
    pub const FILE_QUOTA: &str = "file_quota";
    /// The multimedia profile of everybody who has none of their own.
    pub const PROFILE: &str = "profile";
    /// The word that signs the addresses by which answers find their conversation.
    pub const MAIL_KEY: &str = "mail_key";
    /// Who needs a second factor to work here: `all`; none: each decides.
    pub const SECOND_FACTOR: &str = "second_factor";
    /// Whether people are told by mail what happened to their account: `off`; none: they are.
    pub const ALERTS: &str = "alerts";
    /// How people may sign in by a provider of identities: JSON of `domain::identity::Provider`.
    pub const PROVIDER: &str = "provider";
    /// Seconds in which a sent message can be taken back.
    pub const UNDO_SECONDS: &str = "undo_seconds";
    /// Minutes before a window closes on somebody who waits at which people are told; 0: nobody is.
    pub const NUDGE_MINUTES: &str = "nudge_minutes";
    /// What happens to card and account numbers in what is sent: `off`, `warn` (also where nothing is set) or `block`.
    pub const SENSITIVE: &str = "sensitive";
    /// From which role on people may see what a covered message said; none: nobody may.
    pub const UNCOVER: &str = "restricted_uncover";
    /// Where the report of restricted words goes: JSON of `domain::restricted::Report`.
    pub const RESTRICTED_REPORT: &str = "restricted_report";
    /// When the last one was made, in milliseconds.
    pub const RESTRICTED_REPORTED: &str = "restricted_reported";
    /// Small pictures may stand inside mails: `yes`. By itself they are refused.
    pub const INLINE_PICTURES: &str = "inline_pictures";
    /// Words of erased people stand in the index of contacts still: `yes`.
    pub const WORDS_DUE: &str = "words_due";
    /// The word that signs the addresses of such pictures.
    pub const PICTURE_KEY: &str = "picture_key";
    /// Where the readers of mails reach this desk, as it was told at its last start.
    pub const REACHED_AT: &str = "reached_at";
    /// Reasons are asked for when a mail was sent: `yes`.
    pub const WRAPUP_ON_SEND: &str = "wrapup_on_send";

    /// How work ends that lies in no queue: JSON of `domain::queue::Rules`, of which only the endings count.
    pub const ENDINGS: &str = "endings";

    /// Under which key an agent's signature is kept.
    pub fn signature_of_agent(agent: i64) -> String {
        format!("signature:agent:{agent}")
    }

    /// Under which key the signature of an entry point is kept.
    pub fn signature_of_channel(channel: i64) -> String {
        format!("signature:channel:{channel}")
    }

    /// Under which key it is kept that answers of an entry point quote what they answer: `yes`.
    pub fn quotes(channel: i64) -> String {
        format!("quotes:channel:{channel}")
    }
}

/// The value of a setting.
pub fn get(connection: &Connection, key: &str) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// The provider by which people may sign in; none where none is set up.
pub fn provider(connection: &Connection) -> Result<Option<Provider>> {
    let kept = get(connection, key::PROVIDER)?;
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Sets a setting, or clears it.
pub fn set(tx: &Tx<'_>, key: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => tx
            .prepare_cached(
                "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2",
            )?
            .execute((key, value))?,
        None => tx.prepare_cached("DELETE FROM setting WHERE key = ?1")?.execute([key])?,
    };
    Ok(())
}

/// The clock that the team goes by.
pub fn zone(connection: &Connection) -> Result<TimeZone> {
    let name = get(connection, key::TIME_ZONE)?;
    Ok(name.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC))
}
