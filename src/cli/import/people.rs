//! People from a sheet: its columns are known by their names, its rows are taken one by one, and what cannot be taken
//! comes back with the reason.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::ByteRecord;

use crate::actions::contact::take;
use crate::actions::sheet::{reader, unclosed, workbook};
use crate::cli::Error;
use crate::cli::progress::Progress;
use crate::desk::Desk;
use crate::domain::access::Viewer;
use crate::domain::field::Field;
use crate::domain::roster::{self as rows, Column, Counts, Row, text};
use crate::domain::search;
use crate::domain::sheet::{MARK, harmless};
use crate::i18n::{Language, Texts, refusal, roster};
use crate::store;

/// A row as it is understood, or why it is not.
type Read = Result<Row, rows::Wrong>;

/// Rows that share a commit.
const BATCH: usize = 200;

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
    pub columns: Vec<(String, Option<Column>)>,
    pub counts: Counts,
}

/// Takes every row of the sheet at `path`.
pub fn take(desk: &Desk, path: &Path, wish: &Wish) -> Result<Report, Error> {
    let failed = |fault: &dyn std::fmt::Display| Error::Failed(format!("{}: {fault}", path.display()));
    let size = std::fs::metadata(path).map_err(|fault| failed(&fault))?.len();
    let open = || File::open(path).map_err(|fault| failed(&fault));
    let mut start = Vec::new();
    open()?.take(8).read_to_end(&mut start).map_err(|fault| failed(&fault))?;
    if let Some(workbook) = workbook(&start) {
        return Err(failed(&refusal::field(&Texts::new(Language::En), workbook)));
    }
    if let Some(line) = unclosed(open()?).map_err(|fault| failed(&fault))? {
        let what = "begins a cell with a quotation mark, and none ends it; nothing was imported";
        return Err(failed(&format!("line {line} {what}")));
    }
    let mut sheet = reader(BufReader::new(open()?)).map_err(|fault| failed(&fault))?;
    let heads: Vec<String> = sheet.byte_headers().map_err(|fault| failed(&fault))?.iter().map(text).collect();
    let own = desk.readers.read(store::field::all)?;
    let columns = columns(&heads, &wish.map, &own)?;
    let mut report = Report {
        columns: heads.iter().cloned().zip(columns.iter().copied()).collect(),
        counts: Counts::default(),
    };
    let mut wrong = Wrong { path: &wish.errors, heads: &heads, own: &own, out: None };
    let mut progress = Progress::begin("Reading bytes of contacts");
    let mut batch = Vec::with_capacity(BATCH);
    let mut record = ByteRecord::new();
    while sheet.read_byte_record(&mut record).map_err(|fault| failed(&fault))? {
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let cells: Vec<String> = record.iter().map(text).collect();
        batch.push((Row::read(&cells, &columns), cells));
        if batch.len() == BATCH {
            settle(desk, &mut batch, wish.dry, &mut report, &mut wrong)?;
            let at = i64::try_from(sheet.position().byte()).unwrap_or(i64::MAX);
            progress.tell(at, i64::try_from(size).unwrap_or(i64::MAX));
        }
    }
    settle(desk, &mut batch, wish.dry, &mut report, &mut wrong)?;
    if report.counts.all() == 0 {
        return Err(failed(&"there is a line of headings, and no row below it"));
    }
    progress.end();
    wrong.end()?;
    Ok(report)
}

/// What the columns hold: what was said of them, before what their names tell.
fn columns(heads: &[String], map: &[String], own: &[Field]) -> Result<Vec<Option<Column>>, Error> {
    let known: Vec<Option<Column>> = heads.iter().map(|head| Column::guess(head, own)).collect();
    let mut columns = Column::once(&known);
    for pair in map {
        let (head, word) =
            pair.rsplit_once('=').ok_or_else(|| Error::Usage(format!("--map {pair} is no COLUMN=FIELD")))?;
        let place = heads.iter().position(|known| known == head);
        let place = place.ok_or_else(|| {
            Error::Usage(format!("the sheet has no column {head:?}; it has: {}", heads.join(", ")))
        })?;
        let folded = search::fold(word);
        let of_the_team = own.iter().find(|field| search::fold(&field.name) == folded);
        let common = Column::ALL.into_iter().find(|known| known.to_string() == word);
        let known = common.or(of_the_team.map(|field| Column::Own(field.id)));
        if known.is_none() && !word.is_empty() {
            let all = Column::ALL.iter().map(Column::to_string);
            let all: Vec<String> = all.chain(own.iter().map(|field| field.name.clone())).collect();
            return Err(Error::Usage(format!("{word} is no field; there are: {}", all.join(", "))));
        }
        if let Some(kept) = columns.get_mut(place) {
            *kept = known;
        }
    }
    for (head, first) in heads.iter().zip(Column::doubled(&columns)) {
        if let Some(first) = first.and_then(|first| heads.get(first)) {
            let why = "hold the same, and one of them would be lost; leave one out with --map COLUMN=";
            return Err(Error::Usage(format!("the columns {first:?} and {head:?} {why}")));
        }
    }
    if columns.iter().all(Option::is_none) {
        let why = "none of the columns is known by its name; say what they hold with --map COLUMN=FIELD";
        return Err(Error::Usage(format!("{why}. There are: {}", heads.join(", "))));
    }
    Ok(columns)
}

fn settle(
    desk: &Desk,
    batch: &mut Vec<(Read, Vec<String>)>,
    dry: bool,
    report: &mut Report,
    wrong: &mut Wrong<'_>,
) -> Result<(), Error> {
    let (rows, cells): (Vec<Read>, Vec<Vec<String>>) = std::mem::take(batch).into_iter().unzip();
    let (rows, now) = (Arc::new(rows), desk.clock.now());
    let outcome = desk.writer.write(move |tx| take::take(tx, &Viewer::console(), &rows, dry, now))?;
    for (became, cells) in outcome.into_iter().zip(cells) {
        report.counts.add(&became);
        if let Err(why) = became {
            wrong.note(&cells, &roster::why(&Texts::new(Language::ALL[0]), &why, wrong.own))?;
        }
    }
    Ok(())
}

/// The rows that could not be taken, in a sheet of their own that begins with the first of them.
struct Wrong<'w> {
    path: &'w Path,
    heads: &'w [String],
    own: &'w [Field],
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
                let mut file = opened.map_err(|fault| failed(&fault))?;
                file.write_all(MARK.as_bytes()).map_err(|fault| failed(&fault))?;
                let mut out = csv::WriterBuilder::new().flexible(true).from_writer(file);
                let head = self.heads.iter().map(String::as_str).chain(["error"]);
                out.write_record(head).map_err(|fault| failed(&fault))?;
                out
            }
        };
        let mut line: Vec<String> = cells.iter().cloned().map(harmless).collect();
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
