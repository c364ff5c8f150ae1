//! A conversation on its page: messages, their states, what happened, files, and what changes while one looks.

use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::message::{Extra, Fault, State};
use transom::domain::{Id, Span};
use transom::store;
use transom::web::http::{Method, Request};
use transom::web::session;

use crate::support::TestDesk;
use crate::support::desk::Person;
use crate::support::story::{ANA, LUCIE};

fn becomes(desk: &TestDesk, id: Id<transom::domain::message::Message>, state: State) {
    desk.write(move |tx| {
        let mut message = store::message::get(tx, id)?.unwrap();
        message.state = state;
        message.error = (state == State::Failed).then(|| Fault {
            code: "unreachable".into(),
            message: "131026 Message undeliverable".into(),
            again: true,
        });
        store::message::update(tx, &message)
    });
}

fn main_of(page: &str) -> String {
    page.split("<main").nth(1).unwrap_or("").split("</main>").next().unwrap_or("").to_owned()
}

#[test]
fn s218_each_state_of_a_message_has_its_words_and_its_way_on() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let message = desk.answers(&petra, id, "Good day");
    let page = || main_of(&desk.get(&petra, &format!("/conversations/{id}")).body);
    assert!(page().contains("Sending…") && page().contains(&format!("/messages/{message}/undo")));
    desk.pass(Span::seconds(6));
    assert!(page().contains("Sending…") && !page().contains("/undo"), "after five seconds it is gone");
    for (state, words) in [(State::Sent, "Sent"), (State::Delivered, "Delivered"), (State::Read, "Read")] {
        becomes(&desk, message, state);
        assert!(page().contains(&format!("</svg>{words}</span>")), "{words}: {}", page());
    }
    becomes(&desk, message, State::Failed);
    assert!(page().contains("Not sent: this address is not reachable. “131026 Message undeliverable”"));
    assert!(page().contains(&format!("/messages/{message}/retry")) && page().contains("Try again"));
    becomes(&desk, message, State::Unsure);
    assert!(page().contains("We can’t tell whether this was sent."));
    assert!(page().contains("Send again") && page().contains("It was sent"));
}

#[test]
fn undo_brings_the_text_back_into_the_field() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let message = desk.answers(&petra, id, "Too quick");
    let undone = desk.post(&petra, &format!("/messages/{message}/undo"), &[]);
    assert_eq!(undone.status, 303);
    let page = desk.get(&petra, undone.header("location").unwrap()).body;
    assert!(page.contains("Taken back. Your text is in the field again."));
    assert!(page.contains(">Too quick</textarea>"), "{}", main_of(&page));
}

#[test]
fn looking_changes_nothing_and_the_form_marks_it_as_read() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let unread = || desk.read(|c| Ok(store::conversation::get(c, id)?.unwrap().unread));
    let page = desk.get(&petra, &format!("/conversations/{id}")).body;
    assert_eq!(unread(), 1);
    assert!(page.contains("Mark as read") && page.contains("data-unread"));
    assert_eq!(desk.post(&petra, &format!("/conversations/{id}/read"), &[]).status, 303);
    assert_eq!(unread(), 0);
}

#[test]
fn what_strangers_write_is_text_and_only_harmless_addresses_become_links() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let evil = "<script>alert(1)</script> javascript:alert(2) see https://example.org/a?b=1&c=2. <img src=x onerror=y>";
    let id = desk.says(&chat, ANA, evil);
    let page = main_of(&desk.get(&petra, &format!("/conversations/{id}")).body);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("href=\"javascript"));
    assert!(page.contains("href=\"https://example.org/a?b=1&amp;c=2\" rel=\"noopener noreferrer nofollow\""));
    assert!(page.contains("</a>. "), "the full stop is no part of the address");
}

#[test]
fn s206_what_happened_stands_in_one_grey_line_with_you_for_oneself() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    desk.write(|tx| store::wrapup::insert(tx, "Answered", None, transom::domain::Timestamp(1)).map(drop));
    let id = desk.says(&chat, ANA, "Hello");
    let act = |verb: &str, fields: &[(&str, &str)]| {
        let done = desk.post(&petra, &format!("/conversations/{id}/{verb}"), fields);
        assert_eq!(done.status, 303, "{verb}: {}", done.body);
    };
    act("assign", &[("to", "me")]);
    act("assign", &[("to", &marc.id.to_string())]);
    act("snooze", &[("until", "2026-03-04T09:30")]);
    act("reopen", &[]);
    act("close", &[("reason", "1"), ("note", "All well")]);
    desk.pass(Span::hours(1));
    desk.says(&chat, ANA, "One more thing");
    let page = main_of(&desk.get(&petra, &format!("/conversations/{id}")).body);
    for words in [
        "New conversation",
        "You took it",
        "You assigned this to Marc",
        "You snoozed until Wed 4 March at 09:30",
        "You brought it back from snooze",
        "You closed the conversation: Answered – All well",
        "Written again, so the conversation is open again",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains("event divides"), "a new open period begins: {page}");
    assert!(desk.get(&marc, &format!("/conversations/{id}")).body.contains("Petra assigned this to you"));
}

