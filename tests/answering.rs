//! Answering mails, by the rules alone: whom an answer goes to, its subject, and what every change between the ways of
//! answering does to recipients and text.

use proptest::prelude::*;
use transom::domain::answering::{
    Answered, Form, Ours, Words, base_subject, everyone, letter, recipients, sender, strangers, subject,
    switched, written,
};
use transom::domain::mail::{Envelope, Mailbox, Mode};

fn at(address: &str) -> Mailbox {
    Mailbox { name: String::new(), address: address.to_owned() }
}

fn all(list: &[&str]) -> Vec<Mailbox> {
    list.iter().map(|address| at(address)).collect()
}

fn ours() -> Ours {
    Ours(["help@shop.example", "sales@shop.example"].map(str::to_owned).into())
}

fn words() -> Words {
    Words {
        forwarded: "Forwarded message".into(),
        from: "From".into(),
        date: "Date".into(),
        subject: "Subject".into(),
        to: "To".into(),
    }
}

/// A mail to us and to others, with copies to `cc`.
fn mail(cc: &[&str]) -> Answered {
    Answered {
        mail: Envelope {
            identifier: "one@example.com".into(),
            from: Some(Mailbox { name: "Kim Lee".into(), address: "kim@example.com".into() }),
            to: all(&["help@shop.example", "bo@example.com"]),
            cc: all(cc),
            subject: "The lamp".into(),
            ..Envelope::default()
        },
        ours: false,
        text: "It does not *glow*.\n1. On\n# Off".into(),
        date: "Tue 3 March at 12:00".into(),
        files: vec![7, 8],
        person: at("kim@example.com"),
    }
}

/// What each way of answering has in its fields, for the mail with copies.
fn fields(mode: Mode, cc: &[&str]) -> (String, String) {
    let people: Vec<&str> = cc.iter().copied().filter(|one| !one.contains("shop.example")).collect();
    match mode {
        Mode::Reply => ("Kim Lee <kim@example.com>".into(), String::new()),
        Mode::ReplyAll => ("Kim Lee <kim@example.com>, bo@example.com".into(), people.join(", ")),
        Mode::Forward => (String::new(), String::new()),
    }
}

#[test]
fn s157_to_s169_each_switch_fills_and_empties_the_fields_as_it_must() {
    for cc in [&[][..], &["cc@example.com", "sales@shop.example", "dee@example.com"][..]] {
        let answered = mail(cc);
        for typed in ["", "What I have **written**,\n\nand more."] {
            for from in Mode::ALL {
                for to in Mode::ALL.into_iter().filter(|to| *to != from) {
                    let about = format!("{from:?} to {to:?}, {cc:?}, {typed:?}");
                    let asked = (&answered, &ours(), &words());
                    let (mut form, body) = switched(&Form::default(), typed, from, asked);
                    // Somebody has changed what may be changed.
                    form.cc = "own@example.net".into();
                    if from == Mode::Forward {
                        form.to = "expert@example.net".into();
                    }
                    form.bcc = "hidden@example.net".into();
                    let (after, text) = switched(&form, &body, to, asked);
                    assert_eq!((after.to.clone(), after.cc.clone()), fields(to, cc), "{about}");
                    assert_eq!(after.bcc, "hidden@example.net", "{about}");
                    assert_eq!((after.mode(), after.standard), (to, true), "{about}");
                    assert!(text.contains(typed), "{about}: {text}");
                    assert_eq!(
                        text.contains(&letter(&answered, &words())),
                        to == Mode::Forward,
                        "{about}: {text}"
                    );
                    assert_eq!(after.along, if to == Mode::Forward { vec![7, 8] } else { vec![] }, "{about}");
                }
            }
        }
    }
}

#[test]
fn s163_a_changed_letter_is_somebodys_text_and_stays() {
    let (answered, ours, words) = (mail(&[]), ours(), words());
    let (form, body) = switched(&Form::default(), "Look:", Mode::Forward, (&answered, &ours, &words));
    let changed = body.replace("glow", "shine");
    let (form, body) = switched(&form, &changed, Mode::Reply, (&answered, &ours, &words));
    assert_eq!(body, changed);
    let (_, body) = switched(&form, &body, Mode::Forward, (&answered, &ours, &words));
    assert_eq!(body, changed, "and is not loaded twice");
}

