//! A mailbox as it is read: what is new, each letter once, in the order in which the server numbered them.
//!
//! How far each folder was read is the channel's cursor, which is kept in one transaction with the letters. So is
//! what is still to be done to letters in the mailbox (to be marked as seen, to be moved): it is done in the round
//! after the one that kept them, and a crash in between does it later, never before.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{Account, Line, Polled};
use super::days::{date, day};
use super::imap::{Fault, Imap};
use super::settings::{self, Afterwards};
use super::watch::Watch;
use super::{oversize, trouble};
use crate::domain::outbox::{Cause, Failure};
use crate::domain::{Span, Timestamp};
use crate::net::signature;

/// How long a server is waited on; routers forget a silent connection after ten minutes.
const WAIT: Duration = Duration::from_secs(9 * 60);
/// How often folders are looked at that the server does not watch for us.
const LOOK: Duration = Duration::from_secs(60);
/// How many letters are taken in one round, and how many bytes of them.
const MOST: usize = 100;
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// Of how many numbers the dates are asked at first; of all that are left where none of them is new enough.
const NEAR: u32 = 250;
/// How many letters are asked for in one go, and how many bytes at most.
const GO: u64 = 2 * 1024 * 1024;
/// How many kept letters are remembered to which nothing can be done at present.
const MOST_KEPT: usize = 10_000;
/// How far a mailbox is read again whose letters have new numbers.
const AGAIN: Span = Span::days(60);

/// How far the folders were read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
struct Place {
    /// Which mailbox this speaks of; in another one it means nothing.
    of: String,
    folders: BTreeMap<String, Folder>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Folder {
    validity: u32,
    /// The last letter that was taken.
    last: u32,
    /// The day from which on letters are for us, and the day on which the folder was last read; days since 1970.
    from: i64,
    day: i64,
    /// Letters up to this number count by their date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old: Option<Old>,
    /// Kept letters to which something is still to be done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kept: Vec<u32>,
}

/// Letters that were there before we looked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Old {
    /// The first number that is not one of them.
    until: u32,
    /// The day from which on they are taken.
    since: i64,
}

/// The open connection to a mailbox.
pub(super) struct Mailbox {
    account: Account,
    imap: Option<Imap>,
    /// Who watches the folders that the connection cannot watch as well.
    watch: Option<Watch>,
}

impl Mailbox {
    pub(super) fn new(account: &Account) -> Mailbox {
        Mailbox { account: account.clone(), imap: None, watch: None }
    }

    fn round(
        &mut self,
        imap: &mut Imap,
        cursor: &str,
        now: Timestamp,
        is_over: &dyn Fn() -> bool,
    ) -> Result<Polled, Fault> {
        let mut place = Place::read(cursor, &self.account);
        let folders = settings::folders(&self.account);
        // A folder that was taken off the list is begun anew if it comes back.
        place.folders.retain(|name, _| folders.contains(name));
        let mut refused = None;
        for name in &folders {
            match look(imap, &self.account, &mut place, name, now) {
                Ok(Some(deliveries)) => return Ok(Polled { deliveries, cursor: place.write() }),
                Ok(None) => {}
                Err(Fault::Refused { code, words }) => {
                    refused = Some(Fault::Refused { code, words: format!("{name}: {words}") });
                }
                Err(lost) => return Err(lost),
            }
        }
        if let Some(refused) = refused {
            return Err(refused);
        }
        self.wait(imap, &folders, &place, is_over)?;
        Ok(Polled { deliveries: Vec::new(), cursor: cursor.to_owned() })
    }

    /// Waits for news: in the first folder on this connection, in others on one each, because a server watches one
    /// folder a connection (RFC 2177). Where nobody watches, one looks from time to time.
    fn wait(
        &mut self,
        imap: &mut Imap,
        folders: &[String],
        place: &Place,
        is_over: &dyn Fn() -> bool,
    ) -> Result<(), Fault> {
        if !imap.can("IDLE") {
            let mut left = LOOK;
            while !left.is_zero() && !is_over() {
                let step = left.min(Duration::from_secs(1));
                std::thread::sleep(step);
                left -= step;
            }
            return Ok(());
        }
        // The only folder is still open, and the server tells what happened in it since the look.
        let [first, others @ ..] = folders else { return Ok(()) };
        if others.is_empty() {
            return imap.idle(WAIT, is_over).map(|_| ());
        }
        let next = imap.select(first, false)?.next;
        let taken = place.folders.get(first).map_or(0, |folder| folder.last);
        if next.is_some_and(|next| next > taken.saturating_add(1)) {
            return Ok(());
        }
        let watch = match self.watch.take() {
            Some(watch) if !watch.is_worn() => watch,
            _ => Watch::begin(&self.account, others),
        };
        let longest = if watch.is_whole() { WAIT } else { LOOK };
        let waited = imap.idle(longest, &|| is_over() || watch.has_news());
        watch.told();
        self.watch = Some(watch);
        waited.map(|_| ())
    }
}

