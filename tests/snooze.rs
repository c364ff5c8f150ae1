//! Putting off and coming back.

use crate::support::TestDesk;
use crate::support::cast::refusal;
use transom::actions::snooze::snooze;
use transom::actions::{Result, close, reopen};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::event::Cause;
use transom::domain::{Id, Refused, Span, Timestamp};
use transom::jobs::ticker::{self, Rounds};
use transom::jobs::{Stop, tidier::tidy};

#[test]
fn a_slip_of_a_digit_puts_nothing_off_for_decades() {
    let (desk, marta, conversation) = a_conversation();
    let far = refusal(put_off(&desk, &marta, conversation.id, desk.now() + Span::days(3000)));
    assert!(matches!(far, Refused::Field { field: "until", .. }), "{far:?}");
    put_off(&desk, &marta, conversation.id, desk.now() + Span::days(365)).unwrap();
}

#[test]
fn a_snoozed_conversation_comes_back_when_its_time_has_come_and_not_before() {
    // S207
    let (desk, marta, conversation) = a_conversation();
    let until = desk.now() + Span::hours(1);
    put_off(&desk, &marta, conversation.id, until).unwrap();
    let away = desk.conversation(conversation.id);
    assert_eq!((away.status, away.snoozed_until), (Status::Snoozed, Some(until)));
    let (kind, line) = desk.lines(conversation.id).pop().unwrap();
    assert_eq!((kind.as_str(), line.by.as_str(), line.until), ("conversation.snoozed", "Marta", Some(until)));
    let mut rounds = Rounds::default();
    desk.pass(Span::minutes(59));
    ticker::tick(&desk.desk, &mut rounds).unwrap();
    assert_eq!(desk.conversation(conversation.id).status, Status::Snoozed);
    desk.pass(Span::minutes(1));
    ticker::tick(&desk.desk, &mut rounds).unwrap();
    ticker::tick(&desk.desk, &mut rounds).unwrap();
    let back = desk.conversation(conversation.id);
    assert_eq!((back.status, back.snoozed_until, back.episode), (Status::Open, None, 1));
    let woken: Vec<_> =
        desk.lines(conversation.id).into_iter().filter(|(kind, _)| kind == "conversation.woke").collect();
    assert_eq!((woken.len(), woken[0].1.cause), (1, Some(Cause::Time)));
}

#[test]
fn a_clock_that_jumps_wakes_everything_once_and_one_that_goes_back_nothing() {
    let (desk, marta, conversation) = a_conversation();
    put_off(&desk, &marta, conversation.id, desk.now() + Span::hours(1)).unwrap();
    let mut rounds = Rounds::default();
    desk.pass(Span::days(-2));
    ticker::tick(&desk.desk, &mut rounds).unwrap();
    assert_eq!(desk.conversation(conversation.id).status, Status::Snoozed);
    desk.pass(Span::days(400));
    ticker::tick(&desk.desk, &mut rounds).unwrap();
    assert_eq!(desk.conversation(conversation.id).status, Status::Open);
}

#[test]
fn the_running_ticker_wakes_by_itself() {
    let (desk, marta, conversation) = a_conversation();
    put_off(&desk, &marta, conversation.id, desk.now() + Span::hours(1)).unwrap();
    let jobs = transom::jobs::start(&desk.desk).unwrap();
    desk.pass(Span::hours(2));
    desk.until(|desk| desk.conversation(conversation.id).status == Status::Open);
    jobs.stop();
}

#[test]
fn nothing_is_put_off_into_the_past_or_out_of_closed() {
    let (desk, marta, conversation) = a_conversation();
    let past = put_off(&desk, &marta, conversation.id, desk.now());
    assert_eq!(refusal(past), Refused::TimePassed);
    let by = marta.clone();
    desk.act(move |tx, now| close::close(tx, &by, conversation.id, &close::Closing::default(), now)).unwrap();
    let closed = put_off(&desk, &marta, conversation.id, desk.now() + Span::hours(1));
    assert_eq!(refusal(closed), Refused::AlreadyThere { status: Status::Closed });
}

