//! Pages as functions: domain values in, markup out. A template defines the struct that it shows.

pub mod failure;
pub mod frame;
pub mod icon;
pub mod parts;
