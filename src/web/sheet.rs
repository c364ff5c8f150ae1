//! Sheets that are taken away: each as a CSV file under its name.

use std::io;

use super::http::{Content, Response};
use super::parted;
use crate::domain::sheet::MARK;

/// What `next` gives until it gives `None`, after the line of heads, as the file `name`.csv.
pub fn parted(
    name: &str,
    heads: &str,
    next: impl FnMut() -> io::Result<Option<Vec<u8>>> + Send + 'static,
) -> Response {
    file(name, parted::body(marked(heads), next))
}

/// A whole sheet as the file `name`.csv.
pub fn whole(name: &str, text: &str) -> Response {
    file(name, Content::Bytes(marked(text)))
}

fn marked(text: &str) -> Vec<u8> {
    [MARK, text].concat().into_bytes()
}

fn file(name: &str, body: Content) -> Response {
    let mut response = Response::download("text/csv; charset=utf-8", &format!("{name}.csv"));
    response.body = body;
    response
}
