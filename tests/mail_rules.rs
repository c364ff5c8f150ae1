//! The rules of answering mails one by one, each under its number; and mails that leave later.

use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::answering::{Answered, Form, Ours, Words, switched};
use transom::domain::later::Why;
use transom::domain::mail::{Envelope, Mailbox, Mode};
use transom::domain::outbox::DispatchState;
use transom::jobs::ticker::{self, Rounds};
use transom::store;

use crate::support::TestDesk;
use crate::support::letters::{Desk, addresses, comes, composer, mailbox};

fn at(address: &str) -> Mailbox {
    Mailbox { name: String::new(), address: address.to_owned() }
}

const LETTER: &str = "Forwarded message";

/// From, to, whether a text was typed, the copies on the answered mail and what the fields must then hold: `(To, Cc)`.
/// `To` of an answer is what is shown; of a mail that is passed on it is what may be typed.
type Row = (Mode, Mode, bool, &'static str, (&'static str, &'static str));

const ALL: &str = "kim@example.com, bo@example.com";

/// Every switch, with and without a text, with and without copies, spelt out.
const SWITCHES: [Row; 24] = [
    // S164
    (Mode::Reply, Mode::ReplyAll, false, "", (ALL, "")),
    (Mode::Reply, Mode::ReplyAll, true, "", (ALL, "")),
    (Mode::Reply, Mode::ReplyAll, false, "cora@example.com", (ALL, "cora@example.com")),
    (Mode::Reply, Mode::ReplyAll, true, "cora@example.com", (ALL, "cora@example.com")),
    // S165
    (Mode::Reply, Mode::Forward, false, "", ("", "")),
    (Mode::Reply, Mode::Forward, true, "", ("", "")),
    (Mode::Reply, Mode::Forward, false, "cora@example.com", ("", "")),
    (Mode::Reply, Mode::Forward, true, "cora@example.com", ("", "")),
    // S166
    (Mode::ReplyAll, Mode::Forward, false, "", ("", "")),
    (Mode::ReplyAll, Mode::Forward, true, "", ("", "")),
    (Mode::ReplyAll, Mode::Forward, false, "cora@example.com", ("", "")),
    (Mode::ReplyAll, Mode::Forward, true, "cora@example.com", ("", "")),
    // S167
    (Mode::ReplyAll, Mode::Reply, false, "", ("kim@example.com", "")),
    (Mode::ReplyAll, Mode::Reply, true, "", ("kim@example.com", "")),
    (Mode::ReplyAll, Mode::Reply, false, "cora@example.com", ("kim@example.com", "")),
    (Mode::ReplyAll, Mode::Reply, true, "cora@example.com", ("kim@example.com", "")),
    // S168
    (Mode::Forward, Mode::Reply, false, "", ("kim@example.com", "")),
    (Mode::Forward, Mode::Reply, true, "", ("kim@example.com", "")),
    (Mode::Forward, Mode::Reply, false, "cora@example.com", ("kim@example.com", "")),
    (Mode::Forward, Mode::Reply, true, "cora@example.com", ("kim@example.com", "")),
    // S169
    (Mode::Forward, Mode::ReplyAll, false, "", (ALL, "")),
    (Mode::Forward, Mode::ReplyAll, true, "", (ALL, "")),
    (Mode::Forward, Mode::ReplyAll, false, "cora@example.com", (ALL, "cora@example.com")),
    (Mode::Forward, Mode::ReplyAll, true, "cora@example.com", (ALL, "cora@example.com")),
];

#[test]
fn s164_s165_s166_s167_s168_s169_the_six_switches_by_their_table() {
    let ours = Ours(["help@shop.example".to_owned()].into());
    let words = Words {
        forwarded: LETTER.into(),
        from: "From".into(),
        date: "Date".into(),
        subject: "Subject".into(),
        to: "To".into(),
    };
    for (from, to, typed, copies, wanted) in SWITCHES {
        let about = format!("{from:?} to {to:?}, typed: {typed}, copies: {copies:?}");
        let mail = Envelope {
            from: Some(at("kim@example.com")),
            to: vec![at("help@shop.example"), at("bo@example.com")],
            cc: if copies.is_empty() { Vec::new() } else { vec![at(copies)] },
            subject: "The lamp".into(),
            ..Envelope::default()
        };
        let answered = Answered {
            mail,
            ours: false,
            text: "It does not glow.".into(),
            date: String::new(),
            files: Vec::new(),
            person: at("kim@example.com"),
        };
        let asked = (&answered, &ours, &words);
        let text = if typed { "What I have typed" } else { "" };
        let (mut form, body) = switched(&Form::default(), text, from, asked);
        // What stood in the fields that may be changed.
        if from == Mode::Forward {
            form.to = "expert@example.net".into();
        }
        if from != Mode::Reply {
            form.cc = "own@example.net".into();
        }
        let (form, body) = switched(&form, &body, to, asked);
        assert_eq!((form.to.as_str(), form.cc.as_str()), wanted, "{about}");
        assert_eq!(body.contains("What I have typed"), typed, "{about}: {body}");
        assert_eq!(body.contains(LETTER), to == Mode::Forward, "{about}: {body}");
        assert!(typed || to == Mode::Forward || body.trim().is_empty(), "{about}: {body}");
    }
}

#[test]
fn s164_s167_a_switch_keeps_the_body_as_a_draft_also_for_the_next_day() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let here = Desk { desk: &desk, who: &petra, id };
    for (way, typed) in [("reply", "One"), ("reply_all", "Two"), ("forward", "Three"), ("reply", "Four")] {
        here.act(&format!("mode:{way}"), &[("body", typed)]);
        desk.pass(Span::days(1));
        let page = composer(&here.page());
        assert!(page.contains(typed) && page.contains(&format!("name=\"how\" value=\"{way}\"")), "{page}");
    }
}

