//! Clients who want too much.

use std::fs::File;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_linger;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::harness::web::http::Response;
use super::harness::{BODY_LIMIT, Client, Gate, PATIENCE, alone, echo, get, open, post, settings};
use crate::support::ending::until;

#[test]
fn a_body_that_is_too_large_is_refused_before_it_comes() {
    let site = echo();
    for length in [10_000_000_000_000, BODY_LIMIT + 1] {
        let mut client = site.client();
        client.say(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"));
        assert_eq!(client.answer().status, 413);
        client.assert_closed();
    }
    assert_eq!(site.ask(&post("/small?x", "0123456789")).status, 200);
    assert_eq!(site.ask(&post("/small?x", "0123456789a")).status, 413);
    assert_eq!(site.handled(), 1);
}

#[test]
fn a_chunked_body_is_cut_at_the_limit() {
    let site = echo();
    let head = "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(site.ask(&format!("{head}A\r\n0123456789\r\n0\r\n\r\n")).status, 200);
    assert_eq!(site.ask(&format!("{head}A\r\n0123456789\r\n1\r\na")).status, 413);
    assert_eq!(site.handled(), 1);
}

/// A reset could overtake the refusal, so the front listens for a while and closes then.
#[test]
fn a_refusal_reaches_a_client_that_goes_on_sending() {
    let site = echo();
    let mut client = site.client();
    client.say("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
    assert_eq!(client.answer().status, 413);
    for _ in 0..3 {
        client.say(vec![b'a'; 100_000]);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_endless_head_is_refused() {
    let site = echo();
    let mut client = site.client();
    client.say("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    client.say(vec![b'a'; 16 * 1024]);
    assert_eq!(client.answer().status, 431);
    client.assert_closed();

    let one_line_too_many = "X: a\r\n".repeat(64);
    let answer = site.ask(&format!("GET / HTTP/1.1\r\nHost: a\r\n{one_line_too_many}\r\n"));
    assert_eq!(answer.status, 431);
    let whole = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(17_000));
    assert_eq!(site.ask(&whole).status, 431);
    assert_eq!(site.ask(&get(&format!("/{}", "a".repeat(15_000)))).status, 200);
    assert_eq!(site.handled(), 1);
}

#[test]
fn clients_who_reset_their_connections_harm_nobody() {
    let site = echo();
    for number in 0..500 {
        let mut socket = TcpStream::connect(site.address()).unwrap();
        set_socket_linger(&socket, Some(Duration::ZERO)).unwrap();
        let request = [get("/"), post("/", "body"), "GET / HT".to_owned()];
        socket.write_all(request[number % 3].as_bytes()).unwrap();
    }
    assert_eq!(site.ask(&get("/after")).text(), "GET /after ");
}

#[test]
fn one_address_gets_so_many_connections_and_no_more() {
    let mut settings = settings();
    settings.limits.max_per_ip = 3;
    let site = open(settings, |_| Response::text(200, "here"));
    let mut inside: Vec<_> = (0..3).map(|_| site.client()).collect();
    for client in &mut inside {
        assert_eq!(client.get("/").status, 200);
    }
    let mut outside = site.client();
    let turned_away = outside.answer();
    assert_eq!(turned_away.status, 429);
    assert_eq!(turned_away.header("Retry-After"), Some("10"));
    assert!(turned_away.text().contains("try again in 10 seconds"), "{}", turned_away.text());
    outside.assert_closed();
    let mut leaving = inside.pop().unwrap();
    leaving.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    leaving.answer();
    leaving.assert_closed();
    drop(leaving);
    assert_eq!(inside[0].get("/").status, 200);
    assert_eq!(site.ask(&get("/")).status, 200, "a place is free again");
}

#[test]
fn the_house_is_full_at_some_point() {
    let mut settings = settings();
    settings.limits.max_connections = 2;
    settings.trust_proxy = vec!["127.0.0.1".parse().unwrap()];
    settings.limits.max_per_ip = 1;
    let gate = Gate::default();
    let opened = gate.clone();
    let site = open(settings, move |request| {
        if request.path == "/work" {
            opened.wait();
        }
        Response::text(200, "here")
    });
    let mut busy = Vec::new();
    for number in 1..=2 {
        let mut client = site.client();
        client.say(get("/work"));
        // A handler is at work for it before the next one comes, so that nobody may take the place.
        until("a handler is at work", || site.handled() >= number);
        busy.push(client);
    }
    assert_eq!(site.client().answer().status, 503);
    gate.open();
    for client in &mut busy {
        assert_eq!(client.answer().status, 200, "a trusted proxy is not counted");
    }
    assert_eq!(site.ask(&get("/")).status, 200, "a place is free again");
}

#[test]
fn in_a_full_house_the_longest_silence_makes_room() {
    let mut settings = settings();
    // Room for as many as may come in one turn is made before they do: four of six.
    settings.limits.max_connections = 6;
    let site = open(settings, |_| Response::text(200, "here"));
    let mut silent = Vec::new();
    for _ in 0..3 {
        let mut client = site.client();
        assert_eq!(client.get("/").status, 200);
        silent.push(client);
    }
    assert_eq!(site.ask(&get("/")).status, 200, "whoever comes is let in");
    silent.remove(0).assert_closed();
    assert_eq!(silent.last_mut().unwrap().get("/").status, 200, "who spoke last stays");
}

#[test]
fn without_descriptors_nobody_is_let_in_and_afterwards_everybody_is() {
    if !alone() {
        return;
    }
    let most = Rlimit { current: Some(100), maximum: getrlimit(Resource::Nofile).maximum };
    let site = echo();
    setrlimit(Resource::Nofile, most).unwrap();
    let mut taken: Vec<File> = Vec::new();
    let mut inside = Vec::new();
    // Every time one descriptor is left, for a client; at last none for the front to let it in. What is let in may
    // find that there is none left for its answer, and is told to come again.
    let mut outside = loop {
        while let Ok(file) = File::open("/dev/null") {
            taken.push(file);
        }
        taken.pop();
        let Ok(socket) = TcpStream::connect(site.address()) else { continue };
        let mut client = Client { socket, heard: Vec::new() };
        client.say(get("/during"));
        client.socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let heard = client.socket.peek(&mut [0]).is_ok();
        client.socket.set_read_timeout(Some(PATIENCE)).unwrap();
        if !heard {
            break client;
        }
        match client.answer().status {
            200 => inside.push(client),
            503 => {}
            other => panic!("answered {other}"),
        }
        assert!(inside.len() < 50, "descriptors never ran out");
    };
    taken.clear();
    let late = outside.answer().status;
    assert!(late == 200 || late == 503, "{late}");
    let begun = Instant::now();
    while site.ask(&get("/after")).status != 200 {
        assert!(begun.elapsed() < PATIENCE, "it never was well again");
    }
    for client in &mut inside {
        assert_eq!(client.get("/still").text(), "GET /still ");
    }
}
