//! Log lines on standard error, and a bound on them: a disk that is full fails each delivery, each page and each
//! round of each job, and a log of that would fill the next disk.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::locks::hold;

use log::{Level, Log, Metadata, Record};

/// How many lines of one place in the program are written in one [`Spell`].
const LINES: u32 = 10;
/// How long a spell lasts at first; each one that overflows makes the next twice as long.
const SHORTEST: Duration = Duration::from_secs(10);
/// How long a spell lasts at most.
const LONGEST: Duration = Duration::from_secs(640);
/// How often one looks whether a spell is over of which lines were left out.
const LOOK: Duration = Duration::from_secs(5);

/// Log lines on standard error; `TRANSOM_LOG=debug` shows more.
pub fn begin() {
    let wanted = env_logger::Env::new().filter_or("TRANSOM_LOG", "info");
    let inner = env_logger::Builder::from_env(wanted)
        .format(|out, line| {
            let now = out.timestamp_seconds();
            writeln!(out, "{now} {:<5} {}", line.level(), line.args())
        })
        .build();
    let most = inner.filter();
    let bounded = Arc::new(Bounded { inner, spells: Mutex::default() });
    if log::set_boxed_logger(Box::new(bounded.clone())).is_ok() {
        log::set_max_level(most);
    }
    let look = move || {
        loop {
            std::thread::sleep(LOOK);
            bounded.close(Instant::now());
        }
    };
    if let Err(fault) = std::thread::Builder::new().name("log".into()).spawn(look) {
        log::warn!("what is left out of the log is told late: {fault}");
    }
    std::panic::set_hook(Box::new(|panic| {
        // A formatted message may quote what a customer wrote; a fixed one cannot.
        let words = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("see the place");
        let place = panic.location().map(Location::to_string).unwrap_or_default();
        log::error!("a mistake in the program at {place}: {words}");
    }));
}

/// Writes lines as `inner` does, but of each place in the program only so many.
struct Bounded {
    inner: env_logger::Logger,
    spells: Mutex<Spells>,
}

impl Log for Bounded {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.inner.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.inner.matches(record) {
            return;
        }
        // Who asks for every step gets every step.
        if record.level() <= Level::Info {
            let now = Instant::now();
            self.close(now);
            let place = (record.module_path().unwrap_or(record.target()).to_owned(), record.line());
            let line = || record.args().to_string();
            if !hold(&self.spells).admit(place, record.level(), line, now) {
                return;
            }
        }
        self.inner.log(record);
    }

    fn flush(&self) {
        // What was left out until now is told before the program ends.
        let told = hold(&self.spells).close_all();
        self.tell(&told);
        self.inner.flush();
    }
}

impl Bounded {
    /// Tells what was left out in spells that are over.
    fn close(&self, now: Instant) {
        let told = hold(&self.spells).close(now);
        self.tell(&told);
    }

    fn tell(&self, told: &[LeftOut]) {
        for LeftOut { level, count, line } in told {
            self.inner.log(
                &Record::builder().level(*level).args(format_args!("{count} more like this: {line}")).build(),
            );
        }
    }
}

/// A place in the program: its module and its line.
type Place = (String, Option<u32>);

/// Lines that were left out.
#[derive(PartialEq, Eq, Debug)]
struct LeftOut {
    level: Level,
    count: u64,
    /// The first of them.
    line: String,
}

/// A time in which lines of one place are counted.
#[derive(Debug)]
struct Spell {
    begun: Instant,
    length: Duration,
    written: u32,
    left_out: Option<LeftOut>,
}

/// The spells of all places that said something of late.
#[derive(Default, Debug)]
struct Spells(BTreeMap<Place, Spell>);

impl Spells {
    /// Whether a line of this place is written now.
    fn admit(&mut self, place: Place, level: Level, line: impl Fn() -> String, now: Instant) -> bool {
        let fresh = Spell { begun: now, length: SHORTEST, written: 0, left_out: None };
        let spell = self.0.entry(place).or_insert(fresh);
        if spell.written < LINES {
            spell.written += 1;
            return true;
        }
        match &mut spell.left_out {
            Some(left_out) => left_out.count += 1,
            none => *none = Some(LeftOut { level, count: 1, line: line() }),
        }
        false
    }

    /// Ends the spells whose time is over. Where lines were left out a longer one begins, otherwise the place is
    /// forgotten.
    fn close(&mut self, now: Instant) -> Vec<LeftOut> {
        let mut told = Vec::new();
        self.0.retain(|_, spell| {
            if now.duration_since(spell.begun) < spell.length {
                return true;
            }
            let Some(left_out) = spell.left_out.take() else { return false };
            told.push(left_out);
            *spell = Spell {
                begun: now,
                length: (spell.length * 2).min(LONGEST),
                // What goes on is shown by one line a spell and by the count.
                written: LINES - 1,
                left_out: None,
            };
            true
        });
        told
    }

    fn close_all(&mut self) -> Vec<LeftOut> {
        self.0.values_mut().filter_map(|spell| spell.left_out.take()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line a millisecond for an hour, and then again one a day later.
    #[test]
    fn a_place_that_never_stops_says_little_and_how_much_it_left_out() {
        let (mut spells, start) = (Spells::default(), Instant::now());
        let place = || ("transom::web::hooks".to_owned(), Some(88));
        let (mut written, mut told, mut counted) = (0_u64, 0_u64, 0_u64);
        let lines = 3_600_000;
        for number in 0..lines {
            let now = start + Duration::from_millis(number);
            for left_out in spells.close(now) {
                (told, counted) = (told + 1, counted + left_out.count);
            }
            written += u64::from(spells.admit(place(), Level::Error, || format!("{number}"), now));
        }
        for left_out in spells.close_all() {
            counted += left_out.count;
        }
        assert_eq!(written + counted, lines, "nothing is left out in silence");
        assert!(written + told < 60, "{written} lines and {told} counts in an hour");
        // Another place is not held back by it.
        let now = start + Duration::from_millis(lines);
        assert!(spells.admit(("transom::jobs".to_owned(), Some(1)), Level::Warn, String::new, now));
        // And once it was quiet, it is heard again like any other.
        let later = now + Duration::from_secs(86_400);
        spells.close(later);
        assert!(spells.close(later + LONGEST).is_empty());
        for _ in 0..LINES {
            assert!(spells.admit(place(), Level::Error, String::new, later + LONGEST));
        }
        assert!(!spells.admit(place(), Level::Error, || "the eleventh".to_owned(), later + LONGEST));
        let told = spells.close(later + LONGEST + SHORTEST);
        assert_eq!(told, [LeftOut { level: Level::Error, count: 1, line: "the eleventh".to_owned() }]);
    }
}