#[test]
fn s161_s162_what_the_rules_decide_is_shown_and_cannot_be_changed() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let here = Desk { desk: &desk, who: &petra, id };
    for (way, to) in [("reply", "Kim Lee &lt;kim.lee@example.com&gt;"), ("reply_all", ", bo@example.com")] {
        let page = composer(&here.act(&format!("mode:{way}"), &[("body", "Dear Kim")]));
        assert!(page.contains(to) && page.contains("<span>Re: The lamp</span>"), "{way}: {page}");
        assert!(!page.contains("name=\"to\"") && !page.contains("name=\"subject\""), "{way}: {page}");
        assert_eq!(page.contains("value=\"cora@example.com\""), way == "reply_all", "{way}: {page}");
    }
    let forged = [("to", "mallory@example.net"), ("subject", "Free money"), ("how", "reply"), ("cc", "")];
    assert_eq!(here.post("messages", &forged).status, 303);
    let head = here.last().extra.mail.unwrap();
    assert_eq!((addresses(&head.to), head.subject.as_str()), (vec!["kim.lee@example.com"], "Re: The lamp"));
}

#[test]
fn s170_the_button_for_copies_adds_their_fields_in_each_way_of_answering() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let here = Desk { desk: &desk, who: &petra, id };
    let page = composer(&here.act("mode:reply", &[("body", "Dear Kim")]));
    assert!(!page.contains("name=\"cc\"") && page.contains("value=\"copies\""), "{page}");
    let page = composer(&here.act("copies", &[]));
    assert!(
        page.contains("name=\"cc\"") && page.contains("name=\"bcc\"") && page.contains("Dear Kim"),
        "{page}"
    );
    assert_eq!(here.post("messages", &[("cc", "new@example.net")]).status, 303);
    assert_eq!(addresses(&here.last().extra.mail.unwrap().cc), ["new@example.net"]);
}

