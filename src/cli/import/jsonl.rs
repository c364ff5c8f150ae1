//! A desk made of the folder that `transom export` wrote.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::export::jsonl::{FORMAT, MANIFEST, file_of, letter_of};
use crate::cli::leftover::Leftover;
use crate::cli::progress::Progress;
use crate::cli::{Error, desk, export};
use crate::domain::Id;
use crate::store::load::{Load, Refused};
use crate::store::{attachment, durable, open};

/// Rows between two commits.
const COMMIT: u64 = 200_000;

/// What was taken.
pub struct Taken {
    pub rows: u64,
    pub files: u64,
    pub hash: String,
}

/// Makes the desk `to`, which must not exist, of the folder `from`. It has its name only once it is whole.
pub fn take(from: &Path, to: &Path) -> Result<Taken, Error> {
    let manifest = manifest(from)?;
    desk::folder_exists(to)?;
    for path in [to.to_owned(), crate::vault::key_path(to)] {
        if path.exists() {
            return Err(Error::Failed(format!(
                "{} exists already; an import makes a new desk",
                path.display()
            )));
        }
    }
    let unfinished = Leftover::new(to.with_added_extension("unfinished"));
    let taken = fill(from, unfinished.path(), &manifest)?;
    let named = durable::rename(unfinished.path(), to);
    named.map_err(|fault| Error::Failed(format!("{}: {fault}", to.display())))?;
    Ok(taken)
}

fn manifest(from: &Path) -> Result<Value, Error> {
    let path = from.join(MANIFEST);
    let wrong = |why: String| Error::Failed(format!("{} is no export of a desk: {why}", from.display()));
    let text = std::fs::read_to_string(&path).map_err(|fault| wrong(format!("{MANIFEST}: {fault}")))?;
    let manifest: Value =
        serde_json::from_str(&text).map_err(|fault| wrong(format!("{MANIFEST}: {fault}")))?;
    match manifest["format"].as_str() {
        Some(FORMAT) => Ok(manifest),
        Some(other) => Err(wrong(format!("it is of the format {other}, and this Transom reads {FORMAT}"))),
        None => Err(wrong(format!("{MANIFEST} names no format"))),
    }
}

fn fill(from: &Path, to: &Path, manifest: &Value) -> Result<Taken, Error> {
    drop(open::open(to)?);
    open::owner_only(to)?;
    let load = Load::open(to)?;
    let mut taking = Taking { from, load: &load, rows: 0, files: 0 };
    let all = manifest["rows"].as_i64().unwrap_or_default();
    let mut progress = Progress::begin("Taking rows");
    let mut names = names(from)?;
    let hashed = hashed(manifest, &names);
    names.sort_by_key(|name| load.comes_last(name));
    for name in names {
        taking.table(&name, &mut |rows| progress.tell(i64::try_from(rows).unwrap_or(i64::MAX), all))?;
    }
    progress.end();
    let (rows, files) = (taking.rows, taking.files);
    for (table, newest) in manifest["sequences"].as_object().into_iter().flatten() {
        load.sequence(table, newest.as_i64().unwrap_or_default())?;
    }
    load.rest_channels()?;
    let mut progress = Progress::begin("Indexing");
    let wrong = load.index(&mut |done| progress.tell(done, done))?;
    progress.end();
    if let Some(wrong) = wrong.first() {
        return Err(Error::Failed(format!("{} is not whole: {wrong}; nothing was made", from.display())));
    }
    let hash = export::hash_over(load.connection(), &load.taken(&hashed))?;
    let told = manifest["hash"].as_str().unwrap_or_default();
    if hash != told {
        let why = "something in it was changed or is missing; nothing was made";
        return Err(Error::Failed(format!(
            "the hash of {} is {told}, and what it holds has {hash}: {why}",
            from.display()
        )));
    }
    load.finish()?;
    Ok(Taken { rows, files, hash })
}

/// The tables that the hash of an export goes over. One that does not say so is of an earlier Transom, of which
/// everything was hashed but these two.
fn hashed(manifest: &Value, names: &[String]) -> Vec<String> {
    match manifest["hashed"].as_array() {
        Some(told) => told.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => {
            names.iter().filter(|name| !["api_token", "visitor"].contains(&name.as_str())).cloned().collect()
        }
    }
}

/// The tables that the folder holds.
fn names(from: &Path) -> Result<Vec<String>, Error> {
    let failed = |fault: std::io::Error| Error::Failed(format!("{}: {fault}", from.display()));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(from).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".jsonl").map(str::to_owned));
    }
    names.sort_unstable();
    Ok(names)
}

struct Taking<'t> {
    from: &'t Path,
    load: &'t Load,
    rows: u64,
    files: u64,
}

impl Taking<'_> {
    fn table(&mut self, name: &str, tell: &mut dyn FnMut(u64)) -> Result<(), Error> {
        let path = self.from.join(format!("{name}.jsonl"));
        let failed = |line: usize, why: &dyn std::fmt::Display| {
            Error::Failed(format!("{}, line {line}: {why}; nothing was made", path.display()))
        };
        let file = File::open(&path).map_err(|fault| failed(1, &fault))?;
        for (place, line) in BufReader::with_capacity(1 << 18, file).lines().enumerate() {
            let number = place + 1;
            let line = line.map_err(|fault| failed(number, &fault))?;
            let row: Map<String, Value> =
                serde_json::from_str(&line).map_err(|fault| failed(number, &fault))?;
            let taken = self.load.insert(name, &row);
            taken.map_err(|fault: Refused| failed(number, &fault))?;
            self.beside(name, &row)?;
            self.rows += 1;
            if self.rows.is_multiple_of(COMMIT) {
                self.load.commit()?;
            }
            if self.rows.is_multiple_of(512) {
                tell(self.rows);
            }
        }
        Ok(())
    }

    /// The bytes that belong to a row.
    fn beside(&mut self, table: &str, row: &Map<String, Value>) -> Result<(), Error> {
        let number = |key: &str| row.get(key).and_then(Value::as_i64).unwrap_or_default();
        match table {
            "attachment" => {
                let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
                self.attachment(number("id"), &self.from.join(file_of(number("id"), name)))
            }
            "mail" => self.letter(number("message_id")),
            _ => Ok(()),
        }
    }

    fn attachment(&mut self, id: i64, path: &Path) -> Result<(), Error> {
        let failed = |fault: std::io::Error| Error::Failed(format!("{}: {fault}", path.display()));
        let file = match File::open(path) {
            Ok(file) => file,
            // Not every file came, and some were removed; the hash says whether one is missing that was there.
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(fault) => return Err(failed(fault)),
        };
        let most = u64::try_from(attachment::PART).unwrap_or(u64::MAX);
        let mut file = BufReader::new(file);
        for number in 0.. {
            let mut part = Vec::new();
            file.by_ref().take(most).read_to_end(&mut part).map_err(failed)?;
            // An empty file has one empty part.
            if part.is_empty() && number > 0 {
                break;
            }
            self.load.part(Id::new(id), number, &part)?;
        }
        self.files += 1;
        Ok(())
    }

    fn letter(&mut self, id: i64) -> Result<(), Error> {
        let path = self.from.join(letter_of(id));
        match std::fs::read(&path) {
            Ok(letter) => {
                self.files += 1;
                Ok(self.load.letter(Id::new(id), &letter)?)
            }
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(fault) => Err(Error::Failed(format!("{}: {fault}", path.display()))),
        }
    }
}
