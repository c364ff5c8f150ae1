//! What the disk alone takes, beside a desk that writes to it: nothing of the desk can be quicker.

use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::hostile::at;

/// A file into which the pages of a delivery are written again and again, each time onto the disk.
pub struct Floor {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Duration>>,
}

/// About as many as a delivery adds to the log.
const PAGES: usize = 20;
/// How often one comes.
const EVERY: Duration = Duration::from_millis(20);
/// The file is begun anew from this length on, as the log is.
const LONGEST: u64 = 8 << 20;

impl Floor {
    pub fn of(folder: &Path) -> Floor {
        let stop = Arc::new(AtomicBool::new(false));
        let (until, mut file) = (stop.clone(), std::fs::File::create(folder.join("floor")).unwrap());
        let thread = std::thread::spawn(move || {
            let (pages, mut took) = (vec![7; PAGES * 4096], Vec::new());
            while !until.load(Ordering::Relaxed) {
                if file.stream_position().unwrap() > LONGEST {
                    file.rewind().unwrap();
                }
                let begun = Instant::now();
                file.write_all(&pages).unwrap();
                file.sync_data().unwrap();
                // Whoever would have come while the disk stood still waited as well.
                let mut waited = Some(begun.elapsed());
                while let Some(one) = waited {
                    took.push(one);
                    waited = one.checked_sub(EVERY);
                }
                std::thread::sleep(EVERY);
            }
            took.sort();
            took
        });
        Floor { stop, thread }
    }

    /// Ends it and prints what it took.
    pub fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        let took = self.thread.join().unwrap();
        println!(
            "the disk alone: {} writes of {PAGES} pages p50 {} ms, p99 {} ms, longest {} ms",
            took.len(),
            at(&took, 50),
            at(&took, 99),
            at(&took, 100)
        );
    }
}