#[test]
fn s160_a_program_or_a_forged_form_without_the_seen_mail_is_refused() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let channel = mailbox(&desk);
    let id = comes(&desk, &channel, "one@example.com", "It does not glow.");
    let here = Desk { desk: &desk, who: &petra, id };
    here.act("mode:reply", &[("body", "Turn it round")]);
    desk.pass(Span::minutes(1));
    comes(&desk, &channel, "two@example.com", "Now it smokes!");
    for seen in ["", "1", "0", "999999", "x"] {
        let refused = desk.post(
            &petra,
            &format!("/conversations/{id}/messages"),
            &[("kind", "reply"), ("letter", "1"), ("body", "Turn it round"), ("seen", seen)],
        );
        let latest = desk.said(id).last().unwrap().id.to_string();
        let expected = if seen == "999999" || seen == latest { 303 } else { 409 };
        // A number that does not exist yet is newer than all: nothing came after what its writer claims to have seen.
        assert_eq!(refused.status, expected, "seen={seen:?}");
    }
}

#[test]
fn s177_send_puts_the_mail_into_the_outbox_once() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let here = Desk { desk: &desk, who: &petra, id };
    let form = [("body", "Turn it round."), ("key", "once")];
    assert_eq!(here.post("messages", &form).status, 303);
    assert_eq!(here.post("messages", &form).status, 303, "a double click");
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 1);
    let mail = here.last();
    let dispatch = desk.read(|c| store::outbox::of_message(c, mail.id)).unwrap();
    assert_eq!(dispatch.state, DispatchState::Queued);
}

#[test]
fn s178_a_mail_is_handed_to_a_queue_and_never_to_a_person() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Supervisor));
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let here = Desk { desk: &desk, who: &petra, id };
    assert!(here.page().contains("E-mails are handed over to a queue, and there is none yet."));
    let queue = desk.write(|tx| store::queue::insert(tx, "Repairs", transom::domain::Timestamp(1)));
    let menu = here.page();
    let menu = menu.split("id=\"transfer-to\"").nth(1).unwrap().split("</select>").next().unwrap();
    assert!(menu.contains(&format!("value=\"queue:{queue}\"")) && !menu.contains("agent:"), "{menu}");
    let transfer = |to: &str| desk.post(&petra, &format!("/conversations/{id}/transfer"), &[("to", to)]);
    let refused = transfer(&format!("agent:{}", marc.id));
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("not to one person"), "{}", refused.body);
    assert_eq!(transfer(&format!("queue:{queue}")).status, 303);
    let after = desk.conversation(id);
    assert_eq!((after.queue, after.assignee), (Some(queue), None));
}

#[test]
fn s223_a_mail_task_has_no_conference_and_ends_by_an_answer_or_a_transfer() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let page = desk.get(&petra, &format!("/conversations/{id}")).body;
    assert!(!page.to_lowercase().contains("conference"), "{page}");
}

#[test]
fn a_mail_that_leaves_later_goes_as_it_was_addressed_and_comes_back_as_it_was() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let here = Desk { desk: &desk, who: &petra, id };
    let page = composer(&here.act("mode:reply_all", &[("body", "Dear **all**")]));
    assert!(page.contains("name=\"later\" value=\"at\""), "it is offered: {page}");
    let tomorrow = [
        ("later", "at"),
        ("at", "2026-03-04T15:00"),
        ("bcc", "boss@example.net"),
        ("cc", "cora@example.com"),
    ];
    assert_eq!(
        here.post("messages", &[&tomorrow[..2], &[("cc", "nobody")]].concat()).status,
        422,
        "told now"
    );
    assert_eq!(here.post("messages", &tomorrow).status, 303);
    assert_eq!(desk.said(id).len(), 1, "it waits");
    let later = desk.read(|c| store::later::of(c, id)).pop().unwrap();
    // Changed: the form stands there again as it was.
    assert_eq!(desk.post(&petra, &format!("/later/{}/change", later.id), &[]).status, 303);
    let page = composer(&here.page());
    assert!(page.contains("Dear **all**") && page.contains("name=\"how\" value=\"reply_all\""), "{page}");
    assert!(page.contains("value=\"boss@example.net\""), "{page}");
    assert_eq!(here.post("messages", &tomorrow).status, 303);
    desk.pass(Span::days(2));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    let mail = here.last();
    assert_eq!(mail.html.as_deref(), Some("<p>Dear <strong>all</strong></p>\n"));
    let head = mail.extra.mail.unwrap();
    assert_eq!(addresses(&head.to), ["kim.lee@example.com", "bo@example.com"]);
    assert_eq!(
        (addresses(&head.cc), addresses(&head.bcc)),
        (vec!["cora@example.com"], vec!["boss@example.net"])
    );
    assert_eq!(head.in_reply_to, ["one@example.com"]);
}

