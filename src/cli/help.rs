//! The help, made from the same tables that arguments are read by, so that the two never differ.

use std::fmt::Write as _;

use super::{COMMANDS, Command};

/// What `transom --help` says.
pub fn all() -> String {
    let mut text = String::from(
        "Transom: a team inbox for every channel, in one binary and one SQLite file.\n\n\
         Usage: transom [COMMAND] [OPTIONS]\n\nWithout a command, transom serves the desk.\n\nCommands:\n",
    );
    list(&mut text, |_| true);
    text.push_str(
        "\n'transom COMMAND --help' tells more. Every option is also an environment variable: --tls-cert is \
         TRANSOM_TLS_CERT.\n",
    );
    text
}

/// What `transom user --help` says.
pub fn group(name: &str) -> String {
    let mut text = format!("Usage: transom {name} VERB [OPTIONS]\n\nVerbs:\n");
    list(&mut text, |command| command.name.split(' ').next() == Some(name));
    text
}

fn list(text: &mut String, wanted: impl Fn(&Command) -> bool) {
    for command in COMMANDS.iter().filter(|command| wanted(command)) {
        let call = format!("{} {}", command.name, command.operands);
        let _ = writeln!(text, "  {:<26} {}", call.trim_end(), command.summary);
    }
}

/// What `transom COMMAND --help` says.
pub fn of(command: &Command) -> String {
    let mut text = format!("{}.\n\nUsage: transom {}", command.summary, command.name);
    if !command.operands.is_empty() {
        let _ = write!(text, " {}", command.operands);
    }
    text.push_str(" [OPTIONS]\n");
    if !command.about.is_empty() {
        let _ = writeln!(text, "\n{}", command.about);
    }
    text.push_str("\nOptions:\n");
    for option in command.options {
        let call = format!("--{} {}", option.name, option.value);
        let more = if option.many { "; may be repeated" } else { "" };
        let _ = writeln!(text, "  {:<26} {}{more} [{}]", call.trim_end(), option.about, option.variable());
    }
    let _ = writeln!(text, "  {:<26} this help", "--help");
    text
}
