//! What `wrk` cannot do: the floor by bare SQL, signed deliveries in parallel, and how soon another browser sees one.
//!
//! ```text
//! load floor FILE                                    each list, search and thread by its bare statement
//! load intake ADDRESS CHANNEL SECRET CLIENTS COUNT   signed deliveries over kept connections
//! load bare ADDRESS                                  serves two bytes by tiny_http alone, until it is ended
//! load live ADDRESS COOKIE CHANNEL SECRET TIMES      from the answer to a delivery to the waiting page's answer
//! ```
//!
//! Prints rows of a Markdown table. It ends with an error when something was refused.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use transom::domain::Timestamp;
use transom::domain::access::Viewer;
use transom::domain::conversation::{Sort, Status, View};
use transom::net::signature::sha256_header;
use transom::store::list::{self, Cursor, Query};
use transom::store::readers;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How often each statement runs.
const TIMES: usize = 2000;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["floor", file] => floor(Path::new(file)),
        ["intake", address, channel, secret, clients, count] => {
            intake(&Hook { address, channel, secret }, clients.parse()?, count.parse()?)
        }
        ["live", address, cookie, channel, secret, times] => {
            live(&Hook { address, channel, secret }, cookie, times.parse()?)
        }
        ["bare", address] => bare(address),
        // `cargo bench` runs every bench without a word.
        [] => Ok(()),
        _ => Err("load floor | bare | intake | live".into()),
    }
}

// The floor ----------------------------------------------------------------------------------------------

fn floor(file: &Path) -> Outcome<()> {
    let connection = readers::open(file)?;
    let viewer = Viewer::console();
    let now =
        Timestamp(
            connection.query_row("SELECT max(last_message_at) FROM conversation", [], |row| row.get(0))?,
        );
    let lists = [
        ("inbox, all open", Status::Open, Sort::Newest, None),
        ("inbox, all closed", Status::Closed, Sort::Newest, None),
        ("inbox, deep in closed", Status::Closed, Sort::Newest, Some(middle(&connection)?)),
        ("inbox, waiting longest", Status::Open, Sort::Waiting, None),
        ("inbox, window closing", Status::Open, Sort::Closing, None),
    ];
    for (name, status, sort, after) in lists {
        let (view, limit) = (View::All, 50);
        let query = Query {
            filter: None,
            viewer: &viewer,
            view,
            status,
            sort,
            channel: None,
            search: None,
            country: None,
            after,
            limit,
            now,
        };
        for (sql, values) in list::statements(&query) {
            time(&connection, name, &sql, &values)?;
        }
    }
    let words = "SELECT rowid FROM contact_words WHERE contact_words MATCH ?1 ORDER BY rowid DESC LIMIT 500";
    for (name, text) in [("search, one letter", "\"a\"*"), ("search, three letters", "\"gar\"*")] {
        time(&connection, name, words, &[Value::Text(text.to_owned())])?;
    }
    let newest = "SELECT id FROM conversation WHERE status = 'open' ORDER BY last_message_at DESC LIMIT 1";
    let newest: i64 = connection.query_row(newest, [], |row| row.get(0))?;
    let thread = "SELECT * FROM message WHERE conversation_id = ?1 ORDER BY id DESC LIMIT 51";
    time(&connection, "conversation, newest", thread, &[Value::Integer(newest)])
}

/// What an answer costs before anything is asked or written.
fn bare(address: &str) -> Outcome<()> {
    let server = tiny_http::Server::http(address).map_err(|fault| fault.to_string())?;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for request in server.incoming_requests() {
                    // A client that went away is no failure of the server.
                    drop(request.respond(tiny_http::Response::from_string("ok")));
                }
            });
        }
    });
    Ok(())
}

/// A place in the middle of what is closed.
fn middle(connection: &Connection) -> Outcome<Cursor> {
    let sql = "SELECT last_message_at, id FROM conversation WHERE status = 'closed' AND last_message_at <=
        (SELECT (min(last_message_at) + max(last_message_at)) / 2 FROM conversation WHERE status = 'closed')
        ORDER BY last_message_at DESC, id DESC LIMIT 1";
    Ok(connection.query_row(sql, [], |row| Ok(Cursor { key: row.get(0)?, id: row.get(1)? }))?)
}

/// Runs one prepared statement many times and touches every value that it finds.
fn time(connection: &Connection, name: &str, sql: &str, values: &[Value]) -> Outcome<()> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut spans = Vec::with_capacity(TIMES);
    let mut rows = 0;
    for _ in 0..TIMES {
        let begun = Instant::now();
        let mut found = statement.query(params_from_iter(values))?;
        rows = 0;
        while let Some(row) = found.next()? {
            for column in 0..columns {
                std::hint::black_box(row.get_ref(column)?);
            }
            rows += 1;
        }
        spans.push(begun.elapsed());
    }
    let (half, most) = percentiles(&mut spans);
    println!("| {name} | {rows} | {:.0} | {:.0} |", micros(half), micros(most));
    Ok(())
}

