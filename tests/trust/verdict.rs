//! Whether a file is whole, and what is missing from it.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use transom::store::check::{self, Step};
use transom::store::{Connection, open, readers};

/// Older than this, nothing acknowledged may be missing from a copy.
pub const OLD: Duration = Duration::from_secs(3);

/// What was found, over many files.
#[derive(Default, Debug)]
pub struct Tally {
    pub tried: usize,
    /// The tool said that it failed; nobody is deceived.
    pub refused: usize,
    /// Files that do not open or contradict themselves, each with the reason.
    pub damaged: Vec<String>,
    /// Acknowledged deliveries that are not there.
    pub lost: usize,
    pub looked_up: usize,
    /// Logs that were put aside because they belonged to another state.
    pub parted: usize,
    pub slowest: Duration,
}

impl Tally {
    /// Opens a file as a start of the desk does, checks it, and looks for what must be in it.
    pub fn judge(&mut self, file: &Path, must: &[String]) {
        self.looked_up += must.len();
        match read(file) {
            Ok(there) => self.lost += must.iter().filter(|name| !there.contains(*name)).count(),
            Err(why) => self.damaged.push(why),
        }
        let folder = std::fs::read_dir(file.parent().unwrap()).unwrap();
        self.parted += folder
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".orphan-"))
            .count();
    }

    /// Tries `count` times in all, on so many threads at once, each of which is told how often.
    pub fn of_lanes(lanes: usize, count: usize, lane: impl Fn(usize) -> Tally + Sync) -> Tally {
        std::thread::scope(|scope| {
            let shares = (0..lanes).map(|n| count / lanes + usize::from(n < count % lanes));
            let threads: Vec<_> = shares
                .filter(|share| *share > 0)
                .map(|share| {
                    scope.spawn({
                        let lane = &lane;
                        move || lane(share)
                    })
                })
                .collect();
            let tallies = threads.into_iter().map(|thread| thread.join().unwrap());
            tallies.fold(Tally::default(), Tally::and)
        })
    }

    fn and(mut self, mut other: Tally) -> Tally {
        self.tried += other.tried;
        self.refused += other.refused;
        self.damaged.append(&mut other.damaged);
        self.lost += other.lost;
        self.looked_up += other.looked_up;
        self.parted += other.parted;
        self.slowest = self.slowest.max(other.slowest);
        self
    }

    /// Looks for what must be in a file, and for nothing else: of a large one a copy was judged already.
    pub fn find(&mut self, file: &Path, must: &[String]) {
        self.looked_up += must.len();
        let connection = readers::open(file).unwrap();
        let there = names(&connection).unwrap();
        self.lost += must.iter().filter(|name| !there.contains(*name)).count();
    }

    /// Prints the figures and holds them to the promise.
    pub fn close(&self, what: &str) {
        println!(
            "{what}: tried {}, refused by the tool {}, damaged {}, lost {} of {} acknowledged, logs put aside {}, \
             slowest {} ms",
            self.tried,
            self.refused,
            self.damaged.len(),
            self.lost,
            self.looked_up,
            self.parted,
            self.slowest.as_millis()
        );
        assert!(self.damaged.is_empty(), "{what}: {:?}", self.damaged);
        assert_eq!(self.lost, 0, "{what}");
        assert!(self.looked_up > 0, "{what}: nothing was looked for");
        // A program may stop between asking for the file's time and opening it, and then finds it changed. Of a few copies one
        // says nothing about how often that happens.
        let few = self.refused <= 1 || self.refused * 100 <= self.tried * 3;
        assert!(few, "{what}: {} of {} refused", self.refused, self.tried);
    }
}

/// The names of all deliveries in a file that is whole.
fn read(file: &Path) -> Result<HashSet<String>, String> {
    let told = |fault: &dyn std::fmt::Display| format!("{}: {fault}", file.display());
    let (connection, _held) = open::open(file).map_err(|fault| told(&fault))?;
    for step in Step::ALL {
        let wrong = check::run(&connection, step).map_err(|fault| told(&fault))?;
        if let Some(wrong) = wrong.first() {
            return Err(told(wrong));
        }
    }
    names(&connection).map_err(|fault| told(&fault))
}

fn names(connection: &Connection) -> rusqlite::Result<HashSet<String>> {
    let mut statement = connection.prepare("SELECT dedupe_key FROM inbound")?;
    statement.query_map([], |row| row.get(0))?.collect()
}
