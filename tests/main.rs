//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod api;
mod begin;
mod channels_settings;
mod chat;
mod chat_story;
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
mod people;
mod receipts;
mod receive;
mod reply;
mod retry;
mod schema;
mod settings;
mod setup;
mod sign_in;
mod signature;
mod simulator;
mod simulator_channel;
mod snooze;
mod support;
mod visitor;
mod webhooks;
mod whatsapp;
mod whatsapp_story;
mod window;
