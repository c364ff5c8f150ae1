//! T3: a desk with every channel that is killed while customers write and the team answers. What was acknowledged is
//! there once, and a text has left once or somebody is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use transom::domain::channel::Kind;
use transom::store::open;

use crate::everywhere::{Acknowledged, Team, Work, connection, prepare};
use crate::load::ask;
use crate::process::{PATIENCE, Served};
use crate::provider::{Say, Seen, StandIn};
use crate::relay::{Manner, Relay};
use crate::times;
use crate::traffic::{KINDS, TOKEN, taken};
use crate::verdict::Tally;

/// How long a provider takes for an answer: long enough for kills to fall into it.
const ANSWERS: Duration = Duration::from_millis(150);

/// Everybody to whom texts leave.
pub struct Outside {
    apis: Vec<(Kind, StandIn)>,
    pub relay: Relay,
}

/// How often a text left: without a key, and under each key.
#[derive(Default, Debug)]
pub struct Left {
    plain: usize,
    keys: BTreeMap<String, usize>,
}

impl Left {
    fn times(&self) -> usize {
        self.plain + self.keys.values().sum::<usize>()
    }
}

impl Outside {
    /// Everybody takes so long for an answer.
    pub fn open(answers: Duration) -> Outside {
        let apis = KINDS.map(|kind| {
            let (api, (word, fine)) = (StandIn::new(), taken(kind));
            api.say(TOKEN.0, &[Say::Answer(200, TOKEN.1.to_owned())]);
            api.say(word, &[Say::Late(answers, fine)]);
            (kind, api)
        });
        Outside { apis: apis.into_iter().collect(), relay: Relay::start(Manner::Takes, &[]) }
    }

    /// The kinds of those who are called over HTTP.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.apis.iter().map(|(kind, _)| *kind)
    }

    /// Where the provider of this kind is.
    pub fn of(&self, kind: Kind) -> String {
        self.apis.iter().find(|(known, _)| *known == kind).map_or(String::new(), |(_, api)| api.url.clone())
    }

    /// Every text of ours that arrived anywhere.
    pub fn left(&self) -> BTreeMap<String, Left> {
        let mut all = BTreeMap::<String, Left>::new();
        for (kind, api) in &self.apis {
            for seen in api.seen_at(taken(*kind).0) {
                let Some(text) = text(&String::from_utf8_lossy(&seen.body)) else { continue };
                note(all.entry(text).or_default(), &key(&seen));
            }
        }
        for letter in self.relay.letters() {
            let id = letter.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
            note(all.entry(text(&letter).unwrap()).or_default(), id);
        }
        all
    }
}

fn note(left: &mut Left, key: &str) {
    match key {
        "" => left.plain += 1,
        key => *left.keys.entry(key.to_owned()).or_default() += 1,
    }
}

/// By what the provider knows a repetition.
fn key(seen: &Seen) -> String {
    seen.header("idempotency-key").to_owned() + seen.header("x-line-retry-key")
}

/// The text of ours that stands in this.
fn text(body: &str) -> Option<String> {
    let from = body.find("out-")?;
    let end = body[from..].find('.')?;
    Some(body[from..=from + end].to_owned())
}

/// A text that was on its way at a kill.
struct OnItsWay {
    message: i64,
    channel: i64,
    text: String,
}

/// Reads the file of a desk that is not running.
fn rows<T>(db: &Path, query: &str, read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    let (connection, _held) = open::open(db).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    let found = statement.query_map([], |row| read(row)).unwrap();
    found.collect::<Result<_, _>>().unwrap()
}

fn on_their_way(db: &Path) -> Vec<OnItsWay> {
    let query = "SELECT m.id, o.channel_id, m.body FROM outbox o JOIN message m ON m.id = o.message_id \
                 WHERE o.state = 'sending'";
    rows(db, query, |row| Ok(OnItsWay { message: row.get(0)?, channel: row.get(1)?, text: row.get(2)? }))
}

/// Asks what became of the texts that were on their way at the kill before. Where nobody knows, somebody looks at the
/// customer's telephone and says it; how often.
fn settle(url: &str, team: &Team, lost: &[OnItsWay], outside: &Outside) -> usize {
    let mut stream = connection(url).unwrap();
    let mut say = |method: &str, path: &str, body: &Value| {
        let (status, said) = ask(&mut stream, team.program(method, path, body).as_bytes()).unwrap();
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&said));
        serde_json::from_slice::<Value>(&said).unwrap()
    };
    let mut asked = 0;
    for one in lost {
        let path = format!("/messages/{}", one.message);
        let begun = Instant::now();
        let state = loop {
            let state = say("GET", &path, &Value::Null)["state"].as_str().unwrap().to_owned();
            if state != "sending" {
                break state;
            }
            assert!(begun.elapsed() < PATIENCE, "{} is on its way for ever", one.text);
            std::thread::sleep(Duration::from_millis(20));
        };
        if state == "unsure" {
            asked += 1;
            let verdict = if outside.left().contains_key(&one.text) { "sent" } else { "send_again" };
            say("POST", &format!("{path}/settle"), &json!({ "verdict": verdict, "by": "person" }));
        }
    }
    asked
}

