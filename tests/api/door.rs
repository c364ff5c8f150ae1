//! Who gets in, and what is told to who does not.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::support::TestDesk;
use crate::support::api::Program;
use transom::domain::agent::Role;
use transom::domain::{Id, Span};
use transom::store;
use transom::web::http::{Method, Request};

#[test]
fn without_a_good_token_nobody_gets_in() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let wrong = Program { agent: eva.agent, token: "wrong".into() };
    for program in [None, Some(&wrong)] {
        let told = desk.api(program, Method::Get, "/conversations", None);
        assert_eq!((told.status, told.code()), (401, "unauthorized"));
        assert_eq!(told.header("www-authenticate"), Some("Bearer realm=\"transom\""));
        assert_eq!(told.json["error"]["retry_at"], json!(null));
    }
    assert_eq!(desk.api_get(&eva, "/conversations").status, 200);
}

#[test]
fn a_cookie_opens_no_door_for_programs() {
    let desk = TestDesk::new();
    let eva = desk.person("Eva", Role::Admin);
    assert_eq!(desk.get(&eva, "/api/v1/users").status, 401);
}

#[test]
fn a_revoked_token_and_a_disabled_owner_are_shut_out_at_once() {
    let desk = TestDesk::new();
    let (admin, eva) = (desk.program("Ada", Role::Admin), desk.program("Eva", Role::Agent));
    let second = desk.token_of(eva.agent);
    let now = desk.now();
    desk.write(move |tx| store::token::revoke(tx, Id::new(2), now));
    assert_eq!(desk.api_get(&eva, "/users/me").status, 401);
    assert_eq!(desk.api_get(&second, "/users/me").json["email"], "eva@example.org");
    let path = format!("/users/{}", eva.agent);
    assert_eq!(desk.api_patch(&admin, &path, json!({ "disabled": true })).json["disabled"], true);
    assert_eq!(desk.api_get(&second, "/users/me").status, 401);
}

#[test]
fn the_last_use_of_a_token_is_noted_once_a_minute() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let used = || desk.count("SELECT ifnull(max(used_at), 0) FROM api_token");
    desk.api_get(&eva, "/users/me");
    let first = used();
    assert_eq!(first, desk.now().0);
    desk.pass(Span::seconds(59));
    desk.api_get(&eva, "/users/me");
    assert_eq!(used(), first);
    desk.pass(Span::seconds(1));
    desk.api_get(&eva, "/users/me");
    assert_eq!(used(), desk.now().0);
}

#[test]
fn a_flood_is_told_when_to_come_back() {
    let desk = TestDesk::new();
    let (eva, ben) = (desk.program("Eva", Role::Agent), desk.program("Ben", Role::Agent));
    let told = std::iter::repeat_with(|| desk.api_get(&eva, "/users/me")).find(|told| told.status != 200);
    let told = told.unwrap();
    assert_eq!((told.status, told.header("retry-after")), (429, Some("1")));
    assert!(told.json["error"]["retry_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(desk.api_get(&ben, "/users/me").status, 200, "the others are not held up");
    desk.pass(Span::seconds(1));
    assert_eq!(desk.api_get(&eva, "/users/me").status, 200);
}

#[test]
fn what_is_not_there_and_what_an_address_does_not_do_are_told_as_json() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let gone = desk.api_get(&eva, "/nothing");
    assert_eq!((gone.status, gone.code()), (404, "not_found"));
    let method = desk.api(Some(&eva), Method::Put, "/contacts", None);
    assert_eq!((method.status, method.code()), (405, "method_not_allowed"));
    assert_eq!(method.header("allow"), Some("GET, POST"));
    let large = Request::new(Method::Post, "/api/v1/contacts")
        .with_header("authorization", &format!("Bearer {}", eva.token))
        .with_body("application/json", " ".repeat(300_000));
    let large = desk.told(large);
    assert_eq!((large.status, large.code()), (413, "too_large"));
}

#[test]
fn a_body_that_is_too_large_is_refused_in_the_same_shape_before_it_is_read() {
    let desk = TestDesk::new();
    let front = desk.front();
    let ask = |head: &str, body: &str| {
        let mut client = TcpStream::connect(front.address()).unwrap();
        write!(client, "{head}\r\nHost: desk\r\nConnection: close\r\n{body}").unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let json: serde_json::Value = serde_json::from_str(body).unwrap();
        (head[9..12].to_owned(), json["error"]["code"].as_str().unwrap().to_owned())
    };
    let large = ask("POST /api/v1/contacts HTTP/1.1", "Content-Length: 300000\r\n\r\n");
    assert_eq!(large, ("413".into(), "too_large".into()));
    let pieces = format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}", 270_000, " ".repeat(270_000));
    let large = ask("POST /api/v1/contacts HTTP/1.1", &pieces);
    assert_eq!(large, ("413".into(), "too_large".into()));
    let lost = ask("POST /api/v1/nothing HTTP/1.1", "Content-Length: 2\r\n\r\n{}");
    assert_eq!(lost, ("404".into(), "not_found".into()));
    let method = ask("PUT /api/v1/contacts HTTP/1.1", "Content-Length: 2\r\n\r\n{}");
    assert_eq!(method, ("405".into(), "method_not_allowed".into()));
}
