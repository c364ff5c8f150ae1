//! Words that the team neither sends nor shows, on every path that a message takes.

use proptest::prelude::*;
use serde_json::json;
use transom::actions::retry;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::inbound::{Event, Incoming};
use transom::domain::message::{Extra, Message, State};
use transom::domain::restricted::{Held, Restricted, Way, Word};
use transom::domain::{Id, Refused, Span, Timestamp};
use transom::jobs::ticker::{self, Rounds};
use transom::jobs::{Stop, tidier::tidy};
use transom::store;

use crate::support::TestDesk;
use crate::support::cast::{answer, party, refusal, text};
use crate::support::desk::Person;
use crate::support::story::{ANA, KIM};

fn list(words: &[&str]) -> Restricted {
    let word = |text: &&str| Word {
        id: Id::new(0),
        text: (*text).to_owned(),
        held: Held::Both,
        created_at: Timestamp(0),
    };
    Restricted::of(&words.iter().map(word).collect::<Vec<_>>(), Way::Received)
}

/// An administrator has put these words on the list.
fn restricts(desk: &TestDesk, words: &str, held: &str) -> Person {
    let boss = desk.person("Boss", Role::Admin);
    let page = desk.post(&boss, "/settings/restricted", &[("words", words), ("held", held)]);
    assert_eq!(page.status, 303, "{}", page.body);
    boss
}

fn newest(desk: &TestDesk, id: Id<transom::domain::conversation::Conversation>) -> Message {
    desk.said(id).pop().unwrap()
}

#[test]
fn s217_words_are_found_whatever_their_case_accents_or_signs_around_them() {
    let list = list(&["fool", "get lost", "idiot*", "año", "馬鹿", "straße"]);
    for (text, covered) in [
        ("You FOOL!", "You ****!"),
        ("fo\u{200b}ol", "****"),
        ("F\u{f3}\u{f2}l", "****"),
        ("foolish tomfool", ""),
        ("(fool)", "(****)"),
        ("get  lost, get-lost", "***  ****, ********"),
        ("forget lost", ""),
        ("Idiotically, idiot.", "***********, *****."),
        ("ano", "***"),
        ("el an\u{303}o", "el ****"),
        ("あの馬鹿者", "あの**者"),
        ("Strasse", "*******"),
        ("", ""),
    ] {
        let expected = if covered.is_empty() { None } else { Some(covered.to_owned()) };
        assert_eq!(list.covered(text), expected, "{text}");
    }
    assert_eq!(list.found("an IDIOT and a fool, fool"), ["fool", "idiot*"]);
    let (html, count) = list.covered_html("<p class=\"fool\">You <b>fool</b>&nbsp;fool</p>");
    assert_eq!((html.as_str(), count), ("<p class=\"fool\">You <b>****</b>&nbsp;****</p>", 2));
}

proptest! {
    #[test]
    fn s217_covering_keeps_every_other_letter_and_leaves_no_such_word(
        parts in proptest::collection::vec("fool|get lost|[a-zñé馬 ,.!\u{301}\u{200b}]{0,8}", 0..12),
    ) {
        let list = list(&["fool", "get lost", "馬"]);
        let text = parts.concat();
        let covered = list.covered(&text).unwrap_or_else(|| text.clone());
        prop_assert!(list.found(&covered).is_empty(), "{text:?} {covered:?}");
        // What is no asterisk stands in the same order as before.
        let mut before = text.chars();
        for letter in covered.chars().filter(|letter| *letter != '*') {
            prop_assert!(before.any(|old| old == letter), "{text:?} {covered:?}");
        }
    }
}

