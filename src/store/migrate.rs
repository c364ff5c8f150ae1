//! From one released schema to the next, and the way back.
//!
//! The steps are data. Before the first of them runs, the file is copied beside itself; the steps are tried on a
//! second copy, and that is checked; only then does the file itself change, in one transaction over all steps. So
//! a step that fails has changed nothing, a power loss leaves the old file or the new one, and `transom rollback`
//! has something to return to.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::check::{self, Step as Check};
use super::open::{APPLICATION, SCHEMA};
use super::{Error, Result, backup, durable, pairing};

/// One way from a released schema to the next.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What it brings, for the log.
    pub name: &'static str,
    pub sql: &'static str,
}

/// The released steps in their order; the first makes a new file. Until the first release it is [`SCHEMA`] itself;
/// at the release that is frozen, and each later schema is a step more.
pub const STEPS: &[Step] = &[Step { name: "the first schema", sql: SCHEMA }];

/// Room that must be left on the disk beside both copies.
const SPARE: u64 = 64 << 20;

/// The schema of a file that is to be brought up to date; `None` when it is, also because it was just made.
pub fn needed(connection: &Connection, path: &Path, steps: &[Step]) -> Result<Option<i64>> {
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let refused = |fault| super::open::refusal(path, fault);
    let version = version(connection).map_err(refused)?;
    let found = pairing::schema(version);
    if found > known {
        return Err(Error::Newer { path: path.to_owned(), found, known });
    }
    if found == 0 {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let made = connection
            .pragma_update(None, "application_id", APPLICATION)
            .map_err(Error::from)
            .and_then(|()| apply(connection, steps, known));
        return match made {
            Err(Error::Sqlite(fault)) => Err(refused(fault)),
            made => made.map(|()| None),
        };
    }
    Ok((found < known).then_some(found))
}

/// Brings the file from schema `found` to the last one.
pub fn run(connection: &Connection, path: &Path, found: i64, steps: &[Step]) -> Result<()> {
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let steps = steps.get(usize::try_from(found).unwrap_or(0)..).unwrap_or_default();
    let refused = |fault: Error| Error::Upgrade { path: path.to_owned(), why: fault.to_string() };
    room(connection, path)?;
    let kept = keep(connection, path, known).map_err(refused)?;
    log::info!("the file as it was before the upgrade lies in {}", kept.display());
    attempt(&kept, path, steps, known)?;
    alter(connection, steps, known).map_err(refused)?;
    for step in steps {
        log::info!("the file was brought up to date: {}", step.name);
    }
    Ok(())
}

/// Where the copy from before schema `schema` lies.
pub fn kept_at(path: &Path, schema: i64) -> PathBuf {
    pairing::beside(path, &format!(".before-schema-{schema}"))
}

/// The schema of a file, which is read only.
pub fn schema(connection: &Connection) -> Result<i64> {
    Ok(pairing::schema(version(connection)?))
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Two copies must fit onto the disk.
fn room(connection: &Connection, path: &Path) -> Result<()> {
    let pages: u64 =
        connection.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))?.unsigned_abs();
    let size: u64 =
        connection.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))?.unsigned_abs();
    let needed = 2 * pages * size + SPARE;
    let disk = rustix::fs::statvfs(path)
        .map_err(|fault| Error::File { path: path.to_owned(), fault: fault.into() })?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free >= needed {
        return Ok(());
    }
    let why = format!(
        "two copies are made first, which needs {} MB, and {} MB are free on the disk",
        needed >> 20,
        free >> 20
    );
    Err(Error::Upgrade { path: path.to_owned(), why })
}

/// Copies the file beside itself. A copy of that name is always a whole one.
fn keep(connection: &Connection, path: &Path, known: i64) -> Result<PathBuf> {
    let kept = kept_at(path, known);
    let unfinished = pairing::beside(&kept, ".unfinished");
    pairing::remove(&unfinished);
    let copied = backup::copy(connection, &unfinished, backup::Pace::Full, &mut |_, _| true);
    if let Err(fault) = copied {
        pairing::remove(&unfinished);
        return Err(fault);
    }
    // There must be a way back as soon as the file itself is changed.
    durable::rename(&unfinished, &kept).map_err(|fault| Error::File { path: kept.clone(), fault })?;
    pairing::remove(&unfinished);
    Ok(kept)
}

/// Tries the steps on a copy, and checks what comes out.
fn attempt(kept: &Path, path: &Path, steps: &[Step], known: i64) -> Result<()> {
    let trial = pairing::beside(path, ".trial");
    pairing::remove(&trial);
    let outcome = tried(kept, &trial, steps, known);
    pairing::remove(&trial);
    let refused = |why: String| Error::Upgrade { path: path.to_owned(), why };
    match outcome {
        Ok(wrong) => wrong
            .first()
            .map_or(Ok(()), |wrong| Err(refused(format!("the copy was not whole then: {wrong}")))),
        Err(fault) => Err(refused(fault.to_string())),
    }
}

fn tried(kept: &Path, trial: &Path, steps: &[Step], known: i64) -> Result<Vec<String>> {
    fs::copy(kept, trial).map_err(|fault| Error::File { path: trial.to_owned(), fault })?;
    let connection = Connection::open(trial)?;
    connection
        .execute_batch("PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1; PRAGMA synchronous = OFF")?;
    alter(&connection, steps, known)?;
    let mut wrong = Vec::new();
    for step in Check::ALL {
        wrong.extend(check::run(&connection, step)?);
    }
    Ok(wrong)
}

/// All steps or none. A table that is built anew must not take along what points at it, so references are looked at
/// in the end and not meanwhile.
fn alter(connection: &Connection, steps: &[Step], known: i64) -> Result<()> {
    // Nor may it turn views to its old name, or stumble over them: they are looked at in the end as well.
    connection.execute_batch("PRAGMA foreign_keys = 0; PRAGMA legacy_alter_table = 1; BEGIN IMMEDIATE")?;
    let outcome = apply(connection, steps, known);
    connection.execute_batch("PRAGMA legacy_alter_table = 0; PRAGMA foreign_keys = 1")?;
    outcome
}

/// Runs the steps in the transaction that is open, and ends it.
fn apply(connection: &Connection, steps: &[Step], known: i64) -> Result<()> {
    let outcome = steps.iter().try_for_each(|step| connection.execute_batch(step.sql).map_err(Error::from));
    let outcome = outcome.and_then(|()| {
        let wrong = check::run(connection, Check::References)?;
        if let Some(why) = wrong.into_iter().next() {
            return Err(Error::Upgrade { path: PathBuf::from("the database"), why });
        }
        views(connection)?;
        let marked = pairing::with_schema(version(connection)?, known);
        connection.pragma_update(None, "user_version", marked)?;
        Ok(connection.execute_batch("COMMIT")?)
    });
    if outcome.is_err() {
        // What failed may have ended the transaction itself.
        let _ = connection.execute_batch("ROLLBACK");
    }
    outcome
}

/// Every view still finds what it shows.
fn views(connection: &Connection) -> Result<()> {
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'")?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for table in names {
        connection.prepare(&format!("SELECT * FROM {table}"))?;
    }
    Ok(())
}