// Deliveries ---------------------------------------------------------------------------------------------

/// Where to deliver.
struct Hook<'a> {
    address: &'a str,
    channel: &'a str,
    secret: &'a str,
}

impl Hook<'_> {
    fn request(&self, body: &str) -> String {
        format!(
            "POST /hooks/{} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nX-Transom-Signature: {}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.channel,
            self.address,
            sha256_header(self.secret, body.as_bytes()),
            body.len()
        )
    }

    fn text(id: &str, person: &str, words: &str) -> String {
        format!(
            r#"{{"type":"text","id":"{id}","from":{{"value":"{person}","name":"Load {person}"}},"body":"{words}"}}"#
        )
    }
}

fn intake(hook: &Hook<'_>, clients: usize, count: usize) -> Outcome<()> {
    let each = count / clients;
    let run = std::process::id();
    let begun = Instant::now();
    let mut spans = Vec::with_capacity(count);
    std::thread::scope(|scope| -> Outcome<()> {
        let threads: Vec<_> = (0..clients)
            .map(|client| {
                scope.spawn(move || -> io::Result<Vec<Duration>> {
                    let mut line = Line::open(hook.address)?;
                    (0..each)
                        .map(|number| {
                            let id = format!("load-{run}-{client}-{number}");
                            // A thousand people write, so that threads grow as they do in life.
                            let person = format!("p{run}-{}", (client * each + number) % 1000);
                            let request =
                                hook.request(&Hook::text(&id, &person, "When will my order arrive?"));
                            let begun = Instant::now();
                            line.ask(&request)?.expect(200)?;
                            Ok(begun.elapsed())
                        })
                        .collect()
                })
            })
            .collect();
        for thread in threads {
            spans.extend(thread.join().map_err(|_| "a client broke")??);
        }
        Ok(())
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let (half, most) = percentiles(&mut spans);
    let rate = spans.len() as f64 / seconds;
    println!(
        "| intake, {clients} clients | {} | {rate:.0} a second | {:.2} | {:.2} |",
        spans.len(),
        millis(half),
        millis(most)
    );
    Ok(())
}

fn live(hook: &Hook<'_>, cookie: &str, times: usize) -> Outcome<()> {
    let mut spans = Vec::with_capacity(times);
    let mut writer = Line::open(hook.address)?;
    let mut reader = Line::open(hook.address)?;
    let run = std::process::id();
    let ask = |since: &str| {
        format!(
            "GET /changes?since={since}&list=1&view=all HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n",
            hook.address
        )
    };
    let mut since = reader.ask(&ask("0"))?.expect(200)?.cursor;
    for number in 0..times {
        let name = format!("live-{run}-{number}");
        reader.say(&ask(&since))?;
        // The request is to wait at the desk before anything happens.
        std::thread::sleep(Duration::from_millis(30));
        writer.ask(&hook.request(&Hook::text(&name, &name, "Hello")))?.expect(200)?;
        let answered = Instant::now();
        loop {
            let answer = reader.hear()?;
            since.clone_from(&answer.cursor);
            if String::from_utf8_lossy(&answer.expect(200)?.body).contains(&format!("Load {name}")) {
                break;
            }
            reader.say(&ask(&since))?;
        }
        spans.push(answered.elapsed());
    }
    let (half, most) = percentiles(&mut spans);
    println!("| 200 to visible elsewhere | {times} | | {:.2} | {:.2} |", millis(half), millis(most));
    Ok(())
}

/// A kept connection.
struct Line {
    stream: BufReader<TcpStream>,
}

/// What was answered.
struct Heard {
    status: u16,
    cursor: String,
    body: Vec<u8>,
}

impl Heard {
    fn expect(self, status: u16) -> io::Result<Heard> {
        if self.status == status {
            Ok(self)
        } else {
            Err(io::Error::other(format!("answered {}", self.status)))
        }
    }
}

impl Line {
    fn open(address: &str) -> io::Result<Line> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(40)))?;
        Ok(Line { stream: BufReader::new(stream) })
    }

    fn ask(&mut self, request: &str) -> io::Result<Heard> {
        self.say(request)?;
        self.hear()
    }

    fn say(&mut self, request: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(request.as_bytes())
    }

    fn hear(&mut self) -> io::Result<Heard> {
        let (mut status, mut cursor, mut length) = (0, String::new(), 0);
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
            } else if let Some((name, value)) = line.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().unwrap_or(0),
                    "x-transom-cursor" => value.clone_into(&mut cursor),
                    _ => {}
                }
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Heard { status, cursor, body })
    }
}

// Figures ------------------------------------------------------------------------------------------------

/// The median and the 99th percentile.
fn percentiles(spans: &mut [Duration]) -> (Duration, Duration) {
    spans.sort_unstable();
    let at = |part: usize| spans.get(spans.len() * part / 100).copied().unwrap_or_default();
    (at(50), at(99))
}

fn micros(span: Duration) -> f64 {
    span.as_secs_f64() * 1e6
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}
