//! Statuses by name, and the front's own refusals.

use super::depot::Full;

/// Why the front sends a client away. After a refusal the connection is closed, because nobody
/// can say where the next request would begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub why: &'static str,
}

pub const fn refuse(status: u16, why: &'static str) -> Refusal {
    Refusal { status, why }
}

/// How many seconds whoever comes at a bad time is asked to wait.
pub const AGAIN: u32 = 10;

impl From<Full> for Refusal {
    fn from(full: Full) -> Refusal {
        match full {
            Full::Yours => refuse(429, "too much of your address is on its way, try again in 10 seconds"),
            Full::Everybodys => refuse(503, "too much is on its way here, try again in 10 seconds"),
        }
    }
}

pub const fn malformed(why: &'static str) -> Refusal {
    refuse(400, why)
}

pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        507 => "Insufficient Storage",
        _ => "Status",
    }
}
