//! The copies that the desk makes by itself: when, whether they are whole, who hears of it, and who may take one.

use std::path::PathBuf;

use crate::support::TestDesk;
use crate::support::desk::Person;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::jobs::{Stop, copies};
use transom::store::check::{self, Step};
use transom::store::{agent, copy, readers};

fn desk() -> (TestDesk, Person) {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    (desk, ada)
}

fn make(desk: &TestDesk) -> bool {
    copies::make(&desk.desk, &Stop::default())
}

fn files(desk: &TestDesk) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(desk.desk.copies_folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_copy_is_made_each_night_is_whole_and_old_ones_go() {
    let (desk, ada) = desk();
    assert!(!copies::is_due(&desk.desk), "a new desk waits for its first night");
    desk.pass(Span::hours(15));
    for _ in 0..13 {
        assert!(copies::is_due(&desk.desk));
        assert!(make(&desk));
        assert!(!copies::is_due(&desk.desk), "once a night");
        desk.pass(Span::hours(24));
    }
    let files = files(&desk);
    // Seven days, and the newest of the one week of four that has none of them.
    assert_eq!(files.len(), 8, "{files:?}");
    let copy = readers::open(files.last().unwrap()).unwrap();
    for step in Step::ALL {
        assert_eq!(check::run(&copy, step).unwrap(), Vec::<String>::new());
    }
    assert!(agent::by_email(&copy, "ada@example.org").unwrap().is_some());
    let page = desk.get(&ada, "/settings/copies").body;
    assert_eq!(page.matches("Opened and found whole.").count(), 13);
    assert_eq!(page.matches("No longer kept").count(), 5);
    assert!(desk.get(&ada, "/settings/status").body.contains("Opened and found whole."));
}

#[test]
fn a_copy_that_failed_is_told_to_administrators_on_every_page_and_tried_again() {
    let (desk, ada) = desk();
    let ben = desk.person("Ben", Role::Agent);
    desk.pass(Span::hours(15));
    // Something else stands where the copies should lie.
    std::fs::write(desk.desk.copies_folder(), "").unwrap();
    assert!(!make(&desk));
    assert!(desk.get(&ada, "/inbox").body.contains("The last copy of the desk failed."));
    assert!(!desk.get(&ben, "/inbox").body.contains("The last copy of the desk failed."));
    assert!(!copies::is_due(&desk.desk), "not each minute");
    desk.pass(Span::hours(1));
    assert!(copies::is_due(&desk.desk));
    std::fs::remove_file(desk.desk.copies_folder()).unwrap();
    assert!(make(&desk));
    assert!(!desk.get(&ada, "/inbox").body.contains("The last copy of the desk failed."));
    let told = desk.read(|c| copy::newest(c, 10));
    assert!(told[0].wrong.is_none() && told[1].wrong.is_some());
}

#[test]
fn a_copy_is_given_to_who_knows_the_password_and_that_stands_in_the_log() {
    let (desk, ada) = desk();
    let ben = desk.person("Ben", Role::Supervisor);
    let hash = transom::password::hash("correct horse battery").unwrap();
    let id = ada.id;
    desk.write(move |tx| agent::set_password_hash(tx, id, &hash));
    assert!(make(&desk));
    let made = desk.read(|c| copy::newest(c, 1)).remove(0);
    let path = format!("/settings/copies/{}", made.id);
    assert_eq!(desk.post(&ben, &path, &[("password", "correct horse battery")]).status, 403);
    let wrong = desk.post(&ada, &path, &[("password", "wrong")]);
    assert_eq!((wrong.status, wrong.body.contains("SQLite format 3")), (422, false));
    let given = desk.post(&ada, &path, &[("password", "correct horse battery")]);
    assert_eq!(given.status, 200);
    assert!(given.body.starts_with("SQLite format 3"));
    let name = given.header("content-disposition").unwrap();
    assert!(name.starts_with(&format!("attachment; filename=\"{}\"", made.name)), "{name}");
    assert_eq!(desk.count("SELECT count(*) FROM log WHERE kind = 'security.copy_handed_out'"), 1);
    for _ in 0..10 {
        desk.post(&ada, &path, &[("password", "wrong")]);
    }
    assert_eq!(
        desk.post(&ada, &path, &[("password", "correct horse battery")]).status,
        429,
        "nobody guesses here"
    );
}

#[test]
fn when_copies_are_made_can_be_chosen_and_nonsense_is_refused() {
    let (desk, ada) = desk();
    let rota =
        |hour, daily, weekly| [("copies_hour", hour), ("copies_daily", daily), ("copies_weekly", weekly)];
    assert_eq!(desk.post(&ada, "/settings/copies", &rota("5", "0", "2")).status, 303);
    desk.pass(Span::hours(48));
    assert!(!copies::is_due(&desk.desk), "none are wanted");
    for (wrong, field) in
        [(rota("24", "1", "1"), "24"), (rota("x", "1", "1"), "x"), (rota("1", "-1", "1"), "-1")]
    {
        let page = desk.post(&ada, "/settings/copies", &wrong);
        assert_eq!(page.status, 422);
        assert!(page.body.contains(&format!("value=\"{field}\"")), "what was typed is still there");
    }
    assert_eq!(desk.post(&ada, "/settings/copies", &rota("5", "3", "2")).status, 303);
    assert!(copies::is_due(&desk.desk));
}
