//! Notes whether any byte of a request left us, which decides between "not sent" and "nobody knows".

use std::cell::Cell;
use std::fmt;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

thread_local! {
    // The client is blocking: a call is written by the thread that makes it.
    static WRITTEN: Cell<bool> = const { Cell::new(false) };
}

/// A call begins on this thread.
pub(super) fn begin() {
    WRITTEN.set(false);
}

/// Whether a byte of the request has left since [`begin`]. The TLS handshake does not count.
pub(super) fn written() -> bool {
    WRITTEN.get()
}

/// The last link of a connection: above TLS, so it sees requests only.
#[derive(Debug)]
pub(super) struct Watch;

impl<In: Transport> Connector<In> for Watch {
    type Out = Watched<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(Watched))
    }
}

pub(super) struct Watched<In>(In);

impl<In: Transport> Transport for Watched<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        WRITTEN.set(true);
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

impl<In> fmt::Debug for Watched<In> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The connection below would print what it carries.
        out.write_str("Watched")
    }
}
