//! Transom: a team inbox for every channel, in one binary and one SQLite file.
//!
//! | folder | may use | may never |
//! |---|---|---|
//! | `domain` | – | know a clock, a socket, a column, a tag |
//! | `templates` | `domain`, `i18n` | query, read a request, ask the time |
//! | `markup` | `domain` | know a request, a column, a socket |
//! | `store` | `domain`, `locks` | decide, format, call the network |
//! | `net` | `domain`, `locks` | touch the database |
//! | `channels` | `domain`, `i18n`, `locks`, `markup`, `net` | touch the database or pages |
//! | `actions` | `domain`, `markup`, `store`, `random` | touch `channels` or `net`: no network while a transaction is open |
//! | `jobs` | `actions`, `attendance`, `channels`, `clock`, `desk`, `domain`, `locks`, `net`, `random`, `store`, `vault` | render pages |
//! | `web` | `actions`, `attendance`, `channels`, `clock`, `desk`, `domain`, `i18n`, `locks`, `markup`, `net` (signatures, pictures of mails, providers of identities), `password`, `random`, `store`, `templates`, `vault` | write except through an action |
//!
//! `tests/layers.rs` holds this table.

pub mod actions;
pub mod attendance;
pub mod channels;
pub mod cli;
pub mod clock;
pub mod config;
pub mod desk;
pub mod domain;
pub mod i18n;
pub mod jobs;
pub mod locks;
pub mod markup;
pub mod net;
pub mod password;
pub mod random;
pub mod store;
pub mod vault;
pub mod web;

#[path = "../templates/mod.rs"]
pub mod templates;