#[test]
fn s217_no_path_sends_a_restricted_word_until_it_is_taken_out() {
    let desk = TestDesk::new();
    let boss = restricts(&desk, "fool\nget lost", "both");
    let petra = desk.person("Petra", Role::Agent);
    let by = desk.rights(&petra);
    let program = desk.token_of(petra.id);
    let (chat, mail) = (desk.connects(Kind::Whatsapp, "Shop"), desk.connects(Kind::Email, "Post"));
    let (ana, kim) = (desk.says(&chat, ANA, "Hello"), desk.says(&mail, KIM, "Good day"));
    // People, on the page: what they wrote is still there.
    let page = desk.post(
        &petra,
        &format!("/conversations/{ana}/messages"),
        &[("kind", "reply"), ("body", "Dear Fool, get lost"), ("key", "k1")],
    );
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Your team does not send these words: fool, get lost."), "{}", page.body);
    assert!(page.body.contains("Dear Fool, get lost</textarea>"), "{}", page.body);
    // Mails, also where marks part the word, and in the signature below it.
    for typed in ["You fool", "You f**oo**l"] {
        assert!(
            matches!(refusal(desk.replies(&by, &answer(kim, typed))), Refused::RestrictedWords { .. }),
            "{typed}"
        );
    }
    let signature = store::setting::key::signature_of_agent(petra.id.get());
    desk.write(move |tx| store::setting::set(tx, &signature, Some("Petra, no fool")));
    assert!(matches!(refusal(desk.replies(&by, &answer(kim, "Good day"))), Refused::RestrictedWords { .. }));
    // Programs: an answer, one that is planned, and the first message to somebody.
    let body = json!({ "body": "You fool" });
    let told = desk.api_post(&program, &format!("/conversations/{ana}/messages"), body);
    assert_eq!((told.status, told.code()), (422, "restricted_words"), "{told:?}");
    let plan = json!({ "body": "You fool", "at": "2026-03-03T15:00:00Z" });
    assert_eq!(
        desk.api_post(&program, &format!("/conversations/{ana}/later"), plan).code(),
        "restricted_words"
    );
    let first =
        json!({ "channel_id": mail.id.get(), "to": "new@example.com", "subject": "A fool", "body": "Hello" });
    assert_eq!(desk.api_post(&program, "/conversations", first).code(), "restricted_words");
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 0, "nothing left");
    assert_eq!(desk.count("SELECT count(*) FROM conversation"), 2, "nothing half-made");
    // A note stays in the house, and what is mended leaves.
    let note = [("kind", "note"), ("body", "He is no fool"), ("key", "k2")];
    assert_eq!(desk.post(&petra, &format!("/conversations/{ana}/messages"), &note).status, 303);
    desk.replies(&by, &answer(ana, "Dear Ana, foolproof instructions follow")).unwrap();
    // The report names who was told, and which word.
    let report = desk.get(&boss, "/settings/restricted").body;
    assert!(report.contains("Not sent; Petra was told"), "{report}");
    assert_eq!(
        desk.count("SELECT count(*) FROM restricted_find WHERE word = 'get lost' AND way = 'sent'"),
        1
    );
}

#[test]
fn s217_what_waited_is_held_and_what_failed_is_not_tried_again_with_a_word_that_is_new_on_the_list() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let by = desk.rights(&petra);
    let program = desk.token_of(petra.id);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let ana = desk.says(&chat, ANA, "Hello");
    let plan = json!({ "body": "You rascal", "at": "2026-03-03T13:00:00Z" });
    assert_eq!(desk.api_post(&program, &format!("/conversations/{ana}/later"), plan).status, 201);
    let failed = desk.replies(&by, &answer(ana, "Rascal!")).unwrap();
    desk.write(move |tx| {
        let mut message = store::message::get(tx, failed)?.unwrap();
        message.state = State::Failed;
        store::message::update(tx, &message)?;
        tx.execute("DELETE FROM outbox", [])?;
        Ok(())
    });
    restricts(&desk, "rascal", "sent");
    let tried = desk.act({
        let by = by.clone();
        move |tx, now| retry::retry(tx, &by, failed, now)
    });
    assert!(matches!(refusal(tried), Refused::RestrictedWords { .. }));
    desk.pass(Span::hours(2));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM later WHERE held IS NOT NULL"), 1, "it waits for its writer");
    assert_eq!(desk.count("SELECT count(*) FROM restricted_find WHERE agent_id IS NOT NULL"), 1);
    // Only what is sent is held back: a customer may say it.
    desk.says(&chat, ANA, "You rascal");
    assert_eq!(newest(&desk, ana).body, "You rascal");
}

