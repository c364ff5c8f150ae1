//! `transom backup`: a verified copy of a desk, also of one that is being served.

use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::leftover::Leftover;
use super::progress::Progress;
use super::{Command, DB, Error, JSON, desk, print, print_json};
use crate::store::{backup, check, durable, readers};
use crate::vault;

pub const COMMAND: Command = Command {
    name: "backup",
    operands: "FILE",
    summary: "Copy a desk, also a running one, into FILE and verify the copy",
    about: "FILE must not exist. The key file is not copied with it: a copy without the key hands nobody the\n\
            secrets of the channels. Keep a copy of the key in another place.",
    options: &[DB, JSON],
    run,
};

fn run(mut arguments: Arguments) -> Result<(), Error> {
    let to = PathBuf::from(arguments.require_operand("FILE")?);
    arguments.finish()?;
    let from = desk::path(&arguments);
    desk::exists(&from)?;
    desk::folder_exists(&to)?;
    if to.exists() {
        return Err(Error::Failed(format!("{} exists already; a backup never overwrites", to.display())));
    }
    let unfinished = Leftover::new(to.with_added_extension("unfinished"));
    copy(&from, unfinished.path())?;
    let bytes = keep(unfinished.path(), &to)?;
    if arguments.has("json") {
        return print_json(&serde_json::json!({ "file": to, "bytes": bytes, "verified": true }));
    }
    print(&format!("Copied to {} ({bytes} bytes) and verified.\n", to.display()))?;
    print(&format!(
        "The key stays in {}; keep a copy of it in another place.\n",
        vault::key_path(&from).display()
    ))
}

/// Copies and verifies.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let unread = |fault: crate::store::Error| Error::Failed(desk::sentence(from, &fault.to_string()));
    let failed = |fault: crate::store::Error| Error::Failed(desk::sentence(to, &fault.to_string()));
    let source = readers::open(from).map_err(unread)?;
    check::ours(&source, from).map_err(unread)?;
    let mut progress = Progress::begin("Copying pages");
    backup::copy(&source, to, backup::Pace::Gentle, &mut |done, all| {
        progress.tell(done, all);
        true
    })
    .map_err(failed)?;
    progress.end();
    // While it is open the desk moves no log; the copy is looked through without it.
    drop(source);
    let copied = readers::open(to).map_err(failed)?;
    for step in [check::Step::Structure, check::Step::References] {
        if let Some(wrong) = check::run(&copied, step).map_err(failed)?.first() {
            return Err(Error::Failed(format!("the copy of {} is not whole: {wrong}", from.display())));
        }
    }
    Ok(())
}

/// Gives the copy its name, so that a file of that name is always a whole one. Returns its size.
fn keep(unfinished: &Path, to: &Path) -> Result<u64, Error> {
    let renamed = durable::rename(unfinished, to).and_then(|()| std::fs::metadata(to));
    renamed.map(|data| data.len()).map_err(|fault| Error::Failed(format!("{}: {fault}", to.display())))
}
