//! Letters of a mailbox that was kept elsewhere, into an e-mail channel, through the same reader as those that arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::actions::take_over::{self, Taken};
use crate::actions::{self};
use crate::channels::{self, Account, Raw};
use crate::cli::Error;
use crate::cli::mbox::{LARGEST, Letters, Next};
use crate::cli::progress::Progress;
use crate::desk::Desk;
use crate::domain::access::Viewer;
use crate::domain::channel::{Channel, Kind};
use crate::domain::conversation::Conversation;
use crate::domain::inbound::{Event, Incoming, Kept};
use crate::domain::{Id, Timestamp};
use crate::store::mail;

/// Letters that share a commit.
const BATCH: usize = 50;
/// Bytes of letters that share a commit at most.
const BYTES: usize = 32 << 20;

/// What became of the letters.
#[derive(Default)]
pub struct Report {
    pub taken: u64,
    pub known: u64,
    /// Each with why it was left out.
    pub left: Vec<(String, String)>,
}

/// Takes every letter of `path`: an mbox file, a letter, or a folder of them.
pub fn take(desk: &Desk, id: Id<Channel>, path: &Path, open: bool) -> Result<Report, Error> {
    let account = desk.readers.read(|c| match crate::store::channel::get(c, id)? {
        Some(channel) => Ok::<_, crate::store::Error>(Some(desk.account(c, channel)?)),
        None => Ok(None),
    })?;
    let account = account.filter(|account| account.channel.kind == Kind::Email);
    let account = account.ok_or_else(|| {
        Error::Failed(format!("{id} is no e-mail channel; 'transom channel list' shows them"))
    })?;
    let files = files(path)?;
    let all = files.iter().filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum::<u64>();
    let channel = Arc::new(account.channel.clone());
    let mut taking = Taking {
        desk,
        account,
        channel,
        open,
        waiting: Vec::new(),
        bytes: 0,
        opened: BTreeSet::new(),
        report: Report::default(),
    };
    // An answer may lie in a file before the one that it answers, and the newest letter first in its file.
    let mut progress = Progress::begin("Reading bytes of letters");
    let (mut done, all) = (0_u64, i64::try_from(all).unwrap_or(i64::MAX));
    let mut found = Vec::new();
    for (number, file) in files.iter().enumerate() {
        taking.find((number, file), &mut found, &mut |bytes| {
            done += bytes;
            progress.tell(i64::try_from(done).unwrap_or(i64::MAX).min(all), all);
        })?;
    }
    progress.end();
    found.sort_by_key(|place: &Place| place.at);
    let mut progress = Progress::begin("Taking letters");
    let all = i64::try_from(found.len()).unwrap_or(i64::MAX);
    for (done, place) in (1..).zip(&found) {
        let Some(file) = files.get(place.file) else { continue };
        taking.take(file, place)?;
        progress.tell(done, all);
    }
    taking.settle()?;
    taking.rest()?;
    progress.end();
    Ok(taking.report)
}

/// The files in which letters may lie, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |fault: std::io::Error| Error::Failed(format!("{}: {fault}", path.display()));
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let entries: Result<Vec<_>, _> = std::fs::read_dir(path).map_err(failed)?.collect();
    let mut entries: Vec<PathBuf> = entries.map_err(failed)?.into_iter().map(|entry| entry.path()).collect();
    entries.sort_unstable();
    for entry in entries {
        // A link may lead round in a circle, or out of what was given to us.
        if entry.is_symlink() {
            continue;
        }
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else {
            found.push(entry);
        }
    }
    Ok(found)
}

/// Where a letter lies.
struct Place {
    /// When it was written.
    at: Timestamp,
    /// The number of its file.
    file: usize,
    /// Where it begins in a mailbox, in bytes, and the how manieth it is there; `None`: it is the whole file.
    within: Option<(u64, u64)>,
}

impl Place {
    fn name(&self, file: &Path) -> String {
        match self.within {
            Some((_, number)) => format!("{}, letter {number}", file.display()),
            None => file.display().to_string(),
        }
    }
}

struct Taking<'t> {
    desk: &'t Desk,
    account: Account,
    channel: Arc<Channel>,
    /// What letters open stays open.
    open: bool,
    waiting: Vec<(String, Event, Timestamp)>,
    bytes: usize,
    opened: BTreeSet<Id<Conversation>>,
    report: Report,
}

