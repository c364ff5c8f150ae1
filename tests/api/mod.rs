//! The JSON API: its story, its door, its refusals.

mod door;
mod limits;
mod rights;
mod story;
