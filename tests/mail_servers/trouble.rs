//! What real servers refuse, and how it looks to people.

use transom::domain::Span;
use transom::domain::channel::ChannelState;
use transom::domain::outbox::Next;
use transom::jobs::poll;

use super::Post;
use super::servers::Servers;
use crate::support::channel::channel_of;

#[test]
fn letters_with_new_numbers_are_known_again() {
    let Some(mut post) = Post::open(&[]) else { return };
    post.read();
    for n in 0..3 {
        post.servers.customer_writes(&format!("number {n}"), "text");
    }
    post.servers.arrived("help", 3);
    post.read();
    assert_eq!(post.received(), 3);
    let before = post.desk.read(|c| transom::store::channel::cursor(c, post.channel.id));
    post.servers.stop_dovecot();
    let maildir = post.servers.path().join("home/help/Maildir");
    for entry in std::fs::read_dir(maildir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::remove_file(path).unwrap();
        }
    }
    post.servers.start_dovecot();
    post.servers.customer_writes("while it was away", "new");
    post.servers.arrived("help", 4);
    post.read();
    let cursor = post.desk.read(|c| transom::store::channel::cursor(c, post.channel.id));
    let validity = |cursor: &str| -> serde_json::Value {
        let json: serde_json::Value = serde_json::from_str(cursor).unwrap();
        json["folders"]["INBOX"]["validity"].clone()
    };
    assert_ne!(
        validity(&before),
        validity(&cursor),
        "the server gave no new numbers, so this proves nothing"
    );
    assert_eq!(post.received(), 4);
}

/// T10: a letter of this head comes into the mailbox by itself.
fn comes(post: &Post, file: &str, head: &str) {
    let letter = format!("From: Eva <eva@shop.test>\nTo: help@shop.test\n{head}\n\nIt is {file}.\n");
    post.servers.drop_letter("help", file, &letter);
}

#[test]
fn t10_after_fourteen_days_away_every_letter_comes_once_with_one_name_none_or_the_same_twice() {
    let Some(post) = Post::open(&[]) else { return };
    post.read();
    comes(&post, "1790000000.M1P1.eva", "Subject: before\nMessage-ID: <before@eva>");
    post.read();
    post.desk.pass(Span::days(14));
    let heads = [
        "Subject: no name",
        "Subject: an empty name\nMessage-ID:",
        "Subject: a name of nothing\nMessage-ID: <>",
        "Subject: a name\nMessage-ID: <same@eva>",
        "Subject: another letter of that name\nMessage-ID: <same@eva>",
        "Subject: broken\nMessage-ID: <broken@eva>\nContent-Type: multipart/mixed",
    ];
    for (n, head) in heads.iter().enumerate() {
        comes(&post, &format!("179000001{n}.M{n}P2.eva"), head);
    }
    post.read();
    assert_eq!(post.received(), 1 + i64::try_from(heads.len()).unwrap());
    post.read();
    assert_eq!(post.received(), 1 + i64::try_from(heads.len()).unwrap(), "none comes again");
}

#[test]
fn t10_a_mailbox_that_moves_to_another_server_brings_only_what_is_new() {
    let (Some(mut post), Some(other)) = (Post::open(&[]), Servers::start()) else { return };
    post.read();
    for n in 0..3 {
        comes(&post, &format!("179000000{n}.M{n}P1.eva"), &format!("Subject: {n}\nMessage-ID: <{n}@eva>"));
    }
    post.read();
    assert_eq!(post.received(), 3);
    // The other one has never heard of these letters, and numbers them in its own way.
    for letter in post.servers.letters("help", "").into_iter().rev() {
        let text = std::fs::read_to_string(&letter).unwrap();
        let name = letter.file_name().unwrap().to_string_lossy();
        other.drop_letter("help", name.split(':').next().unwrap(), &text);
    }
    post.servers = other;
    comes(&post, "1790000009.M9P1.eva", "Subject: new\nMessage-ID: <new@eva>");
    post.change(&[
        ("imap_port", post.servers.imaps.to_string()),
        ("certificate", post.servers.fingerprint.clone()),
    ]);
    post.read();
    assert_eq!(post.received(), 4);
}

#[test]
fn only_what_comes_from_now_on_is_taken_unless_older_mail_is_asked_for() {
    let Some(post) = Post::open(&[]) else { return };
    post.servers.customer_writes("before", "old");
    post.servers.arrived("help", 1);
    post.read();
    assert_eq!(post.received(), 0);
    post.servers.customer_writes("after", "new");
    post.servers.arrived("help", 2);
    post.read();
    assert_eq!(post.received(), 1);
}

