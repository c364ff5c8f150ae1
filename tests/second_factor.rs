//! Second factors: set up, asked for at the door, spent once, lost and taken away.

use transom::domain::agent::Role;
use transom::domain::{Span, Timestamp, totp};
use transom::store::second_factor;
use transom::web::session;

use crate::support::TestDesk;
use crate::support::browser::Browser;

const GOOD: &str = "a quiet harbour at dawn";
const AT: &str = "/settings/profile/second-factor";

fn desk() -> TestDesk {
    let desk = TestDesk::new();
    desk.person("Ana", Role::Agent);
    desk.set_password("ana@example.org", GOOD);
    desk
}

/// The secret that is kept of Ana, opened.
fn secret(desk: &TestDesk) -> Vec<u8> {
    let (who, sealed) = desk.read(|c| {
        let who = transom::store::agent::by_email(c, "ana@example.org")?.unwrap().id;
        let kept = second_factor::begun(c, who, desk.now())?;
        Ok((who, if kept.is_some() { kept } else { second_factor::secret(c, who)? }.unwrap()))
    });
    assert!(
        desk.desk.factor_secret(transom::domain::Id::new(999), &sealed).is_none(),
        "opens for one person"
    );
    desk.desk.factor_secret(who, &sealed).unwrap()
}

fn code(desk: &TestDesk, later: i64) -> String {
    totp::code(&secret(desk), desk.now().0 / 30_000 + later)
}

/// Ana with a second factor, and her recovery codes.
fn enrolled(desk: &TestDesk) -> Vec<String> {
    let mut browser = Browser::at(desk, "192.0.2.1");
    browser.sign_in("ana@example.org", GOOD);
    assert_eq!(browser.post(AT, &[("password", "wrong words")]).status, 422);
    let page = browser.post(AT, &[("password", GOOD)]);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<svg") && page.body.contains(&totp::letters(&secret(desk))), "{}", page.body);
    assert_eq!(browser.post(&format!("{AT}/confirm"), &[("code", "000")]).status, 422);
    let page = browser.post(&format!("{AT}/confirm"), &[("code", &code(desk, 0))]);
    assert_eq!(page.status, 200, "{}", page.body);
    let codes = page.body.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
    let codes: Vec<String> = codes.collect();
    assert_eq!(codes.len(), 10);
    desk.pass(Span::minutes(1));
    codes
}

/// Signs in with the password and this code.
fn try_code(browser: &mut Browser<'_>, code: &str) -> u16 {
    let page = browser.sign_in("ana@example.org", GOOD);
    assert!(page.header("location").unwrap().starts_with("/login/code"), "{:?}", page.header("location"));
    assert_eq!(browser.session(), None, "half is not in");
    browser.post("/login/code", &[("code", code)]).status
}

#[test]
fn codes_are_those_of_the_standard() {
    // RFC 6238, appendix B, the last six of eight digits.
    let key = b"12345678901234567890";
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(totp::code(key, seconds / 30), code);
        let now = Timestamp(seconds * 1000);
        assert_eq!(totp::step(key, &format!(" {} {}", &code[..3], &code[3..]), now), Some(seconds / 30));
        assert_eq!(
            totp::step(key, code, now + Span::seconds(30)),
            Some(seconds / 30),
            "a clock that is late"
        );
        assert_eq!(totp::step(key, code, now + Span::seconds(90)), None);
    }
    assert_eq!(totp::letters(b"foobar"), "MZXW6YTBOI", "RFC 4648");
}

#[test]
fn the_password_alone_lets_nobody_in_and_a_code_works_once() {
    // ASVS 6.5.1
    let desk = desk();
    enrolled(&desk);
    let right = code(&desk, 0);
    let mut browser = Browser::at(&desk, "192.0.2.9");
    assert_eq!(try_code(&mut browser, &code(&desk, 5)), 422);
    assert_eq!(browser.get("/inbox").status, 303);
    assert_eq!(browser.post("/login/code", &[("code", &right)]).status, 303);
    assert_eq!(browser.get("/inbox").status, 200);
    let mut again = Browser::at(&desk, "192.0.2.10");
    assert_eq!(try_code(&mut again, &right), 422, "the same code a second time");
    assert_eq!(try_code(&mut again, &code(&desk, -1)), 422, "nor one before it");
    assert_eq!(try_code(&mut again, &code(&desk, 1)), 303, "the next one does");
}

#[test]
fn a_recovery_code_works_once_and_is_kept_as_a_hash() {
    // ASVS 6.5.2
    let desk = desk();
    let codes = enrolled(&desk);
    let mut browser = Browser::at(&desk, "192.0.2.9");
    assert_eq!(try_code(&mut browser, &codes[3].to_lowercase()), 303);
    assert!(browser.get(AT).body.contains("9 recovery codes are left"));
    let mut other = Browser::at(&desk, "192.0.2.10");
    assert_eq!(try_code(&mut other, &codes[3]), 422);
    let file = std::fs::read(desk.folder.path().join("transom.db-wal")).unwrap();
    let plain = totp::plain(&codes[0]);
    for word in [codes[0].as_bytes(), plain.as_bytes(), &secret(&desk)] {
        assert!(!file.windows(word.len()).any(|part| part == word), "stands in the file");
    }
}

