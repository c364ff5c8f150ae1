//! People from a sheet: its columns are known by their names, its rows are taken one by one, and what cannot be taken
//! comes back with the reason.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::ByteRecord;
use jiff::tz::TimeZone;

use crate::actions;
use crate::actions::contact::{self, Change, NewAddress};
use crate::cli::Error;
use crate::cli::progress::Progress;
use crate::desk::Desk;
use crate::domain::access::Viewer;
use crate::domain::contact::{AddressKind, Contact};
use crate::domain::{Id, Timestamp, search};
use crate::i18n::{Language, Texts, refusal};
use crate::store::{self, Tx, setting};

/// Rows that share a commit.
const BATCH: usize = 200;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    Name,
    First,
    Last,
    Email,
    Phone,
    Language,
    About,
}

impl Field {
    const ALL: [Field; 7] =
        [Field::Name, Field::First, Field::Last, Field::Email, Field::Phone, Field::Language, Field::About];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::First => "first",
            Field::Last => "last",
            Field::Email => "email",
            Field::Phone => "phone",
            Field::Language => "language",
            Field::About => "about",
        }
    }

    /// How sheets of other programs call it, without accents and signs.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Field::Name => {
                &["name", "fullname", "displayname", "contact", "nombre", "nombrecompleto", "contacto"]
            }
            Field::First => &["first", "firstname", "givenname", "nombredepila"],
            Field::Last => &["last", "lastname", "familyname", "surname", "apellido", "apellidos"],
            Field::Email => {
                &["email", "emailaddress", "mail", "email1value", "emails", "correo", "correoelectronico"]
            }
            Field::Phone => &[
                "phone",
                "phonenumber",
                "phone1value",
                "mobile",
                "mobilephone",
                "telephone",
                "whatsapp",
                "telefono",
                "movil",
            ],
            Field::Language => &["language", "lang", "locale", "idioma"],
            Field::About => &["about", "notes", "note", "description", "comment", "notas", "nota"],
        }
    }

    fn guess(column: &str) -> Option<Field> {
        let plain: String = search::fold(column).chars().filter(|c| c.is_alphanumeric()).collect();
        Field::ALL.into_iter().find(|field| field.names().contains(&plain.as_str()))
    }
}

/// How the sheet is to be taken.
pub struct Wish {
    /// `COLUMN=FIELD`, before what the names of the columns say.
    pub map: Vec<String>,
    /// Nothing is changed.
    pub dry: bool,
    pub errors: PathBuf,
}

/// What became of the rows.
#[derive(Default)]
pub struct Report {
    pub columns: Vec<(String, Option<Field>)>,
    pub made: u64,
    pub changed: u64,
    pub same: u64,
    pub wrong: u64,
}

/// One row as it is understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row {
    name: String,
    language: String,
    about: String,
    addresses: Vec<(AddressKind, String)>,
}

enum Became {
    Made,
    Changed,
    Same,
}

/// Takes every row of the sheet at `path`.
pub fn take(desk: &Desk, path: &Path, wish: &Wish) -> Result<Report, Error> {
    let failed = |fault: &dyn std::fmt::Display| Error::Failed(format!("{}: {fault}", path.display()));
    let size = std::fs::metadata(path).map_err(|fault| failed(&fault))?.len();
    let file = BufReader::new(File::open(path).map_err(|fault| failed(&fault))?);
    let mut sheet = sheet(file).map_err(|fault| failed(&fault))?;
    let heads: Vec<String> = sheet.byte_headers().map_err(|fault| failed(&fault))?.iter().map(text).collect();
    let fields = fields(&heads, &wish.map)?;
    let columns = heads.iter().cloned().zip(fields.iter().copied()).collect();
    let mut report = Report { columns, ..Report::default() };
    let mut wrong = Wrong { path: &wish.errors, heads: &heads, out: None };
    let mut progress = Progress::begin("Reading bytes of contacts");
    let mut batch = Vec::with_capacity(BATCH);
    let mut record = ByteRecord::new();
    while sheet.read_byte_record(&mut record).map_err(|fault| failed(&fault))? {
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let cells: Vec<String> = record.iter().map(text).collect();
        batch.push((row(&cells, &fields), cells));
        if batch.len() == BATCH {
            settle(desk, &mut batch, wish.dry, &mut report, &mut wrong)?;
            let at = i64::try_from(sheet.position().byte()).unwrap_or(i64::MAX);
            progress.tell(at, i64::try_from(size).unwrap_or(i64::MAX));
        }
    }
    settle(desk, &mut batch, wish.dry, &mut report, &mut wrong)?;
    progress.end();
    wrong.end()?;
    Ok(report)
}

