//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod channels_settings;
mod cli;
mod composer;
mod front;
mod front;
mod inbox;
mod multipart;
mod people;
mod plans;
mod schema;
mod schema;
mod search;
mod settings;
mod setup;
mod sign_in;
mod support;
mod thread;
