//! `transom restore`: puts a copy in the place of a desk, after looking whether it is whole.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::Arguments;
use super::leftover::Leftover;
use super::{Command, DB, Error, JSON, desk, print, print_json, serve};
use crate::actions::dispatch;
use crate::clock::Clock;
use crate::store::checkpoint::Checkpointer;
use crate::store::copies::{Copies, Plan};
use crate::store::lease::Held;
use crate::store::writer::PATIENCE;
use crate::store::{Readers, Writer, check, durable, open, pairing};
use crate::vault;

pub const COMMAND: Command = Command {
    name: "restore",
    operands: "FILE",
    summary: "Put the copy FILE in the place of a desk that is not running",
    about: "Checks the copy first and changes nothing when it is not whole. The old file is kept beside it. What\n\
            waited to be sent when the copy was made may have left since, so it is not sent again by itself: each\n\
            such message is shown as unsure, and a person decides. FILE stays as it is.",
    options: &[DB, JSON],
    run,
};

fn run(mut arguments: Arguments) -> Result<(), Error> {
    let from = PathBuf::from(arguments.require_operand("FILE")?);
    arguments.finish()?;
    let db = desk::path(&arguments);
    desk::exists(&from)?;
    desk::folder_exists(&db)?;
    let same = std::fs::canonicalize(&from).ok() == std::fs::canonicalize(&db).ok();
    if same && db.exists() {
        return Err(Error::Failed(format!("{} is the desk itself", from.display())));
    }
    let _served = if vault::key_path(&db).exists() { Some(serve::alone(&db)?) } else { None };
    let staged = Leftover::new(pairing::beside(&db, ".restoring"));
    let waiting = stage(&from, staged.path())?;
    // Between the two names the file must not go.
    let staged = staged.keep();
    let old = swap(&staged, &db).inspect_err(|_| pairing::remove(&staged))?;
    if arguments.has("json") {
        return print_json(&serde_json::json!({ "file": db, "old": old, "unsure": waiting }));
    }
    print(&format!("{} is whole and stands at {} now.\n", from.display(), db.display()))?;
    if let Some(old) = old {
        print(&format!("The old file is kept as {}.\n", old.display()))?;
    }
    if waiting > 0 {
        print(&format!(
            "{waiting} messages waited to be sent; each is unsure until somebody decides about it.\n"
        ))?;
    }
    Ok(())
}

/// Copies FILE beside the desk and makes it ready. Returns how many messages waited to be sent.
fn stage(from: &Path, staged: &Path) -> Result<usize, Error> {
    let failed = |fault: crate::store::Error| refused(from, staged, &fault);
    let file = |fault: std::io::Error| Error::Failed(format!("{}: {fault}", from.display()));
    std::fs::copy(from, staged).map_err(file)?;
    let log = pairing::beside(from, "-wal");
    if log.exists() {
        // Opening the copy finds out whether the two belong together.
        std::fs::copy(&log, pairing::beside(staged, "-wal")).map_err(file)?;
    }
    open::owner_only(staged).map_err(failed)?;
    ours(from, staged)?;
    let (connection, held) = open::open(staged).map_err(failed)?;
    for step in check::Step::ALL {
        let wrong = check::run(&connection, step).unwrap_or_else(|fault| vec![fault.to_string()]);
        if let Some(wrong) = wrong.first() {
            let (name, from) = (step.as_str(), from.display());
            if step.spoils() {
                return Err(Error::Failed(format!("{from} is not whole ({name}): {wrong}")));
            }
            eprintln!("transom: {from} ({name}): {wrong}; `transom check --repair` mends it afterwards");
        }
    }
    doubt(connection, held, staged)
}

/// Why a copy is not taken, by the name that it was given by.
fn refused(from: &Path, staged: &Path, fault: &crate::store::Error) -> Error {
    let told = fault.to_string().replace(&staged.display().to_string(), &from.display().to_string());
    Error::Failed(desk::sentence(from, &told))
}

/// An empty file would be made into a new desk by opening it.
fn ours(from: &Path, staged: &Path) -> Result<(), Error> {
    let failed = |fault: crate::store::Error| refused(from, staged, &fault);
    let connection = crate::store::readers::open(staged).map_err(failed)?;
    check::ours(&connection, from).map_err(failed)
}

/// Leaves what waits to be sent to people, and closes the file whole.
fn doubt(connection: crate::store::Connection, held: Arc<Held>, staged: &Path) -> Result<usize, Error> {
    let readers = Readers::new(staged, Some(held.clone()));
    let copies = Arc::new(Copies::choose(Plan::Lease, &held));
    let checkpointer = Checkpointer::new(staged, held, readers.pile(), copies)?;
    let writer =
        Writer::start(connection, checkpointer, Box::new(|_| {}), PATIENCE).map_err(Error::failed)?;
    let now = Clock::system().now();
    Ok(writer.write(move |tx| dispatch::doubt(tx, now))?)
}

/// Keeps the old file aside and moves the new one into its place. Returns where the old one lies.
pub(super) fn swap(staged: &Path, db: &Path) -> Result<Option<PathBuf>, Error> {
    let file = |fault: std::io::Error| Error::Failed(format!("{}: {fault}", db.display()));
    let held = db.exists().then(|| Held::open(db)).transpose().map_err(file)?;
    let alone = held.as_ref().map(|held| held.alone());
    if matches!(alone, Some(None)) {
        return Err(Error::Failed(format!("{} is in use; stop what uses it first", db.display())));
    }
    if let Some(held) = &held {
        let failed = |fault: crate::store::Error| Error::Failed(desk::sentence(staged, &fault.to_string()));
        pairing::estrange(staged, held).map_err(failed)?;
    }
    if pairing::beside(staged, "-wal").exists() {
        return Err(Error::Failed(format!("{} is open in another program", staged.display())));
    }
    File::open(staged).and_then(|copy| copy.sync_all()).map_err(file)?;
    let aside = held.as_ref().map(|_| set_aside(db)).transpose().map_err(file)?;
    // Each step is on the disk before the next takes something away, so that a power loss costs neither of the two.
    durable::sync_beside(db).and_then(|()| durable::rename(staged, db)).map_err(file)?;
    for end in ["-wal", "-shm"] {
        // They belong to the old file. Where they stay after all, the next start puts them aside.
        let _ = std::fs::remove_file(pairing::beside(db, end));
    }
    durable::sync_beside(db).map_err(file)?;
    drop(alone);
    Ok(aside)
}

/// Gives the old file and its log a second name, so that there is a file at its place at any moment; where a disk has
/// no second names, they are moved.
fn set_aside(db: &Path) -> std::io::Result<PathBuf> {
    let old = pairing::free(db, ".before-restore");
    for end in ["", "-wal"] {
        let (from, to) = (pairing::beside(db, end), pairing::beside(&old, end));
        if from.exists() {
            std::fs::hard_link(&from, &to).or_else(|_| std::fs::rename(&from, &to))?;
        }
    }
    Ok(old)
}
