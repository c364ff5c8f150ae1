//! T37: the network goes while replies wait and mail is fetched. Nobody takes connections, or takes them and is silent, or a
//! name leads nowhere; then it is back.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with};
use serde_json::json;
use transom::domain::channel::Kind;

use crate::everywhere::{Team, connection, prepare};
use crate::hostile::{at, figures};
use crate::killed::{Outside, all_sent_once};
use crate::load::ask;
use crate::process::{PATIENCE, Served, complained, run};
use crate::times;
use crate::verdict::Tally;

const REPLIES: usize = 200;
/// No name that ends so leads anywhere (RFC 6761).
const NOWHERE: &str = "http://api.invalid";

#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// As where packets are lost: connections are never made.
    Lost,
    /// Connections are made, and nothing ever comes back.
    Silent,
    /// As it should be.
    Open,
}

/// A way to somebody outside that can be blocked.
struct Gate {
    port: u16,
    way: Arc<(Mutex<Way>, Condvar)>,
    held: Arc<Mutex<Vec<TcpStream>>>,
    /// Fills the place that even a listener which takes nobody has.
    filling: Mutex<Option<TcpStream>>,
    /// When connections were taken.
    taken: Arc<Mutex<Vec<Instant>>>,
}

impl Gate {
    fn new(way: Way, to: SocketAddr) -> Gate {
        let socket =
            socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
        listen(&socket, if way == Way::Lost { 0 } else { 128 }).unwrap();
        let listener = TcpListener::from(socket);
        let address = listener.local_addr().unwrap();
        let filling = (way == Way::Lost).then(|| TcpStream::connect(address).unwrap());
        let (way, held) = (Arc::new((Mutex::new(way), Condvar::new())), Arc::default());
        let taken = Arc::default();
        let gate = Gate { port: address.port(), way, held, filling: Mutex::new(filling), taken };
        let (way, held, taken) = (gate.way.clone(), gate.held.clone(), gate.taken.clone());
        std::thread::spawn(move || guard(&listener, to, &way, (&held, &taken)));
        gate
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The network is back; connections of before are of no use.
    fn open(&self) {
        self.filling.lock().unwrap().take();
        let (way, changed) = &*self.way;
        *way.lock().unwrap() = Way::Open;
        changed.notify_all();
        for socket in self.held.lock().unwrap().drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

fn guard(
    listener: &TcpListener,
    to: SocketAddr,
    (way, changed): &(Mutex<Way>, Condvar),
    (held, taken): (&Mutex<Vec<TcpStream>>, &Mutex<Vec<Instant>>),
) {
    loop {
        let mut now = way.lock().unwrap();
        while *now == Way::Lost {
            now = changed.wait(now).unwrap();
        }
        drop(now);
        let Ok((client, _)) = listener.accept() else { return };
        taken.lock().unwrap().push(Instant::now());
        let now = way.lock().unwrap();
        if *now == Way::Silent {
            held.lock().unwrap().push(client);
            continue;
        }
        drop(now);
        let Ok(server) = TcpStream::connect(to) else { continue };
        for (mut from, mut into) in
            [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
        {
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut into);
                let _ = into.flush();
                let _ = into.shutdown(Shutdown::Write);
            });
        }
    }
}

const fn trouble(kind: Kind) -> Way {
    match kind {
        Kind::Telegram | Kind::Viber | Kind::Messenger | Kind::Instagram => Way::Silent,
        _ => Way::Lost,
    }
}

/// What becomes of the replies that are said to be safe, and the desk meanwhile.
struct Desk<'a> {
    served: &'a Served,
    team: &'a Team,
    most_threads: u64,
    pages: Vec<Duration>,
}

impl Desk<'_> {
    /// Answers so many times in all conversations by turns; the texts.
    fn replies(&self, count: usize) -> Vec<String> {
        let mut stream = connection(&self.served.url).unwrap();
        let threads = self.team.threads.iter().cycle().take(count);
        let texts = threads.map(|(thread, kind)| {
            let (request, text) = self.team.answers(*thread);
            let (status, said) = ask(&mut stream, request.as_bytes()).unwrap();
            assert_eq!(status, 201, "{kind:?}: {}", String::from_utf8_lossy(&said));
            text
        });
        texts.collect()
    }

    /// Looks at a page and at how many threads there are.
    fn look(&mut self) {
        let mut stream = connection(&self.served.url).unwrap();
        let request = self.team.program("GET", "/conversations?limit=50", &serde_json::Value::Null);
        let begun = Instant::now();
        assert_eq!(ask(&mut stream, request.as_bytes()).unwrap().0, 200);
        self.pages.push(begun.elapsed());
        self.most_threads = self.most_threads.max(figures(self.served).threads);
    }

    /// Waits until all are sent and mail was asked for again; how that went.
    fn goes_on(&mut self, db: &Path, mailbox: &Gate, back: Instant) -> String {
        let asks = || mailbox.taken.lock().unwrap().iter().find(|at| **at > back).copied();
        let (mut unsure, mut done) = (0, BTreeMap::new());
        loop {
            unsure += self.settle(db);
            self.look();
            let left = left(db);
            for account in
                self.team.accounts.iter().filter(|account| !left.contains_key(account.kind.as_str()))
            {
                done.entry(account.kind.as_str()).or_insert_with(|| back.elapsed());
            }
            if let Some(asked) = asks().filter(|_| left.is_empty()) {
                let (asked, slowest) = (asked.duration_since(back), done.iter().max_by_key(|(_, at)| **at));
                return format!(
                    "{unsure} asked for, all sent within {slowest:.1?}, mail fetched after {asked:.1?}"
                );
            }
            assert!(back.elapsed() < PATIENCE * 6, "not sent: {left:?}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Somebody says of each reply that nobody knows of that it did not arrive, as it did not; how many there were.
    fn settle(&self, db: &Path) -> usize {
        let connection_to_file = rusqlite::Connection::open(db).unwrap();
        let mut statement =
            connection_to_file.prepare("SELECT message_id FROM outbox WHERE state = 'unsure'").unwrap();
        let unsure: Vec<i64> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let mut stream = connection(&self.served.url).unwrap();
        for message in &unsure {
            let body = json!({ "verdict": "send_again", "by": "person" });
            let request = self.team.program("POST", &format!("/messages/{message}/settle"), &body);
            let (status, said) = ask(&mut stream, request.as_bytes()).unwrap();
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&said));
        }
        unsure.len()
    }
}

