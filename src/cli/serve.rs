//! `transom serve`: opens the desk's file and serves it until it is told to stop.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::arguments::{Arguments, Opt};
use super::logging;
use super::running::{self, Running};
use super::{Command, DB, Error, desk as file, memory, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{Desk, Options};
use crate::net::Client;
use crate::vault;

/// Where and how the desk is reached; shared with `demo`.
pub const LISTEN: Opt = Opt::new("listen", "ADDRESS:PORT", "where to listen (default: 127.0.0.1:8080)");
/// How many requests are answered at once.
pub const WORKERS: Opt = Opt::new("workers", "N", "how many requests are answered at once (default: 16)");

pub const COMMAND: Command = Command {
    name: "serve",
    operands: "",
    summary: "Serve the desk; this is what transom does without a command",
    about: "Makes the file when it is not there and prints a link with which the first administrator is set up.\n\
            Stops within seconds on SIGTERM or Ctrl+C, after what is in hand.",
    options: &[
        DB,
        LISTEN,
        Opt::new("public-url", "URL", "where browsers and providers reach the desk"),
        Opt::new("tls-cert", "FILE", "serve HTTPS with this certificate chain (PEM)"),
        Opt::new("tls-key", "FILE", "and this private key (PEM)"),
        Opt::new(
            "redirect-from",
            "ADDRESS:PORT",
            "send browsers that ask here without TLS to the public URL",
        ),
        Opt::new("trust-proxy", "ADDRESS", "believe this proxy, or range, for whom it speaks").many(),
        WORKERS,
        Opt::switch(
            "allow-private",
            "webhooks, sign-in and files that messages name may lie at private addresses too",
        ),
        Opt::new("checkpoints", "WHO", "lease (the default), timer, or outside: Litestream moves the log"),
        Opt::new(
            "copies",
            "FOLDER",
            "where the nightly copies lie (default: copies, beside the desk's file)",
        ),
        Opt::switch("movable-clock", "the simulator may move the clock; refused beside real channels"),
    ],
    run,
};

fn run(arguments: Arguments) -> Result<(), Error> {
    let config = Config::read(&arguments)?;
    arguments.finish()?;
    logging::begin();
    memory::an_arena_for_each_core();
    let signals = running::signals()?;
    let desk = open(&config)?;
    log::info!("{}", desk.copies.guard().sentence());
    let lock = alone(&config.db)?;
    let shown = config.db.display().to_string();
    let mut running = Running::start(Arc::new(desk), config.front.clone())?;
    if let Some(from) = config.redirect_from {
        running.redirect(from, config.front)?;
    }
    print(&format!("Transom serves {shown} at {}\n", running.url()))?;
    if let Some(link) = running.setup_link()? {
        print(&format!("Set it up here, once: {link}\n"))?;
    }
    running.until(signals);
    drop(lock);
    Ok(())
}

fn open(config: &Config) -> Result<Desk, Error> {
    file::folder_exists(&config.db)?;
    let client = Client { allow_private: config.allow_private, ..Client::default() };
    let options = Options {
        public_url: config.public_url.clone(),
        movable_clock: config.movable_clock,
        demo: false,
        is_served: true,
        checkpoints: config.checkpoints,
        copies: config.copies.clone(),
    };
    Desk::open(&config.db, Clock::system(), client, options)
        .map_err(|fault| Error::Failed(file::sentence(&config.db, &fault.to_string())))
}

/// Holds the desk for this process: two that serve one file would both send what waits. The lock is on the
/// key file, because closing a second descriptor of the database would drop SQLite's own locks.
pub fn alone(database: &Path) -> Result<File, Error> {
    let path = vault::key_path(database);
    let file = File::open(&path).map_err(|fault| Error::Failed(format!("{}: {fault}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Error::Failed(format!("{} is already served by another Transom", database.display())))
        }
        Err(std::fs::TryLockError::Error(fault)) => {
            Err(Error::Failed(format!("{} cannot be locked: {fault}", path.display())))
        }
    }
}
