//! Reads a request's head, strictly: whatever two programs could understand differently is refused.

use std::mem::MaybeUninit;
use std::net::IpAddr;

use super::settings::Limits;
use super::status::{Refusal, malformed, refuse};
use crate::web::http::{Body, Headers, Method, Request};

/// No head has more headers than this, whatever the limits say.
const MOST_HEADERS: usize = 256;

/// These concern one connection, or are claims that only the front can check.
const OURS: [&str; 17] = [
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

#[derive(Debug)]
pub struct Head {
    pub method: Method,
    /// Path and query as they came.
    pub target: String,
    pub host: String,
    pub framing: Framing,
    pub keep: bool,
    /// The client waits for a "100 Continue" before it sends the body.
    pub expects: bool,
    /// All of them; the handler gets them without ours.
    pub headers: Headers,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framing {
    None,
    Length(u64),
    Chunked,
}

/// How far the search for the end of a head has come, so that no byte is looked at twice.
#[derive(Default, Debug)]
pub struct Scan {
    at: usize,
    line: usize,
}

impl Scan {
    /// Where the head ends, once it does. Lines end in CRLF and nothing else does.
    pub fn end(&mut self, input: &[u8]) -> Result<Option<usize>, Refusal> {
        while let Some(&byte) = input.get(self.at) {
            let after_cr = self.at > self.line && input[self.at - 1] == b'\r';
            if (byte == b'\n') != after_cr {
                return Err(malformed("a line must end in CRLF"));
            }
            if byte.is_ascii_control() && !matches!(byte, b'\r' | b'\n' | b'\t') {
                return Err(malformed("a control character in the head"));
            }
            self.at += 1;
            if byte == b'\n' {
                if self.at - self.line == 2 {
                    return Ok(Some(self.at));
                }
                self.line = self.at;
            }
        }
        Ok(None)
    }
}

/// `bytes` is exactly one head, with the empty line at its end.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Head, Refusal> {
    let mut lines = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let most = limits.headers.min(MOST_HEADERS);
    let mut raw = httparse::Request::new(&mut []);
    match raw.parse_with_uninit_headers(bytes, &mut lines[..most]) {
        Ok(httparse::Status::Complete(end)) if end == bytes.len() => {}
        Ok(_) => return Err(malformed("an empty head")),
        Err(httparse::Error::TooManyHeaders) => return Err(refuse(431, "too many headers")),
        Err(httparse::Error::Version) => return Err(malformed("we speak HTTP/1.1")),
        Err(_) => return Err(malformed("not a request")),
    }
    let (Some(method), Some(target), Some(minor)) = (raw.method, raw.path, raw.version) else {
        return Err(malformed("not a request"));
    };
    let Some(method) = Method::parse(method) else {
        return Err(refuse(501, "a method we do not know"));
    };
    if !target.starts_with('/') || !target.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
        return Err(malformed("the target must be a path"));
    }
    let mut headers = Headers::default();
    for header in raw.headers.iter() {
        let Ok(value) = std::str::from_utf8(header.value) else {
            return Err(malformed("a header that is not UTF-8"));
        };
        headers.insert(header.name, value);
    }
    Ok(Head {
        method,
        target: target.to_owned(),
        host: host(&headers)?,
        framing: framing(&headers, minor)?,
        keep: minor == 1 && !named_in_connection(&headers, "close"),
        expects: minor == 1 && expects(&headers)?,
        headers,
    })
}

impl Head {
    /// The request as far as it is known before its body, of this client.
    pub fn without_body(&self, peer: IpAddr, https: bool) -> Request {
        let mut request = Request::new(self.method, &self.target);
        let connection = self.headers.all("connection").any(|value| !value.is_empty());
        request.headers = if connection {
            let headers = &self.headers;
            let kept = headers.iter().filter(|(name, _)| !named_in_connection(headers, name));
            without_ours(kept)
        } else {
            without_ours(self.headers.iter())
        };
        request.peer = peer;
        request.https = https;
        request.host.clone_from(&self.host);
        request
    }

    pub fn into_request(self, body: Body, peer: IpAddr, https: bool) -> Request {
        Request { body, ..self.without_body(peer, https) }
    }
}

fn without_ours<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Headers {
    headers.filter(|(name, _)| !OURS.contains(name)).collect()
}

