//! Opening the file: made when it is not there, checked and brought up to date when it is.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::lease::Held;
use super::{Error, Result, pairing};

/// The database as a new file is created.
pub const SCHEMA: &str = include_str!("../../schema.sql");

/// The steps from one released schema to the next. Until the first release there is one, and it is
/// [`SCHEMA`] itself; at the release it is frozen as `migrations/0001-initial.sql`.
pub const MIGRATIONS: &[&str] = &[SCHEMA];

/// What stands in the file's header so that `file` and we know whose it is ("Trsm").
pub const APPLICATION: i64 = 0x5472_736d;

/// Opens the file at `path` for writing, for as long as the descriptor is kept that it returns beside the
/// connection.
pub fn open(path: &Path) -> Result<(Connection, Arc<Held>)> {
    let held = Held::open(path).map_err(|fault| Error::File { path: path.to_owned(), fault })?;
    pairing::part(&held, path)?;
    let connection = Connection::open(path)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Only the checkpointer writes into the main file, also when the last connection is closed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let not_ours = |fault: rusqlite::Error| Error::NotOurs { path: path.to_owned(), why: fault.to_string() };
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = 1; PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1;
             PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;
             PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 67108864;",
        )
        .map_err(not_ours)?;
    migrate(&connection, path)?;
    Ok((connection, held))
}

fn migrate(connection: &Connection, path: &Path) -> Result<()> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = pairing::schema(version);
    if found > known {
        return Err(Error::Newer { path: path.to_owned(), found, known });
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let owner: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if tables > 0 && owner != APPLICATION {
        let why = "it is a SQLite database of some other program".to_owned();
        return Err(Error::NotOurs { path: path.to_owned(), why });
    }
    if found == 0 {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {SCHEMA}
             PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {known}; COMMIT;"
        ))?;
        return Ok(());
    }
    for (step, sql) in (found + 1..).zip(MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0))) {
        let marked = pairing::with_schema(version, step);
        connection
            .execute_batch(&format!("BEGIN IMMEDIATE; {sql}; PRAGMA user_version = {marked}; COMMIT;"))?;
    }
    Ok(())
}

/// Only the owner may read what customers write.
pub fn owner_only(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .map_err(|fault| Error::File { path: path.to_owned(), fault })
}
