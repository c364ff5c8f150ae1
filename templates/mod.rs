//! Pages as functions: domain values in, markup out. A template defines the struct that it shows.

pub mod failure;
pub mod frame;
pub mod icon;
pub mod login;
pub mod parts;
pub mod profile;
pub mod settings;
pub mod setup;
pub mod typed;
