//! Every limited door, side by side: who asks too often is told with 429, in words and in seconds, and gets in again
//! when these are over.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::net::signature::sha256_header;
use transom::store::{self, attempt, second_factor};
use transom::web::brake::Rate;
use transom::web::http::{Method, Request};

use crate::support::TestDesk;
use crate::support::browser::Browser;
use crate::support::channel::connect;
use crate::support::desk::{Page, Person};
use crate::support::tree::{code, files};
use crate::support::visitor::{self, Visitor};

const GOOD: &str = "a quiet harbour at dawn";

/// What stands before each door.
struct Street {
    desk: TestDesk,
    ana: Person,
    custom: i64,
    chat: transom::domain::channel::Channel,
}

/// A door: its name, how often one gets through at most, and how one knocks.
type Door = (&'static str, usize, fn(&Street, usize) -> Page);

const DOORS: &[Door] = &[
    ("deliveries that are forged", 60, |street, _| deliver(street, "wrong")),
    ("deliveries to one channel", 30_000, |street, number| {
        let key = format!("hook {}", street.custom);
        drain(street, &key, Rate { times: 30_000, per: Span::minutes(1) }, number);
        deliver(street, "s")
    }),
    ("passwords of one account", 10, |street, number| {
        guessed(street, "account:ana@example.org", 9, number);
        sign_in(street, "ana@example.org", "wrong")
    }),
    ("passwords from one address", 30, |street, number| {
        guessed(street, "peer:127.0.0.1", 29, number);
        sign_in(street, "nobody@example.org", "wrong")
    }),
    ("codes of the second step", 10, |street, number| {
        guessed(street, &format!("factor:{}", street.ana.id), 9, number);
        let token = format!("half {number}");
        let (hash, id, now) = (transom::web::session::hash(&token), street.ana.id, street.desk.now());
        street.desk.write(move |tx| {
            let checked = store::agent::password_hash(tx, id)?;
            second_factor::wait(tx, &hash, &second_factor::Half { agent: id, checked, provider: false }, now)
        });
        let body = "code=000000";
        let request = Request::new(Method::Post, "/login/code")
            .with_header("cookie", &format!("transom-code={token}"))
            .with_header("sec-fetch-site", "same-origin")
            .with_body("application/x-www-form-urlencoded", body);
        street.desk.ask(request)
    }),
    ("the current password on the own page", 10, |street, number| {
        let session = street.desk.count("SELECT max(id) FROM session");
        guessed(street, &format!("session:{session}"), 9, number);
        let fields = [("current", "wrong"), ("password", GOOD)];
        street.desk.post(&street.ana, "/settings/profile/password", &fields)
    }),
    ("links to set a password, and whatever else strangers send", 240, |street, _| {
        let request = Request::new(Method::Post, "/invitation/some-word")
            .with_header("sec-fetch-site", "same-origin")
            .with_body("application/x-www-form-urlencoded", "password=x");
        street.desk.ask(request)
    }),
    ("forms and files of one person", 1200, |street, number| {
        let key = format!("forms {}", street.ana.id);
        drain(street, &key, Rate { times: 1200, per: Span::minutes(1) }, number);
        street.desk.post(&street.ana, "/settings/profile/signature", &[("signature", "Ana")])
    }),
    ("requests of one program", 200, |street, number| {
        if number == 0 {
            let hash = transom::web::session::hash("the program's");
            let (agent, now) = (street.ana.id, street.desk.now());
            street.desk.write(move |tx| store::token::insert(tx, agent, "a test", &hash, now));
        }
        let request =
            Request::new(Method::Get, "/api/v1/tags").with_header("authorization", "Bearer the program's");
        street.desk.ask(request)
    }),
    ("messages of one visitor", 10, |street, number| {
        let visitor = visitor(street, "Eva");
        visitor.say(&street.desk, &format!("word-{number:08}"), "Hello")
    }),
    ("messages from one network", 30, |street, number| {
        visitor(street, &format!("visitor {}", number / 9)).say(
            &street.desk,
            &format!("word-{number:08}"),
            "Hello",
        )
    }),
    ("new visitors from one network", 5, |street, number| {
        let visitor = Visitor::new(&street.chat);
        visitor.say(&street.desk, &format!("word-{number:08}"), "Hello")
    }),
    ("who a website says its visitor is", 60, |street, _| {
        visitor(street, "Eva").post(&street.desk, "start", &[("identity", "made up")])
    }),
];

/// A visitor with a token of the usual form, the same for the same name.
fn visitor(street: &Street, name: &str) -> Visitor {
    let token = URL_SAFE_NO_PAD.encode(transom::web::session::hash(name));
    Visitor { token, ..Visitor::new(&street.chat) }
}

fn deliver(street: &Street, secret: &str) -> Page {
    let body = "{\"type\":\"text\",\"id\":\"m1\",\"from\":{\"value\":\"ana\"},\"body\":\"Hello\"}";
    let request = Request::new(Method::Post, &format!("/hooks/{}", street.custom))
        .with_header("x-transom-signature", &sha256_header(secret, body.as_bytes()))
        .with_body("application/json", body);
    street.desk.ask(request)
}

fn sign_in(street: &Street, email: &str, password: &str) -> Page {
    Browser::at(&street.desk, "127.0.0.1").sign_in(email, password)
}

/// Before the first knock: as if so much had been taken already, so that one more gets in.
fn drain(street: &Street, key: &str, rate: Rate, number: usize) {
    if number == 0 {
        for _ in 1..rate.times {
            street.desk.app.brake.take(key, rate, street.desk.now()).unwrap();
        }
    }
}

/// The same with guesses, which stand in the file; each costs much.
fn guessed(street: &Street, key: &str, times: usize, number: usize) {
    if number == 0 {
        let (key, now) = (key.to_owned(), street.desk.now());
        street.desk.write(move |tx| {
            for _ in 0..times {
                attempt::count(tx, &key, now)?;
            }
            Ok(())
        });
    }
}

#[test]
fn every_limited_door_says_when_to_come_again_and_lets_in_then() {
    for (name, most, knock) in DOORS {
        let desk = TestDesk::new();
        let ana = desk.person("Ana", Role::Admin);
        desk.set_password("ana@example.org", GOOD);
        let custom = connect(&desk, Kind::Custom, &[("secret", "s")]).id.get();
        let chat = visitor::connect(&desk, Kind::Webchat, &[("identity_secret", "s")]);
        let street = Street { desk, ana, custom, chat };
        let (page, number) = knock_until_refused(&street, *most, *knock);
        assert!(number > 0, "{name}: nobody gets in at all");
        assert_eq!(page.status, 429, "{name}: after {number} knocks {}", page.body);
        let seconds: i64 = page.header("retry-after").unwrap_or_else(|| panic!("{name}")).parse().unwrap();
        assert!((1..=3600).contains(&seconds), "{name}: {seconds}");
        let (kind, body) = (page.header("content-type").unwrap_or_default(), &page.body);
        let says_when = if kind.starts_with("text/html") {
            body.contains("Too many attempts. Try again at 12:")
        } else if body.contains("retry_at") {
            body.contains("Too many attempts") && body.contains("T12:")
        } else {
            body.contains(" again in ") || body.contains("Try again at 12:")
        };
        assert!(says_when, "{name}: {kind} {body}");
        street.desk.pass(Span::seconds(seconds));
        let after = knock(&street, number + 1);
        assert_ne!(after.status, 429, "{name}: still shut after {seconds} s: {}", after.body);
    }
}

/// Knocks until one is refused; the refusal, and how many got in before.
fn knock_until_refused(street: &Street, most: usize, knock: fn(&Street, usize) -> Page) -> (Page, usize) {
    for number in 0..most {
        let page = knock(street, number);
        if page.status == 429 {
            return (page, number);
        }
    }
    (knock(street, most), most)
}

/// Whoever adds a limited door adds a line to the table above, and its file here.
#[test]
fn the_limited_doors_are_these() {
    let mut found: Vec<(String, usize)> = files(Path::new("src/web"))
        .iter()
        .map(|file| {
            let code = code(file);
            let count = code.matches("brake.take(").count() + code.matches("sign_in::attempt(").count();
            (file.to_string_lossy().into_owned(), count)
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    found.sort();
    let known = [
        ("src/web/api/door.rs", 1),
        ("src/web/app.rs", 1),
        ("src/web/chat/post.rs", 2),
        ("src/web/hooks.rs", 2),
        ("src/web/people/code.rs", 1),
        ("src/web/people/factor.rs", 1),
        ("src/web/people/login.rs", 1),
        ("src/web/people/profile.rs", 1),
        ("src/web/people/provider.rs", 2),
    ];
    let known: Vec<(String, usize)> =
        known.iter().map(|(file, count)| ((*file).to_owned(), *count)).collect();
    assert_eq!(found, known);
}
