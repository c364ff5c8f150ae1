//! The current fails: what was not synced is gone, in part or torn.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::Connection;
use transom::store::check::{self, Step};
use transom::store::migrate::{self, STEPS};
use transom::store::{open, pairing};

use crate::disk::{Disk, Op, Part};
use crate::image::{Replay, choose};
use crate::inside::{Acknowledged, Inside, Said};
use crate::times;

/// Images of one desk before the next begins.
const OF_ONE_DESK: usize = 50;

#[derive(Default, Debug)]
struct Tally {
    images: usize,
    damaged: Vec<String>,
    lost: Vec<String>,
    twice: Vec<String>,
    looked_up: usize,
    taken: usize,
}

#[test]
fn what_was_acknowledged_survives_a_power_loss() {
    // T2
    let count = times(24, 600);
    let mut tally = Tally::default();
    while tally.images < count {
        let images = OF_ONE_DESK.min(count - tally.images);
        one_desk(&mut tally, images);
    }
    println!(
        "power loss: {} images, damaged {}, lost {} of {} acknowledged, would be sent twice {} of {} taken by the \
         provider",
        tally.images,
        tally.damaged.len(),
        tally.lost.len(),
        tally.looked_up,
        tally.twice.len(),
        tally.taken
    );
    assert!(tally.damaged.is_empty() && tally.lost.is_empty() && tally.twice.is_empty(), "{tally:?}");
    assert!(tally.looked_up > 0 && tally.taken > 0, "nothing was looked for: {tally:?}");
}

fn one_desk(tally: &mut Tally, images: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut inside = Inside::new(folder.path());
    let db = inside.db.clone();
    let said = inside.busy(20_000);
    let taken = inside.taken.clone();
    let ops = inside.disk.take();
    let mut replay = Replay::from(inside.begun.0.clone(), inside.begun.1.clone());
    drop(inside);
    let mut moments: Vec<usize> = (0..images).map(|n| moment(n, &ops, &said)).collect();
    moments.sort_unstable();
    let there = tempfile::tempdir().unwrap();
    for at in moments {
        replay.go(&ops, at);
        let image = there.path().join(format!("{at}-{}", tally.images)).join("transom.db");
        std::fs::create_dir_all(image.parent().unwrap()).unwrap();
        std::fs::copy(db.with_extension("key"), image.with_extension("key")).unwrap();
        replay.image(&image);
        tally.images += 1;
        if let Err(why) = judge(tally, &image, at, &said, &taken) {
            tally.damaged.push(why);
        }
        std::fs::remove_dir_all(image.parent().unwrap()).unwrap();
    }
}

/// Half of the moments are right after something was acknowledged.
fn moment(number: usize, ops: &[Op], said: &Said) -> usize {
    let lists = [&said.deliveries, &said.replies, &said.settings];
    let list = lists[choose(3)].lock().unwrap();
    let half = ops.len() / 4;
    if number.is_multiple_of(2) { list[choose(list.len())].1 } else { half + choose(ops.len() - half) }
}

fn judge(
    tally: &mut Tally,
    image: &Path,
    at: usize,
    said: &Said,
    taken: &Acknowledged,
) -> Result<(), String> {
    let told = |fault: &dyn std::fmt::Display| format!("{at}: {fault}");
    let (connection, _held) = open::open(image).map_err(|fault| told(&fault))?;
    for step in Step::ALL {
        if let Some(wrong) = check::run(&connection, step).map_err(|fault| told(&fault))?.first() {
            return Err(told(wrong));
        }
    }
    let words = |sql: &str| words(&connection, sql).map_err(|fault| told(&fault));
    let (keys, replies) =
        (words("SELECT dedupe_key FROM inbound")?, words("SELECT key FROM message WHERE key IS NOT NULL")?);
    for (list, there) in [(&said.deliveries, &keys), (&said.replies, &replies)] {
        let list = list.lock().unwrap();
        for (name, _) in list.iter().filter(|(_, position)| *position <= at) {
            tally.looked_up += 1;
            if !there.contains(name) {
                tally.lost.push(format!("{at}: {name}"));
            }
        }
    }
    let number = |text: &String| text.trim_start_matches("Team ").parse::<u64>().unwrap_or_default();
    let team =
        words("SELECT value FROM setting WHERE key = 'team'")?.iter().map(number).max().unwrap_or_default();
    let settings = said.settings.lock().unwrap();
    let newest = settings.iter().filter(|(_, position)| *position <= at).map(|(name, _)| number(name)).max();
    tally.looked_up += 1;
    if team < newest.unwrap_or_default() {
        tally.lost.push(format!("{at}: team {newest:?}, there is {team}"));
    }
    let queued = words("SELECT key FROM outbox WHERE state = 'queued'")?;
    let taken = taken.lock().unwrap();
    for (key, _) in taken.iter().filter(|(_, position)| *position <= at) {
        tally.taken += 1;
        if queued.contains(key) {
            tally.twice.push(format!("{at}: {key}"));
        }
    }
    let doubled = words("SELECT body FROM message WHERE kind = 'inbound' GROUP BY body HAVING count(*) > 1")?;
    if doubled.is_empty() { Ok(()) } else { Err(format!("{at}: received twice: {doubled:?}")) }
}

