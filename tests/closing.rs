//! Closing, opening by hand, giving and handing over.

use crate::support::TestDesk;
use crate::support::cast::refusal;
use transom::actions::close::{Closing, close};
use transom::actions::transfer::{To, transfer};
use transom::actions::{Result, assign, read, reopen};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Kind, OnClose};
use transom::domain::conversation::{Conversation, Status};
use transom::domain::refused::Problem;
use transom::domain::{Id, Refused};
use transom::store::{self, wrapup};

#[test]
fn closing_keeps_reasons_note_and_who_had_it() {
    let (desk, marta, conversation) = given(OnClose::Keep);
    let now = desk.now();
    let (paid, old) = desk.write(move |tx| {
        let paid = wrapup::insert(tx, "Paid", None, now)?;
        let old = wrapup::insert(tx, "Old", None, now)?;
        wrapup::archive(tx, old, now)?;
        Ok((paid, old))
    });
    let unknown = Closing { reasons: vec![old], ..Closing::default() };
    let refused = refusal(shut(&desk, &marta, conversation.id, unknown));
    assert_eq!(refused, Refused::Field { field: "reasons", problem: Problem::Unknown });
    let closing = Closing { reasons: vec![paid, paid], note: " By card ".into(), ..Closing::default() };
    shut(&desk, &marta, conversation.id, closing).unwrap();
    let after = desk.conversation(conversation.id);
    assert_eq!((after.status, after.assignee), (Status::Closed, Some(marta.agent)), "S22: keep");
    assert_eq!((after.unread, after.waiting_since), (0, None));
    let (kind, line) = desk.lines(conversation.id).pop().unwrap();
    assert_eq!(kind, "conversation.closed");
    assert_eq!(
        (line.by.as_str(), line.reasons, line.note.as_str()),
        ("Marta", vec!["Paid".into()], "By card")
    );
    let kept = desk.count(
        "SELECT count(*) FROM episode WHERE closed_at IS NOT NULL AND wrapup_note = 'By card'
        AND assignee_id = closed_by",
    );
    assert_eq!(kept, 1);
    let again = refusal(shut(&desk, &marta, conversation.id, Closing::default()));
    assert_eq!(again, Refused::AlreadyThere { status: Status::Closed });
}

#[test]
fn s22_with_unassign_nobody_has_it_after_it_was_closed() {
    // S22, S203
    let (desk, marta, conversation) = given(OnClose::Unassign);
    shut(&desk, &marta, conversation.id, Closing::default()).unwrap();
    assert_eq!(desk.conversation(conversation.id).assignee, None);
    let (kind, line) = desk.lines(conversation.id).pop().unwrap();
    assert_eq!((kind.as_str(), line.from.as_str()), ("conversation.unassigned", "Marta"));
    let had = desk.count("SELECT assignee_id FROM episode");
    assert_eq!(had, marta.agent.get(), "the episode remembers");
}

#[test]
fn a_blocked_contact_is_neither_closed_nor_opened() {
    // S203
    let (desk, marta, conversation) = given(OnClose::Keep);
    let (contact, now) = (conversation.contact, desk.now());
    desk.write(move |tx| {
        let mut contact = store::contact::get(tx, contact)?.unwrap();
        contact.blocked_at = Some(now);
        store::contact::update(tx, &contact)
    });
    let refused = refusal(shut(&desk, &marta, conversation.id, Closing::default()));
    assert_eq!(refused, Refused::ContactBlocked);
}

#[test]
fn opening_by_hand_begins_an_episode() {
    let (desk, marta, conversation) = given(OnClose::Keep);
    let open = |desk: &TestDesk| {
        let by = marta.clone();
        desk.act(move |tx, now| reopen::reopen(tx, &by, conversation.id, now))
    };
    assert_eq!(refusal(open(&desk)), Refused::AlreadyThere { status: Status::Open });
    shut(&desk, &marta, conversation.id, Closing::default()).unwrap();
    open(&desk).unwrap();
    let after = desk.conversation(conversation.id);
    assert_eq!((after.status, after.episode), (Status::Open, 2));
}

