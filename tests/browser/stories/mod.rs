//! The stories that the desk must be able to tell.

mod chat;
mod first;
