//! Programs that ask the API, and the answers read as JSON.

use serde_json::Value;
use transom::domain::Id;
use transom::domain::agent::{Agent, Role};
use transom::store;
use transom::web::http::{Method, Request};
use transom::web::session;

use super::TestDesk;

/// A program with the token of somebody.
#[derive(Clone)]
pub struct Program {
    pub agent: Id<Agent>,
    pub token: String,
}

/// What a program was answered.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub json: Value,
}

impl Told {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The code of a refusal.
    pub fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn id(&self) -> i64 {
        self.json["id"].as_i64().unwrap()
    }
}

impl TestDesk {
    /// Adds somebody with this role, and a program that acts for that person.
    pub fn program(&self, name: &str, role: Role) -> Program {
        let agent = self.person(name, role).id;
        self.token_of(agent)
    }

    /// Another program of the same person.
    pub fn token_of(&self, agent: Id<Agent>) -> Program {
        let token = transom::random::token();
        let (hash, now) = (session::hash(&token), self.now());
        self.write(move |tx| store::token::insert(tx, agent, "a test", &hash, now));
        Program { agent, token }
    }

    pub fn api_get(&self, program: &Program, path: &str) -> Told {
        self.api(Some(program), Method::Get, path, None)
    }

    /// The numbers under `id` of everything that the pages of a list hold together, in their order.
    pub fn api_walk(&self, program: &Program, path: &str, id: &str) -> Vec<i64> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        for _ in 0..400 {
            let told = self.api_get(program, &format!("{path}{cursor}"));
            assert_eq!(told.status, 200, "{path}: {told:?}");
            let items = told.json["items"].as_array().unwrap();
            found.extend(items.iter().map(|one| one[id].as_i64().unwrap()));
            match told.json["next_cursor"].as_str() {
                None => return found,
                Some(next) => cursor = format!("&cursor={next}"),
            }
        }
        panic!("{path} never ends");
    }

    pub fn api_post(&self, program: &Program, path: &str, body: Value) -> Told {
        self.api(Some(program), Method::Post, path, Some(body))
    }

    pub fn api_patch(&self, program: &Program, path: &str, body: Value) -> Told {
        self.api(Some(program), Method::Patch, path, Some(body))
    }

    pub fn api_delete(&self, program: &Program, path: &str) -> Told {
        self.api(Some(program), Method::Delete, path, None)
    }

    /// Any request of a program; `path` is what stands behind `/api/v1`.
    pub fn api(&self, program: Option<&Program>, method: Method, path: &str, body: Option<Value>) -> Told {
        let mut request = Request::new(method, &format!("/api/v1{path}"));
        if let Some(program) = program {
            request = request.with_header("authorization", &format!("Bearer {}", program.token));
        }
        if let Some(body) = body {
            request = request.with_body("application/json", body.to_string());
        }
        self.told(request)
    }

    /// The answer to a request, read as JSON where there is any.
    pub fn told(&self, request: Request) -> Told {
        let page = self.ask(request);
        let json = serde_json::from_str(&page.body).unwrap_or(Value::Null);
        Told { status: page.status, headers: page.headers, json }
    }
}
