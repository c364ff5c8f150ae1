//! Secret words: what is kept of them, and how two are compared.
//!
//! Sessions, invitations, set-up codes and tokens are random words of 256 bits. Only their hash is kept, so
//! that a copied file lets nobody in; a slow hash would add nothing, because there is nothing to guess.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What is kept of a word.
pub fn hash(word: &str) -> [u8; 32] {
    Sha256::digest(word.as_bytes()).into()
}

/// The hash in letters, for columns and settings that hold text.
pub fn hash_text(word: &str) -> String {
    URL_SAFE_NO_PAD.encode(hash(word))
}

/// Whether `word` is the one of which `kept` is the hash in letters, in a time that tells nothing.
/// An empty `kept` fits no word.
pub fn fits(word: &str, kept: &str) -> bool {
    !kept.is_empty() && bool::from(hash_text(word).as_bytes().ct_eq(kept.as_bytes()))
}
