//! The real program on a small disk of its own that is really full, and then has room again.

use std::collections::{BTreeSet, HashMap};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bulk;
use crate::ending::until;
use crate::inside::{Acknowledged, provider};
use crate::load::{self, Load};
use crate::process::Served;
use crate::steady::sign_in_as;
use crate::times;
use crate::verdict::Tally;

/// A file system in memory. It goes with the test.
struct Small<'f> {
    folder: &'f Path,
}

impl Small<'_> {
    /// Mounts one of so many megabytes, where that is allowed.
    fn mount(folder: &Path, megabytes: usize) -> Option<Small<'_>> {
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(folder).output();
        mounted.is_ok_and(|said| said.status.success()).then_some(Small { folder })
    }

    /// Takes all the room there is, and whatever becomes free after it. Returns what frees it.
    fn fill(&self) -> Ballast {
        let path = self.folder.join("ballast");
        let mut file = std::fs::File::create(&path).unwrap();
        for piece in [1 << 20, 4096] {
            let zeros = vec![0; piece];
            while file.write_all(&zeros).is_ok() {}
        }
        Ballast { path }
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        // A desk that a failed test has left may have it open.
        let _ = Command::new("umount").arg("-l").arg(self.folder).status();
    }
}

struct Ballast {
    path: std::path::PathBuf,
}

impl Ballast {
    fn drop(self) {
        std::fs::remove_file(self.path).unwrap();
    }
}

/// An agent and a program of theirs at the desk.
struct Agent {
    url: String,
    token: String,
    cookie: String,
}

impl Agent {
    fn call(&self, path: &str, kind: &str, body: &[u8]) -> u16 {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let asked = agent.post(format!("{}{path}", self.url)).header("Content-Type", kind);
        let answer = asked.header("Authorization", format!("Bearer {}", self.token)).send(body);
        answer.unwrap().status().as_u16()
    }

    /// Sends a message of this key to the first customer; whether it was taken.
    fn replies(&self, key: &str) -> u16 {
        let reply: Value = json!({ "body": format!("Answer {key}"), "key": key, "by": "person" });
        self.call("/api/v1/conversations/1/messages", "application/json", reply.to_string().as_bytes())
    }

    fn uploads(&self) -> u16 {
        self.call("/api/v1/attachments?name=a.txt", "text/plain", &b"Something to keep. ".repeat(10_000))
    }

    /// What stands on the page that the agent looks at.
    fn page(&self) -> String {
        let asked = ureq::get(format!("{}/inbox", self.url)).header("Cookie", &self.cookie);
        asked.call().unwrap().body_mut().read_to_string().unwrap()
    }
}

/// One time without any room, while customers write and an agent answers.
fn without_room(small: &Small<'_>, agent: &Agent, load: &Load, round: usize, said: &mut BTreeSet<String>) {
    let (before, during) = (format!("before-{round}"), format!("during-{round}"));
    assert_eq!(agent.replies(&before), 201);
    said.insert(before);
    let refused = load.figures().refused;
    let ballast = small.fill();
    until("that deliveries are refused", || load.figures().refused > refused + 5);
    until("that the agent's answer is refused", || matches!(agent.replies(&during), 503 | 507));
    // The answers that still found room have the key of the one that did not.
    assert!(matches!(agent.uploads(), 503 | 507), "files are refused");
    assert!(agent.page().contains("The disk is full but for"), "who works there sees it");
    // Checkpoints run into it as well.
    std::thread::sleep(Duration::from_millis(1500));
    ballast.drop();
    let taken = load.before(Instant::now()).len();
    until("a delivery after there was room again", || load.before(Instant::now()).len() > taken + 20);
    until("the agent's answer", || agent.replies(&during) < 300);
    said.insert(during);
    until("the agent's file", || agent.uploads() == 201);
    assert!(!agent.page().contains("The disk is full but for"), "it is over");
}

/// T11: the disk is full while deliveries come in, messages leave, files come and the log is moved. Providers are asked to
/// come again, who works at the desk sees why, and when there is room it goes on by itself: nothing that was acknowledged
/// is missing, nothing leaves twice.
#[test]
fn on_a_disk_that_is_really_full_nothing_is_lost_and_the_desk_goes_on_by_itself() {
    let rounds = times(2, 20);
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(folder.path(), 40 + 10 * rounds) else {
        println!("a full disk: nobody may mount one here, not tried");
        return;
    };
    let db = folder.path().join("transom.db");
    let taken = Acknowledged::default();
    let url = provider(taken.clone(), || 0);
    let hook = load::prepare_with(&db, &[&format!("outbound_url={url}")]);
    let token = bulk::prepare(&db);
    let served = Served::with(&db, &["serve", "--allow-private"], "Transom serves");
    load::people(&served.url, &hook, 0..1);
    let cookie = sign_in_as(&served.url, bulk::EMAIL, bulk::PASSWORD);
    let agent = Agent { url: served.url.clone(), token, cookie };
    let load = Load::paced(&served.url, &hook, "full", Duration::from_millis(60));
    let mut said = BTreeSet::new();
    for round in 0..rounds {
        without_room(&small, &agent, &load, round, &mut said);
    }
    // The provider is told keys of the outbox, and not those by which the agent's program knows its answers.
    until("that all answers have left", || taken.lock().unwrap().len() >= said.len());
    let (must, figures) = load.end();
    assert!(figures.faults.iter().all(|status| *status == 503), "{:?}", figures.faults);
    assert_eq!(figures.refused, figures.faults.len(), "no connection broke");
    assert!(served.stop(), "the desk stops well");
    let mut times: HashMap<String, usize> = HashMap::new();
    for (key, _) in taken.lock().unwrap().iter() {
        *times.entry(key.clone()).or_default() += 1;
    }
    assert!(times.values().all(|times| *times == 1), "sent twice: {times:?}");
    assert_eq!(times.len(), said.len(), "what was refused is sent when it is asked for again, and once");
    let mut tally = Tally { tried: rounds, ..Tally::default() };
    tally.judge(&db, &must);
    tally.close(&format!(
        "a disk that is really full, {} deliveries answered 503 meanwhile, {} answers of agents sent once",
        figures.refused,
        times.len()
    ));
    drop(small);
}
