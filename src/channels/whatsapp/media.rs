//! Fetches what customers send: the id is turned into an address that lives five minutes, and that is read.

use std::io::{self, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Graph;
use crate::channels::{Fetched, LARGEST_FILE, not_fetched, retry_after, same_origin};
use crate::domain::outbox::{Cause, Failure, Next};
use crate::net::{Body, Call, signature};

/// Where Meta keeps files; nobody else is shown the token.
const HOSTS: [&str; 4] = [".fbsbx.com", ".whatsapp.net", ".facebook.com", ".fbcdn.net"];

pub(super) fn fetch(graph: &Graph<'_>, source: &Value, sink: &mut dyn Write) -> Result<Fetched, Failure> {
    let id = source["id"].as_str().unwrap_or_default();
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Err(Failure::never(Cause::Media, "the message names no file"));
    }
    let number = graph.account.get("phone_number_id");
    let found = graph.get(&format!("{id}?phone_number_id={number}")).map_err(gone)?;
    if found["file_size"].as_u64().is_some_and(|size| size > LARGEST_FILE) {
        return Err(Failure::never(Cause::Media, "the file is too large"));
    }
    let url = found["url"].as_str().unwrap_or_default();
    let mut hashed = Hashed { sink, hash: Sha256::new() };
    download(graph, url, &mut hashed)?;
    let expected = source["sha256"].as_str().or(found["sha256"].as_str());
    if expected.is_some_and(|expected| !hashed.is(expected)) {
        return Err(Failure::later(Cause::Media, "the file arrived damaged", None));
    }
    Ok(Fetched { media_type: found["mime_type"].as_str().map(str::to_owned), name: None })
}

fn download(graph: &Graph<'_>, url: &str, sink: &mut dyn Write) -> Result<(), Failure> {
    let trusted = graph.moved() && same_origin(url, graph.account.api(super::GRAPH));
    if !trusted && !is_metas(url) {
        return Err(Failure::never(Cause::Media, "the file lies on a host that is not Meta's"));
    }
    let bearer = graph.bearer();
    let call = Call {
        method: "GET",
        url,
        headers: &[("authorization", bearer.as_str())],
        body: Body::None,
        time: Duration::from_secs(300),
        trusted,
        most: LARGEST_FILE,
    };
    let answer = graph.client.download(call, sink).map_err(not_fetched)?;
    match answer.status {
        200..=299 => Ok(()),
        // The address has run out in the meantime; the next attempt asks for a new one.
        status => {
            let text = format!("the file's host answered {status}");
            Err(Failure::later(Cause::Media, text, retry_after(&answer)))
        }
    }
}

fn is_metas(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
    !authority.contains('@') && HOSTS.iter().any(|ending| host.ends_with(ending))
}

/// A file that Meta does not know is not there any more: customers' files are kept for seven days.
fn gone(failure: Failure) -> Failure {
    match failure.cause {
        Cause::InvalidContent => Failure::never(Cause::Media, failure.message),
        Cause::Auth if super::errors::is_missing(&failure) => Failure::never(Cause::Media, failure.message),
        _ if failure.next == Next::Unsure => Failure::later(Cause::Media, failure.message, None),
        _ => failure,
    }
}

/// Passes bytes on and knows their hash.
struct Hashed<'a> {
    sink: &'a mut dyn Write,
    hash: Sha256,
}

impl Hashed<'_> {
    /// Webhooks give the hash in base64, the API in hexadecimal.
    fn is(self, expected: &str) -> bool {
        let hash = self.hash.finalize();
        expected == STANDARD.encode(hash) || expected.eq_ignore_ascii_case(&signature::hex(&hash))
    }
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
