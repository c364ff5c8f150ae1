//! The real program in a process of its own: a desk that is served from a temporary file, and commands beside it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tempfile::TempDir;

/// How long anything may take on a busy machine before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A desk that is being served. It is stopped when the test lets it go.
pub struct Served {
    pub url: String,
    /// The one-time link, where the desk has nobody yet.
    pub setup: Option<String>,
    pub db: PathBuf,
    /// Everything that it printed.
    pub said: Vec<String>,
    child: Child,
    folder: Option<TempDir>,
}

/// The program with these words, cut off from the environment's own settings.
pub fn transom(words: &[&str]) -> Command {
    // Another build of the program can be named where figures are wanted.
    let built = || env!("CARGO_BIN_EXE_transom").into();
    let mut command = Command::new(std::env::var_os("TRANSOM_PROGRAM").unwrap_or_else(built));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TRANSOM_")) {
        command.env_remove(name);
    }
    command.args(words).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(words: &[&str]) -> Output {
    transom(words).output().unwrap()
}

/// What a command complained of.
pub fn complained(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl Served {
    /// Serves a new desk from a folder that goes with it.
    pub fn new() -> Served {
        Served::afresh(&["serve"], "Set it up here")
    }

    /// Serves by these words from such a folder, and waits until a line begins with `ready`.
    pub fn afresh(words: &[&str], ready: &str) -> Served {
        let folder = tempfile::tempdir().unwrap();
        let mut served = Served::with(&folder.path().join("transom.db"), words, ready);
        served.folder = Some(folder);
        served
    }

    /// Serves the file at `db` by these words, and waits until a line begins with `ready`.
    pub fn with(db: &Path, words: &[&str], ready: &str) -> Served {
        Served::by(transom(words), db, ready)
    }

    /// The same by a command that was made by [`transom`] and changed.
    pub fn by(mut command: Command, db: &Path, ready: &str) -> Served {
        let shown = db.to_str().unwrap();
        command.args(["--db", shown, "--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = follow(&mut child);
        let mut said = Vec::new();
        while !said.last().is_some_and(|line: &String| line.starts_with(ready)) {
            let line = lines.recv_timeout(PATIENCE);
            said.push(line.unwrap_or_else(|_| panic!("'{ready}' never came; it said {said:?}")));
        }
        let link = |line: &String| {
            let word = line[line.find("http://")?..].split_whitespace().next()?;
            Some(word.trim_end_matches(',').to_owned())
        };
        let url = said.iter().find_map(link).unwrap();
        let setup = said.iter().find(|line| line.starts_with("Set it up here")).and_then(link);
        Served { url, setup, db: db.to_owned(), said, child, folder: None }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as an operating system does; whether it ended well, and in time.
    pub fn stop(mut self) -> bool {
        let id = i32::try_from(self.id()).unwrap();
        let process = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        let begun = std::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // The file of a story that failed is kept: it says what the desk knew at that moment.
        if std::thread::panicking()
            && let Some(folder) = self.folder.take()
        {
            eprintln!("the desk's file is kept in {}", folder.keep().display());
        }
    }
}

/// The lines that a process prints, read on a thread so that it never waits for us.
pub fn follow(child: &mut Child) -> Receiver<String> {
    let out = BufReader::new(child.stdout.take().unwrap());
    let (tell, lines) = channel();
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                // Nobody reads on, but the process must not find its pipe full.
            }
        }
    });
    lines
}
