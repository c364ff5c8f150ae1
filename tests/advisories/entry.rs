//! Ways in: sessions, links, passwords, and what the head of a request claims.

use std::sync::Arc;

use crate::support::TestDesk;
use crate::support::browser::Browser;
use crate::support::desk::{NOON, Page};
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::agent::Role;
use transom::net::Client;
use transom::store::agent;
use transom::web::App;
use transom::web::http::{Method, Request};

const GOOD: &str = "a quiet harbour at dawn";

fn link(page: &Page) -> String {
    let start = page.body.find("/invitation/").unwrap();
    page.body[start..].split('"').next().unwrap().to_owned()
}

/// The address of the whole link, as it is handed over.
fn whole(page: &Page) -> String {
    let at = page.body.find("/invitation/").unwrap();
    let begin = page.body[..at].rfind(['"', '>', ' ']).unwrap() + 1;
    page.body[begin..].split(['"', '<']).next().unwrap().to_owned()
}

/// CVE-2026-34828 (listmonk), CVE-2021-3740 (Chatwoot), CVE-2026-43911 (Vaultwarden): a session that was stolen went on after
/// the password was changed, or set anew by a link.
#[test]
fn cve_2026_34828_a_password_set_by_a_link_ends_every_session() {
    let desk = TestDesk::new();
    let (ada, eva) = (desk.person("Ada", Role::Admin), desk.person("Eva", Role::Agent));
    desk.set_password("eva@example.org", GOOD);
    let mut stolen = Browser::at(&desk, "192.0.2.66");
    stolen.sign_in("eva@example.org", GOOD);
    assert_eq!(stolen.get("/settings/profile").status, 200);
    let link = link(&desk.post(&ada, &format!("/settings/people/{}/link", eva.id), &[]));
    let mut own = Browser::at(&desk, "192.0.2.7");
    assert_eq!(own.post(&link, &[("password", "another good password")]).status, 303);
    assert_eq!(own.get("/settings/profile").status, 200);
    assert_eq!(stolen.get("/settings/profile").status, 303, "the stolen one is over");
    assert_eq!(desk.get(&eva, "/settings/profile").status, 303);
}

/// CVE-2025-32359 (Zammad): only the page asked for the current password, the server did not.
#[test]
fn cve_2025_32359_the_server_asks_for_the_current_password() {
    let desk = TestDesk::new();
    let eva = desk.person("Eva", Role::Agent);
    desk.set_password("eva@example.org", GOOD);
    let new = ("password", "another good password");
    for fields in [
        &[new][..],
        &[("current", ""), new],
        &[("current", "null"), new],
        &[new, ("current", "another good password")],
    ] {
        assert_eq!(desk.post(&eva, "/settings/profile/password", fields).status, 422, "{fields:?}");
    }
    let mut browser = Browser::at(&desk, "192.0.2.7");
    assert_eq!(browser.sign_in("eva@example.org", GOOD).status, 303, "it is the old one still");
}

/// CVE-2017-5619 (Zammad), CVE-2011-1687 (RT): who had read the file signed in with the hash, or a hash of it.
#[test]
fn cve_2017_5619_what_stands_in_the_file_lets_nobody_in() {
    let desk = TestDesk::new();
    desk.person("Eva", Role::Agent);
    desk.set_password("eva@example.org", GOOD);
    let mut own = Browser::at(&desk, "192.0.2.7");
    own.sign_in("eva@example.org", GOOD);
    let eva = desk.read(|c| agent::by_email(c, "eva@example.org")).unwrap();
    let kept = desk.read(|c| agent::password_hash(c, eva.id));
    let mut thief = Browser::at(&desk, "192.0.2.66");
    for password in [kept.as_str(), kept.rsplit('$').next().unwrap(), &format!("{{sha2}}{kept}")] {
        assert_eq!(thief.sign_in("eva@example.org", password).status, 422);
    }
    let columns = ["hex(token_hash)", "lower(hex(token_hash))", "ifnull(form_token, 'none')", "id"];
    for column in columns {
        let word: String = desk.read(|c| {
            let sql = format!("SELECT CAST({column} AS TEXT) FROM session ORDER BY id DESC LIMIT 1");
            Ok(c.query_row(&sql, [], |row| row.get(0))?)
        });
        thief.cookies.insert("transom".into(), word);
        assert_eq!(thief.get("/settings/profile").status, 303, "{column}");
    }
}

