//! T30: mistakes of the program itself. Whoever meets one is told, nobody else is held up, and every thread goes on.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::Status;
use transom::jobs;
use transom::locks::{hold, try_hold};
use transom::store;

use crate::support::TestDesk;
use crate::support::story::{ANA, KIM};
use crate::support::tree::{code, files};

/// Everybody who is told of news panics so many times: the writing thread after each commit, and the jobs.
fn telling_breaks(desk: &TestDesk, times: usize) -> Arc<AtomicUsize> {
    let told = Arc::new(AtomicUsize::new(0));
    let counter = told.clone();
    desk.desk.live.connect(Box::new(move |_| {
        let before = counter.fetch_add(1, Ordering::SeqCst);
        assert!(before >= times, "as the test wants it");
    }));
    told
}

#[test]
fn t30_the_writing_thread_goes_on_when_it_breaks_and_what_was_acknowledged_is_there() {
    let desk = TestDesk::new();
    desk.person("Ada", Role::Admin);
    let told = telling_breaks(&desk, usize::MAX);
    for number in 0..20 {
        desk.write(move |tx| {
            tx.touch(store::event::DESK);
            store::setting::set(tx, "greeting", Some(&number.to_string()))
        });
    }
    assert!(told.load(Ordering::SeqCst) >= 19, "it never broke");
    let kept = desk.read(|c| store::setting::get(c, "greeting"));
    assert_eq!(kept.as_deref(), Some("19"));
    // A work that panics is not kept, and its caller is told.
    let lost: Result<(), store::Error> = desk.desk.writer.write(|tx| {
        store::setting::set(tx, "greeting", Some("never"))?;
        panic!("as the test wants it")
    });
    assert!(lost.is_err());
    assert_eq!(desk.read(|c| store::setting::get(c, "greeting")).as_deref(), Some("19"));
}

#[test]
fn t30_jobs_that_break_begin_again_and_do_their_work() {
    let desk = TestDesk::new();
    let chat = desk.connects(Kind::Sms, "Shop");
    let sleepers = [desk.says(&chat, ANA, "Hello"), desk.says(&chat, KIM, "Good day")];
    let wakes = desk.now() + Span::hours(1);
    for sleeper in sleepers {
        desk.write(move |tx| {
            tx.execute(
                "UPDATE conversation SET status = 'snoozed', snoozed_until = ?1 WHERE id = ?2",
                (wakes, sleeper),
            )?;
            Ok(())
        });
    }
    let told = telling_breaks(&desk, 30);
    let jobs = jobs::start(&desk.desk).unwrap();
    desk.pass(Span::hours(2));
    desk.until(|desk| sleepers.iter().all(|id| desk.conversation(*id).status == Status::Open));
    // Every job is told to look; a lane or a loop that had ended would be told nothing.
    for _ in 0..40 {
        let topics = BTreeSet::from([store::inbound::TOPIC.to_owned()]);
        let live = desk.desk.clone();
        let _ = std::thread::spawn(move || live.live.tell(&topics)).join();
    }
    assert!(told.load(Ordering::SeqCst) > 30, "nothing broke");
    let again = desk.now() + Span::hours(1);
    desk.write(move |tx| {
        tx.execute(
            "UPDATE conversation SET status = 'snoozed', snoozed_until = ?1 WHERE id = ?2",
            (again, sleepers[0]),
        )?;
        Ok(())
    });
    desk.pass(Span::hours(2));
    desk.until(|desk| desk.conversation(sleepers[0]).status == Status::Open);
    jobs.stop();
}

#[test]
fn t30_who_panics_with_a_lock_in_hand_shuts_nobody_out() {
    let lock = Arc::new(Mutex::new(7));
    let shut = || {
        let held = lock.clone();
        let ended = std::thread::spawn(move || {
            let _guard = hold(&held);
            panic!("as the test wants it");
        });
        assert!(ended.join().is_err() && lock.is_poisoned());
    };
    shut();
    assert_eq!(*hold(&lock), 7);
    assert!(!lock.is_poisoned(), "who waits on a condition behind it hears nothing of it either");
    shut();
    let guard = try_hold(&lock);
    assert_eq!(guard.as_deref(), Some(&7));
    assert!(try_hold(&lock).is_none(), "it is held");
}

/// A lock that says no after a mistake turns one mistake into a desk that no longer polls, sends or brakes.
#[test]
fn t30_every_lock_of_the_program_is_taken_so() {
    let mut wrong = Vec::new();
    for file in files(Path::new("src")).into_iter().filter(|file| !file.ends_with("locks.rs")) {
        let text = code(&file);
        // Streams and files are locked in another sense; `self.lock()` is a function that does it right.
        let own =
            ["std::io::stderr()", "std::io::stdin()", "std::io::stdout()", "file.try", "self", "self.pile"];
        for (at, _) in text.match_indices(".lock()").chain(text.match_indices(".try_lock()")) {
            let before = text[..at].trim_end();
            let line = before.rsplit(char::is_whitespace).next().unwrap_or_default();
            let receiver = line.trim_start_matches(['*', '(', '&', '!']);
            let known =
                own.iter().any(|own| receiver == *own || receiver.ends_with(own.trim_end_matches(".try")));
            if !known {
                wrong.push(format!("{}: {receiver}.lock(); ask locks::hold instead.", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn t11_what_cannot_be_kept_is_not_done_thousands_of_times_a_second() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let ana = desk.says(&chat, ANA, "Hello");
    desk.answers(&petra, ana, "Good morning");
    desk.pass(Span::minutes(1));
    desk.write(|tx| {
        Ok(tx.execute_batch(
            "CREATE TRIGGER full BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        )?)
    });
    let jobs = jobs::start(&desk.desk).unwrap();
    let laps = || desk.desk.live.count(store::outbox::TOPIC);
    let before = laps();
    // The first has been tried.
    while laps() == before {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let tried = laps();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(laps() - tried <= 5, "{} laps in half a second", laps() - tried);
    jobs.stop();
}
