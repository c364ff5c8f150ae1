//! Settings of the desk.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx};

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
    /// The multimedia profile of everybody who has none of their own.
    pub const PROFILE: &str = "profile";
    /// The word that signs the addresses by which answers find their conversation.
    pub const MAIL_KEY: &str = "mail_key";
    /// Seconds in which a sent message can be taken back.
    pub const UNDO_SECONDS: &str = "undo_seconds";
}

/// The value of a setting.
pub fn get(connection: &Connection, key: &str) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
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
