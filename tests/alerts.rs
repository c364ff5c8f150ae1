//! People hear by mail what happened to their account, and only what was not they themselves on a browser of theirs.

use std::sync::Arc;

use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::jobs::{Jobs, alert, start};
use transom::net::Client;
use transom::store;
use transom::web::App;

use crate::support::TestDesk;
use crate::support::browser::Browser;
use crate::support::channel::connect;
use crate::support::desk::{NOON, Person};
use crate::support::relay::{Manner, Relay};

const GOOD: &str = "a quiet harbour at dawn";
const OTHER: &str = "another harbour at dusk";
const ANA: &str = "ana@example.org";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A desk that is reached at an address of its own, with a mailbox that really sends.
struct Post {
    relay: Relay,
    desk: TestDesk,
    channel: Channel,
    ana: Person,
}

impl Post {
    fn open(manner: Manner) -> Post {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("transom.db");
        let options = Options { public_url: "https://desk.example.org".to_owned(), ..Options::default() };
        let client = Client { allow_private: true, ..Client::default() };
        let desk = Arc::new(Desk::open(&path, Clock::standing(NOON), client, options).unwrap());
        let app = App::new(desk.clone()).unwrap();
        let desk = TestDesk { desk, app, folder };
        let relay = Relay::start(manner, &[]);
        let port = relay.port.to_string();
        let settings = [
            ("address", "help@shop.test"),
            ("smtp_host", "127.0.0.1"),
            ("smtp_port", port.as_str()),
            ("smtp_security", "plain"),
        ];
        let channel = connect(&desk, Kind::Email, &settings);
        let ana = desk.person("Ana", Role::Agent);
        desk.set_password(ANA, GOOD);
        Post { relay, desk, channel, ana }
    }

    fn drain(&self) -> usize {
        alert::drain(&self.desk.desk, &|| false)
    }

    /// What was sent until now, read.
    fn mails(&self) -> Vec<(String, String)> {
        self.drain();
        let read = |letter: &String| {
            let parsed = mail_parser::MessageParser::default().parse(letter).unwrap();
            assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some(ANA));
            (parsed.subject().unwrap().to_owned(), parsed.body_text(0).unwrap().into_owned())
        };
        self.relay.letters().iter().map(read).collect()
    }

    fn waiting(&self) -> i64 {
        self.desk.count("SELECT count(*) FROM alert WHERE ended_at IS NULL")
    }
}

fn enters(browser: &mut Browser<'_>, password: &str) {
    use transom::web::http::{Method, Request};
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("email", ANA), ("password", password)])
        .finish();
    let request = Request::new(Method::Post, "/login")
        .with_body("application/x-www-form-urlencoded", form)
        .with_header("sec-fetch-site", "same-origin")
        .with_header("user-agent", FIREFOX);
    let page = browser.send(request);
    assert_eq!(page.status, 303, "{}", page.body);
}

#[test]
fn a_sign_in_on_a_new_browser_is_told_by_mail_and_one_on_a_known_browser_is_not() {
    let post = Post::open(Manner::Takes);
    let mut home = Browser::at(&post.desk, "192.0.2.1");
    // The session that Ana has already makes this one the second browser.
    enters(&mut home, GOOD);
    let mails = post.mails();
    let [(subject, body)] = mails.as_slice() else { panic!("{mails:?}") };
    assert!(subject.contains("somebody signed in as you on a new browser"), "{subject}");
    for word in
        ["Ana", "Firefox · Linux", "192.0.2.1", "12:00", "https://desk.example.org/settings/profile#browsers"]
    {
        assert!(body.contains(word), "{word}: {body}");
    }
    let letter = post.relay.letters().remove(0);
    assert!(letter.contains("Auto-Submitted: auto-generated\r\n"), "{letter}");
    assert!(post.relay.said().iter().any(|line| line == "MAIL FROM:<>"), "nothing comes back");
    // It leads to the list of browsers, where this one can be ended.
    let list = home.get("/settings/profile").body;
    assert!(list.contains("id=\"browsers\"") && list.contains("192.0.2.1"), "{list}");

    // The browser is known by its cookie, wherever it is, long after its session has ended.
    post.desk.pass(Span::days(100));
    let mut elsewhere = Browser::at(&post.desk, "203.0.113.7");
    elsewhere.cookies = home.cookies.clone();
    elsewhere.cookies.retain(|name, _| name.contains("device"));
    enters(&mut elsewhere, GOOD);
    assert_eq!(post.mails().len(), 1, "a known browser");
    // The address alone makes no browser known, and a cookie that somebody made up does not either.
    post.desk.pass(Span::hours(1));
    enters(&mut Browser::at(&post.desk, "203.0.113.7"), GOOD);
    assert_eq!(post.mails().len(), 2, "the same address, another browser");
    post.desk.pass(Span::hours(1));
    let mut forged = Browser::at(&post.desk, "203.0.113.7");
    forged.cookies.insert("transom-device".to_owned(), transom::random::token());
    enters(&mut forged, GOOD);
    assert_eq!(post.mails().len(), 3, "a word of somebody's own");
    assert_eq!(post.waiting(), 0);
    let told = post.desk.log_kinds().iter().filter(|kind| *kind == "security.new_browser").count();
    assert_eq!(told, 3, "each stands in the log as well");
}