/// A reader that has found out what stands between the cells.
fn sheet(mut file: BufReader<File>) -> std::io::Result<csv::Reader<BufReader<File>>> {
    if file.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        file.consume(3);
    }
    let line = file.fill_buf()?.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let often = |sign: &u8| line.iter().filter(|byte| *byte == sign).count();
    let sign = [b';', b'\t', b','].into_iter().max_by_key(often).unwrap_or(b',');
    Ok(csv::ReaderBuilder::new().delimiter(sign).flexible(true).from_reader(file))
}

/// A cell as text. What is no UTF-8 was written by a program that knows only the letters of western Europe.
fn text(cell: &[u8]) -> String {
    let text = match std::str::from_utf8(cell) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => cell.iter().map(|byte| char::from(*byte)).collect::<String>().trim().to_owned(),
    };
    // The apostrophe before what looks like a formula belongs to the sheet.
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        _ => text,
    }
}

fn fields(heads: &[String], map: &[String]) -> Result<Vec<Option<Field>>, Error> {
    let mut fields: Vec<Option<Field>> = heads.iter().map(|head| Field::guess(head)).collect();
    for pair in map {
        let (column, field) =
            pair.rsplit_once('=').ok_or_else(|| Error::Usage(format!("--map {pair} is no COLUMN=FIELD")))?;
        let place = heads.iter().position(|head| head == column);
        let place = place.ok_or_else(|| {
            Error::Usage(format!("the sheet has no column {column:?}; it has: {}", heads.join(", ")))
        })?;
        let known = Field::ALL.into_iter().find(|known| known.as_str() == field);
        if known.is_none() && !field.is_empty() {
            let all: Vec<&str> = Field::ALL.into_iter().map(Field::as_str).collect();
            return Err(Error::Usage(format!("{field} is no field; there are: {}", all.join(", "))));
        }
        if let Some(kept) = fields.get_mut(place) {
            *kept = known;
        }
    }
    if fields.iter().all(Option::is_none) {
        let why = "none of the columns is known by its name; say what they hold with --map COLUMN=FIELD";
        return Err(Error::Usage(format!("{why}. There are: {}", heads.join(", "))));
    }
    Ok(fields)
}

fn row(cells: &[String], fields: &[Option<Field>]) -> Row {
    let mut row = Row::default();
    let (mut first, mut last) = ("", "");
    for (cell, field) in cells.iter().zip(fields).filter(|(cell, _)| !cell.is_empty()) {
        let many = |kind: AddressKind| {
            let parts = cell.split([';', ',', '|', '\n']).flat_map(|part| part.split(" ::: "));
            parts
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(move |part| (kind, part.to_owned()))
                .collect::<Vec<_>>()
        };
        match field {
            Some(Field::Name) => row.name.clone_from(cell),
            Some(Field::First) => first = cell,
            Some(Field::Last) => last = cell,
            Some(Field::Email) => row.addresses.extend(many(AddressKind::Email)),
            Some(Field::Phone) => row.addresses.extend(many(AddressKind::Phone)),
            Some(Field::Language) => row.language.clone_from(cell),
            Some(Field::About) => row.about.clone_from(cell),
            None => {}
        }
    }
    if row.name.is_empty() {
        row.name = format!("{first} {last}").trim().to_owned();
    }
    row
}

/// Dry runs end so, and nothing of them stays.
enum Undone {
    Tried(Vec<Result<Became, String>>),
    Broke(store::Error),
}

impl From<store::Error> for Undone {
    fn from(fault: store::Error) -> Undone {
        Undone::Broke(fault)
    }
}

fn settle(
    desk: &Desk,
    batch: &mut Vec<(Row, Vec<String>)>,
    dry: bool,
    report: &mut Report,
    wrong: &mut Wrong<'_>,
) -> Result<(), Error> {
    let (rows, cells): (Vec<Row>, Vec<Vec<String>>) = std::mem::take(batch).into_iter().unzip();
    let (rows, now) = (Arc::new(rows), desk.clock.now());
    let outcome: Vec<Result<Became, String>> = desk.writer.write(move |tx| {
        let tried = tx.part(|tx| {
            let all = rows.iter().map(|row| one(tx, row, now)).collect::<store::Result<Vec<_>>>()?;
            if dry { Err(Undone::Tried(all)) } else { Ok(all) }
        });
        match tried {
            Ok(all) | Err(Undone::Tried(all)) => Ok::<_, store::Error>(all),
            Err(Undone::Broke(fault)) => Err(fault),
        }
    })?;
    for (became, cells) in outcome.into_iter().zip(cells) {
        match became {
            Ok(Became::Made) => report.made += 1,
            Ok(Became::Changed) => report.changed += 1,
            Ok(Became::Same) => report.same += 1,
            Err(why) => {
                report.wrong += 1;
                wrong.note(&cells, &why)?;
            }
        }
    }
    Ok(())
}

