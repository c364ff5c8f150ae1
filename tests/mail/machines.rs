//! What programs write: answers that nobody waits for, reports on our own mails, floods, and spam.

use super::{Post, letter, read};
use transom::actions::sender;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::conversation::Status;
use transom::domain::event::kind;
use transom::domain::message::{Message, State};
use transom::store::aside;

const ANA: &str = "Ana <ana@example.org>";

/// The fields of a letter, and as what it counts; empty: a person wrote it.
const TABLE: [(&str, &[&str], &str); 24] = [
    (ANA, &["Subject: Hello"], ""),
    (ANA, &["Subject: Hello", "Auto-Submitted: no"], ""),
    (ANA, &["Subject: Hello", "X-Auto-Response-Suppress: All"], ""),
    (ANA, &["Subject: Out of office next week, so please hurry"], ""),
    (ANA, &["Subject: Hello", "X-Autoreply: no"], ""),
    (ANA, &["Subject: x", "Auto-Submitted: auto-replied"], "reply"),
    (ANA, &["Subject: x", "Auto-Submitted: auto-replied (vacation)"], "reply"),
    (ANA, &["Subject: x", "AUTO-SUBMITTED: Auto-Replied; owner-email=\"ana@example.org\""], "reply"),
    (ANA, &["Subject: x", "X-Autoreply: yes"], "reply"),
    (ANA, &["Subject: x", "X-Autorespond: Re: your mail"], "reply"),
    (ANA, &["Subject: x", "Precedence: auto_reply"], "reply"),
    (ANA, &["Subject: Automatic reply: Lamp", "In-Reply-To: <a@b>"], "reply"),
    (ANA, &["Subject: Abwesenheitsnotiz: Lampe", "References: <a@b>"], "reply"),
    (ANA, &["Subject: Respuesta automática: x", "Return-Path: <>"], "reply"),
    (ANA, &["Subject: Thank you", "Return-Path: <>"], "reply"),
    (ANA, &["Subject: x", "Auto-Submitted: auto-generated"], "generated"),
    (ANA, &["Subject: x", "Auto-Submitted: auto-notified"], "generated"),
    ("Postmaster <postmaster@example.org>", &["Subject: x"], "generated"),
    (ANA, &["Subject: x", "List-Id: <news.example.org>"], "list"),
    (ANA, &["Subject: x", "List-Unsubscribe: <mailto:u@example.org>"], "list"),
    (ANA, &["Subject: x", "Precedence: bulk"], "bulk"),
    (ANA, &["Subject: x", "Precedence: junk"], "bulk"),
    ("no-reply@shop.example", &["Subject: Your order"], "no_reply"),
    ("DoNotReply@shop.example", &["Subject: Your order"], "no_reply"),
];

#[test]
fn the_table_of_machines() {
    for (from, more, wanted) in TABLE {
        let incoming = read(letter(from, "m@x", more, "Text").as_bytes());
        let found = incoming.extra.mail.as_ref().unwrap().automatic.clone().unwrap_or_default();
        assert_eq!(found, wanted, "{from} {more:?}");
        assert_eq!(incoming.extra.automatic, wanted == "reply", "{from} {more:?}");
    }
    let post = Post::new();
    let own = post.comes(&letter(super::ADDRESS, "o@x", &["Subject: x"], "Text")).unwrap();
    assert_eq!(own.extra.mail.unwrap().automatic.as_deref(), Some("own"));
}

/// Only answers that write themselves are quiet: a shop's form and a list speak for people.
#[test]
fn an_answer_that_writes_itself_is_filed_quietly() {
    for (from, more, kind) in TABLE {
        let post = Post::new();
        let message = post.comes(&letter(from, "m@x", more, "Text")).unwrap();
        let conversation = post.conversation(&message);
        let quiet = kind == "reply";
        let wanted = if quiet { Status::Closed } else { Status::Open };
        assert_eq!((conversation.status, conversation.unread == 0), (wanted, quiet), "{more:?}");
        assert_eq!(conversation.waiting_since.is_none(), quiet, "{more:?}");
        assert_eq!(conversation.snippet, "Text", "it can be found");
    }
}