#[test]
fn kept_letters_are_moved_when_they_are_kept_and_not_before() {
    let more = [("afterwards", "move"), ("move_to", "Kept & más")];
    let Some(post) = Post::open(&more) else { return };
    post.read();
    post.servers.customer_writes("one", "1");
    post.servers.arrived("help", 1);
    // One look keeps it; the next one moves it, into a folder that is made for it.
    poll::once(&post.desk.desk, post.channel.id).unwrap().unwrap();
    assert_eq!(post.servers.letters("help", "").len(), 1);
    post.read();
    assert_eq!(post.servers.letters("help", "").len(), 0);
    assert_eq!(post.servers.letters("help", "Kept &- m&AOE-s").len(), 1);
    assert_eq!(post.received(), 1);
}

#[test]
fn a_letter_that_is_too_large_is_seen_by_its_head() {
    let Some(post) = Post::open(&[("largest_mb", "1")]) else { return };
    post.read();
    let letter = format!(
        "From: Eva <eva@shop.test>\nTo: help@shop.test\nSubject: holiday film\nMessage-ID: <film@eva>\n\
         MIME-Version: 1.0\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n{}\n",
        "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n".repeat(40_000)
    );
    post.servers.drop_letter("help", "1790000000.M1P1.eva", &letter);
    post.servers.customer_writes("a small one", "after it");
    post.servers.arrived("help", 2);
    post.read();
    assert_eq!(post.received(), 2);
    let note = post.count("SELECT count(*) FROM message WHERE body LIKE '%too large%folder INBOX%'");
    assert_eq!(note, 1);
    let size: i64 = post.count("SELECT max(length(body)) FROM inbound");
    assert!(size < 2000, "{size}");
}

#[test]
fn a_wrong_password_stops_the_channel_with_the_servers_words() {
    let Some(post) = Post::open(&[("password", "wrong")]) else { return };
    let failure = poll::once(&post.desk.desk, post.channel.id).unwrap().unwrap_err();
    assert_eq!(failure.next, Next::Reconnect);
    assert!(failure.message.contains("Authentication failed"), "{failure:?}");
    let page = post.desk.post(&post.marta, "/settings/channels/1/test", &[]);
    assert!(page.body.contains("Authentication failed"), "{}", page.body);
    assert!(page.body.contains("535"), "{}", page.body);
    assert_eq!(channel_of(&post.desk, post.channel.id).state, ChannelState::Enabled);
}

#[test]
fn the_test_signs_in_and_names_what_is_missing() {
    let Some(post) = Post::open(&[("folders", "INBOX, Ablage")]) else { return };
    let page = post.desk.post(&post.marta, "/settings/channels/1/test", &[]);
    assert!(page.body.contains("Ablage"), "{}", page.body);
    assert!(page.body.contains("(INBOX)"), "the folders that there are: {}", page.body);
    post.change(&[("folders", "INBOX".to_owned())]);
    let page = post.desk.post(&post.marta, "/settings/channels/1/test", &[]);
    assert!(!page.body.contains("chip bad"), "{}", page.body);
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_named_and_trusted_only_when_told() {
    let Some(post) = Post::open(&[("certificate", "")]) else { return };
    let failure = poll::once(&post.desk.desk, post.channel.id).unwrap().unwrap_err();
    assert!(failure.message.contains(&post.servers.fingerprint), "{failure:?}");
    assert!(matches!(failure.next, Next::Later { .. }), "{failure:?}");
    let log = post.servers.log();
    assert!(!log.contains("Login:"), "nobody signed in: {log}");
}

#[test]
fn tls_may_begin_after_the_greeting() {
    let Some(post) = Post::open(&[("imap_security", "starttls"), ("smtp_security", "starttls")]) else {
        return;
    };
    let (imap, smtp) = (post.servers.imap.to_string(), post.servers.smtp.to_string());
    let ports = [("imap_port", imap), ("smtp_port", smtp)];
    post.change(&ports);
    post.read();
    post.servers.customer_writes("one", "1");
    post.servers.arrived("help", 1);
    post.read();
    let id = post.answer("Hello");
    post.send();
    assert_eq!(post.state(id), transom::domain::message::State::Sent);
    post.servers.arrived("eva", 1);
    assert!(post.servers.log().contains(" A=plain:help@shop.test"), "{}", post.servers.log());
    assert!(post.servers.log().contains("X=TLS1"), "{}", post.servers.log());
}

#[test]
fn a_server_that_cannot_tell_of_new_mail_is_asked_for_it() {
    let Some(mut post) = Post::open(&[("folders", "INBOX, Drafts")]) else { return };
    let config = post.servers.path().join("dovecot.conf");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + "imap_capability = IMAP4rev1 UIDPLUS\n").unwrap();
    post.servers.stop_dovecot();
    post.servers.start_dovecot();
    post.servers.drop_letter_into(("help", "Drafts"), "1780000001.M1P1.eva", "From: eva@shop.test\n\nOld\n");
    post.servers.settle();
    post.read();
    post.servers.customer_writes("one", "1");
    post.servers.arrived("help", 1);
    post.read();
    assert_eq!(post.received(), 1);
}
