//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod chat;
mod chat_story;
mod cli;
mod front;
mod guard;
mod outbox;
mod schema;
mod signature;
mod simulator;
mod support;
mod visitor;
