//! A website with many visitors, and some who mean no good.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use transom::net::signature;

use crate::client::{Answer, Client, colleague, count, of_crowd, read_in};
use crate::ending::Ending;
use crate::hostile::at;
use crate::process::{Served, complained, run};
use crate::steady::{Agents, full};
use crate::times;

const SECRET: &str = "what the website knows";
/// How many new visitors an address brings in an hour, and how often it writes in a minute.
pub const BRINGS: usize = 5;
const WRITES: usize = 30;
const CONNECTIONS: usize = 16;

/// Somebody at the chat of a website.
pub struct Visitor {
    client: Client,
    key: String,
    token: String,
}

impl Visitor {
    pub fn new(served: &Served, key: &str, number: usize, network: u8) -> Visitor {
        let client = Client::at(served, of_crowd(network, number));
        Visitor { client, key: key.to_owned(), token: transom::random::token() }
    }

    /// Writes, as the script of the chat does; `lines` are further lines of the head.
    fn post(&mut self, what: &str, lines: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let head = format!(
            "Content-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\nX-Visitor: {}\r\n{lines}",
            self.token
        );
        self.client.ask("POST", &format!("/chat/{}/{what}", self.key), &head, &form)
    }

    pub fn say(&mut self, word: &str, text: &str) -> Answer {
        self.post("messages", "Sec-Fetch-Site: same-origin\r\n", &[("word", word), ("text", text)])
    }

    /// Everything that is shown to this visitor.
    pub fn thread(&mut self) -> String {
        let head = format!("X-Visitor: {}\r\n", self.token);
        let page = self.client.ask("GET", &format!("/chat/{}/changes?since=-1", self.key), &head, "");
        assert_eq!(page.status, 200, "{:?}", page.head);
        page.body
    }
}

/// What a visitor has to say, which nobody else says.
fn words(number: usize) -> [String; 2] {
    [format!("My-order-is-{number}-x."), format!("And-my-name-is-{number}-y.")]
}

/// Whether the page holds what this visitor said, and nothing that another one did.
fn is_own(page: &str, number: usize) {
    let said = |page: &str| page.matches("My-order-is-").count() + page.matches("And-my-name-is-").count();
    let own: usize = words(number).iter().map(|words| page.matches(words.as_str()).count()).sum();
    assert!(own >= 2, "{number} does not see what was said");
    assert_eq!(own, said(page), "{number} sees what somebody else said");
}

/// All the visitors, a few at a time: each writes, looks, writes again and looks again.
fn visit(served: &Served, key: &str, count: usize) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for _ in 0..CONNECTIONS {
            threads.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let mut visitor = Visitor::new(served, key, number / BRINGS, 16);
                    for (step, text) in words(number).iter().enumerate() {
                        let told = visitor.say(&format!("word-{step}-{number}"), text);
                        assert_eq!(told.status, 200, "{number}: {}", told.body);
                    }
                    is_own(&visitor.thread(), number);
                }
            });
        }
    });
}

/// A JSON web token of the website, or of somebody who pretends to be it.
fn identity(algorithm: &str, audience: &str, lasts: i64, secret: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let until = i64::try_from(now).unwrap() + lasts;
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "sub": "4711", "aud": audience, "exp": until, "name": "Ana" });
    let text = format!("{}.{}", part(json!({ "alg": algorithm })), part(claims));
    let sum = signature::hmac_sha256(secret.as_bytes(), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(sum))
}

/// How those who mean no good were answered.
#[derive(Default, Debug)]
struct Refusals {
    /// Messages that were taken, which are within what an address may write.
    taken: usize,
    flooded: usize,
    origins: usize,
    forged: usize,
}