#[test]
fn s207_a_snoozed_conversation_shows_until_when_and_leaves_open() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let past = desk.post(&petra, &format!("/conversations/{id}/snooze"), &[("until", "2020-01-01T10:00")]);
    assert_eq!(past.status, 422);
    desk.post(&petra, &format!("/conversations/{id}/snooze"), &[("preset", "tomorrow")]);
    let page = desk.get(&petra, &format!("/conversations/{id}")).body;
    assert!(page.contains("until Wed 4 March at 09:00"), "{page}");
    assert!(desk.get(&petra, "/inbox?view=all&status=snoozed").body.contains(ANA.name));
    assert!(!desk.get(&petra, "/inbox?view=all").body.contains("<b>Ana"));
}

#[test]
fn notes_say_whose_they_are_and_are_never_sent() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let form = [("kind", "note"), ("body", "Handle with care"), ("key", "n1")];
    assert_eq!(desk.post(&petra, &format!("/conversations/{id}/messages"), &form).status, 303);
    let page = main_of(&desk.get(&petra, &format!("/conversations/{id}")).body);
    assert!(page.contains("Note by Petra") && page.contains("Handle with care"));
    let waiting: i64 = desk.read(|c| Ok(c.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?));
    assert_eq!(waiting, 0);
}

#[test]
fn s90_s97_earlier_conversations_of_all_channels_stand_beside_with_their_status() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let (chat, sms) = (desk.connects(Kind::Whatsapp, "Shop"), desk.connects(Kind::Whatsapp, "Second shop"));
    let first = desk.says(&chat, ANA, "On the first");
    let second = desk.says(&sms, ANA, "On the second");
    desk.post(&petra, &format!("/conversations/{first}/close"), &[("note", "")]);
    let page = desk.get(&petra, &format!("/conversations/{second}")).body;
    let person = page.split("<aside").nth(1).unwrap();
    assert!(person.contains(&format!("/conversations/{first}")) && person.contains("On the first"));
    assert!(person.contains("Closed") && person.contains("Shop"));
    assert!(person.contains("Reply by WhatsApp instead"), "the other way is open: {person}");
    assert_eq!(person.matches("h left to reply").count(), 2, "each way has a window of its own");
}

#[test]
fn earlier_messages_come_by_key_and_days_divide_the_thread() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Webchat, "Website");
    let mut id = Id::new(0);
    for number in 0..70 {
        let who =
            crate::support::story::Customer { kind: transom::domain::contact::AddressKind::Visitor, ..ANA };
        id = desk.says(&chat, who, &format!("message {number};"));
        desk.pass(Span::hours(1));
    }
    let page = desk.get(&petra, &format!("/conversations/{id}?view=all")).body;
    assert!(page.contains("message 69;") && !page.contains("message 5;"));
    assert!(page.contains("Yesterday") && page.contains("Today"));
    let earlier = page.split("before=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = desk.get(&petra, &format!("/conversations/{id}?view=all&before={earlier}")).body;
    assert!(page.contains("message 5;") && !page.contains("message 60;"));
}

