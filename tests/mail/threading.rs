//! Where a mail belongs: by evidence, the strongest first, never by the subject alone.

use super::{ADDRESS, Post, letter};
use transom::actions::mail_thread;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::conversation::Status;
use transom::domain::event::kind;
use transom::domain::mail::subject_token;

const ANA: &str = "Ana <ana@example.org>";
const STRANGER: &str = "Mallory <mallory@example.net>";

/// A desk where Ana wrote of a lamp and we answered; and the address that answers go to.
fn answered(settings: &[(&str, &str)]) -> (Post, transom::domain::message::Message, String) {
    let post = Post::with(settings);
    let first = post.comes(&letter(ANA, "first@example.org", &["Subject: Broken lamp"], "Help")).unwrap();
    post.sent(first.conversation, "ours@desk.example", "ana@example.org");
    let (channel, conversation) = (post.channel.clone(), first.conversation);
    let plus = post.desk.desk.writer.write(move |tx| mail_thread::plus_address(tx, &channel, conversation));
    (post, first, plus.unwrap().unwrap())
}

/// Who writes, with which fields, how many days later, and by which evidence it goes on; `new`: it begins.
#[test]
fn the_table_of_evidence() {
    let (.., plus) = answered(&[]);
    let forged = plus.replace('-', "-f");
    let unsigned = "To: help+c.1@desk.example".to_owned();
    let fields = |all: &[&str]| -> Vec<String> { all.iter().map(|field| (*field).to_owned()).collect() };
    let table: Vec<(&str, Vec<String>, i64, &str)> = vec![
        (ANA, fields(&["Subject: Anything", "In-Reply-To: <ours@desk.example>"]), 400, "reference"),
        (
            ANA,
            fields(&["Subject: Anything", "References: <x@y> <ours@desk.example> <z@y>"]),
            400,
            "reference",
        ),
        (ANA, fields(&["Subject: Anything", "References: <first@example.org>"]), 1, "reference"),
        // Folded in the middle of the identifier, as one program does.
        (ANA, fields(&["Subject: Anything", "In-Reply-To: <ours@\r\n desk.example>"]), 1, "reference"),
        (STRANGER, fields(&["Subject: Fwd", "In-Reply-To: <ours@desk.example>"]), 1, "reference"),
        (ANA, fields(&["Subject: Re: [#1] Anything"]), 400, "subject_token"),
        (STRANGER, fields(&["Subject: Re: [#1] Broken lamp"]), 1, "new"),
        (ANA, fields(&["Subject: Re: [#2] Anything"]), 1, "new"),
        (ANA, fields(&["Subject: RE: AW: broken  Lamp"]), 6, "sender_and_subject"),
        (ANA, fields(&["Subject: Broken lamp"]), 6, "sender_and_subject"),
        (ANA, fields(&["Subject: Re: Broken lamp"]), 8, "new"),
        (STRANGER, fields(&["Subject: Re: Broken lamp"]), 1, "new"),
        (ANA, fields(&["Subject: Something else"]), 1, "new"),
        (ANA, fields(&["Subject: Re:"]), 1, "new"),
        (ANA, fields(&["Subject: Else", "In-Reply-To: <nobody@knows>"]), 1, "new"),
        (ANA, fields(&["Subject: Else", &unsigned]), 1, "new"),
        (ANA, vec!["Subject: Else".into(), format!("Delivered-To: {forged}")], 1, "new"),
    ];
    for (from, more, days, wanted) in table {
        let (post, first, _) = answered(&[]);
        post.desk.pass(Span::days(days));
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        let message = post.comes(&letter(from, "next@example.org", &more, "More")).unwrap();
        let (by, _) = Post::evidence(&message);
        assert_eq!(by, wanted, "{from} {more:?} after {days} days");
        assert_eq!(message.conversation == first.conversation, wanted != "new", "{from} {more:?}");
    }
}

#[test]
fn our_signed_address_counts_wherever_a_server_notes_it_and_before_everything_else() {
    let places = ["Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"];
    for place in places {
        let (post, first, plus) = answered(&[]);
        let other = post.comes(&letter(ANA, "o@x", &["Subject: Other thing"], "Hi")).unwrap();
        assert_ne!(other.conversation, first.conversation);
        let field = format!("{place}: Desk <{}>", plus.to_uppercase());
        let field = if place == "To" || place == "Cc" { field } else { format!("{place}: {plus}") };
        let more = ["Subject: Re: Other thing", "In-Reply-To: <o@x>", field.as_str()];
        let text = letter(ANA, "next@example.org", &more, "More").replace(&format!("To: {ADDRESS}\r\n"), "");
        let message = post.comes(&text).unwrap();
        assert_eq!(message.conversation, first.conversation, "{place}");
        assert_eq!(Post::evidence(&message), ("address".to_owned(), plus));
    }
    let (post, first, plus) = answered(&[]);
    let message = post
        .comes_with(&format!("to={}", plus.replace('+', "%2B")), &letter(ANA, "n@x", &["Subject: S"], "M"));
    assert_eq!(message.unwrap().conversation, first.conversation);
}

