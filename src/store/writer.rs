//! The one thread that writes. It owns the writing connection and is the only place that makes a [`Tx`].
//!
//! What waits is committed together: each caller's work runs in a savepoint of one transaction, one
//! synced commit follows, and only then is any caller answered. So `synchronous=FULL` costs a disk sync
//! a group and not a message, and a failure or a panic in one work takes no other along.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::checkpoint::{self, Checkpointer};
use super::lease::Held;
use super::standing::Standing;
use super::{Error, Result, pairing, words};
use crate::domain::Id;
use crate::domain::halt::Halt;
use crate::domain::message::Message;
use crate::locks::hold;

/// How many works are committed together at most.
const GROUP: usize = 64;
/// How long a group waits for another program that writes.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// The same where people wait for us.
const IMPATIENCE: Duration = Duration::from_secs(1);

/// How long a group of this desk waits.
pub const fn patience(is_served: bool) -> Duration {
    if is_served { IMPATIENCE } else { PATIENCE }
}

/// The right to write, for the time of one work. Reads work through it as well.
pub struct Tx<'c> {
    connection: &'c Connection,
    topics: RefCell<BTreeSet<String>>,
    /// The messages that are to be indexed before the commit; they are not in the index now.
    reworded: RefCell<BTreeSet<Id<Message>>>,
    /// Nobody is to be told.
    quiet: Cell<bool>,
}