impl Line for Mailbox {
    fn next(&mut self, cursor: &str, now: Timestamp, is_over: &dyn Fn() -> bool) -> Result<Polled, Failure> {
        let mut imap = match self.imap.take() {
            Some(imap) => imap,
            None => open(&self.account)?,
        };
        let polled = self.round(&mut imap, cursor, now, is_over).map_err(trouble::of_poll)?;
        self.imap = Some(imap);
        Ok(polled)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        if let Some(imap) = self.imap.take() {
            imap.leave();
        }
    }
}

/// Connects and signs in.
pub(super) fn open(account: &Account) -> Result<Imap, Failure> {
    let server =
        settings::imap(account).ok_or_else(|| Failure::reconnect("no server for incoming mail is set"))?;
    let credential = settings::credential(account).ok_or_else(trouble::no_access)?;
    Imap::open(&server, &credential).map_err(|fault| trouble::of_sign_in(account, fault))
}

type Deliveries = Vec<(String, Vec<u8>)>;

/// Takes the next letters of a folder. `Some`: there were some, or the place has moved.
fn look(
    imap: &mut Imap,
    account: &Account,
    place: &mut Place,
    name: &str,
    now: Timestamp,
) -> Result<Option<Deliveries>, Fault> {
    let after = settings::afterwards(account);
    let selected = imap.select(name, after != Afterwards::Leave)?;
    let before = place.folders.get(name).cloned();
    let next = match selected.next {
        Some(next) => next,
        None => imap.search("UID *")?.last().map_or(1, |last| last.saturating_add(1)),
    };
    let mut folder = begin(before.as_ref(), account, (selected.validity, next), now);
    let hitch = finish(imap, &mut folder, &after)?;
    let uids = new_letters(imap, &mut folder, next)?;
    let (deliveries, taken) = take(imap, account, name, &uids)?;
    folder.last = taken.last().copied().unwrap_or(folder.last);
    if after != Afterwards::Leave {
        folder.kept.extend(taken);
        let excess = folder.kept.len().saturating_sub(MOST_KEPT);
        folder.kept.drain(..excess);
    }
    if before.as_ref() == Some(&folder) {
        return hitch.map_or(Ok(None), Err);
    }
    place.folders.insert(name.to_owned(), folder);
    Ok(Some(deliveries))
}

/// Does to kept letters what is to be done to them. `Some`: the server refuses that, which keeps nothing from
/// coming in.
fn finish(imap: &mut Imap, folder: &mut Folder, after: &Afterwards) -> Result<Option<Fault>, Fault> {
    if folder.kept.is_empty() {
        return Ok(None);
    }
    let done = match after {
        Afterwards::Leave => Ok(()),
        Afterwards::See => imap.see(&folder.kept),
        Afterwards::Move(to) => imap.shift(&folder.kept, to),
    };
    match done {
        Ok(()) => {
            folder.kept.clear();
            Ok(None)
        }
        Err(refused @ Fault::Refused { .. }) => Ok(Some(refused)),
        Err(lost) => Err(lost),
    }
}

/// Where a folder stands: as it was left, or at a beginning if it was never read or its letters have new numbers.
fn begin(before: Option<&Folder>, account: &Account, (validity, next): (u32, u32), now: Timestamp) -> Folder {
    let today = day(now);
    match before {
        Some(folder) if folder.validity == validity => Folder { day: today, ..folder.clone() },
        Some(folder) => {
            // Everything since the last look, and then some: what is here already falls out by itself.
            let since = day(now - AGAIN).min(folder.day - 2).max(folder.from);
            let old = Some(Old { until: next, since });
            Folder { validity, last: 0, from: folder.from, day: today, old, kept: Vec::new() }
        }
        None => {
            let days: i64 = account.get(settings::HISTORY_DAYS.name).parse().unwrap_or(0);
            let from = today - days.clamp(0, 36_500);
            let old = (days > 0).then_some(Old { until: next, since: from });
            let last = if days > 0 { 0 } else { next.saturating_sub(1) };
            Folder { validity, last, from, day: today, old, kept: Vec::new() }
        }
    }
}

