//! What people see: the real program in a real browser. Without chromedriver and Chromium each test prints
//! one line and passes; with `TRANSOM_REQUIRE_BROWSER=1` that is an error.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod axe;
mod desk;
mod driver;
mod element;
mod host;
#[path = "../support/ports.rs"]
mod ports;
#[path = "../support/process.rs"]
mod process;
mod stories;
