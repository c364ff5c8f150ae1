//! `transom demo`: a throw-away desk with simulated channels and people, to try everything out.

mod cast;
mod ending;
mod mails;
mod story;

use std::sync::Arc;

use super::arguments::{Arguments, Opt};
use super::running::{self, Running};
use super::{Command, Error, desk as file, print, serve};
use super::{logging, memory};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{Desk, Options};
use crate::net::Client;
use crate::random;

pub const COMMAND: Command = Command {
    name: "demo",
    operands: "",
    summary: "Serve a throw-away desk with simulated phones and people",
    about: "Makes a new desk in a temporary folder, which goes when the demo ends, or in the file that --db names.\n\
            Its clock can be moved, so that one sees windows close.",
    options: &[
        Opt::new("db", "FILE", "keep the desk in this new file"),
        serve::LISTEN,
        serve::WORKERS,
        Opt::new("public-url", "URL", "where browsers reach the desk"),
    ],
    run,
};

fn run(arguments: Arguments) -> Result<(), Error> {
    let mut config = Config::read(&arguments)?;
    arguments.finish()?;
    let folder = tempfile::Builder::new().prefix("transom-demo-").tempdir().map_err(Error::failed)?;
    if arguments.path("db").is_none() {
        config.db = folder.path().join("demo.db");
    }
    file::folder_exists(&config.db)?;
    if config.db.exists() {
        let why = "a demo begins with a new file; 'transom serve' serves this one";
        return Err(Error::Failed(format!("{} exists already: {why}", config.db.display())));
    }
    logging::begin();
    memory::an_arena_for_each_core();
    let signals = running::signals()?;
    let options = Options {
        public_url: config.public_url.clone(),
        movable_clock: true,
        demo: true,
        is_served: true,
        ..Options::default()
    };
    let desk = Desk::open(&config.db, Clock::system(), Client::default(), options)
        .map_err(|fault| Error::Failed(file::sentence(&config.db, &fault.to_string())))?;
    let lock = serve::alone(&config.db)?;
    let password = random::key();
    let people = cast::assemble(&desk, &password)?;
    let conversations = story::tell(&desk, people)?;
    let running = Running::start(Arc::new(desk), config.front)?;
    print(&format!("Café Lumière is open at {}, with {conversations} conversations.\n", running.url()))?;
    print(&format!("Sign in as {} with the password {password}\n", cast::ADMIN))?;
    let others = cast::AGENTS[1..].iter().map(|agent| agent.email).collect::<Vec<_>>().join(", ");
    print(&format!("Colleagues with the same password: {others}\n"))?;
    print(&format!("Play the customers at {}/simulator\n", running.url()))?;
    running.until(signals);
    drop(lock);
    Ok(())
}
