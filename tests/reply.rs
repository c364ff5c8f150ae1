//! Answering: who may, what may leave, and what follows from it.

use crate::support::TestDesk;
use crate::support::cast::{answer, party, refusal};
use transom::actions::draft::Typed;
use transom::actions::reply::Reply;
use transom::actions::{Error, draft, note, snooze};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{ChannelState, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::event::Cause;
use transom::domain::inbound::Event;
use transom::domain::message::State;
use transom::domain::{Id, Refused, Span};
use transom::store::{self, outbox};

const ANA: &str = "+34612345678";

#[test]
fn the_first_who_answers_gets_an_unassigned_conversation() {
    // S202
    let (desk, marta, conversation) = an_sms_came();
    let petra = desk.viewer("Petra", Role::Agent);
    desk.replies(&marta, &answer(conversation.id, "Hello")).unwrap();
    desk.replies(&petra, &answer(conversation.id, "Hello too")).unwrap();
    let after = desk.conversation(conversation.id);
    assert_eq!(after.assignee, Some(marta.agent), "a second answer steals nothing");
    assert_eq!((after.waiting_since, after.snippet_ours, after.unread), (None, true, 0));
    assert_eq!(after.snippet, "Hello too");
}

#[test]
fn sending_into_a_closed_conversation_opens_it_and_assigns_the_sender() {
    // S1, S2, S20, S21
    let (desk, marta, conversation) = an_sms_came();
    let petra = desk.viewer("Petra", Role::Agent);
    desk.replies(&marta, &answer(conversation.id, "Hello")).unwrap();
    desk.shuts(&marta, conversation.id);
    assert_eq!(desk.conversation(conversation.id).assignee, Some(marta.agent));
    desk.pass(Span::days(30));
    desk.replies(&petra, &answer(conversation.id, "How was it?")).unwrap();
    let after = desk.conversation(conversation.id);
    assert_eq!((after.status, after.episode, after.assignee), (Status::Open, 2, Some(petra.agent)));
    let lines = desk.lines(conversation.id);
    let (kind, reopened) = &lines[lines.len() - 2];
    assert_eq!((kind.as_str(), reopened.cause), ("conversation.reopened", Some(Cause::Sent)));
    assert_eq!(reopened.by, "Petra");
    let (kind, assigned) = &lines[lines.len() - 1];
    assert_eq!(kind, "conversation.assigned");
    assert_eq!((assigned.from.as_str(), assigned.to.as_str()), ("Marta", "Petra"));
    let logged = desk.count("SELECT count(*) FROM log WHERE kind = 'conversation.reopened'");
    assert_eq!(logged, 1);
}

#[test]
fn sending_into_a_snoozed_conversation_opens_it() {
    let (desk, marta, conversation) = an_sms_came();
    let (by, until) = (marta.clone(), desk.now() + Span::days(1));
    desk.act(move |tx, now| snooze::snooze(tx, &by, conversation.id, Some(until), now)).unwrap();
    desk.replies(&marta, &answer(conversation.id, "Hello")).unwrap();
    let after = desk.conversation(conversation.id);
    assert_eq!((after.status, after.episode, after.snoozed_until), (Status::Open, 1, None));
}

#[test]
fn the_same_key_makes_one_message_and_another_conversations_key_none() {
    let (desk, marta, conversation) = an_sms_came();
    let channel = desk.read(|c| Ok(store::channel::get(c, conversation.channel)?.unwrap()));
    let other = desk.writes(&channel, "+34600000009", "m2");
    let keyed = |conversation| Reply { key: Some("once".into()), ..answer(conversation, "Hello") };
    let first = desk.replies(&marta, &keyed(conversation.id)).unwrap();
    assert_eq!(desk.replies(&marta, &keyed(conversation.id)).unwrap(), first);
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 1);
    assert_eq!(refusal(desk.replies(&marta, &keyed(other.id))), Refused::KeyReused);
}

