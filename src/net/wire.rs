//! A connection that speaks in lines, as mail servers do: with TLS or before it, and with a deadline over each step.
//!
//! An administrator chooses the host, so private addresses are allowed, as for `api_base`; addresses of the link
//! itself are not, because clouds keep credentials there and nobody keeps a mailbox. Without encryption only this
//! machine is talked to. A certificate that no public authority vouches for is trusted by its fingerprint alone.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned,
};
use sha2::{Digest as _, Sha256};

use super::guard;
use crate::locks::hold;

/// How long a connection may take to be made, for each address of the host.
const CONNECT: Duration = Duration::from_secs(10);
/// How often a wait without an end looks whether it is over.
const PULSE: Duration = Duration::from_millis(500);
/// How much is read at once, in bytes.
const CHUNK: usize = 16 * 1024;

/// How a connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS once both have agreed on it.
    StartTls,
    /// Nothing; on this machine only.
    Plain,
}

/// Where to connect to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// The SHA-256 of a certificate that is trusted besides the public ones.
    pub certificate: Option<[u8; 32]>,
}

/// A connection.
pub struct Wire {
    stream: Stream,
    peer: Peer,
    input: Vec<u8>,
    read: usize,
}

enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
    /// Between the two.
    None,
}

/// A socket whose every read and write ends at the deadline.
struct Timed {
    socket: TcpStream,
    deadline: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err(io::Error::new(io::ErrorKind::TimedOut, "the server took too long"))
        } else {
            Ok(left)
        }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.left()?))?;
        self.socket.read(buffer).map_err(late)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.left()?))?;
        self.socket.write(bytes).map_err(late)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

fn late(fault: io::Error) -> io::Error {
    match fault.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            io::Error::new(io::ErrorKind::TimedOut, "the server took too long")
        }
        _ => fault,
    }
}

impl Wire {
    /// Connects, and speaks TLS if the peer is to be spoken to so from the first byte.
    pub fn open(peer: &Peer, time: Duration) -> io::Result<Wire> {
        let socket = dial(peer)?;
        let deadline = Instant::now() + time;
        let mut wire = Wire {
            stream: Stream::Plain(Timed { socket, deadline }),
            peer: peer.clone(),
            input: Vec::new(),
            read: 0,
        };
        if peer.security == Security::Tls {
            wire.encrypt()?;
        }
        Ok(wire)
    }

    /// Speaks TLS from here on.
    pub fn encrypt(&mut self) -> io::Result<()> {
        // What came before the handshake was perhaps put there by somebody in between.
        if self.read < self.input.len() {
            return Err(io::Error::other("the server spoke out of turn before TLS began"));
        }
        let Stream::Plain(mut timed) = std::mem::replace(&mut self.stream, Stream::None) else {
            return Err(io::Error::other("the connection speaks TLS already"));
        };
        let trust = Arc::new(Trust::new(self.peer.certificate)?);
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(trust.clone())
            .with_no_client_auth();
        let name = ServerName::try_from(self.peer.host.clone()).map_err(io::Error::other)?;
        let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut timed).map_err(|fault| trust.explain(&self.peer.host, fault))?;
        }
        self.stream = Stream::Tls(Box::new(StreamOwned::new(connection, timed)));
        Ok(())
    }

    /// What follows has to be over in this time.
    pub fn within(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        match &mut self.stream {
            Stream::Plain(timed) => timed.deadline = deadline,
            Stream::Tls(stream) => stream.sock.deadline = deadline,
            Stream::None => {}
        }
    }

    /// Reads a line without its end, of at most `most` bytes.
    pub fn line(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut looked = self.read;
        loop {
            if let Some(end) = self.input[looked..].iter().position(|byte| *byte == b'\n') {
                let mut line = self.input[self.read..looked + end].to_vec();
                self.read = looked + end + 1;
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.input.len() - self.read > most {
                return Err(io::Error::other("the server sent a line without end"));
            }
            looked = self.fill()?;
        }
    }

    /// Reads exactly so many bytes.
    pub fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let here = count.min(self.input.len() - self.read);
        let mut bytes = self.input[self.read..self.read + here].to_vec();
        self.read += here;
        while bytes.len() < count {
            self.fill()?;
            let more = (count - bytes.len()).min(self.input.len() - self.read);
            bytes.extend_from_slice(&self.input[self.read..self.read + more]);
            self.read += more;
        }
        Ok(bytes)
    }

    /// Waits until something can be read. `false`: `longest` is over, or `is_over` says so.
    pub fn wait(&mut self, longest: Duration, is_over: &dyn Fn() -> bool) -> io::Result<bool> {
        let until = Instant::now() + longest;
        while self.read == self.input.len() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || is_over() {
                return Ok(false);
            }
            self.within(left.min(PULSE));
            match self.fill() {
                Ok(_) => {}
                Err(fault) if fault.kind() == io::ErrorKind::TimedOut => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(true)
    }

    /// Reads what is there, and returns where in the input the new begins.
    fn fill(&mut self) -> io::Result<usize> {
        if self.read > 0 {
            self.input.drain(..self.read);
            self.read = 0;
        }
        let before = self.input.len();
        self.input.resize(before + CHUNK, 0);
        let place = &mut self.input[before..];
        let read = match &mut self.stream {
            Stream::Plain(timed) => timed.read(place),
            Stream::Tls(stream) => stream.read(place),
            Stream::None => Ok(0),
        };
        self.input.truncate(before + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up")),
            Ok(_) => Ok(before),
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => Ok(before),
            Err(fault) => Err(fault),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Plain(timed) => timed.write(bytes),
            Stream::Tls(stream) => stream.write(bytes),
            Stream::None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(timed) => timed.flush(),
            Stream::Tls(stream) => stream.flush(),
            Stream::None => Ok(()),
        }
    }
}

