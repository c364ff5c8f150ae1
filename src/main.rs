//! The program: reads the command and runs it.

use std::process::ExitCode;

fn main() -> ExitCode {
    transom::cli::run(std::env::args_os().skip(1).collect())
}
