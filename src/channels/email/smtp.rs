//! SMTP (RFC 5321) as a client that hands letters to its own mail server: the answer to each step decides what
//! becomes of a letter, and only after its last line has left nobody can know.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::letter::{Letter, Unreadable};
use super::settings::{Credential, Server};
use crate::net::wire::{Security, Wire};

/// How long an answer may take (RFC 5321 §4.5.3.2 asks for minutes; so long is a connection dead).
const TIME: Duration = Duration::from_secs(120);
/// How long a letter may take to leave, and its last answer to come.
const LETTER: Duration = Duration::from_secs(600);
/// The longest line of an answer, in bytes.
const LINE: usize = 16 * 1024;
/// How many lines an answer has at most.
const LINES: usize = 200;

/// Where in the exchange an answer came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Greeting,
    SignIn,
    Sender,
    Recipient,
    Letter,
}

/// A letter was not taken.
#[derive(Debug)]
pub(super) enum Undelivered {
    /// The server said no.
    Refused { step: Step, status: u16, words: String },
    /// The connection broke before the letter was whole: it was not taken.
    Lost(String),
    /// The connection broke after it.
    Unsure(String),
    /// One of its files cannot be read.
    Unreadable(String),
    /// The server cannot take this address at all.
    Impossible(String),
}

impl From<io::Error> for Undelivered {
    fn from(fault: io::Error) -> Self {
        Undelivered::Lost(fault.to_string())
    }
}

/// A connection, signed in.
pub(super) struct Smtp {
    wire: Wire,
    /// What the server can do, with its parameters.
    abilities: BTreeMap<String, String>,
}

struct Answer {
    status: u16,
    lines: Vec<String>,
}

impl Answer {
    fn words(&self) -> String {
        format!("{} {}", self.status, self.lines.join(" "))
    }
}

impl Smtp {
    /// Connects and signs in.
    pub(super) fn open(server: &Server, credential: &Credential, hello: &str) -> Result<Smtp, Undelivered> {
        let wire = Wire::open(&server.peer, Duration::from_secs(30))?;
        let mut smtp = Smtp { wire, abilities: BTreeMap::new() };
        smtp.wire.within(TIME);
        let greeting = smtp.answer()?;
        expect(Step::Greeting, greeting, 2)?;
        smtp.hello(hello)?;
        if server.peer.security == Security::StartTls {
            smtp.run(Step::Greeting, "STARTTLS", 2)?;
            smtp.wire.encrypt()?;
            smtp.hello(hello)?;
        }
        smtp.sign_in(credential)?;
        Ok(smtp)
    }

    fn hello(&mut self, name: &str) -> Result<(), Undelivered> {
        let name = idna::domain_to_ascii(name).unwrap_or_else(|_| "localhost".to_owned());
        let answer = self.run(Step::Greeting, &format!("EHLO {name}"), 2)?;
        let ability = |line: &String| {
            let (name, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
            (name.to_ascii_uppercase(), rest.to_ascii_uppercase())
        };
        self.abilities = answer.lines.iter().skip(1).map(ability).collect();
        Ok(())
    }

    fn sign_in(&mut self, credential: &Credential) -> Result<(), Undelivered> {
        if credential.token.is_none() && credential.password.is_empty() {
            // Some relays know us by our address.
            return Ok(());
        }
        let offered = self.abilities.get("AUTH").cloned().unwrap_or_default();
        let offers = |mechanism: &str| offered.split([' ', '=']).any(|word| word == mechanism);
        let user = &credential.user;
        if let Some(token) = &credential.token {
            let words = STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
            let answer = self.ask(&format!("AUTH XOAUTH2 {words}"))?;
            // What the server has against it comes first; an empty line asks for its last word.
            let answer = if answer.status == 334 { self.ask("")? } else { answer };
            return expect(Step::SignIn, answer, 2).map(|_| ());
        }
        if offers("PLAIN") || !offers("LOGIN") {
            let words = STANDARD.encode(format!("\0{user}\0{}", credential.password));
            return self.run(Step::SignIn, &format!("AUTH PLAIN {words}"), 2).map(|_| ());
        }
        self.run(Step::SignIn, "AUTH LOGIN", 3)?;
        self.run(Step::SignIn, &STANDARD.encode(user), 3)?;
        self.run(Step::SignIn, &STANDARD.encode(&credential.password), 2).map(|_| ())
    }

    /// The connection, if it still is one.
    pub(super) fn still_there(mut self) -> Option<Smtp> {
        self.wire.within(Duration::from_secs(10));
        self.run(Step::Greeting, "RSET", 2).is_ok().then_some(self)
    }

    /// Hands a letter over. All of its recipients or none: half a letter cannot be tried again.
    pub(super) fn deliver(mut self, letter: &Letter<'_>) -> (Option<Smtp>, Result<(), Undelivered>) {
        self.wire.within(TIME);
        match self.transaction(letter) {
            Ok(()) => (Some(self), Ok(())),
            // 421 says that the server hangs up.
            Err(Undelivered::Refused { step, status, words }) if status != 421 => {
                (Some(self), Err(Undelivered::Refused { step, status, words }))
            }
            Err(fault) => (None, Err(fault)),
        }
    }

    fn transaction(&mut self, letter: &Letter<'_>) -> Result<(), Undelivered> {
        let wide = letter.needs_utf8();
        if wide && !self.abilities.contains_key("SMTPUTF8") {
            let words = "the mail server takes no addresses with letters beyond ASCII before the @";
            return Err(Undelivered::Impossible(words.to_owned()));
        }
        let mut sender = format!("MAIL FROM:<{}>", letter.sender());
        if self.abilities.contains_key("SIZE") {
            sender.push_str(&format!(" SIZE={}", letter.size()));
        }
        if self.abilities.contains_key("8BITMIME") {
            sender.push_str(" BODY=8BITMIME");
        }
        if wide {
            sender.push_str(" SMTPUTF8");
        }
        self.run(Step::Sender, &sender, 2)?;
        for recipient in letter.recipients() {
            self.run(Step::Recipient, &format!("RCPT TO:<{recipient}>"), 2)
                .map_err(|fault| named(fault, &recipient))?;
        }
        self.run(Step::Letter, "DATA", 3)?;
        self.wire.within(LETTER);
        let mut dots = Dots { out: io::BufWriter::with_capacity(64 * 1024, &mut self.wire), last: b'\n' };
        match letter.write(&mut dots) {
            Ok(()) => dots.close()?,
            Err(fault) => {
                let is_file = fault.get_ref().is_some_and(|inner| inner.is::<Unreadable>());
                let words = fault.to_string();
                // What waits to be written is not written any more: the letter must stay unfinished.
                let _ = dots.out.into_parts();
                return Err(if is_file { Undelivered::Unreadable(words) } else { Undelivered::Lost(words) });
            }
        }
        let end = self.wire.write_all(b".\r\n").and_then(|()| self.wire.flush()).and_then(|()| self.answer());
        let answer = end.map_err(|fault| Undelivered::Unsure(fault.to_string()))?;
        expect(Step::Letter, answer, 2).map(|_| ())
    }

    /// Says goodbye.
    pub(super) fn leave(mut self) {
        self.wire.within(Duration::from_secs(2));
        let _ = self.ask("QUIT");
    }

    fn run(&mut self, step: Step, line: &str, wanted: u16) -> Result<Answer, Undelivered> {
        let answer = self.ask(line)?;
        expect(step, answer, wanted)
    }

    fn ask(&mut self, line: &str) -> io::Result<Answer> {
        // Nothing that came from a letter or a setting begins a command of its own.
        if line.contains(['\r', '\n', '\0']) {
            return Err(io::Error::other("an address holds the end of a line"));
        }
        self.wire.write_all(format!("{line}\r\n").as_bytes())?;
        self.wire.flush()?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let mut lines = Vec::new();
        loop {
            let line = String::from_utf8_lossy(&self.wire.line(LINE)?).into_owned();
            let status = line.get(..3).and_then(|digits| digits.parse().ok());
            let status: u16 = status.ok_or_else(|| io::Error::other("the server does not speak SMTP"))?;
            lines.push(line.get(4..).unwrap_or_default().trim().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Answer { status, lines });
            }
            if lines.len() > LINES {
                return Err(io::Error::other("the server's answer has no end"));
            }
        }
    }
}

