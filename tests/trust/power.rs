//! The current fails: what was not synced is gone, in part or torn.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::Connection;
use transom::domain::halt::Halt;
use transom::store::check::{self, Step};
use transom::store::migrate::{self, STEPS};
use transom::store::{open, pairing};

use crate::disk::{Disk, Op, Part, Syncs};
use crate::ending::{Ending, until, until_within};
use crate::image::{Replay, choose};
use crate::inside::{Acknowledged, Inside, Said};
use crate::process::PATIENCE;
use crate::times;

/// Images of one desk before the next begins.
fn of_one_desk() -> usize {
    times(12, 50)
}

#[derive(Default, Debug)]
struct Tally {
    desks: usize,
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
        let images = of_one_desk().min(count - tally.images);
        // Every other desk works on while its file is synced.
        let syncs = if tally.desks.is_multiple_of(2) { Syncs::Quick } else { Syncs::Slow };
        one_desk(&mut tally, images, syncs);
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

fn one_desk(tally: &mut Tally, images: usize, syncs: Syncs) {
    tally.desks += 1;
    let folder = tempfile::tempdir().unwrap();
    let mut inside = Inside::new(folder.path());
    inside.disk.sync(syncs);
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
        let image = image(&replay, &db, &there.path().join(format!("{at}-{}", tally.images)));
        tally.images += 1;
        if let Err(why) = judge(tally, &image, at, &said, &taken) {
            tally.damaged.push(why);
        }
        std::fs::remove_dir_all(image.parent().unwrap()).unwrap();
    }
}

/// What a power loss leaves of the desk at `db`, with its key, in a folder of its own.
fn image(replay: &Replay, db: &Path, folder: &Path) -> PathBuf {
    let image = folder.join("transom.db");
    std::fs::create_dir_all(folder).unwrap();
    std::fs::copy(db.with_extension("key"), image.with_extension("key")).unwrap();
    replay.image(&image);
    image
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

/// Where the file is synced slowly, customers and agents go on, and the log waits for the sync.
#[test]
fn nobody_waits_while_the_file_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    let inside = Inside::new(folder.path());
    let (mut names, mut round) = (Vec::new(), 0);
    loop {
        inside.disk.sync(Syncs::Wait);
        assert_eq!(inside.deliver(&format!("before-{round}"), 1, ""), 200);
        until("a sync waits", || inside.disk.has_sync_waiting());
        inside.disk.take();
        names.extend((0..4).map(|number| format!("during-{round}-{number}")));
        for name in &names[4 * round..] {
            assert_eq!(inside.deliver(name, 1, ""), 200, "{name}, while the file is synced");
        }
        if inside.disk.has_sync_waiting() {
            break;
        }
        // A machine that stood still for a second had the desk wait for its disk.
        round += 1;
        assert!(round < 5, "everybody waits while the file is synced");
    }
    let anew = inside.disk.take().iter().filter(|op| matches!(op, Op::Write(Part::Log, 0, _))).count();
    assert_eq!(anew, 0, "the log was begun anew over what was not on the disk");
    inside.disk.sync(Syncs::Quick);
    until("the log is begun anew after the sync", || {
        let anew = |op: &Op| matches!(op, Op::Write(Part::Log, 0, _));
        assert_eq!(inside.deliver(&format!("after-{}", inside.disk.position()), 1, ""), 200);
        inside.disk.take().iter().any(anew)
    });
    for name in names {
        let sql = format!("SELECT count(*) FROM inbound WHERE dedupe_key = '{name}'");
        assert_eq!(inside.count(&sql), 1, "{name}");
    }
}

/// Where something is always written while the file is synced, the log is begun anew all the same before it is long.
#[test]
fn a_log_that_never_rests_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let inside = Inside::new(folder.path());
    inside.disk.sync(Syncs::Slow);
    let (stop, number) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (stop, number, inside) = (&stop, &number, &inside);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let name = format!("d-{}", number.fetch_add(1, Ordering::Relaxed));
                    assert_eq!(inside.deliver(&name, 1, &"x".repeat(100_000)), 200, "{name}");
                }
            });
        }
        let _ending = Ending(&stop);
        let (mut longest, mut anew) = (0, 0);
        until_within(10 * PATIENCE, "a long log is begun anew", || {
            for op in inside.disk.take() {
                if let Op::Write(Part::Log, at, _) = op {
                    anew += usize::from(at == 0 && longest > LONG_LOG);
                    longest = longest.max(at);
                }
            }
            anew > 0
        });
        // Until nobody reads the log at that moment: much longer where the machine has other work.
        assert!(longest < 32 * LONG_LOG, "the log had {longest} bytes");
    });
}

/// From this length on writers wait for a sync.
const LONG_LOG: u64 = 16 << 20;

/// What was moved may be lost to the disk although a later sync would succeed: only the log has it, and it is kept.
#[test]
fn a_sync_that_fails_stops_the_desk_and_keeps_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let inside = Inside::new(folder.path());
    inside.disk.sync(Syncs::Fail);
    let mut taken = Vec::new();
    until("the desk stops", || {
        let name = format!("d-{}", taken.len());
        let status = inside.deliver(&name, 1, "");
        if status == 200 {
            taken.push(name);
        }
        status == 503
    });
    assert_eq!(inside.desk.writer.halt(), Some(Halt::Unsynced));
    inside.disk.sync(Syncs::Quick);
    assert_eq!(inside.deliver("too late", 1, ""), 503, "a later sync says nothing of what was lost before");
    let (ops, begun) = (inside.disk.take(), inside.begun.clone());
    let mut replay = Replay::from(begun.0, begun.1);
    replay.go(&ops, ops.len());
    for number in 0..5 {
        let image = image(&replay, &inside.db, &folder.path().join(format!("image-{number}")));
        let (connection, _held) = open::open(&image).unwrap();
        let there = words(&connection, "SELECT dedupe_key FROM inbound").unwrap();
        assert!(!taken.is_empty() && taken.iter().all(|name| there.contains(name)), "{there:?} of {taken:?}");
    }
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
