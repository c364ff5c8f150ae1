//! Signing in: who gets in, who is held off, and when a session ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use transom::domain::Span;
use transom::domain::agent::Role;
use transom::password::Asker;
use transom::store::session as sessions;
use transom::web::http::{Method, Request};

use crate::front::harness::{PATIENCE, alone};
use crate::support::TestDesk;
use crate::support::browser::Browser;
use crate::support::ending::Ending;

const GOOD: &str = "a quiet harbour at dawn";

fn desk() -> TestDesk {
    let desk = TestDesk::new();
    desk.person("Ana", Role::Agent);
    desk.set_password("ana@example.org", GOOD);
    desk
}

#[test]
fn the_right_password_leads_on_and_the_wrong_one_says_so_without_telling_which_was_wrong() {
    let desk = desk();
    let mut browser = Browser::at(&desk, "192.0.2.1");
    let wrong = browser.sign_in("ana@example.org", "not the password");
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("do not fit together"), "{}", wrong.body);
    let nobody = browser.sign_in("eve@example.org", "not the password");
    let differences = wrong.body.replace("ana@", "eve@");
    assert_eq!(
        (nobody.status, nobody.body),
        (wrong.status, differences),
        "the same bytes for who is not there"
    );
    let right = browser.sign_in(" ANA@example.org ", GOOD);
    assert_eq!((right.status, right.header("location")), (303, Some("/inbox")));
    assert_eq!(browser.get("/settings/profile").status, 200);
    assert!(desk.log_kinds().contains(&"security.sign_in_failed".to_owned()));
    assert!(desk.log_kinds().contains(&"security.signed_in".to_owned()));
}

#[test]
fn ten_guesses_hold_strangers_off_but_not_the_owner_on_a_known_device() {
    // T18
    let desk = desk();
    let mut owner = Browser::at(&desk, "192.0.2.1");
    assert_eq!(owner.sign_in("ana@example.org", GOOD).status, 303);
    owner.post("/logout", &[]);
    assert_eq!(owner.session(), None);
    for guess in 0..10 {
        let mut stranger = Browser::at(&desk, &format!("198.51.100.{guess}"));
        assert_eq!(stranger.sign_in("ana@example.org", "a wrong password").status, 422);
    }
    let mut stranger = Browser::at(&desk, "203.0.113.9");
    let held = stranger.sign_in("ana@example.org", GOOD);
    assert_eq!(held.status, 429, "even the right password is not looked at");
    assert!(held.body.contains("12:15"), "says until when: {}", held.body);
    assert_eq!(owner.sign_in("ana@example.org", GOOD).status, 303, "the owner gets in");
    desk.pass(Span::minutes(16));
    assert_eq!(stranger.sign_in("ana@example.org", GOOD).status, 303, "after the time it is over");
}

/// T18: many at once are counted in whatever order, and the one that was counted last may have begun first.
#[test]
fn guesses_that_overtake_each_other_are_counted_all_the_same() {
    let desk = desk();
    for guess in 0..10 {
        let mut stranger = Browser::at(&desk, &format!("198.51.100.{guess}"));
        assert_eq!(stranger.sign_in("ana@example.org", "a wrong password").status, 422);
        desk.pass(Span(-1));
    }
    let mut stranger = Browser::at(&desk, "203.0.113.9");
    assert_eq!(stranger.sign_in("ana@example.org", GOOD).status, 429);
}

#[test]
fn one_address_cannot_try_many_accounts_and_an_ipv6_network_counts_as_one() {
    // T18
    let desk = desk();
    for guess in 0..30 {
        let mut stranger = Browser::at(&desk, &format!("2001:db8:1:2::{guess:x}"));
        let page = stranger.sign_in(&format!("somebody{guess}@example.org"), "a wrong password");
        assert_eq!(page.status, 422, "{guess}");
    }
    let mut stranger = Browser::at(&desk, "2001:db8:1:2:ffff::1");
    assert_eq!(stranger.sign_in("ana@example.org", GOOD).status, 429);
    let mut elsewhere = Browser::at(&desk, "2001:db8:1:3::1");
    assert_eq!(elsewhere.sign_in("ana@example.org", GOOD).status, 303);
}

