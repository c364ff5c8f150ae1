//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod composer;
mod front;
mod inbox;
mod multipart;
mod plans;
mod schema;
mod search;
mod support;
mod thread;