#[test]
fn what_somebody_wrote_meanwhile_holds_the_answer_back_until_it_was_seen() {
    let (desk, marta, conversation) = an_sms_came();
    let petra = desk.viewer("Petra", Role::Agent);
    let seen = Some(desk.said(conversation.id)[0].id);
    let from = |seen| Reply { seen, ..answer(conversation.id, "Hello") };
    let hers = desk.replies(&marta, &from(seen)).unwrap();
    desk.replies(&marta, &from(seen)).unwrap();
    let refused = refusal(desk.replies(&petra, &from(seen)));
    assert!(matches!(&refused, Refused::NewerMessage { by: Some(by), .. } if by == "Marta"), "{refused:?}");
    desk.replies(&petra, &from(None)).unwrap();
    let channel = desk.read(|c| Ok(store::channel::get(c, conversation.channel)?.unwrap()));
    desk.writes(&channel, ANA, "m2");
    let refused = refusal(desk.replies(&petra, &from(Some(hers))));
    let latest = desk.said(conversation.id).last().unwrap().id;
    assert_eq!(refused, Refused::NewerMessage { latest, by: None });
    desk.replies(&petra, &from(Some(latest))).unwrap();
}

#[test]
fn nothing_empty_blocked_refused_or_switched_off_leaves() {
    let (desk, marta, conversation) = an_sms_came();
    let mut channel = desk.read(|c| Ok(store::channel::get(c, conversation.channel)?.unwrap()));
    for nothing in [" \n", "\0", "\u{200b}\u{2060}"] {
        assert_eq!(refusal(desk.replies(&marta, &answer(conversation.id, nothing))), Refused::Empty);
    }
    let stop = Event::Consent { from: party(AddressKind::Phone, ANA), allowed: false, at: desk.now() };
    desk.hear(&channel, stop).unwrap();
    assert_eq!(refusal(desk.replies(&marta, &answer(conversation.id, "a"))), Refused::OptedOut);
    let (contact, now) = (conversation.contact, desk.now());
    desk.write(move |tx| {
        let mut contact = store::contact::get(tx, contact)?.unwrap();
        contact.blocked_at = Some(now);
        store::contact::update(tx, &contact)
    });
    assert_eq!(refusal(desk.replies(&marta, &answer(conversation.id, "a"))), Refused::ContactBlocked);
    channel.state = ChannelState::Disabled;
    desk.set_channel(&channel);
    assert_eq!(refusal(desk.replies(&marta, &answer(conversation.id, "a"))), Refused::ChannelDisabled);
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 0);
}

#[test]
fn what_is_sent_while_the_channel_is_disconnected_waits() {
    let (desk, marta, conversation) = an_sms_came();
    let mut channel = desk.read(|c| Ok(store::channel::get(c, conversation.channel)?.unwrap()));
    channel.state = ChannelState::Broken;
    desk.set_channel(&channel);
    let id = desk.replies(&marta, &answer(conversation.id, "Hello")).unwrap();
    assert_eq!(desk.message(id).state, State::Queued);
}

#[test]
fn who_may_not_see_a_conversation_is_told_that_there_is_none_unless_the_person_is_theirs() {
    // S3
    let desk = TestDesk::new();
    let queue = desk.write(|tx| {
        tx.execute("INSERT INTO queue (name, created_at) VALUES ('Orders', 0)", [])?;
        Ok(Id::new(tx.last_insert_rowid()))
    });
    let channel = desk.channel_with(Kind::Sms, |channel| channel.queue = Some(queue));
    let conversation = desk.writes(&channel, ANA, "m1");
    let stranger = desk.viewer("Stranger", Role::Agent);
    let refused = desk.replies(&stranger, &answer(conversation.id, "Hello"));
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    let (contact, agent) = (conversation.contact, stranger.agent);
    desk.write(move |tx| {
        let mut contact = store::contact::get(tx, contact)?.unwrap();
        contact.dedicated = Some(agent);
        store::contact::update(tx, &contact)
    });
    desk.replies(&stranger, &answer(conversation.id, "Hello")).unwrap();
}

