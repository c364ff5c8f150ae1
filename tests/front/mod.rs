//! The front over real sockets: browsers, strangers, and people with bad intentions.

mod behind;
mod deadlines;
mod framing;
pub mod harness;
mod limits;
mod parking;
mod requests;
mod tls;
