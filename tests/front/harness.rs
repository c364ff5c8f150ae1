//! A front with a handler made of one closure, and a client that says exactly what it is told.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};

pub use transom::web;
use web::front::{Front, Limits, Settings, Waker};
use web::http::{Method, Request, Response};
use web::server::{Handler, Welcome};

/// Nothing here takes so long; it only keeps a broken test from hanging for ever.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub const BODY_LIMIT: u64 = 2_000_000;

pub struct Site {
    pub front: Option<Front>,
    pub handled: Arc<AtomicUsize>,
}

struct Desk<F> {
    answer: F,
    handled: Arc<AtomicUsize>,
}

impl<F: Fn(Request) -> Response + Send + Sync + 'static> Handler for Desk<F> {
    fn handle(&self, request: Request) -> Response {
        self.handled.fetch_add(1, Ordering::SeqCst);
        (self.answer)(request)
    }

    /// What is closed takes nothing, and the team is known.
    fn admit(&self, request: Request) -> Result<Welcome, Response> {
        match request.path.as_str() {
            "/closed" => Err(Response::text(404, "no such thing")),
            "/ten" => Ok(Welcome { most: 10, known: false }),
            path => Ok(Welcome { most: BODY_LIMIT, known: path == "/team" }),
        }
    }

    fn body_limit(&self, _: Method, path: &str) -> u64 {
        if path == "/small" { 10 } else { BODY_LIMIT }
    }
}

pub fn settings() -> Settings {
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: None,
        trust_proxy: Vec::new(),
        workers: 4,
        limits: Limits::default(),
    }
}

pub fn open(settings: Settings, answer: impl Fn(Request) -> Response + Send + Sync + 'static) -> Site {
    let handled = Arc::new(AtomicUsize::new(0));
    let desk = Desk { answer, handled: handled.clone() };
    let front = Front::start(settings, Arc::new(desk)).unwrap();
    Site { front: Some(front), handled }
}

/// Answers with what it was asked.
pub fn echo() -> Site {
    open(settings(), |request| {
        let body = request.body.into_bytes(BODY_LIMIT).unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        Response::text(200, &format!("{} {} {body}", request.method.as_str(), request.path))
    })
}

impl Site {
    pub fn address(&self) -> SocketAddr {
        self.front.as_ref().unwrap().address()
    }

    pub fn waker(&self) -> Waker {
        self.front.as_ref().unwrap().waker()
    }

    pub fn client(&self) -> Client<TcpStream> {
        let socket = TcpStream::connect(self.address()).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        Client { socket, heard: Vec::new() }
    }

    /// The same from another address of this machine.
    pub fn client_from(&self, last: u8) -> Client<TcpStream> {
        let socket =
            socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        bind(&socket, &SocketAddr::from(([127, 0, 0, last], 0))).unwrap();
        connect(&socket, &self.address()).unwrap();
        let socket = TcpStream::from(socket);
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        Client { socket, heard: Vec::new() }
    }

    /// One request of its own connection, and its whole answer.
    pub fn ask(&self, request: &str) -> Answer {
        let mut client = self.client();
        client.say(request);
        client.answer()
    }

    pub fn handled(&self) -> usize {
        self.handled.load(Ordering::SeqCst)
    }
}

pub struct Client<S> {
    pub socket: S,
    pub heard: Vec<u8>,
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl<S: Read + Write> Client<S> {
    pub fn say(&mut self, words: impl AsRef<[u8]>) {
        self.socket.write_all(words.as_ref()).unwrap();
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.say(get(path));
        self.answer()
    }

    pub fn answer(&mut self) -> Answer {
        self.read_answer(true)
    }

    /// The answer to HEAD says a length and sends nothing.
    pub fn answer_without_body(&mut self) -> Answer {
        self.read_answer(false)
    }

    fn read_answer(&mut self, with_body: bool) -> Answer {
        let end = loop {
            let found = self.heard.windows(4).position(|four| four == b"\r\n\r\n");
            match found {
                Some(at) => break at + 4,
                None => assert!(self.hear(), "the end, after {:?}", self.heard),
            }
        };
        let head = String::from_utf8(self.heard.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        let len = answer.header("Content-Length").map_or(0, |len| len.parse().unwrap());
        if with_body {
            while self.heard.len() < len {
                assert!(self.hear(), "the end in the middle of a body");
            }
            answer.body = self.heard.drain(..len).collect();
        }
        answer
    }

    /// Whether anything more came before the other side closed.
    pub fn hear(&mut self) -> bool {
        let mut buffer = [0; 65536];
        match self.socket.read(&mut buffer) {
            Ok(count) => {
                self.heard.extend_from_slice(&buffer[..count]);
                count > 0
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("no answer and no end: {error}"),
        }
    }

    pub fn assert_closed(&mut self) {
        assert!(!self.hear() && self.heard.is_empty(), "heard {:?}", self.heard);
    }
}

pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

pub fn post(path: &str, body: &str) -> String {
    let len = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len}\r\n\r\n{body}")
}

/// For tests about the whole process: runs the calling test once more in a process of its own,
/// and says whether this is that process.
pub fn alone() -> bool {
    const MARK: &str = "FRONT_TEST_ALONE";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let thread = std::thread::current();
    let name = thread.name().unwrap();
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(MARK, "1")
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while begun.elapsed() < 10 * PATIENCE {
        if let Some(status) = process.try_wait().unwrap() {
            assert!(status.success(), "the test failed in its own process");
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    panic!("{name} does not end in its own process");
}

/// A gate that handlers wait at until the test opens it.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, std::sync::Condvar)>);

impl Gate {
    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    pub fn wait(&self) {
        let shut = self.0.0.lock().unwrap();
        drop(self.0.1.wait_timeout_while(shut, PATIENCE, |open| !*open).unwrap());
    }
}