#[test]
fn s217_what_a_customer_says_is_covered_in_the_thread_the_list_the_search_and_the_api() {
    let desk = TestDesk::new();
    restricts(&desk, "fool", "both");
    let petra = desk.person("Petra", Role::Agent);
    let program = desk.token_of(petra.id);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let ana = desk.says(&chat, ANA, "Answer me, you Fool, at last");
    let covered = "Answer me, you ****, at last";
    for place in
        [format!("/conversations/{ana}?view=all"), "/inbox?view=unassigned".into(), "/search?q=answer".into()]
    {
        let page = desk.get(&petra, &place).body;
        assert!(page.contains("you ****, at last"), "{place}: {page}");
        assert!(!page.contains("Fool"), "{place}: {page}");
    }
    let told = desk.api_get(&program, &format!("/conversations/{ana}/messages"));
    assert!(told.json.to_string().contains(covered) && !told.json.to_string().contains("Fool"), "{told:?}");
    // A word that is changed into a message later is covered as well.
    let incoming = Incoming { body: "fine".into(), ..text(&chat, ANA.value, "m2", desk.now()) };
    desk.hear(&chat, Event::Message(incoming)).unwrap();
    let edited = |body: &str, second: i64| Event::Edited {
        provider_id: "m2".into(),
        body: body.into(),
        at: desk.now() + Span::seconds(second),
    };
    desk.hear(&chat, edited("a fool", 1)).unwrap();
    let message = newest(&desk, ana);
    assert_eq!((message.body.as_str(), message.extra.covered), ("a ****", true));
    assert_eq!(desk.conversation(ana).snippet, "a ****");
    let kept = desk.read(|c| store::restricted::original(c, message.id)).unwrap();
    assert_eq!(kept.body, "a fool");
}

#[test]
fn s217_a_mail_is_covered_in_its_subject_and_its_form_and_its_letter_is_no_way_round() {
    let desk = TestDesk::new();
    restricts(&desk, "fool", "received");
    let petra = desk.person("Petra", Role::Agent);
    let mail = desk.connects(Kind::Email, "Post");
    let came = |id: &str, html: &str| {
        let head = transom::domain::mail::Envelope { subject: "A fool".into(), ..Default::default() };
        let incoming = Incoming {
            from: party(transom::domain::contact::AddressKind::Email, KIM.value),
            provider_id: id.into(),
            subject: Some("A fool".into()),
            body: "You fool".into(),
            html: Some(html.into()),
            extra: Extra { mail: Some(Box::new(head)), ..Extra::default() },
            ..text(&mail, KIM.value, id, desk.now())
        };
        desk.hear(&mail, Event::Message(incoming)).unwrap();
        let id = desk.count("SELECT max(conversation_id) FROM message");
        newest(&desk, Id::new(id))
    };
    let plain = came("one@example.com", "<p>You <b>fool</b></p>");
    assert_eq!(plain.html.as_deref(), Some("<p>You <b>****</b></p>"));
    assert_eq!(
        (plain.body.as_str(), desk.conversation(plain.conversation).subject.as_str()),
        ("You ****", "A ****")
    );
    assert_eq!(plain.extra.mail.as_ref().map(|head| head.subject.as_str()), Some("A ****"));
    // Tags that part the word cost it its form, not its cover.
    assert_eq!(came("two@example.com", "<p>You f<b>oo</b>l</p>").html, None);
    let page = desk.get(&petra, &format!("/messages/{}/original", plain.id)).body;
    assert!(!page.contains("fool"), "{page}");
    assert_eq!(desk.get(&petra, &format!("/messages/{}/letter", plain.id)).status, 403);
}