impl Tx<'_> {
    /// Does `part` of the work without telling anybody: it happened long ago and elsewhere. The log has it, and says so.
    pub fn quietly<T>(&self, part: impl FnOnce(&Self) -> T) -> T {
        let before = self.quiet.replace(true);
        let outcome = part(self);
        self.quiet.set(before);
        outcome
    }

    /// Whether nobody is to be told of what is done now.
    pub const fn is_quiet(&self) -> bool {
        self.quiet.get()
    }

    /// Tells those who wait on `topic` that something changed, once the work is committed.
    pub fn touch(&self, topic: impl Into<String>) {
        self.topics.borrow_mut().insert(topic.into());
    }

    /// The message is to be indexed before the commit. `false`: that was known, and it is not in the index now.
    pub fn reword(&self, id: Id<Message>) -> bool {
        self.reworded.borrow_mut().insert(id)
    }

    /// Does `part` of the work whole or not at all: what it wrote before an `Err` is taken back, and the rest
    /// of the work goes on.
    pub fn part<T, E: From<Error>>(
        &self,
        part: impl FnOnce(&Self) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.connection.execute_batch("SAVEPOINT part").map_err(Error::from)?;
        let before = self.reworded.borrow().clone();
        let outcome = part(self);
        if outcome.is_err() {
            self.reworded.replace(before);
        }
        let end = if outcome.is_ok() { "RELEASE part" } else { "ROLLBACK TO part; RELEASE part" };
        self.connection.execute_batch(end).map_err(Error::from)?;
        outcome
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

/// Called with the topics that a committed group touched.
pub type OnCommit = Box<dyn Fn(&BTreeSet<String>) + Send>;

/// Runs the work and says whether to keep it.
type Run = Box<dyn FnOnce(&Tx<'_>) -> bool + Send>;
/// Tells the caller whether the commit held.
type Answer = SyncSender<Result<()>>;

struct Work {
    run: Run,
    answer: Answer,
}

/// The way to the writing thread.
pub struct Writer {
    works: Option<SyncSender<Work>>,
    thread: Option<JoinHandle<()>>,
    held: Arc<Held>,
}

impl Writer {
    /// Starts the thread that owns `connection`, and moves the log into the file between the groups. A group waits
    /// for `patience` while another program writes.
    pub fn start(
        connection: Connection,
        checkpointer: Checkpointer,
        on_commit: OnCommit,
        patience: Duration,
    ) -> std::io::Result<Self> {
        let (works, waiting) = sync_channel(256);
        let held = checkpointer.held().clone();
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || run(connection, checkpointer, &waiting, (&on_commit, patience)))?;
        Ok(Writer { works: Some(works), thread: Some(thread), held })
    }

    /// Why nothing is written at the moment; `None`: all is well.
    pub fn halt(&self) -> Option<Halt> {
        self.held.standing().halt()
    }

    /// The file that is written into.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// Runs `work` in a transaction. `Ok` is returned only after it is on the disk; on `Err`, and when the
    /// work panics, nothing of it is kept.
    pub fn write<T, E, F>(&self, work: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let outcome = Arc::new(Mutex::new(None));
        let kept = outcome.clone();
        self.ask(Box::new(move |tx| {
            let outcome = work(tx);
            let keep = outcome.is_ok();
            *hold(&kept) = Some(outcome);
            keep
        }))?;
        let outcome = hold(&outcome).take();
        outcome.unwrap_or_else(|| Err(Error::Broken.into()))
    }

    /// The part of it that is the same for all works, so that the program holds it once: waits until it is known whether
    /// the commit held.
    fn ask(&self, run: Run) -> Result<()> {
        // Nobody waits for what will not be.
        if let Some(why) = self.halt() {
            return Err(Error::Halted(why));
        }
        let (answer, told) = sync_channel(1);
        let works = self.works.as_ref().ok_or(Error::Stopped)?;
        works.send(Work { run, answer }).map_err(|_| Error::Stopped)?;
        told.recv().unwrap_or_else(|_| Err(self.halt().map_or(Error::Broken, Error::Halted)))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.works = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    connection: Connection,
    mut checkpointer: Checkpointer,
    waiting: &Receiver<Work>,
    told: (&OnCommit, Duration),
) {
    let mut seen = version(&connection);
    loop {
        let turn = || turn(&connection, &mut checkpointer, waiting, told, &mut seen);
        match catch_unwind(AssertUnwindSafe(turn)) {
            Ok(true) => {}
            Ok(false) => return checkpointer.close(connection),
            // Whoever waited was told that nothing is certain; without this thread nobody could write any more.
            Err(_) => {
                log::error!("the writing thread broke and goes on");
                if !connection.is_autocommit() {
                    let _ = connection.execute_batch("ROLLBACK");
                }
                std::thread::sleep(BROKEN);
            }
        }
    }
}

/// How long nothing is written after the thread broke.
const BROKEN: Duration = Duration::from_millis(50);

/// Writes one group, if there is one, and moves the log. `false`: nobody will write any more.
fn turn(
    connection: &Connection,
    checkpointer: &mut Checkpointer,
    waiting: &Receiver<Work>,
    (on_commit, patience): (&OnCommit, Duration),
    seen: &mut i64,
) -> bool {
    let now = version(connection);
    if now != *seen {
        *seen = now;
        checkpointer.changed_outside();
        on_commit(&EVERYBODY.map(str::to_owned).into());
    }
    match waiting.recv_timeout(checkpointer.pause()) {
        Ok(first) => {
            let mut group = vec![first];
            group.extend(waiting.try_iter().take(GROUP - 1));
            // Dropping the works answers every caller with the reason; nothing was done.
            if checkpointer.look().is_none()
                && let Some(topics) = commit(connection, checkpointer, group, patience)
            {
                checkpointer.committed();
                if !topics.is_empty() {
                    on_commit(&topics);
                }
            }
        }
        Err(RecvTimeoutError::Timeout) => {
            checkpointer.look();
        }
        Err(RecvTimeoutError::Disconnected) => return false,
    }
    if checkpointer.held().standing().halt() == Some(Halt::Locked) {
        probe(connection, checkpointer.held().standing());
    } else {
        checkpointer.run_if_due(connection, *seen);
    }
    true
}

/// Looks whether the program that held the lock has let go.
fn probe(connection: &Connection, standing: &Standing) {
    match checkpoint::hold_writers(connection) {
        Ok(false) => return,
        Ok(true) => {
            let _ = connection.execute_batch("ROLLBACK");
        }
        // What else is wrong is met by who writes next.
        Err(fault) => log::warn!("whether the database can be written is not known: {fault}"),
    }
    standing.go_on();
}

/// Who is told when another process wrote into the file: a command line beside a running desk.
const EVERYBODY: [&str; 3] = [super::event::DESK, super::inbound::TOPIC, super::outbox::TOPIC];

fn version(connection: &Connection) -> i64 {
    checkpoint::version(connection).unwrap_or_default()
}

/// Runs a group in one transaction and answers everybody. Returns what was touched; `None` when
/// nothing was kept.
fn commit(
    connection: &Connection,
    checkpointer: &Checkpointer,
    group: Vec<Work>,
    patience: Duration,
) -> Option<BTreeSet<String>> {
    let standing = checkpointer.held().standing();
    let begins_generation = checkpointer.begins_generation();
    let begun = standing.watch(|| {
        connection.busy_timeout(patience).map_err(Error::from)?;
        begin(connection, begins_generation).map_err(Error::from)
    });
    if let Err(fault) = begun {
        // Dropping the works answers every caller; nothing was done.
        match fault {
            Error::Sqlite(busy) if busy.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                standing.stop(Halt::Locked);
            }
            fault => log::error!("cannot begin to write: {fault}"),
        }
        return None;
    }
    let mut left = Left::default();
    let mut answers = Vec::with_capacity(group.len());
    standing.watch(|| {
        answers.extend(group.into_iter().filter_map(|work| one(connection, work, &mut left)));
        index(connection, &left.reworded);
    });
    if standing.halt() == Some(Halt::Damaged) {
        // What was written beside damage may be written upon what belongs to something else.
        let _ = connection.execute_batch("ROLLBACK");
        return None;
    }
    let committed = standing.watch(|| connection.execute_batch("COMMIT").map_err(Error::from));
    if let Err(fault) = &committed {
        log::error!("a commit failed, nothing was written: {fault}");
        let _ = connection.execute_batch("ROLLBACK");
    }
    if committed.is_ok() && begins_generation {
        checkpointer.note_generation(connection);
    }
    for answer in answers {
        // A caller who no longer waits is no reason to stop.
        let _ = answer.send(committed.as_ref().copied().map_err(|fault| cause(fault, standing)));
    }
    committed.is_ok().then_some(left.topics)
}

fn begin(connection: &Connection, begins_generation: bool) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    if !begins_generation {
        return Ok(());
    }
    pairing::advance(connection).inspect_err(|_| {
        let _ = connection.execute_batch("ROLLBACK");
    })
}

