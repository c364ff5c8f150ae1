//! The real program, killed in the middle of sending, twenty times: nothing is lost and nothing is sent twice.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::TestDesk;
use crate::support::channel::{connect, message_of, thread, viewer, whatsapp, wrote};
use crate::support::desk::Person;
use crate::support::process::{PATIENCE, Served};
use crate::support::provider::{Say, StandIn};
use serde_json::Value;
use transom::actions::reply::{self, Reply};
use transom::actions::settle::{self, Verdict};
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::Conversation;
use transom::domain::message::{Message, State};
use transom::domain::{Id, Timestamp};
use transom::jobs::outbox as job;
use transom::net::Client;
use transom::store::{Connection, setting};
use transom::web::App;

const KILLS: u64 = 20;
const THREADS: usize = 30;
const EACH: usize = 8;

/// The desk in this process, at the world's own time.
fn open(path: &Path) -> TestDesk {
    let desk = Desk::open(path, Clock::system(), Client::default(), Options::default()).unwrap();
    let desk = Arc::new(desk);
    let app = App::new(desk.clone()).unwrap();
    TestDesk { desk, app, folder: tempfile::tempdir().unwrap() }
}

/// Queues eight messages in each of thirty conversations and names each by its text.
fn fill(desk: &TestDesk, by: &Person, channel: &Channel, (kind, word): (AddressKind, &str)) {
    for n in 0..THREADS {
        let value =
            if kind == AddressKind::Whatsapp { format!("+346000000{n:02}") } else { format!("eva-{n}") };
        let there = thread(desk, channel, kind, &value);
        wrote(desk, channel, &there, desk.now());
        for m in 0..EACH {
            queue(desk, by, &there, &format!("{word} {n:02} {m}"));
        }
    }
}

fn queue(desk: &TestDesk, by: &Person, there: &Conversation, body: &str) -> Id<Message> {
    let order = Reply {
        conversation: there.id,
        body: body.to_owned(),
        template: None,
        attachments: Vec::new(),
        reply_to: None,
        seen: None,
        key: None,
    };
    let (by, now) = (viewer(by), desk.now());
    desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now)).unwrap()
}

/// Every message of ours with its text and state.
fn ours(connection: &Connection) -> transom::store::Result<Vec<(Id<Message>, String, String)>> {
    let mut statement =
        connection.prepare("SELECT id, body, state FROM message WHERE kind = 'outbound' ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How often each text arrived at WhatsApp, and under which keys at the custom channel.
fn arrived(provider: &StandIn) -> (BTreeMap<String, usize>, BTreeMap<String, Vec<String>>) {
    let (mut counted, mut keyed) = (BTreeMap::new(), BTreeMap::<String, Vec<String>>::new());
    for seen in provider.seen().into_iter().filter(|seen| seen.method == "POST") {
        let body = seen.json();
        match body["text"]["body"].as_str() {
            Some(text) => *counted.entry(text.to_owned()).or_default() += 1,
            None => {
                let keys = keyed.entry(body["body"].as_str().unwrap().to_owned()).or_default();
                let key = seen.header("idempotency-key").to_owned();
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
    }
    (counted, keyed)
}

/// Waits until the provider has seen `more` requests more, or nothing is sent any longer.
fn watch(provider: &StandIn, more: usize) {
    let wanted = provider.seen().len() + more;
    let begun = Instant::now();
    while provider.seen().len() < wanted && begun.elapsed() < Duration::from_secs(3) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn killed_twenty_times_every_message_is_sent_once_or_says_that_nobody_knows() {
    let provider = StandIn::new();
    provider.say("/messages", &[Say::Late(Duration::from_millis(3), "{\"messages\":[]}".into())]);
    provider.say("/out", &[Say::Late(Duration::from_millis(3), "{}".into())]);
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    prepare(&db, &provider);

    for _ in 0..KILLS {
        let served = Served::with(&db, &["serve"], "Transom serves");
        watch(&provider, usize::try_from(transom::random::number() % 20).unwrap());
        std::thread::sleep(Duration::from_micros(transom::random::number() % 8000));
        // Letting it go kills it (SIGKILL).
        drop(served);
    }
    assert!(provider.seen().len() > 30, "it was killed while it worked");

    let desk = open(&db);
    job::recover(&desk.desk);
    let (counted, keyed) = arrived(&provider);
    let all = desk.read(ours);
    assert_eq!(all.len(), 2 * THREADS * EACH);
    for (_, text, state) in all.iter().filter(|(_, text, _)| text.starts_with("no key")) {
        let times = counted.get(text).copied().unwrap_or(0);
        match state.as_str() {
            "sent" => assert_eq!(times, 1, "{text}"),
            "queued" => assert_eq!(times, 0, "{text}"),
            "unsure" => assert!(times <= 1, "{text}: {times}"),
            other => panic!("{text} is {other}"),
        }
    }
    assert!(keyed.values().all(|keys| keys.len() == 1), "a repeated message keeps its key");

    // A person looks at the customer's telephone, and everything has been sent once.
    settle_all(&desk, &provider);
    let (counted, keyed) = arrived(&provider);
    for (_, text, state) in desk.read(ours) {
        assert_eq!(state, "sent", "{text}");
        let there = if text.starts_with("no key") { counted[&text] } else { keyed[&text].len() };
        assert_eq!(there, 1, "{text}");
    }
    in_order(&provider);
}

fn prepare(db: &Path, provider: &StandIn) {
    let desk = open(db);
    desk.write(|tx| setting::set(tx, setting::key::UNDO_SECONDS, Some("0")));
    let marta = desk.person("Marta", Role::Agent);
    fill(&desk, &marta, &whatsapp(&desk, &provider.url), (AddressKind::Whatsapp, "no key"));
    let out = format!("{}/out", provider.url);
    let custom = connect(&desk, Kind::Custom, &[("secret", "s"), ("outbound_url", &out)]);
    fill(&desk, &marta, &custom, (AddressKind::Custom, "by key"));
}

/// Decides about every unsure message by what really arrived, and sends the rest.
fn settle_all(desk: &TestDesk, provider: &StandIn) {
    let by = viewer(&desk.person("Otto", Role::Admin));
    let begun = Instant::now();
    while desk.read(ours).iter().any(|(_, _, state)| state != "sent") {
        assert!(begun.elapsed() < PATIENCE * 2, "something is stuck");
        let (counted, _) = arrived(provider);
        for (id, text, state) in desk.read(ours) {
            if state == "unsure" {
                let verdict = if counted.contains_key(&text) { Verdict::Sent } else { Verdict::SendAgain };
                let (by, now): (_, Timestamp) = (by.clone(), desk.now());
                desk.desk.writer.write(move |tx| settle::settle(tx, &by, id, verdict, now)).unwrap();
                assert_ne!(message_of(desk, id).state, State::Unsure);
            }
        }
        // What was repeated by key waits for its pause; it need not here.
        desk.write(|tx| Ok(tx.execute("UPDATE outbox SET due_at = 0 WHERE state = 'queued'", [])?));
        job::drain(&desk.desk);
    }
}

/// Within a conversation messages arrived in the order in which they were written.
fn in_order(provider: &StandIn) {
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    for seen in provider.seen().into_iter().filter(|seen| seen.method == "POST") {
        let body: Value = seen.json();
        let text = body["text"]["body"].as_str().or(body["body"].as_str()).unwrap().to_owned();
        let (there, number) = text.rsplit_once(' ').unwrap();
        let before = last.insert(there.to_owned(), number.to_owned());
        assert!(before.is_none_or(|before| before.as_str() <= number), "{text}");
    }
}
