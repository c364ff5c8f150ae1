//! A clock that was wrong and is put right: what waits goes out, who signs in is let in, copies are made, and nothing is
//! deleted by a year that it never was (T29).

use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::Status;
use transom::domain::retention::Rule;
use transom::jobs::copies;
use transom::jobs::ticker::{self, Rounds};
use transom::jobs::{self, Stop};
use transom::store;

use crate::support::TestDesk;
use crate::support::browser::Browser;
use crate::support::story::ANA;

const YEAR: Span = Span::days(365);

fn back(span: Span) -> Span {
    Span(-span.0)
}

/// How long the one message that waits still waits.
fn left(desk: &TestDesk) -> i64 {
    desk.count("SELECT due_at FROM outbox") - desk.now().0
}

/// A desk on which an answer waits, after the rounds have seen its clock.
fn waiting() -> (TestDesk, Rounds) {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let ana = desk.says(&chat, ANA, "Hello");
    let mut rounds = Rounds::default();
    ticker::tick(&desk.desk, &mut rounds).unwrap();
    desk.answers(&petra, ana, "Good morning");
    (desk, rounds)
}

#[test]
fn t29_what_waits_goes_out_when_the_clock_is_put_back_by_an_hour_or_a_year() {
    for jump in [Span::hours(1), YEAR] {
        let (desk, mut rounds) = waiting();
        let whole = left(&desk);
        desk.pass(back(jump));
        ticker::tick(&desk.desk, &mut rounds).unwrap();
        assert!((0..=whole).contains(&left(&desk)), "{} of {whole} ms are left", left(&desk));
    }
}

#[test]
fn t29_what_could_not_be_written_when_the_clock_was_put_back_is_tried_again() {
    let (desk, mut rounds) = waiting();
    let whole = left(&desk);
    let sql = |sql: &'static str| desk.write(move |tx| Ok(tx.execute_batch(sql)?));
    sql("CREATE TRIGGER full BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
    desk.pass(back(YEAR));
    assert!(ticker::tick(&desk.desk, &mut rounds).is_err());
    sql("DROP TRIGGER full");
    ticker::tick(&desk.desk, &mut rounds).unwrap();
    assert!((0..=whole).contains(&left(&desk)), "{} of {whole} ms are left", left(&desk));
}

#[test]
fn t29_the_same_when_it_was_put_back_while_the_desk_was_away() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let ana = desk.says(&chat, ANA, "Hello");
    desk.answers(&petra, ana, "Good morning");
    let whole = left(&desk);
    desk.pass(back(Span::days(2)));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    assert!((0..=whole).contains(&left(&desk)), "{} of {whole} ms are left", left(&desk));
    // What was put off until an hour stays put off until it.
    desk.pass(Span::days(4));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    assert!(left(&desk) <= 0, "and forwards it is due at once");
}

#[test]
fn t29_who_guessed_in_another_year_locks_nobody_out_in_this_one() {
    let desk = TestDesk::new();
    desk.person("Ada", Role::Admin);
    desk.set_password("ada@example.org", "a quiet harbour at dawn");
    desk.pass(YEAR);
    let mut stranger = Browser::at(&desk, "192.0.2.7");
    for _ in 0..10 {
        assert_eq!(stranger.sign_in("ada@example.org", "wrong").status, 422);
    }
    assert_eq!(stranger.sign_in("ada@example.org", "wrong").status, 429);
    desk.pass(back(YEAR));
    let mut ada = Browser::at(&desk, "192.0.2.8");
    assert_eq!(ada.sign_in("ada@example.org", "a quiet harbour at dawn").status, 303);
}

#[test]
fn t29_a_copy_of_another_year_is_none_of_last_night() {
    let desk = TestDesk::new();
    desk.person("Ada", Role::Admin);
    desk.pass(YEAR);
    assert!(copies::make(&desk.desk, &Stop::default()));
    assert!(!copies::is_due(&desk.desk));
    desk.pass(back(YEAR));
    desk.pass(Span::days(2));
    assert!(copies::is_due(&desk.desk), "the next night has its copy");
}

#[test]
fn t29_a_desk_that_starts_in_a_far_year_deletes_nothing_for_a_day() {
    let desk = TestDesk::new();
    let chat = desk.connects(Kind::Sms, "Shop");
    let (old, sleeper) =
        (desk.says(&chat, ANA, "Hello"), desk.says(&chat, crate::support::story::KIM, "Good day"));
    let (id, wakes) = (chat.id, desk.now() + Span::hours(1));
    desk.write(move |tx| {
        tx.execute("UPDATE conversation SET status = 'closed' WHERE id = ?1", [old])?;
        tx.execute(
            "UPDATE conversation SET status = 'snoozed', snoozed_until = ?1 WHERE id = ?2",
            (wakes, sleeper),
        )?;
        store::retention::set(tx, id, Rule { conversations: Some(90), ..Rule::default() })
    });
    desk.pass(YEAR);
    let jobs = jobs::start(&desk.desk).unwrap();
    desk.until(|desk| desk.conversation(sleeper).status == Status::Open);
    jobs.stop();
    let kept = desk.read(|c| store::conversation::get(c, old));
    assert!(kept.is_some(), "by a clock that may be wrong");
}
