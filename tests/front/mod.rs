//! The front over real sockets: browsers, strangers, and people with bad intentions.

mod behind;
mod crowd;
mod deadlines;
mod files;
mod framing;
pub mod harness;
mod limits;
mod parking;
mod requests;
mod tls;
