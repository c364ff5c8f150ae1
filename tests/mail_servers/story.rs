//! A letter comes in, is answered, and the answer arrives; servers go away in between.

use transom::domain::message::State;
use transom::domain::{Id, Span};
use transom::jobs;

use super::{Post, until};
use crate::support::channel::message_of;
use crate::support::process::{Served, transom};

#[test]
fn a_letter_comes_by_itself_and_the_answer_arrives_with_everything_that_ties_them_together() {
    let Some(post) = Post::open(&[]) else { return };
    let jobs = jobs::start(&post.desk.desk).unwrap();
    // The first look settles where the mailbox begins.
    until("the mailbox was opened", || {
        !post.desk.read(|c| transom::store::channel::cursor(c, post.channel.id)).is_empty()
    });
    // The server is waited on for nine minutes, so what comes now comes because the server told of it.
    post.servers.customer_writes("Wo ist mein Tee?", "Ich warte seit Montag.");
    until("the letter is here", || post.received() == 1);
    let said = post.desk.said(Id::new(1));
    assert!(said[0].body.contains("Ich warte seit Montag."), "{:?}", said[0].body);
    let id = post.answer("Er kommt morgen.\n.\nGrüße");
    jobs_look(&post);
    until("the answer has left", || post.state(id) == State::Sent);
    jobs.stop();
    let letter = post.servers.arrived("eva", 1).remove(0);
    let (head, body) = letter.split_once("\n\n").unwrap();
    let line = |name: &str| {
        let head = head.replace("\n ", " ").replace("\n\t", " ");
        head.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned)).unwrap_or_default()
    };
    let theirs = std::fs::read_to_string(&post.servers.letters("help", "")[0]).unwrap();
    let theirs = theirs.lines().find_map(|line| line.strip_prefix("Message-Id: ")).unwrap();
    assert_eq!(line("In-Reply-To: "), theirs, "{head}");
    assert_eq!(line("References: "), theirs, "{head}");
    assert_eq!(line("From: "), "\"Shop, Hilfe\" <help@shop.test>", "{head}");
    assert!(line("To: ").contains("<eva@shop.test>"), "{head}");
    assert_eq!(line("Subject: "), "Re: Wo ist mein Tee?", "{head}");
    assert!(line("Message-ID: ").ends_with("@shop.test>"), "{head}");
    assert!(!line("Date: ").is_empty() && line("MIME-Version: ") == "1.0", "{head}");
    assert!(!head.contains("Auto-Submitted") && !head.contains("Bcc:"), "{head}");
    assert!(body.contains("Er kommt morgen."), "{body}");
}

/// The clock of a test stands, so the jobs are woken by hand after it was moved.
fn jobs_look(post: &Post) {
    let topics = std::collections::BTreeSet::from([transom::store::outbox::TOPIC.to_owned()]);
    post.desk.desk.live.tell(&topics);
}

#[test]
fn servers_that_go_away_lose_and_double_nothing() {
    let Some(mut post) = Post::open(&[("afterwards", "seen")]) else { return };
    post.read();
    post.servers.customer_writes("one", "1");
    post.servers.arrived("help", 1);
    post.read();
    let jobs = jobs::start(&post.desk.desk).unwrap();
    post.servers.stop_dovecot();
    post.servers.customer_writes("two", "2");
    post.servers.arrived("help", 2);
    post.servers.start_dovecot();
    until("what came meanwhile is here", || post.received() == 2);
    post.servers.stop_exim();
    let id = post.answer("Hello");
    jobs_look(&post);
    until("the answer was tried", || {
        post.count("SELECT count(*) FROM send_attempt WHERE outcome = 'transient'") > 0
    });
    post.servers.start_exim();
    post.desk.pass(Span::hours(1));
    jobs_look(&post);
    until("the answer has left", || post.state(id) == State::Sent);
    jobs.stop();
    assert_eq!(post.servers.arrived("eva", 1).len(), 1);
    post.read();
    assert_eq!(post.received(), 2);
    let seen = |path: &std::path::PathBuf| path.to_string_lossy().ends_with(",S");
    until("both are marked", || post.servers.letters("help", "").iter().all(seen));
}

