//! Codes of authenticator apps (RFC 6238 over RFC 4226: SHA-1, six digits, steps of thirty seconds), and the
//! recovery codes beside them. The whole rule is an HMAC that is here already and four lines, so no crate is added.

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

use super::Timestamp;

/// How long a code is shown, in milliseconds.
const STEP: i64 = 30_000;
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The bytes of a fresh secret: as long as the hash, which RFC 4226 §4 recommends.
pub const SECRET: usize = 20;

/// The code of a secret in one step of time.
pub fn code(secret: &[u8], step: i64) -> String {
    // HMAC takes keys of every length; without a code nothing fits.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let sum = mac.finalize().into_bytes();
    let start = usize::from(sum[19] & 15);
    let word = u32::from_be_bytes([sum[start], sum[start + 1], sum[start + 2], sum[start + 3]]);
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// The step whose code was typed: the present one, the one before or the one after, because clocks differ.
pub fn step(secret: &[u8], typed: &str, now: Timestamp) -> Option<i64> {
    let typed = plain(typed);
    let present = now.0.div_euclid(STEP);
    let fits = |step: &i64| bool::from(code(secret, *step).as_bytes().ct_eq(typed.as_bytes()));
    [present, present - 1, present + 1].into_iter().find(fits)
}

/// Whether what was typed looks like a code of an app rather than a recovery code.
pub fn is_code(typed: &str) -> bool {
    let typed = plain(typed);
    typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit())
}

/// Bytes in the letters of RFC 4648 base32, as apps want a key and as recovery codes are written.
pub fn letters(bytes: &[u8]) -> String {
    let bit = |n: usize| bytes.get(n / 8).is_some_and(|byte| byte >> (7 - n % 8) & 1 == 1);
    let letter = |at: usize| (0..5).fold(0, |sum, n| sum * 2 + usize::from(bit(at * 5 + n)));
    (0..(bytes.len() * 8).div_ceil(5)).map(|at| char::from(LETTERS[letter(at)])).collect()
}

/// The link in the QR code, by which an app takes the secret over.
pub fn link(team: &str, email: &str, secret: &[u8]) -> String {
    let safe = |word: &str| utf8_percent_encode(word, NON_ALPHANUMERIC).to_string();
    let team = if team.is_empty() { "Transom" } else { team };
    format!("otpauth://totp/{}:{}?secret={}&issuer={}", safe(team), safe(email), letters(secret), safe(team))
}

/// A recovery code of 80 bits, in four groups.
pub fn recovery_code(random: [u8; 10]) -> String {
    let word = letters(&random);
    let groups: Vec<&str> = (0..4).filter_map(|n| word.get(n * 4..n * 4 + 4)).collect();
    groups.join("-")
}

/// What was typed without what people put between.
pub fn plain(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}