/// What the works of a group leave to be done.
#[derive(Default)]
struct Left {
    topics: BTreeSet<String>,
    reworded: BTreeSet<Id<Message>>,
}

/// Makes findable what a group said. An index that is broken is a reason to repair it, and none to lose a message.
fn index(connection: &Connection, ids: &BTreeSet<Id<Message>>) {
    if ids.is_empty() {
        return;
    }
    let indexed = connection.execute_batch("SAVEPOINT words").map_err(Error::from);
    let indexed = indexed.and_then(|()| words::index(connection, ids));
    if let Err(fault) = indexed.and_then(|()| Ok(connection.execute_batch("RELEASE words")?)) {
        log::error!(
            "{} messages cannot be found by search: {fault}; run `transom check --repair`",
            ids.len()
        );
        let _ = connection.execute_batch("ROLLBACK TO words; RELEASE words");
    }
}

/// Runs one work in its savepoint; `None` when it panicked, which drops the caller's channel.
fn one(connection: &Connection, work: Work, left: &mut Left) -> Option<Answer> {
    let reworded = RefCell::new(left.reworded.clone());
    let tx = Tx { connection, topics: RefCell::new(BTreeSet::new()), reworded, quiet: Cell::new(false) };
    if connection.execute_batch("SAVEPOINT work").is_err() {
        return None;
    }
    let Work { run, answer } = work;
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&tx)));
    let keep = matches!(outcome, Ok(true));
    let end = if keep { "RELEASE work" } else { "ROLLBACK TO work; RELEASE work" };
    if let Err(fault) = connection.execute_batch(end) {
        log::error!("cannot end a savepoint: {fault}");
    }
    if keep {
        left.topics.append(&mut tx.topics.borrow_mut());
        left.reworded = tx.reworded.take();
    }
    outcome.ok().map(|_| answer)
}

fn cause(fault: &Error, standing: &Standing) -> Error {
    match fault {
        Error::Sqlite(full) if full.sqlite_error_code() == Some(ErrorCode::DiskFull) => Error::DiskFull,
        _ => standing.halt().map_or(Error::Broken, Error::Halted),
    }
}