#[test]
fn a_planted_session_and_a_planted_device_are_not_taken_over() {
    // T19: fixation
    let desk = desk();
    let mut browser = Browser::at(&desk, "192.0.2.1");
    browser.cookies.insert("transom".into(), "planted".into());
    browser.cookies.insert("transom-device".into(), "planted".into());
    browser.sign_in("ana@example.org", GOOD);
    assert_ne!(browser.cookies["transom"], "planted");
    assert_ne!(browser.cookies["transom-device"], "planted");
}

#[test]
fn signing_in_again_ends_the_session_that_the_browser_had() {
    let desk = desk();
    let mut browser = Browser::at(&desk, "192.0.2.1");
    browser.sign_in("ana@example.org", GOOD);
    let old = browser.cookies["transom"].clone();
    browser.sign_in("ana@example.org", GOOD);
    let stolen =
        Request::new(Method::Get, "/settings/profile").with_header("cookie", &format!("transom={old}"));
    assert_eq!(desk.ask(stolen).status, 303);
}

#[test]
fn the_cookie_is_tied_to_the_host_and_hidden_from_scripts() {
    let desk = desk();
    let mut browser = Browser::at(&desk, "192.0.2.1").over_https();
    let page = browser.sign_in("ana@example.org", GOOD);
    let line = page.headers.iter().find(|(n, v)| n == "set-cookie" && v.starts_with("__Host-transom="));
    let line = &line.unwrap().1;
    for rule in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
        assert!(line.contains(rule), "{rule} in {line}");
    }
    let mut plain = Browser::at(&desk, "192.0.2.1");
    let page = plain.sign_in("ana@example.org", GOOD);
    assert!(
        page.headers
            .iter()
            .any(|(n, v)| n == "set-cookie" && v.starts_with("transom=") && !v.contains("Secure"))
    );
}

#[test]
fn only_local_paths_are_gone_on_to() {
    let desk = desk();
    for (next, to) in [
        ("/conversations/7?x=1", "/conversations/7?x=1"),
        ("//evil.example", "/inbox"),
        ("/\\evil.example", "/inbox"),
        ("https://evil.example", "/inbox"),
        ("/\t/evil.example", "/inbox"),
        ("", "/inbox"),
    ] {
        let mut browser = Browser::at(&desk, "192.0.2.1");
        let fields = [("email", "ana@example.org"), ("password", GOOD), ("next", next)];
        let page = browser.post("/login", &fields);
        assert_eq!(page.header("location"), Some(to), "{next:?}");
    }
}

#[test]
fn a_form_from_another_site_signs_nobody_in() {
    let desk = desk();
    let form = Request::new(Method::Post, "/login")
        .with_body("application/x-www-form-urlencoded", format!("email=ana%40example.org&password={GOOD}"))
        .with_header("sec-fetch-site", "cross-site");
    assert_eq!(desk.ask(form).status, 403);
}

#[test]
fn the_token_turns_every_hour_and_open_forms_go_on_working() {
    let desk = desk();
    let mut browser = Browser::at(&desk, "192.0.2.1");
    browser.sign_in("ana@example.org", GOOD);
    let first = browser.cookies["transom"].clone();
    let form_token = transom::web::session::csrf(&first);
    desk.pass(Span::minutes(59));
    browser.get("/settings/profile");
    assert_eq!(browser.cookies["transom"], first, "not before the hour");
    desk.pass(Span::minutes(2));
    browser.get("/settings/profile");
    let second = browser.cookies["transom"].clone();
    assert_ne!(second, first);
    let page = browser.get("/settings/profile");
    assert!(page.body.contains(&form_token), "the form token stays");
    let old = |target| {
        let request = Request::new(Method::Get, target);
        desk.ask(request.with_header("cookie", &format!("transom={first}"))).status
    };
    assert_eq!(old("/settings/profile"), 200, "requests that were on their way still count");
    desk.pass(Span::minutes(2));
    assert_eq!(old("/settings/profile"), 303, "a minute later the old token is worth nothing");
    assert_eq!(browser.get("/settings/profile").status, 200);
}

