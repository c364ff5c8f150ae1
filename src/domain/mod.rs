//! The rules. No SQL, no HTML, no sockets, no clock: values in, values out.

pub mod access;
pub mod agent;
pub mod availability;
pub mod channel;
pub mod checkup;
pub mod contact;
pub mod conversation;
pub mod draft;
pub mod event;
pub mod fitting;
pub mod id;
pub mod inbound;
pub mod limit;
pub mod mail;
pub mod media;
pub mod message;
pub mod offer;
pub mod outbox;
pub mod password;
pub mod phone;
pub mod profile;
pub mod queue;
pub mod quoted;
pub mod refused;
pub mod routing;
pub mod search;
pub mod secret;
pub mod snooze;
pub mod template;
pub mod time;
pub mod webhook;
pub mod window;
pub mod wrapup;

pub use id::Id;
pub use refused::Refused;
pub use time::{Span, Timestamp};
