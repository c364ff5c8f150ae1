//! Randomness, straight from the operating system.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// So many random bytes. The system's source does not fail on the systems that we run on; if it ever
/// does, nothing may go on with guessable numbers, so the process ends.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        log::error!("the system gives no random numbers; stopping");
        std::process::abort();
    }
    bytes
}

/// A secret word of 256 bits that can stand in a URL or a cookie.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// A public word of 96 bits that nobody guesses.
pub fn key() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<12>())
}

/// The name of a file in its address: 128 bits, since whoever visits a chat needs nothing else to see it.
pub fn file_word() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<16>())
}

/// Any number.
pub fn number() -> u64 {
    u64::from_ne_bytes(bytes())
}