/// CVE-2025-48481, CVE-2026-41902, GHSA-hqff, GHSA-jqj5 (FreeScout): an old, an empty or a foreign word in place of a link let
/// in, also into accounts that had been shut.
#[test]
fn cve_2025_48481_no_word_in_place_of_a_link_lets_anybody_in() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let fields = [("name", "Ana"), ("email", "ana@example.org"), ("role", "admin"), ("password", "")];
    let link = link(&desk.post(&ada, "/settings/people", &fields));
    let ana = desk.read(|c| agent::by_email(c, "ana@example.org")).unwrap();
    let mut stranger = Browser::at(&desk, "192.0.2.7");
    let kept: String = desk
        .read(|c| Ok(c.query_row("SELECT lower(hex(token_hash)) FROM invitation", [], |row| row.get(0))?));
    for word in ["", "%20", "%00", "null", "0", "undefined", "%25", "'%20OR%201=1--", &kept, &link[12..20]] {
        let path = format!("/invitation/{word}");
        assert_ne!(stranger.get(&path).status, 200, "{path}");
        assert!(stranger.post(&path, &[("password", "another good password")]).status >= 400, "{path}");
    }
    assert_eq!(desk.post(&ada, &format!("/settings/people/{}/disable", ana.id), &[]).status, 303);
    assert_eq!(stranger.get(&link).status, 404, "the account was shut");
    assert_eq!(stranger.post(&link, &[("password", "another good password")]).status, 404);
    assert!(desk.read(|c| agent::password_hash(c, ana.id)).is_empty());
}

/// CVE-2026-27637 (FreeScout): a word that lets in was made of what others know, and was the same for ever.
#[test]
fn cve_2026_27637_words_that_let_in_are_random_each_time() {
    let desk = TestDesk::new();
    desk.person("Eva", Role::Agent);
    desk.set_password("eva@example.org", GOOD);
    let mut words = Vec::new();
    for _ in 0..6 {
        let mut browser = Browser::at(&desk, "192.0.2.7");
        browser.sign_in("eva@example.org", GOOD);
        words.extend(browser.cookies.into_values());
    }
    let ada = desk.person("Ada", Role::Admin);
    for _ in 0..3 {
        words.push(link(&desk.post(&ada, "/settings/people/1/link", &[])).replace("/invitation/", ""));
    }
    let all: std::collections::BTreeSet<&String> = words.iter().collect();
    assert_eq!(all.len(), words.len(), "the clock stood still, and none is the same");
    assert!(words.iter().all(|word| word.len() >= 43), "256 bits: {words:?}");
}

/// Poisoned links to set a password (the class of CVE-2022-48021 and many more): the host that a request claims is not where
/// links lead.
#[test]
fn the_host_of_a_request_never_gets_into_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transom.db");
    let options = Options { public_url: "https://desk.example.org".to_owned(), ..Options::default() };
    let desk = Arc::new(Desk::open(&path, Clock::standing(NOON), Client::default(), options).unwrap());
    let app = App::new(desk.clone()).unwrap();
    let desk = TestDesk { desk, app, folder };
    let (ada, eva) = (desk.person("Ada", Role::Admin), desk.person("Eva", Role::Agent));
    let claims = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-host", "desk.example.org, evil.example"),
        ("x-host", "evil.example"),
        ("x-forwarded-server", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-original-url", "https://evil.example/"),
        ("x-rewrite-url", "https://evil.example/"),
        ("x-http-host-override", "evil.example"),
        ("x-forwarded-proto", "javascript"),
    ];
    for (name, value) in claims {
        let form = format!("csrf={}", transom::web::session::csrf(&ada.token));
        let mut request = Request::new(Method::Post, &format!("/settings/people/{}/link", eva.id))
            .with_header("cookie", &format!("transom={}", ada.token))
            .with_header(name, value)
            .with_body("application/x-www-form-urlencoded", form);
        if name == "host" {
            request.host = value.to_owned();
        }
        let page = desk.ask(request);
        assert!(page.status == 200, "{name}: {}", page.status);
        assert!(whole(&page).starts_with("https://desk.example.org/invitation/"), "{name}: {}", whole(&page));
        assert!(!page.body.contains("evil.example"), "{name}");
    }
}

/// CVE-2022-25803 (RT): a link of ours that leads elsewhere after signing in.
#[test]
fn cve_2022_25803_nobody_is_led_to_another_host() {
    let desk = TestDesk::new();
    desk.person("Eva", Role::Agent);
    desk.set_password("eva@example.org", GOOD);
    for next in [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " //evil.example",
        "/.//evil.example",
        "http:/\\evil.example",
        "/inbox\r\nSet-Cookie: transom=planted",
        "@evil.example",
        "\u{2028}//evil.example",
    ] {
        let mut browser = Browser::at(&desk, "192.0.2.7");
        let fields = [("email", "eva@example.org"), ("password", GOOD), ("next", next)];
        let page = browser.post("/login", &fields);
        let to = page.header("location").unwrap();
        let local = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n', '\t']);
        assert!(local, "{next:?} leads to {to:?}");
        let base = "https://desk.example.org/login".to_owned();
        assert!(!format!("{base}{to}").contains("planted\r\n"), "{to:?}");
    }
}

