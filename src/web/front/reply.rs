//! A handler's answer made ready for a client who may be slow: read whole, and checked.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use rustix::fs::{Advice, fadvise};

use super::depot::Share;
use super::spool::Spool;
use super::status::{AGAIN, Refusal};
use crate::net::signature::hex;
use crate::random;
use crate::web::http::{Body, Content, Method, Park, Response};

pub struct Reply {
    pub status: u16,
    pub headers: Vec<(Cow<'static, str>, String)>,
    pub body: Body,
    /// What GET would send; differs from the body's length when the answer is to HEAD.
    pub len: u64,
    pub park: Option<Park>,
}

impl Reply {
    /// Reads the content to its end, so that the worker is free however slow the client is; what lies in a file
    /// already is left there. What is larger than `memory` goes to a file that counts against `share`.
    pub fn from_response(
        response: Response,
        method: Method,
        memory: usize,
        share: Share,
    ) -> io::Result<Reply> {
        check(&response)?;
        let (body, len) = match response.body {
            Content::File { len, .. } if method == Method::Head => (Body::empty(), len),
            Content::Stream { len: Some(len), .. } if method == Method::Head => (Body::empty(), len),
            content => {
                let body = gather(content, memory, share)?;
                let len = body.len();
                (body, len)
            }
        };
        Ok(Reply { status: response.status, headers: response.headers, body, len, park: response.park })
    }

    /// A mistake of ours ended the request. Its number stands in the log and in the answer, so that whoever runs the desk
    /// finds the one from the other.
    pub fn mishap() -> Reply {
        let number = hex(&random::bytes::<4>());
        log::error!("request {number} ended by a mistake in the program, which the lines before tell of");
        let words = format!(
            "Something went wrong here. What you did last may not have been kept: go back, reload, and look before you \
             try again. If it happens again, tell whoever runs this desk the number {number}, which its log names.\n"
        );
        Reply::words(500, &words)
    }

    /// The same in the manner of the API where a program asked.
    pub fn mishap_at(path: &str) -> Reply {
        let mut reply = Reply::mishap();
        if path.starts_with("/api/")
            && let Body::Bytes(words) = &reply.body
        {
            let words = String::from_utf8_lossy(words);
            let (message, fix) = words.trim_end().split_at(words.find(". ").map_or(0, |end| end + 1));
            let error = serde_json::json!({ "code": "mishap", "message": message, "fix": fix.trim_start() });
            let told = serde_json::json!({ "error": error }).to_string();
            reply.headers = vec![("Content-Type".into(), "application/json".into())];
            (reply.len, reply.body) = (told.len() as u64, Body::Bytes(told.into_bytes()));
        }
        reply
    }

    /// What the front itself says to a client that it sends away.
    pub fn refused(refusal: Refusal) -> Reply {
        let mut reply = Reply::words(refusal.status, &format!("{}.\n", refusal.why));
        if matches!(refusal.status, 429 | 503) {
            reply.headers.push(("Retry-After".into(), AGAIN.to_string()));
        }
        reply
    }

    pub fn words(status: u16, words: &str) -> Reply {
        let kind = ("Content-Type".into(), "text/plain; charset=utf-8".into());
        Reply {
            status,
            headers: vec![kind],
            body: Body::Bytes(words.as_bytes().to_vec()),
            len: words.len() as u64,
            park: None,
        }
    }
}

fn gather(content: Content, memory: usize, share: Share) -> io::Result<Body> {
    let mut spool = Spool::new(memory, share);
    match content {
        Content::Empty => {}
        Content::File { file, len } => {
            // From its beginning to its end, so the system may read ahead. If it does not, nothing is lost.
            let _ = fadvise(&file, 0, None, Advice::Sequential);
            return Ok(Body::File { file, len, share: None });
        }
        Content::Bytes(bytes) if bytes.len() <= memory => return Ok(Body::Bytes(bytes)),
        Content::Bytes(bytes) => spool.write_all(&bytes)?,
        Content::Stream { mut reader, len } => {
            let most = len.map_or(u64::MAX, |len| len.saturating_add(1));
            let read = io::copy(&mut (&mut reader).take(most), &mut spool)?;
            if len.is_some_and(|len| len != read) {
                return Err(io::Error::other("the stream is not as long as it said"));
            }
        }
    }
    Ok(spool.finish())
}

/// A header with a line break in it would be a second header, or a second answer.
fn check(response: &Response) -> io::Result<()> {
    if !(200..=599).contains(&response.status) {
        return Err(io::Error::other("no final status"));
    }
    for (name, value) in &response.headers {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) {
            return Err(io::Error::other("a header name that is no token"));
        }
        if value.bytes().any(|byte| byte != b'\t' && byte.is_ascii_control()) {
            return Err(io::Error::other("a control character in a header"));
        }
    }
    Ok(())
}