fn dial(peer: &Peer) -> io::Result<TcpStream> {
    let unknown = || io::Error::other(format!("there is no address for {}", peer.host));
    let found: Vec<SocketAddr> =
        (peer.host.as_str(), peer.port).to_socket_addrs().map_err(|_| unknown())?.collect();
    let mut last = unknown();
    for address in found {
        if let Some(why) = forbidden(peer, address.ip()) {
            return Err(io::Error::other(why));
        }
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(socket) => {
                socket.set_nodelay(true)?;
                return Ok(socket);
            }
            Err(fault) => last = io::Error::other(format!("{} port {}: {fault}", peer.host, peer.port)),
        }
    }
    Err(last)
}

fn forbidden(peer: &Peer, address: IpAddr) -> Option<String> {
    if guard::is_never_chosen(address) {
        return Some(guard::Forbidden.to_string());
    }
    let open = peer.security == Security::Plain && !address.is_loopback();
    open.then(|| format!("{} is another machine, so the connection has to be encrypted", peer.host))
}

/// The public authorities, and perhaps one certificate more.
#[derive(Debug)]
struct Trust {
    public: Arc<WebPkiServerVerifier>,
    pinned: Option<[u8; 32]>,
    /// What the server showed.
    seen: Mutex<Option<[u8; 32]>>,
}

impl Trust {
    fn new(pinned: Option<[u8; 32]>) -> io::Result<Trust> {
        static ROOTS: LazyLock<Arc<RootCertStore>> =
            LazyLock::new(|| Arc::new(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()));
        let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
        let public = WebPkiServerVerifier::builder_with_provider(ROOTS.clone(), provider)
            .build()
            .map_err(io::Error::other)?;
        Ok(Trust { public, pinned, seen: Mutex::default() })
    }

    /// A certificate that is not trusted is named, so that it can be trusted by its fingerprint.
    fn explain(&self, host: &str, fault: io::Error) -> io::Error {
        let inner = fault.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let seen = *hold(&self.seen);
        match (inner, seen) {
            (Some(rustls::Error::InvalidCertificate(why)), Some(seen)) => io::Error::other(format!(
                "the certificate of {host} is not trusted ({why}); its SHA-256 fingerprint is {}",
                fingerprint(&seen)
            )),
            _ => fault,
        }
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let seen: [u8; 32] = Sha256::digest(certificate.as_ref()).into();
        *hold(&self.seen) = Some(seen);
        if self.pinned == Some(seen) {
            return Ok(ServerCertVerified::assertion());
        }
        self.public.verify_server_cert(certificate, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.public.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.public.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.public.supported_verify_schemes()
    }
}

/// A fingerprint as people compare it: pairs of digits with colons between.
pub fn fingerprint(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// Reads a fingerprint, with or without colons and spaces.
pub fn read_fingerprint(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|letter| !matches!(letter, ':' | ' '))
        .map(|letter| letter.to_digit(16))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}
