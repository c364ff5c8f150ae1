//! IMAP4rev1 (RFC 3501, 9051), as much of it as reading mailboxes takes: sign in, look what is new, fetch it, wait
//! for more (RFC 2177), mark or move what is kept, and put a copy of an answer aside.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::reply::{Reply, Value};
use super::settings::{Credential, Server};
use crate::net::wire::{Security, Wire};

/// How long one command may take. A server that looks through a large mailbox for the first time is slow.
const TIME: Duration = Duration::from_secs(90);
/// The longest line, in bytes: the list of what a search found.
const LINE: usize = 16 * 1024 * 1024;
/// The most that one answer may carry in literals, in bytes.
const LITERALS: usize = 256 * 1024 * 1024;

/// Something did not work.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server said no: its response code, if it gave one, and its words.
    Refused { code: String, words: String },
    /// The connection is of no use any more.
    Lost(String),
}

impl From<io::Error> for Fault {
    fn from(fault: io::Error) -> Self {
        Fault::Lost(fault.to_string())
    }
}

/// A folder that was opened.
pub(super) struct Selected {
    pub validity: u32,
    /// The number that the next letter will get; `None` where the server does not say.
    pub next: Option<u32>,
}

/// What is known of a letter before it is fetched.
#[derive(Clone, Copy)]
pub(super) struct Letter {
    pub uid: u32,
    pub size: u64,
}

/// A connection to a mailbox, signed in.
pub(super) struct Imap {
    wire: Wire,
    tag: u32,
    abilities: BTreeSet<String>,
}

impl Imap {
    /// Connects and signs in.
    pub(super) fn open(server: &Server, credential: &Credential) -> Result<Imap, Fault> {
        let mut wire = Wire::open(&server.peer, Duration::from_secs(30))?;
        let greeting = Reply::read(&mut wire, LINE, 0)?;
        if greeting.starts_with("* BYE") {
            return Err(Fault::Lost(greeting.text()));
        }
        if !greeting.starts_with("* OK") && !greeting.starts_with("* PREAUTH") {
            // What another service says of itself is nobody's business here.
            return Err(Fault::Lost("the server does not speak IMAP".to_owned()));
        }
        let mut imap = Imap { wire, tag: 0, abilities: BTreeSet::new() };
        if server.peer.security == Security::StartTls {
            imap.run("STARTTLS")?;
            imap.wire.encrypt()?;
        }
        imap.learn()?;
        imap.sign_in(credential)?;
        imap.learn()?;
        Ok(imap)
    }

    /// Whether the server can do this.
    pub(super) fn can(&self, ability: &str) -> bool {
        self.abilities.contains(ability)
    }

    fn learn(&mut self) -> Result<(), Fault> {
        let replies = self.run("CAPABILITY")?;
        for reply in replies.iter().filter(|reply| reply.starts_with("* CAPABILITY")) {
            self.abilities = reply.text().split(' ').skip(2).map(str::to_ascii_uppercase).collect();
        }
        Ok(())
    }

    fn sign_in(&mut self, credential: &Credential) -> Result<(), Fault> {
        if let Some(token) = &credential.token {
            let words = format!("user={}\x01auth=Bearer {token}\x01\x01", credential.user);
            return self.authenticate("XOAUTH2", &words);
        }
        if self.can("AUTH=PLAIN") {
            return self.authenticate("PLAIN", &format!("\0{}\0{}", credential.user, credential.password));
        }
        if self.can("LOGINDISABLED") {
            return Err(Fault::Lost("the server takes no password on this connection".to_owned()));
        }
        let command = format!("LOGIN {} {}", quoted(&credential.user), quoted(&credential.password));
        self.run(&command).map(|_| ())
    }

    /// The words go after the server's invitation, which every server understands. A second invitation carries
    /// what it has against them, and an empty line asks for its last word.
    fn authenticate(&mut self, mechanism: &str, words: &str) -> Result<(), Fault> {
        self.say(&format!("AUTHENTICATE {mechanism}"))?;
        let mut answer = STANDARD.encode(words);
        loop {
            let reply = Reply::read(&mut self.wire, LINE, 0)?;
            if reply.is_invitation() {
                self.wire.write_all(format!("{answer}\r\n").as_bytes())?;
                self.wire.flush()?;
                answer.clear();
            } else if let Some(end) = self.end(&reply) {
                return end;
            }
        }
    }

    /// Opens a folder; without `write` nothing in it can be changed.
    pub(super) fn select(&mut self, folder: &str, write: bool) -> Result<Selected, Fault> {
        let verb = if write { "SELECT" } else { "EXAMINE" };
        let replies = self.run(&format!("{verb} {}", quoted(&utf7(folder))))?;
        let number = |name: &str| replies.iter().find_map(|reply| reply.code_number(name));
        let validity = number("UIDVALIDITY").ok_or_else(|| {
            Fault::Lost("the server does not say how it numbers the letters of this folder".to_owned())
        })?;
        Ok(Selected { validity, next: number("UIDNEXT") })
    }

