//! What the log does not say, even with everything switched on: no password, no token, nothing that a person wrote.

use std::fs::File;
use std::process::Stdio;

use crate::support::process::{PATIENCE, follow, transom};
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
