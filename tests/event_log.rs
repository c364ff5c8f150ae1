//! The log and the messages share their numbers: what a message says is not written twice, and stays told when it goes.

use serde_json::{Value, json};
use transom::actions::contact as people;
use transom::domain::agent::Role;
use transom::domain::channel;
use transom::domain::event::{Event, kind};
use transom::domain::message::{Kind, Message, State};
use transom::domain::{Id, Span};
use transom::store::{self, check};

use crate::support::TestDesk;

/// All of the log, as programs are told of it.
fn told(desk: &TestDesk) -> Vec<Value> {
    let entries = desk.read(|c| store::event::after(c, 0, 1000));
    entries.iter().map(Event::told).collect()
}

fn of(desk: &TestDesk, message: Id<Message>) -> Value {
    told(desk).into_iter().find(|entry| entry["id"] == message.get()).unwrap()
}

/// Whether the log holds an entry of its own for this message.
fn apart(desk: &TestDesk, message: Id<Message>) -> bool {
    desk.count(&format!("SELECT count(*) FROM event WHERE id = {message}")) == 1
}

#[test]
fn every_number_is_shown_by_its_word() {
    let desk = TestDesk::new();
    let chat = desk.channel(channel::Kind::Sms);
    let id = desk.writes(&chat, "+34612345678", "first").id;
    desk.write(move |tx| {
        for (number, wanted) in (0..).zip(kind::ALL) {
            tx.execute("INSERT INTO event (at, kind_no) VALUES (1, ?1)", [number])?;
            let sql = "SELECT kind FROM log WHERE id = last_insert_rowid()";
            let shown: String = tx.query_row(sql, [], |row| row.get(0))?;
            assert_eq!((shown.as_str(), kind::number(wanted)), (*wanted, Some(number)));
        }
        for (kind, state) in Kind::ALL.into_iter().flat_map(|kind| State::ALL.map(|state| (kind, state))) {
            let sql = "INSERT INTO message (conversation_id, kind_no, state_no, at, later, body)
                       VALUES (?1, ?2, ?3, 100, 7, '') RETURNING kind, state, created_at";
            let shown = tx.query_row(sql, (id, kind.number(), state.number()), |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?))
            })?;
            assert_eq!(shown, (kind.as_str().to_owned(), state.as_str().to_owned(), 107));
        }
        let known: i64 = tx.query_row("SELECT count(*) FROM event_kind", [], |row| row.get(0))?;
        assert_eq!(usize::try_from(known).unwrap(), kind::ALL.len());
        Ok(())
    });
}

#[test]
fn the_first_entry_of_a_message_leaves_to_it_what_it_says_and_is_told_whole() {
    let desk = TestDesk::new();
    let marta = desk.person("Marta", Role::Agent);
    let chat = desk.channel(channel::Kind::Whatsapp);
    let thread = desk.writes(&chat, "+34612345678", "first");
    let theirs = desk.said(thread.id).remove(0);
    desk.pass(Span::minutes(5));
    let ours = desk.answers(&marta, thread.id, "Good morning");
    for (id, kind, agent) in
        [(theirs.id, "message.received", json!(null)), (ours, "message.queued", json!(marta.id.get()))]
    {
        let entry = of(&desk, id);
        assert_eq!((&entry["kind"], &entry["agent_id"]), (&json!(kind), &agent), "{entry}");
        assert_eq!(entry["conversation_id"], thread.id.get(), "{entry}");
        assert_eq!(entry["contact_id"], thread.contact.get(), "{entry}");
        assert_eq!(entry["message_id"], id.get(), "{entry}");
        assert!(!apart(&desk, id), "nothing of it is written twice");
    }
    assert_eq!(of(&desk, ours)["at"], json!(desk.now().rfc3339()));
    assert_eq!(of(&desk, ours)["data"]["saw"]["newest"], theirs.id.get());
    let opened = told(&desk).into_iter().find(|entry| entry["kind"] == "conversation.opened").unwrap();
    assert_eq!(opened["data"]["cause"], "customer", "what the line tells, the entry tells: {opened}");
    assert_eq!(opened["data"]["after"]["status"], "open", "{opened}");
}

#[test]
fn what_the_log_says_of_a_message_stays_when_it_goes_or_its_person_becomes_another() {
    let desk = TestDesk::new();
    let marta = desk.person("Marta", Role::Supervisor);
    let by = desk.rights(&marta);
    let (chat, sms) = (desk.channel(channel::Kind::Whatsapp), desk.channel(channel::Kind::Sms));
    let thread = desk.writes(&chat, "+34612345678", "first");
    let other = desk.writes(&sms, "+34699999999", "second");
    let ours = desk.answers(&marta, thread.id, "Good morning");
    desk.pass(Span::minutes(1));
    let before = told(&desk);

    let order =
        people::Merge { survivor: other.contact, other: thread.contact, open: people::OpenOnes::Keep };
    let who = by.clone();
    desk.act(move |tx, now| people::merge(tx, &who, order, now)).unwrap();
    assert_eq!(told(&desk)[..before.len()], before, "whom it was with then");
    let next = desk.answers(&marta, thread.id, "Good morning again");
    desk.write(move |tx| store::message::delete(tx, ours));
    assert_eq!(told(&desk)[..before.len()], before, "also without the message");
    assert!(apart(&desk, ours) && !apart(&desk, next));
    desk.write(move |tx| store::message::delete(tx, next));
    let last = desk.answers(&marta, thread.id, "Once more");
    assert!(last > next, "no number is given twice");

    let before = told(&desk);
    // They were two people after all; then the other is erased.
    let merged = desk.count("SELECT max(id) FROM log WHERE kind = 'contact.merged'");
    let who = by.clone();
    desk.act(move |tx, now| people::part(tx, &who, (other.contact, Id::new(merged)), now)).unwrap();
    let contact = other.contact;
    desk.act(move |tx, now| people::delete(tx, &by, contact, now)).unwrap();
    let after = told(&desk);
    for (was, is) in before.iter().zip(&after) {
        let erased = was["conversation_id"] == other.id.get();
        assert_eq!(is["data"], if erased { json!(null) } else { was["data"].clone() }, "{is}");
        for field in ["at", "kind", "conversation_id", "contact_id", "message_id", "agent_id"] {
            assert_eq!(was[field], is[field], "{field} of {is}");
        }
    }
    for step in check::Step::ALL {
        assert_eq!(desk.read(|c| check::run(c, step)), Vec::<String>::new(), "{}", step.as_str());
    }
}
