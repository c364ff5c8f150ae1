//! Writes one answer to its client, as fast as the client takes it.

use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant, UNIX_EPOCH};

use super::intake::at_slowest;
use super::reply::Reply;
use super::settings::Limits;
use super::status::reason;
use super::transport::Transport;
use crate::clock::Clock;
use crate::web::http::{Body, Method};

/// A body up to this size goes out together with its head, in one write.
const PIECE: usize = 64 * 1024;

/// One client gets this many pieces before the others have their turn.
const TURN: usize = 8;

/// Headers that are ours to say; a handler's are left out.
const OURS: [&str; 8] = [
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub struct Answer {
    pub keep: bool,
    piece: Vec<u8>,
    at: usize,
    body: Body,
    body_at: u64,
    since: Instant,
    /// When the client last took something.
    taken: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    Done,
    Blocked,
    More,
}

impl Answer {
    pub fn new(reply: Reply, method: Method, keep: bool, date: &mut Date, now: Instant) -> Answer {
        let bodiless = matches!(reply.status, 204 | 304);
        let body = if bodiless || method == Method::Head { Body::empty() } else { reply.body };
        let mut piece = Vec::with_capacity(512 + body.len().min(PIECE as u64) as usize);
        let len = (!bodiless).then_some(reply.len);
        write_head(&mut piece, reply.status, &reply.headers, len, keep, date.now());
        let mut answer = Answer { keep, piece, at: 0, body, body_at: 0, since: now, taken: now };
        if let Body::Bytes(bytes) = &answer.body
            && bytes.len() <= PIECE
        {
            answer.piece.extend_from_slice(bytes);
            answer.body = Body::empty();
        }
        answer
    }

    pub fn write(&mut self, transport: &mut Transport, now: Instant) -> io::Result<Progress> {
        for _ in 0..TURN {
            while self.at < self.piece.len() {
                match transport.write(&self.piece[self.at..]) {
                    Ok(0) => return Err(ErrorKind::WriteZero.into()),
                    Ok(count) => {
                        self.at += count;
                        self.taken = now;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        return Ok(Progress::Blocked);
                    }
                    Err(error) => return Err(error),
                }
            }
            if self.body_at == self.body.len() {
                let flushed = transport.flush()?;
                return Ok(if flushed { Progress::Done } else { Progress::Blocked });
            }
            self.refill()?;
        }
        Ok(Progress::More)
    }

    fn refill(&mut self) -> io::Result<()> {
        let left = self.body.len() - self.body_at;
        self.piece.resize(usize::try_from(left).map_or(PIECE, |left| left.min(PIECE)), 0);
        self.at = 0;
        let count = self.body.read_at(&mut self.piece, self.body_at)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.piece.truncate(count);
        self.body_at += count as u64;
        Ok(())
    }

    pub const fn since(&self) -> Instant {
        self.since
    }

    pub const fn taken(&self) -> Instant {
        self.taken
    }

    pub fn deadline(&self, limits: &Limits) -> Instant {
        self.since + limits.write_time + at_slowest(self.body_at, limits)
    }
}

fn write_head(
    out: &mut Vec<u8>,
    status: u16,
    headers: &[(std::borrow::Cow<'static, str>, String)],
    len: Option<u64>,
    keep: bool,
    date: &str,
) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "HTTP/1.1 {status} {}\r\nDate: {date}\r\n", reason(status));
    for (name, value) in headers {
        if !OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
    if let Some(len) = len {
        let _ = write!(out, "Content-Length: {len}\r\n");
    }
    if !keep {
        out.extend_from_slice(b"Connection: close\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// The `Date` header, spelled out once a second and not once an answer.
#[derive(Default)]
pub struct Date {
    second: u64,
    text: String,
}

impl Date {
    fn now(&mut self) -> &str {
        let second = Clock::system().now().seconds().unsigned_abs();
        if second != self.second || self.text.is_empty() {
            self.second = second;
            self.text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
        }
        &self.text
    }
}
