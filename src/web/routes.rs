//! Every URL there is: the tables of the areas, side by side.

use super::context::Cx;
use super::failure::Failure;
use super::http::{Method, Response};
use super::server::Welcome;
use crate::domain::agent::Role;

/// One URL with one method.
pub struct Route {
    pub method: Method,
    /// As `matchit` reads it: `/conversations/{id}`.
    pub path: &'static str,
    pub guard: Guard,
    /// The largest body in bytes.
    pub limit: u64,
    /// Asked by the head alone before a large body is taken, beside what the guard asks.
    pub ahead: Option<Ahead>,
    pub run: fn(&mut Cx<'_>) -> Result<Response, Failure>,
}

/// Whether a body may come, and how much of it.
pub type Ahead = fn(&mut Cx<'_>) -> Result<Welcome, Failure>;

/// Who may call a URL. Actions check rights again; this is the first door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guard {
    /// Anybody; a form is refused when it comes from another site.
    Public,
    /// Anybody from anywhere: webhooks and the chat of visitors, which check for themselves.
    Open,
    /// Who is signed in, of at least this role; a form must carry the session's token.
    Role(Role),
    /// A program with a token, of at least this role.
    Token(Role),
}

const FORM: u64 = 256 * 1024;

impl Route {
    /// A page.
    pub const fn page(
        path: &'static str,
        guard: Guard,
        run: fn(&mut Cx<'_>) -> Result<Response, Failure>,
    ) -> Route {
        Route { method: Method::Get, path, guard, limit: 0, ahead: None, run }
    }

    /// A form.
    pub const fn form(
        path: &'static str,
        guard: Guard,
        run: fn(&mut Cx<'_>) -> Result<Response, Failure>,
    ) -> Route {
        Route { method: Method::Post, path, guard, limit: FORM, ahead: None, run }
    }

    /// The same with another limit for the body.
    pub const fn up_to(self, limit: u64) -> Route {
        Route { limit, ..self }
    }

    /// The same with a question before a large body is taken. It changes nothing: the whole request comes afterwards.
    pub const fn asking(self, ahead: Ahead) -> Route {
        Route { ahead: Some(ahead), ..self }
    }
}

/// The tables of all areas, a line each.
const AREAS: &[&[Route]] = &[
    super::assets::ROUTES,
    super::chat::ROUTES,
    super::desk::ROUTES,
    super::health::ROUTES,
    super::hooks::ROUTES,
    super::media::ROUTES,
    super::people::ROUTES,
    super::settings::ROUTES,
    super::simulator::ROUTES,
    super::work::ROUTES,
];

/// Every URL there is.
pub fn all() -> impl Iterator<Item = &'static Route> {
    AREAS.iter().copied().flatten().chain(super::api::routes())
}
