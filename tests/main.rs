//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets the unexpected should stop"
)]

mod schema;
mod support;