    /// The letters that this search finds, oldest number first.
    pub(super) fn search(&mut self, what: &str) -> Result<Vec<u32>, Fault> {
        let replies = self.run(&format!("UID SEARCH {what}"))?;
        let mut found = BTreeSet::new();
        for reply in replies.iter().filter(|reply| reply.starts_with("* SEARCH")) {
            found.extend(reply.text().split(' ').skip(2).filter_map(|number| number.parse::<u32>().ok()));
        }
        Ok(found.into_iter().collect())
    }

    /// How large these letters are. One that is gone meanwhile is left out.
    pub(super) fn sizes(&mut self, uids: &[u32]) -> Result<Vec<Letter>, Fault> {
        let replies = self.run(&format!("UID FETCH {} (UID RFC822.SIZE)", set(uids)))?;
        let letter = |reply: &Reply| {
            let number = |name| reply.item(name).and_then(|value| value.number());
            Some(Letter { uid: number("UID")?.try_into().ok()?, size: number("RFC822.SIZE")? })
        };
        let mut letters: Vec<Letter> = replies.iter().filter_map(letter).collect();
        // Servers tell unasked of other letters too.
        letters.retain(|letter| uids.contains(&letter.uid));
        letters.sort_unstable_by_key(|letter| letter.uid);
        letters.dedup_by_key(|letter| letter.uid);
        Ok(letters)
    }

    /// Fetches letters without marking them as seen: whole, or only their heads.
    pub(super) fn fetch(&mut self, uids: &[u32], whole: bool) -> Result<Vec<(u32, Vec<u8>)>, Fault> {
        let section = if whole { "BODY[]" } else { "BODY[HEADER]" };
        let peek = section.replace("BODY", "BODY.PEEK");
        let replies = self.run(&format!("UID FETCH {} (UID {peek})", set(uids)))?;
        let mut letters = Vec::with_capacity(uids.len());
        for mut reply in replies {
            let uid =
                reply.item("UID").and_then(|value| value.number()).and_then(|uid| u32::try_from(uid).ok());
            if let (Some(uid), Some(Value::Bytes(bytes))) = (uid, reply.take(section)) {
                letters.push((uid, bytes));
            }
        }
        letters.retain(|(uid, _)| uids.contains(uid));
        letters.sort_unstable_by_key(|(uid, _)| *uid);
        Ok(letters)
    }

    /// Waits until something happens in the open folder. `false`: `longest` is over, or `is_over` says so.
    pub(super) fn idle(&mut self, longest: Duration, is_over: &dyn Fn() -> bool) -> Result<bool, Fault> {
        self.say("IDLE")?;
        let mut changed = false;
        loop {
            let reply = Reply::read(&mut self.wire, LINE, 0)?;
            if reply.is_invitation() {
                break;
            }
            changed |= news(&reply)?;
            if let Some(end) = self.end(&reply) {
                return end.map(|()| changed);
            }
        }
        while !changed && self.wire.wait(longest, is_over)? {
            self.wire.within(TIME);
            let reply = Reply::read(&mut self.wire, LINE, LITERALS)?;
            changed = news(&reply)?;
        }
        self.wire.within(TIME);
        self.wire.write_all(b"DONE\r\n")?;
        self.wire.flush()?;
        loop {
            let reply = Reply::read(&mut self.wire, LINE, LITERALS)?;
            changed |= news(&reply)?;
            if let Some(end) = self.end(&reply) {
                return end.map(|()| changed);
            }
        }
    }

    /// Marks letters as seen.
    pub(super) fn see(&mut self, uids: &[u32]) -> Result<(), Fault> {
        self.run(&format!("UID STORE {} +FLAGS.SILENT (\\Seen)", set(uids))).map(|_| ())
    }

    /// Moves letters to another folder (RFC 6851, or by hand where the server cannot).
    pub(super) fn shift(&mut self, uids: &[u32], folder: &str) -> Result<(), Fault> {
        match self.shift_once(uids, folder) {
            Err(Fault::Refused { code, .. }) if code == "TRYCREATE" => {
                self.run(&format!("CREATE {}", quoted(&utf7(folder))))?;
                self.shift_once(uids, folder)
            }
            other => other,
        }
    }

