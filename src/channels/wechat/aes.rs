//! The secure mode of WeChat: AES-256 in CBC mode, with padding to 32 bytes and the account's name at the end.
//!
//! What is decrypted here has been checked by its signature before, so a wrong padding tells nobody anything.

use ::aes::Aes256;
use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use cbc::{Decryptor, Encryptor};

use crate::channels::Malformed;
use crate::net::signature;

/// Padding goes up to this length, not to the sixteen bytes of a block.
const PADDED_TO: usize = 32;

/// The last of the 43 letters of a key carries two bits that nothing needs and that are not always zero.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&ALPHABET, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The message in `encrypted`, which must be meant for the account `app_id`.
pub(super) fn open(key: &str, app_id: &str, encrypted: &str) -> Result<Vec<u8>, Malformed> {
    let key = LENIENT.decode(format!("{}=", key.trim())).map_err(|_| wrong("the key is not one"))?;
    let mut bytes =
        STANDARD.decode(encrypted.trim()).map_err(|_| wrong("what is encrypted is not base64"))?;
    let start = key.get(..16).ok_or_else(|| wrong("the key is too short"))?;
    let cipher =
        Decryptor::<Aes256>::new_from_slices(&key, start).map_err(|_| wrong("the key is not one"))?;
    let plain = cipher.decrypt_padded::<NoPadding>(&mut bytes).map_err(|_| wrong("it breaks off"))?;
    let plain = unpadded(plain)?;
    // Sixteen random bytes, the length, the message, and whom it is for.
    let rest = plain.get(16..).ok_or_else(|| wrong("it is too short"))?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(|| wrong("it is too short"))?;
    let length = u32::from_be_bytes(*length) as usize;
    let (message, meant) = rest.split_at_checked(length).ok_or_else(|| wrong("its length is wrong"))?;
    if meant != app_id.as_bytes() {
        return Err(wrong("it is meant for another account"));
    }
    Ok(message.to_vec())
}

/// The message, encrypted for who knows the key. `salt` says which one it is: the same gives the same again.
///
/// The sixteen bytes at the beginning stand for an initial vector, which is fixed here. They need not be random, only
/// different and not to be foreseen, so they are made from the key and what is said.
pub(super) fn seal(key: &str, app_id: &str, salt: &str, message: &str) -> Option<String> {
    let key = LENIENT.decode(format!("{}=", key.trim())).ok()?;
    let said = signature::hmac_sha256(&key, format!("{salt}\n{message}").as_bytes());
    let length = u32::try_from(message.len()).ok()?.to_be_bytes();
    let mut plain = [said.get(..16)?, &length, message.as_bytes(), app_id.as_bytes()].concat();
    let pad = PADDED_TO - plain.len() % PADDED_TO;
    plain.extend(std::iter::repeat_n(u8::try_from(pad).ok()?, pad));
    let cipher = Encryptor::<Aes256>::new_from_slices(&key, key.get(..16)?).ok()?;
    let length = plain.len();
    cipher.encrypt_padded::<NoPadding>(&mut plain, length).ok()?;
    Some(STANDARD.encode(plain))
}

fn unpadded(plain: &[u8]) -> Result<&[u8], Malformed> {
    let count = plain.last().map_or(0, |last| usize::from(*last));
    let length = plain.len().checked_sub(count).ok_or_else(|| wrong("its padding is wrong"))?;
    let (rest, padding) = plain.split_at(length);
    let good = (1..=PADDED_TO).contains(&count) && padding.iter().all(|byte| usize::from(*byte) == count);
    if good { Ok(rest) } else { Err(wrong("its padding is wrong")) }
}

fn wrong(why: &str) -> Malformed {
    Malformed(format!("secure mode: {why}"))
}
