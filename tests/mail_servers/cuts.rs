//! T9, T10: the line to a mail server is cut wherever it can be, and the program is killed there. Every letter arrives.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use transom::domain::contact::AddressKind;
use transom::domain::message::{Message, State};
use transom::domain::{Id, Span};
use transom::jobs::{inbound, outbox, poll};

use super::outward::desk_with;
use super::{Post, until};
use crate::support::TestDesk;
use crate::support::channel::{message_of, thread};
use crate::support::process::Served;
use crate::support::relay::{Manner, Relay};

/// A line to a server that is cut after so many bytes of what the server says.
struct Line {
    port: u16,
    most: Arc<AtomicUsize>,
    /// What the server said on the last connection.
    said: Arc<Mutex<Vec<u8>>>,
}

impl Line {
    fn to(server: u16) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = Line { port, most: Arc::new(AtomicUsize::new(usize::MAX)), said: Arc::default() };
        let (most, said) = (line.most.clone(), line.said.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Both);
                });
                let (most, said) = (most.load(Ordering::SeqCst), said.clone());
                std::thread::spawn(move || pass(server, client, most, &said));
            }
        });
        line
    }

    fn cut_after(&self, bytes: usize) {
        self.most.store(bytes, Ordering::SeqCst);
    }
}

/// Passes on what the server says, up to so many bytes; then neither hears anything more.
fn pass(mut server: TcpStream, mut client: TcpStream, most: usize, said: &Mutex<Vec<u8>>) {
    said.lock().unwrap().clear();
    let (mut left, mut buffer) = (most, [0; 16 * 1024]);
    while left > 0 {
        let Ok(read) = server.read(&mut buffer) else { break };
        let passed = read.min(left);
        if read == 0 || client.write_all(&buffer[..passed]).is_err() {
            break;
        }
        said.lock().unwrap().extend_from_slice(&buffer[..passed]);
        left -= passed;
    }
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}

/// Where to cut what a server said: within the greeting, within and between lines, before, at, in and after each literal.
fn places(said: &[u8]) -> Vec<usize> {
    let text = String::from_utf8_lossy(said);
    let mut places = vec![0, 1, 10];
    let mut at = 0;
    for line in text.split_inclusive("\r\n") {
        let end = at + line.len();
        // Of the lines of a letter a few say as much as all.
        if line.starts_with(['*', ')']) || line.contains("OK") || line.contains("{") {
            places.extend([at + line.len() / 2, end - 2, end - 1, end]);
        }
        if line.trim_end().ends_with('}') {
            places.extend([end + 1, end + 40]);
        }
        at = end;
    }
    places.sort_unstable();
    places.dedup();
    places.retain(|place| *place < said.len());
    // The long form tries each of them.
    let step = if std::env::var_os("TRANSOM_LONG").is_some() { 1 } else { 4 };
    places.into_iter().step_by(step).collect()
}

/// Cuts the line at each place while a new letter waits, and looks that each letter came once.
fn each_letter_comes_once(post: &Post, line: &Line, places: &[usize]) {
    let (mut count, mut broken) = (post.received(), 0);
    for (number, place) in places.iter().enumerate() {
        let text = format!(
            "From: Eva <eva@shop.test>\nTo: help@shop.test\nSubject: cut {place}\nMessage-ID: <cut{place}@eva>\n\nText {place}.\n{}\n",
            "words and words and words\n".repeat(20)
        );
        post.servers.drop_letter("help", &format!("{}.M{number}P2.eva", 1_790_000_000 + number), &text);
        line.cut_after(*place);
        if !matches!(poll::once(&post.desk.desk, post.channel.id), Some(Ok(()))) {
            broken += 1;
        }
        inbound::drain(&post.desk.desk).unwrap();
        assert!(post.received() <= count + 1, "cut after {place} bytes");
        line.cut_after(usize::MAX);
        post.read();
        count += 1;
        assert_eq!(post.received(), count, "cut after {place} bytes");
    }
    println!("{} cuts, {broken} of them told, every letter once", places.len());
    assert!(broken * 2 > places.len(), "the line was hardly ever cut: {broken} of {}", places.len());
    let whole = post.count(
        "SELECT count(*) FROM message WHERE kind = 'inbound' AND body LIKE 'Text %words and words and words'",
    );
    assert_eq!(usize::try_from(whole).unwrap(), places.len(), "each of them whole");
}

