//! A mail server of a few lines that keeps what it is told, and misbehaves on demand.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicI32, Ordering};
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
    /// Hangs up when it hears this word.
    Cuts(&'static str),
    /// Kills its victim when it hears this word, or, for `250`, once it has said that it took the letter.
    Kills(&'static str),
}

/// The stand-in. It takes one connection after the other.
pub struct Relay {
    pub port: u16,
    manner: Arc<Mutex<Manner>>,
    said: Arc<Mutex<Vec<String>>>,
    letters: Arc<Mutex<Vec<String>>>,
    /// The process that [`Manner::Kills`] kills; nought once it has.
    pub victim: Arc<AtomicI32>,
}

impl Relay {
    pub fn start(manner: Manner, abilities: &'static [&'static str]) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let manner = Arc::new(Mutex::new(manner));
        let relay = Relay {
            port,
            manner: manner.clone(),
            said: Arc::default(),
            letters: Arc::default(),
            victim: Arc::default(),
        };
        let (said, letters, victim) = (relay.said.clone(), relay.letters.clone(), relay.victim.clone());
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                talk(socket, (&manner, &victim), abilities, (&said, &letters));
            }
        });
        relay
    }

    /// One at which nobody answers.
    pub fn gone() -> Relay {
        let manner = Arc::new(Mutex::new(Manner::Takes));
        Relay { port: 1, manner, said: Arc::default(), letters: Arc::default(), victim: Arc::default() }
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
    (manner, victim): (&Mutex<Manner>, &AtomicI32),
    abilities: &[&str],
    (said, letters): (&Mutex<Vec<String>>, &Mutex<Vec<String>>),
) {
    let mut lines = BufReader::new(socket.try_clone().unwrap());
    let mut answer = |words: &str| socket.write_all(format!("{words}\r\n").as_bytes()).is_ok();
    answer("220 relay");
    loop {
        let line = hear(&mut lines);
        if line.is_empty() {
            return;
        }
        let manner = *manner.lock().unwrap();
        said.lock().unwrap().push(line.trim_end_matches("\r\n").to_owned());
        let word = line.split([' ', '\r']).next().unwrap_or_default();
        match manner {
            Manner::Cuts(at) if at == word => return,
            Manner::Kills(at) if at == word => return kill(victim),
            _ => {}
        }
        match word {
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
                let Some(letter) = letter(&mut lines, manner) else { return };
                letters.lock().unwrap().push(letter);
                if manner == Manner::Vanishes {
                    return;
                }
                answer("250 2.0.0 kept");
                if manner == Manner::Kills("250") {
                    return kill(victim);
                }
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

/// The next line; empty when nothing more is said.
fn hear(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    let _ = lines.read_line(&mut line);
    line
}

/// A letter to its end; `None` when it breaks off, on this side or because whoever wrote it is gone.
fn letter(lines: &mut impl BufRead, manner: Manner) -> Option<String> {
    let mut letter = String::new();
    loop {
        let part = hear(lines);
        match part.as_str() {
            "" => return None,
            ".\r\n" => return Some(letter),
            part => letter.push_str(part.strip_prefix('.').unwrap_or(part)),
        }
        if manner == Manner::Breaks && letter.len() > 100 {
            return None;
        }
    }
}

/// Kills the process, once it is named.
fn kill(victim: &AtomicI32) {
    let process = loop {
        match rustix::process::Pid::from_raw(victim.load(Ordering::SeqCst)) {
            Some(process) => break process,
            None => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    };
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
    victim.store(0, Ordering::SeqCst);
}
