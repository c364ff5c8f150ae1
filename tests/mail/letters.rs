//! Odd letters, and what people see of them. `tests/data/mail/expected.toml` was written by hand, before any reader
//! saw the letters.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use toml::{Table, Value};
use transom::domain::inbound::{FileContent, Incoming};

use super::read;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mail")
}

fn files(incoming: &Incoming) -> Vec<String> {
    let inline = &incoming.extra.mail.as_ref().unwrap().inline;
    let shown = |place: usize| inline.iter().find(|(_, at)| *at == place).map(|(name, _)| name.as_str());
    let described = incoming.files.iter().enumerate().map(|(place, file)| {
        let FileContent::Here(bytes) = &file.content else { panic!("{}", file.name) };
        let shown = shown(place).map_or(String::new(), |name| format!("|{name}"));
        format!("{}|{}|{}{shown}", file.name, file.media_type, bytes.len())
    });
    described.collect()
}

/// A long text is compared by its beginning and its length.
fn same(given: &str, wanted: &Table, name: &str) -> bool {
    let text = wanted[name].as_str().unwrap();
    match wanted.get(&format!("{name}_length")).and_then(Value::as_integer) {
        Some(length) => given.starts_with(text) && given.len() == usize::try_from(length).unwrap(),
        None => given == text,
    }
}

#[test]
fn every_odd_letter_says_what_its_table_says() {
    let table: Table = std::fs::read_to_string(folder().join("expected.toml")).unwrap().parse().unwrap();
    assert!(table.len() >= 60, "{}", table.len());
    let mut wrong = Vec::new();
    for (name, wanted) in &table {
        let wanted = wanted.as_table().unwrap();
        let incoming = read(&std::fs::read(folder().join(format!("{name}.eml"))).unwrap());
        let mail = incoming.extra.mail.as_deref().unwrap();
        let text = |key: &str| wanted[key].as_str().unwrap();
        let listed = wanted.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
        let listed: Vec<String> = listed.iter().map(|file| file.as_str().unwrap().to_owned()).collect();
        let seen = [
            ("subject", same(&mail.subject, wanted, "subject")),
            ("from", incoming.from.value == text("from")),
            ("name", incoming.from.name.as_deref().unwrap_or_default() == text("name")),
            ("text", same(&incoming.body, wanted, "text")),
            ("files", files(&incoming) == listed),
            ("html", incoming.html.is_some() == wanted.contains_key("html")),
            ("time", incoming.at.0 > 631_152_000_000 && incoming.at.0 <= 1_772_539_200_000),
            ("name of the message", !incoming.provider_id.is_empty()),
        ];
        wrong.extend(
            seen.iter().filter(|(_, good)| !good).map(|(what, _)| format!("{name}: {what}: {incoming:?}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_letter_of_the_folder_stands_in_the_table() {
    let table: Table = std::fs::read_to_string(folder().join("expected.toml")).unwrap().parse().unwrap();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "eml") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(table.contains_key(&name), "{name}");
        }
    }
}

/// Each would be slower than the test's patience, or take all memory or the whole stack, if reading were not bounded.
#[test]
fn letters_made_to_break_readers_are_read() {
    const MOST: usize = 1_000_000;
    let repeat = |text: &str| -> Vec<u8> { text.bytes().cycle().take(MOST).collect() };
    let nested: String = (0..20_000).fold(String::new(), |mut all, n| {
        all.push_str(&format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"));
        all
    });
    let with = |head: &str, body: Vec<u8>| [head.as_bytes(), &body].concat();
    let mut letters = vec![
        repeat("Content-Type: message/rfc822\r\n\r\n"),
        nested.into_bytes(),
        with("Content-Type: multipart/mixed; boundary=b\r\n\r\n", repeat("--b\r\n\r\n")),
        with(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            repeat("--b\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\n"),
        ),
        repeat("a:b\n"),
        with("Content-Type: text/html\r\n\r\n", repeat("<div><a href=\"x\">")),
        with("Content-Type: text/html\r\n\r\n", repeat("<!--")),
        with("Content-Type: text/html\r\n\r\n", repeat("&#1")),
        with("Content-Type: text/html\r\n\r\n", repeat("<p \"")),
    ];
    for field in [
        "From",
        "To",
        "Cc",
        "Subject",
        "References",
        "Content-Type",
        "Date",
        "Received",
        "Content-Disposition",
    ] {
        for odd in [",(<\"", "=?a?q?x ", "=?utf-8?B?", "\\\"(", "a@b,"] {
            letters.push(with(&format!("{field}: "), repeat(odd)));
        }
    }
    for letter in letters {
        let incoming = read(&letter);
        assert!(incoming.body.len() <= 600_000 && incoming.files.len() <= 500);
        assert!(incoming.extra.mail.as_ref().unwrap().to.len() <= 500);
    }
}

/// Pieces from which letters are made at random.
const PIECES: [&str; 40] = [
    "From: ",
    "To: ",
    "Subject: ",
    "Date: ",
    "Message-ID: ",
    "Content-Type: ",
    "Content-Transfer-Encoding: ",
    "Content-Disposition: ",
    "References: ",
    "Content-ID: ",
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    "\r\n ",
    "--b",
    "--b--",
    "multipart/mixed; boundary=b",
    "multipart/alternative; boundary=\"b\"",
    "message/rfc822",
    "text/html",
    "text/plain",
    "text/calendar",
    "message/delivery-status",
    "; charset=",
    "utf-8",
    "iso-2022-jp",
    "utf-7",
    "base64",
    "quoted-printable",
    "attachment; filename*0*=utf-8''%c3",
    "=?utf-8?B?w7w=?=",
    "=?x?Q?=ff?=",
    "<a@b.example>",
    "\u{0}",
    "ü漢\u{202e}",
    "BEGIN:VEVENT\nDTSTART:2026\nEND:VEVENT",
    "<a href='x'>",
    "&amp;&#x0;&#xffffffff;",
    "=3D=\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever the bytes are, a message becomes visible that can be kept.
    #[test]
    fn every_byte_string_is_a_visible_message(bytes in vec(any::<u8>(), 0..2000)) {
        visible(&bytes);
    }

    #[test]
    fn every_heap_of_pieces_is_a_visible_message(pieces in vec(0..PIECES.len(), 0..60)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        visible(text.as_bytes());
    }
}

thread_local! {
    static ACCOUNT: transom::channels::Account = crate::fuzzing::account(transom::domain::channel::Kind::Email);
}

fn visible(bytes: &[u8]) {
    let events = ACCOUNT.with(|account| {
        let headers = std::collections::BTreeMap::new();
        let received_at = transom::domain::Timestamp(1_772_539_200_000);
        let raw = transom::channels::Raw { headers: &headers, body: bytes, received_at };
        let provider = transom::channels::provider(transom::domain::channel::Kind::Email).unwrap();
        let (first, second) =
            (provider.parse(account, &raw).unwrap(), provider.parse(account, &raw).unwrap());
        assert_eq!(first, second, "reading is pure");
        first
    });
    let [transom::domain::inbound::Event::Message(incoming)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert!(incoming.from.value.contains('@'), "{}", incoming.from.value);
    assert!(!incoming.provider_id.is_empty() && !incoming.body.contains('\0'));
    let mail = incoming.extra.mail.as_ref().unwrap();
    assert!(
        !mail.subject.contains(char::is_control)
            && !mail.from.as_ref().unwrap().name.contains(char::is_control)
    );
}
