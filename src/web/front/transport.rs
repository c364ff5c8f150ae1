//! A client's socket, plain or under TLS. It never blocks: what cannot be done now says so.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

use mio::event::Event;
use mio::net::TcpStream;
use rustls::{ServerConfig, ServerConnection};

/// The first byte of every TLS handshake.
const HANDSHAKE: u8 = 0x16;

pub struct Transport {
    socket: TcpStream,
    tls: Option<Box<ServerConnection>>,
    /// Whether a read may bring something; the poll set tells us only when this changes. It is
    /// unset when the socket is empty, and never while decrypted bytes wait to be taken.
    readable: bool,
    /// The client has closed its side; reads go on until they have brought everything.
    closing: bool,
    /// The first byte has been looked at: it is TLS, or was never meant to be.
    greeted: bool,
}

impl Transport {
    pub fn new(socket: TcpStream, config: Option<Arc<ServerConfig>>) -> io::Result<Transport> {
        let tls = match config {
            Some(config) => Some(ServerConnection::new(config).map_err(io::Error::other)?),
            None => None,
        };
        Ok(Transport {
            socket,
            greeted: tls.is_none(),
            tls: tls.map(Box::new),
            readable: false,
            closing: false,
        })
    }

    pub fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    pub fn notice(&mut self, event: &Event) {
        self.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        self.closing |= event.is_read_closed() || event.is_error();
    }

    /// Whatever the poll set has said so far, the next read asks the socket.
    pub fn look(&mut self) {
        self.readable = true;
    }

    /// The client has left, or will at least say nothing more.
    pub fn closing(&self) -> bool {
        self.closing
    }

    pub fn encrypted(&self) -> bool {
        self.tls.is_some()
    }

    pub fn handshaking(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.is_handshaking())
    }

    /// `Unsupported` says once that the client speaks plain HTTP where TLS was due; from then on
    /// the transport is plain, so that the refusal can be read.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.readable {
            return Err(ErrorKind::WouldBlock.into());
        }
        if !self.greeted {
            self.greet()?;
        }
        if self.tls.is_some() {
            return self.read_tls(buffer);
        }
        let read = retry(|| self.socket.read(buffer));
        self.readable = match &read {
            // A short read has emptied the socket, and the poll set will tell of the next bytes.
            Ok(count) => *count == buffer.len() || self.closing,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        read
    }

    fn greet(&mut self) -> io::Result<()> {
        let mut first = [0];
        match self.socket.peek(&mut first) {
            Ok(1) if first[0] != HANDSHAKE => {
                self.greeted = true;
                self.tls = None;
                Err(ErrorKind::Unsupported.into())
            }
            Ok(_) => {
                self.greeted = true;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn read_tls(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return Ok(0);
        };
        loop {
            // Plain text that has been decrypted already is invisible to the poll set.
            match tls.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                done => return done,
            }
            if let Err(error) = retry(|| tls.read_tls(&mut self.socket)) {
                self.readable = error.kind() != ErrorKind::WouldBlock;
                return Err(error);
            }
            let progress = tls.process_new_packets();
            // An answer of the handshake, or the alert that says why there is none.
            push(tls, &mut self.socket)?;
            progress.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        }
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return retry(|| self.socket.write(bytes));
        };
        if !push(tls, &mut self.socket)? {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = tls.writer().write(bytes)?;
        push(tls, &mut self.socket)?;
        Ok(count)
    }

    /// Whether everything written has reached the socket.
    pub fn flush(&mut self) -> io::Result<bool> {
        match &mut self.tls {
            Some(tls) => push(tls, &mut self.socket),
            None => Ok(true),
        }
    }

    /// We have said our last word. Errors do not matter: the client may be gone already.
    pub fn finish(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            push(tls, &mut self.socket).ok();
        }
        self.socket.shutdown(Shutdown::Write).ok();
    }
}

fn push(tls: &mut ServerConnection, socket: &mut TcpStream) -> io::Result<bool> {
    while tls.wants_write() {
        match retry(|| tls.write_tls(socket)) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

fn retry<T>(mut action: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match action() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
