//! The current fails while names are made, changed and taken away: a new desk, its log and its key, copies, a restore, an
//! upgrade and the way back. The real program, under a library that records what it does to its folder.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use transom::store::{migrate, pairing, readers};
use transom::vault::key_path;

use crate::entries::Folder;
use crate::image::choose;
use crate::load::{self, Busy, Load};
use crate::process::{Served, transom};
use crate::system::{Event, Watch};
use crate::times;
use crate::verdict::{OLD, Tally};

/// Makes `count` images of what happened to a folder, half of them at the moments around a sync or a change of a name, and
/// a quarter of the end. Each is given with how far the record went by then.
fn images(begun: Folder, events: &[(u64, Event)], count: usize, mut each: impl FnMut(&Path, u64)) {
    let is_write = |event: &Event| matches!(event, Event::Write { .. } | Event::Truncate { .. });
    let edges: Vec<usize> = (0..events.len()).filter(|n| !is_write(&events[*n].1)).collect();
    let edge = || edges[choose(edges.len())] + choose(2);
    let moment = |n: usize| match n % 4 {
        0 => events.len(),
        1 | 2 => edge(),
        _ => choose(events.len() + 1),
    };
    let mut moments: Vec<usize> = (0..count).map(moment).collect();
    moments.sort_unstable();
    let (mut folder, mut at) = (begun, 0);
    for moment in moments {
        for (_, event) in &events[at..moment] {
            folder.happen(event);
        }
        at = moment;
        let image = tempfile::tempdir().unwrap();
        folder.image(image.path());
        each(image.path(), at.checked_sub(1).map_or(0, |last| events[last].0));
    }
}

/// The model of the folder after everything, which must be the folder itself.
fn hears_everything(mut folder: Folder, events: &[(u64, Event)], there: &Path) {
    for (_, event) in events {
        folder.happen(event);
    }
    folder.must_be(there);
}

/// A desk in a folder of its own that is killed under load; a plain copy of it from before lies in another folder.
struct Killed {
    folder: tempfile::TempDir,
    elsewhere: tempfile::TempDir,
    db: PathBuf,
    /// What the copy must hold, and what was acknowledged in all.
    copied: Vec<String>,
    all: Vec<String>,
}

impl Killed {
    fn new() -> Killed {
        let Busy { served, load, db, folder } = Busy::serve(&["serve"]);
        let elsewhere = tempfile::tempdir().unwrap();
        std::thread::sleep(OLD + Duration::from_millis(300));
        let copied = load.before(Instant::now().checked_sub(OLD).unwrap());
        std::fs::copy(&db, elsewhere.path().join("copy.db")).unwrap();
        std::thread::sleep(Duration::from_millis(1300));
        drop(served);
        let all = load.stop();
        Killed { folder, elsewhere, db, copied, all }
    }

    fn copy(&self) -> PathBuf {
        self.elsewhere.path().join("copy.db")
    }
}

/// Runs a command to its good end under the record; returns what happened.
fn recorded(folder: &Path, words: &[&str]) -> (Folder, Vec<(u64, Event)>) {
    let (begun, watch) = (Folder::of(folder), Watch::over(folder));
    let mut command = transom(words);
    watch.on(&mut command);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let events = watch.events();
    hears_everything(begun.clone(), &events, folder);
    (begun, events)
}

fn schema(file: &Path) -> i64 {
    migrate::schema(&readers::open(file).unwrap()).unwrap()
}

/// Everything that must be in a file, in which nothing may be wrong.
fn holds(tally: &mut Tally, file: &Path, must: &[String], when: &str) {
    assert!(file.exists(), "{when}: {} is not there", file.display());
    tally.judge(file, must);
}

/// T2: the file, its log and its key are there once the first word was acknowledged, and all that was said since.
#[test]
fn a_new_desk_and_its_key_survive_a_power_loss() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let (begun, watch) = (Folder::default(), Watch::over(folder.path()));
    let hook = load::prepare_by(&db, &[], |command| watch.on(command));
    let made = watch.position();
    let events = watch.events();
    let there = std::fs::read(key_path(&db)).unwrap();
    images(begun.clone(), &events, times(8, 40), |image, at| {
        let key = std::fs::read(key_path(&image.join("transom.db"))).unwrap_or_default();
        assert!(at < made || key == there, "the secrets are sealed by a key that went");
    });
    let (mut all, mut known) = (Vec::new(), vec![(made, 0)]);
    for word in ["first", "second"] {
        let mut command = transom(&["serve"]);
        watch.on(&mut command);
        let served = Served::by(command, &db, "Transom serves");
        let load = Load::start(&served.url, &hook, word);
        for _ in 0..times(8, 100) {
            std::thread::sleep(Duration::from_millis(100));
            let acknowledged = all.len() + load.before(Instant::now()).len();
            known.push((watch.position(), acknowledged));
        }
        // Once it ends by itself, and takes its log away; once it is killed.
        if word == "first" {
            all.extend(load.stop());
            assert!(served.stop());
        } else {
            drop(served);
            all.extend(load.stop());
        }
    }
    let events = watch.events();
    hears_everything(begun.clone(), &events, folder.path());
    let key = std::fs::read(key_path(&db)).unwrap();
    let mut tally = Tally::default();
    images(begun, &events, times(8, 200), |image, at| {
        tally.tried += 1;
        let file = image.join("transom.db");
        let must = known.iter().rev().find(|(position, _)| *position <= at).map(|(_, count)| &all[..*count]);
        if must.is_some() {
            let there = std::fs::read(key_path(&file)).unwrap_or_default();
            assert!(there == key, "the key went, and all secrets with it, at {at}");
            assert!(file.exists(), "the desk went at {at}");
        }
        if file.exists() {
            tally.judge(&file, must.unwrap_or_default());
        }
    });
    tally.close("power loss, with the names in the folder");
}

