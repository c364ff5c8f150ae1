//! Sheets that are taken away: each as a CSV file under its name.

use std::io;

use super::http::{Content, Response};
use super::parted;

/// What `next` gives until it gives `None`, after the line of heads, as the file `name`.csv.
pub fn parted(
    name: &str,
    heads: &str,
    next: impl FnMut() -> io::Result<Option<Vec<u8>>> + Send + 'static,
) -> Response {
    file(name, parted::body(heads.as_bytes().to_vec(), next))
}

/// A whole sheet as the file `name`.csv.
pub fn whole(name: &str, text: &str) -> Response {
    file(name, Content::Bytes(text.as_bytes().to_vec()))
}

fn file(name: &str, body: Content) -> Response {
    let mut response = Response::download("text/csv; charset=utf-8", &format!("{name}.csv"));
    response.body = body;
    response
}
