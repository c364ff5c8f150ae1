//! What can still be read of a damaged file. It is copied as it is and never written to; only the copy is opened.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::jsonl::{FORMAT, MANIFEST, file_of, letter_of};
use super::sink::Sink;
use super::{Told, keep};
use crate::cli::leftover::Leftover;
use crate::cli::{Error, desk};
use crate::domain::Id;
use crate::domain::message::{Attachment, Message};
use crate::store::dump::{self, Table};
use crate::store::{attachment, check, mail, pairing, salvage};

/// What begins every file of ours up to the counters, which differ: the name of the format, pages of 4096 bytes, the log,
/// and the fractions. Source: <https://www.sqlite.org/fileformat2.html#the_database_header>.
const HEAD: &[u8; 24] = b"SQLite format 3\0\x10\x00\x02\x02\x00\x40\x20\x20";
/// How the file of every database begins.
const FORMAT_NAME: &[u8; 16] = b"SQLite format 3\0";
/// Where the file says how many pages it has.
const PAGES: u64 = 28;

/// Writes whatever can be read of `from` into the folder `to`, over a copy at `moment`.
pub fn save(from: &Path, moment: &Path, to: &Path, credentials: bool) -> Result<Told, Error> {
    let failed = |fault: std::io::Error| Error::Failed(format!("{}: {fault}", from.display()));
    // What customers write is for the owner's eyes only, also in a copy.
    let twin = |end: &str| -> std::io::Result<()> {
        let mut source = File::open(pairing::beside(from, end))?;
        let path = pairing::beside(moment, end);
        let mut copy = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        std::io::copy(&mut source, &mut copy).map(|_| ())
    };
    twin("").map_err(failed)?;
    // A log that belongs to the file holds what is newest; one that does not would spoil the rest.
    if pairing::beside(from, "-wal").exists() && !pairing::is_foreign(from) {
        twin("-wal").map_err(failed)?;
    }
    let head = mend(moment).map_err(failed)?;
    let shown = |fault: crate::store::Error| Error::Failed(desk::sentence(from, &fault.to_string()));
    let copy = salvage::open(moment).map_err(shown)?;
    check::ours(&copy, from).map_err(|fault| match fault {
        // Nothing is wrong with it, so that an old copy would be worse. Where there was no head, there was no version either.
        crate::store::Error::Newer { .. } if head != Head::None => Error::failed(fault),
        fault => nothing(from, &fault),
    })?;
    let unfinished = Leftover::new(to.with_added_extension("unfinished"));
    let saved = write(&copy, unfinished.path(), credentials)?;
    if saved.rows == 0 {
        return Err(nothing(from, &"not one row can be read"));
    }
    keep(unfinished.path(), to)?;
    Ok(told(&saved, to, head != Head::Good))
}

fn nothing(from: &Path, why: &dyn std::fmt::Display) -> Error {
    let way = "take a copy instead: `transom restore FILE`";
    Error::Failed(format!("nothing can be read of {} any more ({why}); {way}", from.display()))
}

/// How the head of a file was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    Good,
    /// It begins as the head of a database, and is not whole.
    Wrong,
    None,
}

/// Puts right in the copy what stands in every head alike, and tells how it was.
fn mend(copy: &Path) -> std::io::Result<Head> {
    let mut file = OpenOptions::new().read(true).write(true).open(copy)?;
    let size = file.metadata()?.len();
    let mut head = [0; 100];
    if file.read_exact(&mut head).is_err() {
        return Ok(Head::None);
    }
    let told = u64::from(u32::from_be_bytes([head[28], head[29], head[30], head[31]])) * 4096;
    let good = head.starts_with(HEAD) && told <= size && size.is_multiple_of(4096);
    if !good {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(HEAD)?;
        // Without a number the length of the file counts.
        file.seek(SeekFrom::Start(PAGES))?;
        file.write_all(&[0; 4])?;
        file.seek(SeekFrom::Start(44))?;
        file.write_all(&[0, 0, 0, 4])?;
        file.seek(SeekFrom::Start(56))?;
        file.write_all(&[0, 0, 0, 1])?;
        file.seek(SeekFrom::Start(68))?;
        file.write_all(&crate::store::open::APPLICATION.to_be_bytes()[4..])?;
        // A torn page at the end is made a whole one.
        file.set_len(size.next_multiple_of(4096))?;
    }
    Ok(match good {
        true => Head::Good,
        false if head.starts_with(FORMAT_NAME) => Head::Wrong,
        false => Head::None,
    })
}

