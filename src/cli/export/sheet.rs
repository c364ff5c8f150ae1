//! A row a conversation, for a spreadsheet.

use std::io::Write as _;
use std::path::Path;

use rusqlite::Connection;

use super::Written;
use super::steady::Steady;
use crate::cli::Error;
use crate::cli::progress::Progress;
use crate::domain::sheet::{MARK, harmless};
use crate::store::sheet;

/// Writes the file `to`, which must not exist.
pub fn write(connection: &Connection, to: &Path) -> Result<Written, Error> {
    let failed = |fault: &dyn std::fmt::Display| Error::Failed(format!("{}: {fault}", to.display()));
    let mut file = Steady::begin(to).map_err(|fault| failed(&fault))?;
    file.write_all(MARK.as_bytes()).map_err(|fault| failed(&fault))?;
    let mut out = csv::WriterBuilder::new().buffer_capacity(1 << 18).from_writer(file);
    out.write_record(sheet::COLUMNS).map_err(|fault| failed(&fault))?;
    let (mut rows, newest) = (0, sheet::newest(connection)?);
    let mut progress = Progress::begin("Writing conversations");
    sheet::conversations::<Error>(connection, &mut |cells| {
        let id = cells.first().and_then(|id| id.parse().ok()).unwrap_or_default();
        let cells: Vec<String> = cells.into_iter().map(harmless).collect();
        out.write_record(&cells).map_err(|fault| failed(&fault))?;
        rows += 1;
        progress.tell(id, newest);
        Ok(())
    })?;
    progress.end();
    let file = out.into_inner().map_err(|fault| failed(&fault))?;
    file.end().map_err(|fault| failed(&fault))?;
    Ok(Written { rows, files: 0, hash: None })
}
