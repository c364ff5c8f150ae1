//! What work that breaks off would leave behind: by a fault, by Ctrl-C, or because the machine is shut down.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};
use std::time::Duration;

use signal_hook::low_level::emulate_default_handler;

use super::running;
use crate::locks::hold;
use crate::store::pairing;

/// What goes when the program is told to end.
static ALL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// How often it is tried to take a folder away into which somebody still writes.
const TRIES: u32 = 50;

/// A file with everything that SQLite leaves beside one, or a folder, that is gone once this is dropped or the program is
/// told to end. What has got another name by then stays.
pub struct Leftover(PathBuf);

impl Leftover {
    /// What lies at `path` from earlier work goes now.
    pub fn new(path: PathBuf) -> Leftover {
        watch();
        remove(&path);
        hold(&ALL).push(path.clone());
        Leftover(path)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// It stays from now on, whatever happens.
    pub fn keep(self) -> PathBuf {
        hold(&ALL).retain(|path| *path != self.0);
        let path = self.0.clone();
        std::mem::forget(self);
        path
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        // Where the program is told to end this waits for that, so that no fault is told that is none.
        let mut all = hold(&ALL);
        all.retain(|path| *path != self.0);
        remove(&self.0);
    }
}

fn remove(path: &Path) {
    for _ in 0..TRIES {
        if !path.is_dir() {
            return pairing::remove(path);
        }
        if std::fs::remove_dir_all(path).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// From now on what is unfinished goes before the program ends by a signal.
fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Where it cannot be waited for, the work itself can be done all the same.
        let Ok(mut signals) = running::signals() else { return };
        std::thread::spawn(move || {
            let Some(signal) = signals.forever().next() else { return };
            let all = hold(&ALL);
            all.iter().for_each(|path| remove(path));
            eprintln!("\ntransom: stopped; nothing unfinished was left behind");
            // What started the program learns from its end that it was this signal. It never comes back from here.
            let _ = emulate_default_handler(signal);
        });
    });
}