#[test]
fn the_browser_on_which_a_password_is_changed_stays_known() {
    let post = Post::open(Manner::Takes);
    let mut home = Browser::at(&post.desk, "192.0.2.1");
    enters(&mut home, GOOD);
    let fields = [("current", GOOD), ("password", OTHER)];
    assert_eq!(home.post("/settings/profile/password", &fields).status, 303);
    let mails = post.mails();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(mails[1].0.contains("your password was changed"), "{mails:?}");
    post.desk.pass(Span::hours(1));
    home.cookies.retain(|name, _| name.contains("device"));
    enters(&mut home, OTHER);
    assert_eq!(post.mails().len(), 2, "it was this browser");
    assert_eq!(home.post("/settings/profile/sessions/end", &[]).status, 303);
    home.cookies.retain(|name, _| name.contains("device"));
    enters(&mut home, OTHER);
    assert_eq!(post.mails().len(), 2, "and it is no stranger to itself after the others were ended");
}

#[test]
fn a_first_password_and_the_first_browser_are_no_news() {
    let post = Post::open(Manner::Takes);
    let boss = post.desk.person("Boss", Role::Admin);
    let fields = [("name", "Eva"), ("email", "eva@example.org"), ("role", "agent")];
    let made = post.desk.post(&boss, "/settings/people", &fields);
    let from = made.body.find("/invitation/").unwrap();
    let link = made.body[from..].split('"').next().unwrap().to_owned();
    assert_eq!(Browser::at(&post.desk, "192.0.2.8").post(&link, &[("password", GOOD)]).status, 303);
    assert_eq!(post.drain(), 0);
}

#[test]
fn a_mail_is_written_in_the_language_of_who_gets_it() {
    let post = Post::open(Manner::Takes);
    let id = post.ana.id;
    post.desk.write(move |tx| {
        let mut who = store::agent::get(tx, id)?.unwrap();
        (who.language, who.time_zone) = (Some("es".to_owned()), Some("Europe/Madrid".to_owned()));
        store::agent::update(tx, &who)
    });
    enters(&mut Browser::at(&post.desk, "192.0.2.1"), GOOD);
    let mails = post.mails();
    assert!(mails[0].0.contains("navegador nuevo") && mails[0].1.contains("13:00"), "{mails:?}");
}

#[test]
fn a_code_that_somebody_took_away_is_told_of() {
    let post = Post::open(Manner::Takes);
    let boss = post.desk.person("Boss", Role::Admin);
    let (id, now) = (post.ana.id, post.desk.now());
    let sealed = post.desk.desk.seal_factor(id, &[7; 20]);
    post.desk.write(move |tx| {
        store::second_factor::begin(tx, id, &sealed, now)?;
        store::second_factor::confirm(tx, id, &sealed, 1, now).map(|_| ())
    });
    let page = post.desk.post(&boss, &format!("/settings/people/{id}/second-factor"), &[]);
    assert_eq!(page.status, 303, "{}", page.body);
    let mails = post.mails();
    assert!(mails[0].0.contains("no code is asked for any more"), "{mails:?}");
}

