//! The stories that the desk must be able to tell.

mod archive;
mod assistant;
mod channels;
mod chat;
mod clock;
mod finding;
mod first;
mod floor;
mod keys;
mod letters;
mod mails;
mod main_story;
mod organise;
mod outbound;
mod pages;
mod pictures;
mod reactions;
mod stored;
mod workflow;
mod wrap;
