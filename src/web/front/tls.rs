//! The certificate and its key, read from files and read again when they change.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::settings::TlsFiles;

type Stamp = (SystemTime, u64);

pub struct Certificates {
    files: TlsFiles,
    stamps: [Stamp; 2],
    config: Arc<ServerConfig>,
}

impl Certificates {
    pub fn load(files: TlsFiles) -> io::Result<Certificates> {
        Ok(Certificates { stamps: stamps(&files)?, config: read(&files)?, files })
    }

    /// Asked for every new connection: two looks at the disk are nothing beside a handshake.
    pub fn current(&mut self) -> Arc<ServerConfig> {
        let stamps = stamps(&self.files).unwrap_or(self.stamps);
        if stamps != self.stamps {
            match read(&self.files) {
                Ok(config) => {
                    log::info!("the certificate was read again");
                    self.config = config;
                    self.stamps = stamps;
                }
                // Perhaps one of the two files is still being written; the next client asks again.
                Err(error) => log::warn!("the new certificate cannot be used yet: {error}"),
            }
        }
        self.config.clone()
    }
}

fn stamps(files: &TlsFiles) -> io::Result<[Stamp; 2]> {
    let stamp = |path: &Path| {
        let about = fs::metadata(path)?;
        io::Result::Ok((about.modified()?, about.len()))
    };
    Ok([stamp(&files.cert)?, stamp(&files.key)?])
}

fn read(files: &TlsFiles) -> io::Result<Arc<ServerConfig>> {
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(&files.cert, error))?;
    if chain.is_empty() {
        return Err(unusable(&files.cert, "there is no certificate in it"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unusable(&files.key, error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| unusable(&files.cert, error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn unusable(path: &Path, error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}