#[test]
fn s217_who_may_see_it_sees_what_was_said_and_stands_in_the_log() {
    let desk = TestDesk::new();
    let boss = restricts(&desk, "fool", "both");
    let (petra, mara) = (desk.person("Petra", Role::Agent), desk.person("Mara", Role::Supervisor));
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let ana = desk.says(&chat, ANA, "You fool");
    let at = format!("/messages/{}/covered", newest(&desk, ana).id);
    assert!(
        desk.get(&petra, &format!("/conversations/{ana}?view=all")).body.contains(&at),
        "the thread leads there"
    );
    // By itself nobody may, not even who made the list.
    for person in [&petra, &mara, &boss] {
        let page = desk.get(person, &at).body;
        assert!(page.contains("You may not see what it said.") && page.contains("You ****"), "{page}");
        assert_eq!(desk.post(person, &at, &[]).status, 403);
    }
    let right = [("restricted_uncover", "supervisor")];
    assert_eq!(desk.post(&petra, "/settings/restricted/right", &right).status, 403);
    assert_eq!(desk.post(&boss, "/settings/restricted/right", &right).status, 303);
    assert_eq!(desk.post(&petra, &at, &[]).status, 403);
    let page = desk.post(&mara, &at, &[]);
    assert!(page.status == 200 && page.body.contains("You fool"), "{}", page.body);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let looked = "SELECT count(*) FROM audit WHERE kind = 'security.message_uncovered'";
    assert_eq!(desk.count(looked), 1);
    // What is not covered has no such page, and who may not see the conversation learns nothing.
    let open = desk.answers(&petra, ana, "Good day");
    assert_eq!(desk.get(&petra, &format!("/messages/{open}/covered")).status, 404);
}

#[test]
fn s217_the_list_takes_what_makes_sense_and_says_what_does_not() {
    let desk = TestDesk::new();
    let boss = restricts(&desk, "Fool\n\n  get   lost \nrefund*", "both");
    let words: Vec<String> = desk.read(store::restricted::all).into_iter().map(|word| word.text).collect();
    assert_eq!(words, ["Fool", "get lost", "refund*"]);
    // The same in another spelling is the same word, held back as it is said now.
    desk.post(&boss, "/settings/restricted", &[("words", "FÓOL"), ("held", "sent")]);
    let all = desk.read(store::restricted::all);
    assert_eq!((all.len(), all[0].text.as_str(), all[0].held), (3, "FÓOL", Held::Sent));
    for (words, held) in [("", "both"), ("***", "both"), (&*"x".repeat(81), "both"), ("fine", "everywhere")] {
        let page = desk.post(&boss, "/settings/restricted", &[("words", words), ("held", held)]);
        assert_eq!(page.status, 422, "{words} {held}");
        assert!(page.body.contains(words), "what was typed stays");
    }
    let many: Vec<String> = (0..1000).map(|number| format!("word{number}")).collect();
    let page = desk.post(&boss, "/settings/restricted", &[("words", &many.join("\n")), ("held", "both")]);
    assert_eq!(page.status, 422);
    assert_eq!(desk.read(store::restricted::all).len(), 3, "all or none");
    let at = format!("/settings/restricted/{}/delete", all[0].id);
    assert_eq!(desk.post(&boss, &at, &[]).status, 303);
    assert_eq!(desk.post(&boss, &at, &[]).status, 404);
    let petra = desk.person("Petra", Role::Supervisor);
    assert_eq!(desk.get(&petra, "/settings/restricted").status, 403);
    assert_eq!(desk.post(&petra, "/settings/restricted", &[("words", "x"), ("held", "both")]).status, 403);
}

