//! The command line: finds the command, reads its arguments, runs it, and says in one sentence what went wrong.

pub mod arguments;
pub mod backup;
pub mod channel;
pub mod check;
pub mod demo;
pub mod desk;
pub mod export;
pub mod generate;
pub mod help;
pub mod import;
mod leftover;
pub mod logging;
pub mod mbox;
pub mod memory;
pub mod outcome;
pub mod private;
mod progress;
pub mod restore;
pub mod rollback;
pub mod running;
pub mod serve;
pub mod settings;
pub mod token;
pub mod user;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Arguments, Opt};

/// Something that one can ask of the program.
pub struct Command {
    /// One word, or two as in `user add`.
    pub name: &'static str,
    /// What may stand beside the options, as the help writes it.
    pub operands: &'static str,
    /// One line for the list of commands.
    pub summary: &'static str,
    /// What else one should know.
    pub about: &'static str,
    pub options: &'static [Opt],
    pub run: fn(Arguments) -> Result<(), Error>,
}

/// Why a command did not do what was asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// It was called wrongly: exit 2.
    Usage(String),
    /// It failed: exit 1.
    Failed(String),
}

impl Error {
    /// A failure, told by whatever went wrong.
    pub fn failed(fault: impl std::fmt::Display) -> Error {
        Error::Failed(fault.to_string())
    }
}

/// Every command, in the order of the help.
pub const COMMANDS: &[&Command] = &[
    &serve::COMMAND,
    &demo::COMMAND,
    &user::ADD,
    &user::LIST,
    &user::PASSWD,
    &user::DISABLE,
    &user::ENABLE,
    &user::RESET_FACTOR,
    &token::CREATE,
    &channel::ADD,
    &channel::LIST,
    &channel::CHANGE,
    &channel::TEST,
    &channel::DISABLE,
    &channel::ENABLE,
    &backup::COMMAND,
    &restore::COMMAND,
    &rollback::COMMAND,
    &check::COMMAND,
    &export::COMMAND,
    &import::COMMAND,
    &generate::COMMAND,
];

/// Takes every command.
pub const DB: Opt = Opt::new("db", "FILE", "the desk's file (default: transom.db)");
/// Taken by what prints a result.
pub const JSON: Opt = Opt::switch("json", "print the result as JSON");

/// Runs the program with the words after its name.
pub fn run(words: Vec<OsString>) -> ExitCode {
    private::leave_no_core();
    match dispatch(words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Usage(sentence)) => {
            eprintln!("transom: {sentence}");
            ExitCode::from(2)
        }
        Err(Error::Failed(sentence)) => {
            eprintln!("transom: {sentence}");
            ExitCode::from(1)
        }
    }
}

fn dispatch(mut words: Vec<OsString>) -> Result<(), Error> {
    let first = words.first().and_then(|word| word.to_str()).unwrap_or("").to_owned();
    match first.as_str() {
        "--help" | "-h" | "help" => return print(&help::all()),
        "--version" | "-V" => return print(concat!("transom ", env!("CARGO_PKG_VERSION"), "\n")),
        _ => {}
    }
    let command = if first.is_empty() || first.starts_with('-') {
        &serve::COMMAND
    } else {
        words.remove(0);
        find(&first, &mut words)?
    };
    let arguments = read(command, words).map_err(|fault| hint(fault, command))?;
    if arguments.help {
        return print(&help::of(command));
    }
    (command.run)(arguments).map_err(|fault| hint(fault, command))
}

/// The command that `first` names, with the next word where it is a group such as `user`.
fn find(first: &str, words: &mut Vec<OsString>) -> Result<&'static Command, Error> {
    if let Some(command) = COMMANDS.iter().find(|command| command.name == first) {
        return Ok(command);
    }
    let group: Vec<&str> =
        COMMANDS.iter().filter_map(|command| command.name.strip_prefix(first)?.strip_prefix(' ')).collect();
    if group.is_empty() {
        return Err(Error::Usage(format!("there is no command {first}; transom --help lists them")));
    }
    let verb = words.first().and_then(|word| word.to_str()).unwrap_or("").to_owned();
    if verb == "--help" || verb == "-h" {
        print(&help::group(first))?;
        std::process::exit(0);
    }
    if !group.contains(&verb.as_str()) {
        return Err(Error::Usage(format!("transom {first} needs one of: {}", group.join(", "))));
    }
    words.remove(0);
    let name = format!("{first} {verb}");
    let found = COMMANDS.iter().find(|command| command.name == name);
    found.copied().ok_or_else(|| Error::Usage(format!("there is no command {name}")))
}

fn read(command: &Command, words: Vec<OsString>) -> Result<Arguments, Error> {
    let known: Vec<&'static Opt> = command.options.iter().collect();
    Arguments::read(words, &known, &|name| std::env::var_os(name))
}

fn hint(fault: Error, command: &Command) -> Error {
    match fault {
        Error::Usage(sentence) => Error::Usage(format!("{sentence}; see transom {} --help", command.name)),
        failed => failed,
    }
}

/// Writes to standard output. A reader that has gone away is no failure of ours, but there is nobody left to tell.
pub fn print(text: &str) -> Result<(), Error> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Error::failed)
}

/// Prints a result as JSON, on one line.
pub fn print_json(value: &serde_json::Value) -> Result<(), Error> {
    print(&format!("{value}\n"))
}
