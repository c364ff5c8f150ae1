//! Pages as functions: domain values in, markup out. A template defines the struct that it shows.

pub mod chat;
pub mod chip;
pub mod composer;
pub mod contact;
pub mod contacts;
pub mod empty;
pub mod event_line;
pub mod failure;
pub mod frame;
pub mod header;
pub mod icon;
pub mod inbox;
pub mod login;
pub mod message;
pub mod outbound;
pub mod parts;
pub mod person;
pub mod picker;
pub mod place;
pub mod profile;
pub mod row;
pub mod settings;
pub mod setup;
pub mod simulator;
pub mod thread;
pub mod typed;
