//! Reading sheets that other programs wrote: whatever their letters are kept in, and not at all where a quotation mark
//! has swallowed the rest.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::domain::Refused;
use crate::domain::refused::Problem;
use crate::domain::roster::{CELL, COLUMNS, ROWS, delimiter, text};
use crate::domain::sheet::MARK;

/// A reader of a sheet, which notices where its quotation marks stand.
pub type Reader<'r> = csv::Reader<Watched<Box<dyn BufRead + 'r>>>;

/// A reader of a sheet that has found out what its letters are kept in and what stands between its cells. What is kept
/// two bytes a letter is held in memory; everything else is read as it comes.
pub fn reader<'r>(from: impl BufRead + 'r) -> io::Result<Reader<'r>> {
    let mut from = plain(from)?;
    let line = from.fill_buf()?.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let sign = delimiter(line);
    let from = Watched { from, sign, at: At::Begin, line: 1, began: 1 };
    Ok(csv::ReaderBuilder::new().delimiter(sign).flexible(true).from_reader(from))
}

/// The bytes as programs of today write them, without the mark at their beginning.
fn plain<'r>(mut from: impl BufRead + 'r) -> io::Result<Box<dyn BufRead + 'r>> {
    let head = from.fill_buf()?;
    if head.starts_with(MARK.as_bytes()) {
        from.consume(MARK.len());
        return Ok(Box::new(from));
    }
    let Some(wide) = wide(head) else { return Ok(Box::new(from)) };
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes)?;
    Ok(Box::new(Cursor::new(wide.decode(&bytes).0.into_owned().into_bytes())))
}

/// Two bytes a letter, as spreadsheets save "Unicode text": by the mark at the beginning, or by the empty half of the
/// first letters.
fn wide(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => Some(UTF_16LE),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Where the reader stands between quotation marks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the beginning of a cell.
    Begin,
    Plain,
    Quoted,
    /// Behind a quotation mark inside a cell: its end, or the first of two that mean one.
    Closed,
}

/// Passes bytes on, and knows at the end whether a quotation mark was never closed.
pub struct Watched<R> {
    from: R,
    sign: u8,
    at: At,
    line: u32,
    began: u32,
}

impl<R> Watched<R> {
    /// The line in which a cell begins that has not ended yet.
    pub fn unclosed(&self) -> Option<u32> {
        (self.at == At::Quoted).then_some(self.began)
    }

    fn pass(&mut self, byte: u8) {
        let ends = byte == self.sign || matches!(byte, b'\n' | b'\r');
        self.at = match (self.at, byte) {
            (At::Begin, b'"') => {
                self.began = self.line;
                At::Quoted
            }
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) | (At::Closed, b'"') => At::Quoted,
            _ if ends => At::Begin,
            _ => At::Plain,
        };
        if byte == b'\n' {
            self.line = self.line.saturating_add(1);
        }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        for byte in into.iter().take(count) {
            self.pass(*byte);
        }
        Ok(count)
    }
}

/// The line of a sheet in which a cell begins that never ends, if there is one.
pub fn unclosed(from: impl Read) -> io::Result<Option<u32>> {
    let mut watched = reader(BufReader::new(from))?.into_inner();
    io::copy(&mut watched, &mut io::sink())?;
    Ok(watched.unclosed())
}

/// A sheet as it was read whole.
pub struct Sheet {
    pub heads: Vec<String>,
    /// Each with the number of its line.
    pub rows: Vec<(u32, Vec<String>)>,
}

/// Reads a sheet that a page brought; what is too large for that, or broken, is refused.
pub fn read(bytes: &[u8]) -> Result<Sheet, Refused> {
    let refused = |problem| Refused::Field { field: "file", problem };
    let wrong = |_| refused(Problem::Wrong);
    if let Some(line) = unclosed(bytes).map_err(|_| refused(Problem::Wrong))? {
        return Err(refused(Problem::OpenQuote { line }));
    }
    let mut sheet = reader(bytes).map_err(|_| refused(Problem::Wrong))?;
    let heads: Vec<String> = sheet.byte_headers().map_err(wrong)?.iter().map(text).collect();
    if heads.iter().all(String::is_empty) {
        return Err(refused(Problem::NoHeads));
    }
    if heads.len() > COLUMNS {
        return Err(refused(Problem::TooMany { most: 100 }));
    }
    let mut rows = Vec::new();
    for record in sheet.byte_records() {
        let record = record.map_err(wrong)?;
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let cells: Vec<String> = record.iter().take(heads.len()).map(text).collect();
        if cells.iter().any(|cell| cell.chars().count() > CELL) {
            return Err(refused(Problem::TooLong { most: 10_000 }));
        }
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((u32::try_from(line).unwrap_or(u32::MAX), cells));
        if rows.len() > ROWS {
            return Err(refused(Problem::TooMany { most: 100_000 }));
        }
    }
    if rows.is_empty() { Err(refused(Problem::NoRows)) } else { Ok(Sheet { heads, rows }) }
}
