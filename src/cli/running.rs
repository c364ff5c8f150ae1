//! A desk that is being served: its pages, its front, and how it stops.

use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Error;
use crate::actions::{hosted, setup};
use crate::desk::Desk;
use crate::jobs::{self, Jobs};
use crate::web::App;
use crate::web::front::{Front, Settings};

/// How long requests in hand may take when the desk stops.
const GRACE: Duration = Duration::from_secs(3);

/// A desk that is being served.
pub struct Running {
    desk: Arc<Desk>,
    front: Front,
    jobs: Jobs,
    https: bool,
}

impl Running {
    /// Starts jobs and pages. Browsers can connect when it returns.
    pub fn start(desk: Arc<Desk>, settings: Settings) -> Result<Running, Error> {
        let (listen, https) = (settings.listen, settings.tls.is_some());
        let app = App::new(desk.clone()).map_err(Error::Failed)?;
        let front = Front::start(settings, Arc::new(app)).map_err(|fault| refused(listen, &fault))?;
        let waker = front.waker();
        desk.live.connect(Box::new(move |topic| waker.wake(topic)));
        let reached = if desk.options.demo { found(&front, https) } else { String::new() };
        let reached =
            if desk.options.public_url.is_empty() { reached } else { desk.options.public_url.clone() };
        desk.writer.write(move |tx| hosted::reached_at(tx, &reached))?;
        let jobs = jobs::start(&desk).map_err(|fault| Error::Failed(format!("cannot start: {fault}")))?;
        Ok(Running { desk, front, jobs, https })
    }

    /// Where a browser on this machine finds the desk.
    pub fn url(&self) -> String {
        if !self.desk.options.public_url.is_empty() {
            return self.desk.options.public_url.clone();
        }
        found(&self.front, self.https)
    }

    /// The link with which the first administrator is set up; `None` where there is somebody already.
    pub fn setup_link(&self) -> Result<Option<String>, Error> {
        let now = self.desk.clock.now();
        let code = self.desk.writer.write(move |tx| setup::begin(tx, now))?;
        Ok(code.map(|code| format!("{}/setup?code={code}", self.url())))
    }

    /// Serves until a signal comes, then answers what is in hand and closes the file.
    pub fn until(self, mut signals: Signals) {
        if signals.forever().next().is_some() {
            log::info!("stopping");
        }
        self.stop();
    }

    /// Lets nobody in any more, ends the jobs, and closes the file whole.
    pub fn stop(self) {
        self.front.stop(GRACE);
        self.jobs.stop();
    }
}

/// Where a browser on this machine finds what this front serves.
fn found(front: &Front, https: bool) -> String {
    let scheme = if https { "https" } else { "http" };
    let address = front.address();
    match address.ip() {
        ip if ip.is_unspecified() => format!("{scheme}://localhost:{}", address.port()),
        IpAddr::V4(ip) => format!("{scheme}://{ip}:{}", address.port()),
        IpAddr::V6(ip) => format!("{scheme}://[{ip}]:{}", address.port()),
    }
}

/// Waits for SIGTERM and SIGINT from now on.
pub fn signals() -> Result<Signals, Error> {
    Signals::new([SIGTERM, SIGINT])
        .map_err(|fault| Error::Failed(format!("cannot wait for signals: {fault}")))
}

/// Log lines on standard error; `TRANSOM_LOG=debug` shows more.
pub fn begin_logging() {
    let wanted = env_logger::Env::new().filter_or("TRANSOM_LOG", "info");
    env_logger::Builder::from_env(wanted)
        .format(|out, line| {
            let now = out.timestamp_seconds();
            writeln!(out, "{now} {:<5} {}", line.level(), line.args())
        })
        .init();
    std::panic::set_hook(Box::new(|panic| {
        // A formatted message may quote what a customer wrote; a fixed one cannot.
        let words = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("see the place");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        log::error!("a mistake in the program at {place}: {words}");
    }));
}

fn refused(listen: SocketAddr, fault: &io::Error) -> Error {
    Error::Failed(match fault.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{listen} is in use by another program; choose another address with --listen")
        }
        io::ErrorKind::PermissionDenied => {
            format!("{listen} may not be opened by this user; choose a port above 1023 with --listen")
        }
        io::ErrorKind::AddrNotAvailable => format!("{listen} is no address of this machine"),
        _ => format!("cannot listen on {listen}: {fault}"),
    })
}