fn expect(step: Step, answer: Answer, wanted: u16) -> Result<Answer, Undelivered> {
    if answer.status / 100 == wanted {
        return Ok(answer);
    }
    Err(Undelivered::Refused { step, status: answer.status, words: answer.words() })
}

/// A refusal of one of several recipients says of which.
fn named(fault: Undelivered, recipient: &str) -> Undelivered {
    match fault {
        Undelivered::Refused { step, status, words } if !words.contains(recipient) => {
            Undelivered::Refused { step, status, words: format!("{recipient}: {words}") }
        }
        other => other,
    }
}

/// Writes a letter so that no line of it can be taken for its end, and every line ends as mail wants it.
struct Dots<W: Write> {
    out: io::BufWriter<W>,
    last: u8,
}

impl<W: Write> Dots<W> {
    /// The last line ends, too.
    fn close(mut self) -> io::Result<()> {
        match self.last {
            b'\n' => {}
            b'\r' => self.out.write_all(b"\n")?,
            _ => self.out.write_all(b"\r\n")?,
        }
        self.out.flush()
    }
}

impl<W: Write> Write for Dots<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            match (self.last, *byte) {
                (b'\r', b'\n') => self.out.write_all(b"\n")?,
                (b'\r', b'\r') => self.out.write_all(b"\n\r")?,
                (b'\r', b'.') => self.out.write_all(b"\n..")?,
                (b'\r', other) => self.out.write_all(&[b'\n', other])?,
                (_, b'\n') => self.out.write_all(b"\r\n")?,
                (b'\n', b'.') => self.out.write_all(b"..")?,
                (_, other) => self.out.write_all(&[other])?,
            }
            self.last = *byte;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dotted(text: &str) -> String {
        let mut out = Vec::new();
        let mut dots = Dots { out: io::BufWriter::new(&mut out), last: b'\n' };
        dots.write_all(text.as_bytes()).unwrap();
        dots.close().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_line_of_a_letter_is_its_end() {
        assert_eq!(dotted(".\r\n.a\r\nb.\r\n"), "..\r\n..a\r\nb.\r\n");
        assert_eq!(dotted("a\n.\nb"), "a\r\n..\r\nb\r\n");
        assert_eq!(dotted("a\r.\rb\r"), "a\r\n..\r\nb\r\n");
        assert_eq!(dotted("\r\r\n"), "\r\n\r\n");
        for text in ["", "a", "\r", "\n", "\r\n", ".", "\r\n.\r\n", "\n.\n", "\r.\r", "a\r\n..\r\n"] {
            let dotted = dotted(text);
            assert!(!dotted.split("\r\n").any(|line| line == "."), "{text:?} {dotted:?}");
            assert!(dotted.is_empty() || dotted.ends_with("\r\n"), "{text:?}");
            assert!(!dotted.replace("\r\n", "").contains(['\r', '\n']), "{text:?}");
        }
    }
}
