//! `transom export`: everything that a desk holds, in files that other programs read.

pub mod archive;
mod index;
pub mod jsonl;
pub mod mbox;
pub mod rescue;
pub mod sheet;
mod sink;
mod steady;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::arguments::{Arguments, Opt};
use super::leftover::Leftover;
use super::progress::Progress;
use super::{Command, DB, Error, JSON, desk, print, print_json};
use crate::store::dump::{self, Table};
use crate::store::{self, Readers, backup, check, durable, readers};

pub const COMMAND: Command = Command {
    name: "export",
    operands: "[PATH]",
    summary: "Write everything that a desk holds into files that other programs read",
    about: "Formats:\n  \
            jsonl  the folder PATH: a file a table with a row a line, the bytes of attachments and the letters of mails\n  \
            \x20      as files, and a manifest. Nothing that was said or that happened is left out; `transom import jsonl`\n  \
            \x20      makes the same desk of it.\n  \
            csv    the file PATH: a row a conversation, for a spreadsheet.\n  \
            html   the folder PATH: pages by month and by contact that any browser opens from the disk, with a search\n\
            \x20        that needs no server and no network. Begin at index.html.\n  \
            mbox   the file PATH: a letter a message, for mail programs. Mails are the letters as they came.\n\n\
            It may run beside the desk: what is written is one moment of it, from a copy that is made beside PATH and\n\
            goes again. PATH must not exist, and has its name only once it is whole. Secrets of channels and webhooks\n\
            never leave the desk; hashes of passwords, tokens of programs and of visitors' browsers only with\n\
            --credentials. With --hash nothing is written: two desks with the same hash hold the same.\n\n\
            With --rescue the file may be damaged: it is never written to, everything that can still be read is written\n\
            into the folder PATH, and what could not is told table by table.",
    options: &[
        DB,
        Opt::new("format", "FORMAT", "jsonl (where nothing is said), csv, html or mbox"),
        Opt::switch("credentials", "also what lets people, programs and visitors in, as hashes"),
        Opt::switch("rescue", "of a damaged file, whatever can still be read"),
        Opt::switch("hash", "only print the hash over everything that the desk holds"),
        JSON,
    ],
    run,
};

fn run(mut arguments: Arguments) -> Result<(), Error> {
    let from = desk::path(&arguments);
    let (hash, credentials) = (arguments.has("hash"), arguments.has("credentials"));
    let to = if hash { None } else { Some(PathBuf::from(arguments.require_operand("PATH")?)) };
    arguments.finish()?;
    let format = arguments.get("format")?.unwrap_or_else(|| "jsonl".to_owned());
    if !["jsonl", "csv", "html", "mbox"].contains(&format.as_str()) {
        return Err(Error::Usage(format!("--format {format} is none of jsonl, csv, html, mbox")));
    }
    if credentials && format != "jsonl" {
        return Err(Error::Usage("--credentials goes with the format jsonl only".to_owned()));
    }
    desk::exists(&from)?;
    let Some(to) = to else { return print_hash(&from, arguments.has("json")) };
    desk::folder_exists(&to)?;
    if to.exists() {
        return Err(Error::Failed(format!("{} exists already; an export never overwrites", to.display())));
    }
    let moment = Leftover::new(to.with_added_extension("moment"));
    if arguments.has("rescue") {
        if format != "jsonl" {
            return Err(Error::Usage("--rescue writes the format jsonl only".to_owned()));
        }
        let told = rescue::save(&from, moment.path(), &to, credentials)?;
        return if arguments.has("json") { print_json(&told.json) } else { print(&told.sentence) };
    }
    let told = whole(&from, moment.path(), &to, (format.as_str(), credentials))?;
    if arguments.has("json") { print_json(&told.json) } else { print(&told.sentence) }
}

/// What to say in the end.
pub struct Told {
    pub json: serde_json::Value,
    pub sentence: String,
}

/// Copies the desk as it is now and writes the export from the copy, so that a long export never keeps a running
/// desk from tidying its log.
fn whole(from: &Path, moment: &Path, to: &Path, (format, credentials): (&str, bool)) -> Result<Told, Error> {
    let failed = |fault: store::Error| Error::Failed(desk::sentence(from, &fault.to_string()));
    let source = readers::open(from).map_err(failed)?;
    check::ours(&source, from).map_err(failed)?;
    let mut progress = Progress::begin("Copying pages");
    backup::copy(&source, moment, backup::Pace::Gentle, &mut |done, all| {
        progress.tell(done, all);
        true
    })
    .map_err(failed)?;
    progress.end();
    // While it is open the desk moves no log, and every plain copy is as old as this moment.
    drop(source);
    give_way();
    let copy = readers::open(moment).map_err(failed)?;
    let unfinished = Leftover::new(to.with_added_extension("unfinished"));
    let written = match format {
        "csv" => sheet::write(&copy, unfinished.path()),
        "html" => archive::write(&copy, unfinished.path()),
        "mbox" => mbox::write(&copy, unfinished.path()),
        _ => jsonl::write(&copy, unfinished.path(), credentials),
    }?;
    keep(unfinished.path(), to)?;
    let json =
        serde_json::json!({ "path": to, "rows": written.rows, "files": written.files, "hash": written.hash });
    let files = if written.files > 0 { format!(" and {} files", written.files) } else { String::new() };
    let hash = written.hash.map(|hash| format!("Hash: {hash}\n")).unwrap_or_default();
    Ok(Told { json, sentence: format!("Wrote {} rows{files} to {}.\n{hash}", written.rows, to.display()) })
}

/// What an export holds.
pub struct Written {
    pub rows: u64,
    pub files: u64,
    /// Over everything that the desk holds, where the format holds it all.
    pub hash: Option<String>,
}

fn print_hash(from: &Path, json: bool) -> Result<(), Error> {
    let source = readers::open(from).map_err(Error::failed)?;
    check::ours(&source, from).map_err(Error::failed)?;
    drop(source);
    let hash = Readers::new(from, None).read::<_, store::Error>(|c| Ok(hash(c))).map_err(Error::failed)??;
    if json { print_json(&serde_json::json!({ "hash": hash })) } else { print(&format!("{hash}\n")) }
}

/// The hash over everything that an export of this desk would hold, without what lets anybody in.
pub fn hash(connection: &Connection) -> Result<String, Error> {
    hash_over(connection, &dump::tables(connection, false)?)
}

/// The hash over these tables.
pub fn hash_over(connection: &Connection, tables: &[Table]) -> Result<String, Error> {
    let written = jsonl::walk(connection, None, (tables, &[]))?;
    Ok(written.hash.unwrap_or_default())
}

/// From now on the desk has the cores first. Not before: whoever holds a moment of the desk's own file and waits for a
/// core makes the desk's log grow meanwhile. A system that refuses is no reason to export nothing.
fn give_way() {
    const LAST: i32 = 19;
    let _ = rustix::process::setpriority_process(None, LAST);
}

fn keep(unfinished: &Path, to: &Path) -> Result<(), Error> {
    let synced = if unfinished.is_dir() { durable::sync_all(unfinished) } else { Ok(()) };
    let named = synced.and_then(|()| durable::rename(unfinished, to));
    named.map_err(|fault| Error::Failed(format!("{}: {fault}", to.display())))
}
