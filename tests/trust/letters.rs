//! Customers who write letters all the time, to a mailbox on a server of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::client::count;
use crate::ending::until;
use crate::process::{complained, run};
use crate::servers::Servers;

/// How many arrive in a second, and how many people write them.
const PER_SECOND: u32 = 5;
const PEOPLE: usize = 40;

/// A mailbox to which letters come.
pub struct Mailbox {
    servers: Arc<Servers>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<usize>>,
}

impl Mailbox {
    /// Connects a mailbox to the desk. `None`: no mail servers are here, and nobody asked for them.
    pub fn connect(db: &Path) -> Option<Mailbox> {
        let servers = Servers::start()?;
        servers.drop_letter("help", "first", &letter(0));
        let mut words = ["channel", "add", "email", "--name", "Letters"].map(str::to_owned).to_vec();
        for (name, value) in servers.settings() {
            words.extend(["--set".to_owned(), format!("{name}={value}")]);
        }
        words.extend(["--db".to_owned(), db.to_str().unwrap().to_owned()]);
        let made = run(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(made.status.success(), "{}", complained(&made));
        Some(Mailbox { servers: Arc::new(servers), stop: Arc::default(), thread: None })
    }

    /// From now on letters come, as soon as the desk has opened the mailbox: what lay there before is nobody's question.
    pub fn fill(&mut self, db: &Path) {
        let opened = "SELECT cursor <> '' FROM channel WHERE kind = 'email' AND name = 'Letters'";
        until("the mailbox was opened", || count(db, opened) == 1);
        let (servers, stop) = (self.servers.clone(), self.stop.clone());
        self.thread = Some(std::thread::spawn(move || {
            let begun = Instant::now();
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                number += 1;
                servers.drop_letter_quietly("help", &format!("letter-{number}"), &letter(number));
                let next = Duration::from_secs(1) / PER_SECOND * u32::try_from(number).unwrap();
                std::thread::sleep(next.saturating_sub(begun.elapsed()));
            }
            number
        }));
    }

    /// How many came.
    pub fn close(&mut self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().map_or(0, |thread| thread.join().unwrap())
    }
}

fn letter(number: usize) -> String {
    let person = number % PEOPLE;
    format!(
        "From: Person {person} <person-{person}@example.org>\r\nTo: help@shop.test\r\nSubject: Order {person}\r\n\
         Message-ID: <letter-{number}@example.org>\r\nDate: Mon, 19 Oct 2026 10:00:00 +0000\r\n\r\n\
         Letter {number} says this.\r\n"
    )
}
