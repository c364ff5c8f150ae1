//! One address of the API with one method: the route, and what the document says of it.

use crate::domain::agent::Role;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::{Method, Response};
use crate::web::routes::{Guard, Route};

/// A route of the API with everything that the document tells about it.
pub struct Endpoint {
    pub route: Route,
    /// One sentence.
    pub about: &'static str,
    /// What may stand in the query; anything else is refused.
    pub query: &'static [Param],
    pub takes: Takes,
    pub gives: Gives,
}

/// One parameter of a query.
pub struct Param {
    pub name: &'static str,
    pub kind: ParamKind,
    pub about: &'static str,
}

/// What a parameter holds.
pub enum ParamKind {
    Text,
    Number,
    OneOf(&'static [&'static str]),
}

/// What a request carries.
#[derive(Clone, Copy)]
pub enum Takes {
    Nothing,
    /// JSON of this schema.
    Json(&'static str),
    /// The bytes of a file as they are.
    File,
}

/// What a request is answered with.
#[derive(Clone, Copy)]
pub enum Gives {
    /// One thing of this schema.
    One(&'static str),
    /// A new thing of this schema: 201.
    Created(&'static str),
    /// `{"items": […]}` of this schema, all of them.
    All(&'static str),
    /// `{"items": […], "next_cursor": …}` of this schema.
    Page(&'static str),
    /// The bytes of a file.
    File,
    /// 204.
    Nothing,
    /// The document itself.
    Document,
}

type Run = fn(&mut Cx<'_>) -> Result<Response, Failure>;

/// The largest JSON body: what a page of text needs many times over.
const JSON: u64 = 256 * 1024;

impl Endpoint {
    /// Something to look at.
    pub const fn get(path: &'static str, role: Role, run: Run, gives: Gives) -> Endpoint {
        Endpoint::new(Method::Get, path, role, run).giving(gives)
    }

    /// Something that happens, from a JSON body.
    pub const fn post(path: &'static str, role: Role, run: Run, takes: &'static str) -> Endpoint {
        Endpoint::new(Method::Post, path, role, run).taking(Takes::Json(takes))
    }

    /// Something that changes, from a JSON body.
    pub const fn patch(path: &'static str, role: Role, run: Run, takes: &'static str) -> Endpoint {
        Endpoint::new(Method::Patch, path, role, run).taking(Takes::Json(takes))
    }

    /// Something that goes.
    pub const fn delete(path: &'static str, role: Role, run: Run, gives: Gives) -> Endpoint {
        Endpoint::new(Method::Delete, path, role, run).giving(gives)
    }

    const fn new(method: Method, path: &'static str, role: Role, run: Run) -> Endpoint {
        let limit = if matches!(method, Method::Get) { 0 } else { JSON };
        let route = Route { method, path, guard: Guard::Token(role), limit, ahead: None, run };
        Endpoint { route, about: "", query: &[], takes: Takes::Nothing, gives: Gives::Nothing }
    }

    /// What the document says of it.
    pub const fn about(self, about: &'static str) -> Endpoint {
        Endpoint { about, ..self }
    }

    /// What may stand in its query.
    pub const fn query(self, query: &'static [Param]) -> Endpoint {
        Endpoint { query, ..self }
    }

    /// What it takes.
    pub const fn taking(self, takes: Takes) -> Endpoint {
        Endpoint { takes, ..self }
    }

    /// What it answers.
    pub const fn giving(self, gives: Gives) -> Endpoint {
        Endpoint { gives, ..self }
    }

    /// Another limit for the body.
    pub const fn up_to(self, limit: u64) -> Endpoint {
        let Endpoint { route, about, query, takes, gives } = self;
        Endpoint { route: route.up_to(limit), about, query, takes, gives }
    }

    /// For anybody, without a token.
    pub const fn open(self) -> Endpoint {
        let Endpoint { route, about, query, takes, gives } = self;
        Endpoint { route: Route { guard: Guard::Open, ..route }, about, query, takes, gives }
    }
}

impl Param {
    /// A parameter that is a text.
    pub const fn text(name: &'static str, about: &'static str) -> Param {
        Param { name, kind: ParamKind::Text, about }
    }

    /// A parameter that is a whole number.
    pub const fn number(name: &'static str, about: &'static str) -> Param {
        Param { name, kind: ParamKind::Number, about }
    }

    /// A parameter that is one of these words.
    pub const fn one_of(name: &'static str, words: &'static [&'static str], about: &'static str) -> Param {
        Param { name, kind: ParamKind::OneOf(words), about }
    }
}
