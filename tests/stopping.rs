//! A desk that is told to stop while its jobs are just beginning.

use std::collections::BTreeSet;
use std::time::Duration;

use transom::jobs::{Stop, checkup};

use crate::support::TestDesk;
use crate::support::ending::until;
use crate::support::tree::{code, files};

#[test]
fn a_job_that_is_just_beginning_hears_that_the_desk_stops() {
    let (desk, stop) = (TestDesk::new().desk, Stop::default());
    assert!(!stop.is_set(), "the job looks, and begins a round");
    stop.set();
    desk.live.tell(&BTreeSet::from([checkup::TOPIC.to_owned()]));
    // What it was told of lies before what it counts from.
    let seen = desk.live.count(checkup::TOPIC);
    let waits = std::thread::spawn(move || stop.wait(&desk, checkup::TOPIC, seen, Duration::from_secs(600)));
    until("it does not wait", || waits.is_finished());
}

#[test]
fn jobs_wait_only_as_long_as_the_desk_does_not_stop() {
    let waits = |file: &std::path::PathBuf| code(file).contains("live.wait(");
    let wrong: Vec<_> = files("src/jobs".as_ref()).into_iter().filter(waits).collect();
    assert_eq!(wrong, ["src/jobs/mod.rs"].map(std::path::PathBuf::from), "the others ask Stop::wait");
}
