//! How a desk is served, as the options or the environment say.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::cli::Error;
use crate::cli::arguments::Arguments;
use crate::store::copies::Plan;
use crate::web::front::{Cidr, Limits, Settings, TlsFiles};

/// Where the desk listens when nobody says otherwise: on this machine only.
pub const LISTEN: &str = "127.0.0.1:8080";

/// How many requests are answered at once. More than there are cores, because who writes waits for the disk,
/// and what waits is committed together.
const WORKERS: usize = 16;

/// How a desk is served.
pub struct Config {
    pub db: PathBuf,
    /// Without a trailing slash; empty: by the request's own host.
    pub public_url: String,
    pub movable_clock: bool,
    pub allow_private: bool,
    pub checkpoints: Plan,
    /// Empty: in `copies` beside the file.
    pub copies: PathBuf,
    pub front: Settings,
    /// Where browsers are met that ask without TLS, to be sent on to the public URL.
    pub redirect_from: Option<SocketAddr>,
}

impl Config {
    /// Reads the options of `serve` and `demo`.
    pub fn read(arguments: &Arguments) -> Result<Config, Error> {
        let listen = arguments.get("listen")?.unwrap_or_else(|| LISTEN.to_owned());
        let front = Settings {
            listen: address("listen", &listen)?,
            tls: tls(arguments)?,
            trust_proxy: proxies(&arguments.all("trust-proxy")?)?,
            workers: arguments.parsed("workers", "a number from 1")?.map_or(WORKERS, NonZeroUsize::get),
            limits: Limits::default(),
        };
        let public_url = public_url(arguments.get("public-url")?)?;
        let redirect_from = redirect_from(arguments, &public_url)?;
        Ok(Config {
            db: crate::cli::desk::path(arguments),
            public_url,
            redirect_from,
            movable_clock: arguments.has("movable-clock"),
            allow_private: arguments.has("allow-private"),
            checkpoints: checkpoints(arguments)?,
            copies: arguments.path("copies").unwrap_or_default(),
            front,
        })
    }
}

fn checkpoints(arguments: &Arguments) -> Result<Plan, Error> {
    match arguments.get("checkpoints")?.as_deref() {
        None | Some("lease") => Ok(Plan::Lease),
        Some("timer") => Ok(Plan::Timer),
        Some("outside") => Ok(Plan::Outside),
        Some(other) => Err(Error::Usage(format!("--checkpoints {other} is not lease, timer or outside"))),
    }
}

fn address(name: &str, text: &str) -> Result<SocketAddr, Error> {
    let wrong = || Error::Usage(format!("--{name} {text} is not an address with a port, as in {LISTEN}"));
    text.to_socket_addrs().map_err(|_| wrong())?.next().ok_or_else(wrong)
}

fn redirect_from(arguments: &Arguments, public_url: &str) -> Result<Option<SocketAddr>, Error> {
    let Some(text) = arguments.get("redirect-from")? else { return Ok(None) };
    if !public_url.starts_with("https://") {
        let why = "--redirect-from needs a --public-url that begins with https://, to send browsers to";
        return Err(Error::Usage(why.into()));
    }
    address("redirect-from", &text).map(Some)
}

fn tls(arguments: &Arguments) -> Result<Option<TlsFiles>, Error> {
    match (arguments.path("tls-cert"), arguments.path("tls-key")) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (None, None) => Ok(None),
        _ => Err(Error::Usage("--tls-cert and --tls-key belong together".into())),
    }
}

fn proxies(given: &[String]) -> Result<Vec<Cidr>, Error> {
    let words =
        given.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| word.parse().map_err(|fault| Error::Usage(format!("--trust-proxy: {fault}")))).collect()
}

/// The public URL without a trailing slash; empty when nobody told.
pub fn public_url(given: Option<String>) -> Result<String, Error> {
    let Some(url) = given else { return Ok(String::new()) };
    let url = url.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if host.is_none_or(|host| host.is_empty() || host.contains(['?', '#', ' '])) {
        return Err(Error::Usage(format!("--public-url {url} is not a URL, as in https://desk.example.org")));
    }
    Ok(url.to_owned())
}
