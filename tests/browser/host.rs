//! A website of somebody else: one page on another origin that carries the chat widget.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

/// Serves `body` as a page for every request until the test process ends. Returns its origin.
pub fn serve(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(&stream);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
                line.clear();
            }
            let page = format!(
                "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
                 <title>Lumi\u{e8}re</title><link rel=icon href=\"data:,\"><h1>A shop</h1>{body}"
            );
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n";
            let _ = write!(&stream, "{head}Content-Length: {}\r\n\r\n{page}", page.len());
        }
    });
    origin
}
