//! A full mailbox is taken in: how fast, and in how much memory. The long form takes ten thousand letters.

use std::time::Instant;

use super::Post;

#[test]
fn a_full_mailbox_is_taken_in() {
    let Some(post) = Post::open(&[("history_days", "3000")]) else { return };
    let many = if std::env::var_os("TRANSOM_LONG").is_some() { 10_000 } else { 200 };
    for n in 0..many {
        let letter = format!(
            "From: Customer {n} <c{}@example.org>\nTo: help@shop.test\nSubject: Order {n}\nMessage-ID: <{n}@import>\n\
             Date: Tue, 3 Mar 2026 09:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n\
             Letter number {n}.\n{}",
            n % 2000,
            "A line of some length about tea, kettles and when they come.\n".repeat(60)
        );
        post.servers.drop_letter_quietly("help", &format!("{}.M{n}P1.eva", 1_780_000_000 + n), &letter);
    }
    post.servers.settle();
    let began = Instant::now();
    post.read();
    let took = began.elapsed();
    assert_eq!(post.received(), many);
    assert_eq!(post.count("SELECT count(DISTINCT body) FROM message WHERE kind = 'inbound'"), many);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned();
    eprintln!("{many} letters in {took:.1?}: {:.0} a second; {peak}", many as f64 / took.as_secs_f64());
    post.read();
    assert_eq!(post.received(), many);
}
