//! Large transactions beside the many small ones: two hundred conversations are closed at once with a note in each, and
//! opened again, each time with thousands of rows in one commit.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::ending::until_within;
use crate::load;
use crate::process::{PATIENCE, run, transom};

/// As many as one may take at once.
const CONVERSATIONS: u64 = 200;
/// The first of the people whose conversations they are; the others of the load write in none of them.
const FIRST: u64 = 1000;
const PAUSE: Duration = Duration::from_millis(150);

/// How they sign in.
pub const EMAIL: &str = "bea@example.org";
pub const PASSWORD: &str = "a password for many";

/// Somebody who deals with two hundred conversations at once, again and again.
pub struct Bulk {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

/// Somebody who may; returns the token of a program that acts for them. Before the desk is served.
pub fn prepare(db: &Path) -> String {
    let db = db.to_str().unwrap();
    let words = ["user", "add", "--email", EMAIL, "--name", "Bea", "--role", "admin", "--password-stdin"];
    let mut adding = transom(&words);
    let mut adding = adding.args(["--db", db]).stdin(Stdio::piped()).spawn().unwrap();
    writeln!(adding.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(adding.wait().unwrap().success());
    let made = run(&["token", "create", "--email", EMAIL, "--name", "Bulk", "--db", db]);
    assert!(made.status.success(), "{made:?}");
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

impl Bulk {
    /// Begins, at the desk at `url`, to which nobody has written yet.
    pub fn start(url: &str, hook: &str, token: &str) -> Bulk {
        load::people(url, hook, FIRST..FIRST + CONVERSATIONS);
        arrived(url, token);
        let stop = Arc::new(AtomicBool::new(false));
        let (url, token, stopped) = (url.to_owned(), token.to_owned(), stop.clone());
        let thread = std::thread::spawn(move || {
            let ids: Vec<u64> = (1..=CONVERSATIONS).collect();
            let mut done = 0;
            while !stopped.load(Ordering::Relaxed) {
                let note = "Dealt with together with many others.";
                let close = json!({ "verb": "close", "ids": ids, "note": note });
                let closed = ask(&url, &token, "/api/v1/bulk", &close);
                assert_eq!(closed["done"], ids.len(), "{closed}");
                std::thread::sleep(PAUSE);
                let back = format!("/api/v1/deeds/{}/undo", closed["deed_id"]);
                let opened = ask(&url, &token, &back, &json!({}));
                assert_eq!(opened["done"], ids.len(), "{opened}");
                std::thread::sleep(PAUSE);
                done += 2;
            }
            done
        });
        Bulk { stop, thread }
    }

    /// Ends it; how many such transactions there were.
    pub fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Waits until the last of them is there.
fn arrived(url: &str, token: &str) {
    let path = format!("{url}/api/v1/conversations/{CONVERSATIONS}");
    let is_there = || ureq::get(&path).header("Authorization", format!("Bearer {token}")).call().is_ok();
    until_within(PATIENCE, "the conversations are there", is_there);
}

fn ask(url: &str, token: &str, path: &str, what: &Value) -> Value {
    let asked = ureq::post(format!("{url}{path}")).header("Authorization", format!("Bearer {token}"));
    let asked = asked.header("Content-Type", "application/json").send(what.to_string());
    serde_json::from_str(&asked.unwrap().body_mut().read_to_string().unwrap()).unwrap()
}
