//! `transom check`: whether the file is whole.

use std::path::PathBuf;

use super::arguments::{Arguments, Opt};
use super::progress::Progress;
use super::{Command, DB, Error, JSON, desk, print, print_json, serve};
use crate::clock::Clock;
use crate::desk::{Desk, Options};
use crate::net::Client;
use crate::store::check::{self, Replayed, Step};
use crate::store::{Connection, contact, pairing, readers, words};

pub const COMMAND: Command = Command {
    name: "check",
    operands: "[FILE]",
    summary: "Check that a desk's file, or a backup of one, is whole",
    about: "Checks the structure, the references, what is kept beside what it is about, the search index, and that\n\
            every conversation stands as its log says; with --quick that is asked of a sample only. Of the search index\n\
            a sample is looked up. Reads only, and may run beside the desk. Exit code 1 when something is wrong. With\n\
            --repair the search index is built anew first, and what is kept beside conversations counted anew,\n\
            which wants the desk stopped.",
    options: &[
        DB,
        Opt::switch("quick", "compare only a sample of the conversations with their logs"),
        Opt::switch("repair", "build the search index anew and count anew before the check"),
        JSON,
    ],
    run,
};

fn run(mut arguments: Arguments) -> Result<(), Error> {
    let path = arguments.operand().map_or_else(|| desk::path(&arguments), PathBuf::from);
    arguments.finish()?;
    desk::exists(&path)?;
    if arguments.has("repair") {
        repair(&path)?;
    }
    let failed = |fault: crate::store::Error| Error::Failed(desk::sentence(&path, &fault.to_string()));
    if pairing::is_foreign(&path) {
        let log = pairing::beside(&path, "-wal");
        let why = "belongs to another state of the file, and a start of the desk would put it aside";
        return Err(Error::Failed(format!("{} {why}; move it away to check the file alone", log.display())));
    }
    let connection = readers::open(&path).map_err(failed)?;
    check::ours(&connection, &path).map_err(failed)?;
    let mut report = Vec::new();
    for step in Step::ALL {
        // A broken file can fail in the middle of a check, and that is a finding as well.
        let (told, wrong) = look(&connection, step, arguments.has("quick"));
        if !arguments.has("json") {
            print(&line(step, &told, &wrong))?;
        }
        report.push((step, wrong));
    }
    if arguments.has("json") {
        let steps = report.iter().map(|(step, wrong)| (step.as_str().to_owned(), serde_json::json!(wrong)));
        print_json(&serde_json::Value::Object(steps.collect()))?;
    }
    let wrong = report.iter().filter(|(_, wrong)| !wrong.is_empty()).count();
    if wrong == 0 {
        return Ok(());
    }
    Err(Error::Failed(format!("{} is damaged: {wrong} of {} checks failed", path.display(), report.len())))
}

/// What is told of a check that goes well, and what it finds.
fn look(connection: &Connection, step: Step, quick: bool) -> (String, Vec<String>) {
    let broken = |fault: crate::store::Error| vec![fault.to_string()];
    if step != Step::Replay {
        return (String::new(), check::run(connection, step).unwrap_or_else(broken));
    }
    let mut progress = Progress::begin("Comparing with the log");
    let replayed = if quick {
        check::replay(connection)
    } else {
        check::replay_all(connection, &mut |done, all| progress.tell(done, all))
    };
    progress.end();
    match replayed {
        Ok(replayed) => (extent(&replayed, quick), replayed.wrong),
        Err(fault) => (String::new(), broken(fault)),
    }
}

/// How many conversations were compared.
fn extent(replayed: &Replayed, quick: bool) -> String {
    let number = replayed.conversations;
    let what = if quick { "a sample of" } else { "all" };
    let untold = match replayed.untold {
        0 => String::new(),
        untold => format!("; the logs of {untold} do not tell how they stand"),
    };
    format!(" ({what} {number} conversations{untold})")
}

/// Builds what is found by search anew from what it is about, and counts anew what is kept beside it.
fn repair(path: &std::path::Path) -> Result<(), Error> {
    let failed = |fault: &dyn std::fmt::Display| Error::Failed(desk::sentence(path, &fault.to_string()));
    let desk = Desk::open(path, Clock::system(), Client::default(), Options::default());
    let desk = desk.map_err(|fault| failed(&fault))?;
    let lock = serve::alone(path)?;
    let rebuilt = desk.writer.write(|tx| {
        let mut progress = Progress::begin("Indexing");
        let newest = words::newest(tx)?;
        words::rebuild(tx, &mut |done| progress.tell(done, newest))?;
        contact::rebuild(tx)?;
        check::recount(tx)?;
        progress.end();
        Ok::<_, crate::store::Error>(())
    });
    drop((desk, lock));
    rebuilt.map_err(|fault| failed(&fault))
}

fn line(step: Step, told: &str, wrong: &[String]) -> String {
    if wrong.is_empty() {
        return format!("{}: good{told}\n", step.as_str());
    }
    let list: String = wrong.iter().map(|sentence| format!("  {sentence}\n")).collect();
    format!("{}: wrong\n{list}", step.as_str())
}
