//! Pages and assets made smaller on their way to browsers that take gzip.
//!
//! The length of a compressed page tells how much of it is alike, so who may choose a part of a page and see the
//! lengths of many could guess the rest (BREACH). Therefore a page is only compressed when the browser says that
//! no other site asked for it, or when the request has no query that the page could repeat; and each answer
//! carries padding of a random length. What a stranger writes in a message can still stand on a page, but nobody
//! outside can have that page fetched again and again.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

use super::http::{Content, Method, Request, Response};
use crate::random;

/// A quarter smaller than the quickest level, for half of what the page itself takes.
const LEVEL: Compression = Compression::new(4);
/// Smaller answers fit into one or two packets anyway.
const WORTHWHILE: usize = 2048;

/// The client takes gzip.
pub fn taken(request: &Request) -> bool {
    request.headers.all("accept-encoding").flat_map(|line| line.split(',')).any(|wish| {
        let mut parts = wish.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = |part: &str| {
            part.strip_prefix("q=")
                .is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0))
        };
        named && !parts.any(refused)
    })
}

/// Compresses what is sent many times: as small as it gets.
pub fn small(bytes: &[u8]) -> Vec<u8> {
    pack(bytes, Compression::best(), Vec::new())
}

/// Compresses a page, where it is worthwhile and tells nobody anything.
pub fn page(request: &Request, response: &mut Response) {
    if !fits(request, response) {
        return;
    }
    let Content::Bytes(bytes) = &response.body else { return };
    let packed = pack(bytes, LEVEL, padding());
    response.body = Content::Bytes(packed);
    response.headers.push(("Content-Encoding".into(), "gzip".to_owned()));
    response.headers.push(("Vary".into(), "Accept-Encoding".to_owned()));
}

fn fits(request: &Request, response: &Response) -> bool {
    let Content::Bytes(bytes) = &response.body else { return false };
    let html = response.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    request.method == Method::Get
        && response.status == 200
        && bytes.len() >= WORTHWHILE
        && html
        && response.header("content-encoding").is_none()
        && unprompted(request)
        && taken(request)
}

/// Nobody else chose what stands in the page.
fn unprompted(request: &Request) -> bool {
    match request.headers.get("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => request.query.is_empty(),
    }
}

/// Stands in the file name of the head, which browsers pass over.
fn padding() -> Vec<u8> {
    let [length, bytes @ ..] = random::bytes::<65>();
    bytes.iter().take(usize::from(length % 64)).map(|byte| b'a' + byte % 26).collect()
}

fn pack(bytes: &[u8], level: Compression, padding: Vec<u8>) -> Vec<u8> {
    let room = Vec::with_capacity(bytes.len() / 4 + 128);
    let builder = if padding.is_empty() { GzBuilder::new() } else { GzBuilder::new().filename(padding) };
    let mut encoder = builder.write(room, level);
    // Writing to a vector cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
