//! How far long work has come, on one line of the terminal that is written anew.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// One line that tells how far work has come. Says nothing where standard error is no terminal.
pub struct Progress {
    what: &'static str,
    shown: bool,
    started: Instant,
    last: Option<Instant>,
}

impl Progress {
    /// Begins a line about `what`, as in "Copying".
    pub fn begin(what: &'static str) -> Progress {
        Progress { what, shown: std::io::stderr().is_terminal(), started: Instant::now(), last: None }
    }

    /// Tells that `done` of `all` is done; written ten times a second at most.
    pub fn tell(&mut self, done: i64, all: i64) {
        let pause = self.last.is_none_or(|last| last.elapsed() >= Duration::from_millis(100));
        if self.shown && (pause || done >= all) {
            self.last = Some(Instant::now());
            self.write(&line(self.what, done, all, self.started.elapsed()));
        }
    }

    /// Ends the line, so that what follows stands below it.
    pub fn end(self) {
        if self.last.is_some() {
            self.write("\n");
        }
    }

    fn write(&self, text: &str) {
        let mut out = std::io::stderr().lock();
        // Progress that cannot be shown is no reason to stop the work.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

fn line(what: &str, done: i64, all: i64, passed: Duration) -> String {
    let percent = if all > 0 { done.saturating_mul(100) / all } else { 100 };
    let bar = usize::try_from(percent / 4).unwrap_or(0).min(25);
    let seconds = passed.as_secs().max(1);
    let rate = u64::try_from(done).unwrap_or(0) / seconds;
    format!("\r{what} [{:<25}] {percent:>3} %  {done} of {all}, {rate} a second \x1b[K", "#".repeat(bar))
}