#[test]
fn an_answer_that_was_lost_signs_nobody_out() {
    let desk = desk();
    let mut browser = Browser::at(&desk, "192.0.2.1");
    browser.sign_in("ana@example.org", GOOD);
    desk.pass(Span::hours(2));
    let before = browser.cookies.clone();
    browser.get("/settings/profile");
    // The answer with the new token never arrived: the browser goes on with the old one.
    browser.cookies = before;
    desk.pass(Span::minutes(30));
    assert_eq!(browser.get("/settings/profile").status, 200);
    assert_eq!(browser.get("/settings/profile").status, 200);
}

#[test]
fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
    let desk = desk();
    let mut browser = Browser::at(&desk, "192.0.2.1");
    browser.sign_in("ana@example.org", GOOD);
    desk.pass(sessions::IDLE);
    assert_eq!(browser.get("/settings/profile").status, 303, "idle");
    browser.sign_in("ana@example.org", GOOD);
    for _ in 0..9 {
        desk.pass(Span::minutes(10 * 24 * 60 - 1));
        assert_eq!(browser.get("/settings/profile").status, 200);
    }
    desk.pass(Span::days(1));
    assert_eq!(browser.get("/settings/profile").status, 303, "old");
}

#[test]
fn passwords_are_kept_as_argon2id_with_the_agreed_figures() {
    let hash = transom::password::hash(GOOD).unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert_eq!(transom::password::verify(GOOD, &hash, Asker::Known), Ok(true));
    assert_eq!(transom::password::verify("another", &hash, Asker::Known), Ok(false));
    assert_eq!(transom::password::verify("", "", Asker::Known), Ok(false), "nobody's hash fits nothing");
}

#[test]
fn a_password_is_long_and_not_one_that_everybody_tries_first() {
    use transom::domain::password::check;
    let near = ["Ana García", "ana@example.org", "Shop Prague"];
    for bad in [
        "",
        "short",
        "1234567890",
        "qwertyuiop",
        "Password123",
        "aaaaaaaaaaaa",
        "abcdefghijkl",
        "ANA GARCÍA",
        "shop prague1",
        "transom123!",
    ] {
        assert!(check(bad, &near).is_err(), "{bad}");
    }
    assert!(check(&"x7".repeat(129), &near).is_err(), "longer than 256");
    for good in ["correct horse battery", "ñandú bajo la lluvia", "kx8#Wq2!pz", &"ab".repeat(128)] {
        assert!(check(good, &near).is_ok(), "{good}");
    }
}

#[test]
fn a_disabled_account_does_not_get_in() {
    let desk = desk();
    desk.write(|tx| {
        let mut who = transom::store::agent::by_email(tx, "ana@example.org")?.unwrap();
        who.disabled_at = Some(who.created_at);
        transom::store::agent::update(tx, &who)
    });
    let mut browser = Browser::at(&desk, "192.0.2.1");
    assert_eq!(browser.sign_in("ana@example.org", GOOD).status, 422);
}

