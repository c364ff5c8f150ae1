//! Secrets at rest. A key file beside the database seals them, so that a copied database hands nobody the
//! company's channels; the key encrypts only and never signs anything.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};

use crate::random;
use crate::store::durable;

/// Seals and opens secrets.
pub struct Vault {
    cipher: XChaCha20Poly1305,
}

/// The key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {fault}")]
    File { path: PathBuf, fault: std::io::Error },
    #[error(
        "{path} is not a key file of Transom; put the right one back, or move it away to begin with a new key"
    )]
    NotAKey { path: PathBuf },
}

/// Where the key of a database lies: `transom.db` has `transom.key`.
pub fn key_path(database: &Path) -> PathBuf {
    database.with_extension("key")
}

impl Vault {
    /// Opens the key file, or makes one that only its owner can read. One that others could read is taken from them, and
    /// the log says so: who has read it meanwhile has the secrets of the channels.
    pub fn open(path: &Path) -> Result<Vault, Error> {
        let file = |fault| Error::File { path: path.to_owned(), fault };
        let key: [u8; 32] = match std::fs::read_to_string(path) {
            Ok(text) => STANDARD
                .decode(text.trim())
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| Error::NotAKey { path: path.to_owned() })?,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
                let key = random::bytes::<32>();
                write_private(path, &STANDARD.encode(key)).map_err(file)?;
                key
            }
            Err(fault) => return Err(file(fault)),
        };
        keep_private(path).map_err(file)?;
        Ok(Vault { cipher: XChaCha20Poly1305::new(&key.into()) })
    }

    /// Seals `secret` for `place`, a word such as `channel:7`; it opens only there.
    pub fn seal(&self, place: &str, secret: &[u8]) -> Vec<u8> {
        let nonce = random::bytes::<24>();
        let payload = Payload { msg: secret, aad: place.as_bytes() };
        let mut sealed = nonce.to_vec();
        // The cipher refuses only texts of more than 256 GB.
        sealed.extend(self.cipher.encrypt(&XNonce::from(nonce), payload).unwrap_or_default());
        sealed
    }

    /// The secret that was sealed for `place`; `None` under another key or for another place.
    pub fn unseal(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_at_checked(24)?;
        let nonce: [u8; 24] = nonce.try_into().ok()?;
        self.cipher.decrypt(&XNonce::from(nonce), Payload { msg: text, aad: place.as_bytes() }).ok()
    }

    /// The secret of this desk at a provider of identities, sealed for that provider: it goes to no other.
    pub fn seal_provider(&self, issuer: &str, secret: &str) -> String {
        if secret.is_empty() {
            return String::new();
        }
        STANDARD.encode(self.seal(&format!("provider:{issuer}"), secret.as_bytes()))
    }

    /// The secret of this desk at a provider; empty where there is none, or under a foreign key file.
    pub fn provider_secret(&self, issuer: &str, sealed: &str) -> String {
        let sealed = STANDARD.decode(sealed).unwrap_or_default();
        let plain = self.unseal(&format!("provider:{issuer}"), &sealed);
        plain.and_then(|plain| String::from_utf8(plain).ok()).unwrap_or_default()
    }
}

fn keep_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    log::warn!(
        "other users of this machine could read {}; it belongs to its owner alone now. If one of them may have copied it, \
         renew the secrets of the channels at their providers",
        path.display()
    );
    // A copy on a read-only disk cannot be mended, and is none the worse for being opened.
    if let Err(fault) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) {
        log::warn!("the mode of {} stays as it is: {fault}", path.display());
    }
    Ok(())
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    // What is sealed with it is kept from the next commit on.
    durable::sync_beside(path)
}
