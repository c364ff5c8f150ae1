//! Time travel: a conversation as it was at any entry of its log, and what an agent could see when she sent.

use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::inbound::Event;
use transom::domain::message::State;
use transom::store::check::{self, Step};

use crate::support::TestDesk;
use crate::support::cast::answer;
use crate::support::desk::Person;
use crate::support::story::ANA;

fn main_of(page: &str) -> String {
    page.split("<main").nth(1).unwrap_or("").split("</main>").next().unwrap_or("").to_owned()
}

/// The newest entry of this kind.
fn entry(desk: &TestDesk, kind: &str) -> i64 {
    let kind = kind.to_owned();
    desk.read(move |c| Ok(c.query_row("SELECT max(id) FROM log WHERE kind = ?1", [kind], |row| row.get(0))?))
}

fn at(desk: &TestDesk, who: &Person, id: impl std::fmt::Display, event: i64) -> String {
    let page = desk.get(who, &format!("/conversations/{id}/at/{event}"));
    assert_eq!(page.status, 200, "{}", page.body);
    main_of(&page.body)
}

#[test]
fn a_conversation_is_shown_as_it_was_at_each_moment() {
    let desk = TestDesk::new();
    let marta = desk.person("Marta", Role::Supervisor);
    let chat = desk.channel(Kind::Whatsapp);
    let id = desk.says(&chat, ANA, "Is it in stock?");
    let opened = entry(&desk, "message.received");
    let first = desk.said(id).remove(0);
    let (text, provider_id) = (first.body.clone(), first.provider_id.unwrap());
    desk.pass(Span::hours(1));
    let sent = desk.answers(&marta, id, "Good morning");
    let queued = entry(&desk, "message.queued");
    desk.goes_out(sent, Some("ours"));
    desk.pass(Span::hours(1));
    let now = desk.now();
    desk.hear(&chat, Event::Edited { provider_id, body: "Now it says this".into(), at: now }).unwrap();
    desk.pass(Span::hours(1));
    let by = desk.rights(&marta);
    desk.shuts(&by, id);

    let first = at(&desk, &marta, id, opened);
    assert!(first.contains(&text) && !first.contains("Now it says this"), "{first}");
    assert!(!first.contains("Good morning"), "what came later is not there: {first}");
    assert!(first.contains("<dd>Open") && first.contains("Nobody in particular"), "{first}");
    let then = at(&desk, &marta, id, queued);
    assert!(then.contains("Good morning") && then.contains(&text), "{then}");
    assert!(then.contains("What Marta could see when sending"), "{then}");
    assert!(then.contains("The window was open for another 23"), "{then}");
    assert!(then.contains("<dd>Marta</dd>"), "who answers has it: {then}");
    let newest = main_of(&desk.get(&marta, &format!("/conversations/{id}/at")).body);
    assert!(newest.contains("Now it says this") && newest.contains("<dd>Closed"), "{newest}");
    assert!(newest.contains("type=\"range\""), "{newest}");
    let page = desk.get(&marta, &format!("/conversations/{id}/at?event={queued}"));
    assert_eq!(main_of(&page.body), then, "the slider and the list lead to the same page");
}

#[test]
fn who_may_not_see_a_conversation_does_not_see_its_past() {
    let desk = TestDesk::new();
    let eva = desk.person("Eva", Role::Agent);
    let chat = desk.channel(Kind::Sms);
    let one = desk.writes(&chat, "+34612345678", "first");
    let (id, event) = (one.id, entry(&desk, "message.received"));
    assert_eq!(desk.get(&eva, &format!("/conversations/{id}/at/{event}")).status, 200);
    let queue = desk.write(|tx| transom::store::queue::insert(tx, "Board", transom::domain::Timestamp(0)));
    desk.write(move |tx| {
        tx.execute("UPDATE conversation SET queue_id = ?1", [queue.get()])?;
        Ok(())
    });
    assert_eq!(desk.get(&eva, &format!("/conversations/{id}/at/{event}")).status, 404);
    assert_eq!(desk.get(&eva, "/conversations/999/at/1").status, 404);
}

#[test]
fn check_finds_a_conversation_that_stands_otherwise_than_its_log_says() {
    let desk = TestDesk::new();
    let chat = desk.channel(Kind::Sms);
    let id = desk.writes(&chat, "+34612345678", "first").id;
    let wrong = || desk.read(|c| check::run(c, Step::Replay));
    assert_eq!(wrong(), Vec::<String>::new());
    desk.write(move |tx| {
        tx.execute("UPDATE conversation SET status = 'snoozed' WHERE id = ?1", [id.get()])?;
        Ok(())
    });
    let told = wrong();
    assert!(told.len() == 1 && told[0].starts_with(&format!("conversation {id} stands as")), "{told:?}");
}

