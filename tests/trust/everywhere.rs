//! A desk with an account on every channel, customers who write on all of them, and a team that answers.

use std::io::BufReader;
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use transom::actions::token;
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::secret;
use transom::jobs::inbound;
use transom::net::Client;
use transom::store::{self, agent, setting};
use transom::web::App;

use crate::load::ask;
use crate::traffic::{self, Delivery, KINDS, PUBLIC, Written, connect, delivery, posted, settings};

/// How many people write on each channel.
const PEOPLE: usize = 4;
const CONNECTIONS: usize = 4;
/// Between two requests of a connection: together about two hundred a second.
const PAUSE: Duration = Duration::from_millis(15);
/// Every so many requests one is an answer of the team.
const ANSWER: usize = 6;
/// An account and how its visitors know it.
#[derive(Clone)]
pub struct Account {
    pub kind: Kind,
    pub id: i64,
    key: String,
}

/// Who writes and who answers.
pub struct Team {
    pub accounts: Vec<Account>,
    /// What a program of the team signs in with.
    pub token: String,
    /// The conversations, each with its channel's kind.
    pub threads: Vec<(i64, Kind)>,
    visitors: Vec<String>,
    numbers: AtomicUsize,
}

/// Makes a desk whose providers are where `provider` says, and whose letters leave through this port; everybody has written
/// once.
pub fn prepare(db: &Path, provider: &dyn Fn(Kind) -> String, port: u16) -> Arc<Team> {
    let options = Options { public_url: PUBLIC.to_owned(), ..Options::default() };
    let desk = Arc::new(Desk::open(db, Clock::system(), Client::default(), options).unwrap());
    let kinds = KINDS.into_iter().chain([Kind::Email, Kind::Webchat]);
    let accounts = kinds.map(|kind| {
        let mut given = if kind == Kind::Webchat { Vec::new() } else { settings(kind, &provider(kind)) };
        if kind == Kind::Email {
            let port = port.to_string();
            given.extend([("smtp_host", "127.0.0.1".to_owned()), ("smtp_port", port)]);
            given.push(("smtp_security", "plain".to_owned()));
        }
        let given: Vec<(&str, &str)> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let channel = connect(&desk, kind, &given);
        Account { kind, id: channel.id.get(), key: channel.key }
    });
    let team = Team {
        accounts: accounts.collect(),
        token: member(&desk),
        threads: Vec::new(),
        visitors: (0..PEOPLE).map(|_| transom::random::token()).collect(),
        numbers: AtomicUsize::new(0),
    };
    let app = App::new(desk.clone()).unwrap();
    for account in &team.accounts {
        for _ in 0..PEOPLE {
            assert_eq!(app.handle(posted(&team.writes(account).0)).status, 200, "{:?}", account.kind);
        }
    }
    inbound::drain(&desk).unwrap();
    let threads = desk.readers.read(|c| {
        let mut found =
            c.prepare("SELECT o.id, c.kind FROM conversation o JOIN channel c ON c.id = o.channel_id")?;
        let rows = found.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        Ok::<_, store::Error>(rows.collect::<Result<Vec<_>, _>>()?)
    });
    let mut threads: Vec<_> =
        threads.unwrap().into_iter().map(|(id, kind)| (id, kind.parse().unwrap())).collect();
    assert_eq!(threads.len(), team.accounts.len() * PEOPLE);
    traffic::shuffle(&mut threads);
    Arc::new(Team { threads, ..team })
}

/// Somebody who answers at once; the word of a program of hers.
fn member(desk: &Desk) -> String {
    let (word, now) = (transom::random::token(), desk.clock.now());
    let token_hash = secret::hash(&word);
    let made = desk.writer.write(move |tx| {
        let new = agent::New { email: "ada@example.org", name: "Ada", role: Role::Admin, password_hash: "" };
        let agent = agent::insert(tx, &new, now)?;
        setting::set(tx, setting::key::UNDO_SECONDS, Some("0"))?;
        let new = token::New { agent, name: "answers".to_owned(), token_hash };
        token::create(tx, &Viewer::console(), &new, now)
    });
    made.unwrap();
    word
}

