//! HTTP: the front, the routes, sessions, forms, and the pages and programs behind them.

pub mod app;
pub mod assets;
pub mod brake;
pub mod chat;
pub mod context;
pub mod failure;
pub mod form;
pub mod http;
pub mod routes;
pub mod session;
pub mod simulator;

pub use app::App;
pub use context::Cx;
pub use failure::Failure;
