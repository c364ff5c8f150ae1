//! The ways out: an HTTP client and the connections to mail servers, with limits, time-outs and the address guard.

mod client;
pub mod guard;
mod multipart;
pub mod openid;
pub mod signature;
mod watch;
pub mod wire;

pub use client::{Answer, Body, Call, CallError, Client, DownloadError, Part};
