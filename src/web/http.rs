//! Requests and answers as plain data, so that pages are tested without sockets.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use super::front::depot::Share;
use crate::domain::Timestamp;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// Methods are case-sensitive, so `get` is no method at all.
    pub fn parse(name: &str) -> Option<Method> {
        Some(match name {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            "OPTIONS" => Method::Options,
            _ => return None,
        })
    }

    /// The method as it stands in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
        }
    }
}

/// A whole request, checked and read by the front.
#[derive(Debug)]
pub struct Request {
    pub method: Method,
    /// Still percent-encoded; begins with `/`.
    pub path: String,
    /// Raw, without `?`.
    pub query: String,
    pub headers: Headers,
    pub body: Body,
    /// The client, after trusted proxies.
    pub peer: IpAddr,
    pub https: bool,
    pub host: String,
}

/// Header lines with lower-case names.
#[derive(Debug, Default, Clone)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The value of the first header with this lower-case name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The values of every header with this lower-case name, in order.
    pub fn all<'a>(&'a self, name: &str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Every header in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Adds a header.
    pub fn insert(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_ascii_lowercase(), value.into()));
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in pairs {
            headers.insert(name.as_ref(), value.as_ref());
        }
        headers
    }
}

/// The body of a request: small ones in memory, large ones in a file without a name.
#[derive(Debug)]
pub enum Body {
    Bytes(Vec<u8>),
    File {
        file: File,
        len: u64,
        /// What it takes of the room for temporary files; `None`: it is no temporary file.
        share: Option<Share>,
    },
}

impl Body {
    /// No body.
    pub const fn empty() -> Body {
        Body::Bytes(Vec::new())
    }

    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::File { len, .. } => *len,
        }
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it in memory; an error when it is longer than `limit`.
    pub fn into_bytes(self, limit: u64) -> io::Result<Vec<u8>> {
        if self.len() > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if let Body::Bytes(bytes) = self {
            return Ok(bytes);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(self.len()).unwrap_or_default());
        self.reader().read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads a piece from anywhere in it.
    pub fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        match self {
            Body::Bytes(bytes) => {
                let start = usize::try_from(at).map_or(bytes.len(), |at| at.min(bytes.len()));
                (&bytes[start..]).read(buffer)
            }
            Body::File { file, .. } => file.read_at(buffer, at),
        }
    }

    /// Reads it from the beginning. Where the file was written to does not matter.
    pub const fn reader(self) -> BodyReader {
        BodyReader { body: self, at: 0 }
    }
}

/// Reads a body with a place of its own.
#[derive(Debug)]
pub struct BodyReader {
    body: Body,
    at: u64,
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.body.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// What is answered.
pub struct Response {
    pub status: u16,
    pub headers: Vec<(Cow<'static, str>, String)>,
    pub body: Content,
    pub park: Option<Park>,
    /// From when on it may be tried again, for an answer that says that it was too often.
    pub again: Option<Timestamp>,
}

/// The body of an answer.
pub enum Content {
    Empty,
    Bytes(Vec<u8>),
    /// A file of the desk as it lies on its disk, from its first byte on. It is read as fast as the client takes it.
    File {
        file: File,
        len: u64,
    },
    Stream {
        reader: Box<dyn Read + Send>,
        len: Option<u64>,
    },
}

/// Nothing new yet: keep the request until the topic is told, and ask again; answer as given after `for_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Park {
    pub topic: String,
    pub for_: Duration,
}

impl Request {
    /// A request for tests; `target` is path and query.
    pub fn new(method: Method, target: &str) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Headers::default(),
            body: Body::empty(),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            https: false,
            host: "localhost".to_owned(),
        }
    }

    /// A GET request for tests.
    pub fn get(target: &str) -> Request {
        Request::new(Method::Get, target)
    }

    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Request {
        self.headers.insert(name, value);
        self
    }

    #[must_use]
    pub fn with_body(mut self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Request {
        self.headers.insert("content-type", content_type);
        self.body = Body::Bytes(bytes.into());
        self
    }
}

impl Response {
    pub fn new(status: u16) -> Response {
        Response { status, headers: Vec::new(), body: Content::Empty, park: None, again: None }
    }

    pub fn html(html: String) -> Response {
        Response::new(200)
            .with_header("Content-Type", "text/html; charset=utf-8")
            .with_body(html.into_bytes())
    }

    pub fn text(status: u16, text: &str) -> Response {
        Response::new(status).with_header("Content-Type", "text/plain; charset=utf-8").with_body(text.into())
    }

    pub fn json(status: u16, json: Vec<u8>) -> Response {
        Response::new(status).with_header("Content-Type", "application/json").with_body(json)
    }

    /// "See there", after a form.
    pub fn redirect(to: &str) -> Response {
        Response::new(303).with_header("Location", to)
    }

    /// A file that the browser keeps under this name; its body is still to come.
    pub fn download(media: &str, name: &str) -> Response {
        Response::new(200)
            .with_header("Content-Type", media)
            .with_header("Content-Disposition", disposition(name, true))
    }

    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Response {
        self.headers.push((Cow::Borrowed(name), value.into()));
        self
    }

    #[must_use]
    pub fn with_body(mut self, bytes: Vec<u8>) -> Response {
        self.body = Content::Bytes(bytes);
        self
    }

    #[must_use]
    pub fn with_park(mut self, topic: &str, for_: Duration) -> Response {
        self.park = Some(Park { topic: topic.to_owned(), for_ });
        self
    }

    /// The first value of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// The name for saving, once for old browsers and once in full (RFC 6266).
pub fn disposition(name: &str, download: bool) -> String {
    let kind = if download { "attachment" } else { "inline" };
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' }).collect();
    let full = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{full}")
}
