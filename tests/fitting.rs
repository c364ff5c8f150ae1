//! What may leave: lengths, files, templates, and the messages that a window has left.

use std::collections::BTreeMap;

use crate::support::TestDesk;
use crate::support::cast::{answer, refusal};
use transom::actions::reply::Reply;
use transom::actions::upload;
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Card, Kind};
use transom::domain::conversation::Conversation;
use transom::domain::limit::Limit;
use transom::domain::message::Attachment;
use transom::domain::template::{self, Template};
use transom::domain::window::Window;
use transom::domain::{Id, Refused, Span};
use transom::store::{self};

const ANA: &str = "+34612345678";

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
    desk.takes_back(&marta, second).unwrap();
    desk.replies(&marta, &answer(conversation.id, "three")).unwrap();
    let refused = refusal(desk.replies(&marta, &answer(conversation.id, "four")));
    assert!(matches!(refused, Refused::WindowClosed { .. }), "what is given back is given back once");
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
    assert_eq!(desk.takes_back(&marta, said[2].id).unwrap(), "Look", "they are taken back together");
    assert_eq!(desk.said(conversation.id).len(), 1);
    desk.replies(&marta, &order).unwrap();
    let (desk, marta, conversation) = a_tiktok_came(1);
    let png = uploaded(&desk, &marta, b"\x89PNG\r\n\x1a\n0123");
    let order = Reply { attachments: vec![png], ..answer(conversation.id, "Look") };
    assert!(matches!(refusal(desk.replies(&marta, &order)), Refused::WindowClosed { .. }));
    assert_eq!(desk.said(conversation.id).len(), 1, "both or neither");
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
        ..Template::default()
    };
    let now = desk.now();
    desk.write(move |tx| store::template::insert(tx, &template, now))
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
