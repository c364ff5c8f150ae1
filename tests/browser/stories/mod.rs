//! The stories that the desk must be able to tell.

mod clock;
mod chat;
mod first;
mod main_story;
mod pages;
