//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod api;
mod cli;
mod contacts;
mod crash;
mod custom;
mod deliveries;
mod files;
mod front;
mod guard;
mod merge;
mod openapi;
mod outbox;
mod schema;
mod signature;
mod simulator_channel;
mod support;
mod webhooks;
mod whatsapp;