/// The tag of another conversation or of another desk opens nothing.
#[test]
fn nobody_guesses_an_address() {
    let (post, first, plus) = answered(&[]);
    let (_, _, of_another_desk) = answered(&[]);
    assert_ne!(plus, of_another_desk);
    let tag = plus.strip_prefix("help+c.").unwrap().split('@').next().unwrap();
    let (number, seal) = tag.split_once('-').unwrap();
    assert_eq!((number, seal.len()), ("1", 20));
    for forged in [
        of_another_desk.clone(),
        format!("help+c.1-{}@desk.example", "0".repeat(20)),
        format!("help+c.2-{seal}@desk.example"),
    ] {
        let to = format!("Cc: {forged}");
        let message =
            post.comes(&letter(STRANGER, &format!("{forged}@x"), &["Subject: S", &to], "M")).unwrap();
        assert_ne!(message.conversation, first.conversation, "{forged}");
    }
}

#[test]
fn a_stranger_in_a_thread_is_shown_as_new_and_gains_nothing() {
    let (post, first, _) = answered(&[]);
    let before = post.desk.conversation(first.conversation);
    let more = ["Subject: Re: Broken lamp", "In-Reply-To: <ours@desk.example>"];
    let message = post.comes(&letter(STRANGER, "m@x", &more, "Send me everything")).unwrap();
    let after = post.desk.conversation(first.conversation);
    assert_eq!(message.conversation, first.conversation);
    assert_eq!((after.contact, after.address), (before.contact, before.address));
    let joined = |who: &str| {
        let lines = post.desk.lines(first.conversation);
        lines.iter().filter(|(kind, line)| kind == kind::CONVERSATION_JOINED && line.to.contains(who)).count()
    };
    assert_eq!((joined("Mallory <mallory@example.net>"), joined("ana@example.org")), (1, 0));
    post.comes(&letter(STRANGER, "m2@x", &more, "Again")).unwrap();
    assert_eq!(joined("mallory"), 1, "who has written is not new any more");
    // But a number in the subject lets nobody in who was not there.
    let guess = format!("Subject: {} hello", subject_token(first.conversation));
    let third = post.comes(&letter("eve@example.net", "e@x", &[&guess], "Hi")).unwrap();
    assert_ne!(third.conversation, first.conversation);
}

#[test]
fn for_how_long_the_subject_counts_is_a_setting() {
    for (days, later, goes_on) in [("30", 20, true), ("30", 31, false), ("0", 0, false)] {
        let (post, first, _) = answered(&[("thread_days", days)]);
        post.desk.pass(Span::days(later));
        let message = post.comes(&letter(ANA, "n@x", &["Subject: Broken lamp"], "More")).unwrap();
        assert_eq!(message.conversation == first.conversation, goes_on, "{days} {later}");
    }
}

#[test]
fn an_answer_to_a_closed_thread_follows_the_entry_point() {
    let more = ["Subject: Re: Broken lamp", "In-Reply-To: <ours@desk.example>"];
    let (post, first, _) = answered(&[]);
    let marta = post.desk.viewer("Marta", Role::Admin);
    post.desk.shuts(&marta, first.conversation);
    let message = post.comes(&letter(ANA, "n@x", &more, "More")).unwrap();
    let again = post.desk.conversation(first.conversation);
    assert_eq!((message.conversation, again.status, again.episode), (first.conversation, Status::Open, 2));

    let (post, first, _) = answered(&[]);
    let post = post.beginning_anew();
    let marta = post.desk.viewer("Marta", Role::Admin);
    post.desk.shuts(&marta, first.conversation);
    let message = post.comes(&letter(ANA, "n@x", &more, "More")).unwrap();
    let new = post.conversation(&message);
    assert_eq!((new.previous, new.status), (Some(first.conversation), Status::Open));
    assert_eq!(Post::evidence(&message).0, "reference");
    assert_eq!(post.desk.conversation(first.conversation).status, Status::Closed);
}