#[test]
fn an_out_of_office_note_opens_nothing_unless_the_setting_says_so() {
    let note = [
        "Subject: Automatic reply: Lamp",
        "In-Reply-To: <ours@desk.example>",
        "Auto-Submitted: auto-replied",
    ];
    for (setting, status) in [("no", Status::Closed), ("yes", Status::Open)] {
        let post = Post::with(&[("absence_reopens", setting)]);
        let marta = post.desk.viewer("Marta", Role::Admin);
        let first = post.comes(&letter(ANA, "f@x", &["Subject: Lamp"], "Broken")).unwrap();
        post.sent(first.conversation, "ours@desk.example", "ana@example.org");
        post.desk.shuts(&marta, first.conversation);
        let message = post.comes(&letter(ANA, "n@x", &note, "I am away")).unwrap();
        let after = post.conversation(&message);
        assert_eq!((message.conversation, after.status), (first.conversation, status));
        assert_eq!((after.unread, after.waiting_since), (0, None));
    }
    // In an open one it changes neither what waits nor what the list quotes.
    let post = Post::new();
    let first = post.comes(&letter(ANA, "f@x", &["Subject: Lamp"], "Broken")).unwrap();
    let before = post.conversation(&first);
    post.sent(first.conversation, "ours@desk.example", "ana@example.org");
    post.desk.pass(Span::hours(1));
    post.comes(&letter(ANA, "n@x", &note, "I am away")).unwrap();
    let after = post.conversation(&first);
    assert_eq!((after.unread, after.waiting_since), (before.unread, before.waiting_since));
    assert_eq!((after.snippet, after.last_message_at), (before.snippet, before.last_message_at));
}

/// A report in the standard form (RFC 3464), with what came back in this part.
fn report(action: &str, status: &str, words: &str, returned: &str) -> String {
    let copy = format!(
        "Content-Type: {returned}\r\n\r\nFrom: help@desk.example\r\nMessage-ID: <ours@desk.example>\r\nSubject: Re: Lamp\r\n"
    );
    format!(
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: help@desk.example\r\nReturn-Path: <>\r\n\
         Subject: Delivery Status Notification\r\nMessage-ID: <r-{action}@mx.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\n\r\nYour mail.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; Ana@example.org\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; {words}\r\n--b\r\n{copy}\r\n--b--\r\n"
    )
}

const QMAIL: &str = "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: help@desk.example\r\nSubject: failure notice\r\n\
    Message-ID: <q@mx.example>\r\n\r\nHi. This is the qmail-send program at mx.example.\r\nI'm afraid I wasn't able to deliver \
    your message to the following addresses.\r\n\r\n<ana@example.org>:\r\n192.0.2.1 does not like recipient.\r\n\
    Remote host said: 550 5.1.1 unknown user\r\nGiving up on 192.0.2.1.\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n\
    Return-Path: <help@desk.example>\r\nMessage-ID: <ours@desk.example>\r\nSubject: Re: Lamp\r\n\r\nOur answer\r\n";
const EXCHANGE: &str = "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae@example.org>\r\nTo: help@desk.example\r\n\
    Subject: Undeliverable: Re: Lamp\r\nMessage-ID: <e@example.org>\r\nIn-Reply-To: <ours@desk.example>\r\nAuto-Submitted: auto-replied\r\n\
    Content-Type: text/html; charset=utf-8\r\n\r\n<p>Delivery has failed to these recipients:</p><p>ana@example.org</p>\
    <p>Remote Server returned '550 5.4.1 Recipient address rejected: Access denied'</p>\r\n";
const GMAIL: &str = "Return-Path: <>\r\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\r\nTo: help@desk.example\r\n\
    Subject: Delivery Status Notification (Failure)\r\nX-Failed-Recipients: ana@example.org\r\nReferences: <ours@desk.example>\r\n\
    Message-ID: <g@mx.google.com>\r\n\r\nAddress not found. The response was: 550 5.1.1 The email account does not exist.\r\n";
const LATE: &str = "Return-Path: <>\r\nFrom: Mail Delivery System <postmaster@mx.example>\r\nTo: help@desk.example\r\n\
    Subject: Warning: message delayed 24 hours\r\nReferences: <ours@desk.example>\r\nMessage-ID: <l@mx.example>\r\n\r\n\
    This is a warning message only. You do not need to resend. 451 4.7.1 try later\r\n";