/// The program is killed while it takes letters and marks them, again and again.
#[test]
fn a_killed_program_takes_each_letter_once() {
    let Some(post) = Post::open(&[("afterwards", "seen"), ("history_days", "2")]) else { return };
    let Post { servers, desk, channel, .. } = post;
    for n in 0..120 {
        let letter = format!(
            "From: Eva <eva@shop.test>\nTo: help@shop.test\nSubject: letter {n}\nMessage-ID: <{n}@eva>\n\nText {n}\n{}\n",
            "x".repeat(2000)
        );
        servers.drop_letter("help", &format!("{}.M{n}P1.eva", 1_790_000_000 + n), &letter);
    }
    let path = desk.desk.path.clone();
    let folder = desk.folder;
    drop((desk.app, desk.desk));
    let received = || {
        let connection = transom::store::readers::open(&path).unwrap();
        let query = "SELECT count(*) FROM message WHERE kind = 'inbound'";
        connection.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let mut floor = 0;
    for _ in 0..6 {
        let served = Served::with(&path, &["serve"], "");
        until("it goes on", || received() > floor || received() == 120);
        floor = received();
        // Letting go of it kills it.
        drop(served);
    }
    let served = Served::with(&path, &["serve"], "");
    let seen = |path: &std::path::PathBuf| path.to_string_lossy().ends_with(",S");
    until("all are here and marked", || received() == 120 && servers.letters("help", "").iter().all(seen));
    assert!(served.stop());
    let connection = transom::store::readers::open(&path).unwrap();
    let different: i64 = connection
        .query_row("SELECT count(DISTINCT body) FROM message WHERE kind = 'inbound'", [], |row| row.get(0))
        .unwrap();
    assert_eq!((received(), different), (120, 120));
    let check = transom(&["check", path.to_str().unwrap()]).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    let _ = (channel, folder);
}

/// What a mail program of people makes: encoded words, another charset, quoted-printable, a file.
#[test]
fn a_mail_of_mutt_is_read_and_its_answer_finds_the_conversation() {
    let Some(post) = Post::open(&[]) else { return };
    post.read();
    let file = post.servers.path().join("Überweisung.txt");
    std::fs::write(&file, "Größe: 12 €\n").unwrap();
    post.servers.customer_writes_by_mutt("Größe der Kanne", "Schöne Grüße\nEva\n", &file, &[]);
    post.servers.arrived("help", 1);
    post.read();
    let first = message_of(&post.desk, Id::new(post.count("SELECT min(message_id) FROM mail")));
    let mail = first.extra.mail.as_deref().unwrap();
    assert_eq!(mail.subject, "Größe der Kanne");
    assert_eq!(mail.from.as_ref().unwrap().name, "Eva Müller");
    assert_eq!(first.body.trim(), "Schöne Grüße\nEva");
    let name = "SELECT count(*) FROM attachment WHERE name = 'Überweisung.txt' AND state = 'stored'";
    assert_eq!(post.count(name), 1);
    post.answer("Zwölf Zentimeter");
    post.send();
    let answer = post.servers.arrived("eva", 1).remove(0);
    let identifier = answer.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
    let reply = format!("In-Reply-To: {identifier}");
    post.servers.customer_writes_by_mutt("Danke!", "Das passt.\n", &file, &[&reply]);
    post.servers.arrived("help", 2);
    post.read();
    assert_eq!((post.received(), post.count("SELECT count(*) FROM conversation")), (2, 1));
}

/// The wait lasts nine minutes, so what comes into the second folder comes because its own connection told.
#[test]
fn mail_in_a_further_folder_is_told_by_the_server_too() {
    let Some(post) = Post::open(&[("folders", "INBOX, Orders")]) else { return };
    let letter = |n: u32| {
        format!(
            "From: Eva <eva@shop.test>\nTo: help@shop.test\nSubject: letter {n}\nMessage-ID: <{n}@eva>\n\nText {n}\n"
        )
    };
    post.servers.drop_letter_into(("help", "Orders"), "1780000001.M1P1.eva", &letter(1));
    post.servers.settle();
    let jobs = jobs::start(&post.desk.desk).unwrap();
    until("both folders are watched", || {
        post.servers.log().matches("Login: user=<help@shop.test>").count() >= 2
    });
    post.servers.drop_letter_into(("help", "Orders"), "1780000002.M2P1.eva", &letter(2));
    post.servers.settle();
    until("the letter is here", || post.received() == 1);
    jobs.stop();
    assert_eq!(post.count("SELECT count(*) FROM message WHERE body LIKE 'Text 2%'"), 1);
}

/// Dovecot ends and comes back while a full mailbox is being read.
#[test]
fn a_server_that_restarts_in_the_middle_of_a_full_mailbox_loses_and_doubles_nothing() {
    let Some(mut post) = Post::open(&[("history_days", "3000")]) else { return };
    for n in 0..400 {
        let letter = format!(
            "From: Eva <eva@shop.test>\nTo: help@shop.test\nSubject: letter {n}\nMessage-ID: <{n}@eva>\n\nText {n}\n{}\n",
            "x".repeat(2000)
        );
        post.servers.drop_letter_quietly("help", &format!("{}.M{n}P1.eva", 1_780_000_000 + n), &letter);
    }
    post.servers.settle();
    let jobs = jobs::start(&post.desk.desk).unwrap();
    let mut floor = 0;
    for _ in 0..3 {
        until("it goes on", || post.received() > floor || post.received() == 400);
        post.servers.stop_dovecot();
        floor = post.received();
        post.servers.start_dovecot();
    }
    until("all are here", || post.received() == 400);
    jobs.stop();
    post.read();
    assert_eq!(post.received(), 400);
    assert_eq!(post.count("SELECT count(DISTINCT body) FROM message WHERE kind = 'inbound'"), 400);
}

/// Exim is killed with everything it does while letters are handed to it. One that broke off after its last dot may be
/// there twice, under one identifier, and mailboxes show it once.
#[test]
fn a_mail_server_that_dies_in_the_middle_of_letters_loses_none_and_none_is_another_letter() {
    let Some(mut post) = Post::open(&[]) else { return };
    post.read();
    post.servers.customer_writes("one", "1");
    post.servers.arrived("help", 1);
    post.read();
    let sent = "SELECT count(*) FROM message WHERE kind = 'outbound' AND state = 'sent'";
    let vain = "SELECT count(*) FROM send_attempt WHERE outcome <> 'sent'";
    let mut ids = Vec::new();
    for round in 0..2 {
        let (before, tries) = (post.count(sent), post.count(vain));
        ids.extend(
            (0..25).map(|n| post.answer(&format!("Answer {round}-{n}.\n\n{}", "words ".repeat(8000)))),
        );
        let jobs = jobs::start(&post.desk.desk).unwrap();
        until("some have left", || post.count(sent) >= before + 5);
        post.servers.crash_exim();
        until("one was tried in vain", || post.count(vain) > tries);
        post.servers.start_exim();
        post.desk.pass(Span::hours(3));
        jobs_look(&post);
        // A minute at a time, as the pace of a mailbox has it.
        until("all have left", || {
            post.desk.pass(Span::minutes(1));
            jobs_look(&post);
            post.count(sent) == before + 25
        });
        jobs.stop();
    }
    assert!(ids.iter().all(|id| post.state(*id) == State::Sent));
    let identifiers = || -> std::collections::BTreeSet<String> {
        let letters = post.servers.arrived("eva", 50);
        let line =
            |letter: &String| letter.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned();
        letters.iter().map(line).collect()
    };
    until("all have arrived", || identifiers().len() == 50);
    assert!(post.servers.letters("eva", "").len() <= 52, "at most the one that broke off, in each round");
}