    fn shift_once(&mut self, uids: &[u32], folder: &str) -> Result<(), Fault> {
        let (set, to) = (set(uids), quoted(&utf7(folder)));
        if self.can("MOVE") {
            return self.run(&format!("UID MOVE {set} {to}")).map(|_| ());
        }
        self.run(&format!("UID COPY {set} {to}"))?;
        self.run(&format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"))?;
        // A plain EXPUNGE would take away what other programs have marked.
        if self.can("UIDPLUS") {
            self.run(&format!("UID EXPUNGE {set}"))?;
        }
        Ok(())
    }

    /// Puts a letter into a folder, as seen.
    pub(super) fn append(&mut self, folder: &str, letter: &[u8]) -> Result<(), Fault> {
        self.say(&format!("APPEND {} (\\Seen) {{{}}}", quoted(&utf7(folder)), letter.len()))?;
        loop {
            let reply = Reply::read(&mut self.wire, LINE, LITERALS)?;
            if reply.is_invitation() {
                self.wire.write_all(letter)?;
                self.wire.write_all(b"\r\n")?;
                self.wire.flush()?;
            } else if let Some(end) = self.end(&reply) {
                return end;
            }
        }
    }

    /// The names of all folders.
    pub(super) fn folders(&mut self) -> Result<Vec<String>, Fault> {
        let replies = self.run("LIST \"\" \"*\"")?;
        Ok(replies.iter().filter(|reply| reply.starts_with("* LIST")).filter_map(Reply::last_text).collect())
    }

    /// Says goodbye.
    pub(super) fn leave(mut self) {
        self.wire.within(Duration::from_secs(2));
        let _ = self.run("LOGOUT");
    }

    fn say(&mut self, command: &str) -> Result<(), Fault> {
        self.tag = self.tag.wrapping_add(1);
        self.wire.within(TIME);
        let line = format!("T{} {command}\r\n", self.tag);
        // Nothing that came from a setting or a letter begins a command of its own.
        if line.trim_end().contains(['\r', '\n']) {
            return Err(Fault::Lost("a name holds the end of a line".to_owned()));
        }
        self.wire.write_all(line.as_bytes())?;
        Ok(self.wire.flush()?)
    }

    fn run(&mut self, command: &str) -> Result<Vec<Reply>, Fault> {
        self.say(command)?;
        let mut replies = Vec::new();
        let mut left = LITERALS;
        loop {
            let reply = Reply::read(&mut self.wire, LINE, left)?;
            left = left.saturating_sub(reply.weight());
            match self.end(&reply) {
                Some(end) => return end.map(|()| replies),
                None => replies.push(reply),
            }
        }
    }

    /// What the last command came to, if this is the answer to it.
    fn end(&self, reply: &Reply) -> Option<Result<(), Fault>> {
        let text = reply.text();
        let rest = text.strip_prefix(&format!("T{} ", self.tag))?;
        let (status, words) = rest.split_once(' ').unwrap_or((rest, ""));
        if status.eq_ignore_ascii_case("OK") {
            return Some(Ok(()));
        }
        let bracketed = words.strip_prefix('[').and_then(|words| words.split_once(']'));
        let (code, words) = bracketed.map_or(("", words), |(code, words)| (code, words.trim()));
        Some(Err(Fault::Refused { code: code.to_ascii_uppercase(), words: words.to_owned() }))
    }
}

/// Whether this tells of a new letter. A server that says goodbye has nothing more to tell.
fn news(reply: &Reply) -> Result<bool, Fault> {
    if reply.starts_with("* BYE") {
        return Err(Fault::Lost(reply.text()));
    }
    let text = reply.text();
    Ok(text.ends_with(" EXISTS") || text.ends_with(" RECENT"))
}

/// Numbers as IMAP writes a set of them: `1:3,7`.
fn set(uids: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*uid) => *last = *uid,
            _ => runs.push((*uid, *uid)),
        }
    }
    let run = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}:{last}") }
    };
    runs.iter().map(run).collect::<Vec<_>>().join(",")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The name of a folder as IMAP writes it: modified UTF-7 (RFC 3501 §5.1.3).
fn utf7(name: &str) -> String {
    let mut out = String::new();
    let mut odd: Vec<u8> = Vec::new();
    let shift = |odd: &mut Vec<u8>, out: &mut String| {
        if !odd.is_empty() {
            let text = STANDARD.encode(&*odd).trim_end_matches('=').replace('/', ",");
            out.push_str(&format!("&{text}-"));
            odd.clear();
        }
    };
    for letter in name.chars() {
        match letter {
            ' '..='~' => {
                shift(&mut odd, &mut out);
                out.push(letter);
                if letter == '&' {
                    out.push('-');
                }
            }
            _ => {
                let mut units = [0; 2];
                odd.extend(letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
            }
        }
    }
    shift(&mut odd, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_any_script_is_named_as_the_standard_does() {
        assert_eq!(utf7("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(utf7("Entwürfe & mehr"), "Entw&APw-rfe &- mehr");
        assert_eq!(super::super::reply::from_utf7("Entw&APw-rfe &- mehr"), "Entwürfe & mehr");
        assert_eq!(super::super::reply::from_utf7("&U,BTFw-/&ZeVnLIqe-"), "台北/日本語");
    }

    #[test]
    fn neighbours_are_written_as_a_run() {
        assert_eq!(set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
    }
}