#[test]
fn s217_what_was_covered_goes_with_its_message_and_finds_are_forgotten() {
    let desk = TestDesk::new();
    restricts(&desk, "fool", "both");
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let ana = desk.says(&chat, ANA, "You fool");
    let message = newest(&desk, ana).id;
    desk.write(move |tx| store::retention::remove_text(tx, message));
    assert_eq!(desk.count("SELECT count(*) FROM covered_message"), 0);
    desk.says(&chat, ANA, "Fool");
    let contact = desk.conversation(ana).contact;
    desk.write(move |tx| store::erase::contact(tx, contact).map(|_| ()));
    assert_eq!(
        desk.count("SELECT (SELECT count(*) FROM covered_message) + (SELECT count(*) FROM restricted_find)"),
        0
    );
    desk.says(&chat, ANA, "Fool again");
    desk.pass(Span::days(91));
    tidy(&desk.desk, &Stop::default()).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM restricted_find"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM covered_message"), 1, "only the report forgets");
}

#[test]
fn s217_the_report_goes_out_by_mail_once_a_day_without_the_words() {
    let desk = TestDesk::new();
    let boss = restricts(&desk, "fool\nget lost", "both");
    let petra = desk.person("Petra", Role::Agent);
    let (chat, mail) = (desk.connects(Kind::Whatsapp, "Shop"), desk.connects(Kind::Email, "Post"));
    let ana = desk.says(&chat, ANA, "You fool, you fool");
    let channel = mail.id.to_string();
    // Bad input changes nothing and stays to be mended.
    for (to, from) in
        [("nobody", &*channel), ("chief@example.org", "99"), ("chief@example.org", &*chat.id.to_string())]
    {
        let page = desk.post(&boss, "/settings/restricted/report", &[("to", to), ("channel", from)]);
        assert!(
            page.status == 422 && page.body.contains(&format!("value=\"{to}\"")),
            "{to} {from}: {}",
            page.body
        );
    }
    // What was found before is on the page, not in the first report.
    desk.pass(Span::minutes(1));
    let form = [("to", "chief@example.org"), ("channel", &*channel)];
    assert_eq!(desk.post(&petra, "/settings/restricted/report", &form).status, 403);
    assert_eq!(desk.post(&boss, "/settings/restricted/report", &form).status, 303);
    assert!(desk.get(&boss, "/settings/restricted").body.contains("value=\"chief@example.org\""));
    let mails = || desk.count("SELECT count(*) FROM message WHERE kind = 'outbound'");
    let tidies = || tidy(&desk.desk, &Stop::default()).unwrap();
    desk.pass(Span::hours(1));
    desk.says(&chat, ANA, "Fool");
    let said = [("kind", "reply"), ("body", "Get lost"), ("key", "k1")];
    assert_eq!(desk.post(&petra, &format!("/conversations/{ana}/messages"), &said).status, 422);
    tidies();
    assert_eq!(mails(), 0, "not before the day is over");
    desk.pass(Span::days(1));
    tidies();
    tidies();
    assert_eq!(mails(), 1, "once");
    let id = Id::new(desk.count("SELECT max(id) FROM conversation"));
    let report = newest(&desk, id);
    assert!(report.body.contains("f··· – withheld: 0, covered: 1"), "{}", report.body);
    assert!(report.body.contains("g·· ···· – withheld: 1, covered: 0"), "{}", report.body);
    assert!(!report.body.to_lowercase().contains("fool"), "{}", report.body);
    let conversation = desk.conversation(id);
    assert_eq!(
        conversation.status,
        transom::domain::conversation::Status::Closed,
        "nobody has to look after it"
    );
    assert!(conversation.subject.starts_with("Restricted words: report of"), "{}", conversation.subject);
    // A day without finds is not worth a mail, and an empty address ends it.
    desk.pass(Span::days(1));
    tidies();
    assert_eq!(mails(), 1);
    desk.says(&chat, ANA, "Fool");
    assert_eq!(desk.post(&boss, "/settings/restricted/report", &[("to", "")]).status, 303);
    desk.pass(Span::days(2));
    tidies();
    assert_eq!(mails(), 1);
}
