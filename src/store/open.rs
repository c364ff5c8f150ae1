//! Opening the file: made when it is not there, checked and brought up to date when it is.

use std::path::Path;
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};

use super::lease::Held;
use super::migrate::{self, Step};
use super::{Error, Result, pairing};

/// The database as a new file is created.
pub const SCHEMA: &str = include_str!("../../schema.sql");

/// What stands in the file's header so that `file` and we know whose it is ("Trsm").
pub const APPLICATION: i64 = 0x5472_736d;

/// Opens the file at `path` for writing, for as long as the descriptor is kept that it returns beside the
/// connection. An older file is brought up to date.
pub fn open(path: &Path) -> Result<(Connection, Arc<Held>)> {
    open_by(path, migrate::STEPS)
}

/// The same by other steps than the released ones.
pub fn open_by(path: &Path, steps: &[Step]) -> Result<(Connection, Arc<Held>)> {
    let held = Held::open(path).map_err(|fault| Error::File { path: path.to_owned(), fault })?;
    pairing::part(&held, path)?;
    let connection = connect(path)?;
    let Some(found) = migrate::needed(&connection, path, steps)? else { return Ok((connection, held)) };
    drop(connection);
    if held.alone().is_none() {
        let why = "another program has it open; stop that first".to_owned();
        return Err(Error::Upgrade { path: path.to_owned(), why });
    }
    let connection = connect(path)?;
    migrate::run(&connection, path, found, steps)?;
    Ok((connection, held))
}

/// Plans do not depend on the values that are bound. Without it SQLite prepares a kept statement anew whenever a value
/// is bound that its plan might depend on, which on pages was nearly each time.
pub const STEADY: DbConfig = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;

fn connect(path: &Path) -> Result<Connection> {
    let refused = |fault| refusal(path, fault);
    let connection = Connection::open(path).map_err(refused)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(STEADY, true)?;
    ours(&connection, path)?;
    // Only the checkpointer writes into the main file, also when the last connection is closed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL; PRAGMA foreign_keys = 1; PRAGMA trusted_schema = 0;
             PRAGMA cell_size_check = 1; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16384;
             PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 67108864;",
        )
        .map_err(refused)?;
    Ok(connection)
}

/// Refuses the file of another program before anything in it changes: to set the journal would write into it.
fn ours(connection: &Connection, path: &Path) -> Result<()> {
    let refused = |fault| refusal(path, fault);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(refused)?;
    if tables > 0 { claimed(connection, path) } else { Ok(()) }
}

/// Refuses a file whose head does not say that it is ours.
pub fn claimed(connection: &Connection, path: &Path) -> Result<()> {
    let owner: i64 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|fault| refusal(path, fault))?;
    if owner == APPLICATION {
        return Ok(());
    }
    let why = "it is a SQLite database of some other program".to_owned();
    Err(Error::NotOurs { path: path.to_owned(), why })
}

/// What it means that the file at `path` cannot be opened: only what SQLite calls no database is somebody else's file.
pub fn refusal(path: &Path, fault: rusqlite::Error) -> Error {
    super::standing::notice(&fault);
    let path = path.to_owned();
    match fault.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::NoRoom { path },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Error::ReadOnly { path, why: fault.to_string() }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::InUse { path },
        Some(ErrorCode::DatabaseCorrupt) => Error::Damaged { path, why: fault.to_string() },
        Some(ErrorCode::SystemIoFailure) => Error::File { path, fault: std::io::Error::other(fault) },
        _ => Error::NotOurs { path, why: fault.to_string() },
    }
}

/// Only the owner may read what customers write.
pub fn owner_only(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .map_err(|fault| Error::File { path: path.to_owned(), fault })
}