/// How many replies are not sent, on each kind of channel.
fn left(db: &Path) -> BTreeMap<String, i64> {
    let connection = rusqlite::Connection::open(db).unwrap();
    let query = "SELECT c.kind, count(*) FROM outbox o JOIN channel c ON c.id = o.channel_id GROUP BY c.kind";
    let mut statement = connection.prepare(query).unwrap();
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    found.collect::<Result<_, _>>().unwrap()
}

/// Changes settings of the account of this kind, as somebody does at the console.
fn set(db: &Path, team: &Team, kind: Kind, settings: &[String]) {
    let account = team.accounts.iter().find(|account| account.kind == kind).unwrap();
    let (id, db) = (account.id.to_string(), db.to_str().unwrap());
    let mut words = vec!["channel", "set", &id, "--db", db];
    settings.iter().for_each(|setting| words.extend(["--set", setting]));
    let done = run(&words);
    assert!(done.status.success(), "{}", complained(&done));
}

#[test]
fn while_nobody_outside_is_reached_replies_wait_pages_answer_and_all_go_on_when_the_network_is_back() {
    let seconds = times(3, 600);
    let outside = Outside::open(Duration::ZERO);
    let address = |kind| outside.of(kind).trim_start_matches("http://").parse().unwrap();
    // A name that leads nowhere is known at once, and the channel rests for longer than the short form lasts.
    let names = seconds > 20;
    let kinds: Vec<Kind> = outside.kinds().filter(|kind| *kind != Kind::Sms || !names).collect();
    let gates: Vec<(Kind, Gate)> =
        kinds.into_iter().map(|kind| (kind, Gate::new(trouble(kind), address(kind)))).collect();
    let post = SocketAddr::from((Ipv4Addr::LOCALHOST, outside.relay.port));
    let (post, mailbox) = (Gate::new(Way::Lost, post), Gate::new(Way::Silent, post));
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let gate_of = |kind| gates.iter().find(|(known, _)| *known == kind).map(|(_, gate)| gate.url());
    let team = prepare(&db, &|kind| gate_of(kind).unwrap_or(NOWHERE.to_owned()), post.port);
    let port = format!("imap_port={}", mailbox.port);
    let fetched = ["imap_host=127.0.0.1".to_owned(), "imap_security=plain".to_owned(), port];
    set(&db, &team, Kind::Email, &fetched);

    let served = Served::with(&db, &["serve"], "Transom serves");
    let mut desk = Desk { served: &served, team: &team, most_threads: 0, pages: Vec::new() };
    let replies = desk.replies(REPLIES);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(u64::try_from(seconds).unwrap()) {
        desk.look();
        std::thread::sleep(Duration::from_millis(500));
    }
    let waiting: i64 = left(&db).values().sum();
    assert_eq!(outside.left().len(), 0, "nobody was there");

    let back = Instant::now();
    gates.iter().map(|(_, gate)| gate).chain([&post, &mailbox]).for_each(Gate::open);
    if names {
        set(&db, &team, Kind::Sms, &[format!("api_base={}", outside.of(Kind::Sms))]);
    }
    let gone_on = desk.goes_on(&db, &mailbox, back);
    let (threads, mut pages) = (desk.most_threads, std::mem::take(&mut desk.pages));
    assert!(served.stop(), "it stops well");
    let mut tally = Tally { tried: 1, ..Tally::default() };
    tally.judge(&db, &[]);
    assert!(tally.damaged.is_empty(), "{:?}", tally.damaged);
    all_sent_once(&db, &replies, &outside, &|_| 2);
    pages.sort();
    println!(
        "no network for {seconds} s: {REPLIES} replies, {waiting} waited, lost 0; after its return {gone_on}; at most {threads} \
         threads, pages p50 {} ms, slowest {} ms",
        at(&pages, 50),
        at(&pages, 100),
    );
    assert!(threads <= 300, "{threads} threads");
    assert!(waiting > 0, "nothing waited");
}