fn host(headers: &Headers) -> Result<String, Refusal> {
    let mut hosts = headers.all("host");
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(malformed("there must be one Host"));
    };
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]%~".contains(&byte);
    if host.is_empty() || !host.bytes().all(good) {
        return Err(malformed("a Host that is none"));
    }
    Ok(host.to_ascii_lowercase())
}

fn framing(headers: &Headers, minor: u8) -> Result<Framing, Refusal> {
    let mut lengths = headers.all("content-length");
    let mut codings = headers.all("transfer-encoding");
    match (lengths.next(), codings.next()) {
        (None, None) => Ok(Framing::None),
        (Some(length), None) if lengths.next().is_none() => {
            if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(malformed("Content-Length must be a number"));
            }
            match length.parse() {
                Ok(0) => Ok(Framing::None),
                Ok(length) => Ok(Framing::Length(length)),
                Err(_) => Err(malformed("Content-Length is no number of bytes")),
            }
        }
        (None, Some(coding)) if codings.next().is_none() && minor == 1 => {
            if coding.eq_ignore_ascii_case("chunked") {
                Ok(Framing::Chunked)
            } else {
                Err(malformed("Transfer-Encoding must be chunked"))
            }
        }
        _ => Err(malformed("the length of the body is said twice")),
    }
}

fn expects(headers: &Headers) -> Result<bool, Refusal> {
    let mut wishes = headers.all("expect").peekable();
    let any = wishes.peek().is_some();
    if wishes.all(|wish| wish.eq_ignore_ascii_case("100-continue")) {
        Ok(any)
    } else {
        Err(refuse(417, "we cannot do what you expect"))
    }
}

fn named_in_connection(headers: &Headers, name: &str) -> bool {
    headers
        .all("connection")
        .flat_map(|value| value.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Result<Head, u16> {
        let mut scan = Scan::default();
        match scan.end(head.as_bytes()) {
            Ok(Some(end)) => {
                parse(&head.as_bytes()[..end], &Limits::default()).map_err(|refusal| refusal.status)
            }
            Ok(None) => Err(0),
            Err(refusal) => Err(refusal.status),
        }
    }

    #[test]
    fn a_browser_is_understood() {
        let head = read(
            "POST /a%20b?c=d&e HTTP/1.1\r\nHost: Example.org:8080\r\nCookie: a=b\r\n\
             Content-Length: 12\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\n\
             X-Forwarded-For: 1.2.3.4\r\n\r\n",
        )
        .unwrap();
        assert_eq!(head.framing, Framing::Length(12));
        assert!(head.keep && !head.expects);
        let request = head.into_request(Body::empty(), [127, 0, 0, 1].into(), false);
        assert_eq!((request.path.as_str(), request.query.as_str()), ("/a%20b", "c=d&e"));
        assert_eq!(request.host, "example.org:8080");
        let left: Vec<_> = request.headers.iter().collect();
        assert_eq!(left, [("host", "Example.org:8080"), ("cookie", "a=b")]);
    }

    #[test]
    fn the_end_is_found_however_the_bytes_come() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next";
        let mut scan = Scan::default();
        for end in 1..27 {
            assert_eq!(scan.end(&head[..end]), Ok(None), "{end}");
        }
        assert_eq!(scan.end(head), Ok(Some(27)));
    }

    #[test]
    fn an_old_client_is_answered_once() {
        assert!(!read("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n").unwrap().keep);
        assert!(!read("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").unwrap().keep);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for lines in [
            "",
            "Host: a\r\nHost: a\r\n",
            "Host:\r\n",
            "Host: a b\r\n",
            "Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
            "Host: a\r\nContent-Length: 1, 1\r\n",
            "Host: a\r\nContent-Length:\r\n",
            "Host: a\r\nContent-Length: 0x1\r\n",
            "Host: a\r\nTransfer-Encoding: chunked, chunked\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Host: a\r\nTransfer-Encoding:\r\n",
            "Host: a\r\nTransfer-Encoding : chunked\r\n",
            "Host: a\r\n: empty\r\n",
            "Host: a\r\nno colon\r\n",
            "Host: a\rX: b\r\n",
        ] {
            let head = format!("GET / HTTP/1.1\r\n{lines}\r\n");
            assert_eq!(read(&head).unwrap_err(), 400, "{head:?}");
        }
    }
}
