//! A stand-in for a provider: a real server on loopback that records what it gets and misbehaves on demand.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::ports::free_port;
use super::shapes;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What to do with a request.
#[derive(Clone, Debug)]
pub enum Say {
    /// Answer it.
    Answer(u16, String),
    /// Answer it with these bytes.
    Bytes(Vec<u8>),
    /// Answer it with a header line more.
    With(u16, &'static str, String),
    /// Read it and close the connection without a word.
    HangUp,
    /// Begin a good answer and close the connection in the middle of it.
    Cut(String),
    /// Read it and stay silent for this long, then close.
    Silent(Duration),
    /// Answer it after this long.
    Late(Duration, String),
    /// Answer it once this is set.
    Once(Arc<AtomicBool>, String),
}

#[derive(Default)]
struct Script {
    seen: Vec<Seen>,
    /// What no provider would have understood, by what it publishes.
    odd: Vec<String>,
    /// What to say to requests whose target contains the word, in this order; the last stays.
    lines: Vec<(String, VecDeque<Say>)>,
}

/// The stand-in. It listens until the test ends.
pub struct StandIn {
    pub url: String,
    script: Arc<Mutex<Script>>,
}

impl StandIn {
    pub fn new() -> StandIn {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = script.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        StandIn { url, script }
    }

    /// What to say, one after the other, to requests whose target contains `word`; the last stays.
    pub fn say(&self, word: &str, lines: &[Say]) {
        let mut script = self.script.lock().unwrap();
        script.lines.retain(|(known, _)| known != word);
        script.lines.push((word.to_owned(), lines.iter().cloned().collect()));
    }

    /// Everything that arrived, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.script.lock().unwrap().seen.clone()
    }

    /// What arrived at targets that contain `word`.
    pub fn seen_at(&self, word: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.target.contains(word)).collect()
    }
}

/// Whatever a test is about: what went out has the published shape.
impl Drop for StandIn {
    fn drop(&mut self) {
        let odd = self.script.lock().map(|script| script.odd.clone()).unwrap_or_default();
        assert!(odd.is_empty() || std::thread::panicking(), "{}", odd.join("\n"));
    }
}

/// An address at which nobody listens.
pub fn nowhere() -> String {
    format!("http://127.0.0.1:{}", free_port())
}

fn serve(stream: &TcpStream, script: &Mutex<Script>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(seen) = read(&mut reader) {
        let say = {
            let mut script = script.lock().unwrap();
            let target = seen.target.clone();
            script.odd.extend(shapes::fault(&seen));
            script.seen.push(seen);
            let line = script.lines.iter_mut().find(|(word, _)| target.contains(word.as_str()));
            line.and_then(|(_, says)| if says.len() > 1 { says.pop_front() } else { says.front().cloned() })
        };
        if !speak(stream, say.unwrap_or(Say::Answer(200, "{}".to_owned()))) {
            return;
        }
    }
}

/// Says it; `false` when the connection is over.
fn speak(mut stream: &TcpStream, say: Say) -> bool {
    let whole = |status: u16, more: &str, body: &str| {
        format!(
            "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    match say {
        Say::Answer(status, body) => stream.write_all(whole(status, "", &body).as_bytes()).is_ok(),
        Say::With(status, more, body) => {
            stream.write_all(whole(status, &format!("{more}\r\n"), &body).as_bytes()).is_ok()
        }
        Say::Bytes(bytes) => {
            let head = format!("HTTP/1.1 200 Said\r\nContent-Length: {}\r\n\r\n", bytes.len());
            stream.write_all(&[head.as_bytes(), &bytes].concat()).is_ok()
        }
        Say::HangUp => false,
        Say::Cut(body) => {
            let text = whole(200, "", &body);
            let _ = stream.write_all(&text.as_bytes()[..text.len() - body.len() / 2 - 1]);
            false
        }
        Say::Silent(long) => {
            std::thread::sleep(long);
            false
        }
        Say::Once(set, body) => {
            while !set.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(2));
            }
            stream.write_all(whole(200, "", &body).as_bytes()).is_ok()
        }
        Say::Late(long, body) => {
            std::thread::sleep(long);
            stream.write_all(whole(200, "", &body).as_bytes()).is_ok()
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { method, target, headers, body })
}
