//! Mail: heads that claim to be ours, addresses that take for ever to read, and lines that would begin another head.

use crate::mail::{Post, letter};
use crate::support::channel::account;
use std::collections::BTreeMap;
use transom::channels::{self, Raw};
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::Status;
use transom::domain::message;

const LENGTH: usize = 250_000;

/// CVE-2023-41259 (RT), CVE-2026-47123, GHSA-8vm3, GHSA-6r38, GHSA-j49f (FreeScout): lines of a mail's head that the product
/// itself writes were believed in mails of strangers.
#[test]
fn cve_2023_41259_no_line_of_a_strangers_head_commands_anything() {
    let post = Post::new();
    let eva = post.desk.person("Eva", Role::Agent);
    let first = post.comes(&letter("ana@example.org", "a@x", &["Subject: Lamp"], "Broken")).unwrap();
    let ours = "ours@desk.example";
    post.sent(first.conversation, ours, "ana@example.org");
    let before = post.desk.conversation(first.conversation);
    let agent = format!("X-Transom-Agent: {}", eva.id);
    let claims = [
        "Subject: Re: Lamp [close] [#1] [assign:eva]",
        "In-Reply-To: <ours@desk.example>",
        &agent,
        "X-Transom-Conversation: 1",
        "X-Transom-Status: closed",
        "X-Transom-Kind: outbound",
        "X-RT-Command: Status: resolved",
        "X-Zammad-Ticket-priority: 3 high",
        "X-Zammad-Article-Sender: Agent",
        "X-Zammad-Article-Internal: false",
        "X-OTRS-Priority: 5 very high",
        "X-FreeScout-Mail-Type: agent.message",
        "X-Priority: 1",
        "Reply-To: help@desk.example",
        "Sender: eva@example.org",
        "Return-Path: <eva@example.org>",
        "Bcc: everybody@example.org",
        "Disposition-Notification-To: ana@example.org",
    ];
    for from in
        ["eva@example.org", "\"Eva\" <eva@example.org>", "help@example.org", "Eva <mallory@example.org>"]
    {
        let forged = post.comes(&letter(
            from,
            &format!("{}@x", from.len()),
            &claims,
            "Status: resolved\r\n\r\nPay here",
        ));
        let Some(forged) = forged else { continue };
        assert_eq!((forged.kind, forged.author), (message::Kind::Inbound, None), "{from}");
        let now = post.desk.conversation(forged.conversation);
        assert_eq!(
            (now.status, now.assignee, now.priority),
            (Status::Open, before.assignee, before.priority),
            "{from}"
        );
    }
    assert_eq!(post.desk.count("SELECT count(*) FROM outbox"), 0, "nothing is sent on");
    assert_eq!(post.desk.count("SELECT count(*) FROM message WHERE kind = 'note'"), 0);
}

/// CVE-2015-7686, CVE-2018-12558, CVE-2018-18898, CVE-2014-9472 (RT and its parsers), GHSA-964r (Chatwoot): a head of a
/// megabyte took hours to read. What took quadratic time would never end here.
#[test]
fn cve_2018_18898_a_head_of_any_length_is_read_at_once() {
    let post = Post::new();
    let account = account(&post.desk, &post.channel);
    let pieces = [
        ",",
        "(",
        "<",
        "\"",
        "\\",
        "(((\\",
        "a@",
        "@",
        "<a@b>,",
        ";:",
        "=?utf-8?q?",
        "=?utf-8?b?====?= ",
        "\t ",
        "a b ",
        "<<<<>",
        "[",
        "\u{e9}",
        "%0d%0a",
        "a.b@",
        "()",
        "''",
        "<!--",
    ];
    for field in [
        "From",
        "Cc",
        "References",
        "Message-ID",
        "Subject",
        "Content-Type",
        "Date",
        "Authentication-Results",
    ] {
        for piece in pieces {
            let value = piece.repeat(LENGTH / piece.len());
            let text =
                format!("From: ana@example.org\r\n{field}: {value}\r\nMessage-ID: <a@x>\r\n\r\n{piece}\r\n");
            let headers = BTreeMap::new();
            let raw = Raw { headers: &headers, body: text.as_bytes(), received_at: post.desk.now() };
            let events = channels::provider(Kind::Email).unwrap().parse(&account, &raw).unwrap();
            assert!(events.len() <= 1, "{field} of {piece:?}");
        }
    }
}

/// CVE-2024-29185, CVE-2024-34697 and the cut-off heads of CVE-2013-3373 (RT): a subject or a name with line ends goes out as
/// one line.
#[test]
fn cve_2013_3373_a_subject_of_several_lines_begins_no_line_of_ours() {
    let post = Post::new();
    let ada = post.desk.person("Ada", Role::Admin);
    let bad = "=?utf-8?Q?Lamp=0D=0ABcc:_victim@example.org=0D=0A=0D=0ABody?=";
    let subject = format!("Subject: {bad}");
    let from = format!("{bad} <ana@example.org>");
    let came = post.comes(&letter(&from, "a@x", &[&subject], "Broken")).unwrap();
    let conversation = post.conversation(&came);
    assert!(!conversation.subject.contains(['\r', '\n']), "{:?}", conversation.subject);
    let name: String = post.desk.read(|c| Ok(c.query_row("SELECT name FROM contact", [], |row| row.get(0))?));
    assert!(!name.contains(['\r', '\n']), "{name:?}");
    post.desk.answers(&ada, came.conversation, "It comes tomorrow");
    let extra: String = post.desk.read(|c| {
        Ok(c.query_row("SELECT extra FROM message WHERE kind = 'outbound'", [], |row| row.get(0))?)
    });
    assert!(!extra.contains("\\r") && !extra.contains("\\nBcc"), "{extra}");
}

/// CVE-2024-48938 (Znuny), CVE-2021-21439, CVE-2021-36093 (OTRS): the HTML of a word processor, and addresses of a certain form, kept
/// the reader of mails busy for good. What were slower than linear would never end here.
#[test]
fn cve_2024_48938_words_and_addresses_of_any_length_are_read_at_once() {
    let post = Post::new();
    let ada = post.desk.person("Ada", Role::Admin);
    let pieces = [
        ("text/plain", "http://a."),
        ("text/plain", "www.a/((("),
        ("text/plain", "a@a."),
        ("text/plain", "<https://"),
        ("text/plain", "[a]("),
        ("text/plain", "> "),
        ("text/plain", "On 3 March Ana wrote:\r\n"),
        ("text/html", "<!--[if gte mso 9]><xml><o:p>&nbsp;</o:p></xml><![endif]-->"),
        ("text/html", "<p class=MsoNormal style='mso-list:l0 level1 lfo1'><o:p></o:p>"),
        ("text/html", "<a href=\"http://a.a.a.a\">http://a."),
        ("text/html", "<w:WordDocument><w:View>"),
    ];
    for (number, (kind, piece)) in pieces.iter().enumerate() {
        let long = piece.repeat(200_000 / piece.len());
        let more = ["Subject: Lamp", "MIME-Version: 1.0", &format!("Content-Type: {kind}; charset=utf-8")];
        let came = post.comes(&letter("ana@example.org", &format!("l{number}@x"), &more, &long)).unwrap();
        for target in [format!("/conversations/{}", came.conversation), format!("/messages/{}/mail", came.id)]
        {
            assert!(post.desk.get(&ada, &target).status < 500, "{target} of {piece}");
        }
        post.desk.answers(&ada, came.conversation, "It comes tomorrow");
    }
}
