//! All tests that need no browser, in one binary. `support` holds the cast.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]
#![expect(clippy::too_many_lines, reason = "a list of cases is as long as there are cases")]

mod api;
mod begin;
mod channels_settings;
mod chat;
mod chat_story;
mod cli;
mod closing;
mod composer;
mod contacts;
mod counters;
mod crash;
mod custom;
mod deliveries;
mod files;
mod fitting;
mod front;
mod guard;
mod inbox;
mod intake;
mod layers;
mod merge;
mod multipart;
mod openapi;
mod outbox;
mod people;
mod plans;
mod receipts;
mod receive;
mod reply;
mod retry;
mod schema;
mod search;
mod settings;
mod setup;
mod sign_in;
mod signature;
mod simulator;
mod simulator_channel;
mod snooze;
mod support;
mod thread;
mod visitor;
mod webhooks;
mod whatsapp;
mod whatsapp_story;
mod window;
