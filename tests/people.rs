//! People: invited, changed, let out, and their own profile.

use transom::domain::Span;
use transom::domain::agent::{Role, Theme};
use transom::store::agent;

use crate::support::TestDesk;
use crate::support::browser::Browser;
use crate::support::desk::Page;

const GOOD: &str = "a quiet harbour at dawn";

/// The path of the link that stands on a page.
fn link(page: &Page) -> String {
    let start = page.body.find("/invitation/").unwrap();
    page.body[start..].split('"').next().unwrap().to_owned()
}

#[test]
fn an_invitation_is_good_once_within_72_hours() {
    // A7
    let desk = TestDesk::new();
    let admin = desk.person("Petra", Role::Admin);
    let fields = [("name", "Ana"), ("email", "ana@example.org"), ("role", "agent"), ("password", "")];
    let page = desk.post(&admin, "/settings/people", &fields);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("until Fri 6 March at 12:00"), "{}", page.body);
    assert!(page.body.contains("sets the password of Ana."), "{}", page.body);
    let link = link(&page);
    let mut browser = Browser::at(&desk, "192.0.2.7");
    assert!(browser.get(&link).body.contains("ana@example.org"));
    assert_eq!(browser.post(&link, &[("password", "short")]).status, 422);
    assert_eq!(browser.post(&link, &[("password", GOOD)]).header("location"), Some("/inbox"));
    assert_eq!(browser.get("/settings/profile").status, 200, "signed in by it");
    let mut second = Browser::at(&desk, "192.0.2.8");
    assert_eq!(second.get(&link).status, 404, "used");
    assert_eq!(second.post(&link, &[("password", "another good password")]).status, 404);
    assert_eq!(second.sign_in("ana@example.org", GOOD).status, 303);
}

#[test]
fn what_is_guessed_first_is_no_password() {
    let desk = TestDesk::new();
    let admin = desk.person("Petra", Role::Admin);
    assert_eq!(
        desk.post(&admin, "/settings/team", &[("team", "Café Lumière"), ("language", "en")]).status,
        303
    );
    let fields =
        [("name", "Ana Prudhomme"), ("email", "ana@example.org"), ("role", "agent"), ("password", "")];
    let link = link(&desk.post(&admin, "/settings/people", &fields));
    let mut browser = Browser::at(&desk, "192.0.2.7");
    let near = ["café lumière", "Café Lumière1", "cafelumiere", "Lumiere2026", "prudhomme1", "WhatsApp!2026"];
    let first = ["michelle123", "!!Liverpool99", "12345678910", "abcdefghijkl", "aaaaaaaaaaaa", "manchester"];
    for word in near.into_iter().chain(first) {
        let page = browser.post(&link, &[("password", word)]);
        assert!(page.status == 422 && page.body.contains("easy to guess"), "{word}: {}", page.body);
    }
    assert_eq!(
        browser.post(&link, &[("password", "lumière by the harbour")]).status,
        303,
        "more than one word"
    );
}

#[test]
fn a_link_ends_after_its_time_and_when_a_new_one_is_made() {
    let desk = TestDesk::new();
    let admin = desk.person("Petra", Role::Admin);
    let fields = [("name", "Ana"), ("email", "ana@example.org"), ("role", "agent"), ("password", "")];
    let first = link(&desk.post(&admin, "/settings/people", &fields));
    let ana = desk.read(|c| agent::by_email(c, "ana@example.org")).unwrap();
    let second = link(&desk.post(&admin, &format!("/settings/people/{}/link", ana.id), &[]));
    let mut browser = Browser::at(&desk, "192.0.2.7");
    assert_eq!(browser.get(&first).status, 404, "replaced");
    desk.pass(Span::hours(71));
    assert_eq!(browser.get(&second).status, 200);
    desk.pass(Span::hours(1));
    assert_eq!(browser.get(&second).status, 404, "over");
    desk.set_password("ana@example.org", GOOD);
    let third = link(&desk.post(&admin, &format!("/settings/people/{}/link", ana.id), &[]));
    desk.pass(Span::minutes(31));
    assert_eq!(browser.get(&third).status, 404, "a link for a forgotten password ends after half an hour");
}

