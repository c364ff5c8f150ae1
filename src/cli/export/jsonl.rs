//! An export without loss: a file a table with a row a line, the bytes of attachments and the letters of mails as
//! files beside them, and a manifest with a hash over all of it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::Written;
use super::sink::Sink;
use crate::cli::Error;
use crate::cli::progress::Progress;
use crate::domain::Id;
use crate::domain::message::{Attachment, Message};
use crate::net::signature;
use crate::store::dump::{self, Table};
use crate::store::{attachment, mail};

/// What the manifest calls this format. Raised when a reader of the old one would misunderstand the new one.
pub const FORMAT: &str = "transom-jsonl-1";
/// The file that says what the folder holds.
pub const MANIFEST: &str = "manifest.json";
/// How many files lie in one folder at most.
const SHELF: i64 = 1000;
/// How long the name of a file may become, in characters.
const LONGEST_NAME: usize = 80;

/// Columns that tell of the place and not of the desk: no part of the hash, because an import rests every channel.
const OF_THE_PLACE: &[(&str, &str)] = &[("channel", "state"), ("channel", "problem")];

/// Where the bytes of an attachment lie within the folder. Its own name stands at the end for people who look.
pub fn file_of(id: i64, name: &str) -> PathBuf {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let skipped = name.chars().count().saturating_sub(LONGEST_NAME);
    let name: String = name.chars().skip(skipped).map(plain).collect();
    PathBuf::from("files").join((id / SHELF).to_string()).join(format!("{id}-{name}"))
}

/// Where the letter of a mail lies within the folder.
pub fn letter_of(message: i64) -> PathBuf {
    PathBuf::from("letters").join((message / SHELF).to_string()).join(format!("{message}.eml"))
}

/// Writes the folder `to`, which must not exist.
pub fn write(connection: &Connection, to: &Path, credentials: bool) -> Result<Written, Error> {
    write_tables(connection, to, &dump::tables(connection, credentials)?)
}

/// Writes these tables into the folder `to`, which must not exist.
pub fn write_tables(connection: &Connection, to: &Path, tables: &[Table]) -> Result<Written, Error> {
    let sink = Sink::new(to)?;
    let (beside, hashed): (Vec<&Table>, Vec<&Table>) = tables.iter().partition(|table| table.is_credential());
    let names = |tables: Vec<&Table>| tables.into_iter().map(|table| table.name.clone()).collect::<Vec<_>>();
    let (beside, hashed) = (names(beside), names(hashed));
    let written = walk(connection, Some(&sink), (tables, &beside))?;
    let manifest = json!({
        "format": FORMAT, "program": env!("CARGO_PKG_VERSION"), "rows": written.rows, "files": written.files,
        "sequences": dump::sequences(connection)?, "credentials": !beside.is_empty(), "hashed": hashed,
        "hash": written.hash,
    });
    let mut file = sink.file(Path::new(MANIFEST))?;
    sink.told(file.write_all(format!("{manifest:#}\n").as_bytes()))?;
    sink.done(file)?;
    Ok(written)
}

/// What goes over everything.
struct Walk<'w> {
    connection: &'w Connection,
    sink: Option<&'w Sink<'w>>,
    hash: Sha256,
    rows: u64,
    files: u64,
}

/// Goes over these tables once, writes them where a sink is given, and returns the hash over them without those whose
/// names stand `beside` it.
pub fn walk(
    connection: &Connection,
    sink: Option<&Sink<'_>>,
    (tables, beside): (&[Table], &[String]),
) -> Result<Written, Error> {
    let mut walk = Walk { connection, sink, hash: Sha256::new(), rows: 0, files: 0 };
    let about = dump::size(connection)?;
    let mut progress = Progress::begin(if sink.is_some() { "Writing rows" } else { "Reading rows" });
    for table in tables {
        let counted = !beside.contains(&table.name);
        walk.table((table, counted), &mut |rows| {
            progress.tell(i64::try_from(rows).unwrap_or(i64::MAX).min(about), about)
        })?;
    }
    progress.end();
    walk.hash.update(Value::Object(dump::sequences(connection)?).to_string());
    let hash = signature::hex(&walk.hash.finalize());
    Ok(Written { rows: walk.rows, files: walk.files, hash: Some(hash) })
}

impl Walk<'_> {
    fn table(&mut self, (table, counted): (&Table, bool), tell: &mut dyn FnMut(u64)) -> Result<(), Error> {
        let (connection, sink) = (self.connection, self.sink);
        let mut file = match sink {
            Some(sink) => Some(sink.file(&PathBuf::from(format!("{}.jsonl", table.name)))?),
            None => None,
        };
        if counted {
            self.hash.update(format!("{}\n", table.name));
        }
        dump::rows::<Error>(connection, table, &mut |row| {
            let line = Value::Object(row.clone()).to_string() + "\n";
            if let (Some(file), Some(sink)) = (&mut file, sink) {
                sink.told(file.write_all(line.as_bytes()))?;
            }
            if counted {
                self.hash.update(canonical(&table.name, row.clone(), line));
            }
            self.rows += 1;
            if self.rows.is_multiple_of(512) {
                tell(self.rows);
            }
            self.beside(&table.name, &row)
        })?;
        match (file, sink) {
            (Some(file), Some(sink)) => sink.done(file),
            _ => Ok(()),
        }
    }

    /// The bytes that belong to a row.
    fn beside(&mut self, table: &str, row: &Map<String, Value>) -> Result<(), Error> {
        let number = |key: &str| row.get(key).and_then(Value::as_i64).unwrap_or_default();
        match table {
            "attachment" => {
                let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
                self.attachment(number("id"), &file_of(number("id"), name))
            }
            "mail" => self.letter(number("message_id")),
            _ => Ok(()),
        }
    }

    fn attachment(&mut self, id: i64, name: &Path) -> Result<(), Error> {
        let mut file = None;
        let mut digest = Sha256::new();
        let mut part = 0;
        while let Some(bytes) = attachment::part(self.connection, Id::<Attachment>::new(id), part)? {
            digest.update(&bytes);
            if let Some(sink) = self.sink {
                let mut open = match file.take() {
                    Some(open) => open,
                    None => sink.file(name)?,
                };
                sink.told(open.write_all(&bytes))?;
                file = Some(open);
            }
            part += 1;
        }
        if part > 0 {
            self.files += 1;
            self.hash.update(digest.finalize());
        }
        match (file, self.sink) {
            (Some(file), Some(sink)) => sink.done(file),
            _ => Ok(()),
        }
    }

    fn letter(&mut self, id: i64) -> Result<(), Error> {
        let Some(letter) = mail::letter(self.connection, Id::<Message>::new(id), u64::MAX)? else {
            return Ok(());
        };
        self.files += 1;
        self.hash.update(Sha256::digest(&letter));
        let Some(sink) = self.sink else { return Ok(()) };
        let mut file = sink.file(&letter_of(id))?;
        sink.told(file.write_all(&letter))?;
        sink.done(file)
    }
}

/// A row as the hash sees it: without what tells of the place, and without what lets anybody in.
fn canonical(table: &str, mut row: Map<String, Value>, line: String) -> String {
    let before = row.len();
    row.retain(|column, _| {
        !OF_THE_PLACE.contains(&(table, column)) && (table, column.as_str()) != ("agent", "password_hash")
    });
    if row.len() == before { line } else { Value::Object(row).to_string() + "\n" }
}