impl Taking<'_> {
    /// Finds the letters of a file, each with its date.
    fn find(
        &mut self,
        (number, path): (usize, &Path),
        found: &mut Vec<Place>,
        told: &mut dyn FnMut(u64),
    ) -> Result<(), Error> {
        let failed = |fault: std::io::Error| broken(path, &fault);
        let (mut file, skipped, is_mailbox) = opened(path).map_err(failed)?;
        if !is_mailbox {
            let letter = whole(&mut file).map_err(failed)?;
            told(u64::try_from(letter.len()).unwrap_or(0));
            return self.note(Place { at: Timestamp(0), file: number, within: None }, path, &letter, found);
        }
        let mut letters = Letters::new(file);
        for count in 1.. {
            let Some(next) = letters.read_next().map_err(failed)? else { break };
            let within = Some((skipped + letters.began(), count));
            let place = Place { at: Timestamp(0), file: number, within };
            match next {
                Next::Letter(letter) => {
                    told(u64::try_from(letter.len()).unwrap_or(0));
                    self.note(place, path, &letter, found)?;
                }
                Next::TooLarge(size) => {
                    told(size);
                    self.report.left.push((place.name(path), too_large()));
                }
            }
        }
        Ok(())
    }

    /// Notes a letter; what is none, or too long, is left out. Its head alone says when it was written.
    fn note(
        &mut self,
        place: Place,
        path: &Path,
        letter: &[u8],
        found: &mut Vec<Place>,
    ) -> Result<(), Error> {
        if letter.len() > LARGEST {
            self.report.left.push((place.name(path), too_large()));
        } else if !looks_like_a_letter(letter) {
            self.report.left.push((place.name(path), "it does not begin like a letter".to_owned()));
        } else {
            let written = self.events(head(letter))?.iter().find_map(|(_, at)| *at);
            found.push(Place { at: written.unwrap_or_else(|| self.desk.clock.now()), ..place });
        }
        Ok(())
    }

    /// Takes the letter at this place.
    fn take(&mut self, path: &Path, place: &Place) -> Result<(), Error> {
        let failed = |fault: std::io::Error| broken(path, &fault);
        let letter = match place.within {
            None => whole(&mut opened(path).map_err(failed)?.0).map_err(failed)?,
            Some((from, _)) => {
                let mut file = File::open(path).map_err(failed)?;
                file.seek(SeekFrom::Start(from)).map_err(failed)?;
                match Letters::new(BufReader::new(file)).read_next().map_err(failed)? {
                    Some(Next::Letter(letter)) => letter,
                    _ => {
                        let why = "the file was changed while it was read".to_owned();
                        self.report.left.push((place.name(path), why));
                        return Ok(());
                    }
                }
            }
        };
        self.letter(place.name(path), &letter)
    }

    /// What happens by a letter, each with its time where it is a message.
    fn events(&self, letter: &[u8]) -> Result<Vec<(Event, Option<Timestamp>)>, Error> {
        let Some(provider) = channels::provider(Kind::Email) else { return Ok(Vec::new()) };
        let now = self.desk.clock.now();
        let raw = Raw { headers: &BTreeMap::new(), body: letter, received_at: now };
        let events = provider.parse(&self.account, &raw).map_err(|malformed| Error::Failed(malformed.0))?;
        let dated = |event: Event| {
            let at = if let Event::Message(message) = &event { Some(message.at.min(now)) } else { None };
            (event, at)
        };
        Ok(events.into_iter().map(dated).collect())
    }

    fn letter(&mut self, name: String, letter: &[u8]) -> Result<(), Error> {
        for (mut event, at) in self.events(letter)? {
            if let Event::Message(Incoming { letter: Some(kept), .. }) = &mut event {
                kept.kept = Some(Kept { letter: mail::pack(letter)?, delivery: None });
            }
            // A letter without a date is as old as the import.
            let at = at.unwrap_or_else(|| self.desk.clock.now());
            self.waiting.push((name.clone(), event, at));
            self.bytes += letter.len();
        }
        if self.waiting.len() >= BATCH || self.bytes > BYTES { self.settle() } else { Ok(()) }
    }

    /// Lets the waiting letters happen, in one commit.
    fn settle(&mut self) -> Result<(), Error> {
        let (batch, channel) = (std::mem::take(&mut self.waiting), self.channel.clone());
        self.bytes = 0;
        let outcome = self.desk.writer.write(move |tx| {
            let one = |(name, event, at): (String, Event, Timestamp)| {
                let taken = tx.part(|tx| take_over::letter(tx, &Viewer::console(), (&channel, &event), at));
                match taken {
                    Err(actions::Error::Store(fault)) if !fault.is_of_one_row() => Err(fault),
                    other => Ok((name, other.map_err(|fault| format!("{fault:?}")))),
                }
            };
            batch.into_iter().map(one).collect::<crate::store::Result<Vec<_>>>()
        })?;
        for (name, taken) in outcome {
            match taken {
                Ok((Taken::Nobodys, _)) => {
                    self.report.left.push((name, "it names nobody whom it could belong to".to_owned()));
                }
                Ok((taken, opened)) => {
                    if taken == Taken::New {
                        self.report.taken += 1
                    } else {
                        self.report.known += 1
                    }
                    self.opened.extend(opened);
                }
                Err(why) => self.report.left.push((name, why)),
            }
        }
        Ok(())
    }

    /// Closes what the letters opened.
    fn rest(&mut self) -> Result<(), Error> {
        if self.open {
            return Ok(());
        }
        let all: Vec<Id<Conversation>> = std::mem::take(&mut self.opened).into_iter().collect();
        for batch in all.chunks(500) {
            let batch = batch.to_vec();
            self.desk.writer.write(move |tx| {
                batch.iter().try_for_each(|id| take_over::rest(tx, &Viewer::console(), *id))
            })?;
        }
        Ok(())
    }
}

