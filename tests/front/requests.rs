//! What browsers and providers do all day.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::net::TcpListener;
use std::sync::Barrier;
use std::time::Duration;

use super::harness::web::http::{Body, Content, Response};
use super::harness::{Client, Gate, echo, get, open, post, settings};

#[test]
fn twenty_connections_that_stay_open_are_all_answered() {
    let site = echo();
    let mut clients: Vec<_> = (0..20).map(|_| site.client()).collect();
    for round in 0..3 {
        for client in &mut clients {
            client.say(get(&format!("/{round}")));
        }
        for client in &mut clients {
            assert_eq!(client.answer().text(), format!("GET /{round} "));
        }
    }
}

#[test]
fn requests_in_one_breath_are_answered_in_order() {
    let site = echo();
    let mut client = site.client();
    let mut breath = String::new();
    for number in 0..50 {
        breath += &get(&format!("/{number}"));
        breath += &post("/post", &number.to_string());
    }
    client.say(breath);
    for number in 0..50 {
        assert_eq!(client.answer().text(), format!("GET /{number} "));
        assert_eq!(client.answer().text(), format!("POST /post {number}"));
    }
}

#[test]
fn large_pages_arrive_whole_and_the_connection_goes_on() {
    let page: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let copy = page.clone();
    let site = open(settings(), move |request| {
        let page = copy.clone();
        let mut response = Response::new(200);
        response.body = match request.path.as_str() {
            "/bytes" => Content::Bytes(page),
            "/middle" => Content::Bytes(page[..200_000].to_vec()),
            "/stream" => Content::Stream { reader: Box::new(Cursor::new(page)), len: None },
            _ => Content::Stream { reader: Box::new(Cursor::new(page)), len: Some(5_000_000) },
        };
        response
    });
    let mut client = site.client();
    for path in ["/bytes", "/stream", "/bytes"] {
        assert!(client.get(path).body == page, "{path}");
    }
    assert!(client.get("/middle").body == page[..200_000]);
    assert_eq!(client.get("/lies").status, 500);
}

#[test]
fn an_answer_has_a_date_and_a_length_and_says_nothing_of_the_server() {
    let site = open(settings(), |_| {
        let forbidden = ["Server", "Connection", "Content-Length", "Transfer-Encoding", "Date"];
        let mut response = Response::html("<p>".to_owned());
        for name in forbidden {
            response = response.with_header(name, "9");
        }
        response
    });
    let answer = site.client().get("/");
    assert!(answer.header("Date").unwrap().ends_with(" GMT"));
    assert_eq!(answer.header("Content-Length"), Some("3"));
    assert_eq!(answer.header("Content-Type"), Some("text/html; charset=utf-8"));
    for name in ["Server", "Connection", "Transfer-Encoding"] {
        assert_eq!(answer.header(name), None);
    }
    assert_eq!(answer.head.matches("Date").count(), 1);
}

#[test]
fn answers_without_a_body_have_none() {
    let site = open(settings(), |request| match request.path.as_str() {
        "/204" => Response::text(204, "forbidden"),
        "/304" => Response::text(304, "forbidden"),
        _ => Response::text(200, "hello"),
    });
    let mut client = site.client();
    client.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = client.answer_without_body();
    assert_eq!((answer.status, answer.header("Content-Length")), (200, Some("5")));
    for status in [204, 304] {
        let answer = client.get(&format!("/{status}"));
        assert_eq!((answer.status, answer.header("Content-Length")), (status, None));
    }
    assert_eq!(client.get("/").text(), "hello");
}

#[test]
fn bodies_arrive_whole_in_memory_or_as_a_file() {
    let site = open(settings(), |request| {
        let kind = if matches!(request.body, Body::File { .. }) { "file" } else { "memory" };
        let body = request.body.into_bytes(10_000_000).unwrap();
        let sum: u64 = body.iter().map(|byte| u64::from(*byte)).sum();
        Response::text(200, &format!("{kind} {} {sum}", body.len()))
    });
    let mut client = site.client();
    for (len, kind) in [(1, "memory"), (200_000, "memory"), (1_500_000, "file")] {
        let expected = format!("{kind} {len} {}", len * usize::from(b'a'));
        let body = "a".repeat(len);
        client.say(post("/", &body));
        assert_eq!(client.answer().text(), expected);
        client.say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for piece in body.as_bytes().chunks(70_000) {
            client.say(format!("{:X}\r\n", piece.len()));
            client.say(piece);
            client.say("\r\n");
        }
        client.say("0\r\n\r\n");
        assert_eq!(client.answer().text(), expected);
    }
}