#[test]
fn a_message_that_is_under_way_is_no_fault_and_one_that_left_untold_is() {
    let desk = TestDesk::new();
    let (eva, chat) = (desk.viewer("Eva", Role::Agent), desk.channel(Kind::Sms));
    let id = desk.writes(&chat, "+34612345678", "first").id;
    desk.replies(&eva, &answer(id, "On its way")).unwrap();
    let is = |state: &'static str| {
        desk.write(move |tx| {
            let number = state.parse::<State>().unwrap().number();
            tx.execute("UPDATE message SET state_no = ?1 WHERE kind = 'outbound'", [number])?;
            Ok(())
        });
        desk.read(|c| check::run(c, Step::Replay))
    };
    assert_eq!(is("sending"), Vec::<String>::new());
    assert_eq!(is("sent").len(), 1);
}

#[test]
fn programs_see_a_conversation_as_it_was_at_a_time() {
    let desk = TestDesk::new();
    let marta = desk.person("Marta", Role::Supervisor);
    let program = desk.token_of(marta.id);
    let chat = desk.channel(Kind::Whatsapp);
    let before = desk.now();
    desk.pass(Span::hours(1));
    let id = desk.says(&chat, ANA, "Is it in stock?");
    let first = desk.said(id).remove(0);
    let (text, provider_id) = (first.body.clone(), first.provider_id.unwrap());
    let opened = desk.now();
    desk.pass(Span::hours(1));
    let sent = desk.answers(&marta, id, "Good morning");
    let answered = desk.now();
    desk.pass(Span::minutes(1));
    desk.goes_out(sent, Some("ours"));
    desk.pass(Span::hours(1));
    let now = desk.now();
    desk.hear(&chat, Event::Edited { provider_id, body: "Now it says this".into(), at: now }).unwrap();
    desk.pass(Span::hours(1));
    desk.shuts(&desk.rights(&marta), id);
    let at = |time: transom::domain::Timestamp| {
        let told = desk.api_get(&program, &format!("/conversations/{id}/at?time={}", time.rfc3339()));
        assert_eq!(told.status, 200, "{:?}", told.json);
        told.json
    };
    let bodies = |told: &serde_json::Value| -> Vec<String> {
        let messages =
            told["messages"].as_array().unwrap().iter().filter(|message| message["kind"] != "event");
        messages.map(|message| message["body"].as_str().unwrap().to_owned()).collect()
    };
    let then = at(opened + Span::minutes(5));
    assert_eq!(bodies(&then), std::slice::from_ref(&text));
    assert_eq!((&then["status"], &then["assignee_id"]), (&"open".into(), &serde_json::Value::Null));
    assert_eq!(then["at"], opened.rfc3339());
    let then = at(answered);
    assert_eq!(bodies(&then), [text, "Good morning".to_owned()], "to the moment");
    assert_eq!(then["assignee_id"], marta.id.get());
    assert_eq!(
        then["messages"].as_array().unwrap().last().unwrap()["state"],
        "queued",
        "it had not left yet"
    );
    let last = at(desk.now());
    assert_eq!(last["status"], "closed");
    assert!(bodies(&last).contains(&"Now it says this".to_owned()));
    assert_eq!(at(desk.now() + Span::days(300))["event_id"], last["event_id"], "the future is as it is now");

    let ask = |query: &str| desk.api_get(&program, &format!("/conversations/{id}/at{query}")).status;
    assert_eq!(ask(&format!("?time={}", before.rfc3339())), 404, "it had not begun");
    assert_eq!((ask(""), ask("?time=yesterday"), ask("?time=2026-03-03T12:00:00Z&event=1")), (400, 400, 400));
    // Who may not see it now does not see how it was.
    let queue = desk.write(|tx| transom::store::queue::insert(tx, "Secret", transom::domain::Timestamp(0)));
    desk.write(move |tx| {
        let mut conversation = transom::store::conversation::get(tx, id)?.unwrap();
        conversation.queue = Some(queue);
        transom::store::conversation::update(tx, &conversation)
    });
    let outsider = desk.program("Olga", Role::Agent);
    let path = format!("/conversations/{id}/at?time={}", answered.rfc3339());
    assert_eq!(desk.api_get(&outsider, &path).status, 404);
}