#[test]
fn guessing_codes_is_braked() {
    let desk = desk();
    enrolled(&desk);
    let mut browser = Browser::at(&desk, "192.0.2.9");
    for _ in 0..10 {
        assert_eq!(try_code(&mut browser, &code(&desk, 7)), 422);
    }
    assert_eq!(try_code(&mut browser, &code(&desk, 0)), 429, "even the right one is not looked at");
}

#[test]
fn a_trusted_browser_is_not_asked_for_thirty_days() {
    let desk = desk();
    enrolled(&desk);
    let mut browser = Browser::at(&desk, "192.0.2.9");
    browser.sign_in("ana@example.org", GOOD);
    browser.post("/login/code", &[("code", &code(&desk, 0)), ("trust", "on")]);
    assert_eq!(browser.sign_in("ana@example.org", GOOD).header("location"), Some("/inbox"));
    desk.pass(Span::days(31));
    let asked = browser.sign_in("ana@example.org", GOOD);
    assert!(asked.header("location").unwrap().starts_with("/login/code"));
}

#[test]
fn a_link_to_set_the_password_does_not_go_round_the_second_factor() {
    // ASVS 6.4.3
    let desk = desk();
    enrolled(&desk);
    let who = desk.read(|c| Ok(transom::store::agent::by_email(c, "ana@example.org")?.unwrap().id));
    let until = desk.now() + Span::minutes(30);
    desk.write(move |tx| transom::store::invitation::insert(tx, who, &session::hash("link"), until));
    let mut browser = Browser::at(&desk, "192.0.2.9");
    let page = browser.post("/invitation/link", &[("password", "another quiet harbour")]);
    assert!(page.header("location").unwrap().starts_with("/login/code"), "{}", page.body);
    assert_eq!(browser.get("/inbox").status, 303);
}

#[test]
fn a_half_sign_in_ends_with_its_time_and_with_a_new_password() {
    let desk = desk();
    enrolled(&desk);
    let mut browser = Browser::at(&desk, "192.0.2.9");
    browser.sign_in("ana@example.org", GOOD);
    desk.set_password("ana@example.org", "another quiet harbour");
    assert_ne!(browser.post("/login/code", &[("code", &code(&desk, 0))]).header("location"), Some("/inbox"));
    assert_eq!(browser.session(), None);
    browser.sign_in("ana@example.org", "another quiet harbour");
    desk.pass(Span::minutes(16));
    let late = browser.post("/login/code", &[("code", &code(&desk, 0))]);
    assert_eq!(late.header("location"), Some("/login"));
}

#[test]
fn a_team_that_wants_it_leads_everybody_to_it_before_anything_else() {
    // ASVS 6.3.3
    let desk = desk();
    let boss = desk.person("Boss", Role::Admin);
    let mut browser = Browser::at(&desk, "192.0.2.1");
    browser.sign_in("ana@example.org", GOOD);
    assert_eq!(browser.get("/inbox").status, 200);
    let fields = [("team", "Harbour"), ("time_zone", "UTC"), ("language", "en"), ("second_factor", "all")];
    assert_eq!(desk.post(&boss, "/settings/team", &fields).status, 303);
    for page in ["/inbox", "/settings/profile", "/contacts"] {
        assert_eq!(browser.get(page).header("location"), Some(AT), "{page}");
    }
    assert!(browser.get(AT).body.contains("Your team asks everybody"));
    enrolled(&desk);
    let mut in_again = Browser::at(&desk, "192.0.2.1");
    assert_eq!(try_code(&mut in_again, &code(&desk, 0)), 303);
    assert_eq!(in_again.get("/inbox").status, 200);
}

#[test]
fn only_an_administrator_takes_somebody_elses_away() {
    let desk = desk();
    enrolled(&desk);
    let (boss, eva) = (desk.person("Boss", Role::Admin), desk.person("Eva", Role::Supervisor));
    let who = desk.read(|c| Ok(transom::store::agent::by_email(c, "ana@example.org")?.unwrap().id));
    let door = format!("/settings/people/{who}/second-factor");
    assert_eq!(desk.post(&eva, &door, &[]).status, 403);
    assert!(desk.read(|c| second_factor::is_on(c, who)));
    assert_eq!(desk.post(&boss, &door, &[]).status, 303);
    let mut browser = Browser::at(&desk, "192.0.2.9");
    assert_eq!(browser.sign_in("ana@example.org", GOOD).header("location"), Some("/inbox"));
    let kinds = desk.log_kinds();
    assert!(
        kinds.contains(&"security.factor_on".to_owned()) && kinds.contains(&"security.factor_off".to_owned())
    );
}

#[test]
fn giving_it_up_asks_for_the_password() {
    let desk = desk();
    enrolled(&desk);
    let mut browser = Browser::at(&desk, "192.0.2.9");
    assert_eq!(try_code(&mut browser, &code(&desk, 0)), 303);
    assert_eq!(browser.post(&format!("{AT}/off"), &[("password", "wrong words")]).status, 422);
    assert_eq!(browser.post(&format!("{AT}/codes"), &[("password", GOOD)]).status, 200);
    assert_eq!(browser.post(&format!("{AT}/off"), &[("password", GOOD)]).status, 303);
    assert!(browser.get(AT).body.contains("Not in use"));
}
