//! A stolen session: dead at once when its owner or an administrator ends it, also where it waits for news.

use std::io::Read as _;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use transom::domain::totp;

use crate::client::{Client, colleague, colleagues, count};
use crate::hostile::at;
use crate::process::{Served, complained, run};
use crate::times;

/// Somebody's browser, an administrator's, and what is known of them.
struct Scene<'a> {
    admin: &'a mut Client,
    owner: &'a mut Client,
    id: i64,
    email: &'a str,
    password: &'a str,
    /// The number of the session that was stolen.
    session: i64,
}

const NEW: &str = "another quiet harbour at dusk";

/// One way to end a session.
struct End {
    what: &'static str,
    /// The thief has the cookie of the browser from which it is ended, or of another one.
    own: bool,
    /// The browser from which it is ended goes on.
    stays: bool,
    act: fn(&mut Scene<'_>),
}

const ENDS: &[End] = &[
    End { what: "signed out", own: true, stays: false, act: |s| led(s.owner.post("/logout", &[]).status) },
    End { what: "password changed there", own: true, stays: true, act: change_password },
    End { what: "password changed elsewhere", own: false, stays: true, act: change_password },
    End { what: "password set by a link", own: true, stays: false, act: reset },
    End { what: "disabled", own: true, stays: false, act: |s| led(manage(s, "/disable", &[])) },
    End { what: "another role", own: true, stays: false, act: |s| led(person(s, "supervisor", "")) },
    End { what: "another address", own: true, stays: false, act: |s| led(person(s, "agent", "new-")) },
    End { what: "second factor switched on", own: false, stays: true, act: switch_on },
    End { what: "second factor taken away", own: true, stays: false, act: take_away },
    End { what: "all others ended, there", own: true, stays: true, act: end_others },
    End { what: "all others ended, elsewhere", own: false, stays: true, act: end_others },
    End { what: "this one ended", own: false, stays: true, act: end_one },
];

/// Done, and on to a page that says so.
fn led(status: u16) {
    assert_eq!(status, 303);
}

fn manage(scene: &mut Scene<'_>, what: &str, fields: &[(&str, &str)]) -> u16 {
    scene.admin.post(&format!("/settings/people/{}{what}", scene.id), fields).status
}

fn person(scene: &mut Scene<'_>, role: &str, before: &str) -> u16 {
    let email = format!("{before}{}", scene.email);
    manage(scene, "", &[("name", "Somebody"), ("email", &email), ("role", role)])
}

fn change_password(scene: &mut Scene<'_>) {
    let fields = [("current", scene.password), ("password", NEW)];
    led(scene.owner.post("/settings/profile/password", &fields).status);
}

fn reset(scene: &mut Scene<'_>) {
    let page = scene.admin.post(&format!("/settings/people/{}/link", scene.id), &[]);
    let (_, link) = page.body.split_once("/invitation/").unwrap();
    let token: String = link.chars().take_while(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
    led(scene.owner.post(&format!("/invitation/{token}"), &[("password", NEW)]).status);
    // The browser that came by the link is in by a session of its own.
    scene.owner.cookies.clear();
}

/// Sets a second factor up, as an app does that reads the letters of its secret.
fn switch_on(scene: &mut Scene<'_>) {
    const AT: &str = "/settings/profile/second-factor";
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let page = scene.owner.post(AT, &[("password", scene.password)]);
    assert_eq!(page.status, 200, "{:?}", page.head);
    let is_key = |word: &&str| word.len() == 32 && word.chars().all(|c| LETTERS.contains(c));
    let key = page.body.split(|c: char| !c.is_ascii_alphanumeric()).find(is_key).unwrap();
    let bits: String = key.chars().map(|c| format!("{:05b}", LETTERS.find(c).unwrap())).collect();
    let byte = |bits: &[u8]| u8::from_str_radix(std::str::from_utf8(bits).unwrap(), 2).unwrap();
    let secret: Vec<u8> = bits.as_bytes().chunks_exact(8).map(byte).collect();
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let code = totp::code(&secret, i64::try_from(seconds / 30).unwrap());
    let page = scene.owner.post(&format!("{AT}/confirm"), &[("code", &code)]);
    assert_eq!(page.status, 200, "{}", page.body);
}

/// Somebody has lost the app, and a colleague takes the second factor away.
fn take_away(scene: &mut Scene<'_>) {
    led(manage(scene, "/second-factor", &[]));
}

fn end_others(scene: &mut Scene<'_>) {
    led(scene.owner.post("/settings/profile/sessions/end", &[]).status);
}

fn end_one(scene: &mut Scene<'_>) {
    let path = format!("/settings/profile/sessions/{}/end", scene.session);
    led(scene.owner.post(&path, &[]).status);
}

/// A browser with the cookies of another.
fn stolen(served: &Served, of: &Client) -> Client {
    let mut thief = Client::near(served);
    thief.cookies.clone_from(&of.cookies);
    thief
}

/// A request for news that has been told nothing yet.
fn waiting(thief: &mut Client, db: &Path) -> TcpStream {
    let latest = count(db, "SELECT max(id) FROM log");
    let socket = thief.wait(&format!("/changes?since={latest}"), "");
    socket.set_nonblocking(true).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert!(socket.peek(&mut [0]).is_err(), "there is no news");
    socket.set_nonblocking(false).unwrap();
    socket
}

/// What it is told at last.
fn heard(mut socket: &TcpStream) -> String {
    let mut answer = vec![0; 4096];
    let count = socket.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

/// The thief is nobody any more: neither pages, nor forms, nor parts of pages.
fn is_dead(thief: &mut Client, what: &str) {
    for target in ["/inbox", "/settings/profile", "/changes?since=0"] {
        let page = thief.get(target);
        assert_eq!(page.status, 303, "{what}: {target}");
        assert!(page.header("Location").unwrap().starts_with("/login"), "{what}: {target}");
    }
    let form = thief.post("/settings/profile", &[("name", "Thief")]);
    assert_eq!(form.status, 401, "{what}");
}

/// T19: whatever ends a session ends it for whoever has its cookie, at once, also while it waits for news.
#[test]
fn a_stolen_session_is_dead_at_once_whatever_ended_it() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let password = colleague(&db, "Ada", "admin");
    let rounds = times(1, 10);
    let people = colleagues(&db, "owner", rounds * ENDS.len());
    let served = Served::with(&db, &["serve"], "Transom serves");
    let mut admin = Client::near(&served);
    led(admin.sign_in("ada@example.org", &password).status);
    let mut took = Vec::new();
    for (number, email) in people.iter().enumerate() {
        let End { what, own, stays, act } = &ENDS[number % ENDS.len()];
        let mut other = Client::near(&served);
        led(other.sign_in(email, &password).status);
        let mut owner = Client::near(&served);
        let id = count(&db, &format!("SELECT id FROM agent WHERE email = '{email}'"));
        let session = count(&db, &format!("SELECT max(id) FROM session WHERE agent_id = {id}"));
        led(owner.sign_in(email, &password).status);
        let scene =
            &mut Scene { admin: &mut admin, owner: &mut owner, id, email, password: &password, session };
        if *what == "second factor taken away" {
            switch_on(scene);
        }
        let mut thief = stolen(&served, if *own { scene.owner } else { &other });
        let news = waiting(&mut thief, &db);
        let begun = Instant::now();
        act(scene);
        let answer = heard(&news);
        took.push(begun.elapsed());
        assert!(
            answer.starts_with("HTTP/1.1 303") && answer.contains("Location: /login"),
            "{what}: {answer}"
        );
        is_dead(&mut thief, what);
        let after = owner.get("/settings/profile").status;
        assert_eq!(after, if *stays { 200 } else { 303 }, "{what}: whoever ended it");
    }
    took.sort();
    println!(
        "sessions ended in {} ways, {} times; who waited for news was turned away after {} ms, {} ms at most",
        ENDS.len(),
        took.len(),
        at(&took, 50),
        at(&took, 100)
    );
    assert!(served.stop(), "it stops well");
}

/// T19: what is done on the console beside the desk that is served ends sessions as well.
#[test]
fn a_session_that_the_console_ended_is_dead_with_its_next_request() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let password = colleague(&db, "Ada", "admin");
    let people = colleagues(&db, "owner", 2);
    let served = Served::with(&db, &["serve"], "Transom serves");
    for (email, command) in people.iter().zip(["disable", "passwd"]) {
        let mut owner = Client::near(&served);
        led(owner.sign_in(email, &password).status);
        assert_eq!(owner.get("/inbox").status, 200);
        let told = run(&["user", command, email, "--db", db.to_str().unwrap()]);
        assert!(told.status.success(), "{}", complained(&told));
        is_dead(&mut owner, command);
    }
    assert!(served.stop());
}

/// T19: a session that somebody put into a browser is not the one that signs in there.
#[test]
fn a_planted_session_is_not_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let password = colleague(&db, "Ada", "admin");
    let people = colleagues(&db, "owner", 2);
    let served = Served::with(&db, &["serve"], "Transom serves");
    let mut eve = Client::near(&served);
    led(eve.sign_in(&people[0], &password).status);
    let own = eve.cookies["transom"].clone();
    for planted in [own.as_str(), "planted", &"A".repeat(43)] {
        let mut owner = Client::near(&served);
        owner.cookies.insert("transom".to_owned(), planted.to_owned());
        owner.cookies.insert("transom-device".to_owned(), planted.to_owned());
        led(owner.sign_in(&people[1], &password).status);
        assert!(owner.cookies["transom"] != planted && owner.cookies["transom-device"] != planted);
        let mut thief = Client::near(&served);
        thief.cookies.insert("transom".to_owned(), planted.to_owned());
        is_dead(&mut thief, planted);
        assert_eq!(owner.get("/inbox").status, 200);
    }
    assert!(served.stop());
}
