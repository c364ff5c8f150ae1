//! Password hashes: argon2id, few at a time, never in the writing thread.

use std::cell::Cell;
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::locks::hold;
use crate::random;

/// How many hashes are computed at a time; each takes 19 MiB and a core.
const AT_A_TIME: u32 = 2;
/// How many wait for their turn, so that a flood of sign-ins cannot hold every thread.
const WAITING: u32 = 6;

/// Too many others want to sign in at this moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy;

/// The hash to be kept of a password, with its parameters and its salt.
pub fn hash(password: &str) -> Result<String, Busy> {
    let _turn = Turn::take()?;
    note();
    let salt = random::bytes::<16>();
    let hashed = hasher().hash_password_with_salt(password.as_bytes(), &salt);
    // The parameters are ours and the salt has the right length, so only memory can be missing.
    hashed.map(|hash| hash.to_string()).map_err(|_| Busy)
}

/// Whether `password` is the one of which `kept` is the hash. An empty `kept` fits no password and takes
/// as long as any other, so that the time does not tell which accounts there are.
pub fn verify(password: &str, kept: &str) -> Result<bool, Busy> {
    static NOBODY: LazyLock<String> = LazyLock::new(|| {
        let salt = random::bytes::<16>();
        let hashed = hasher().hash_password_with_salt(&random::bytes::<32>(), &salt);
        hashed.map(|hash| hash.to_string()).unwrap_or_default()
    });
    let _turn = Turn::take()?;
    note();
    let known = !kept.is_empty();
    let Ok(parsed) = PasswordHash::new(if known { kept } else { &NOBODY }) else { return Ok(false) };
    Ok(hasher().verify_password(password.as_bytes(), &parsed).is_ok() && known)
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

fn hasher() -> Argon2<'static> {
    // 19 MiB, two passes, one lane, as OWASP asks for; the crate refuses only impossible figures.
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// How many compute and how many wait.
static LINE: (Mutex<(u32, u32)>, Condvar) = (Mutex::new((0, 0)), Condvar::new());

/// The right to compute one hash.
struct Turn;

impl Turn {
    fn take() -> Result<Turn, Busy> {
        let mut line = hold(&LINE.0);
        if line.0 >= AT_A_TIME {
            if line.1 >= WAITING {
                return Err(Busy);
            }
            line.1 += 1;
            line =
                LINE.1.wait_while(line, |line| line.0 >= AT_A_TIME).unwrap_or_else(PoisonError::into_inner);
            line.1 -= 1;
        }
        line.0 += 1;
        Ok(Turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        hold(&LINE.0).0 -= 1;
        LINE.1.notify_one();
    }
}
