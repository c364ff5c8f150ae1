//! Signatures: made, and compared in constant time.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// HMAC-SHA256 of `text` under `key`.
pub fn hmac_sha256(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        // HMAC takes keys of every length, so there is nothing to tell the caller.
        Err(_) => return [0; 32],
    };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA1 of `text` under `key`, which one provider still signs with.
pub fn hmac_sha1(key: &[u8], text: &[u8]) -> [u8; 20] {
    let mut mac = match Hmac::<Sha1>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => return [0; 20],
    };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// SHA-256 of `text`.
pub fn sha256(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value of a signature header as several providers write it: `sha256=` and the HMAC in hexadecimal.
pub fn sha256_header(key: &str, body: &[u8]) -> String {
    format!("sha256={}", hex(&hmac_sha256(key.as_bytes(), body)))
}

/// Whether `given` is such a header for these bytes. Nothing is signed under an empty key.
pub fn check_sha256(key: &str, body: &[u8], given: &str) -> bool {
    let given = given.trim().to_ascii_lowercase();
    !key.is_empty() && equal(sha256_header(key, body).as_bytes(), given.as_bytes())
}