#[test]
fn whoever_knows_a_password_fills_nobodys_mailbox() {
    let post = Post::open(Manner::Takes);
    for _ in 0..5 {
        enters(&mut Browser::at(&post.desk, "192.0.2.66"), GOOD);
    }
    assert_eq!(post.mails().len(), 1);
    let told = post.desk.log_kinds().iter().filter(|kind| *kind == "security.new_browser").count();
    assert_eq!(told, 5, "the log names each");
    post.desk.pass(Span::minutes(11));
    enters(&mut Browser::at(&post.desk, "192.0.2.66"), GOOD);
    assert_eq!(post.mails().len(), 2);
}

#[test]
fn what_a_mail_server_does_not_take_is_tried_again_and_given_up_after_a_day() {
    let post = Post::open(Manner::NotNow);
    enters(&mut Browser::at(&post.desk, "192.0.2.1"), GOOD);
    assert_eq!((post.drain(), post.waiting()), (1, 1));
    assert_eq!(post.drain(), 0, "not at once");
    post.desk.pass(Span::hours(1));
    post.relay.changes(Manner::Takes);
    assert_eq!((post.drain(), post.relay.letters().len(), post.waiting()), (1, 1, 0));
    // One that perhaps arrived is not sent a second time.
    post.relay.changes(Manner::Vanishes);
    enters(&mut Browser::at(&post.desk, "192.0.2.1"), GOOD);
    post.drain();
    post.desk.pass(Span::hours(1));
    assert_eq!((post.drain(), post.relay.letters().len()), (0, 2));
    post.relay.changes(Manner::NotNow);
    enters(&mut Browser::at(&post.desk, "192.0.2.1"), GOOD);
    post.drain();
    post.desk.pass(Span::days(2));
    post.relay.changes(Manner::Takes);
    assert_eq!((post.drain(), post.relay.letters().len(), post.waiting()), (1, 2, 0));
}

#[test]
fn no_mail_goes_where_none_is_wanted_possible_or_private() {
    let post = Post::open(Manner::Takes);
    let boss = post.desk.person("Boss", Role::Admin);
    let team = [("team", "Harbour"), ("time_zone", "UTC"), ("language", "en"), ("alerts", "off")];
    assert_eq!(post.desk.post(&boss, "/settings/team", &team).status, 303);
    enters(&mut Browser::at(&post.desk, "192.0.2.1"), GOOD);
    assert_eq!(post.drain(), 0, "the team wants none");
    assert_eq!(post.desk.post(&boss, "/settings/team", &team[..3]).status, 303);
    // Who is known by the address of an inbox would tell the whole team.
    let id = post.channel.id;
    post.desk.write(move |tx| {
        let mut channel = store::channel::get(tx, id)?.unwrap();
        channel.settings.insert("address".to_owned(), ANA.to_owned());
        store::channel::update(tx, &channel)
    });
    enters(&mut Browser::at(&post.desk, "192.0.2.1"), GOOD);
    assert_eq!((post.drain(), post.relay.letters().len(), post.waiting()), (1, 0, 0));
    // Without any inbox that can send, it is told on the pages alone.
    post.desk.write(move |tx| {
        let mut channel = store::channel::get(tx, id)?.unwrap();
        channel.settings.retain(|name, _| !name.starts_with("smtp"));
        store::channel::update(tx, &channel)
    });
    post.desk.pass(Span::hours(1));
    enters(&mut Browser::at(&post.desk, "192.0.2.1"), GOOD);
    assert_eq!((post.drain(), post.waiting()), (1, 0));
    let page = post.desk.get(&post.ana, "/contacts").body;
    assert!(page.contains("on a new browser"), "{page}");
}

#[test]
fn the_running_desk_sends_such_mails_by_itself() {
    let post = Post::open(Manner::Takes);
    let jobs: Jobs = start(&post.desk.desk).unwrap();
    enters(&mut Browser::at(&post.desk, "192.0.2.1"), GOOD);
    post.desk.until(|_| post.relay.letters().len() == 1);
    jobs.stop();
}
