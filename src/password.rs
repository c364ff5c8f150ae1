//! Password hashes: argon2id, few at a time, never in the writing thread.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version, password_hash};

use crate::locks::hold;
use crate::random;

/// How many hashes are computed at a time; each takes 19 MiB and a core.
const AT_A_TIME: u32 = 2;
/// How many wait for their turn, so that a flood of sign-ins cannot hold every thread.
const WAITING: u32 = 6;
/// How many more may wait who are known here.
const KNOWN_WAITING: u32 = 4;
/// How long anybody waits. All who may wait are done in a fraction of it; but the known go first, and as long as more of
/// them come a stranger would hold a thread for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Who wants a password looked at. A flood of strangers must not turn away who belongs here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asker {
    /// A browser on which nobody has signed in before.
    Stranger,
    /// One on which somebody has, or a person who is signed in. They go first, and have places of their own.
    Known,
}

/// Too many others want to sign in at this moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy;

/// The hash to be kept of a password, with its parameters and its salt. Whoever sets one is known: signed in, or by a
/// link that a colleague made.
pub fn hash(password: &str) -> Result<String, Busy> {
    let mut turn = Turn::take(Asker::Known)?;
    note();
    // The parameters are ours and the salt has the right length, so only memory can be missing.
    fresh(password, &mut turn.memory).map_err(|_| Busy)
}

fn fresh(password: &str, memory: &mut Vec<Block>) -> password_hash::Result<String> {
    let (params, salt) = (params(), Salt::new(&random::bytes::<16>())?);
    let output = compute(password, (Algorithm::Argon2id, Version::V0x13), &params, &salt, memory)?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params)?,
        salt: Some(salt),
        hash: Some(output),
    };
    Ok(hash.to_string())
}

/// Whether `password` is the one of which `kept` is the hash. An empty `kept` fits no password and takes
/// as long as any other, so that the time does not tell which accounts there are.
pub fn verify(password: &str, kept: &str, asker: Asker) -> Result<bool, Busy> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let mut turn = Turn::take(asker)?;
    note();
    let known = !kept.is_empty();
    let kept = if known {
        kept
    } else {
        NOBODY.get_or_init(|| fresh(&random::token(), &mut turn.memory).unwrap_or_default())
    };
    let Ok(parsed) = PasswordHash::new(kept) else { return Ok(false) };
    Ok(is_of(password, &parsed, &mut turn.memory).unwrap_or(false) && known)
}

fn is_of(password: &str, kept: &PasswordHash, memory: &mut Vec<Block>) -> password_hash::Result<bool> {
    let (Some(salt), Some(output)) = (&kept.salt, &kept.hash) else { return Ok(false) };
    let way =
        (Algorithm::try_from(kept.algorithm.as_str())?, Version::try_from(kept.version.unwrap_or_default())?);
    // Outputs are compared in constant time.
    Ok(compute(password, way, &Params::try_from(kept)?, salt, memory)? == *output)
}

/// Computes in `memory`, which is made as large as needed.
fn compute(
    password: &str,
    (algorithm, version): (Algorithm, Version),
    params: &Params,
    salt: &Salt,
    memory: &mut Vec<Block>,
) -> password_hash::Result<Output> {
    let more = params.block_count().saturating_sub(memory.len());
    memory.try_reserve_exact(more).map_err(|_| argon2::Error::OutOfMemory)?;
    memory.resize(params.block_count(), Block::new());
    let mut out = [0; Output::MAX_LENGTH];
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let out = out.get_mut(..length).ok_or(password_hash::Error::OutputSize)?;
    let argon2 = Argon2::new(algorithm, version, params.clone());
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, memory)?;
    Ok(Output::new(out)?)
}

thread_local! {
    static DONE: Cell<u64> = const { Cell::new(0) };
}

fn note() {
    DONE.set(DONE.get() + 1);
}

/// How many hashes this thread has computed. The work of a sign-in is the same for everybody, and counting it shows
/// that where a clock would only guess.
pub fn computed() -> u64 {
    DONE.get()
}

/// 19 MiB, two passes, one lane, as OWASP asks for; the crate refuses only impossible figures.
fn params() -> Params {
    Params::new(19 * 1024, 2, 1, None).unwrap_or_default()
}

/// Those who compute and those who wait.
struct Line {
    computing: u32,
    strangers: u32,
    known: u32,
    /// The memory of those who are done, for the next. Given back instead, the allocator would keep some of it for each
    /// thread that ever computed, which came to half a gigabyte.
    idle: Vec<Vec<Block>>,
}

static LINE: (Mutex<Line>, Condvar) =
    (Mutex::new(Line { computing: 0, strangers: 0, known: 0, idle: Vec::new() }), Condvar::new());

impl Line {
    fn is_turn_of(&self, asker: Asker) -> bool {
        self.computing < AT_A_TIME && (asker == Asker::Known || self.known == 0)
    }

    fn waiting(&mut self, asker: Asker) -> &mut u32 {
        match asker {
            Asker::Stranger => &mut self.strangers,
            Asker::Known => &mut self.known,
        }
    }

    /// Joins those who wait.
    fn join(&mut self, asker: Asker) -> Result<(), Busy> {
        let places = if asker == Asker::Known { WAITING + KNOWN_WAITING } else { WAITING };
        if self.strangers + self.known >= places {
            return Err(Busy);
        }
        *self.waiting(asker) += 1;
        Ok(())
    }
}

/// The right to compute one hash, and the memory for it.
struct Turn {
    memory: Vec<Block>,
}

impl Turn {
    fn take(asker: Asker) -> Result<Turn, Busy> {
        let mut line = hold(&LINE.0);
        if !line.is_turn_of(asker) {
            line.join(asker)?;
            let waited = LINE.1.wait_timeout_while(line, LONGEST_WAIT, |line| !line.is_turn_of(asker));
            line = waited.unwrap_or_else(PoisonError::into_inner).0;
            *line.waiting(asker) -= 1;
            // With the last of the known gone from the line, a stranger may take what else is free.
            LINE.1.notify_all();
            if !line.is_turn_of(asker) {
                return Err(Busy);
            }
        }
        line.computing += 1;
        Ok(Turn { memory: line.idle.pop().unwrap_or_default() })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut line = hold(&LINE.0);
        line.computing -= 1;
        line.idle.push(std::mem::take(&mut self.memory));
        drop(line);
        // Not all wait for the same.
        LINE.1.notify_all();
    }
}
