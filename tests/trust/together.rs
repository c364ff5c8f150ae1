//! Two agents who do things to one conversation in the same moment.

use std::path::Path;
use std::sync::Barrier;
use std::time::Duration;

use crate::client::{Answer, Client, colleague, count};
use crate::ending::until_within;
use crate::listener::Listener;
use crate::load::{delivery, prepare_with};
use crate::process::{PATIENCE, Served, complained, run};
use crate::times;

const HERE: &str = "/conversations/1";

/// What an agent sends: where to, and with what.
type Act<'a> = (&'a str, Vec<(&'a str, String)>);

struct Pair<'a> {
    db: &'a Path,
    agents: [Client; 2],
    /// The address of the contact's form.
    contact: String,
}

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let (_, after) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_default();
    after.split('"').next().unwrap_or_default().to_owned()
}

/// Sends a form, and again when the person has sent too many.
fn send(client: &mut Client, (target, fields): &Act<'_>) -> Answer {
    loop {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = client.post(target, &fields);
        if answer.status != 429 {
            return answer;
        }
        let seconds = answer.header("Retry-After").unwrap().parse().unwrap();
        std::thread::sleep(Duration::from_secs(seconds));
    }
}

impl Pair<'_> {
    /// Both at once.
    fn both(&mut self, acts: [Act<'_>; 2]) -> [Answer; 2] {
        let barrier = Barrier::new(2);
        let [ana, ben] = &mut self.agents;
        std::thread::scope(|threads| {
            let other = threads.spawn(|| {
                barrier.wait();
                send(ben, &acts[1])
            });
            barrier.wait();
            [send(ana, &acts[0]), other.join().unwrap()]
        })
    }

    /// Both pages, on which both must find each of these words.
    fn seen(&mut self, words: &[&str]) {
        for client in &mut self.agents {
            let page = client.get(HERE);
            assert_eq!(page.status, 200, "{:?}", page.head);
            for word in words {
                assert!(page.body.contains(word), "{word} is not on the page");
            }
        }
    }

    fn count(&self, sql: &str) -> i64 {
        count(self.db, sql)
    }

    /// How often this happened.
    fn told(&self, kind: &str) -> i64 {
        self.count(&format!("SELECT count(*) FROM log WHERE kind = '{kind}' AND conversation_id = 1"))
    }

    fn latest(&mut self) -> String {
        hidden(&self.agents[0].get(HERE).body, "seen")
    }

    fn reply(text: &str, seen: &str) -> Act<'static> {
        let fields = [("body", text), ("seen", seen), ("key", text)];
        ("/conversations/1/messages", fields.map(|(name, value)| (name, value.to_owned())).to_vec())
    }

    /// Of two answers the one is sent. The other comes back with its text and says so, and leaves when it is sent again.
    fn answer(&mut self, round: usize) {
        let texts = [format!("Ana-{round}-answers"), format!("Ben-{round}-answers")];
        let seen = self.latest();
        let told = self.both([Pair::reply(&texts[0], &seen), Pair::reply(&texts[1], &seen)]);
        let mut statuses = told.each_ref().map(|one| one.status);
        let late = usize::from(statuses[1] == 409);
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409]);
        assert!(told[late].body.contains(&texts[late]), "what was typed is there");
        let again = Pair::reply(&texts[late], &hidden(&told[late].body, "seen"));
        assert_eq!(send(&mut self.agents[late], &again).status, 303);
        self.seen(&[&texts[0], &texts[1]]);
        for text in texts {
            assert_eq!(self.count(&format!("SELECT count(*) FROM message WHERE body = '{text}'")), 1);
        }
    }

    /// Both take it: both stand in the story, and it belongs to whoever was the last.
    fn assign(&mut self) {
        send(&mut self.agents[0], &("/conversations/1/assign", vec![("to", String::new())]));
        let before = self.told("conversation.assigned");
        let act = || ("/conversations/1/assign", vec![("to", "me".to_owned())]);
        let told = self.both([act(), act()]);
        assert_eq!(told.map(|one| one.status), [303, 303]);
        assert_eq!(self.told("conversation.assigned"), before + 2);
        let last = "SELECT agent_id FROM log WHERE kind = 'conversation.assigned' ORDER BY id DESC LIMIT 1";
        let holder = self.count("SELECT assignee_id FROM conversation WHERE id = 1");
        assert_eq!(holder, self.count(last));
        let (name, other) = if holder == 1 { ("Ana", "Ben") } else { ("Ben", "Ana") };
        self.seen(&[name, other]);
    }

    /// Two tags are put on and taken off.
    fn tag(&mut self) {
        let on = |tag: &str| ("/conversations/1/tags", vec![("tag", tag.to_owned())]);
        let told = self.both([on("green"), on("yellow")]);
        assert_eq!(told.map(|one| one.status), [303, 303]);
        assert_eq!(self.count("SELECT count(*) FROM conversation_tag WHERE conversation_id = 1"), 2);
        self.seen(&["green", "yellow"]);
        let told = self
            .both([("/conversations/1/tags/1/remove", vec![]), ("/conversations/1/tags/2/remove", vec![])]);
        assert_eq!(told.map(|one| one.status), [303, 303]);
        assert_eq!(self.count("SELECT count(*) FROM conversation_tag WHERE conversation_id = 1"), 0);
    }

    /// Of two changes of the same form the one is kept; the other comes back as it was typed, and says so.
    fn edit(&mut self, round: usize) {
        let about = [format!("Ana-{round}-knows"), format!("Ben-{round}-knows")];
        let path = self.contact.clone();
        let seen = hidden(&self.agents[0].get(&format!("{path}/edit")).body, "seen");
        let change = |about: &str, seen: &str| {
            let fields = [("name", "Carla"), ("about", about), ("seen", seen)];
            (path.as_str(), fields.map(|(name, value)| (name, value.to_owned())).to_vec())
        };
        let told = self.both([change(&about[0], &seen), change(&about[1], &seen)]);
        let late = usize::from(told[1].status != 303);
        assert_eq!((told[1 - late].status, told[late].status), (303, 409), "{}", told[late].body);
        assert!(told[late].body.contains(&about[late]), "what was typed is there");
        let kept = format!("SELECT count(*) FROM contact WHERE about = '{}'", about[1 - late]);
        assert_eq!(self.count(&kept), 1, "the first is kept");
        let again = change(&about[late], &hidden(&told[late].body, "seen"));
        assert_eq!(send(&mut self.agents[late], &again).status, 303);
        for client in &mut self.agents {
            assert!(client.get(&path).body.contains(&about[late]));
        }
    }

    /// It is closed once; whoever comes second hears that it is.
    fn close(&mut self) {
        let before = self.told("conversation.closed");
        let act = || ("/conversations/1/close", vec![]);
        let told = self.both([act(), act()]);
        let mut statuses = told.map(|one| one.status);
        statuses.sort_unstable();
        assert!(statuses[0] == 303 && [303, 409].contains(&statuses[1]), "{statuses:?}");
        assert_eq!(self.told("conversation.closed"), before + 1);
        assert_eq!(self.count("SELECT status = 'closed' FROM conversation WHERE id = 1"), 1);
        let open = ("/conversations/1/reopen", vec![]);
        assert_eq!(send(&mut self.agents[1], &open).status, 303);
    }

    /// One answers while the other closes it, takes it, or gives it away: both happen, in the one order or the other.
    fn answer_and(&mut self, round: usize, target: &str, fields: Vec<(&str, String)>) {
        let text = format!("Ana-{round}-meanwhile");
        let seen = self.latest();
        let told = self.both([Pair::reply(&text, &seen), (target, fields)]);
        assert_eq!(told.map(|one| one.status), [303, 303], "{target}");
        self.seen(&[&text]);
        assert_eq!(self.count(&format!("SELECT count(*) FROM message WHERE body = '{text}'")), 1);
        if self.count("SELECT status = 'closed' FROM conversation WHERE id = 1") == 1 {
            assert_eq!(send(&mut self.agents[0], &("/conversations/1/reopen", vec![])).status, 303);
        }
    }

    fn round(&mut self, round: usize) {
        match round % 8 {
            0 => self.answer(round),
            1 => self.assign(),
            2 => self.tag(),
            3 => self.edit(round),
            4 => self.close(),
            5 => self.answer_and(round, "/conversations/1/close", vec![]),
            6 => self.answer_and(round, "/conversations/1/assign", vec![("to", "me".to_owned())]),
            _ => self.answer_and(round, "/conversations/1/priority", vec![("priority", "high".to_owned())]),
        }
    }
}

