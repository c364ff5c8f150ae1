//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod api;
mod begin;
mod cli;
mod closing;
mod contacts;
mod counters;
mod crash;
mod custom;
mod deliveries;
mod files;
mod fitting;
mod front;
mod guard;
mod intake;
mod layers;
mod merge;
mod openapi;
mod outbox;
mod receipts;
mod receive;
mod reply;
mod retry;
mod schema;
mod signature;
mod simulator_channel;
mod snooze;
mod support;
mod webhooks;
mod whatsapp;
mod window;
