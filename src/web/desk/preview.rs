//! The beginning of a text file on a page, so that nobody has to download it to know what it says. What a browser could
//! run is no such file: only plain texts and tables are shown, as words.

use super::attachment::visible;
use crate::store::attachment;
use crate::templates::preview::{self as template, Preview, Words};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// How much of a text is shown, in characters.
const MOST: usize = 100_000;
/// How much of a table is shown.
const ROWS: usize = 200;
const COLUMNS: usize = 30;

/// The page of one file.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let key: String = cx.param("key")?;
    let (file, bytes, conversation) = cx.read(|c| {
        let file = visible(c, cx, &key)?;
        let bytes = attachment::part(c, file.id, 0)?.unwrap_or_default();
        let message = match file.message {
            Some(message) => crate::store::message::get(c, message)?,
            None => None,
        };
        Ok::<_, Failure>((file, bytes, message.map(|message| message.conversation)))
    })?;
    if !template::is_shown(&file) {
        return Err(Failure::NotFound);
    }
    let text = decoded(&bytes);
    let shown: String = text.chars().filter(|c| *c != '\0').take(MOST).collect();
    let mut cut = (bytes.len() as u64) < file.size || shown.len() < text.len();
    let words = if template::is_table(&file) {
        let rows = table(&shown);
        cut |= rows.len() > ROWS;
        Words::Table(rows.into_iter().take(ROWS).collect())
    } else {
        Words::Text(shown)
    };
    let frame = cx.frame(&file.name)?;
    Ok(cx.page(&frame, &template::page(&frame, &Preview { file, conversation, words, cut })))
}

/// As the file is written: UTF-8, or else a byte a letter, as old programs of Western Europe write.
fn decoded(bytes: &[u8]) -> String {
    // The first part may end within a letter.
    let whole = match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(fault) if fault.error_len().is_none() => fault.valid_up_to(),
        Err(_) => return bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let text = String::from_utf8_lossy(bytes.get(..whole).unwrap_or_default());
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

/// The rows, by the sign that the first line has most of.
fn table(text: &str) -> Vec<Vec<String>> {
    let first = text.lines().next().unwrap_or_default();
    let count = |sign: &u8| first.bytes().filter(|byte| byte == sign).count();
    let delimiter = b",;\t".iter().copied().max_by_key(count).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let rows = reader.records().map_while(Result::ok).take(ROWS + 1);
    rows.map(|row| row.iter().take(COLUMNS).map(str::to_owned).collect()).collect()
}
