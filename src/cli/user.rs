//! `transom user`: the people of the team, from the console.

use std::io::BufRead as _;

use serde_json::{Value, json};

use super::arguments::{Arguments, Opt};
use super::{Command, DB, Error, JSON, desk, print, print_json};
use crate::actions::agent::{self as people, NewPassword};
use crate::actions::second_factor;
use crate::desk::Desk;
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::password::check;
use crate::i18n::when;
use crate::{password, random, store};

const EMAIL: Opt = Opt::new("email", "EMAIL", "the address with which the person signs in");
const STDIN: Opt =
    Opt::switch("password-stdin", "read the password from standard input; otherwise one is made");

pub const ADD: Command = Command {
    name: "user add",
    operands: "",
    summary: "Add somebody to the team",
    about: "Prints the password that was made, once, unless it came by --password-stdin.",
    options: &[
        DB,
        EMAIL,
        Opt::new("name", "NAME", "what colleagues call the person"),
        Opt::new("role", "ROLE", "admin, supervisor or agent (default: agent)"),
        STDIN,
        JSON,
    ],
    run: add,
};

pub const LIST: Command = Command {
    name: "user list",
    operands: "",
    summary: "List the team",
    about: "",
    options: &[DB, JSON],
    run: list,
};

pub const PASSWD: Command = Command {
    name: "user passwd",
    operands: "[EMAIL]",
    summary: "Give somebody a new password; ends that person's sessions",
    about: "Prints the password that was made, once, unless it came by --password-stdin.",
    options: &[DB, EMAIL, STDIN, JSON],
    run: passwd,
};

pub const DISABLE: Command = Command {
    name: "user disable",
    operands: "[EMAIL]",
    summary: "Let somebody out; ends every session of that person at once",
    about: "",
    options: &[DB, EMAIL],
    run: disable,
};

pub const ENABLE: Command = Command {
    name: "user enable",
    operands: "[EMAIL]",
    summary: "Let somebody in again",
    about: "",
    options: &[DB, EMAIL],
    run: enable,
};

pub const RESET_FACTOR: Command = Command {
    name: "user reset-second-factor",
    operands: "[EMAIL]",
    summary: "Take somebody's second factor away; ends that person's sessions",
    about: "For who has lost the app and the recovery codes, or when the key file is gone.",
    options: &[DB, EMAIL],
    run: reset_factor,
};

fn reset_factor(mut arguments: Arguments) -> Result<(), Error> {
    let (desk, agent) = named(&mut arguments)?;
    let now = desk.clock.now();
    desk.writer.write(move |tx| second_factor::remove(tx, &Viewer::console(), agent.id, now))?;
    print(&format!("{} signs in without a code.\n", agent.email))
}

fn add(arguments: Arguments) -> Result<(), Error> {
    let (email, name) = (arguments.require("email")?, arguments.require("name")?);
    let role: Role = arguments.parsed("role", "admin, supervisor or agent")?.unwrap_or(Role::Agent);
    arguments.finish()?;
    let desk = desk::open(&arguments)?;
    let secret = Secret::take(&arguments, &[&name, &email, &team(&desk)?])?;
    let new = people::New { email, name, role, password_hash: secret.hash()? };
    let now = desk.clock.now();
    let id = desk.writer.write(move |tx| people::add(tx, &Viewer::console(), &new, now))?;
    let agent = desk.readers.read(|connection| store::agent::get(connection, id))?;
    let agent = agent.ok_or_else(|| Error::Failed("the person has gone again".into()))?;
    if arguments.has("json") {
        return print_json(&secret.beside(shown(&agent)));
    }
    print(&format!("Added {} <{}> as {}.\n", agent.name, agent.email, agent.role.as_str()))?;
    secret.tell()
}

/// The name of the team, which a guesser knows.
fn team(desk: &Desk) -> Result<String, Error> {
    let team = desk.readers.read(|c| store::setting::get(c, store::setting::key::TEAM))?;
    Ok(team.unwrap_or_default())
}

