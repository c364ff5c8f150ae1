//! HTTP: the front, the routes, sessions, forms, and the pages and programs behind them.

pub mod api;
pub mod app;
pub mod assets;
pub mod brake;
pub mod chat;
pub mod context;
pub mod desk;
pub mod failure;
pub mod finding;
pub mod form;
pub mod forms;
pub mod front;
pub mod gzip;
pub mod health;
pub mod hooks;
pub mod http;
pub mod media;
pub mod multipart;
pub mod parted;
pub mod people;
pub mod presence;
pub mod redirect;
pub mod routes;
pub mod server;
pub mod session;
pub mod settings;
pub mod sheet;
pub mod simulator;
pub mod work;

pub use app::App;
pub use context::Cx;
pub use failure::Failure;

/// The front asks the desk's pages. A parked request is asked again, so it is counted again.
impl server::Handler for App {
    fn handle(&self, request: http::Request) -> http::Response {
        App::handle(self, request)
    }

    fn admit(&self, request: http::Request) -> Result<server::Welcome, http::Response> {
        App::admit(self, request)
    }

    fn body_limit(&self, method: http::Method, path: &str) -> u64 {
        App::body_limit(self, method, path)
    }

    fn too_large(&self, request: http::Request) -> Option<http::Response> {
        App::too_large(self, request)
    }
}
