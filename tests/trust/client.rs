//! A browser without a screen at the real program: from an address of its own, with its cookies, over one connection.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::ending::until_within;
use crate::hostile::{address, connect_at};
use crate::process::{PATIENCE, Served, complained, run};

/// A browser somewhere.
pub struct Client {
    to: SocketAddr,
    from: Ipv4Addr,
    socket: Option<BufReader<TcpStream>>,
    /// By which name it calls the desk.
    pub host: &'static str,
    pub cookies: BTreeMap<String, String>,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub head: Vec<String>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.iter().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

impl Client {
    /// One at this address of the machine.
    pub fn at(served: &Served, from: Ipv4Addr) -> Client {
        Client { to: address(served), from, socket: None, host: "localhost", cookies: BTreeMap::new() }
    }

    /// The same at the usual address.
    pub fn near(served: &Served) -> Client {
        Client::at(served, Ipv4Addr::LOCALHOST)
    }

    pub fn get(&mut self, target: &str) -> Answer {
        self.ask("GET", target, "", "")
    }

    /// Sends a form, with the token that any page of ours would carry.
    pub fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Answer {
        let form = self.form(fields);
        self.ask("POST", target, "Content-Type: application/x-www-form-urlencoded\r\n", &form)
    }

    fn form(&self, fields: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        if let Some(token) = self.cookies.get("transom") {
            form.append_pair("csrf", &transom::web::session::csrf(token));
        }
        form.extend_pairs(fields).finish()
    }

    pub fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/login", &[("email", email), ("password", password)])
    }

    /// Sends any request; `headers` are whole lines.
    pub fn ask(&mut self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        let words = self.words(method, target, headers, body);
        for _ in 0..3 {
            if self.socket.is_some()
                && let Some(answer) = self.tell(&words)
            {
                return self.kept(answer);
            }
            // Never begun, or closed for its age while nothing was asked.
            let socket = connect_at(self.from, self.to).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket.set_nodelay(true).unwrap();
            self.socket = Some(BufReader::new(socket));
        }
        self.tell(&words).map(|answer| self.kept(answer)).unwrap_or_else(|| panic!("no answer to {words}"))
    }

    /// Asks for what answers only when there is something to tell.
    pub fn wait(&mut self, target: &str, headers: &str) -> TcpStream {
        let mut socket = connect_at(self.from, self.to).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.write_all(self.words("GET", target, headers, "").as_bytes()).unwrap();
        socket
    }

    fn words(&self, method: &str, target: &str, headers: &str, body: &str) -> String {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies =
            if cookies.is_empty() { String::new() } else { format!("Cookie: {}\r\n", cookies.join("; ")) };
        let length =
            if method == "GET" { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n{cookies}{headers}{length}\r\n{body}", self.host)
    }

    fn tell(&mut self, words: &str) -> Option<Answer> {
        let stream = self.socket.as_mut()?;
        stream.get_mut().write_all(words.as_bytes()).ok()?;
        answer(stream)
    }

    fn kept(&mut self, answer: Answer) -> Answer {
        for line in answer.head.iter().filter_map(|line| line.strip_prefix("Set-Cookie: ")) {
            let (pair, rules) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if rules.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if answer.header("Connection").is_some_and(|word| word.eq_ignore_ascii_case("close")) {
            self.socket = None;
        }
        answer
    }
}

/// Reads an answer; `None` when the connection ends before it begins.
pub fn answer(stream: &mut BufReader<TcpStream>) -> Option<Answer> {
    let mut head = Vec::new();
    let mut line = String::new();
    while stream.read_line(&mut line).ok()? > 0 && line != "\r\n" {
        head.push(line.trim_end().to_owned());
        line.clear();
    }
    let status = head.first()?.split(' ').nth(1)?.parse().ok()?;
    let mut answer = Answer { status, head, body: String::new() };
    let length = answer.header("Content-Length").map_or(0, |length| length.parse().unwrap());
    assert!(answer.header("Transfer-Encoding").is_none(), "{:?}", answer.head);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    answer.body = String::from_utf8_lossy(&body).into_owned();
    Some(answer)
}

/// An address of this machine for everybody of a crowd.
pub fn of_crowd(network: u8, number: usize) -> Ipv4Addr {
    let part = |value: usize| u8::try_from(value).unwrap();
    Ipv4Addr::new(127, network, part(number / 250), part(number % 250 + 1))
}

/// Adds somebody to the team; returns the password.
pub fn colleague(db: &Path, name: &str, role: &str) -> String {
    let email = format!("{}@example.org", name.to_lowercase());
    let words = ["user", "add", "--email", &email, "--name", name, "--role", role, "--json", "--db"];
    let made = run(&[&words[..], &[db.to_str().unwrap()]].concat());
    assert!(made.status.success(), "{}", complained(&made));
    let told: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    told["password"].as_str().unwrap().to_owned()
}

/// More of the team, named `word0@example.org` and so on, with the password of the one who was added first.
pub fn colleagues(db: &Path, word: &str, count: usize) -> Vec<String> {
    let connection = rusqlite::Connection::open(db).unwrap();
    let names: Vec<String> = (0..count).map(|number| format!("{word}{number}@example.org")).collect();
    connection.execute_batch("BEGIN").unwrap();
    for email in &names {
        let add = "INSERT INTO agent (email, name, role, password_hash, created_at)
                   SELECT ?1, ?2, 'agent', password_hash, created_at FROM agent ORDER BY id LIMIT 1";
        connection.execute(add, (email, email.split('@').next())).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    names
}

/// What the file holds, asked beside the desk that is served from it.
pub fn count(db: &Path, sql: &str) -> i64 {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(db, flags).unwrap();
    connection.busy_timeout(PATIENCE).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Waits until everything that was kept is read in.
pub fn read_in(db: &Path) {
    let is_read = || count(db, "SELECT count(*) FROM inbound WHERE state = 'new'") == 0;
    until_within(10 * PATIENCE, "all is read in", is_read);
}

/// The value in the middle.
pub fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Two medians, and how far they are apart, for people to read: what a machine is busy with cannot be asserted.
pub fn apart(what: &str, one: &mut [Duration], other: &mut [Duration]) {
    let (first, second) = (median(one), median(other));
    let ratio = first.as_secs_f64() / second.as_secs_f64().max(f64::EPSILON);
    println!(
        "{what}: medians {} and {} µs of {} each, {:+.1} %",
        first.as_micros(),
        second.as_micros(),
        one.len(),
        (ratio - 1.0) * 100.0
    );
}