#[test]
fn the_last_administrator_cannot_be_taken_away() {
    let desk = TestDesk::new();
    let admin = desk.person("Petra", Role::Admin);
    let at = format!("/settings/people/{}", admin.id);
    let page = desk.post(&admin, &format!("{at}/disable"), &[]);
    assert_eq!(page.status, 409);
    assert!(page.body.contains("last admin"), "{}", page.body);
    let fields = [("name", "Petra"), ("email", "petra@example.org"), ("role", "agent")];
    assert_eq!(desk.post(&admin, &at, &fields).status, 409);
    desk.person("Second", Role::Admin);
    assert_eq!(desk.post(&admin, &at, &fields).status, 303);
}

#[test]
fn only_administrators_reach_the_people() {
    let desk = TestDesk::new();
    let supervisor = desk.person("Sofia", Role::Supervisor);
    assert_eq!(desk.get(&supervisor, "/settings/people").status, 403);
    let fields = [("name", "X"), ("email", "x@example.org"), ("role", "admin")];
    assert_eq!(desk.post(&supervisor, "/settings/people", &fields).status, 403);
    assert_eq!(desk.get(&supervisor, "/settings/queues").status, 200);
    assert_eq!(desk.post(&supervisor, "/settings/queues", &[("name", "Sales")]).status, 403);
}

#[test]
fn a_new_role_and_a_disabled_account_end_every_session_at_once() {
    // T19
    let desk = TestDesk::new();
    let admin = desk.person("Petra", Role::Admin);
    let ana = desk.person("Ana", Role::Supervisor);
    let at = format!("/settings/people/{}", ana.id);
    assert_eq!(desk.get(&ana, "/settings/queues").status, 200);
    let fields = [("name", "Ana"), ("email", "ana@example.org"), ("role", "agent")];
    desk.post(&admin, &at, &fields);
    assert_eq!(desk.get(&ana, "/settings/profile").status, 303);
    let bo = desk.person("Bo", Role::Agent);
    assert_eq!(desk.get(&bo, "/settings/profile").status, 200);
    desk.post(&admin, &format!("/settings/people/{}/disable", bo.id), &[]);
    assert_eq!(desk.get(&bo, "/settings/profile").status, 303);
}

#[test]
fn changing_the_password_asks_for_the_current_one_and_ends_the_other_sessions() {
    // T19
    let desk = TestDesk::new();
    desk.person("Ana", Role::Agent);
    desk.set_password("ana@example.org", GOOD);
    let (mut here, mut there) = (Browser::at(&desk, "192.0.2.1"), Browser::at(&desk, "192.0.2.2"));
    here.sign_in("ana@example.org", GOOD);
    there.sign_in("ana@example.org", GOOD);
    let wrong = [("current", "not this one"), ("password", "another good password")];
    let page = here.post("/settings/profile/password", &wrong);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("not your current password"), "{}", page.body);
    assert_eq!(there.get("/settings/profile").status, 200);
    let right = [("current", GOOD), ("password", "another good password")];
    assert_eq!(here.post("/settings/profile/password", &right).status, 303);
    assert_eq!(here.get("/settings/profile").status, 200, "this one goes on");
    assert_eq!(there.get("/settings/profile").status, 303, "the other one is over");
    assert_eq!(there.sign_in("ana@example.org", GOOD).status, 422);
    assert_eq!(there.sign_in("ana@example.org", "another good password").status, 303);
}

#[test]
fn guessing_the_current_password_is_braked_as_well() {
    let desk = TestDesk::new();
    let ana = desk.person("Ana", Role::Agent);
    desk.set_password("ana@example.org", GOOD);
    let wrong = [("current", "not this one"), ("password", "another good password")];
    for _ in 0..10 {
        assert_eq!(desk.post(&ana, "/settings/profile/password", &wrong).status, 422);
    }
    assert_eq!(desk.post(&ana, "/settings/profile/password", &wrong).status, 429);
}