#[test]
fn what_was_put_off_anew_does_not_wake_at_the_old_time_and_a_hand_brings_it_back() {
    let (desk, marta, conversation) = a_conversation();
    put_off(&desk, &marta, conversation.id, desk.now() + Span::hours(1)).unwrap();
    put_off(&desk, &marta, conversation.id, desk.now() + Span::hours(5)).unwrap();
    desk.pass(Span::hours(2));
    let id = conversation.id;
    desk.act(move |tx, now| transom::actions::snooze::wake(tx, id, now)).unwrap();
    assert_eq!(desk.conversation(id).status, Status::Snoozed);
    let by = marta.clone();
    desk.act(move |tx, now| reopen::reopen(tx, &by, id, now)).unwrap();
    let back = desk.conversation(id);
    assert_eq!((back.status, back.episode), (Status::Open, 1));
}

#[test]
fn deliveries_are_remembered_for_five_weeks() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Custom);
    let (id, now) = (channel.id, desk.now());
    desk.write(move |tx| {
        for (key, state) in [("a", "done"), ("b", "failed"), ("c", "new")] {
            tx.execute(
                "INSERT INTO inbound (channel_id, dedupe_key, received_at, body, state) VALUES (?1, ?2, ?3, x'', ?4)",
                (id, key, now, state),
            )?;
        }
        Ok(())
    });
    desk.pass(Span::days(34));
    tidy(&desk.desk, &Stop::default()).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM inbound"), 3);
    desk.pass(Span::days(2));
    tidy(&desk.desk, &Stop::default()).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM inbound"), 2, "what is not dealt with stays");
}

fn a_conversation() -> (TestDesk, Viewer, Conversation) {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, "+34612345678", "m1");
    (desk, marta, conversation)
}

fn put_off(desk: &TestDesk, by: &Viewer, id: Id<Conversation>, until: Timestamp) -> Result<()> {
    let by = by.clone();
    desk.act(move |tx, now| snooze(tx, &by, id, Some(until), now))
}

#[test]
fn what_is_put_off_until_the_customer_writes_comes_back_then_and_at_no_time() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.person("Marta", Role::Agent);
    let conversation = desk.writes(&channel, "+34612345678", "first").id;
    let page = desk.get(&marta, &format!("/conversations/{conversation}?view=all")).body;
    assert!(page.contains("Until the customer writes"), "{page}");
    let put_off = desk.post(&marta, &format!("/conversations/{conversation}/snooze"), &[("preset", "reply")]);
    assert_eq!(put_off.status, 303, "{}", put_off.body);
    let away = desk.conversation(conversation);
    assert_eq!((away.status, away.snoozed_until), (Status::Snoozed, None));
    let page = desk.get(&marta, &format!("/conversations/{conversation}?view=all")).body;
    assert!(page.contains("You snoozed until the customer writes"), "the line: {page}");
    assert!(page.contains("· until the customer writes"), "beside the conversation: {page}");
    desk.pass(Span::days(3));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    assert_eq!(desk.conversation(conversation).status, Status::Snoozed);
    desk.writes(&channel, "+34612345678", "second");
    assert_eq!(desk.conversation(conversation).status, Status::Open);
    let many = desk.post(
        &marta,
        "/bulk",
        &[("c", &conversation.to_string()), ("verb", "snooze"), ("preset", "reply")],
    );
    assert_eq!(many.status, 303, "{}", many.body);
    assert_eq!(desk.conversation(conversation).status, Status::Snoozed);
    let undone = desk.post(
        &marta,
        &format!("/deeds/{}/undo", many.header("location").unwrap().split("deed=").nth(1).unwrap()),
        &[],
    );
    assert_eq!(undone.status, 303, "{}", undone.body);
    assert_eq!(desk.conversation(conversation).status, Status::Open);
}