/// What was saved.
#[derive(Default)]
struct Saved {
    rows: u64,
    files: u64,
    /// Files and letters of which a part cannot be read.
    torn: u64,
    tables: Vec<(String, salvage::Fared)>,
}

fn write(copy: &Connection, to: &Path, credentials: bool) -> Result<Saved, Error> {
    let sink = Sink::new(to)?;
    let mut saved = Saved::default();
    for table in dump::tables(copy, credentials).map_err(Error::failed)? {
        let fared = one(copy, &sink, &table, &mut saved)?;
        saved.rows += fared.rows;
        saved.tables.push((table.name, fared));
    }
    for name in salvage::missing(copy).map_err(Error::failed)? {
        saved.tables.push((name, salvage::Fared { rows: 0, holes: 1 }));
    }
    let tables: Map<String, Value> = saved
        .tables
        .iter()
        .map(|(name, fared)| (name.clone(), json!({ "rows": fared.rows, "holes": fared.holes })))
        .collect();
    let manifest = json!({
        "format": FORMAT, "program": env!("CARGO_PKG_VERSION"), "rescued": true, "rows": saved.rows,
        "files": saved.files, "torn_files": saved.torn, "tables": tables,
    });
    sink.small(Path::new(MANIFEST), format!("{manifest:#}\n").as_bytes())?;
    sink.sync()?;
    Ok(saved)
}

fn one(
    copy: &Connection,
    sink: &Sink<'_>,
    table: &Table,
    saved: &mut Saved,
) -> Result<salvage::Fared, Error> {
    let mut file = sink.file(&PathBuf::from(format!("{}.jsonl", table.name)))?;
    let fared = salvage::rows::<Error>(copy, table, &mut |row| {
        if table.leaves_behind(&row) {
            return Ok(());
        }
        sink.told(writeln!(file, "{}", Value::Object(row.clone())))?;
        beside(copy, sink, (&table.name, &row), saved)
    })?;
    sink.done(file)?;
    Ok(fared)
}

/// The bytes that belong to a row, as far as they can be read.
fn beside(
    copy: &Connection,
    sink: &Sink<'_>,
    (table, row): (&str, &Map<String, Value>),
    saved: &mut Saved,
) -> Result<(), Error> {
    let number = |key: &str| row.get(key).and_then(Value::as_i64).unwrap_or_default();
    let (path, bytes, whole) = match table {
        "attachment" => {
            let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
            let (bytes, whole) = attached(copy, Id::new(number("id")));
            (file_of(number("id"), name), bytes, whole)
        }
        "mail" => match mail::letter(copy, Id::<Message>::new(number("message_id")), u64::MAX) {
            Ok(letter) => (letter_of(number("message_id")), letter.unwrap_or_default(), true),
            Err(_) => (PathBuf::new(), Vec::new(), false),
        },
        _ => return Ok(()),
    };
    saved.torn += u64::from(!whole);
    if bytes.is_empty() {
        return Ok(());
    }
    saved.files += 1;
    sink.small(&path, &bytes)
}

/// The beginning of a file as far as it can be read, and whether that is all of it.
fn attached(copy: &Connection, id: Id<Attachment>) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    for part in 0.. {
        match attachment::part(copy, id, part) {
            Ok(Some(more)) => bytes.extend(more),
            Ok(None) => return (bytes, true),
            Err(_) => return (bytes, false),
        }
    }
    (bytes, true)
}

fn told(saved: &Saved, to: &Path, mended: bool) -> Told {
    let holes: Vec<&(String, salvage::Fared)> =
        saved.tables.iter().filter(|(_, fared)| fared.holes > 0).collect();
    let mut sentence =
        format!("Saved {} rows and {} files into {}.\n", saved.rows, saved.files, to.display());
    if mended {
        sentence += "The head of the file was damaged.\n";
    }
    for (name, fared) in &holes {
        sentence +=
            &format!("{name}: {} rows were read, with {} holes between them.\n", fared.rows, fared.holes);
    }
    if saved.torn > 0 {
        sentence += &format!("{} files or letters are not whole.\n", saved.torn);
    }
    if holes.is_empty() && saved.torn == 0 {
        sentence += "No table has a hole. What was cut off at the end of a file leaves none.\n";
    }
    let tables: Map<String, Value> = saved
        .tables
        .iter()
        .map(|(name, fared)| (name.clone(), json!({ "rows": fared.rows, "holes": fared.holes })))
        .collect();
    let json = json!({
        "path": to, "rows": saved.rows, "files": saved.files, "torn_files": saved.torn, "head_damaged": mended,
        "tables": tables,
    });
    Told { json, sentence }
}
