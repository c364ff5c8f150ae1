//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod cli;
mod crash;
mod custom;
mod deliveries;
mod files;
mod front;
mod guard;
mod outbox;
mod api;
mod contacts;
mod front;
mod merge;
mod openapi;
mod schema;
mod signature;
mod simulator_channel;
mod support;
mod whatsapp;
mod webhooks;