/// Waits until nothing is to be sent any more.
fn until_sent(db: &Path) {
    let begun = Instant::now();
    loop {
        let connection = rusqlite::Connection::open(db).unwrap();
        let left: i64 = connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).unwrap();
        drop(connection);
        if left == 0 {
            return;
        }
        assert!(begun.elapsed() < PATIENCE * 6, "{left} are not sent");
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn killed_on_every_channel_nothing_is_lost_and_what_nobody_knows_is_asked_once_a_kill_and_channel() {
    let outside = Outside::open(ANSWERS);
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let team = prepare(&db, &|kind| outside.of(kind), outside.relay.port);
    let (mut lost, mut tally, mut all) = (Vec::new(), Tally::default(), Acknowledged::default());
    let (mut on_way, mut most, mut asked) = (0, 0, 0);
    let mut met = BTreeMap::<String, usize>::new();
    for _ in 0..times(3, 60) {
        tally.tried += 1;
        let served = Served::with(&db, &["serve"], "Transom serves");
        asked += settle(&served.url, &team, &lost, &outside);
        let work = Work::begin(&served.url, &team);
        std::thread::sleep(Duration::from_millis(400 + transom::random::number() % 1200));
        // Letting it go kills it (SIGKILL).
        drop(served);
        let acknowledged = work.stop();
        all.written.extend(acknowledged.written);
        all.answers.extend(acknowledged.answers);
        tally.judge(&db, &[]);
        lost = on_their_way(&db);
        let channels: BTreeSet<i64> = lost.iter().map(|one| one.channel).collect();
        assert_eq!(channels.len(), lost.len(), "one channel had two texts on their way");
        on_way += lost.len();
        most = most.max(lost.len());
        lost.iter().for_each(|one| *met.entry(one.text.clone()).or_default() += 1);
    }
    let served = Served::with(&db, &["serve"], "Transom serves");
    asked += settle(&served.url, &team, &lost, &outside);
    until_sent(&db);
    assert!(served.stop(), "it stops well");
    tally.judge(&db, &[]);
    assert!(tally.damaged.is_empty(), "{:?}", tally.damaged);
    assert!(asked <= on_way, "{asked} were asked for and {on_way} were on their way");
    all_written_once(&db, &all.written);
    // Once, and once more for each kill that met it.
    let most_times = |text: &str| 1 + met.get(text).copied().unwrap_or(0);
    let again = all_sent_once(&db, &all.answers, &outside, &most_times);
    println!(
        "kill -9 on every channel: tried {}, lost 0 of {} deliveries and 0 of {} answers, on their way at the kills {on_way} \
         (at most {most} at once), {asked} asked for, {again} sent again under the same key, damaged 0",
        tally.tried,
        all.written.len(),
        all.answers.len()
    );
}

fn all_written_once(db: &Path, written: &[String]) {
    assert!(!written.is_empty());
    let found = rows(db, "SELECT trim(body, char(10, 13, 32)) FROM message WHERE kind = 'inbound'", |row| {
        row.get::<_, String>(0)
    });
    let mut there = BTreeMap::<&str, usize>::new();
    for text in &found {
        *there.entry(text).or_default() += 1;
    }
    let wrong: Vec<_> = written.iter().filter(|text| !there.contains_key(text.as_str())).collect();
    assert!(wrong.is_empty(), "acknowledged and lost: {wrong:?}");
    there.retain(|_, times| *times > 1);
    assert!(there.is_empty(), "more than once: {there:?}");
}

/// Every answer stands once in the file, as sent, and left once, as far as its provider can know. How often one was
/// sent again under the same key, which is fewer than `most` times.
pub fn all_sent_once(
    db: &Path,
    answers: &[String],
    outside: &Outside,
    most: &dyn Fn(&str) -> usize,
) -> usize {
    assert!(!answers.is_empty());
    let query = "SELECT m.body, m.state, c.kind FROM message m JOIN conversation o ON o.id = m.conversation_id \
                 JOIN channel c ON c.id = o.channel_id WHERE m.kind = 'outbound'";
    let found = rows(db, query, |row| {
        Ok((row.get::<_, String>(0)?, (row.get::<_, String>(1)?, row.get::<_, String>(2)?)))
    });
    let count = found.len();
    let there: BTreeMap<String, (String, String)> = found.into_iter().collect();
    assert_eq!(there.len(), count, "an answer stands there twice");
    let wrong: Vec<_> = answers.iter().filter(|text| !there.contains_key(*text)).collect();
    assert!(wrong.is_empty(), "acknowledged and lost: {wrong:?}");
    let (mut left, mut again) = (outside.left(), 0);
    for (text, (state, kind)) in &there {
        assert_eq!(state, "sent", "{text} on {kind}");
        let left = left.remove(text).unwrap_or_default();
        let told = || format!("{text} on {kind}: {left:?}");
        match kind.parse().unwrap() {
            Kind::Webchat => assert_eq!(left.times(), 0, "{}", told()),
            // The provider executes a key once, however often a kill meets the message again. A mailbox shows each letter,
            // so that a letter is repeated one time and then asked for.
            kind @ (Kind::Custom | Kind::Line | Kind::Email) => {
                assert_eq!(left.plain + left.keys.len(), 1, "{}", told());
                assert!(left.times() <= most(text), "{}", told());
                assert!(kind != Kind::Email || left.times() <= 2, "{}", told());
                again += left.times() - 1;
            }
            _ => assert_eq!((left.plain, left.keys.len()), (1, 0), "{}", told()),
        }
    }
    assert!(left.is_empty(), "nobody wrote {left:?}");
    again
}
