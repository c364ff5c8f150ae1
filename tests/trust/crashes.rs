//! A desk that is killed while customers write, and a copy that is put back over one.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::load::{self, Busy, Load};
use crate::process::Served;
use crate::times;
use crate::verdict::{OLD, Tally};

/// Kills before a new desk begins.
const OF_ONE_DESK: usize = 50;

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let mut tally = Tally::default();
    let count = times(10, 1000);
    while tally.tried < count {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("transom.db");
        let hook = load::prepare(&db);
        let mut must = Vec::new();
        for _ in 0..OF_ONE_DESK.min(count - tally.tried) {
            tally.tried += 1;
            let served = Served::with(&db, &["serve"], "Transom serves");
            let load = Load::start(&served.url, &hook, &format!("kill{}", tally.tried));
            std::thread::sleep(Duration::from_millis(200 + transom::random::number() % 1200));
            // Letting it go kills it (SIGKILL).
            drop(served);
            must.extend(load.stop());
            tally.judge(&db, &must);
        }
    }
    tally.close("kill -9 under load");
    assert_eq!(tally.parted, 0, "a crash leaves the log that belongs to the file");
}

#[test]
fn a_copy_put_back_beside_the_log_of_a_killed_desk_is_whole() {
    let tally = Tally::of_lanes(3, times(6, 50), |share| {
        let mut tally = Tally::default();
        for _ in 0..share {
            put_back(&mut tally);
        }
        tally
    });
    tally.close("copy put back over a left-over log");
    assert!(tally.parted > 0, "no trial had a log of another state");
}

fn put_back(tally: &mut Tally) {
    tally.tried += 1;
    let Busy { served, load, db, folder, .. } = Busy::serve(&["serve"]);
    let copy = folder.path().join("copy");
    std::thread::sleep(OLD + Duration::from_millis(700));
    let begun = Instant::now();
    by_cp(&db, &copy);
    std::thread::sleep(Duration::from_millis(1200 + transom::random::number() % 1500));
    drop(served);
    let must = begun.checked_sub(OLD).map(|moment| load.before(moment)).unwrap_or_default();
    load.stop();
    // As somebody does who knows of one file only.
    by_cp(&copy, &db);
    tally.judge(&db, &must);
}

fn by_cp(from: &Path, to: &Path) {
    assert!(std::process::Command::new("cp").arg(from).arg(to).status().unwrap().success());
}
