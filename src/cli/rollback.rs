//! `transom rollback`: back to the file as it was before the last upgrade.

use std::path::{Path, PathBuf};

use super::arguments::{Arguments, Opt};
use super::{Command, DB, Error, JSON, desk, print, print_json, restore, serve};
use crate::store::{check, health, migrate, pairing, readers};
use crate::vault;

/// Does it; without it the command only tells.
const YES: Opt = Opt::switch("yes", "do it; without this the command only tells what would happen");

pub const COMMAND: Command = Command {
    name: "rollback",
    operands: "",
    summary: "Go back to the file as it was before the last upgrade",
    about: "Before a newer program brings a desk up to date it copies the file. This puts that copy back, for the\n\
            program that was in use before; the present file is kept beside it. What came in since the upgrade is\n\
            only in the present file. What waited to be sent is left to people, as after a restore.",
    options: &[DB, JSON, YES],
    run,
};

fn run(arguments: Arguments) -> Result<(), Error> {
    arguments.finish()?;
    let db = desk::path(&arguments);
    let kept = newest(&db).ok_or_else(|| {
        let name = db.display();
        Error::Failed(format!(
            "beside {name} lies no copy from before an upgrade; 'transom restore' takes any copy"
        ))
    })?;
    let _served = if vault::key_path(&db).exists() { Some(serve::alone(&db)?) } else { None };
    let (schema, behind) = look(&kept, &db)?;
    if !arguments.has("yes") {
        return told(&arguments, &kept, schema, behind, None);
    }
    let staged = pairing::beside(&db, ".restoring");
    pairing::remove(&staged);
    let file = |fault: std::io::Error| Error::Failed(format!("{}: {fault}", kept.display()));
    let copied = std::fs::copy(&kept, &staged);
    let swapped = copied.map_err(file).and_then(|_| restore::swap(&staged, &db));
    if swapped.is_err() {
        pairing::remove(&staged);
    }
    let old = swapped?;
    // Otherwise the same copy would be offered again after the next upgrade has failed to make one.
    std::fs::remove_file(&kept).map_err(file)?;
    told(&arguments, &kept, schema, behind, old.as_deref())
}

/// The copy from before the newest upgrade.
fn newest(db: &Path) -> Option<PathBuf> {
    (1..1024).rev().map(|schema| migrate::kept_at(db, schema)).find(|path| path.exists())
}

/// Whether the copy is whole; its schema, and how many messages it knows less.
fn look(kept: &Path, db: &Path) -> Result<(i64, i64), Error> {
    let failed = |fault: crate::store::Error| Error::Failed(desk::sentence(kept, &fault.to_string()));
    let copy = readers::open(kept).map_err(failed)?;
    check::ours(&copy, kept).map_err(failed)?;
    for step in [check::Step::Structure, check::Step::References] {
        let wrong = check::run(&copy, step).unwrap_or_else(|fault| vec![fault.to_string()]);
        if let Some(wrong) = wrong.first() {
            return Err(Error::Failed(format!(
                "{} is not whole: {wrong}; nothing was changed",
                kept.display()
            )));
        }
    }
    let schema = migrate::schema(&copy).map_err(failed)?;
    let before = health::given(&copy, "message").map_err(failed)?;
    // The present file may be what is wrong.
    let now = readers::open(db).and_then(|present| health::given(&present, "message")).unwrap_or(before);
    Ok((schema, now - before))
}

fn told(
    arguments: &Arguments,
    kept: &Path,
    schema: i64,
    behind: i64,
    old: Option<&Path>,
) -> Result<(), Error> {
    let done = arguments.has("yes");
    if arguments.has("json") {
        return print_json(&serde_json::json!({
            "file": kept, "schema": schema, "messages_since": behind, "done": done, "old": old,
        }));
    }
    let name = kept.display();
    print(&format!(
        "{name} is whole; its schema is {schema}. {behind} messages came since and are not in it.\n"
    ))?;
    if let Some(old) = old {
        let old = old.display();
        return print(&format!(
            "It stands in its place now, and the newer file is kept as {old}. Start the program of before.\n"
        ));
    }
    if done {
        print("It stands in its place now.\n")
    } else {
        print("Nothing was changed. Add --yes to go back to it.\n")
    }
}