fn reported(letter: &str) -> (Post, Message, i64) {
    let post = Post::new();
    let first = post.comes(&super::letter(ANA, "f@x", &["Subject: Lamp"], "Broken")).unwrap();
    let ours = post.sent(first.conversation, "ours@desk.example", "ana@example.org");
    assert_eq!(post.comes(letter), None, "a report on ours is no message");
    let conversations = post.desk.count("SELECT count(*) FROM conversation");
    let ours = post.desk.message(ours);
    (post, ours, conversations)
}

#[test]
fn a_report_marks_our_mail_as_failed_with_the_reason_and_opens_nothing() {
    let standard = "550 5.1.1 <ana@example.org>: no such user here";
    let table: [(String, &str, &str); 6] = [
        (report("failed", "5.1.1", standard, "message/rfc822"), "no such user here", "unreachable"),
        (report("failed", "5.1.1", standard, "text/rfc822-headers"), "no such user here", "unreachable"),
        (
            report("failed", "5.7.1", "550 5.7.1 blocked by policy", "message/rfc822"),
            "blocked by policy",
            "policy",
        ),
        (QMAIL.to_owned(), "550 5.1.1 unknown user", "unreachable"),
        (EXCHANGE.to_owned(), "550 5.4.1 Recipient address rejected", "unreachable"),
        (GMAIL.to_owned(), "550 5.1.1 The email account does not exist", "unreachable"),
    ];
    for (letter, words, code) in table {
        let (post, ours, conversations) = reported(&letter);
        let fault = ours.error.clone().unwrap_or_else(|| panic!("{letter}"));
        assert_eq!((ours.state, fault.code.as_str()), (State::Failed, code), "{letter}");
        assert!(fault.message.contains(words), "{}", fault.message);
        assert!(fault.message.contains("ana@example.org") || letter == EXCHANGE, "{}", fault.message);
        assert_eq!((conversations, post.desk.conversation(ours.conversation).failed), (1, 1));
        // The same report again changes nothing.
        assert_eq!(post.comes(&letter), None);
        assert_eq!(post.desk.conversation(ours.conversation).failed, 1);
    }
}

#[test]
fn a_mail_that_is_late_is_noted_once_and_stays_sent() {
    for letter in [report("delayed", "4.4.1", "connection timed out", "message/rfc822"), LATE.to_owned()] {
        let (post, ours, _) = reported(&letter);
        assert_eq!((ours.state, ours.error.clone()), (State::Sent, None), "{letter}");
        assert_eq!(post.comes(&letter), None);
        let lines = post.desk.lines(ours.conversation);
        let late: Vec<_> = lines.iter().filter(|(kind, _)| kind == kind::MESSAGE_DELAYED).collect();
        assert_eq!(late.len(), 1, "{letter}");
        assert!(
            late[0].1.note.contains("timed out") || late[0].1.note.contains("451 4.7.1"),
            "{:?}",
            late[0].1
        );
    }
}

#[test]
fn a_report_on_a_mail_that_nobody_knows_is_visible_and_quiet() {
    let post = Post::new();
    for letter in
        [report("failed", "5.1.1", "no such user", "message/rfc822"), QMAIL.to_owned(), LATE.to_owned()]
    {
        let message = post.comes(&letter).unwrap();
        let conversation = post.conversation(&message);
        assert_eq!((conversation.status, conversation.unread), (Status::Closed, 0), "{letter}");
        assert_eq!(message.extra.mail.unwrap().automatic.as_deref(), Some("report"));
    }
}

/// Somebody who forwards a report, or writes about one, is a person.
#[test]
fn a_person_who_writes_about_a_report_is_heard() {
    for subject in ["Subject: Fwd: Undeliverable: Lamp", "Subject: failure notice"] {
        let post = Post::new();
        let message = post.comes(&letter(ANA, "p@x", &[subject], "I got: 550 5.1.1 unknown user")).unwrap();
        assert_eq!(post.conversation(&message).status, Status::Open, "{subject}");
    }
}

#[test]
fn two_machines_that_answer_each_other_come_to_rest() {
    let post = Post::new();
    let mut quiet = 0;
    for number in 0..20 {
        let text = letter(
            "bot@example.org",
            &format!("{number}@x"),
            &["Subject: Ticket", "Auto-Submitted: auto-generated"],
            "Hi",
        );
        let message = post.comes(&text).unwrap();
        quiet += i32::from(message.extra.mail.unwrap().automatic.as_deref() == Some("loop"));
        post.desk.pass(Span::seconds(5));
    }
    assert_eq!(quiet, 10);
    let unread = post.desk.count("SELECT sum(unread) FROM conversation");
    assert_eq!(unread, 10);
    // After a while it is heard again.
    post.desk.pass(Span::minutes(11));
    let text =
        letter("bot@example.org", "later@x", &["Subject: Ticket", "Auto-Submitted: auto-generated"], "Hi");
    assert_eq!(post.comes(&text).unwrap().extra.mail.unwrap().automatic.as_deref(), Some("generated"));
}

