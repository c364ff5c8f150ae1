//! `transom generate`: a large desk that looks real, for measuring.

mod calendar;
mod cast;
pub mod dice;
mod files;
mod pen;
mod people;
mod row;
mod story;
mod text;
mod thread;

use std::path::Path;
use std::str::FromStr;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use serde_json::json;

use super::arguments::{Arguments, Opt};
use super::leftover::Leftover;
use super::progress::Progress;
use super::{Command, DB, Error, JSON, desk as file, print, print_json};
use crate::clock::Clock;
use crate::desk::{Desk, Options};
use crate::net::Client;
use crate::random;
use crate::store::bulk::Bulk;
use crate::store::durable;
use cast::Cast;
use row::Row;
use story::{Story, Wanted};

/// Rows cross to the writing thread in heaps, because each crossing costs.
const HEAP: usize = 256;
/// Messages between two commits.
const COMMIT: i64 = 50_000;

pub const COMMAND: Command = Command {
    name: "generate",
    operands: "",
    summary: "Make a large, realistic desk, for measuring",
    about: "Writes a new file with an administrator admin@example.org, twenty agents, a simulated channel of every\n\
            kind, and two years of conversations with a file at one message in a hundred. The same seed gives the same\n\
            people, texts and files. With --files there are photos among them until all files have about so many\n\
            bytes; LENGTH is a number with KB, MB, GB or TB behind it, as in 20GB.",
    options: &[
        DB,
        Opt::new("conversations", "N", "how many conversations (default: 1000)"),
        Opt::new("messages", "M", "how many messages in all (default: ten a conversation)"),
        Opt::new("files", "LENGTH", "how many bytes all files have (default: as small files come to)"),
        Opt::new("seed", "S", "another number, another desk (default: 1)"),
        Opt::new("password", "WORD", "the administrator's password; otherwise one is made and printed"),
        JSON,
    ],
    run,
};

fn run(arguments: Arguments) -> Result<(), Error> {
    let number = |name| {
        let given = arguments.parsed::<std::num::NonZeroU32>(name, "a number from 1")?;
        Ok::<_, Error>(given.map(|number| i64::from(number.get())))
    };
    let conversations = number("conversations")?.unwrap_or(1000);
    let wanted = Wanted {
        conversations,
        files: arguments.parsed::<Length>("files", "a length such as 500MB or 20GB")?.map(|length| length.0),
        messages: number("messages")?.unwrap_or(conversations * 10).max(conversations),
        seed: arguments.parsed("seed", "a number")?.unwrap_or(1),
        until: Clock::system().now(),
    };
    let (made, word) = match arguments.get("password")? {
        Some(word) => (false, word),
        None => (true, random::key()),
    };
    arguments.finish()?;
    let path = file::path(&arguments);
    file::folder_exists(&path)?;
    if path.exists() {
        return Err(Error::Failed(format!("{} exists already; generate makes a new file", path.display())));
    }
    let key = crate::vault::key_path(&path);
    if key.exists() {
        let why = "belongs to some desk; generate makes a new key";
        return Err(Error::Failed(format!("{} exists already and {why}", key.display())));
    }
    let begun = Instant::now();
    build(&path, &word, wanted)?;
    let seconds = begun.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(&path).map_or(0, |data| data.len());
    if arguments.has("json") {
        let password = made.then_some(word);
        return print_json(&json!({
            "file": path, "conversations": wanted.conversations, "messages": wanted.messages, "bytes": bytes,
            "seconds": seconds, "email": cast::ADMIN, "password": password,
        }));
    }
    let shown = path.display();
    print(&format!("{} messages in {seconds:.1} s; {shown} has {bytes} bytes.\n", wanted.messages))?;
    if made { print(&format!("Sign in as {} with the password {word}\n", cast::ADMIN)) } else { Ok(()) }
}

/// So many bytes, as people write it.
struct Length(u64);

impl FromStr for Length {
    type Err = ();

    fn from_str(text: &str) -> Result<Length, ()> {
        let units = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000)];
        let upper = text.trim().to_uppercase();
        let (number, unit) = units
            .iter()
            .find_map(|(name, unit)| Some((upper.strip_suffix(name)?, *unit)))
            .unwrap_or((&upper, 1));
        let length = number.trim_end().parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
        length.filter(|length| *length > 0).map(Length).ok_or(())
    }
}

/// Fills a file beside the wanted one and gives it its name when it is whole.
fn build(path: &Path, word: &str, wanted: Wanted) -> Result<(), Error> {
    let unfinished = Leftover::new(path.with_added_extension("unfinished"));
    let key = Leftover::new(crate::vault::key_path(unfinished.path()));
    fill(unfinished.path(), word, wanted)?;
    let renamed = durable::rename(unfinished.path(), path);
    let renamed = renamed.and_then(|()| durable::rename(key.path(), &crate::vault::key_path(path)));
    renamed.map_err(|fault| Error::Failed(format!("{}: {fault}", path.display())))
}

fn fill(path: &Path, word: &str, wanted: Wanted) -> Result<(), Error> {
    let failed = |fault: crate::desk::Error| Error::Failed(file::sentence(path, &fault.to_string()));
    let desk = Desk::open(path, Clock::system(), Client::default(), Options::default()).map_err(failed)?;
    let cast = Cast::assemble(&desk, word)?;
    drop(desk);
    let bulk = Bulk::open(path)?;
    let first = bulk.free()?;
    std::thread::scope(|scope| {
        let (send, rows) = sync_channel::<Vec<Row>>(64);
        scope.spawn(move || {
            let mut heap = Vec::with_capacity(HEAP);
            let mut pass = |row: Row| {
                heap.push(row);
                if heap.len() == HEAP {
                    // The writer has stopped with an error of its own; it will say so.
                    let _ = send.send(std::mem::replace(&mut heap, Vec::with_capacity(HEAP)));
                }
            };
            Story::new(wanted, first, &cast, &mut pass).tell();
            let _ = send.send(heap);
        });
        write(&bulk, &rows, wanted)
    })?;
    let mut progress = Progress::begin("Indexing contacts");
    bulk.index(&mut |done| progress.tell(done, done))?;
    progress.end();
    let mut progress = Progress::begin("Indexing messages");
    bulk.index_messages(&mut |done| progress.tell(done, done))?;
    progress.end();
    Ok(bulk.finish()?)
}

fn write(bulk: &Bulk, rows: &Receiver<Vec<Row>>, wanted: Wanted) -> Result<(), Error> {
    let mut progress = Progress::begin("Writing messages");
    let mut done = 0;
    for row in rows.iter().flatten() {
        let is_message = row.is_message();
        done += i64::from(is_message);
        row.write(bulk)?;
        if is_message && done % COMMIT == 0 {
            bulk.commit()?;
        }
        if is_message && done % 512 == 0 {
            progress.tell(done, wanted.messages);
        }
    }
    progress.tell(done, wanted.messages);
    progress.end();
    Ok(())
}
