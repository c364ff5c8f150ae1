//! Outgoing webhooks: signed, in order, each entry once taken, none skipped.

use crate::support::TestDesk;
use crate::support::channel::viewer;
use crate::support::provider::{Say, StandIn, nowhere};
use serde_json::json;
use transom::actions::webhook;
use transom::domain::agent::Role;
use transom::domain::webhook::Webhook;
use transom::domain::{Id, Span};
use transom::jobs::webhooks as job;
use transom::net::signature::check_sha256;
use transom::store::{event, webhook as hooks};

struct Stage {
    desk: TestDesk,
    program: StandIn,
}

impl Stage {
    fn new() -> Stage {
        Stage { desk: TestDesk::new(), program: StandIn::new() }
    }

    fn add(&self, url: &str, kinds: &[&str]) -> Id<Webhook> {
        let by = viewer(&self.desk.person(&transom::random::key(), Role::Admin));
        let sealed = self.desk.desk.seal_webhook(url, "shared");
        let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let new = webhook::New { url: url.to_owned(), kinds, sealed };
        let now = self.desk.now();
        let id = self.desk.desk.writer.write(move |tx| webhook::add(tx, &by, &new, now)).unwrap();
        // What the adding itself logged is of no interest here.
        let latest = self.desk.read(event::latest);
        self.desk.write(move |tx| hooks::advance(tx, id, Id::new(latest)));
        id
    }

    fn happen(&self, kind: &'static str, n: i64) {
        let now = self.desk.now();
        let entry = event::New { kind, data: json!({ "n": n }), ..event::New::default() };
        self.desk.write(move |tx| event::append(tx, &entry, now));
    }

    fn heard(&self) -> Vec<i64> {
        self.program.seen().iter().map(|seen| seen.json()["data"]["n"].as_i64().unwrap()).collect()
    }

    fn drain(&self) -> usize {
        job::drain(&self.desk.desk)
    }
}

#[test]
fn a_program_hears_of_everything_once_and_in_order() {
    let stage = Stage::new();
    stage.add(&stage.program.url, &[]);
    for n in 0..450 {
        stage.happen("note.added", n);
    }
    assert_eq!(stage.drain(), 450);
    assert_eq!(stage.heard(), (0..450).collect::<Vec<_>>());
    assert_eq!(stage.drain(), 0);
    let seen = &stage.program.seen()[0];
    assert!(check_sha256("shared", &seen.body, seen.header("x-transom-signature")));
    assert_eq!(seen.header("x-transom-event-id"), seen.json()["id"].to_string());
    assert_eq!(
        (&seen.json()["kind"], &seen.json()["at"]),
        (&json!("note.added"), &json!("2026-03-03T12:00:00Z"))
    );
}

#[test]
fn only_the_wanted_kinds_are_told() {
    let stage = Stage::new();
    stage.add(&stage.program.url, &["message.received"]);
    for n in 0..5 {
        stage.happen("note.added", n);
    }
    stage.happen("message.received", 5);
    assert_eq!(stage.drain(), 1);
    assert_eq!(stage.heard(), [5]);
    assert_eq!(stage.drain(), 0);
}

/// What is not taken is told again, before what happened after it.
#[test]
fn a_refusing_program_is_told_again_later() {
    let stage = Stage::new();
    let id = stage.add(&stage.program.url, &[]);
    stage.program.say("/", &[Say::Answer(500, "oops".into()), Say::HangUp, Say::Answer(204, String::new())]);
    stage.happen("note.added", 1);
    stage.happen("note.added", 2);
    assert_eq!(stage.drain(), 1);
    assert_eq!(stage.drain(), 0, "not before its pause is over");
    stage.desk.pass(Span::seconds(10));
    assert_eq!(stage.drain(), 1);
    stage.desk.pass(Span::minutes(1));
    assert_eq!(stage.drain(), 2);
    assert_eq!(stage.heard(), [1, 1, 1, 2]);
    let answers = stage.desk.read(|connection| hooks::answers(connection, &[id], 10));
    let statuses: Vec<_> = answers.iter().rev().map(|answer| answer.status).collect();
    assert_eq!(statuses, [Some(500), None, Some(204), Some(204)]);
    assert_eq!(answers.last().unwrap().detail, "oops");
}

#[test]
fn a_dead_program_holds_up_no_other() {
    let stage = Stage::new();
    stage.add(&nowhere(), &["note.added"]);
    stage.add(&stage.program.url, &["note.added"]);
    stage.happen("note.added", 1);
    assert_eq!(stage.drain(), 2);
    assert_eq!(stage.heard(), [1]);
}

#[test]
fn a_program_that_is_gone_is_told_no_longer() {
    let stage = Stage::new();
    let id = stage.add(&stage.program.url, &[]);
    stage.program.say("/", &[Say::Answer(410, String::new())]);
    stage.happen("note.added", 1);
    assert_eq!(stage.drain(), 1);
    stage.desk.pass(Span::days(1));
    assert_eq!(stage.drain(), 0);
    let kept = stage.desk.read(|connection| hooks::get(connection, id)).unwrap();
    assert!(kept.disabled_at.is_some());
}

#[test]
fn the_last_hundred_answers_are_kept() {
    let stage = Stage::new();
    let id = stage.add(&stage.program.url, &["note.added"]);
    for n in 0..130 {
        stage.happen("note.added", n);
    }
    stage.drain();
    let answers = stage.desk.read(|connection| hooks::answers(connection, &[id], 1000));
    assert_eq!(answers.len(), 100);
    assert_eq!(answers[0].event.get() - answers[99].event.get(), 99);
}
