//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod front;
mod schema;
mod support;
