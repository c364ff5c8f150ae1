//! The outgoing HTTP client.

use std::io::Read;
use std::time::Duration;

/// Calls other hosts. Cheap to clone; keeps connections warm.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Private and loopback addresses may be called: set by an administrator for stand-ins and proxies.
    pub allow_private: bool,
}

/// A request to another host.
pub struct Call<'a> {
    pub method: &'static str,
    pub url: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: Body<'a>,
    /// For the whole exchange.
    pub time: Duration,
    /// An administrator chose this host (`api_base`, a webhook), so private addresses are allowed.
    pub trusted: bool,
    /// The largest answer that is read, in bytes.
    pub most: u64,
}

/// What a request carries.
pub enum Body<'a> {
    None,
    Bytes { content_type: &'a str, bytes: &'a [u8] },
    Multipart(Vec<Part<'a>>),
}

/// One part of a multipart body.
pub struct Part<'a> {
    pub name: &'a str,
    pub file_name: Option<&'a str>,
    pub content_type: Option<&'a str>,
    pub size: u64,
    pub content: Box<dyn Read + Send + 'a>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// No answer came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallError {
    /// Nothing can have reached the other side: no address, no connection, no TLS.
    NotSent(String),
    /// The request was written, wholly or in part; what became of it is unknown.
    Unsure(String),
    /// The address guard forbids this host.
    Forbidden(String),
}

impl Client {
    /// Sends a request and reads the whole answer, whatever its status.
    pub fn call(&self, call: Call<'_>) -> Result<Answer, CallError> {
        let _ = (call.method, call.headers, call.body, call.time, call.trusted, call.most);
        Err(CallError::NotSent(format!("cannot call {}", call.url)))
    }
}
