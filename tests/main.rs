//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod begin;
mod closing;
mod counters;
mod fitting;
mod front;
mod intake;
mod layers;
mod receipts;
mod receive;
mod reply;
mod retry;
mod schema;
mod snooze;
mod support;
mod window;
mod api;
mod cli;
mod contacts;
mod crash;
mod custom;
mod deliveries;
mod files;
mod guard;
mod merge;
mod openapi;
mod outbox;
mod signature;
mod simulator_channel;
mod webhooks;
mod whatsapp;
mod whatsapp_story;
