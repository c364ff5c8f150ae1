//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod channels_settings;
mod chat;
mod chat_story;
mod cli;
mod front;
mod guard;
mod outbox;
mod people;
mod schema;
mod settings;
mod setup;
mod sign_in;
mod signature;
mod simulator;
mod support;
mod visitor;
