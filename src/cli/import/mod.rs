//! `transom import`: what other files hold, into a desk.

pub mod jsonl;

use std::path::PathBuf;

use super::arguments::Arguments;
use super::{Command, DB, Error, JSON, desk, print, print_json};

pub const COMMAND: Command = Command {
    name: "import",
    operands: "SOURCE PATH",
    summary: "Take an export of a desk, or what another program kept, into a desk",
    about: "Sources:\n  \
            jsonl  the folder PATH that `transom export` wrote. A new desk is made of it, at a place where there is\n  \
            \x20      none yet; it holds the same as the old one, with the same numbers, and its hash is compared in the\n  \
            \x20      end. Its channels rest until somebody gives them their secrets and enables them, because the old\n  \
            \x20      desk may still be at work.",
    options: &[DB, JSON],
    run,
};

fn run(mut arguments: Arguments) -> Result<(), Error> {
    let source = arguments.require_operand("SOURCE")?;
    let path = PathBuf::from(arguments.require_operand("PATH")?);
    arguments.finish()?;
    match source.as_str() {
        "jsonl" => {
            let to = desk::path(&arguments);
            let taken = jsonl::take(&path, &to)?;
            let json = serde_json::json!({ "file": to, "rows": taken.rows, "files": taken.files, "hash": taken.hash });
            if arguments.has("json") {
                return print_json(&json);
            }
            print(&format!("Made {} of {} rows and {} files.\n", to.display(), taken.rows, taken.files))?;
            print(&format!("Hash: {}, the same as that of the export.\n", taken.hash))?;
            print(
                "Next: 'transom user passwd' for somebody who may sign in, then the secrets of the channels.\n",
            )
        }
        other => Err(Error::Usage(format!("{other} is no source; there is: jsonl"))),
    }
}
