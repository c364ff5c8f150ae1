//! A mail server of a few lines that keeps what it is told, and misbehaves on demand.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a stand-in does with a letter.
#[derive(Clone, Copy, PartialEq)]
pub enum Manner {
    Takes,
    /// Hangs up once it has the whole letter, without a word.
    Vanishes,
    /// Hangs up in the middle of the letter.
    Breaks,
    /// Says that it cannot take it now.
    NotNow,
}

/// The stand-in. It takes one connection after the other.
pub struct Relay {
    pub port: u16,
    manner: Arc<Mutex<Manner>>,
    said: Arc<Mutex<Vec<String>>>,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    pub fn start(manner: Manner, abilities: &'static [&'static str]) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let manner = Arc::new(Mutex::new(manner));
        let relay = Relay { port, manner: manner.clone(), said: Arc::default(), letters: Arc::default() };
        let (said, letters) = (relay.said.clone(), relay.letters.clone());
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                talk(socket, &manner, abilities, (&said, &letters));
            }
        });
        relay
    }

    /// One at which nobody answers.
    pub fn gone() -> Relay {
        let manner = Arc::new(Mutex::new(Manner::Takes));
        Relay { port: 1, manner, said: Arc::default(), letters: Arc::default() }
    }

    /// From now on it does otherwise.
    pub fn changes(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    pub fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }
}

fn talk(
    mut socket: TcpStream,
    manner: &Mutex<Manner>,
    abilities: &[&str],
    (said, letters): (&Mutex<Vec<String>>, &Mutex<Vec<String>>),
) {
    let mut lines = BufReader::new(socket.try_clone().unwrap());
    let mut answer = |words: &str| socket.write_all(format!("{words}\r\n").as_bytes()).is_ok();
    answer("220 relay");
    let mut line = String::new();
    while {
        line.clear();
        lines.read_line(&mut line).unwrap_or(0) > 0
    } {
        let manner = *manner.lock().unwrap();
        said.lock().unwrap().push(line.trim_end_matches("\r\n").to_owned());
        match line.split([' ', '\r']).next().unwrap_or_default() {
            "EHLO" => {
                answer("250-relay");
                for ability in abilities {
                    answer(&format!("250-{ability}"));
                }
                answer("250 HELP");
            }
            "RCPT" if manner == Manner::NotNow => {
                answer("452 4.2.2 mailbox is full, come again");
            }
            "DATA" => {
                answer("354 go on");
                let (mut letter, mut part) = (String::new(), String::new());
                while {
                    part.clear();
                    lines.read_line(&mut part).unwrap_or(0) > 0
                } && part != ".\r\n"
                {
                    letter.push_str(part.strip_prefix('.').unwrap_or(&part));
                    if manner == Manner::Breaks && letter.len() > 100 {
                        return;
                    }
                }
                if part.is_empty() {
                    // Whoever wrote it is gone.
                    return;
                }
                letters.lock().unwrap().push(letter);
                if manner == Manner::Vanishes {
                    return;
                }
                answer("250 2.0.0 kept");
            }
            "QUIT" => {
                answer("221 bye");
                return;
            }
            _ => {
                answer("250 fine");
            }
        }
    }
}
