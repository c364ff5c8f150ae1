//! Answering: who may, what may leave, and what follows from it.

use std::collections::BTreeMap;

use crate::support::TestDesk;
use crate::support::cast::{answer, party, refusal};
use transom::actions::reply::Reply;
use transom::actions::{Error, close, draft, note, snooze, undo, upload};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Card, ChannelState, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::event::Cause;
use transom::domain::inbound::Event;
use transom::domain::limit::Limit;
use transom::domain::message::{Attachment, State};
use transom::domain::template::{self, Template};
use transom::domain::window::Window;
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
    shut(&desk, &marta, conversation.id);
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
    let logged = desk.count("SELECT count(*) FROM event WHERE kind = 'conversation.reopened'");
    assert_eq!(logged, 1);
}

#[test]
fn sending_into_a_snoozed_conversation_opens_it() {
    let (desk, marta, conversation) = an_sms_came();
    let (by, until) = (marta.clone(), desk.now() + Span::days(1));
    desk.act(move |tx, now| snooze::snooze(tx, &by, conversation.id, until, now)).unwrap();
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
fn the_limit_is_the_channels_and_the_refusal_says_how_much_is_too_much() {
    // S121, S184
    for (kind, most) in [(Kind::Sms, 1000), (Kind::Webchat, 1000), (Kind::Whatsapp, 4096)] {
        let desk = TestDesk::new();
        let channel = desk.channel(kind);
        let marta = desk.viewer("Marta", Role::Agent);
        let conversation = desk.writes(&channel, ANA, "m1");
        let long = "ü".repeat(most + 1);
        let limit = Limit::characters(u32::try_from(most).unwrap());
        let refused = refusal(desk.replies(&marta, &answer(conversation.id, &long)));
        assert_eq!(refused, Refused::TooLong { limit, excess: 1 }, "{kind:?}");
        desk.replies(&marta, &answer(conversation.id, &"ü".repeat(most))).unwrap();
    }
}

#[test]
fn nothing_empty_blocked_refused_or_switched_off_leaves() {
    let (desk, marta, conversation) = an_sms_came();
    let mut channel = desk.read(|c| Ok(store::channel::get(c, conversation.channel)?.unwrap()));
    assert_eq!(refusal(desk.replies(&marta, &answer(conversation.id, " \n"))), Refused::Empty);
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
fn an_approved_template_passes_the_closed_window_and_nothing_else_does() {
    // S18, S212
    let (desk, marta, conversation, channel) = a_closed_whatsapp_window();
    let closed = refusal(desk.replies(&marta, &answer(conversation.id, "free text")));
    let expected = Window::TemplateOnly { since: conversation.window_closes_at };
    assert_eq!(closed, Refused::WindowClosed { window: expected });
    let approved = template(&desk, &channel, "hello", template::Status::Approved, false);
    let pending = template(&desk, &channel, "later", template::Status::Pending, false);
    let own = template(&desk, &channel, "own", template::Status::Own, false);
    let with = |id, name: &str| Reply {
        template: Some((id, BTreeMap::from([("name".to_owned(), name.to_owned())]))),
        ..answer(conversation.id, "")
    };
    let gap = refusal(desk.replies(&marta, &with(approved, " ")));
    assert_eq!(gap, Refused::TemplateGap { parameter: "name".into() });
    let unusable = refusal(desk.replies(&marta, &with(pending, "Ana")));
    assert_eq!(unusable, Refused::TemplateUnusable { name: "later".into(), status: "pending".into() });
    let own = refusal(desk.replies(&marta, &with(own, "Ana")));
    assert!(matches!(own, Refused::WindowClosed { .. }), "a saved reply is free text: {own:?}");
    let id = desk.replies(&marta, &with(approved, "Ana")).unwrap();
    let sent = desk.message(id);
    assert_eq!(sent.body, "Dear Ana!");
    assert_eq!(sent.extra.template.unwrap().name, "hello");
    let elsewhere = desk.channel(Kind::Whatsapp);
    let there = desk.writes(&elsewhere, ANA, "x1");
    let foreign = Reply { conversation: there.id, ..with(approved, "Ana") };
    assert!(matches!(refusal(desk.replies(&marta, &foreign)), Refused::TemplateUnusable { .. }));
}

#[test]
fn a_locked_saved_reply_leaves_as_it_is_or_not_at_all() {
    // S210
    let (desk, marta, conversation) = an_sms_came();
    let channel = desk.read(|c| Ok(store::channel::get(c, conversation.channel)?.unwrap()));
    let locked = template(&desk, &channel, "locked", template::Status::Own, true);
    let free = template(&desk, &channel, "free", template::Status::Own, false);
    let with = |id, body: &str| Reply {
        template: Some((id, BTreeMap::from([("name".to_owned(), "Ana".to_owned())]))),
        ..answer(conversation.id, body)
    };
    assert_eq!(refusal(desk.replies(&marta, &with(locked, "My own words"))), Refused::TemplateLocked);
    let id = desk.replies(&marta, &with(locked, "")).unwrap();
    assert_eq!(desk.message(id).body, "Dear Ana!");
    let id = desk.replies(&marta, &with(free, "My own words")).unwrap();
    assert_eq!(desk.message(id).body, "My own words");
}

#[test]
fn two_quick_answers_cannot_both_take_the_last_message_of_a_counted_window() {
    let (desk, marta, conversation) = a_tiktok_came(2);
    desk.replies(&marta, &answer(conversation.id, "one")).unwrap();
    let second = desk.replies(&marta, &answer(conversation.id, "two")).unwrap();
    let refused = refusal(desk.replies(&marta, &answer(conversation.id, "three")));
    assert!(matches!(refused, Refused::WindowClosed { window: Window::Blocked { .. } }), "{refused:?}");
    take_back(&desk, &marta, second).unwrap();
    desk.replies(&marta, &answer(conversation.id, "three")).unwrap();
    let refused = refusal(desk.replies(&marta, &answer(conversation.id, "four")));
    assert!(matches!(refused, Refused::WindowClosed { .. }), "what is given back is given back once");
}

#[test]
fn a_message_taken_back_is_a_draft_again_and_the_customer_waits_as_before() {
    let (desk, marta, conversation) = an_sms_came();
    let before = desk.conversation(conversation.id);
    desk.pass(Span::minutes(3));
    let id = desk.replies(&marta, &answer(conversation.id, "Hello")).unwrap();
    let petra = desk.viewer("Petra", Role::Admin);
    assert_eq!(refusal(take_back(&desk, &petra, id)), Refused::TooLate, "only one's own");
    assert_eq!(take_back(&desk, &marta, id).unwrap(), "Hello");
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
    assert_eq!(refusal(take_back(&desk, &marta, id)), Refused::TooLate);
}

#[test]
fn a_draft_is_kept_for_one_agent_in_one_conversation_and_goes_when_it_is_sent() {
    // S96, C24
    let (desk, marta, conversation) = an_sms_came();
    let petra = desk.viewer("Petra", Role::Agent);
    for (by, text) in [(&marta, "Marta's"), (&petra, "Petra's")] {
        let by = by.clone();
        desk.act(move |tx, now| draft::save(tx, &by, conversation.id, draft::Kind::Reply, text, now))
            .unwrap();
    }
    let by = marta.clone();
    desk.act(move |tx, now| draft::save(tx, &by, conversation.id, draft::Kind::Note, "a note", now)).unwrap();
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
fn files_are_the_senders_fit_the_channel_and_leave_once() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let (marta, petra) = (desk.viewer("Marta", Role::Agent), desk.viewer("Petra", Role::Agent));
    let conversation = desk.writes(&channel, ANA, "m1");
    let with = |files: &[Id<Attachment>], body: &str| Reply {
        attachments: files.to_vec(),
        ..answer(conversation.id, body)
    };
    let png = uploaded(&desk, &marta, b"\x89PNG\r\n\x1a\n0123");
    let exe = uploaded(&desk, &marta, b"MZ\x90\x00 a program");
    let refused = refusal(desk.replies(&marta, &with(&[exe], "")));
    assert_eq!(refused, Refused::FileType { media_type: "application/octet-stream".into() });
    let more = uploaded(&desk, &marta, b"\x89PNG\r\n\x1a\n4567");
    assert_eq!(refusal(desk.replies(&marta, &with(&[png, more], ""))), Refused::TooManyFiles { most: 1 });
    let refused = refusal(desk.replies(&petra, &with(&[png], "")));
    assert!(matches!(refused, Refused::Field { field: "attachments", .. }), "{refused:?}");
    let long = refusal(desk.replies(&marta, &with(&[png], &"x".repeat(1025))));
    assert!(matches!(long, Refused::TooLong { excess: 1, .. }), "the caption's limit: {long:?}");
    let id = desk.replies(&marta, &with(&[png], "Look")).unwrap();
    let files = desk.read(|c| store::attachment::of_message(c, id));
    assert_eq!((files.len(), files[0].media_type.as_str()), (1, "image/png"));
    assert!(desk.replies(&marta, &with(&[png], "Again")).is_err());
}

#[test]
fn where_a_file_takes_no_text_the_text_leaves_first_by_itself() {
    let (desk, marta, conversation) = a_tiktok_came(2);
    let png = uploaded(&desk, &marta, b"\x89PNG\r\n\x1a\n0123");
    let order = Reply { attachments: vec![png], ..answer(conversation.id, "Look") };
    let first = desk.replies(&marta, &order).unwrap();
    let said = desk.said(conversation.id);
    assert_eq!((said.len(), said[1].id, said[1].body.as_str()), (3, first, "Look"));
    assert_eq!(desk.read(|c| store::attachment::of_message(c, said[2].id)).len(), 1);
    let (desk, marta, conversation) = a_tiktok_came(1);
    let png = uploaded(&desk, &marta, b"\x89PNG\r\n\x1a\n0123");
    let order = Reply { attachments: vec![png], ..answer(conversation.id, "Look") };
    assert!(matches!(refusal(desk.replies(&marta, &order)), Refused::WindowClosed { .. }));
    assert_eq!(desk.said(conversation.id).len(), 1, "both or neither");
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

fn a_tiktok_came(sends: u32) -> (TestDesk, Viewer, Conversation) {
    let desk = TestDesk::new();
    let channel = desk.channel_with(Kind::Tiktok, |channel| {
        let window = transom::domain::window::Rule { sends: Some(sends), ..channel.card.window };
        channel.card = Card { window, ..channel.card.clone() };
    });
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, "lucie", "m1");
    (desk, marta, conversation)
}

fn a_closed_whatsapp_window() -> (TestDesk, Viewer, Conversation, transom::domain::channel::Channel) {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    desk.pass(Span::hours(24));
    (desk, marta, conversation, channel)
}

fn template(
    desk: &TestDesk,
    channel: &transom::domain::channel::Channel,
    name: &str,
    status: template::Status,
    locked: bool,
) -> Id<Template> {
    let template = Template {
        id: Id::new(0),
        channel: Some(channel.id),
        name: name.into(),
        language: "en".into(),
        category: String::new(),
        body: "Dear {{name}}!".into(),
        components: serde_json::Value::Null,
        status,
        reason: None,
        locked,
        synced_at: None,
    };
    let now = desk.now();
    desk.write(move |tx| store::template::insert(tx, &template, now))
}

fn take_back(
    desk: &TestDesk,
    by: &Viewer,
    id: Id<transom::domain::message::Message>,
) -> transom::actions::Result<String> {
    let by = by.clone();
    desk.act(move |tx, now| undo::undo(tx, &by, id, now))
}

fn written(desk: &TestDesk, by: &Viewer, conversation: Id<Conversation>) -> String {
    let place = store::draft::Place { agent: by.agent, conversation, kind: draft::Kind::Reply };
    desk.read(|c| store::draft::get(c, place))
}

fn uploaded(desk: &TestDesk, by: &Viewer, bytes: &'static [u8]) -> Id<Attachment> {
    let by = by.clone();
    desk.act(move |tx, now| {
        let id = upload::begin(tx, &by, "file", now)?;
        upload::append(tx, &by, id, bytes)?;
        upload::finish(tx, &by, id, "image/png")?;
        Ok(id)
    })
    .unwrap()
}

fn shut(desk: &TestDesk, by: &Viewer, id: Id<Conversation>) {
    let by = by.clone();
    desk.act(move |tx, now| close::close(tx, &by, id, &close::Closing::default(), now)).unwrap();
}
