//! The first run: the link from the console, once, and the desk that it makes.

use transom::actions::setup;
use transom::domain::agent::Role;
use transom::store::setting::{self, key};

use crate::support::TestDesk;
use crate::support::browser::Browser;

fn code(desk: &TestDesk) -> String {
    let now = desk.now();
    let made: Result<Option<String>, transom::actions::Error> =
        desk.desk.writer.write(move |tx| setup::begin(tx, now));
    made.unwrap().unwrap()
}

const FORM: [(&str, &str); 7] = [
    ("name", "Petra Nováková"),
    ("email", "Petra@Example.org"),
    ("password", "seven lamps over the door"),
    ("team", "Shop Prague"),
    ("language", "es"),
    ("time_zone", "Europe/Prague"),
    ("country", "CZ"),
];

fn fill(browser: &mut Browser<'_>, code: &str) -> crate::support::desk::Page {
    let fields: Vec<_> = FORM.into_iter().chain([("code", code)]).collect();
    browser.post("/setup", &fields)
}

#[test]
fn a_desk_without_people_leads_everybody_to_the_page_that_says_how_to_begin() {
    let desk = TestDesk::new();
    let mut browser = Browser::at(&desk, "192.0.2.1");
    let asked = browser.get("/settings/profile");
    assert_eq!(asked.header("location"), Some("/login?next=%2Fsettings%2Fprofile"));
    assert_eq!(browser.get("/login").header("location"), Some("/setup"));
    let page = browser.get("/setup");
    assert!(page.body.contains("console"), "{}", page.body);
    assert!(!page.body.contains("name=\"email\""), "no form without the code");
}

#[test]
fn the_link_makes_the_first_administrator_and_the_team_and_works_once() {
    let desk = TestDesk::new();
    let code = code(&desk);
    let mut browser = Browser::at(&desk, "192.0.2.1");
    let form = browser.get(&format!("/setup?code={code}")).body;
    assert!(form.contains("name=\"email\"") && form.contains("CZ (+420)"), "{form}");
    let made = fill(&mut browser, &code);
    assert_eq!(made.header("location"), Some("/setup/done"), "{}", made.body);
    let done = browser.get("/setup/done");
    assert!(done.body.contains("action=\"/simulator/start\""), "{}", done.body);
    let who = desk.read(|c| transom::store::agent::by_email(c, "petra@example.org")).unwrap();
    assert_eq!((who.role, who.name.as_str()), (Role::Admin, "Petra Nováková"));
    for (name, value) in [(key::TEAM, "Shop Prague"), (key::TIME_ZONE, "Europe/Prague"), (key::COUNTRY, "CZ")]
    {
        assert_eq!(desk.read(|c| setting::get(c, name)).as_deref(), Some(value));
    }
    assert_eq!(desk.read(|c| setting::get(c, key::SETUP_CODE)), None, "the code is used up");
    let mut second = Browser::at(&desk, "192.0.2.2");
    assert_eq!(fill(&mut second, &code).header("location"), Some("/inbox"), "nothing to set up any more");
    assert_eq!(desk.read(transom::store::agent::all).len(), 1);
    let now = desk.now();
    let again: Result<Option<String>, transom::actions::Error> =
        desk.desk.writer.write(move |tx| setup::begin(tx, now));
    assert_eq!(again.unwrap(), None, "no new link once somebody is there");
}

#[test]
fn a_wrong_or_replaced_code_makes_nobody() {
    let desk = TestDesk::new();
    let old = code(&desk);
    let new = code(&desk);
    let mut browser = Browser::at(&desk, "192.0.2.1");
    for wrong in [old.as_str(), "", "x", &new[..42]] {
        let page = fill(&mut browser, wrong);
        assert!(matches!(page.status, 200 | 403), "{}", page.status);
    }
    assert!(desk.read(transom::store::agent::all).is_empty());
    assert_eq!(fill(&mut browser, &new).status, 303);
}

#[test]
fn a_mistake_comes_back_with_what_was_typed_and_the_sentence_beside_the_field() {
    let desk = TestDesk::new();
    let code = code(&desk);
    let mut browser = Browser::at(&desk, "192.0.2.1");
    let fields = [
        ("code", code.as_str()),
        ("name", "Petra"),
        ("email", "petra@example.org"),
        ("password", "short"),
        ("team", "Shop Prague"),
        ("time_zone", "Europe/Prague"),
    ];
    let page = browser.post("/setup", &fields);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("id=\"f-password-error\""), "{}", page.body);
    assert!(page.body.contains("at least 10 characters"));
    assert!(page.body.contains("value=\"Shop Prague\""));
    assert!(!page.body.contains("\"short\""), "a password is never sent back");
    let fields = [
        ("code", code.as_str()),
        ("name", "Petra"),
        ("email", "petra@example.org"),
        ("password", "Petra123456"),
        ("team", ""),
        ("time_zone", "Mars/Olympus"),
    ];
    assert!(browser.post("/setup", &fields).body.contains("easy to guess"));
}

#[test]
fn spanish_browsers_get_the_set_up_page_in_spanish() {
    // S71
    let desk = TestDesk::new();
    let mut browser = Browser::at(&desk, "192.0.2.1");
    let request = transom::web::http::Request::new(transom::web::http::Method::Get, "/setup");
    let page = browser.send(request.with_header("accept-language", "es-MX,es;q=0.9"));
    assert!(page.body.contains("Nadie ha configurado"), "{}", page.body);
}
