//! A schema that only these tests know, and a process that brings a desk up to it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rusqlite::Connection;
use transom::store::lease::Held;
use transom::store::migrate::{STEPS, Step};
use transom::store::open;

/// Builds something over the largest tables, as a step of a release would.
const NEXT: Step = Step {
    name: "a table more",
    sql: "CREATE TABLE of_the_test (id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL, name TEXT NOT NULL) STRICT;
          INSERT INTO of_the_test (message_id, name) SELECT id, 'message ' || id FROM message;
          CREATE INDEX later_name ON of_the_test (name);
          ALTER TABLE message ADD COLUMN of_the_test TEXT NOT NULL DEFAULT ''",
};

/// What tells this program to be the one that upgrades.
const NAMED: &str = "UPGRADE_THE_DESK";

/// The released steps and one more.
pub fn steps() -> Vec<Step> {
    STEPS.iter().copied().chain([NEXT]).collect()
}

/// Opens a desk, which is brought up to the later schema.
pub fn open(db: &Path) -> (Connection, Arc<Held>) {
    open::open_by(db, &steps()).unwrap()
}

/// This program as the later Transom: it opens the desk at `db`, and ends when that is up to date.
pub fn upgrading(db: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["later::the_process_that_upgrades", "--exact", "--nocapture"]).env(NAMED, db);
    command
}

/// Does nothing unless another test has begun this program for it.
#[test]
fn the_process_that_upgrades() {
    if let Some(db) = std::env::var_os(NAMED) {
        drop(open(Path::new(&db)));
    }
}
