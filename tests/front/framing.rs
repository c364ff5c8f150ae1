//! Requests that two programs could read differently: refused, and nothing after them is heard.

use super::harness::{echo, get, post};

/// What an attacker hopes to have executed.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

fn refused(request: impl AsRef<[u8]>) {
    let request = request.as_ref();
    let shown = String::from_utf8_lossy(&request[..request.len().min(200)]).into_owned();
    let site = echo();
    let mut client = site.client();
    client.say([request, SMUGGLED.as_bytes()].concat());
    let answer = client.answer();
    let expected = if shown.starts_with("get") { 501 } else { 400 };
    assert_eq!(answer.status, expected, "{shown:?}");
    assert_eq!(answer.header("Connection"), Some("close"), "{shown:?}");
    client.assert_closed();
    assert_eq!(site.handled(), 0, "{shown:?}");
}

#[test]
fn lengths_that_are_none() {
    for length in ["-1", "+5", "18446744073709551616", "abc", "5, 5", "0x5", "5 5", "", "5;", "1e1"] {
        refused(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\nhello"));
    }
}

#[test]
fn lengths_said_twice() {
    for lines in [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    ] {
        refused(format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n0\r\n\r\n"));
    }
}

#[test]
fn codings_other_than_chunked() {
    for coding in ["xchunked", "identity", "gzip", "gzip, chunked", "chunked, identity", "\"chunked\""] {
        refused(format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n"));
    }
    refused("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n");
    refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n");
}

#[test]
fn hosts_and_targets() {
    for head in [
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n",
        "GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n",
        "GET /a#b HTTP/1.1\r\nHost: a\r\n",
        "GET /\u{fc} HTTP/1.1\r\nHost: a\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n",
        "GET / HTTP/1.1 x\r\nHost: a\r\n",
        "get / HTTP/1.1\r\nHost: a\r\n",
    ] {
        refused(format!("{head}\r\n"));
    }
}

#[test]
fn versions() {
    for version in ["HTTP/1.2", "HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/1.10", "http/1.1", "X"] {
        refused(format!("GET / {version}\r\nHost: a\r\n\r\n"));
    }
    refused("GET /\r\n\r\n");
    refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

#[test]
fn line_ends_and_control_characters() {
    for request in [
        &b"GET / HTTP/1.1\nHost: a\n\n"[..],
        b"GET / HTTP/1.1\r\nHost: a\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\rX: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\tfolded\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n",
        b"GET\0 / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \xff\xfe\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n",
        b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        refused(request);
    }
}

#[test]
fn broken_chunks() {
    for body in [
        "8;a /info?SMUGGLED HTTP/1.1\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello!\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "0\r\nX: trailer\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFFFF\r\nhello",
        "\r\n",
    ] {
        refused(format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}"));
    }
}

#[test]
fn an_empty_line_between_requests_is_forgiven_once() {
    let site = echo();
    let mut client = site.client();
    client.say(post("/a", "b") + "\r\n" + &get("/c"));
    assert_eq!(client.answer().text(), "POST /a b");
    assert_eq!(client.answer().text(), "GET /c ");
}
