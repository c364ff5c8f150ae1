//! The one way out: an HTTP client with limits, time-outs and the address guard.

mod client;
pub mod guard;
mod multipart;
pub mod signature;
mod watch;

pub use client::{Answer, Body, Call, CallError, Client, DownloadError, Part};
