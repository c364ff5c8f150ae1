//! `transom token`: what programs sign in with.

use serde_json::json;

use super::arguments::{Arguments, Opt};
use super::{Command, DB, Error, JSON, desk, print, print_json, user};
use crate::actions::token as tokens;
use crate::domain::access::Viewer;
use crate::domain::secret;
use crate::random;

pub const CREATE: Command = Command {
    name: "token create",
    operands: "",
    summary: "Make an API token and print it, once",
    about: "The program that uses the token may do what this person may do.",
    options: &[
        DB,
        Opt::new("email", "EMAIL", "the person as whom the program acts"),
        Opt::new("name", "NAME", "what the token is for"),
        JSON,
    ],
    run: create,
};

fn create(arguments: Arguments) -> Result<(), Error> {
    let (email, name) = (arguments.require("email")?, arguments.require("name")?);
    arguments.finish()?;
    let desk = desk::existing(&arguments)?;
    let agent = user::find(&desk, &email)?;
    let word = random::token();
    let new = tokens::New { agent: agent.id, name: name.clone(), token_hash: secret::hash(&word) };
    let now = desk.clock.now();
    let id = desk.writer.write(move |tx| tokens::create(tx, &Viewer::console(), &new, now))?;
    if arguments.has("json") {
        return print_json(&json!({ "id": id.get(), "name": name, "email": agent.email, "token": word }));
    }
    print(&format!("{word}\n"))
}