#[test]
fn what_a_filter_marked_lies_aside_and_can_be_brought_back() {
    let marks = [
        "X-Spam-Flag: YES",
        "X-Spam-Status: Yes, score=12",
        "X-MS-Exchange-Organization-SCL: 9",
        "X-Spam: Yes",
    ];
    for mark in marks {
        let post = Post::new();
        let boss = post.desk.viewer("Boss", Role::Supervisor);
        let message = post.comes(&letter(ANA, "s@x", &["Subject: Win", mark], "Click")).unwrap();
        let conversation = post.conversation(&message);
        assert_eq!(
            (conversation.status, conversation.unread, Post::evidence(&message).0.as_str()),
            (Status::Closed, 0, "spam")
        );
        let lying = post.desk.read(|c| aside::newest(c, transom::domain::Timestamp(i64::MAX), 10));
        assert_eq!(lying.len(), 1, "{mark}");
        let id = conversation.id;
        post.desk.act(move |tx, _| sender::release(tx, &boss, id, transom::domain::Timestamp(1))).unwrap();
        let back = post.desk.conversation(id);
        assert_eq!((back.status, back.unread), (Status::Open, 1));
        assert!(post.desk.read(|c| aside::of(c, id)).is_none());
    }
    for innocent in [
        "X-Spam-Flag: NO",
        "X-Spam-Status: No, score=1 required=5 tests=YES",
        "X-MS-Exchange-Organization-SCL: -1",
    ] {
        let post = Post::new();
        let message = post.comes(&letter(ANA, "s@x", &["Subject: Win", innocent], "Click")).unwrap();
        assert_eq!(post.conversation(&message).status, Status::Open, "{innocent}");
    }
    let post = Post::with(&[("spam_aside", "no")]);
    let message = post.comes(&letter(ANA, "s@x", &["Subject: Win", marks[0]], "Click")).unwrap();
    assert_eq!(post.conversation(&message).status, Status::Open);
}

#[test]
fn a_blocked_sender_is_kept_and_heard_by_nobody() {
    let post = Post::new();
    let boss = post.desk.viewer("Boss", Role::Supervisor);
    let at = post.desk.now();
    for who in ["Mallory@Example.net", "spam.example"] {
        let boss = boss.clone();
        post.desk.act(move |tx, _| sender::block(tx, &boss, who, at)).unwrap();
    }
    let heard = |from: &str, id: &str| {
        let message = post.comes(&letter(from, id, &["Subject: Hi"], "Text")).unwrap();
        post.conversation(&message).status == Status::Open
    };
    assert!(
        !heard("mallory@example.net", "1@x")
            && !heard("a@spam.example", "2@x")
            && !heard("a@mx.spam.example", "3@x")
    );
    assert!(heard("eve@example.net", "4@x") && heard("a@notspam.example", "5@x"));
    let again = boss.clone();
    post.desk.act(move |tx, _| sender::unblock(tx, &again, "@spam.example", at)).unwrap();
    assert!(heard("b@spam.example", "6@x"));
    // Nobody who is shut out writes into a thread.
    let first = post.comes(&letter(ANA, "7@x", &["Subject: Lamp"], "Broken")).unwrap();
    let text = letter("mallory@example.net", "8@x", &["Subject: Re: Lamp", "In-Reply-To: <7@x>"], "Ha");
    assert_ne!(post.comes(&text).unwrap().conversation, first.conversation);
    let agent = post.desk.viewer("Eva", Role::Agent);
    assert!(post.desk.act(move |tx, _| sender::block(tx, &agent, "x.example", at)).is_err());
    for wrong in ["", "@", "nodot", "a b.example", "a@", "@a..b"] {
        let boss = boss.clone();
        assert!(post.desk.act(move |tx, _| sender::block(tx, &boss, wrong, at)).is_err(), "{wrong}");
    }
}
