//! What is kept in temporary files on its way in or out, and who may have how much of it.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::harness::web::front::Settings;
use super::harness::web::http::{Content, Request, Response};
use super::harness::{Answer, Client, PATIENCE, Site, echo, get, open, post, settings};

/// Larger than what is kept in memory.
const LARGE: usize = 900_000;
/// The same where little is kept there; a system's own buffers take it at once.
const FILE: usize = 60_000;

/// One such file fits for an address, four fill everything, and three are what strangers may have.
fn narrow() -> Settings {
    let mut settings = settings();
    settings.limits.memory_body = 16 * 1024;
    (settings.limits.files_all, settings.limits.files_each) = (264_000, 66_000);
    // However slow the machine, a refusal is heard.
    settings.limits.linger_time = PATIENCE;
    settings
}

fn head(path: &str, framing: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n")
}

fn counting(request: Request) -> Response {
    Response::text(200, &request.body.len().to_string())
}

/// All of a large body but its last byte, which is kept in a file when this returns.
fn held(site: &Site, last: u8, path: &str) -> Client<TcpStream> {
    let mut client = site.client_from(last);
    client.say(head(path, &format!("Expect: 100-continue\r\nContent-Length: {FILE}")));
    assert_eq!(client.answer_without_body().status, 100);
    client.say(vec![b'a'; FILE - 1]);
    // What had come before this was asked has been read before it is answered.
    assert_eq!(site.client_from(last).get("/").status, 200);
    client
}

/// A large body from this address, and what is answered to it.
fn whole(site: &Site, last: u8, path: &str) -> Answer {
    let mut client = site.client_from(last);
    client.say(head(path, &format!("Content-Length: {FILE}")));
    client.say(vec![b'a'; FILE]);
    client.answer()
}

/// The same until it is taken: that somebody has gone is heard a little later.
fn taken_in_the_end(site: &Site, last: u8) {
    let begun = Instant::now();
    while whole(site, last, "/").status != 200 {
        assert!(begun.elapsed() < PATIENCE, "the room never came back");
    }
}

#[test]
fn a_large_body_is_refused_by_its_head_alone_and_no_byte_of_it_is_waited_for() {
    let site = echo();
    let mut client = site.client();
    client.say(head("/closed", &format!("Content-Length: {LARGE}")));
    let answer = client.answer();
    assert_eq!((answer.status, answer.text()), (404, "no such thing"));
    assert_eq!(answer.header("Connection"), Some("close"));
    client.assert_closed();
    let mut client = site.client();
    client.say(head("/ten", &format!("Content-Length: {LARGE}")));
    assert_eq!(client.answer().status, 413, "less is taken there than the address promised");
    let mut client = site.client();
    client.say(head("/closed", &format!("Expect: 100-continue\r\nContent-Length: {LARGE}")));
    assert_eq!(client.answer().status, 404, "and nobody is invited to it");
    assert_eq!(site.handled(), 0);
}

#[test]
fn a_body_of_unknown_length_is_asked_for_when_it_outgrows_the_memory() {
    let mut settings = settings();
    settings.limits.memory_body = 1000;
    let site = open(settings, counting);
    for (path, status) in [("/closed", 404), ("/ten", 413)] {
        let mut client = site.client();
        client.say(head(path, "Transfer-Encoding: chunked"));
        client.say(format!("400\r\n{}\r\n", "a".repeat(1024)));
        assert_eq!(client.answer().status, status, "{path}");
    }
    assert_eq!(site.handled(), 0);
    let mut client = site.client();
    client.say(head("/", "Transfer-Encoding: chunked"));
    for _ in 0..100 {
        client.say(format!("400\r\n{}\r\n", "a".repeat(1024)));
    }
    client.say("0\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer().text(), "102400");
    assert_eq!(client.answer().text(), "0", "and the next request is read where it begins");
}

#[test]
fn who_expects_an_invitation_to_a_large_body_gets_it_once_it_is_welcome() {
    let site = open(settings(), counting);
    let mut client = site.client();
    client.say(head("/", &format!("Expect: 100-continue\r\nContent-Length: {LARGE}")));
    assert_eq!(client.answer_without_body().status, 100);
    client.say(vec![b'a'; LARGE]);
    assert_eq!(client.answer().text(), LARGE.to_string());
}

#[test]
fn one_address_fills_its_part_and_is_told_when_to_come_again() {
    let site = open(narrow(), counting);
    let first = held(&site, 2, "/");
    let refused = whole(&site, 2, "/");
    assert_eq!((refused.status, refused.header("Retry-After")), (429, Some("10")));
    assert!(refused.text().contains("try again in 10 seconds"), "{}", refused.text());
    assert_eq!(whole(&site, 3, "/").text(), FILE.to_string(), "another address has its own");
    let mut small = site.client_from(2);
    small.say(post("/", "small"));
    assert_eq!(small.answer().text(), "5", "and what fits into memory comes through");
    drop(first);
    taken_in_the_end(&site, 2);
}

#[test]
fn strangers_together_leave_room_for_who_is_known() {
    let site = open(narrow(), counting);
    let strangers: Vec<_> = (2..=4).map(|last| held(&site, last, "/")).collect();
    let refused = whole(&site, 5, "/");
    assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("10")));
    assert_eq!(whole(&site, 5, "/team").text(), FILE.to_string());
    drop(strangers);
    taken_in_the_end(&site, 5);
}

#[test]
fn a_body_that_has_come_fast_may_not_rest_on_that_and_none_takes_for_ever() {
    let mut settings = settings();
    settings.limits.body_time = Duration::from_millis(300);
    settings.limits.slowest = 1000;
    let site = open(settings, counting);
    let mut fast = site.client();
    fast.say(head("/", &format!("Content-Length: {LARGE}")));
    fast.say(vec![b'a'; LARGE - 1]);
    assert_eq!(
        fast.answer().status,
        408,
        "at this pace the silence would have been bought for a quarter of an hour"
    );

    let mut settings = super::harness::settings();
    settings.limits.body_most = Duration::from_millis(500);
    let site = open(settings, counting);
    let mut steady = site.client();
    steady.say(head("/", &format!("Content-Length: {LARGE}")));
    let mut sending = steady.socket.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        for _ in 0..LARGE {
            if std::io::Write::write_all(&mut sending, b"a").is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    assert_eq!(steady.answer().status, 408);
    drop(steady);
    sender.join().unwrap();
    assert_eq!(site.handled(), 0);
}

#[test]
fn a_file_is_sent_from_where_it_lies_and_other_large_answers_have_their_bound() {
    const LEN: u64 = 40_000_000;
    let mut settings = narrow();
    settings.limits.memory_answer = 16 * 1024;
    let site = open(settings, |request| {
        let mut response = Response::new(200);
        response.body = if request.path == "/file" {
            let file = tempfile::tempfile().unwrap();
            file.set_len(LEN).unwrap();
            Content::File { file, len: LEN }
        } else {
            Content::Stream { reader: Box::new(std::io::repeat(b'a').take(LEN)), len: None }
        };
        response
    });
    let mut client = site.client();
    assert_eq!(client.get("/file").body.len() as u64, LEN, "it takes no room beside itself");
    client.say("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer_without_body().header("Content-Length"), Some(&*LEN.to_string()));
    let refused = client.get("/stream");
    assert_eq!((refused.status, refused.header("Retry-After")), (429, Some("10")));
    assert_eq!(site.ask(&get("/file")).status, 200);
}