#[test]
fn giving_to_nobody_and_to_somebody_is_told_and_the_gone_get_nothing() {
    // S222
    let (desk, marta, conversation) = given(OnClose::Keep);
    let petra = desk.viewer("Petra", Role::Agent);
    let give = |desk: &TestDesk, to| {
        let by = marta.clone();
        desk.act(move |tx, now| assign::assign(tx, &by, conversation.id, to, now))
    };
    let before = desk.lines(conversation.id).len();
    give(&desk, Some(marta.agent)).unwrap();
    assert_eq!(desk.lines(conversation.id).len(), before, "what is so already is no news");
    give(&desk, None).unwrap();
    give(&desk, Some(petra.agent)).unwrap();
    let (kind, line) = desk.lines(conversation.id).pop().unwrap();
    assert_eq!((kind.as_str(), line.to.as_str()), ("conversation.assigned", "Petra"));
    let (id, now) = (petra.agent, desk.now());
    desk.write(move |tx| {
        let mut agent = store::agent::get(tx, id)?.unwrap();
        agent.disabled_at = Some(now);
        store::agent::update(tx, &agent)
    });
    let unknown = Refused::Field { field: "agent", problem: Problem::Unknown };
    assert_eq!(refusal(give(&desk, Some(petra.agent))), unknown);
}

#[test]
fn s99_handing_over_to_a_queue_leaves_nobody_and_to_an_agent_somebody() {
    // S63, S99
    let (desk, marta, conversation) = given(OnClose::Keep);
    let petra = desk.viewer("Petra", Role::Agent);
    let queue = desk.write(|tx| store::queue::insert(tx, "Orders", transom::domain::Timestamp(0)));
    let hand = |desk: &TestDesk, to| {
        let by = marta.clone();
        desk.act(move |tx, now| transfer(tx, &by, conversation.id, to, "Speaks French", now))
    };
    hand(&desk, To::Agent(petra.agent)).unwrap();
    assert_eq!(desk.conversation(conversation.id).assignee, Some(petra.agent));
    hand(&desk, To::Queue(queue)).unwrap();
    let after = desk.conversation(conversation.id);
    assert_eq!((after.assignee, after.queue), (None, Some(queue)));
    let (kind, line) = desk.lines(conversation.id).pop().unwrap();
    assert_eq!((kind.as_str(), line.queue.as_str()), ("conversation.transferred", "Orders"));
    assert_eq!((line.from.as_str(), line.note.as_str()), ("Petra", "Speaks French"));
    let gone = desk.act({
        let by = marta.clone();
        move |tx, now| transfer(tx, &by, conversation.id, To::Agent(by.agent), "", now)
    });
    assert!(matches!(gone, Err(transom::actions::Error::NotFound)), "it lies where Marta does not see it");
}

#[test]
fn looking_at_a_conversation_is_noted_once() {
    let (desk, marta, conversation) = given(OnClose::Keep);
    assert_eq!(desk.conversation(conversation.id).unread, 1);
    for _ in 0..2 {
        let by = marta.clone();
        desk.act(move |tx, now| read::mark_read(tx, &by, conversation.id, now)).unwrap();
    }
    assert_eq!(desk.conversation(conversation.id).unread, 0);
    assert_eq!(desk.count("SELECT count(*) FROM log WHERE kind = 'conversation.read'"), 1);
}

/// A conversation that Marta has.
fn given(on_close: OnClose) -> (TestDesk, Viewer, Conversation) {
    let desk = TestDesk::new();
    let channel = desk.channel_with(Kind::Sms, |channel| channel.on_close = on_close);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, "+34612345678", "m1");
    let by = marta.clone();
    desk.act(move |tx, now| assign::assign(tx, &by, conversation.id, Some(by.agent), now)).unwrap();
    (desk, marta, conversation)
}

fn shut(desk: &TestDesk, by: &Viewer, id: Id<Conversation>, closing: Closing) -> Result<()> {
    let by = by.clone();
    desk.act(move |tx, now| close(tx, &by, id, &closing, now))
}
