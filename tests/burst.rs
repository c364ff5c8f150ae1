//! A burst: a thousand deliveries of every kind of channel that is delivered to at sixteen connections, a fifth of them twice.

use std::collections::{BTreeSet, VecDeque};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use transom::desk::Options;
use transom::domain::channel::{Channel, Kind};
use transom::jobs;
use transom::net::Client as Outside;
use transom::web::App;
use transom::web::front::Front;

use crate::front::harness::{Client, settings};
use crate::support::TestDesk;
use crate::support::channel::connect;
use crate::support::desk::NOON;
use crate::support::provider::nowhere;
use crate::support::traffic::{
    Delivery, KINDS, PUBLIC, Written, delivery, request, settings as settings_of, shuffle, wrapping,
};

const MESSAGES: usize = 800;
const TWICE: usize = 200;
const CONNECTIONS: usize = 16;
/// How many people write on each channel.
const PEOPLE: usize = 16;
#[test]
fn a_burst_with_a_fifth_twice_loses_and_doubles_nothing() {
    let desk = desk();
    let channels: Vec<Channel> = KINDS.iter().map(|kind| connected(&desk, *kind)).collect();
    let deliveries = deliveries(&channels);
    assert_eq!(deliveries.len(), MESSAGES + TWICE);
    let running = jobs::start(&desk.desk).unwrap();
    let front = Front::start(settings(), Arc::new(App::new(desk.desk.clone()).unwrap())).unwrap();
    let began = Instant::now();
    let mut answers = post_all(front.address(), deliveries);
    let took = began.elapsed();
    desk.until(|desk| desk.count("SELECT count(*) FROM inbound WHERE state = 'new'") == 0);
    running.stop();
    drop(front);
    answers.sort_by_key(|(_, waited)| *waited);
    let per_second = (MESSAGES + TWICE) as u128 * 1000 / took.as_millis().max(1);
    let (_, p99) = answers[answers.len() * 99 / 100];
    let (_, longest) = answers[answers.len() - 1];
    println!("burst: {per_second} deliveries/s, p99 {p99:?}, longest {longest:?}");
    let refused: Vec<u16> =
        answers.iter().map(|(status, _)| *status).filter(|status| *status != 200).collect();
    assert_eq!((answers.len(), refused), (MESSAGES + TWICE, Vec::new()));
    all_once(&desk);
}

/// Nothing lost, nothing doubled, and each person in one conversation.
fn all_once(desk: &TestDesk) {
    let bodies: Vec<String> = desk.read(|c| {
        let mut found = c.prepare("SELECT body FROM message WHERE kind = 'inbound'")?;
        let rows = found.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<Vec<String>, _>>()?)
    });
    let different: BTreeSet<&String> = bodies.iter().collect();
    assert_eq!((bodies.len(), different.len()), (MESSAGES, MESSAGES));
    assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state <> 'done'"), 0);
    let people = i64::try_from(PEOPLE * KINDS.len()).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM contact"), people);
    assert_eq!(desk.count("SELECT count(*) FROM conversation"), people);
    assert_eq!(desk.count("SELECT sum(unread) FROM conversation"), i64::try_from(MESSAGES).unwrap());
    assert_eq!(desk.count("SELECT sum(open + snoozed + closed) FROM folder_count"), people);
}

/// A desk that knows its public address, which one provider signs.
fn desk() -> TestDesk {
    let client = Outside { allow_private: true, ..Outside::default() };
    TestDesk::with(client, Options { public_url: PUBLIC.to_owned(), ..Options::default() })
}

fn connected(desk: &TestDesk, kind: Kind) -> Channel {
    let given = settings_of(kind, &nowhere());
    let given: Vec<(&str, &str)> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
    connect(desk, kind, &given)
}

/// Every message once and every fifth another time, the one half of these byte for byte and the other in new
/// wrapping, in an order that mixes them all.
fn deliveries(channels: &[Channel]) -> Vec<Delivery> {
    let mut all = Vec::new();
    for number in 0..MESSAGES {
        let channel = &channels[number % channels.len()];
        let round = number / channels.len();
        let person = round % PEOPLE;
        let written = Written {
            kind: channel.kind,
            channel: channel.id.get(),
            person,
            number,
            text: format!("message {number} on {}", channel.kind.as_str()),
            at: NOON,
        };
        all.push(delivery(&written, NOON, ""));
        if round.is_multiple_of(MESSAGES / TWICE) {
            let again = if round.is_multiple_of(8) { "" } else { wrapping(channel.kind) };
            all.push(delivery(&written, NOON, again));
        }
    }
    shuffle(&mut all);
    all
}

/// Posts everything, each connection taking the next one; the status of each with how long it took.
fn post_all(to: std::net::SocketAddr, deliveries: Vec<Delivery>) -> Vec<(u16, Duration)> {
    let waiting = Mutex::new(VecDeque::from(deliveries));
    let next = || waiting.lock().unwrap().pop_front();
    let connection = || {
        let socket = TcpStream::connect(to).unwrap();
        socket.set_nodelay(true).unwrap();
        let mut client = Client { socket, heard: Vec::new() };
        let mut answers = Vec::new();
        while let Some(delivery) = next() {
            let began = Instant::now();
            client.say(request(&delivery));
            answers.push((client.answer().status, began.elapsed()));
        }
        answers
    };
    std::thread::scope(|threads| {
        let all: Vec<_> = (0..CONNECTIONS).map(|_| threads.spawn(connection)).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    })
}