#[test]
fn one_browser_or_all_others_can_be_signed_out_from_the_list() {
    let desk = TestDesk::new();
    desk.person("Ana", Role::Agent);
    desk.set_password("ana@example.org", GOOD);
    let browsers = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
    let mut browsers = browsers.map(|peer| Browser::at(&desk, peer));
    for browser in &mut browsers {
        browser.sign_in("ana@example.org", GOOD);
    }
    let [here, there, third] = &mut browsers;
    let page = here.get("/settings/profile");
    assert!(page.body.contains("192.0.2.2") && page.body.contains("This browser"), "{}", page.body);
    let who = desk.read(|c| agent::by_email(c, "ana@example.org")).unwrap();
    let now = desk.now();
    let row = desk.read(|c| transom::store::session::of_agent(c, who.id, now));
    let second = row.iter().find(|session| session.peer == "192.0.2.2").unwrap().id;
    assert_eq!(here.post(&format!("/settings/profile/sessions/{second}/end"), &[]).status, 303);
    assert_eq!(there.get("/settings/profile").status, 303);
    assert_eq!(third.get("/settings/profile").status, 200);
    here.post("/settings/profile/sessions/end", &[]);
    assert_eq!(third.get("/settings/profile").status, 303);
    assert_eq!(here.get("/settings/profile").status, 200);
}

#[test]
fn nobody_ends_the_session_of_somebody_else() {
    let desk = TestDesk::new();
    let (ana, eve) = (desk.person("Ana", Role::Agent), desk.person("Eve", Role::Agent));
    let now = desk.now();
    let theirs = desk.read(|c| transom::store::session::of_agent(c, ana.id, now))[0].id;
    assert_eq!(desk.post(&eve, &format!("/settings/profile/sessions/{theirs}/end"), &[]).status, 404);
    assert_eq!(desk.get(&ana, "/settings/profile").status, 200);
}

#[test]
fn the_profile_keeps_language_zone_look_and_keys() {
    let desk = TestDesk::new();
    let ana = desk.person("Ana", Role::Agent);
    let fields = [
        ("name", "Ana María"),
        ("language", "es"),
        ("time_zone", "Europe/Madrid"),
        ("theme", "dark"),
        ("keys", "on"),
    ];
    assert_eq!(desk.post(&ana, "/settings/profile", &fields).status, 303);
    let who = desk.read(|c| agent::get(c, ana.id)).unwrap();
    assert_eq!((who.name.as_str(), who.language.as_deref()), ("Ana María", Some("es")));
    assert_eq!((who.theme, who.keys, who.enter_sends), (Theme::Dark, true, false));
    let page = desk.get(&ana, "/settings/profile");
    assert!(page.body.contains("lang=\"es\"") && page.body.contains("data-theme=\"dark\""), "{}", page.body);
    let fields = [("name", ""), ("time_zone", "Europe/Madrid")];
    let page = desk.post(&ana, "/settings/profile", &fields);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("id=\"f-name-error\""));
}

#[test]
fn an_address_belongs_to_one_person_whatever_its_case() {
    let desk = TestDesk::new();
    let admin = desk.person("Petra", Role::Admin);
    let fields = [("name", "Other"), ("email", "PETRA@example.org"), ("role", "agent"), ("password", GOOD)];
    let page = desk.post(&admin, "/settings/people", &fields);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("taken already"), "{}", page.body);
    assert!(page.body.contains("value=\"Other\""), "what was typed stays");
}

#[test]
fn a_strange_browser_is_told_of_on_the_others_until_that_was_read() {
    let desk = TestDesk::new();
    desk.person("Ana", Role::Agent);
    desk.set_password("ana@example.org", GOOD);
    let mut home = Browser::at(&desk, "192.0.2.1");
    home.sign_in("ana@example.org", GOOD);
    assert!(!home.get("/contacts").body.contains("on a new browser"), "not of itself");
    let mut strange = Browser::at(&desk, "192.0.2.66");
    strange.sign_in("ana@example.org", GOOD);
    let page = home.get("/contacts").body;
    assert!(page.contains("on a new browser") && page.contains("192.0.2.66"), "{page}");
    assert!(!strange.get("/contacts").body.contains("on a new browser"));
    assert!(desk.log_kinds().contains(&"security.new_browser".to_owned()));
    assert_eq!(home.post("/settings/profile/sessions/told", &[]).status, 303);
    assert!(!home.get("/contacts").body.contains("on a new browser"), "read");
    let told = desk.log_kinds().iter().filter(|kind| *kind == "security.new_browser").count();
    strange.sign_in("ana@example.org", GOOD);
    assert!(!home.get("/contacts").body.contains("on a new browser"), "the same one is known now");
    assert_eq!(desk.log_kinds().iter().filter(|kind| *kind == "security.new_browser").count(), told);
}
