//! The rules. No SQL, no HTML, no sockets, no clock: values in, values out.

pub mod access;
pub mod agent;
pub mod channel;
pub mod checkup;
pub mod contact;
pub mod conversation;
pub mod draft;
pub mod event;
pub mod fitting;
pub mod hit;
pub mod id;
pub mod inbound;
pub mod limit;
pub mod mail;
pub mod media;
pub mod message;
pub mod outbox;
pub mod password;
pub mod phone;
pub mod query;
pub mod queue;
pub mod refused;
pub mod search;
pub mod secret;
pub mod snooze;
pub mod template;
pub mod time;
pub mod webhook;
pub mod window;
pub mod words;
pub mod wrapup;

pub use id::Id;
pub use refused::Refused;
pub use time::{Span, Timestamp};