fn words(connection: &Connection, sql: &str) -> rusqlite::Result<HashSet<String>> {
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// The other way round: without the syncs the same images must lose something, or the test sees nothing.
#[test]
fn the_images_would_show_a_desk_that_does_not_sync() {
    let folder = tempfile::tempdir().unwrap();
    let mut inside = Inside::new(folder.path());
    let said = inside.busy(3_000);
    let taken = inside.taken.clone();
    // A disk that says "synced" and is not.
    let ops: Vec<Op> = inside.disk.take().into_iter().filter(|op| !matches!(op, Op::Sync(_))).collect();
    let mut replay = Replay::from(inside.begun.0.clone(), inside.begun.1.clone());
    drop(inside);
    replay.go(&ops, ops.len());
    let mut tally = Tally::default();
    for number in 0..5 {
        let image = folder.path().join(format!("{number}.db"));
        replay.image(&image);
        if let Err(why) = judge(&mut tally, &image, usize::MAX, &said, &taken) {
            tally.damaged.push(why);
        }
    }
    assert!(
        !tally.damaged.is_empty() || !tally.lost.is_empty(),
        "nothing was lost on a disk that never syncs"
    );
}

/// The one sync that is not SQLite's own: before the log is begun anew, what was moved out of it is on the disk.
#[test]
fn the_log_is_begun_anew_only_when_what_was_moved_is_synced() {
    let mut anew = 0;
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let mut inside = Inside::new(folder.path());
        inside.busy(20_000);
        let ops = inside.disk.take();
        drop(inside);
        let (mut moved, mut unsynced) = (false, false);
        for op in &ops {
            match op {
                Op::Write(Part::Main, ..) | Op::Truncate(Part::Main, _) => (moved, unsynced) = (true, true),
                Op::Sync(Part::Main) => unsynced = false,
                Op::Write(Part::Log, 0, _) if moved => {
                    assert!(!unsynced, "the log was begun anew over what was not on the disk");
                    (moved, anew) = (false, anew + 1);
                }
                _ => {}
            }
        }
        if anew > 1 {
            println!("the log was begun anew {anew} times, each time over what was synced");
            return;
        }
    }
    panic!("the log was never begun anew");
}

/// T32: an upgrade that is cut off anywhere leaves the old file or the new one, and the next start ends it.
#[test]
fn an_upgrade_survives_a_power_loss() {
    const NEXT: migrate::Step = migrate::Step {
        name: "a table more",
        sql: "CREATE TABLE of_the_test (id INTEGER PRIMARY KEY, name TEXT) STRICT;
              INSERT INTO of_the_test (name) SELECT dedupe_key FROM inbound; CREATE INDEX later_name ON of_the_test (name)",
    };
    let steps: Vec<migrate::Step> = STEPS.iter().copied().chain([NEXT]).collect();
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    drop(open::open(&db).unwrap());
    Connection::open(&db)
        .unwrap()
        .execute_batch(
            "INSERT INTO channel (kind, name, key, card, created_at) VALUES ('custom', 'a', 'k', '{}', 0);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             INSERT INTO inbound (channel_id, dedupe_key, received_at, body) SELECT 1, 'd-' || i, 0, x'00' FROM n;",
        )
        .unwrap();
    let (main, log) =
        (std::fs::read(&db).unwrap(), std::fs::read(pairing::beside(&db, "-wal")).unwrap_or_default());
    let disk = Disk::under(folder.path());
    drop(open::open_by(&db, &steps).unwrap());
    let ops: Vec<Op> = disk.take();
    let mut replay = Replay::from(main, log);
    let (mut old, mut new) = (0, 0);
    let count = times(20, 200);
    let mut moments: Vec<usize> = (0..count).map(|_| choose(ops.len() + 1)).chain([ops.len()]).collect();
    moments.sort_unstable();
    for at in moments {
        replay.go(&ops, at);
        let there = tempfile::tempdir().unwrap();
        let image = there.path().join("transom.db");
        replay.image(&image);
        let looked = Connection::open(&image).unwrap();
        match migrate::schema(&looked).unwrap() {
            1 => old += 1,
            _ => new += 1,
        }
        drop(looked);
        let (connection, _held) = open::open_by(&image, &steps).unwrap();
        let rows: i64 =
            connection.query_row("SELECT count(*) FROM of_the_test", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 3000, "at {at}");
        for step in Step::ALL {
            assert_eq!(check::run(&connection, step).unwrap(), Vec::<String>::new(), "at {at}");
        }
    }
    println!(
        "upgrade cut off: {count} images, {old} with the old schema, {new} with the new one, all well after the next start"
    );
}
