//! What is new in a mail and what it repeats: how mail programs of several languages mark it.

use proptest::prelude::*;
use transom::domain::quoted::{gist, split};

/// A mail, and how it begins to repeat; empty where nothing is repeated.
const MAILS: [(&str, &str); 31] = [
    ("Yes.\n\nOn Tue, 3 Mar 2026 at 12:00, Kim Lee <kim@example.com> wrote:\n> Is it open?\n", "On Tue"),
    (
        "Yes.\n\nOn Tue, 3 Mar 2026 at 12:00, Kim Lee\n<kim@example.com>\nwrote:\n\n> Is it open?\n> Kim\n",
        "On Tue",
    ),
    ("Ja.\n\nAm 03.03.2026 um 12:00 schrieb Kim Lee <kim@example.com>:\n> Offen?\n", "Am 03."),
    ("Ja.\n\nKim Lee <kim@example.com> schrieb am Di., 3. März 2026, 12:00:\n\n> Offen?\n", "Kim Lee <kim"),
    ("Sí.\n\nEl mar, 3 mar 2026 a las 12:00, Kim Lee (<kim@example.com>) escribió:\n> ¿Abierto?\n", "El mar"),
    ("Oui.\n\nLe mar. 3 mars 2026 à 12:00, Kim Lee <kim@example.com> a écrit :\n> Ouvert ?\n", "Le mar."),
    ("Sim.\n\nEm ter., 3 de mar. de 2026, Kim Lee <kim@example.com> escreveu:\n> Aberto?\n", "Em ter."),
    ("Sì.\n\nIl giorno mar 3 mar 2026 alle 12:00 Kim Lee ha scritto:\n> Aperto?\n", "Il giorno"),
    ("Ja.\n\nOp di 3 mrt 2026 om 12:00 schreef Kim Lee <kim@example.com>:\n> Open?\n", "Op di"),
    ("はい。\n\n2026年3月3日(火) 12:00 Kim Lee <kim@example.com>:\n> 開いていますか。\n", "2026年"),
    (
        "Yes.\n\n-----Original Message-----\nFrom: Kim\nSent: Tuesday\nSubject: Open?\n\nIs it?\n",
        "-----Original",
    ),
    ("Ja.\n\n-----Ursprüngliche Nachricht-----\nVon: Kim\nBetreff: Offen?\n\nIst es?\n", "-----Urspr"),
    ("Sí.\n\n-----Mensaje original-----\nDe: Kim\nAsunto: ¿Abierto?\n\n¿Está?\n", "-----Mensaje"),
    ("Oui.\n\n-----Message d'origine-----\nDe : Kim\nObjet : Ouvert ?\n\nC’est ?\n", "-----Message"),
    (
        "Yes.\n\n________________________________\nFrom: Kim <kim@example.com>\nSent: Tuesday\nTo: Us\nSubject: Open?\n\nIs it?\n",
        "________",
    ),
    ("Ja.\n\nVon: Kim\nGesendet: Dienstag\nAn: Uns\nBetreff: Offen?\n\nIst es?\n", "Von: Kim"),
    ("Yes.\n\n*From:* Kim\n*Sent:* Tuesday\n*To:* Us\n*Subject:* Open?\n\nIs it?\n", "*From:*"),
    ("Oui.\n\nDe : Kim\nEnvoyé : mardi\nÀ : Nous\nObjet : Ouvert ?\n\nC’est ?\n", "De : Kim"),
    ("Yes.\n> Is it open?\n", "> Is it"),
    ("Yes.\nKim a dit, mardi 3, <kim@example.com>:\n> Is it open?\n", "Kim a dit"),
    ("Thank you.\n\n-- \nKim Lee\nExample Ltd\n", "-- "),
    ("Thank you.\n\nSent from my iPhone\n", "Sent from my"),
    ("Yes.\n\n-- \nKim\n\nOn 3 Mar 2026 12:00, us@example.org wrote:\n> Open?\n", "-- "),
    ("Yes.\n\nOn 3 Mar 2026 12:00, Us <us@example.org> wrote:\n\nIs it open?\nUs\n", "On 3 Mar"),
    ("> Is it open?\nYes.\n> And on Sunday?\nNo.\n", ""),
    ("On Tuesday I wrote:\nplease call me.\n", ""),
    ("From: the heart\nI thank you.\n", ""),
    (
        "See below.\n\n---------- Forwarded message ---------\nFrom: A\nDate: B\nSubject: C\nTo: D\n\nText\n",
        "",
    ),
    ("Begin forwarded message:\n\nFrom: A\nDate: B\nSubject: C\n\nText\n", ""),
    ("> only what you wrote\n", ""),
    ("", ""),
];

#[test]
fn what_a_mail_repeats_begins_where_its_program_marked_it() {
    for (mail, start) in MAILS {
        let (fresh, quoted) = split(mail);
        assert_eq!(format!("{fresh}{quoted}"), mail, "nothing is lost");
        if start.is_empty() {
            assert_eq!(quoted, "", "{mail:?}");
        } else {
            assert!(quoted.starts_with(start), "{mail:?}: {quoted:?}");
        }
        let windows = mail.replace('\n', "\r\n");
        assert_eq!(split(&windows).0.lines().count(), fresh.lines().count(), "{mail:?} with other line ends");
    }
}

#[test]
fn the_gist_leaves_out_what_is_quoted_between_the_answers() {
    assert_eq!(gist("> Is it open?\nYes.\n> And on Sunday?\nNo.\n"), "Yes.\nNo.\n");
    let below = "On 3 Mar 2026 12:00, us@example.org wrote:\n> Is it open?\n\nYes, it is.\n";
    assert_eq!(gist(below).trim(), "Yes, it is.");
    assert_eq!(gist("> only that\n"), "> only that\n");
}

#[test]
fn two_dashes_above_a_long_text_are_no_signature() {
    let long = format!("Hello\n--\n{}", "a line\n".repeat(40));
    assert_eq!(split(&long).1, "");
}

#[test]
fn a_mail_of_many_marks_is_split_in_one_go() {
    // What were slower than linear would never end here.
    for piece in ["From: a\n", "> q\nx\n", "On 3 Mar 2026\n", "-- \n", "a:\n", "\n"] {
        let long = piece.repeat(256 * 1024 / piece.len());
        let (fresh, quoted) = split(&long);
        assert_eq!(fresh.len() + quoted.len(), long.len());
        assert!(gist(&long).len() <= long.len() + 1);
    }
}

proptest! {
    #[test]
    fn both_halves_are_the_text(text in "(On 3 Mar|> |wrote:|-- \n|From: a\n|Sent: b\n|To: c\n|\n|\r\n|é|[a-z@: ]{0,9}){0,40}") {
        let (fresh, quoted) = split(&text);
        prop_assert_eq!(format!("{fresh}{quoted}"), text.clone());
        prop_assert_eq!(fresh.trim().is_empty(), text.trim().is_empty());
    }
}
