//! A full house: who has to go so that others may come, and how quickly everybody goes at the end.

use std::io::Read as _;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_recv_buffer_size;

use super::harness::web::front::Settings;
use super::harness::web::http::{Content, Response};
use super::harness::{Client, Gate, PATIENCE, Site, get, open, settings};
use crate::support::ending::until;

const HALF_HEAD: &str = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
const HALF_BODY: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf";

/// Room for twenty.
fn small() -> Settings {
    let mut settings = settings();
    settings.limits.max_connections = 20;
    settings
}

/// Answers at once, keeps who waits, or gives more than a client's buffers hold.
fn site(settings: Settings) -> Site {
    open(settings, |request| {
        let response = Response::text(200, "here");
        match request.path.as_str() {
            "/wait" => response.with_park("news", Duration::from_secs(600)),
            "/large" => {
                let reader = Box::new(std::io::repeat(b'a').take(50_000_000));
                Response { body: Content::Stream { reader, len: None }, ..response }
            }
            _ => response,
        }
    })
}

/// Whether the front has closed it, after whatever it said.
fn closed(client: &mut Client<std::net::TcpStream>) -> bool {
    client.socket.set_nonblocking(true).unwrap();
    let closed = loop {
        match client.socket.read(&mut [0; 4096]) {
            Ok(0) => break true,
            Ok(_) => {}
            Err(error) => break error.kind() != std::io::ErrorKind::WouldBlock,
        }
    };
    client.socket.set_nonblocking(false).unwrap();
    closed
}

#[test]
fn half_heads_half_bodies_and_waits_of_a_few_addresses_keep_nobody_out() {
    for words in [HALF_HEAD, HALF_BODY, &get("/wait"), ""] {
        let site = site(small());
        let mut hostile = Vec::new();
        for number in 0..90 {
            let mut client = site.client_from(2 + number % 3);
            // Who was in before may have been sent away.
            let _ = std::io::Write::write_all(&mut client.socket, words.as_bytes());
            hostile.push(client);
            assert_eq!(site.ask(&get("/")).status, 200, "{words:?}");
        }
        let cut = hostile.iter_mut().filter_map(|client| closed(client).then_some(())).count();
        assert!(cut >= 70, "{words:?}: {cut} of 90 were sent away");
    }
}

/// The address with very many goes first, and not who has waited longest.
#[test]
fn who_came_early_stays_when_another_address_crowds_the_house() {
    let site = site(small());
    let mut early = site.client_from(9);
    assert_eq!(early.get("/").status, 200);
    let mut hostile = Vec::new();
    for _ in 0..60 {
        let mut client = site.client_from(2);
        let _ = std::io::Write::write_all(&mut client.socket, HALF_HEAD.as_bytes());
        hostile.push(client);
    }
    // Answered after all of them had been let in.
    assert_eq!(site.ask(&get("/")).status, 200);
    assert_eq!(early.get("/").status, 200, "and it was here before all of them");
}

/// T39: nobody who only drips or does not read holds up the end; it would be an hour here.
#[test]
fn the_end_does_not_wait_for_half_words_or_for_who_does_not_read() {
    let mut site = site(settings());
    let mut heads: Vec<_> = (0..5).map(|_| site.client()).collect();
    let mut bodies: Vec<_> = (0..5).map(|_| site.client()).collect();
    let mut readers: Vec<_> = (0..3).map(|_| site.client()).collect();
    for client in &mut heads {
        client.say(HALF_HEAD);
    }
    for client in &mut bodies {
        client.say(HALF_BODY);
    }
    for client in &mut readers {
        set_socket_recv_buffer_size(&client.socket, 4096).unwrap();
        client.say(get("/large"));
    }
    until("each is given something", || site.handled() >= readers.len());
    let front = site.front.take().unwrap();
    let (tell, stopped) = channel();
    thread::spawn(move || {
        front.stop(Duration::from_secs(3600));
        tell.send(()).unwrap();
    });
    stopped.recv_timeout(PATIENCE).unwrap();
    for client in heads.iter_mut().chain(&mut bodies) {
        let answer = client.answer();
        assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("10")));
        client.assert_closed();
    }
}

/// T14: one address asks for much at once, and each of its requests keeps the only worker for a while. Whoever comes from
/// elsewhere waits for the one that is under way, and not for all of them.
#[test]
fn t14_who_asks_for_much_waits_for_himself_and_others_have_their_turn() {
    let (tell, arrived) = channel();
    let release = Gate::default();
    let released = release.clone();
    let mut settings = settings();
    settings.workers = 1;
    let site = open(settings, move |request| {
        tell.send(request.path.clone()).unwrap();
        if request.path.starts_with("/much") {
            released.wait();
        }
        Response::text(200, "here")
    });
    let known = |last| {
        let mut client = site.client_from(last);
        client.get("/known");
        assert_eq!(arrived.recv_timeout(PATIENCE).unwrap(), "/known");
        client
    };
    let mut greedy: Vec<_> = (0..6).map(|_| known(2)).collect();
    let (mut other, mut last) = (known(3), known(4));
    greedy[0].say(get("/much"));
    assert_eq!(arrived.recv_timeout(PATIENCE).unwrap(), "/much");
    for client in &mut greedy[1..] {
        client.say(get("/much"));
    }
    other.say(get("/other"));
    // The front answers this by itself, when it has read what had come before it.
    last.say("NONSENSE\r\n\r\n");
    assert_eq!(last.answer().status, 400);
    release.open();
    let order: Vec<String> = (0..6).map(|_| arrived.recv_timeout(PATIENCE).unwrap()).collect();
    let place = order.iter().position(|path| path == "/other").unwrap();
    assert!(place <= 1, "{order:?}");
    assert_eq!(other.answer().text(), "here");
}