/// CVE-2024-3262 (RT), CVE-2020-10096 (Zammad): pages stayed in the browser's cache after signing out.
#[test]
fn cve_2024_3262_no_page_stays_in_a_cache_after_signing_out() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    for target in
        ["/inbox", "/contacts", "/settings/people", "/settings/profile", "/search?q=a", "/later", "/login"]
    {
        let page = desk.get(&ada, target);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{target}");
    }
    let told = desk.api_get(&desk.token_of(ada.id), "/contacts");
    assert_eq!(told.header("cache-control"), Some("no-store"));
    let out = desk.post(&ada, "/logout", &[]);
    assert_eq!(out.status, 303);
    assert!(out.headers.iter().any(|(name, value)| name == "set-cookie" && value.contains("Max-Age=0")));
    assert_eq!(desk.get(&ada, "/inbox").status, 303);
}

/// CVE-2022-29700 (Zammad), CVE-2023-30082 (osTicket): a password of any length cost as much time.
#[test]
fn cve_2023_30082_a_password_of_a_megabyte_is_refused_before_it_costs_anything() {
    let desk = TestDesk::new();
    let eva = desk.person("Eva", Role::Agent);
    desk.set_password("eva@example.org", GOOD);
    let long = "a quiet harbour ".repeat(60_000);
    let mut browser = Browser::at(&desk, "192.0.2.7");
    let status = browser.sign_in("eva@example.org", &long).status;
    assert!([413, 422].contains(&status), "{status}");
    let status =
        desk.post(&eva, "/settings/profile/password", &[("current", GOOD), ("password", &long)]).status;
    assert!([413, 422].contains(&status), "{status}");
    assert_eq!(browser.sign_in("eva@example.org", GOOD).status, 303);
}

/// CVE-2020-26034, CVE-2020-10102 (Zammad), GHSA-jvmv (FreeScout): the answer told whether an
/// account exists.
#[test]
fn cve_2020_26034_the_answer_does_not_tell_whether_an_account_exists() {
    let desk = TestDesk::new();
    for (name, address) in [("Eva", "eva@example.org"), ("Max", "max@example.org")] {
        desk.person(name, Role::Agent);
        desk.set_password(address, GOOD);
    }
    let ada = desk.person("Ada", Role::Admin);
    desk.post(&ada, "/settings/people/2/disable", &[]);
    let answers: Vec<(u16, String)> = ["eva", "max", "ada", "nix"]
        .iter()
        .map(|name| {
            let page =
                Browser::at(&desk, "192.0.2.7").sign_in(&format!("{name}@example.org"), "a wrong password");
            (page.status, page.body.replace(name, "xxx"))
        })
        .collect();
    for answer in &answers {
        assert_eq!(answer, &answers[0], "who has a password, who is shut out, who has none, and nobody");
    }
}

#[test]
fn cve_2020_26030_no_header_says_who_somebody_is() {
    let desk = TestDesk::new();
    desk.person("Ana", Role::Admin);
    let names = [
        "remote-user",
        "x-remote-user",
        "x-forwarded-user",
        "x-forwarded-email",
        "x-auth-request-email",
        "x-webauth-user",
        "x-user",
        "x-email",
        "remote_user",
        "auth-user",
        "x-ssl-client-s-dn",
        "cf-access-authenticated-user-email",
    ];
    for name in names {
        for value in ["ana@example.org", "Ana", "1", "admin"] {
            let asked = desk.ask(Request::new(Method::Get, "/inbox").with_header(name, value));
            assert_eq!(asked.status, 303, "{name}: {value}");
            assert!(asked.header("location").unwrap().starts_with("/login"), "{name}: {value}");
            let program =
                desk.ask(Request::new(Method::Get, "/api/v1/conversations").with_header(name, value));
            assert_eq!(program.status, 401, "{name}: {value}");
        }
    }
}

#[test]
fn cve_2026_78357_nothing_of_who_was_let_out_is_good_any_more() {
    let desk = TestDesk::new();
    let (boss, ana) = (desk.person("Boss", Role::Admin), desk.person("Ana", Role::Supervisor));
    let program = desk.token_of(ana.id);
    assert_eq!(desk.get(&ana, "/contacts").status, 200);
    assert_eq!(desk.api_get(&program, "/conversations").status, 200);
    let made = desk.post(&boss, &format!("/settings/people/{}/link", ana.id), &[]);
    let from = made.body.find("/invitation/").unwrap();
    let link = made.body[from..].split('"').next().unwrap().to_owned();
    assert_eq!(desk.post(&boss, &format!("/settings/people/{}/disable", ana.id), &[]).status, 303);
    assert_eq!(desk.get(&ana, "/contacts").status, 303, "the session");
    assert_eq!(desk.api_get(&program, "/conversations").status, 401, "the token of a program");
    assert_eq!(desk.ask(Request::new(Method::Get, &link)).status, 404, "the link");
    // Let in again, the old session and the old link stay what they are: over.
    assert_eq!(desk.post(&boss, &format!("/settings/people/{}/enable", ana.id), &[]).status, 303);
    assert_eq!(desk.get(&ana, "/contacts").status, 303);
    assert_eq!(desk.ask(Request::new(Method::Get, &link)).status, 404);
}
