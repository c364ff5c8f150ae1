//! A website of somebody else: one page on another origin, which carries the chat widget.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A website with one page. It is served until the test process ends.
pub struct Website {
    pub origin: String,
    body: Arc<Mutex<String>>,
}

impl Website {
    /// A website with an empty page.
    pub fn open() -> Website {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let body = Arc::<Mutex<String>>::default();
        let shown = body.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(&stream, &shown.lock().unwrap());
            }
        });
        Website { origin, body }
    }

    /// What its page holds from now on.
    pub fn publish(&self, body: &str) {
        body.clone_into(&mut self.body.lock().unwrap());
    }
}

/// A host that nobody should ask, and how often it was asked.
pub fn unasked() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    std::thread::spawn(move || {
        for _ in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    (host, asked)
}

/// Serves `body` as a page; returns its origin.
pub fn serve(body: &str) -> String {
    let website = Website::open();
    website.publish(body);
    website.origin
}

fn answer(mut stream: &TcpStream, body: &str) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
        line.clear();
    }
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>A shop</title><link rel=icon href=\"data:,\"><h1>A shop</h1>{body}"
    );
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n";
    // A browser that has gone away is no matter of this test.
    let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{page}", page.len());
}
