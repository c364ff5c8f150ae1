//! Cells of a sheet that others open: what customers write must run nowhere (OWASP, CSV Injection).

/// What each sheet begins with. Without it Excel takes a file for one of the machine's own letters, and "García" comes
/// out as "GarcÃ­a"; other programs pass over it (The Unicode Standard, "Byte order mark").
pub const MARK: &str = "\u{feff}";

/// A cell that no spreadsheet runs: what begins like a formula gets an apostrophe before it.
pub fn harmless(cell: String) -> String {
    if is_formula(&cell) { format!("'{cell}") } else { cell }
}

/// What stood in a cell before [`harmless`].
pub fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

/// A line of harmless cells, each in quotation marks.
pub fn line(cells: impl IntoIterator<Item = impl Into<String>>) -> String {
    let quoted = |cell: String| format!("\"{}\"", harmless(cell).replace('"', "\"\""));
    let cells: Vec<String> = cells.into_iter().map(|cell| quoted(cell.into())).collect();
    format!("{}\r\n", cells.join(","))
}

/// It begins like a formula, also behind a space or a quotation mark or in wide letters.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches([' ', '"', '\'', '\u{a0}', '\u{feff}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_harmless_is_read_as_it_was() {
        for cell in ["", "Ana", "+34600111222", " =1+1", "%x", "＝1", "'quoted", "\"=1", "O'Hara"] {
            let guarded = harmless(cell.to_owned());
            assert!(!is_formula(&guarded) || guarded.starts_with('\''), "{guarded}");
            assert_eq!(plain(&guarded), cell);
        }
        assert_eq!(line(["=1", "say \"hi\""]), "\"'=1\",\"say \"\"hi\"\"\"\r\n");
    }
}
