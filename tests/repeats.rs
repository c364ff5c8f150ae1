//! T6: providers that deliver again and again, out of order, two at a time, for longer than the desk remembers deliveries.

use std::collections::BTreeMap;

use transom::desk::Options;
use transom::domain::channel::{Channel, Kind};
use transom::domain::{Span, Timestamp};
use transom::jobs::tidier::{REMEMBERED, tidy};
use transom::jobs::{Stop, inbound};
use transom::net::Client;

use crate::support::TestDesk;
use crate::support::channel::connect;
use crate::support::desk::NOON;
use crate::support::provider::nowhere;
use crate::support::traffic::{self, KINDS, PUBLIC, Written, settings, shuffle, wrapping};

/// Messages of each channel.
const EACH: usize = 72;
/// How many people write on each channel.
const PEOPLE: usize = 3;
/// On so many days something new is written.
const DAYS: usize = 35;
/// How many days after the first time each is delivered again, as far as it is: five times at most, the last time when
/// nothing is left of the first delivery.
const AGAIN: [usize; 4] = [0, 1, 20, 36];

/// What is to be delivered on each day, and whether in other bytes.
type Days = BTreeMap<usize, Vec<(Written, bool)>>;

/// What is to be delivered on each day, and everything that was written.
fn plan(channels: &[Channel]) -> (Days, Vec<Written>) {
    let (mut days, mut all) = (Days::new(), Vec::new());
    for (which, channel) in channels.iter().enumerate() {
        for n in 0..EACH {
            let (number, first) = (which * EACH + n, n % DAYS);
            // Later numbers of a day were written later.
            let at =
                NOON + Span::days(i64::try_from(first).unwrap()) + Span::minutes(i64::try_from(n).unwrap());
            let kind = channel.kind;
            let text = format!("word {number} on {}", kind.as_str());
            let channel = channel.id.get();
            let written = Written { kind, channel, person: n % PEOPLE, number, text, at };
            days.entry(first).or_default().push((written.clone(), false));
            for (time, later) in AGAIN.iter().enumerate().take(n % 5) {
                days.entry(first + later).or_default().push((written.clone(), time % 2 == 1));
            }
            // Each fifth comes once more, after everything.
            if n % 5 == 0 {
                days.entry(first + 36).or_default().push((written.clone(), false));
            }
            all.push(written);
        }
    }
    days.values_mut().for_each(|day| shuffle(day));
    (days, all)
}

fn post(desk: &TestDesk, written: &Written, other_bytes: bool) {
    let more = if other_bytes { wrapping(written.kind) } else { "" };
    let delivery = traffic::delivery(written, desk.now(), more);
    assert_eq!(desk.ask(traffic::posted(&delivery)).status, 200, "{}", written.text);
}

/// Posts what comes on a day over two connections and reads it meanwhile; what is long dealt with goes.
fn live_through(desk: &TestDesk, day: &[(Written, bool)]) {
    let (one, two) = day.split_at(day.len() / 2);
    std::thread::scope(|threads| {
        for half in [one, two] {
            threads.spawn(move || half.iter().for_each(|(written, other)| post(desk, written, *other)));
        }
        inbound::drain(&desk.desk).unwrap();
    });
    inbound::drain(&desk.desk).unwrap();
    tidy(&desk.desk, &Stop::default()).unwrap();
}

/// Texts as they are kept, each with its time.
fn kept(desk: &TestDesk) -> Vec<(String, Timestamp)> {
    let mut all: Vec<(String, Timestamp)> = desk.read(|c| {
        let mut found = c.prepare("SELECT trim(body), at FROM message WHERE kind = 'inbound'")?;
        let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    });
    all.sort();
    all
}

#[test]
fn what_comes_five_times_in_any_order_over_ten_weeks_is_there_once_with_its_own_time() {
    let client = Client { allow_private: true, ..Client::default() };
    let desk = TestDesk::with(client, Options { public_url: PUBLIC.to_owned(), ..Options::default() });
    let api = nowhere();
    let connected = |kind: Kind| {
        let given = settings(kind, &api);
        let given: Vec<(&str, &str)> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
        connect(&desk, kind, &given)
    };
    let channels: Vec<Channel> = KINDS.into_iter().chain([Kind::Email]).map(connected).collect();
    let (days, mut all) = plan(&channels);
    let mut today = 0;
    for (day, posts) in &days {
        desk.pass(Span::days(i64::try_from(day - today).unwrap()));
        today = *day;
        // Everybody of the day has written by its evening.
        desk.pass(Span::hours(8));
        live_through(&desk, posts);
        desk.pass(Span(-Span::hours(8).0));
    }
    let oldest: i64 = desk.count("SELECT min(received_at) FROM inbound");
    assert!(Timestamp(oldest) > desk.now() - REMEMBERED, "the first deliveries are forgotten by then");
    assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state <> 'done'"), 0);
    let deliveries: usize = days.values().map(Vec::len).sum();
    let found = kept(&desk);
    println!("T6: {} messages in {deliveries} deliveries on {} days", found.len(), days.len());
    all.sort_by(|a, b| a.text.cmp(&b.text));
    let texts = |all: &[Written]| all.iter().map(|written| written.text.clone()).collect::<Vec<_>>();
    assert_eq!(found.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>(), texts(&all));
    for (written, (text, at)) in all.iter().zip(&found) {
        // Whole seconds are what some providers tell, and the number's provider tells no time: its first delivery counts.
        let apart = at.since(written.at).0;
        let within = if written.kind == Kind::Sms { 0..=Span::hours(8).0 } else { -999..=0 };
        assert!(within.contains(&apart), "{text}: {apart} ms");
    }
    in_order(&desk, &all);
}

/// Each person has one conversation, unread as often as they wrote, whose row quotes the newest of their words by the
/// provider's time, whatever came last.
fn in_order(desk: &TestDesk, all: &[Written]) {
    let mut last = BTreeMap::<(i64, usize), &Written>::new();
    for written in all.iter().filter(|written| written.kind != Kind::Sms) {
        let newest = last.entry((written.channel, written.person)).or_insert(written);
        if written.at > newest.at {
            *newest = written;
        }
    }
    let people = (KINDS.len() + 1) * PEOPLE;
    assert_eq!(desk.count("SELECT count(*) FROM conversation"), i64::try_from(people).unwrap());
    assert_eq!(desk.count("SELECT sum(unread) FROM conversation"), i64::try_from(all.len()).unwrap());
    let mut wanted: Vec<String> = last.values().map(|written| written.text.clone()).collect();
    let mut quoted: Vec<String> = desk.read(|c| {
        let mut found = c.prepare(
            "SELECT o.snippet FROM conversation o JOIN channel c ON c.id = o.channel_id WHERE c.kind <> 'sms'",
        )?;
        let rows = found.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    });
    wanted.sort();
    quoted.sort();
    assert_eq!(quoted, wanted);
}
