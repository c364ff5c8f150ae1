//! A desk in this process, on a disk that is watched: customers write, agents answer, a provider takes what leaves.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use transom::actions::reply::{self, Reply};
use transom::actions::setting;
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::Id;
use transom::domain::access::Viewer;
use transom::domain::agent::{Agent, Role};
use transom::domain::window::Sender;
use transom::jobs::{self, Jobs};
use transom::net::Client;
use transom::store::setting::key;
use transom::store::{self, agent};
use transom::web::App;
use transom::web::http::{Method, Request};

use crate::disk::Disk;
use crate::ending::{Ending, until_within};
use crate::load;
use crate::process::PATIENCE;

/// Something that was acknowledged, and how much had happened on the disk by then.
pub type Acknowledged = Arc<Mutex<Vec<(String, usize)>>>;

/// A desk that is in use.
pub struct Inside {
    pub desk: Arc<Desk>,
    pub app: Arc<App>,
    pub disk: Arc<Disk>,
    pub db: PathBuf,
    pub hook: String,
    /// The idempotency keys that the provider has taken.
    pub taken: Acknowledged,
    /// The file and its log as they lay there before.
    pub begun: (Vec<u8>, Vec<u8>),
    jobs: Option<Jobs>,
}

/// Everything that was acknowledged to somebody.
#[derive(Default)]
pub struct Said {
    pub deliveries: Acknowledged,
    /// The one-time keys of replies.
    pub replies: Acknowledged,
    /// The numbers in the team's name.
    pub settings: Acknowledged,
}

impl Inside {
    /// Opens a new desk in `folder`.
    pub fn new(folder: &Path) -> Inside {
        let db = folder.join("transom.db");
        let taken = Acknowledged::default();
        let disk = Disk::under(folder);
        let watched = disk.clone();
        let url = provider(taken.clone(), move || watched.position());
        let hook = load::prepare_with(&db, &[&format!("outbound_url={url}")]);
        let log = store::pairing::beside(&db, "-wal");
        let begun = (std::fs::read(&db).unwrap(), std::fs::read(log).unwrap_or_default());
        let client = Client { allow_private: true, ..Client::default() };
        let desk = Arc::new(Desk::open(&db, Clock::system(), client, Options::default()).unwrap());
        let app = Arc::new(App::new(desk.clone()).unwrap());
        let jobs = Some(jobs::start(&desk).unwrap());
        Inside { desk, app, disk, db, hook, taken, begun, jobs }
    }

    /// What the desk answers to a customer's delivery.
    pub fn deliver(&self, name: &str, person: u64, padding: &str) -> u16 {
        let (body, signature) = load::delivery(name, person, padding);
        let request = Request::new(Method::Post, &self.hook)
            .with_header("x-transom-delivery", name)
            .with_header("x-transom-signature", &signature)
            .with_body("application/json", body);
        self.app.handle(request).status
    }

    /// Somebody who may do everything.
    pub fn agent(&self) -> Viewer {
        let now = self.desk.clock.now();
        let id: Id<Agent> = self
            .desk
            .writer
            .write(move |tx| {
                let new = agent::New {
                    email: "ada@example.org",
                    name: "Ada",
                    role: Role::Admin,
                    password_hash: "",
                };
                agent::insert(tx, &new, now)
            })
            .unwrap();
        Viewer {
            agent: id,
            name: "Ada".into(),
            role: Role::Admin,
            queues: BTreeSet::new(),
            sender: Sender::Person,
            writer: String::new(),
        }
    }

    /// Lets everybody work until so much has happened on the disk; then the jobs end.
    pub fn busy(&mut self, operations: usize) -> Said {
        let said = Said::default();
        let by = self.agent();
        self.change(&by, key::UNDO_SECONDS, "0").unwrap();
        for person in 0..4 {
            assert_eq!(self.deliver(&format!("first-{person}"), person, ""), 200);
        }
        let stop = AtomicBool::new(false);
        let number = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let (stop, said, number, here, by) = (&stop, &said, &number, &*self, &by);
            for _ in 0..3 {
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        here.one_delivery(number.fetch_add(1, Ordering::Relaxed), said);
                    }
                });
            }
            scope.spawn(move || {
                let mut count = 0;
                while !stop.load(Ordering::Relaxed) {
                    count += 1;
                    here.one_reply(by, count, said);
                }
            });
            let _ending = Ending(stop);
            until_within(10 * PATIENCE, "so much has happened", || here.disk.position() >= operations);
        });
        self.jobs.take();
        said
    }

    fn one_delivery(&self, number: u64, said: &Said) {
        let name = format!("d-{number}");
        let padding = if number % 50 == 49 { "x".repeat(60_000) } else { String::new() };
        if self.deliver(&name, number % 4, &padding) == 200 {
            said.deliveries.lock().unwrap().push((name, self.disk.position()));
        }
        std::thread::sleep(std::time::Duration::from_millis(8));
    }

    fn one_reply(&self, by: &Viewer, count: u64, said: &Said) {
        let name = format!("r-{count}");
        let order = Reply {
            conversation: Id::new(i64::try_from(count % 4 + 1).unwrap()),
            body: format!("Answer {count}"),
            template: None,
            attachments: Vec::new(),
            reply_to: None,
            seen: None,
            key: Some(name.clone()),
        };
        let (viewer, now) = (by.clone(), self.desk.clock.now());
        let done = self.desk.writer.write(move |tx| reply::reply(tx, &viewer, &order, now));
        if done.is_ok() {
            said.replies.lock().unwrap().push((name, self.disk.position()));
        }
        if self.change(by, key::TEAM, &format!("Team {count}")).is_ok() {
            said.settings.lock().unwrap().push((count.to_string(), self.disk.position()));
        }
        std::thread::sleep(std::time::Duration::from_millis(15));
    }

    fn change(&self, by: &Viewer, name: &'static str, value: &str) -> transom::actions::Result<()> {
        let (by, now, changes) = (by.clone(), self.desk.clock.now(), [(name, value.to_owned())]);
        self.desk.writer.write(move |tx| setting::change(tx, &by, &changes, now))
    }

    /// A look into the file.
    pub fn count(&self, sql: &str) -> i64 {
        let look = |c: &store::Connection| Ok::<_, store::Error>(c.query_row(sql, [], |row| row.get(0))?);
        self.desk.readers.read(look).unwrap()
    }
}

/// Takes whatever comes, and remembers when, as `position` says it.
pub fn provider(taken: Acknowledged, position: impl Fn() -> usize + Clone + Send + 'static) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in socket.incoming().flatten() {
            let (taken, position) = (taken.clone(), position.clone());
            std::thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                let (mut line, mut key, mut length) = (String::new(), String::new(), 0);
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    if let Some((name, value)) = line.trim_end().split_once(':') {
                        match name.to_ascii_lowercase().as_str() {
                            "idempotency-key" => value.trim().clone_into(&mut key),
                            "content-length" => length = value.trim().parse().unwrap_or(0),
                            _ => {}
                        }
                    }
                    line.clear();
                }
                if reader.read_exact(&mut vec![0; length]).is_ok() && !key.is_empty() {
                    taken.lock().unwrap().push((key, position()));
                }
                let _ = (&stream)
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
            });
        }
    });
    url
}