#[test]
fn s158_a_reply_goes_where_the_sender_wants_answers_and_never_to_ourselves() {
    let mut answered = mail(&["help+c.abc@shop.example", "cc@example.com", "kim@example.com"]);
    assert_eq!(written(&sender(&answered, &ours())), "Kim Lee <kim@example.com>");
    answered.mail.reply_to = all(&["office@example.com"]);
    assert_eq!(written(&sender(&answered, &ours())), "office@example.com");
    let (to, cc) = everyone(&answered, &ours());
    assert_eq!(written(&to), "office@example.com, bo@example.com");
    assert_eq!(written(&cc), "cc@example.com, kim@example.com");
    // A mailing list that wants answers to ourselves, and a mail of our own colleague's program.
    answered.mail.reply_to = all(&["help+x@shop.example"]);
    assert_eq!(written(&sender(&answered, &ours())), "Kim Lee <kim@example.com>");
    answered.mail.from = Some(at("sales@shop.example"));
    assert_eq!(written(&sender(&answered, &ours())), "kim@example.com", "the person of the conversation");
    let own = Answered { ours: true, ..mail(&["cc@example.com"]) };
    assert_eq!(written(&sender(&own, &ours())), "bo@example.com", "once more to whom it went");
}

#[test]
fn s161_s163_the_mark_stands_once_whatever_stood_there() {
    for (before, base) in [
        ("The lamp", "The lamp"),
        ("Re: The lamp", "The lamp"),
        ("RE: re: Re: The lamp", "The lamp"),
        ("AW: WG: The lamp", "The lamp"),
        ("SV: VB: The lamp", "The lamp"),
        ("RV: The lamp", "The lamp"),
        ("TR : The lamp", "The lamp"),
        ("Fwd: Re: The lamp", "The lamp"),
        ("Re[2]: The lamp", "The lamp"),
        ("Re(3): The lamp", "The lamp"),
        ("回复：The lamp", "The lamp"),
        ("Order: the lamp", "Order: the lamp"),
        ("Reply: the lamp", "Reply: the lamp"),
        ("12: the lamp", "12: the lamp"),
        ("Re:", ""),
        ("", ""),
    ] {
        assert_eq!(base_subject(before), base, "{before}");
        assert_eq!(subject(Mode::Reply, before), format!("Re: {base}").trim_end(), "{before}");
        assert_eq!(subject(Mode::Forward, before), format!("Fwd: {base}").trim_end(), "{before}");
    }
}

#[test]
fn s224_recipients_are_read_in_every_notation_and_the_wrong_one_is_named() {
    let list =
        recipients("a@example.org; Bo <B@Example.org>,\n\"Lee, Kim\" <kim@example.org>\r\na@example.org,")
            .unwrap();
    assert_eq!(written(&list), "a@example.org, Bo <b@example.org>, \"Lee, Kim\" <kim@example.org>");
    assert_eq!(recipients(&written(&list)).unwrap(), list, "what is written is read again");
    assert_eq!(recipients(" , ;").unwrap(), []);
    for wrong in ["nobody", "a@", "@example.org", "a b@example.org", "Kim <kim>"] {
        assert_eq!(recipients(&format!("a@example.org, {wrong}")).unwrap_err(), wrong);
    }
    let cut = recipients("Eve\u{0}\u{7} <eve@example.org>").unwrap();
    assert_eq!(cut[0].name, "Eve", "nothing that ends a line of the head");
}

#[test]
fn recipients_who_were_not_on_the_mail_are_told() {
    let answered = mail(&["cc@example.com"]);
    let list = all(&["cc@example.com", "kim@example.com", "new@example.net"]);
    assert_eq!(strangers(&answered, &list), ["new@example.net"]);
}

proptest! {
    /// No sequence of switches loses a word, and each comes to the same fields as if it had been chosen first.
    #[test]
    fn s164_to_s169_no_typed_text_is_ever_lost(
        typed in prop::collection::vec("[a-zA-Z*_>#\\- \n.]{0,40}", 1..6),
        modes in prop::collection::vec(0_usize..3, 1..12),
    ) {
        let answered = mail(&["cc@example.com"]);
        let (ours, words) = (ours(), words());
        let (mut form, mut body) = (Form::default(), String::new());
        let mut said = Vec::new();
        for (turn, mode) in modes.iter().enumerate() {
            if let Some(more) = typed.get(turn) {
                let piece = format!("<{turn}>{}</{turn}>", more);
                body = format!("{piece}\n{body}");
                said.push(piece);
            }
            let mode = Mode::ALL[*mode];
            (form, body) = switched(&form, &body, mode, (&answered, &ours, &words));
            for piece in &said {
                prop_assert!(body.contains(piece.as_str()), "{piece} is gone from {body}");
            }
            prop_assert_eq!(form.mode(), mode);
            prop_assert_eq!(body.matches("Forwarded message").count(), usize::from(mode == Mode::Forward));
        }
    }
}