fn upload(desk: &TestDesk, who: &Person, id: impl std::fmt::Display, file: (&str, &str, &[u8])) -> u16 {
    let (name, kind, bytes) = file;
    let mut body = Vec::new();
    let page = desk.get(who, &format!("/conversations/{id}")).body;
    let seen = page.split("name=\"seen\" value=\"").nth(1).map_or("", |rest| rest.split('"').next().unwrap());
    let token = session::csrf(&who.token);
    for (field, value) in
        [("csrf", token.as_str()), ("kind", "reply"), ("body", "Here it is"), ("seen", seen)]
    {
        body.extend(
            format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
    );
    body.extend(head.bytes());
    body.extend(bytes);
    body.extend(b"\r\n--b--\r\n");
    let request = Request::new(Method::Post, &format!("/conversations/{id}/messages"))
        .with_header("cookie", &format!("transom={}", who.token))
        .with_body("multipart/form-data; boundary=b", body);
    desk.ask(request).status
}

#[test]
fn files_are_shown_when_harmless_downloaded_otherwise_and_only_by_those_who_may_see_them() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    let mail = desk.connects(Kind::Email, "Post");
    let id = desk.says(&mail, crate::support::story::KIM, "Send me the plan");
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 300_000]].concat();
    assert_eq!(upload(&desk, &petra, id, ("plan.png", "image/png", &png)), 303);
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    assert_eq!(upload(&desk, &petra, id, ("evil.svg", "image/svg+xml", svg)), 303);
    let page = main_of(&desk.get(&petra, &format!("/conversations/{id}")).body);
    assert_eq!(page.matches("<img src=\"/attachments/").count(), 1, "{page}");
    let keys: Vec<&str> =
        page.split("=\"/attachments/").skip(1).map(|rest| rest.split(['"', '?']).next().unwrap()).collect();
    let picture = desk.get(&petra, &format!("/attachments/{}", keys[0]));
    assert_eq!(picture.header("content-type"), Some("image/png"));
    assert_eq!(picture.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    let bytes: i64 =
        desk.read(|c| Ok(c.query_row("SELECT max(size) FROM attachment", [], |row| row.get(0))?));
    assert_eq!(bytes, i64::try_from(png.len()).unwrap());
    let drawing = desk.get(&petra, &format!("/attachments/{}", keys.last().unwrap()));
    assert!(
        drawing.header("content-disposition").unwrap().starts_with("attachment;"),
        "{:?}",
        drawing.headers
    );
    assert_ne!(drawing.header("content-type"), Some("image/svg+xml"));
    let part = Request::new(Method::Get, &format!("/attachments/{}", keys[0]))
        .with_header("cookie", &format!("transom={}", petra.token))
        .with_header("range", "bytes=262140-262150");
    let part = desk.ask(part);
    assert_eq!((part.status, part.header("content-range")), (206, Some("bytes 262140-262150/300008")));
    assert_eq!(part.body.len(), 11);
    desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Closed shop", transom::domain::Timestamp(1))?;
        let mut conversation = store::conversation::get(tx, id)?.unwrap();
        (conversation.queue, conversation.assignee) = (Some(queue), None);
        store::conversation::update(tx, &conversation)
    });
    assert_eq!(desk.get(&marc, &format!("/attachments/{}", keys[0])).status, 404);
}

#[test]
fn changes_wait_until_there_is_something_and_bring_the_same_pieces_as_the_page() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let latest = || desk.read(store::event::latest);
    let since = latest();
    let target =
        |since: i64, others: &str| format!("/changes?since={since}&view=all&list=1&c={id}&others={others}");
    let request = Request::new(Method::Get, &target(since, ""))
        .with_header("cookie", &format!("transom={}", petra.token));
    let idle = desk.app.handle(request);
    assert_eq!(idle.status, 204);
    assert_eq!(idle.park.unwrap().topic, "desk", "the front keeps it; no thread waits");
    desk.says(&chat, ANA, "Are you there?");
    let news = desk.get(&petra, &target(since, ""));
    assert_eq!((news.status, news.header("x-transom-cursor")), (200, Some(latest().to_string().as_str())));
    for piece in ["counts", "list", "messages", "top", "reply", "chip", "readers", "failed"] {
        assert!(news.body.contains(&format!("data-target=\"{piece}\"")), "{piece}");
    }
    assert!(news.body.contains("Are you there?"));
    // Collision: who else reads and writes is seen by the others.
    desk.get(&marc, &target(latest(), ""));
    let now = desk.get(&petra, &target(latest(), ""));
    assert!(now.status == 200 && now.body.contains("Marc is reading"), "{}", now.status);
    assert_eq!(desk.post(&marc, &format!("/conversations/{id}/writing"), &[]).status, 204);
    let now = desk.get(&petra, &target(latest(), "Marc"));
    assert!(now.body.contains("Marc is writing…") && now.body.contains("data-mark=\"Marc+\""));
    desk.pass(Span::minutes(1));
    assert!(!desk.get(&petra, &format!("/conversations/{id}")).body.contains("Marc is"), "he has gone");
}

#[test]
fn what_was_taken_back_is_not_shown_and_labels_are() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Instagram, "Page");
    let extra = Extra { label: Some("Shared a story".into()), ..Extra::default() };
    let id = desk.says_with(&chat, LUCIE, "secret words", extra);
    desk.write(move |tx| {
        let mut message = store::message::newest_said(tx, id)?.unwrap();
        message.revoked_at = Some(message.at);
        store::message::update(tx, &message)
    });
    let page = main_of(&desk.get(&petra, &format!("/conversations/{id}")).body);
    assert!(page.contains("The customer took this message back.") && !page.contains("secret words"));
}
