//! T29: a program that is stopped in the middle of its work and goes on later, as on a machine that was suspended.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::load::{self, Load};
use crate::process::Served;
use crate::times;
use crate::verdict::Tally;

#[test]
fn t29_a_program_that_was_stopped_for_a_while_goes_on_and_has_lost_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let hook = load::prepare(&db);
    let served = Served::with(&db, &["serve"], "Transom serves");
    let load = Load::start(&served.url, &hook, "asleep");
    let process = Pid::from_raw(i32::try_from(served.id()).unwrap()).unwrap();
    let (rounds, mut slowest) = (times(3, 30), Duration::ZERO);
    for round in 0..rounds {
        // Somewhere else within a group and a checkpoint each time.
        std::thread::sleep(Duration::from_millis(150 + 37 * round as u64));
        kill_process(process, Signal::STOP).unwrap();
        std::thread::sleep(Duration::from_millis(700));
        kill_process(process, Signal::CONT).unwrap();
        let begun = Instant::now();
        let before = load.figures().took.len();
        while load.figures().took.len() < before + 20 {
            assert!(begun.elapsed() < crate::process::PATIENCE, "it does not go on");
            std::thread::sleep(Duration::from_millis(5));
        }
        slowest = slowest.max(begun.elapsed());
    }
    let refused = load.figures().refused;
    let acknowledged = load.stop();
    assert!(served.stop());
    let mut tally = Tally { tried: rounds, ..Tally::default() };
    tally.judge(&db, &acknowledged);
    println!(
        "stopped {rounds} times; twenty answers at most {} ms after it went on, {refused} refused",
        slowest.as_millis()
    );
    tally.close("a program that was stopped");
    assert_eq!(refused, 0);
}