#[test]
fn a_mail_that_waits_is_not_sent_when_a_newer_one_came() {
    // S160
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let channel = mailbox(&desk);
    let id = comes(&desk, &channel, "one@example.com", "It does not glow.");
    let here = Desk { desk: &desk, who: &petra, id };
    let form = [("body", "Turn it round"), ("later", "at"), ("at", "2026-03-04T15:00")];
    assert_eq!(here.post("messages", &form).status, 303);
    desk.pass(Span::hours(1));
    comes(&desk, &channel, "two@example.com", "Now it smokes!");
    desk.pass(Span::days(2));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    let later = desk.read(|c| store::later::of(c, id)).pop().unwrap();
    assert_eq!(later.held, Some(Why::Moved));
    assert_eq!(desk.said(id).len(), 2, "nothing was sent");
    assert_eq!(desk.post(&petra, &format!("/later/{}/send", later.id), &[]).status, 409, "nor by a click");
}

#[test]
fn s224_nobody_and_three_hundred_are_told_beside_the_field_and_nothing_is_lost() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let here = Desk { desk: &desk, who: &petra, id };
    here.act("mode:forward", &[("body", "Can you help?")]);
    let many = (0..300).map(|n| format!("a{n}@example.org")).collect::<Vec<_>>().join(", ");
    for (field, typed) in [("to", ""), ("to", many.as_str()), ("cc", many.as_str()), ("bcc", many.as_str())] {
        let mut sent = vec![("to", "eve@works.example"), ("copies", "1")];
        sent.retain(|(name, _)| *name != field);
        sent.push((field, typed));
        let refused = here.post("messages", &sent);
        assert_eq!(refused.status, 422, "{field}");
        let page = composer(&refused.body);
        let beside = page.split(&format!("id=\"{field}-error\" role=\"alert\">")).nth(1).unwrap();
        assert!(!beside.starts_with("</p>"), "{field}: {page}");
        assert!(page.contains("Can you help?") && page.contains(typed), "{field}");
    }
    assert_eq!(desk.said(id).len(), 1);
}

#[test]
fn s52_s171_a_subject_is_one_line_and_a_signature_is_words() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let channel = mailbox(&desk);
    desk.post(
        &petra,
        "/settings/profile/signature",
        &[("signature", "<img src=x onerror=alert(1)>\n<b>P</b>")],
    );
    let number = channel.id.to_string();
    let begun = desk.post(
        &petra,
        "/conversations/new",
        &[
            ("channel", &number),
            ("to", "new@example.com"),
            ("subject", "Hello\r\nBcc: all@example.com"),
            ("body", "Dear you"),
        ],
    );
    assert_eq!(begun.status, 303, "{}", begun.body);
    let id = begun.header("location").unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let mail = desk.said(id).pop().unwrap();
    let head = mail.extra.mail.unwrap();
    assert!(head.bcc.is_empty() && !head.subject.contains(['\r', '\n']), "{:?}", head.subject);
    assert!(!desk.conversation(id).subject.contains(['\r', '\n']));
    let html = mail.html.unwrap();
    assert!(html.contains("&lt;b&gt;P") && !html.contains("<img") && !html.contains("<b>"), "{html}");
}