#[test]
fn t10_a_mailbox_whose_line_is_cut_at_each_class_of_bytes_gives_each_letter_once() {
    let Some(post) = Post::open(&[("imap_security", "plain"), ("imap_host", "127.0.0.1")]) else { return };
    let line = Line::to(post.servers.imap);
    post.change(&[("imap_port", line.port.to_string())]);
    post.read();
    post.servers.customer_writes("Text", "Text first");
    post.servers.arrived("help", 1);
    // One look, uncut, says where there is something to cut.
    poll::once(&post.desk.desk, post.channel.id).unwrap().unwrap();
    let said = line.said.lock().unwrap().clone();
    post.read();
    let places = places(&said);
    let literal = String::from_utf8_lossy(&said).contains("}\r\n");
    assert!(literal && places.len() > 10, "{}", String::from_utf8_lossy(&said));
    each_letter_comes_once(&post, &line, &places);
}

#[test]
fn t10_the_same_within_tls() {
    let Some(post) = Post::open(&[]) else { return };
    let line = Line::to(post.servers.imaps);
    post.change(&[("imap_port", line.port.to_string())]);
    post.read();
    post.servers.customer_writes("Text", "Text first");
    post.servers.arrived("help", 1);
    poll::once(&post.desk.desk, post.channel.id).unwrap().unwrap();
    let whole = line.said.lock().unwrap().len();
    post.read();
    let places: Vec<usize> = (0..10).map(|tenth| 3 + tenth * whole / 10).collect();
    each_letter_comes_once(&post, &line, &places);
}

/// Marta's answer to Eva, which waits to leave.
fn answer(desk: &TestDesk, channel: &transom::domain::channel::Channel) -> Id<Message> {
    let thread = thread(desk, channel, AddressKind::Email, "eva@example.org");
    let marta = desk.person("Marta", transom::domain::agent::Role::Admin);
    desk.answers(&marta, thread.id, "Hello, this is a text of some length.")
}

/// How many letters came, and under how many names.
fn letters(relay: &Relay) -> (usize, usize) {
    let letters = relay.letters();
    let name =
        |letter: &String| letter.lines().find(|line| line.starts_with("Message-ID")).map(str::to_owned);
    let names: std::collections::BTreeSet<_> = letters.iter().filter_map(name).collect();
    (letters.len(), names.len())
}

#[test]
fn t9_wherever_the_line_to_a_server_is_cut_the_letter_arrives_once_or_twice_under_one_name() {
    let cuts = [
        (Manner::Cuts("EHLO"), 1),
        (Manner::Cuts("MAIL"), 1),
        (Manner::Cuts("RCPT"), 1),
        (Manner::Cuts("DATA"), 1),
        // What may have been taken is repeated once under its name.
        (Manner::Vanishes, 2),
        // It was taken; what comes after that is nobody's concern.
        (Manner::Cuts("QUIT"), 1),
    ];
    for (number, (manner, wanted)) in cuts.into_iter().enumerate() {
        let relay = Relay::start(manner, &[]);
        let (desk, channel) = desk_with(&relay);
        let id = answer(&desk, &channel);
        desk.pass(Span::seconds(30));
        outbox::drain(&desk.desk);
        relay.changes(Manner::Takes);
        for _ in 0..6 {
            desk.pass(Span::hours(3));
            outbox::drain(&desk.desk);
        }
        assert_eq!(message_of(&desk, id).state, State::Sent, "cut {number}");
        assert_eq!(letters(&relay), (wanted, 1), "cut {number}");
    }
}

#[test]
fn t9_a_program_that_is_killed_while_it_hands_over_a_letter_says_so_and_repeats_it_at_most_once() {
    for at in ["EHLO", "DATA", "250"] {
        let relay = Relay::start(Manner::Takes, &[]);
        let (desk, channel) = desk_with(&relay);
        let id = answer(&desk, &channel);
        let TestDesk { app, desk, folder, .. } = desk;
        let path = desk.path.clone();
        drop((app, desk));
        relay.changes(Manner::Kills(at));
        let served = Served::with(&path, &["serve"], "Transom serves");
        relay.victim.store(i32::try_from(served.id()).unwrap(), Ordering::SeqCst);
        until("it was killed", || relay.victim.load(Ordering::SeqCst) == 0);
        drop(served);
        relay.changes(Manner::Takes);
        let served = Served::with(&path, &["serve"], "Transom serves");
        let state = || -> String {
            let connection = transom::store::readers::open(&path).unwrap();
            connection.query_row("SELECT state FROM message WHERE id = ?1", [id], |row| row.get(0)).unwrap()
        };
        // What left is known to have left, or nobody knows and a person is asked; nothing waits for ever.
        until(at, || ["sent", "unsure"].contains(&state().as_str()));
        let (count, names) = letters(&relay);
        assert!(count <= 2 && names <= 1, "{at}: {count} letters under {names} names");
        println!("killed at {at}: {}, {count} letters", state());
        assert!(served.stop());
        drop(folder);
    }
}