/// The numbers of letters that were not taken yet.
fn new_letters(imap: &mut Imap, folder: &mut Folder, next: u32) -> Result<Vec<u32>, Fault> {
    let first = folder.last.saturating_add(1);
    if let Some(old) = folder.old {
        let mut found = Vec::new();
        let last = old.until.saturating_sub(1);
        // Servers look at the date of every letter that is asked about, so the next ones are asked about first.
        for end in [first.saturating_add(NEAR).min(last), last] {
            if first <= end && found.is_empty() {
                found = imap.search(&format!("UID {first}:{end} SINCE {}", date(old.since)))?;
                found.retain(|uid| (first..=end).contains(uid));
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
        (folder.last, folder.old) = (folder.last.max(old.until.saturating_sub(1)), None);
    }
    let first = folder.last.saturating_add(1);
    if first >= next {
        return Ok(Vec::new());
    }
    let mut found = imap.search(&format!("UID {first}:*"))?;
    // A star is the last letter, however small its number.
    found.retain(|uid| *uid >= first);
    if found.is_empty() {
        // What came was taken away again.
        folder.last = next.saturating_sub(1);
    }
    Ok(found)
}

/// Fetches the first of these letters, and says which were dealt with.
fn take(
    imap: &mut Imap,
    account: &Account,
    name: &str,
    uids: &[u32],
) -> Result<(Deliveries, Vec<u32>), Fault> {
    let first = &uids[..uids.len().min(MOST)];
    if first.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let largest = settings::largest(account);
    let (mut deliveries, mut taken, mut bytes) = (Vec::new(), Vec::new(), 0);
    let (mut go, mut going) = (Vec::new(), 0);
    let letters = imap.sizes(first)?;
    for letter in &letters {
        if bytes > 0 && bytes + letter.size.min(largest) > MOST_BYTES {
            fetch(imap, &mut go, &mut deliveries)?;
            return Ok((deliveries, taken));
        }
        taken.push(letter.uid);
        if letter.size > largest {
            fetch(imap, &mut go, &mut deliveries)?;
            going = 0;
            if let Some((_, head)) = imap.fetch(&[letter.uid], false)?.into_iter().next() {
                let letter = oversize::letter(account.language, &head, (letter.size, name));
                deliveries.push((key(&letter), letter));
            }
            continue;
        }
        bytes += letter.size;
        if going + letter.size > GO {
            fetch(imap, &mut go, &mut deliveries)?;
            going = 0;
        }
        going += letter.size;
        go.push(letter.uid);
    }
    fetch(imap, &mut go, &mut deliveries)?;
    // Letters that are gone meanwhile are dealt with, too.
    Ok((deliveries, first.to_vec()))
}

fn fetch(imap: &mut Imap, uids: &mut Vec<u32>, deliveries: &mut Deliveries) -> Result<(), Fault> {
    if !uids.is_empty() {
        let letters = imap.fetch(uids, true)?;
        deliveries.extend(letters.into_iter().map(|(_, bytes)| (key(&bytes), bytes)));
        uids.clear();
    }
    Ok(())
}

/// What tells a letter from every other: all of it. An identifier alone would let one letter hide another.
fn key(letter: &[u8]) -> String {
    signature::hex(&signature::sha256(letter))
}

impl Place {
    fn read(cursor: &str, account: &Account) -> Place {
        let of = of(account);
        let known: Option<Place> = serde_json::from_str(cursor).ok();
        known.filter(|place| place.of == of).unwrap_or(Place { of, folders: BTreeMap::new() })
    }

    fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Which mailbox it is.
fn of(account: &Account) -> String {
    let host = settings::imap(account).map(|server| server.peer.host).unwrap_or_default();
    let user =
        settings::credential(account).map_or_else(|| account.get("address").to_owned(), |one| one.user);
    format!("{user} {host}").to_lowercase()
}

/// A fault for people, with the folder that it is about.
pub(super) fn words(fault: Fault) -> String {
    match fault {
        Fault::Refused { words, .. } | Fault::Lost(words) => words,
    }
}

/// A failure of a poll that passes.
pub(super) fn passes(words: impl Into<String>) -> Failure {
    Failure::later(Cause::Transient, words, None)
}
