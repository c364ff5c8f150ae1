//! The front: it meets the clients, and gives the inner server one clean request at a time.
//!
//! `tiny_http` cannot face the internet, nor even a browser, so it never does. One thread watches
//! all clients. It reads each request whole, strictly and under deadlines, and writes each answer
//! as fast as its client takes it; so a slow client costs a little memory and never a thread. In
//! between, a worker of the inner server has the request for as long as the handler needs.

mod alarms;
mod answer;
mod calls;
mod chunked;
mod client;
mod connection;
pub mod depot;
mod descriptors;
mod door;
pub mod head;
pub mod intake;
mod links;
mod parking;
pub mod reply;
mod settings;
mod spool;
mod status;
mod steps;
mod tls;
mod transport;
mod turns;
mod watch;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::Poll;

use super::server::{Handler, Work};
use answer::Date;
use calls::Calls;
use connection::House;
use depot::Depot;
use door::Door;
use links::Links;
use parking::Parking;
use watch::{BELL, DOOR, Watch};

pub use calls::Waker;
pub use settings::{Cidr, Limits, Settings, TlsFiles};

/// Big enough for one TLS record or one good read of a body, and shared by all connections.
const SCRATCH: usize = 64 * 1024;

pub struct Front {
    address: SocketAddr,
    calls: Arc<Calls>,
    watch: Option<JoinHandle<()>>,
}

impl Front {
    /// Listens when it returns; the address may have been `:0`.
    pub fn start(settings: Settings, handler: Arc<dyn Handler>) -> io::Result<Front> {
        let mut settings = settings;
        let room = descriptors::afford(settings.limits.max_connections);
        if room < settings.limits.max_connections {
            settings.limits.max_per_ip = settings.limits.max_per_ip.min(room / 4 + 1);
        }
        let depot = Depot::open(&settings.limits);
        let poll = Poll::new()?;
        let calls = Arc::new(Calls::new(mio::Waker::new(poll.registry(), BELL)?));
        let door = Door::open(&settings, room, poll.registry(), DOOR)?;
        let address = door.address()?;
        let work = Work {
            handler: handler.clone(),
            cloakroom: Arc::default(),
            workers: settings.workers,
            memory_answer: settings.limits.memory_answer,
            depot: depot.clone(),
        };
        let links = Links::open(work, poll.registry().try_clone()?)?;
        let house = House {
            settings,
            handler,
            parking: Parking::default(),
            date: Date::default(),
            now: Instant::now(),
            stopping: None,
            depot,
            bodies: 0,
            scratch: vec![0; SCRATCH],
        };
        let watch = Watch::new(poll, calls.clone(), door, links, house);
        let thread = thread::Builder::new().name("front".to_owned());
        Ok(Front { address, calls, watch: Some(thread.spawn(move || watch.run())?) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn waker(&self) -> Waker {
        Waker(self.calls.clone())
    }

    /// Lets nobody in any more, and waits until everybody inside has been answered; whoever has
    /// not after `grace` is cut off.
    pub fn stop(mut self, grace: Duration) {
        self.finish(grace);
    }

    fn finish(&mut self, grace: Duration) {
        if let Some(watch) = self.watch.take() {
            self.calls.stop(Instant::now() + grace);
            if watch.join().is_err() {
                log::error!("the front died");
            }
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.finish(Duration::ZERO);
    }
}
