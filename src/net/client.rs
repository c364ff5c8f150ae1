//! The outgoing HTTP client.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::{self, Request, Response, Uri};
use ureq::unversioned::transport::{Connector as _, DefaultConnector};
use ureq::{Agent, SendBody};

use super::guard::{self, Forbidden, Guarded};
use super::{multipart, watch};
use crate::locks::hold;

/// Calls other hosts. Cheap to clone; connections are kept warm for the whole program.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Private and loopback addresses may be called whoever named them; the link's own addresses even so never.
    /// Without it only what an administrator chose for a channel may lie there ([`Call::trusted`]).
    pub allow_private: bool,
    /// No call takes longer than this, whatever it asks for; `None`: as long as it asks for.
    pub patience: Option<Duration>,
}

/// A request to another host.
pub struct Call<'a> {
    pub method: &'static str,
    pub url: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: Body<'a>,
    /// For the whole exchange.
    pub time: Duration,
    /// An administrator chose this host (`api_base`, `outbound_url`), so private addresses are allowed.
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

impl<'a> Part<'a> {
    /// A field of a form.
    pub fn text(name: &'a str, text: impl Into<String>) -> Part<'a> {
        let text = text.into();
        let size = text.len() as u64;
        Part {
            name,
            file_name: None,
            content_type: None,
            size,
            content: Box::new(io::Cursor::new(text.into_bytes())),
        }
    }
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

impl CallError {
    /// What went wrong, for people.
    pub fn message(&self) -> &str {
        match self {
            CallError::NotSent(text) | CallError::Unsure(text) | CallError::Forbidden(text) => text,
        }
    }
}

/// A file did not arrive.
#[derive(Debug)]
pub enum DownloadError {
    Call(CallError),
    /// It is larger than was allowed.
    TooLarge,
    /// It could not be kept.
    Sink(io::Error),
}

/// How much of the words of a refusal is read.
const REFUSAL: u64 = 64 * 1024;

impl Answer {
    /// The value of the first header with this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The request was accepted.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// For how long each call may last while somebody waits for a page.
const PAGE: Duration = Duration::from_secs(10);

impl Client {
    /// The same for calls that a page waits for.
    pub fn for_a_page(&self) -> Client {
        Client { patience: Some(PAGE), ..self.clone() }
    }

    /// Sends a request and reads the whole answer, whatever its status.
    pub fn call(&self, call: Call<'_>) -> Result<Answer, CallError> {
        let most = call.most;
        let (mut answer, body) = self.begin(call, None)?;
        answer.body = read(body, most)?;
        Ok(answer)
    }

    /// The same to a host outside the house on any port, whoever chose it: for programs that are told what happens, since
    /// what they answer is shown. Private addresses only with [`Client::allow_private`].
    pub fn call_outward(&self, call: Call<'_>) -> Result<Answer, CallError> {
        let most = call.most;
        let (mut answer, body) = self.begin(call, Some(Door::Outward))?;
        answer.body = read(body, most)?;
        Ok(answer)
    }

    /// Sends a request and writes what a successful answer carries into `sink`, at most `call.most` bytes.
    /// Another answer comes back with its body, and `sink` is left alone.
    pub fn download(&self, call: Call<'_>, sink: &mut dyn Write) -> Result<Answer, DownloadError> {
        let most = call.most;
        let (mut answer, body) = self.begin(call, None).map_err(DownloadError::Call)?;
        if !answer.is_success() {
            answer.body = read(body, REFUSAL).map_err(DownloadError::Call)?;
            return Ok(answer);
        }
        pour(body, most, sink)?;
        Ok(answer)
    }

    fn begin(&self, call: Call<'_>, door: Option<Door>) -> Result<(Answer, impl Read + use<>), CallError> {
        let door = match door.unwrap_or(if call.trusted { Door::Chosen } else { Door::Guarded }) {
            _ if self.allow_private => Door::Chosen,
            door => door,
        };
        let wrong = || CallError::NotSent("the address is not a URL".to_owned());
        let uri: Uri = call.url.parse().map_err(|_| wrong())?;
        if door == Door::Guarded && !guard::is_ordinary(&uri) {
            return Err(CallError::Forbidden(Forbidden.to_string()));
        }
        let mut request = Request::builder().method(call.method).uri(uri);
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        watch::begin();
        let time = self.patience.map_or(call.time, |patience| call.time.min(patience));
        let response = run(&agent(door, time), request, call.body).map_err(failed)?;
        let answer = Answer {
            status: response.status().as_u16(),
            headers: headers(response.headers()),
            body: Vec::new(),
        };
        // The limit is ours: theirs cannot tell "too large" from "cut off".
        let reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        Ok((answer, reader))
    }
}

fn run(
    agent: &Agent,
    request: http::request::Builder,
    body: Body<'_>,
) -> Result<Response<ureq::Body>, ureq::Error> {
    match body {
        Body::None => agent.run(request.body(())?),
        Body::Bytes { content_type, bytes } => {
            agent.run(request.header("content-type", content_type).body(bytes)?)
        }
        Body::Multipart(parts) => {
            let mut joined = multipart::join(parts);
            let request = request
                .header("content-type", joined.content_type.as_str())
                .header("content-length", joined.length);
            agent.run(request.body(SendBody::from_reader(&mut joined.reader))?)
        }
    }
}

fn headers(given: &http::HeaderMap) -> Vec<(String, String)> {
    given
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect()
}

fn read(body: impl Read, most: u64) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    let read = body.take(most + 1).read_to_end(&mut bytes);
    match read {
        Err(fault) => Err(CallError::Unsure(format!("the answer broke off: {fault}"))),
        Ok(length) if length as u64 > most => Err(CallError::Unsure("the answer is too large".to_owned())),
        Ok(_) => Ok(bytes),
    }
}

fn pour(mut body: impl Read, most: u64, sink: &mut dyn Write) -> Result<(), DownloadError> {
    let mut buffer = vec![0; 64 * 1024];
    let mut total = 0;
    loop {
        let read = match body.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => continue,
            Err(fault) => {
                let text = format!("the file broke off: {fault}");
                return Err(DownloadError::Call(CallError::Unsure(text)));
            }
        };
        total += read as u64;
        if total > most {
            return Err(DownloadError::TooLarge);
        }
        sink.write_all(&buffer[..read]).map_err(DownloadError::Sink)?;
    }
}

fn failed(fault: ureq::Error) -> CallError {
    if let ureq::Error::Other(inner) = &fault
        && inner.downcast_ref::<Forbidden>().is_some()
    {
        return CallError::Forbidden(Forbidden.to_string());
    }
    let text = match &fault {
        // Its text would carry the address, and some addresses carry a token.
        ureq::Error::BadUri(_) => "the address is not a URL".to_owned(),
        other => other.to_string(),
    };
    if watch::written() { CallError::Unsure(text) } else { CallError::NotSent(text) }
}

/// Whether the guard stands at the door.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Door {
    /// Public addresses on the ports of the web.
    Guarded,
    /// Public addresses on any port.
    Outward,
    /// What an administrator chose, or allowed for all: also inside the house, but never the link itself.
    Chosen,
}

/// The agent for such calls. Guarded and chosen calls never share a connection, because one that is already
/// open would not be checked again; and a time limit of its own keeps each agent's TLS set-up.
fn agent(door: Door, time: Duration) -> Agent {
    static AGENTS: LazyLock<Mutex<BTreeMap<(Door, Duration), Agent>>> = LazyLock::new(Mutex::default);
    hold(&AGENTS).entry((door, time)).or_insert_with(|| make(door, time)).clone()
}

fn make(door: Door, time: Duration) -> Agent {
    let config: Config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent(concat!("Transom/", env!("CARGO_PKG_VERSION")))
        .timeout_global(Some(time))
        .timeout_connect(Some(Duration::from_secs(10).min(time)))
        // Shorter than servers keep idle connections: writing into one that just closed leaves us unsure.
        .max_idle_age(Duration::from_secs(4))
        .build();
    let connector = DefaultConnector::new().chain(watch::Watch);
    match door {
        Door::Guarded | Door::Outward => Agent::with_parts(config, connector, Guarded::public_only()),
        Door::Chosen => Agent::with_parts(config, connector, Guarded::chosen()),
    }
}
