//! A desk that is being served: its pages, its front, and how it stops.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Error;
use crate::actions::{hosted, setup};
use crate::desk::Desk;
use crate::domain::halt::Halt;
use crate::jobs::{self, Jobs, soundness};
use crate::web::App;
use crate::web::front::{Front, Settings};
use crate::web::redirect::Redirect;

/// How long requests in hand may take when the desk stops: with what comes after, two seconds in all.
const GRACE: Duration = Duration::from_millis(1500);

/// A desk that is being served.
pub struct Running {
    desk: Arc<Desk>,
    front: Front,
    jobs: Jobs,
    https: bool,
    /// Sends browsers on that ask without TLS.
    plain: Option<Front>,
}

impl Running {
    /// Starts jobs and pages. Browsers can connect when it returns.
    pub fn start(desk: Arc<Desk>, settings: Settings) -> Result<Running, Error> {
        let (listen, https) = (settings.listen, settings.tls.is_some());
        soundness::at_start(&desk);
        let app = App::new(desk.clone()).map_err(Error::Failed)?;
        let front =
            Front::start(settings, Arc::new(app)).map_err(|fault| refused("--listen", listen, &fault))?;
        let waker = front.waker();
        desk.live.connect(Box::new(move |topic| waker.wake(topic)));
        let reached = if desk.options.demo { found(&front, https) } else { String::new() };
        let reached =
            if desk.options.public_url.is_empty() { reached } else { desk.options.public_url.clone() };
        if !is_damaged(&desk) {
            desk.writer.write(move |tx| hosted::reached_at(tx, &reached))?;
        }
        let jobs = jobs::start(&desk).map_err(|fault| Error::Failed(format!("cannot start: {fault}")))?;
        Ok(Running { desk, front, jobs, https, plain: None })
    }

    /// Sends browsers that ask at `from` without TLS to the public URL, under the limits of `settings`.
    pub fn redirect(&mut self, from: SocketAddr, settings: Settings) -> Result<(), Error> {
        let public_url = self.desk.options.public_url.clone();
        let settings = Settings { listen: from, tls: None, workers: 1, ..settings };
        let plain = Front::start(settings, Arc::new(Redirect { public_url }));
        self.plain = Some(plain.map_err(|fault| refused("--redirect-from", from, &fault))?);
        Ok(())
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
        if is_damaged(&self.desk) {
            return Ok(None);
        }
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
        drop(self.plain);
        self.front.stop(GRACE);
        self.jobs.stop();
        log::logger().flush();
    }
}

/// A damaged file is served so that what is whole in it can be read; nothing is written into it.
fn is_damaged(desk: &Desk) -> bool {
    desk.writer.halt() == Some(Halt::Damaged)
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

fn refused(option: &str, listen: SocketAddr, fault: &io::Error) -> Error {
    Error::Failed(match fault.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{listen} is in use by another program; choose another address with {option}")
        }
        io::ErrorKind::PermissionDenied => {
            format!("{listen} may not be opened by this user; choose a port above 1023 with {option}")
        }
        io::ErrorKind::AddrNotAvailable => format!("{listen} is no address of this machine"),
        _ => format!("cannot listen on {listen}: {fault}"),
    })
}