/// One address writes as fast as it can, in the name of one visitor and of ever new ones; other sites send forms in the
/// visitors' names; somebody makes up who a visitor is.
fn abuse(served: &Served, key: &str, stop: &AtomicBool) -> Refusals {
    let mut refusals = Refusals::default();
    let mut one = Visitor::new(served, key, 0, 9);
    let bad = [
        identity("none", key, 600, SECRET),
        identity("HS256", key, 600, "guessed"),
        identity("HS256", key, 600, ""),
        identity("HS256", "another", 600, SECRET),
        identity("HS256", key, -1, SECRET),
        identity("HS256", key, 86_400 * 30, SECRET),
    ];
    for number in 0.. {
        if stop.load(Ordering::Relaxed) && number > 100 {
            break;
        }
        if number % 2 == 1 {
            one.token = transom::random::token();
        }
        match one.say(&format!("flooding-{number}"), "Flood.").status {
            200 => refusals.taken += 1,
            429 => refusals.flooded += 1,
            other => panic!("{other}"),
        }
        let lines = ["Origin: https://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n"][number % 2];
        let told = one.post("messages", lines, &[("word", "evil-word"), ("text", "Evil.")]);
        assert_eq!(told.status, 403, "{lines}");
        refusals.origins += 1;
        // Sixty a minute are looked at.
        let status = one.post("start", "", &[("identity", &bad[number % bad.len()])]).status;
        assert!([401, 429].contains(&status), "{status}");
        refusals.forged += 1;
        // What a website vouched for cannot be made up in its sealed form, either.
        let sealed = format!("u.{}", URL_SAFE_NO_PAD.encode("{\"id\":\"4711\",\"until\":9999999999999}"));
        let target = format!("/chat/{key}/changes?since=-1");
        assert_eq!(one.client.ask("GET", &target, &format!("X-Visitor: {sealed}\r\n"), "").status, 401);
    }
    refusals
}

/// Adds a website chat; returns its key.
pub fn connect(db: &Path) -> String {
    let secret = format!("identity_secret={SECRET}");
    let made = run(&["channel", "add", "webchat", "--set", &secret, "--json", "--db", db.to_str().unwrap()]);
    assert!(made.status.success(), "{}", complained(&made));
    let told: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    told["key"].as_str().unwrap().to_owned()
}

/// T36: a crowd at the chat, beside an address that floods it, foreign sites and made-up identities. Everybody who is
/// honest is heard and sees the own words alone.
#[test]
fn a_crowd_of_visitors_is_heard_and_each_sees_the_own_words_only() {
    let crowd = times(100, 10_000);
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    full(&db, times(500, 50_000), &[]);
    colleague(&db, "Ada", "agent");
    let key = connect(&db);
    let before = count(&db, "SELECT count(*) FROM contact");
    let served = Served::with(&db, &["serve"], "Transom serves");
    let agents = Agents::come(&served.url);
    let stop = AtomicBool::new(false);
    let begun = std::time::Instant::now();
    let refusals = std::thread::scope(|threads| {
        let ending = Ending(&stop);
        let abuse = threads.spawn(|| abuse(&served, &key, &stop));
        visit(&served, &key, crowd);
        drop(ending);
        abuse.join().unwrap()
    });
    let lasted = begun.elapsed();
    read_in(&db);
    let pages = agents.go();
    println!(
        "visitors: {crowd} in {} s, each saw the own words only; {refusals:?}; {} pages of agents meanwhile p50 {} ms, p99 \
         {} ms",
        lasted.as_secs(),
        pages.len(),
        at(&pages, 50),
        at(&pages, 99)
    );
    let minutes = usize::try_from(lasted.as_secs() / 60).unwrap() + 1;
    assert!(refusals.flooded > 0 && refusals.taken <= WRITES * (minutes + 1), "{refusals:?}");
    let said = "SELECT count(*) FROM message WHERE body LIKE 'My-order-is-%' OR body LIKE 'And-my-name-is-%'";
    assert_eq!(count(&db, said), i64::try_from(2 * crowd).unwrap(), "all of it is there, and once");
    assert_eq!(count(&db, "SELECT count(*) FROM message WHERE body = 'Evil.'"), 0);
    let flood = count(&db, "SELECT count(*) FROM message WHERE body = 'Flood.'");
    assert_eq!(flood, i64::try_from(refusals.taken).unwrap());
    let new = count(&db, "SELECT count(*) FROM contact") - before;
    let hours = lasted.as_secs() / 3_600 + 2;
    let most = crowd + BRINGS * usize::try_from(hours).unwrap();
    assert!(usize::try_from(new).unwrap() <= most, "{new} new contacts");
    assert!(served.stop(), "it stops well");
}