/// A conversation with somebody who has written, and the two who work on it.
fn pair<'a>(db: &'a Path, served: &Served, hook: &str, passwords: &[String; 2]) -> Pair<'a> {
    let (body, signature) = delivery("together-1", 1, "");
    let headers = format!(
        "Content-Type: application/json\r\nX-Transom-Delivery: together-1\r\nX-Transom-Signature: {signature}\r\n"
    );
    assert_eq!(Client::near(served).ask("POST", hook, &headers, &body).status, 200);
    let is_read = || count(db, "SELECT count(*) FROM conversation") > 0;
    until_within(PATIENCE, "it is read in", is_read);
    let mut agents = [Client::near(served), Client::near(served)];
    for ((client, email), password) in agents.iter_mut().zip(["ana", "ben"]).zip(passwords) {
        assert_eq!(client.sign_in(&format!("{email}@example.org"), password).status, 303);
    }
    for (name, colour) in [("green", "green"), ("yellow", "yellow")] {
        let told = agents[0].post("/settings/tags", &[("name", name), ("colour", colour)]);
        assert_eq!(told.status, 303, "{}", told.body);
    }
    let contact = format!("/contacts/{}", count(db, "SELECT contact_id FROM conversation WHERE id = 1"));
    Pair { db, agents, contact }
}

/// T21: whatever two do at once, nothing is lost without a word, both see what became of it, and the log tells the same.
#[test]
fn two_agents_at_once_lose_nothing_without_a_word() {
    let rounds = times(32, 1_000);
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let listener = Listener::answering(&[]);
    let hook = prepare_with(&db, &[&format!("outbound_url={}", listener.url)]);
    let passwords = [("Ana", "admin"), ("Ben", "agent")].map(|(name, role)| colleague(&db, name, role));
    let served = Served::with(&db, &["serve", "--allow-private"], "Transom serves");
    let mut pair = pair(&db, &served, &hook, &passwords);
    for round in 0..rounds {
        pair.round(round);
    }
    let events = pair.count("SELECT count(*) FROM log WHERE conversation_id = 1");
    let messages = pair.count("SELECT count(*) FROM message WHERE kind = 'outbound'");
    println!(
        "two agents at once: {rounds} rounds, {messages} answers, {events} entries of the log, nothing lost"
    );
    assert!(served.stop(), "it stops well");
    let told = run(&["check", "--db", db.to_str().unwrap()]);
    assert!(told.status.success(), "{}{}", String::from_utf8_lossy(&told.stdout), complained(&told));
}
