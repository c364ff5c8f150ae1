//! What the log does not say, even with everything switched on: no password, no token, nothing that a person wrote; and
//! how little it says where everything fails.

use std::fs::File;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use crate::support::process::{PATIENCE, follow, run, transom};
use transom::net::signature::sha256_header;
use transom::net::{Body, Call, Client};

/// Asks as a browser, a provider or a program does, with a marked word wherever a secret may stand.
fn ask(address: &str, method: &'static str, path: &str) -> u16 {
    let headers = [("cookie", "transom=canary-cookie"), ("authorization", "Bearer canary-token")];
    let bytes = b"email=ada%40example.org&password=canary-password&text=canary-body";
    let form = Body::Bytes { content_type: "application/x-www-form-urlencoded", bytes };
    let body = if method == "POST" { form } else { Body::None };
    let url = format!("{address}{path}");
    let call =
        Call { method, url: &url, headers: &headers, body, time: PATIENCE, trusted: true, most: 1_000_000 };
    Client { allow_private: true, ..Client::default() }.call(call).unwrap().status
}

#[test]
fn no_password_token_or_text_reaches_the_log() {
    // A10, A20
    let folder = tempfile::tempdir().unwrap();
    let (db, log) = (folder.path().join("transom.db"), folder.path().join("log"));
    let mut command = transom(&["serve", "--listen", "127.0.0.1:0", "--db", db.to_str().unwrap()]);
    command.env("TRANSOM_LOG", "trace").stdout(Stdio::piped()).stderr(File::create(&log).unwrap());
    let mut child = command.spawn().unwrap();
    let lines = follow(&mut child);
    let setup = loop {
        let line = lines.recv_timeout(PATIENCE).unwrap();
        if line.starts_with("Set it up here") {
            break line;
        }
    };
    let link = &setup[setup.find("http://").unwrap()..];
    let address = &link[..link.find("/setup").unwrap()];
    for (method, path) in [
        ("GET", "/inbox?q=canary-query"),
        ("GET", "/setup?code=canary-code"),
        ("POST", "/setup?code=canary-code"),
        ("POST", "/login?next=canary-query"),
        ("GET", "/invitation/canary-path"),
        ("POST", "/invitation/canary-path"),
        ("POST", "/hooks/1?token=canary-query"),
        ("POST", "/chat/canary-path/messages"),
        ("GET", "/api/v1/conversations?q=canary-query"),
        ("POST", "/api/v1/contacts"),
        ("DELETE", "/canary-path"),
    ] {
        let status = ask(address, method, path);
        assert!((200..500).contains(&status), "{method} {path}: {status}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(!said.is_empty(), "a log in which nothing stands proves nothing");
    let secret = setup.split("code=").nth(1).map_or("canary", |rest| rest.split_whitespace().next().unwrap());
    for word in ["canary", secret] {
        let line = said.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "{word}");
    }
}

/// Sends a delivery to the custom channel behind `hook`; the status of the answer.
fn deliver(address: &str, hook: &str, number: usize) -> u16 {
    let body = format!(
        r#"{{"type":"message","id":"m{number}","from":{{"id":"c{number}"}},"text":"{}"}}"#,
        "a long text ".repeat(400)
    );
    let signed = sha256_header("trust", body.as_bytes());
    let headers = [("x-transom-signature", signed.as_str())];
    let body = Body::Bytes { content_type: "application/json", bytes: body.as_bytes() };
    let url = format!("{address}{hook}");
    let call = Call {
        method: "POST",
        url: &url,
        headers: &headers,
        body,
        time: PATIENCE,
        trusted: true,
        most: 1_000_000,
    };
    Client { allow_private: true, ..Client::default() }.call(call).unwrap().status
}

/// A desk with a custom channel; returns the path of its webhook.
fn with_hook(db: &str) -> String {
    let words = ["channel", "add", "custom", "--name", "Load", "--set", "secret=trust", "--json", "--db", db];
    let made = run(&words);
    assert!(made.status.success(), "{made:?}");
    let told: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    format!("/hooks/{}", told["id"])
}

/// Where a desk that is being served is reached.
fn address(child: &mut Child) -> String {
    let lines = follow(child);
    loop {
        let line = lines.recv_timeout(PATIENCE).unwrap();
        if let Some(at) = line.find("http://") {
            let link = line[at..].split_whitespace().next().unwrap().trim_end_matches(',');
            return link.split("/setup").next().unwrap().to_owned();
        }
    }
}

fn process(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap()
}

/// Asks it to stop, which it does well.
fn stop(mut child: Child) {
    kill_process(process(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
}

/// No file of the desk may grow any more, which fails every write as a full disk does.
#[test]
fn on_a_full_disk_the_log_says_what_is_wrong_a_few_times_and_counts_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let db = db.to_str().unwrap();
    let hook = with_hook(db);
    let mut command = transom(&["serve", "--listen", "127.0.0.1:0", "--db", db]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let log = std::thread::spawn(move || std::io::read_to_string(stderr).unwrap());
    let address = address(&mut child);
    assert_eq!(deliver(&address, &hook, 0), 200);
    let limit = Rlimit { current: Some(4096), maximum: None };
    prlimit(Some(process(&child)), Resource::Fsize, limit).unwrap();
    let tried = 150;
    let refused = (1..=tried).filter(|number| deliver(&address, &hook, *number) == 503).count();
    assert!(refused > 100, "only {refused} of {tried} found the disk full");
    stop(child);
    let said = log.join().unwrap();
    // Each refusal is in the log, as a line or in a count.
    let words = "could not be kept";
    let (mut written, mut counted) = (0, 0);
    for line in said.lines().filter(|line| line.contains(words)) {
        match line.split_once(" more like this: ") {
            Some((start, _)) => counted += start.split_whitespace().last().unwrap().parse::<usize>().unwrap(),
            None => written += 1,
        }
    }
    // A call on a kept connection that was just being closed is made again.
    assert!(
        (refused..refused + 3).contains(&(written + counted)),
        "{written} + {counted}, not {refused}: {said}"
    );
    assert!(counted > 0 && written <= 20, "{written} lines: {said}");
    assert!(said.lines().count() < 150, "{} lines in all: {said}", said.lines().count());
}

/// The log's own disk may be full as well: that costs lines and nothing else.
#[test]
fn a_log_that_cannot_be_written_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let db = db.to_str().unwrap();
    let hook = with_hook(db);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = transom(&["serve", "--listen", "127.0.0.1:0", "--db", db]);
    command.env("TRANSOM_LOG", "trace").stdout(Stdio::piped()).stderr(full);
    let mut child = command.spawn().unwrap();
    let address = address(&mut child);
    for number in 0..20 {
        assert_eq!(deliver(&address, &hook, number), 200);
    }
    stop(child);
}
