//! The one way out: an HTTP client with limits, time-outs and the address guard.

mod client;
pub mod guard;
pub mod signature;

pub use client::{Answer, Body, Call, CallError, Client, Part};
