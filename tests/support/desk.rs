//! The desk under test: a real file, the real application, no sockets, and a clock that stands still.

use std::sync::Arc;

use tempfile::TempDir;
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::agent::{Agent, Role};
use transom::domain::{Id, Span, Timestamp};
use transom::net::Client;
use transom::store::{self, agent, session as sessions};
use transom::web::front::{Front, Limits, Settings};
use transom::web::http::{Content, Method, Request, Response};
use transom::web::{App, session};

/// 2026-03-03T12:00:00Z, a Tuesday.
pub const NOON: Timestamp = Timestamp(1_772_539_200_000);

/// The desk under test.
pub struct TestDesk {
    pub desk: Arc<Desk>,
    pub app: App,
    /// Keeps the file until the test is over.
    pub folder: TempDir,
}

/// Somebody who is signed in.
pub struct Person {
    pub id: Id<Agent>,
    pub token: String,
}

/// An answer, read.
pub struct Page {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl TestDesk {
    pub fn new() -> TestDesk {
        TestDesk::with(Client { allow_private: true, ..Client::default() }, Options::default())
    }

    /// A desk that calls others and is reached in this way.
    pub fn with(client: Client, options: Options) -> TestDesk {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("transom.db");
        let desk = Desk::open(&path, Clock::standing(NOON), client, options).unwrap();
        let desk = Arc::new(desk);
        let app = App::new(desk.clone()).unwrap();
        TestDesk { desk, app, folder }
    }

    pub fn now(&self) -> Timestamp {
        self.desk.clock.now()
    }

    /// Lets time pass.
    pub fn pass(&self, span: Span) {
        self.desk.clock.shift(span);
    }

    /// Serves it over a socket, with the limits of the program.
    pub fn front(&self) -> Front {
        let settings = Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            tls: None,
            trust_proxy: Vec::new(),
            workers: 2,
            limits: Limits::default(),
        };
        Front::start(settings, Arc::new(App::new(self.desk.clone()).unwrap())).unwrap()
    }

    /// Adds somebody with this role and signs them in; the address is `name@example.org`.
    pub fn person(&self, name: &str, role: Role) -> Person {
        let (name, now) = (name.to_owned(), self.now());
        let token = transom::random::token();
        let hash = session::hash(&token);
        let id = self.write(move |tx| {
            let email = format!("{}@example.org", name.to_lowercase());
            let new = agent::New { email: &email, name: &name, role, password_hash: "" };
            let id = agent::insert(tx, &new, now)?;
            let session = sessions::New {
                token_hash: &hash,
                agent: id,
                peer: "127.0.0.1",
                user_agent: "",
                provider: false,
                strange: false,
            };
            sessions::insert(tx, &session, now)?;
            Ok(id)
        });
        Person { id, token }
    }

    /// Looks into the file.
    pub fn read<T>(&self, look: impl FnOnce(&store::Connection) -> store::Result<T>) -> T {
        self.desk.readers.read(look).unwrap()
    }

    /// Writes into the file.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&store::Tx<'_>) -> store::Result<T> + Send + 'static,
    ) -> T {
        self.desk.writer.write(work).unwrap()
    }

    /// What `person` sees at this address.
    pub fn get(&self, person: &Person, target: &str) -> Page {
        self.ask(
            Request::new(Method::Get, target).with_header("cookie", &format!("transom={}", person.token)),
        )
    }

    /// What happens when `person` sends this form.
    pub fn post(&self, person: &Person, target: &str, fields: &[(&str, &str)]) -> Page {
        self.ask(filled(person, target, fields))
    }

    /// The same from a page of ours, which browsers tell.
    pub fn post_on(&self, person: &Person, page: &str, target: &str, fields: &[(&str, &str)]) -> Page {
        let told = format!("http://localhost:8000{page}");
        self.ask(filled(person, target, fields).with_header("referer", &told))
    }

    /// The answer to any request.
    pub fn ask(&self, request: Request) -> Page {
        read(self.app.handle(request))
    }
}

fn filled(person: &Person, target: &str, fields: &[(&str, &str)]) -> Request {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("csrf", &session::csrf(&person.token)).extend_pairs(fields);
    Request::new(Method::Post, target)
        .with_header("cookie", &format!("transom={}", person.token))
        .with_body("application/x-www-form-urlencoded", form.finish())
}

fn read(response: Response) -> Page {
    let mut bytes = Vec::new();
    match response.body {
        Content::Empty => {}
        Content::Bytes(all) => bytes = all,
        Content::File { mut file, .. } => {
            std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        }
        Content::Stream { mut reader, .. } => {
            std::io::Read::read_to_end(&mut reader, &mut bytes).unwrap();
        }
    }
    let headers = response.headers.into_iter().map(|(n, v)| (n.to_lowercase(), v)).collect();
    Page { status: response.status, headers, body: String::from_utf8_lossy(&bytes).into_owned() }
}

impl Page {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}