#[test]
fn who_expects_an_invitation_gets_one() {
    let site = echo();
    let mut client = site.client();
    client.say("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.answer().head, "HTTP/1.1 100 Continue\r\n\r\n");
    client.say("body");
    assert_eq!(client.answer().text(), "POST /a body");
    client.say("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: a miracle\r\n\r\n");
    assert_eq!(client.answer().status, 417);
    client.assert_closed();
}

#[test]
fn a_panic_costs_one_answer_and_no_worker() {
    let mut settings = settings();
    settings.workers = 1;
    let site = open(settings, |request| match request.path.as_str() {
        "/panic" => panic!("as the test wants it"),
        "/split" => Response::new(200).with_header("X-Name", "a\r\nSet-Cookie: b"),
        "/status" => Response::new(99),
        _ => Response::text(200, "alive"),
    });
    let (mut client, mut other) = (site.client(), site.client());
    let mut numbers = BTreeSet::new();
    for path in ["/panic", "/split", "/status", "/panic"] {
        let answer = client.get(path);
        assert_eq!((answer.status, answer.header("Set-Cookie")), (500, None), "{path}");
        // Whoever runs the desk finds the number in the log.
        let after = answer.text().split_once("the number ").unwrap().1;
        let number: String = after.chars().take_while(char::is_ascii_hexdigit).collect();
        assert_eq!(number.len(), 8, "{}", answer.text());
        assert!(numbers.insert(number), "each has its own");
        assert_eq!(other.get("/").text(), "alive");
        assert_eq!(client.get("/").text(), "alive");
    }
}

#[test]
fn connection_headers_and_false_claims_never_reach_the_handler() {
    let site = open(settings(), |request| {
        let names: Vec<_> = request.headers.iter().map(|(name, _)| name).collect();
        Response::text(200, &names.join(" "))
    });
    let answer = site.ask(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Hop, upgrade\r\nX-Hop: 1\r\nUpgrade: websocket\r\n\
         TE: chunked\r\nX-Forwarded-For: 1.1.1.1\r\nX-Real-IP: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\n\
         X-Forwarded-Proto: https\r\nProxy-Connection: close\r\nTicket: 0\r\nCookie: a\r\n\r\n",
    );
    assert_eq!(answer.text(), "host ticket cookie");
}

#[test]
fn only_a_trusted_proxy_says_who_the_client_is() {
    let request = "GET / HTTP/1.1\r\nHost: A.example:1\r\nX-Forwarded-Proto: https\r\n\
                   X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.1.1\r\n\r\n";
    for (trusted, expected) in [
        (&[][..], "127.0.0.1 false a.example:1"),
        (&["127.0.0.1", "10.0.0.0/8"], "203.0.113.9 true a.example:1"),
        (&["127.0.0.1"], "10.1.1.1 true a.example:1"),
    ] {
        let mut settings = settings();
        settings.trust_proxy = trusted.iter().map(|range| range.parse().unwrap()).collect();
        let site = open(settings, |request| {
            let words = format!("{} {} {}", request.peer, request.https, request.host);
            Response::text(200, &words)
        });
        assert_eq!(site.ask(request).text(), expected);
    }
}

/// `tiny_http` alone would leave some of them waiting for a connection to close.
#[test]
fn every_worker_can_be_at_work_at_the_same_time() {
    const WORKERS: usize = 32;
    let mut settings = settings();
    settings.workers = WORKERS;
    let all_here = Barrier::new(WORKERS);
    let site = open(settings, move |_| {
        all_here.wait();
        Response::text(200, "together")
    });
    let mut clients: Vec<_> = (0..WORKERS).map(|_| site.client()).collect();
    for client in &mut clients {
        client.say(get("/"));
    }
    for client in &mut clients {
        assert_eq!(client.answer().text(), "together");
    }
}

#[test]
fn stopping_lets_everybody_finish_and_nobody_in() {
    let (arrived, release) = (Gate::default(), Gate::default());
    let (arriving, released) = (arrived.clone(), release.clone());
    let mut site = open(settings(), move |request| match request.path.as_str() {
        "/slow" => {
            arriving.open();
            released.wait();
            Response::text(200, "done")
        }
        "/parked" => Response::new(204).with_park("never", Duration::from_secs(60)),
        _ => Response::text(200, "quick"),
    });
    let address = site.address();
    let (mut idle, mut silent) = (site.client(), site.client());
    idle.get("/");
    let mut parked = site.client();
    parked.say(get("/parked"));
    let mut slow = site.client();
    slow.say(get("/slow"));
    arrived.wait();
    let front = site.front.take().unwrap();
    let stopping = std::thread::spawn(move || front.stop(Duration::from_secs(15)));
    idle.assert_closed();
    silent.assert_closed();
    assert_eq!(parked.answer().status, 204);
    release.open();
    let answer = slow.answer();
    assert_eq!((answer.text(), answer.header("Connection")), ("done", Some("close")));
    slow.assert_closed();
    drop((slow, parked));
    stopping.join().unwrap();
    TcpListener::bind(address).unwrap();
}

#[test]
fn an_old_client_and_one_that_says_so_are_closed_after_the_answer() {
    let site = echo();
    for request in
        ["GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"]
    {
        let mut client: Client<_> = site.client();
        client.say(request);
        assert_eq!(client.answer().header("Connection"), Some("close"));
        client.assert_closed();
    }
}
