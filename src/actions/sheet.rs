//! Reading sheets that other programs wrote: whatever their letters are kept in, and not at all where a quotation mark
//! has swallowed the rest.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::domain::Refused;
use crate::domain::refused::Problem;
use crate::domain::roster::{CELL, COLUMNS, ROWS, delimiter, said_delimiter, text};
use crate::domain::sheet::MARK;

/// A reader of a sheet, which notices where its quotation marks stand.
pub type Reader<'r> = csv::Reader<Watched<Box<dyn BufRead + 'r>>>;

/// A reader of a sheet that has found out what its letters are kept in and what stands between its cells. What is kept
/// two bytes a letter is held in memory; everything else is read as it comes.
pub fn reader<'r>(from: impl BufRead + 'r) -> io::Result<Reader<'r>> {
    let (from, sign, ends) = opened(from)?;
    let from = Watched { from, sign, at: At::Begin, began: ends.line, ends };
    Ok(csv::ReaderBuilder::new().delimiter(sign).flexible(true).from_reader(from))
}

/// The bytes from the line of headings on, what stands between the cells, and the line that begins there. A first line
/// that only says what stands between the cells, as Excel wants it, is no line of headings.
fn opened<'r>(from: impl BufRead + 'r) -> io::Result<(Box<dyn BufRead + 'r>, u8, Ends)> {
    let mut from = plain(from)?;
    let head = from.fill_buf()?;
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let mut ends = Ends { line: 1, carriage: false };
    let Some(sign) = said_delimiter(line) else {
        let sign = delimiter(line);
        return Ok((from, sign, ends));
    };
    let end: &[u8] = match head.get(line.len()..) {
        Some([b'\r', b'\n', ..]) => b"\r\n",
        Some([_, ..]) => b"\n",
        _ => b"",
    };
    end.iter().for_each(|byte| ends.pass(*byte));
    let over = line.len() + end.len();
    from.consume(over);
    Ok((from, sign, ends))
}

/// Counts lines, whichever way they end: old programs write a carriage return alone, which `csv` does not count.
struct Ends {
    line: u32,
    carriage: bool,
}

impl Ends {
    fn pass(&mut self, byte: u8) {
        if byte == b'\r' || (byte == b'\n' && !self.carriage) {
            self.line = self.line.saturating_add(1);
        }
        self.carriage = byte == b'\r';
    }
}

/// Reads the bytes of a sheet a second time, to tell in which lines its rows begin.
struct Lines<'r> {
    from: Box<dyn BufRead + 'r>,
    ends: Ends,
    at: u64,
}

impl<'r> Lines<'r> {
    fn of(from: impl BufRead + 'r) -> io::Result<Lines<'r>> {
        let (from, _, ends) = opened(from)?;
        Ok(Lines { from, ends, at: 0 })
    }

    /// The line of the row that is read from this byte on. Empty lines before it belong to none.
    fn line(&mut self, byte: u64) -> io::Result<u32> {
        loop {
            let part = self.from.fill_buf()?;
            let mut count = 0;
            for next in part {
                if self.at >= byte && !matches!(next, b'\n' | b'\r') {
                    break;
                }
                self.ends.pass(*next);
                self.at += 1;
                count += 1;
            }
            let ended = count < part.len() || part.is_empty();
            self.from.consume(count);
            if ended {
                return Ok(self.ends.line);
            }
        }
    }
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
    ends: Ends,
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
                self.began = self.ends.line;
                At::Quoted
            }
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) | (At::Closed, b'"') => At::Quoted,
            _ if ends => At::Begin,
            _ => At::Plain,
        };
        self.ends.pass(byte);
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

/// Which workbook these bytes are, if they are one: both kinds are known by how they begin.
pub fn workbook(bytes: &[u8]) -> Option<Problem> {
    match bytes {
        [b'P', b'K', 3, 4, ..] => Some(Problem::Workbook),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some(Problem::OldWorkbook),
        _ => None,
    }
}

/// A sheet as it was read whole.
pub struct Sheet {
    pub heads: Vec<String>,
    /// Each with the number of its line, which no two share. A row may have more cells than there are headings.
    pub rows: Vec<(u32, Vec<String>)>,
}

/// Reads a sheet that a page brought; what is too large for that, or broken, is refused.
pub fn read(bytes: &[u8]) -> Result<Sheet, Refused> {
    let refused = |problem| Refused::Field { field: "file", problem };
    if let Some(workbook) = workbook(bytes) {
        return Err(refused(workbook));
    }
    if let Some(line) = unclosed(bytes).map_err(|_| refused(Problem::Wrong))? {
        return Err(refused(Problem::OpenQuote { line }));
    }
    let mut sheet = reader(bytes).map_err(|_| refused(Problem::Wrong))?;
    let heads = sheet.byte_headers().map_err(|_| refused(Problem::Wrong))?;
    let heads: Vec<String> = heads.iter().map(text).collect();
    if heads.iter().all(String::is_empty) {
        return Err(refused(Problem::NoHeads));
    }
    if heads.len() > COLUMNS {
        return Err(refused(Problem::TooMany { most: 100 }));
    }
    let rows = rows(&mut sheet, heads.len(), bytes).map_err(refused)?;
    if rows.is_empty() { Err(refused(Problem::NoRows)) } else { Ok(Sheet { heads, rows }) }
}

/// The rows below the headings, without those that are blank.
fn rows(sheet: &mut Reader<'_>, width: usize, bytes: &[u8]) -> Result<Vec<(u32, Vec<String>)>, Problem> {
    let mut lines = Lines::of(bytes).map_err(|_| Problem::Wrong)?;
    let mut rows: Vec<(u32, Vec<String>)> = Vec::new();
    for record in sheet.byte_records() {
        let record = record.map_err(|_| Problem::Wrong)?;
        // Blank cells behind the last heading are no loss: spreadsheets leave them where something stood once.
        let filled = record.iter().rposition(|cell| !cell.trim_ascii().is_empty());
        let Some(last) = filled else { continue };
        let cells: Vec<String> = record.iter().take(width.max(last + 1)).map(text).collect();
        if cells.iter().any(|cell| cell.chars().count() > CELL) {
            return Err(Problem::TooLong { most: 10_000 });
        }
        let line =
            lines.line(record.position().map_or(0, csv::Position::byte)).map_err(|_| Problem::Wrong)?;
        // The line is also the key of the row. However a file is broken, it goes on.
        let least = rows.last().map_or(0, |(before, _)| before.saturating_add(1));
        rows.push((line.max(least), cells));
        if rows.len() > ROWS {
            return Err(Problem::TooMany { most: 100_000 });
        }
    }
    Ok(rows)
}