#[test]
fn a_message_taken_back_is_a_draft_again_and_the_customer_waits_as_before() {
    let (desk, marta, conversation) = an_sms_came();
    let before = desk.conversation(conversation.id);
    desk.pass(Span::minutes(3));
    let id = desk.replies(&marta, &answer(conversation.id, "Hello")).unwrap();
    let petra = desk.viewer("Petra", Role::Admin);
    assert_eq!(refusal(desk.takes_back(&petra, id)), Refused::TooLate, "only one's own");
    assert_eq!(desk.takes_back(&marta, id).unwrap(), "Hello");
    let after = desk.conversation(conversation.id);
    assert_eq!((after.waiting_since, &after.snippet), (before.waiting_since, &before.snippet));
    assert_eq!((after.snippet_ours, after.last_message_at), (false, before.last_message_at));
    assert_eq!(written(&desk, &marta, conversation.id), "Hello");
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 0);
    let id = desk.replies(&marta, &answer(conversation.id, "Hello")).unwrap();
    desk.write(move |tx| {
        tx.execute("UPDATE outbox SET state = 'sending', attempt = 1 WHERE message_id = ?1", [id])?;
        Ok(())
    });
    assert_eq!(refusal(desk.takes_back(&marta, id)), Refused::TooLate);
}

#[test]
fn s96_a_draft_is_kept_for_one_agent_in_one_conversation_and_goes_when_it_is_sent() {
    // S96, C24
    let (desk, marta, conversation) = an_sms_came();
    let petra = desk.viewer("Petra", Role::Agent);
    for (by, text) in [(&marta, "Marta's"), (&petra, "Petra's")] {
        let by = by.clone();
        let typed = Typed { kind: draft::Kind::Reply, body: text.into(), key: None };
        desk.act(move |tx, now| draft::save(tx, &by, conversation.id, &typed, now)).unwrap();
    }
    let by = marta.clone();
    let typed = Typed { kind: draft::Kind::Note, body: "a note".into(), key: None };
    desk.act(move |tx, now| draft::save(tx, &by, conversation.id, &typed, now)).unwrap();
    desk.replies(&marta, &answer(conversation.id, "Marta's")).unwrap();
    assert_eq!(written(&desk, &marta, conversation.id), "");
    assert_eq!(written(&desk, &petra, conversation.id), "Petra's");
    let by = marta.clone();
    desk.act(move |tx, now| note::note(tx, &by, conversation.id, "a note", Some("n"), now)).unwrap();
    let by = marta.clone();
    desk.act(move |tx, now| note::note(tx, &by, conversation.id, "a note", Some("n"), now)).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM draft"), 1, "Petra's alone is left");
    assert_eq!(desk.count("SELECT count(*) FROM message WHERE kind = 'note'"), 1);
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 1, "a note never leaves");
}

#[test]
fn a_message_waits_for_as_long_as_it_can_be_taken_back() {
    let (desk, marta, conversation) = an_sms_came();
    let due = |body: &str| {
        let id = desk.replies(&marta, &answer(conversation.id, body)).unwrap();
        desk.read(|c| Ok(outbox::of_message(c, id)?.unwrap().due_at))
    };
    assert_eq!(due("usual"), desk.now() + Span::seconds(5));
    desk.write(|tx| store::setting::set(tx, store::setting::key::UNDO_SECONDS, Some("0")));
    assert_eq!(due("at once"), desk.now());
}

fn an_sms_came() -> (TestDesk, Viewer, Conversation) {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    (desk, marta, conversation)
}

fn written(desk: &TestDesk, by: &Viewer, conversation: Id<Conversation>) -> String {
    let place = store::draft::Place { agent: by.agent, conversation, kind: draft::Kind::Reply };
    desk.read(|c| store::draft::get(c, place))
}
