//! A desk of the real program with an administrator, a program's token, a mailbox and a channel; who asks it, and what
//! its memory comes to.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use transom::net::signature::sha256_header;

use crate::ending::until_within;
use crate::hostile::{address, connect};
use crate::load;
use crate::process::{PATIENCE, Served, run};

/// The word with which letters are handed over.
pub const WORD: &str = "canary-hook-word-5521";
/// The words under which somebody signs in.
pub const EMAIL: &str = "ada@example.org";

pub struct Ground {
    pub served: Served,
    pub token: String,
    /// Where letters, and deliveries of the custom channel, are handed over.
    pub letters: String,
    pub custom: String,
    _folder: tempfile::TempDir,
}

/// What a command printed.
fn said(words: &[&str], db: &Path) -> String {
    let words = [words, &["--db", db.to_str().unwrap()]].concat();
    let output = run(&words);
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Prepares a desk at `db`: the path for letters, that of the custom channel, and a token.
pub fn prepare(db: &Path) -> (String, String, String) {
    let custom = load::prepare(db);
    said(&["user", "add", "--email", EMAIL, "--name", "Ada", "--role", "admin"], db);
    let (address, word) = ("address=help@desk.example", format!("hook_secret={WORD}"));
    let words = ["channel", "add", "email", "--name", "Post", "--set", address, "--set", &word, "--json"];
    let made: Value = serde_json::from_str(&said(&words, db)).unwrap();
    let token = said(&["token", "create", "--email", EMAIL, "--name", "test"], db);
    (format!("/hooks/{}", made["id"]), custom, token)
}

impl Ground {
    pub fn new() -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("transom.db");
        let (letters, custom, token) = prepare(&db);
        let served = Served::with(&db, &["serve"], "Transom serves");
        Ground { served, token, letters, custom, _folder: folder }
    }

    /// Sends a request with these lines in its head as far as it is taken: the status, and how long it took.
    pub fn ask(&self, line: &str, lines: &[String], body: &[u8]) -> (u16, Duration) {
        let begun = Instant::now();
        let mut socket = connect(address(&self.served));
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        if !lines.iter().any(|line| line.starts_with("Content-Length") || line.starts_with("Transfer")) {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        for line in lines {
            head += &format!("{line}\r\n");
        }
        head += "\r\n";
        socket.write_all(head.as_bytes()).unwrap();
        // Who refuses may hang up before everything was said.
        let _ = socket.write_all(body);
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("{line}: {answer:?}")), begun.elapsed())
    }

    /// Hands a letter over.
    pub fn letter(&self, letter: &[u8]) -> (u16, Duration) {
        let lines = [format!("Authorization: Bearer {WORD}"), "Content-Type: message/rfc822".into()];
        self.ask(&format!("POST {}", self.letters), &lines, letter)
    }

    /// Delivers to the custom channel under its signature.
    pub fn deliver(&self, body: &[u8], more: &[&str]) -> (u16, Duration) {
        let mut lines = vec![
            "Content-Type: application/json".to_owned(),
            format!("X-Transom-Signature: {}", sha256_header(load::SECRET, body)),
            format!("X-Transom-Delivery: {}", body.len()),
        ];
        lines.extend(more.iter().map(|line| (*line).to_owned()));
        self.ask(&format!("POST {}", self.custom), &lines, body)
    }

    /// What a program with the token is answered.
    pub fn program(&self, line: &str, kind: &str, body: &[u8]) -> (u16, Duration) {
        let lines = [format!("Authorization: Bearer {}", self.token), format!("Content-Type: {kind}")];
        self.ask(line, &lines, body)
    }

    /// Waits until nothing that was handed over waits to be read, and gives how many deliveries could not be.
    pub fn read(&self) -> i64 {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let count = |state: &str| -> i64 {
            let reader = rusqlite::Connection::open_with_flags(&self.served.db, flags).unwrap();
            reader.busy_timeout(PATIENCE).unwrap();
            let query = "SELECT count(*) FROM inbound WHERE state = ?1";
            reader.query_row(query, [state], |row| row.get(0)).unwrap()
        };
        until_within(4 * PATIENCE, "deliveries are read", || count("new") == 0);
        count("failed")
    }

    /// Forgets how much memory there ever was, and gives how much there is, in kilobytes.
    pub fn forget_peak(&self) -> u64 {
        std::fs::write(format!("/proc/{}/clear_refs", self.served.id()), "5").unwrap();
        self.memory("VmRSS:")
    }

    /// The most memory since then.
    pub fn peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.served.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}