/// T2: a desk that is replaced by a copy is at any moment the old one or the copy, and the old one is never lost.
#[test]
fn a_restore_survives_a_power_loss() {
    let desk = Killed::new();
    let (copy, db) = (desk.copy(), desk.db.to_str().unwrap());
    let words = ["restore", copy.to_str().unwrap(), "--db", db];
    let (begun, events) = recorded(desk.folder.path(), &words);
    let end = events.last().unwrap().0;
    let (mut tally, mut old) = (Tally::default(), 0);
    images(begun, &events, times(12, 300), |image, at| {
        let when = format!("{at} of {end}");
        let file = image.join("transom.db");
        let mut all = Tally::default();
        holds(&mut tally, &file, &desk.copied, &when);
        all.judge(&file, &desk.all);
        tally.tried += 1;
        if at < end && all.lost == 0 {
            old += 1;
            return;
        }
        holds(&mut tally, &pairing::beside(&file, ".before-restore-1"), &desk.all, &when);
    });
    println!("restore cut off: {old} images with the old file, {} with the copy", tally.tried - old);
    assert!(old > 0 && old < tally.tried, "{old} of {}", tally.tried);
    tally.close("power loss in a restore");
}

/// The other way round: where folders are never synced, the same images must lose something, or the test sees nothing.
fn would_show_names_that_are_not_synced(mut folder: Folder, events: &[(u64, Event)], name: &str) {
    for (_, event) in events.iter().filter(|(_, event)| !matches!(event, Event::SyncFolder { .. })) {
        folder.happen(event);
    }
    let lost = (0..40).filter(|_| {
        let image = tempfile::tempdir().unwrap();
        folder.image(image.path());
        !image.path().join(name).exists()
    });
    assert!(lost.count() > 0, "no name was lost on a disk whose folders are never synced");
}

/// T2: what a command says it has made is there, whole and by its name.
#[test]
fn a_copy_that_was_made_survives_a_power_loss() {
    let desk = Killed::new();
    let at = |name: &str| desk.folder.path().join(name).to_str().unwrap().to_owned();
    let (backup, export) = (at("kept.db"), at("export"));
    let db = desk.db.to_str().unwrap();
    let mut tally = Tally::default();
    let (begun, events) = recorded(desk.folder.path(), &["backup", &backup, "--db", db]);
    would_show_names_that_are_not_synced(begun.clone(), &events, "kept.db");
    let end = events.last().unwrap().0;
    images(begun, &events, times(8, 200), |image, at| {
        tally.tried += 1;
        let kept = image.join("kept.db");
        if at == end || kept.exists() {
            holds(&mut tally, &kept, &desk.all, &format!("{at} of {end}"));
        }
    });
    let (begun, events) = recorded(desk.folder.path(), &["export", &export, "--db", db]);
    let there = std::fs::read(desk.folder.path().join("export/manifest.json")).unwrap();
    let end = events.last().unwrap().0;
    images(begun, &events, times(4, 100), |image, at| {
        let kept = image.join("export/manifest.json");
        if at == end || image.join("export").exists() {
            assert!(std::fs::read(kept).unwrap_or_default() == there, "no whole export at {at} of {end}");
        }
    });
    tally.close("power loss while a copy is made");
}

/// T2, T32: with the new schema in the file, the copy from before lies beside it; and the way back is as sure as the way
/// there.
#[test]
fn an_upgrade_and_the_way_back_survive_a_power_loss() {
    let desk = Killed::new();
    let (begun, watch) = (Folder::of(desk.folder.path()), Watch::over(desk.folder.path()));
    let mut command = crate::later::upgrading(&desk.db);
    watch.on(&mut command);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let (mut tally, mut old) = (Tally::default(), 0);
    let now = i64::try_from(migrate::STEPS.len()).unwrap();
    let beside = |file: &Path| pairing::beside(file, &format!(".before-schema-{}", now + 1));
    let events = watch.events();
    images(begun, &events, times(8, 200), |image, at| {
        tally.tried += 1;
        let file = image.join("transom.db");
        if schema(&file) == now {
            old += 1;
            return holds(&mut tally, &file, &desk.all, "the old file");
        }
        let kept = beside(&file);
        assert_eq!(schema(&kept), now, "the copy from before at {at}");
        holds(&mut tally, &kept, &desk.all, "the copy from before");
        let (connection, _held) = crate::later::open(&file);
        let rows: i64 = connection.query_row("SELECT count(*) FROM inbound", [], |row| row.get(0)).unwrap();
        assert!(rows >= i64::try_from(desk.all.len()).unwrap(), "at {at}");
    });
    assert!(old > 0 && old < tally.tried, "{old} of {}", tally.tried);
    let (begun, events) =
        recorded(desk.folder.path(), &["rollback", "--yes", "--db", desk.db.to_str().unwrap()]);
    let end = events.last().unwrap().0;
    images(begun, &events, times(8, 200), |image, at| {
        tally.tried += 1;
        let file = image.join("transom.db");
        if schema(&file) > now {
            assert!(at < end, "the way back was said to be gone");
            assert_eq!(schema(&beside(&file)), now, "there is a way back at {at}");
        } else {
            holds(&mut tally, &file, &desk.all, "the file of before");
            assert!(
                schema(&pairing::beside(&file, ".before-restore-1")) > now,
                "the newer file is kept at {at}"
            );
        }
    });
    tally.close("power loss in an upgrade and on the way back");
}