fn list(arguments: Arguments) -> Result<(), Error> {
    arguments.finish()?;
    let desk = desk::existing(&arguments)?;
    let agents = desk.readers.read(store::agent::all)?;
    if arguments.has("json") {
        return print_json(&agents.iter().map(shown).collect());
    }
    for agent in &agents {
        let state = if agent.disabled_at.is_some() { "disabled" } else { "" };
        let line = format!("{:<10} {:<32} {:<24} {state}", agent.role.as_str(), agent.email, agent.name);
        print(&format!("{}\n", line.trim_end()))?;
    }
    Ok(())
}

fn passwd(mut arguments: Arguments) -> Result<(), Error> {
    let (desk, agent) = named(&mut arguments)?;
    let secret = Secret::take(&arguments, &[&agent.name, &agent.email, &team(&desk)?])?;
    let (new, now) = (NewPassword { hash: secret.hash()?, keep: None, device: None }, desk.clock.now());
    desk.writer.write(move |tx| people::set_password(tx, &Viewer::console(), agent.id, &new, now))?;
    if arguments.has("json") {
        return print_json(&secret.beside(json!({ "email": agent.email })));
    }
    print(&format!("{} has a new password.\n", agent.email))?;
    secret.tell()
}

fn disable(mut arguments: Arguments) -> Result<(), Error> {
    let (desk, agent) = named(&mut arguments)?;
    let now = desk.clock.now();
    desk.writer.write(move |tx| people::disable(tx, &Viewer::console(), agent.id, now))?;
    print(&format!("{} is let out.\n", agent.email))
}

fn enable(mut arguments: Arguments) -> Result<(), Error> {
    let (desk, agent) = named(&mut arguments)?;
    let now = desk.clock.now();
    desk.writer.write(move |tx| people::enable(tx, &Viewer::console(), agent.id, now))?;
    print(&format!("{} is let in again.\n", agent.email))
}

/// The desk and the person that the command names.
fn named(arguments: &mut Arguments) -> Result<(Desk, Agent), Error> {
    let email = match arguments.get("email")? {
        Some(email) => email,
        None => arguments.require_operand("EMAIL")?,
    };
    arguments.finish()?;
    let desk = desk::existing(arguments)?;
    let agent = find(&desk, &email)?;
    Ok((desk, agent))
}

/// The person who signs in with this address.
pub fn find(desk: &Desk, email: &str) -> Result<Agent, Error> {
    let found = desk.readers.read(|connection| store::agent::by_email(connection, &email.to_lowercase()))?;
    found.ok_or_else(|| Error::Failed(format!("nobody signs in as {email}")))
}

fn shown(agent: &Agent) -> Value {
    json!({
        "id": agent.id.get(),
        "email": agent.email,
        "name": agent.name,
        "role": agent.role,
        "disabled": agent.disabled_at.is_some(),
        "created_at": when::machine(agent.created_at),
    })
}

/// A password that came in, or that we made.
pub struct Secret {
    word: String,
    made: bool,
}

impl Secret {
    /// Reads the password, or makes one.
    fn take(arguments: &Arguments, near: &[&str]) -> Result<Secret, Error> {
        if !arguments.has("password-stdin") {
            return Ok(Secret { word: random::key(), made: true });
        }
        let mut word = String::new();
        std::io::stdin().lock().read_line(&mut word).map_err(Error::failed)?;
        let word = word.trim_end_matches(['\r', '\n']).to_owned();
        check(&word, near)?;
        Ok(Secret { word, made: false })
    }

    fn hash(&self) -> Result<String, Error> {
        Ok(password::hash(&self.word)?)
    }

    fn tell(&self) -> Result<(), Error> {
        if self.made { print(&format!("Password: {}\n", self.word)) } else { Ok(()) }
    }

    fn beside(&self, mut value: Value) -> Value {
        if self.made {
            value["password"] = json!(self.word);
        }
        value
    }
}