#[test]
fn an_account_costs_the_same_work_and_words_whether_it_is_there_or_not() {
    // ASVS 6.3.8: counted, because a clock would only guess.
    let desk = desk();
    desk.person("Ben", Role::Agent);
    let cid = desk.person("Cid", Role::Agent);
    desk.set_password("cid@example.org", GOOD);
    let boss = desk.person("Boss", Role::Admin);
    assert_eq!(desk.post(&boss, &format!("/settings/people/{}/disable", cid.id), &[]).status, 303);
    let id = boss.id;
    desk.write(move |tx| {
        transom::store::identity::tie(tx, "https://there.example", "x", id, transom::domain::Timestamp(1))
    });
    let tried = ["ana", "nobody", "ben", "cid", "boss"].map(|name| {
        let mut browser = Browser::at(&desk, "192.0.2.5");
        let before = transom::password::computed();
        let page = browser.sign_in(&format!("{name}@example.org"), "not the password");
        let work = transom::password::computed() - before;
        (work, page.status, page.body.replace(&format!("{name}@"), "…@"))
    });
    assert_eq!(tried[0].0, 1);
    assert!(tried.iter().all(|one| *one == tried[0]), "{tried:?}");
}

/// Nobody is locked out by others who sign in at the same time.
#[test]
fn a_password_that_was_not_looked_at_counts_for_nothing() {
    // In a process of its own: whoever else signs in would be turned away as well.
    if !alone() {
        return;
    }
    let desk = desk();
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        // More than compute or wait, so that hardly anybody else has a turn.
        for _ in 0..16 {
            threads.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let _ = transom::password::hash(GOOD);
                }
            });
        }
        let ending = Ending(&stop);
        let begun = Instant::now();
        let turned_away = || Browser::at(&desk, "192.0.2.1").sign_in("ana@example.org", GOOD).status == 429;
        while !turned_away() && begun.elapsed() < PATIENCE {}
        // Before others are let go, so that none is forgiven by a password that was right.
        let counted = desk.count("SELECT coalesce(sum(failures), 0) FROM attempt");
        drop(ending);
        assert!(begun.elapsed() < PATIENCE, "nobody was turned away");
        assert_eq!(counted, 0);
    });
}

/// T18: strangers who guess keep everybody busy, and whoever is known comes in all the same.
#[test]
fn who_is_known_is_not_turned_away_by_a_flood_of_strangers() {
    // In a process of its own: whoever else signs in would be turned away as well.
    if !alone() {
        return;
    }
    let desk = desk();
    let mut owner = Browser::at(&desk, "192.0.2.1");
    assert_eq!(owner.sign_in("ana@example.org", GOOD).status, 303);
    let stop = AtomicBool::new(false);
    let told = std::thread::scope(|threads| {
        for _ in 0..16 {
            threads.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let _ = transom::password::verify("a guess", "", Asker::Stranger);
                }
            });
        }
        let ending = Ending(&stop);
        let begun = Instant::now();
        let stranger = || Browser::at(&desk, "192.0.2.9").sign_in("ana@example.org", GOOD).status;
        while stranger() != 429 && begun.elapsed() < PATIENCE {}
        let told: Vec<u16> = (0..5).map(|_| owner.sign_in("ana@example.org", GOOD).status).collect();
        drop(ending);
        assert!(begun.elapsed() < PATIENCE, "nobody was turned away");
        told
    });
    assert_eq!(told, [303; 5]);
}

/// T18: those who are known go before a stranger for as long as they come, and the stranger is told in the end.
#[test]
fn a_stranger_whose_turn_never_comes_is_told_and_holds_no_thread() {
    // In a process of its own: whoever else signs in would wait as well.
    if !alone() {
        return;
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        // Two compute and three wait, so that somebody who is known waits always and a stranger still finds a place.
        for _ in 0..5 {
            threads.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let _ = transom::password::hash(GOOD);
                }
            });
        }
        let _ending = Ending(&stop);
        let (tell, told) = std::sync::mpsc::channel();
        threads.spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            let _ = tell.send(transom::password::verify(GOOD, "", Asker::Stranger));
        });
        assert_ne!(told.recv_timeout(PATIENCE), Err(RecvTimeoutError::Timeout), "the stranger waits still");
    });
}