fn broken(path: &Path, fault: &std::io::Error) -> Error {
    Error::Failed(format!("{}: {fault}", path.display()))
}

fn too_large() -> String {
    format!("larger than {} MB", LARGEST >> 20)
}

/// A file behind whatever some programs put before the first letter, how many bytes that was, and whether it is a mailbox.
fn opened(path: &Path) -> std::io::Result<(BufReader<File>, u64, bool)> {
    let mut file = BufReader::with_capacity(1 << 18, File::open(path)?);
    let mut start = Vec::new();
    file.by_ref().take(64).read_to_end(&mut start)?;
    let letters = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
    let skipped = u64::try_from(start.len() - letters.len()).unwrap_or(0);
    let is_mailbox = letters.starts_with(b"From ");
    file.seek(SeekFrom::Start(skipped))?;
    Ok((file, skipped, is_mailbox))
}

/// The rest of a file, as far as a letter may be long, and a byte more.
fn whole(file: &mut BufReader<File>) -> std::io::Result<Vec<u8>> {
    let mut letter = Vec::new();
    file.take(u64::try_from(LARGEST).unwrap_or(u64::MAX) + 1).read_to_end(&mut letter)?;
    Ok(letter)
}

/// The head of a letter: what stands before the first empty line.
fn head(letter: &[u8]) -> &[u8] {
    let start = letter.len() - letter.trim_ascii_start().len();
    let mut end = start;
    for line in letter.get(start..).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        if line.trim_ascii().is_empty() {
            break;
        }
    }
    letter.get(..end).unwrap_or(letter)
}

/// Fields of which every letter that was ever sent or kept has one.
const FIELDS: [&[u8]; 5] = [b"from", b"date", b"message-id", b"received", b"return-path"];

/// Whether it begins with a head that has such a field: other files lie in such folders as well, calendars and cards among
/// them, whose lines look like fields.
fn looks_like_a_letter(bytes: &[u8]) -> bool {
    let mut head = bytes
        .split(|byte| *byte == b'\n')
        .skip_while(|line| line.trim_ascii().is_empty())
        .take_while(|line| !line.trim_ascii().is_empty());
    let mut names =
        head.by_ref().filter(|line| !line.starts_with(b" ") && !line.starts_with(b"\t")).map(|line| {
            let end = line.iter().position(|byte| *byte == b':');
            end.and_then(|end| line.get(..end)).unwrap_or_default().trim_ascii_end()
        });
    let is_field = |name: &[u8]| FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field));
    let Some(first) = names.next() else { return false };
    let is_name = !first.is_empty() && first.iter().all(u8::is_ascii_graphic);
    is_name && (is_field(first) || names.any(is_field))
}