impl Team {
    /// The next thing that somebody writes on this channel, and its text.
    fn writes(&self, account: &Account) -> (Delivery, String) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (person, text, at) = (number % PEOPLE, format!("in-{number}."), Clock::system().now());
        if account.kind == Kind::Webchat {
            let delivery = Delivery {
                target: format!("/chat/{}/messages", account.key),
                media_type: "application/x-www-form-urlencoded",
                headers: vec![
                    ("X-Visitor", self.visitors[person].clone()),
                    ("Accept", "application/json".to_owned()),
                    ("Sec-Fetch-Site", "same-origin".to_owned()),
                ],
                body: format!("word=word-{number:08}&text={text}"),
            };
            return (delivery, text);
        }
        let (kind, channel) = (account.kind, account.id);
        let written = Written { kind, channel, person, number, text: text.clone(), at };
        (delivery(&written, at, ""), text)
    }

    /// The request by which a program of the team says something, or nothing, at this address of the API.
    pub fn program(&self, method: &str, path: &str, body: &Value) -> String {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let token = &self.token;
        format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: desk.example.org\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// The next answer of the team: its request and its text.
    pub fn answers(&self, thread: i64) -> (String, String) {
        let text = format!("out-{}.", self.numbers.fetch_add(1, Ordering::Relaxed));
        let body = json!({ "body": text, "by": "person", "key": text });
        (self.program("POST", &format!("/conversations/{thread}/messages"), &body), text)
    }
}

/// Everybody at work. It ends when it is stopped, or when the desk is gone.
pub struct Work {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Acknowledged>>,
    threads: Vec<JoinHandle<()>>,
}

/// The texts that the desk has said are safe.
#[derive(Default)]
pub struct Acknowledged {
    pub written: Vec<String>,
    pub answers: Vec<String>,
}

impl Work {
    pub fn begin(url: &str, team: &Arc<Team>) -> Work {
        let (stop, acknowledged): (Arc<AtomicBool>, Arc<Mutex<Acknowledged>>) = Default::default();
        let threads = (0..CONNECTIONS).map(|first| {
            let (url, team) = (url.to_owned(), team.clone());
            let (stop, acknowledged) = (stop.clone(), acknowledged.clone());
            std::thread::spawn(move || {
                let Some(mut stream) = connection(&url) else { return };
                let mut turn = first;
                while !stop.load(Ordering::Relaxed) && one(&mut stream, &team, turn, &acknowledged).is_some()
                {
                    turn += CONNECTIONS;
                    std::thread::sleep(PAUSE);
                }
            })
        });
        let threads = threads.collect();
        Work { stop, acknowledged, threads }
    }

    /// Ends it; what was acknowledged in all.
    pub fn stop(self) -> Acknowledged {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        std::mem::take(&mut *self.acknowledged.lock().unwrap())
    }
}

pub fn connection(url: &str) -> Option<BufReader<TcpStream>> {
    TcpStream::connect(url.trim_start_matches("http://").trim_end_matches('/')).ok().map(BufReader::new)
}

/// Somebody writes, or the team answers; `None` when the desk is gone.
fn one(
    stream: &mut BufReader<TcpStream>,
    team: &Team,
    turn: usize,
    acknowledged: &Mutex<Acknowledged>,
) -> Option<()> {
    if turn.is_multiple_of(ANSWER) {
        let (thread, _) = team.threads[turn / ANSWER % team.threads.len()];
        let (request, text) = team.answers(thread);
        if ask(stream, request.as_bytes())?.0 == 201 {
            acknowledged.lock().unwrap().answers.push(text);
        }
    } else {
        let (delivery, text) = team.writes(&team.accounts[turn % team.accounts.len()]);
        if ask(stream, traffic::request(&delivery).as_bytes())?.0 == 200 {
            acknowledged.lock().unwrap().written.push(text);
        }
    }
    Some(())
}