/// One row, whole or not at all; the reason where it cannot be taken.
fn one(tx: &Tx<'_>, row: &Row, now: Timestamp) -> store::Result<Result<Became, String>> {
    match tx.part(|tx| put(tx, row, now)) {
        Ok(became) => Ok(Ok(became)),
        Err(Stop::Several(names)) => Ok(Err(format!("its addresses belong to several contacts: {names}"))),
        Err(Stop::Action(actions::Error::Refused(refused))) => {
            Ok(Err(refusal::sentence(&Texts::new(Language::ALL[0]), &refused, &TimeZone::UTC)))
        }
        Err(Stop::Action(actions::Error::NotFound)) => Ok(Err("the contact has just gone".to_owned())),
        Err(Stop::Action(actions::Error::Store(fault))) => Err(fault),
    }
}

enum Stop {
    Action(actions::Error),
    Several(String),
}

impl<E: Into<actions::Error>> From<E> for Stop {
    fn from(fault: E) -> Stop {
        Stop::Action(fault.into())
    }
}

fn put(tx: &Tx<'_>, row: &Row, now: Timestamp) -> Result<Became, Stop> {
    let by = Viewer::console();
    let home = setting::get(tx, setting::key::COUNTRY)?;
    let mut owners: BTreeSet<Id<Contact>> = BTreeSet::new();
    let mut strange = Vec::new();
    let mut seen = BTreeSet::new();
    for (kind, value) in &row.addresses {
        let normal = kind.normal(value, home.as_deref())?;
        match store::contact::find_address(tx, *kind, Id::new(0), &normal)? {
            Some(there) => drop(owners.insert(there.contact)),
            None if seen.insert((*kind, normal)) => {
                strange.push(NewAddress { kind: *kind, value: value.clone(), channel: None });
            }
            None => {}
        }
    }
    let language = Some(row.language.clone()).filter(|language| !language.is_empty());
    let Some(owner) = owners.first().copied() else {
        let (name, about) = (row.name.clone(), row.about.clone());
        let new = contact::New { name, language, about, addresses: strange, fields: Vec::new() };
        contact::create(tx, &by, &new, now)?;
        return Ok(Became::Made);
    };
    if owners.len() > 1 {
        let names: Vec<String> = owners.iter().map(|id| format!("#{id}")).collect();
        return Err(Stop::Several(names.join(", ")));
    }
    let there = store::contact::get(tx, owner)?.ok_or(actions::Error::NotFound)?;
    let missing = |here: &str, new: &str| (here.is_empty() && !new.is_empty()).then(|| new.to_owned());
    let change = Change {
        name: missing(&there.name, &row.name),
        about: missing(&there.about, &row.about),
        language: language.filter(|_| there.language.is_none()),
        ..Change::default()
    };
    let changes = change.name.is_some() || change.about.is_some() || change.language.is_some();
    if !changes && strange.is_empty() {
        return Ok(Became::Same);
    }
    contact::change(tx, &by, owner, &change, now)?;
    for new in strange {
        contact::add_address(tx, &by, owner, &new, now)?;
    }
    Ok(Became::Changed)
}

/// The rows that could not be taken, in a sheet of their own that begins with the first of them.
struct Wrong<'w> {
    path: &'w Path,
    heads: &'w [String],
    out: Option<csv::Writer<File>>,
}

impl Wrong<'_> {
    fn note(&mut self, cells: &[String], why: &str) -> Result<(), Error> {
        let failed =
            |fault: &dyn std::fmt::Display| Error::Failed(format!("{}: {fault}", self.path.display()));
        let mut out = match self.out.take() {
            Some(out) => out,
            None => {
                let opened =
                    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(self.path);
                let mut out = csv::WriterBuilder::new()
                    .flexible(true)
                    .from_writer(opened.map_err(|fault| failed(&fault))?);
                let head = self.heads.iter().map(String::as_str).chain(["error"]);
                out.write_record(head).map_err(|fault| failed(&fault))?;
                out
            }
        };
        let mut line: Vec<String> = cells.iter().cloned().map(crate::cli::export::sheet::harmless).collect();
        line.resize(self.heads.len(), String::new());
        line.push(why.to_owned());
        out.write_record(&line).map_err(|fault| failed(&fault))?;
        self.out = Some(out);
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        let failed = |fault: std::io::Error| Error::Failed(format!("{}: {fault}", self.path.display()));
        self.out.map_or(Ok(()), |mut out| out.flush().map_err(failed))
    }
}
