//! Clients who take their time.

use std::io::Read;
use std::io::Write;
use std::thread;
use std::time::Duration;

use super::harness::web::front::Settings;
use super::harness::web::http::{Content, Response};
use super::harness::{Gate, get, open, post, settings};

const SOON: Duration = Duration::from_millis(300);

fn impatient() -> Settings {
    let mut settings = settings();
    let limits = &mut settings.limits;
    (limits.head_time, limits.idle_time) = (SOON, SOON);
    (limits.body_time, limits.write_time) = (SOON, SOON);
    (limits.queue_time, limits.linger_time) = (SOON, SOON);
    settings
}

#[test]
fn a_head_that_drips_is_cut_at_the_deadline() {
    let site = open(impatient(), |_| Response::text(200, "never"));
    let mut client = site.client();
    let mut dripping = client.socket.try_clone().unwrap();
    let drip = thread::spawn(move || {
        for byte in get("/slow").bytes().cycle() {
            if dripping.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    });
    assert_eq!(client.answer().status, 408);
    drip.join().unwrap();
    assert_eq!(site.handled(), 0);
}

#[test]
fn a_body_that_drips_is_cut_and_no_worker_waited_for_it() {
    let mut settings = impatient();
    settings.workers = 1;
    settings.limits.slowest = 1_000_000;
    let site = open(settings, |_| Response::text(200, "here"));
    let mut slow: Vec<_> = (0..5).map(|_| site.client()).collect();
    for client in &mut slow {
        client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\na");
    }
    assert_eq!(site.ask(&get("/")).text(), "here");
    for client in &mut slow {
        assert_eq!(client.answer().status, 408);
        client.assert_closed();
    }
    assert_eq!(site.handled(), 1);
}

#[test]
fn who_says_nothing_is_closed_without_a_word() {
    let site = open(impatient(), |_| Response::text(200, "here"));
    let mut silent = site.client();
    let mut idle = site.client();
    idle.get("/");
    silent.assert_closed();
    idle.assert_closed();
}

#[test]
fn a_reader_that_never_reads_holds_no_worker_and_is_cut() {
    let mut settings = impatient();
    settings.workers = 1;
    settings.limits.slowest = u64::MAX;
    // Making the large answers may take a while on a busy machine.
    settings.limits.queue_time = Duration::from_secs(20);
    let site = open(settings, |request| {
        let mut response = Response::new(200);
        if request.path == "/large" {
            let reader = Box::new(std::io::repeat(b'a').take(50_000_000));
            response.body = Content::Stream { reader, len: None };
        }
        response
    });
    let mut lazy: Vec<_> = (0..4).map(|_| site.client()).collect();
    for client in &mut lazy {
        client.say(get("/large"));
    }
    assert_eq!(site.ask(&get("/")).status, 200);
    for client in &mut lazy {
        // Wait until the front has given up; only then is the rest missing for good.
        thread::sleep(SOON * 2);
        let mut got = 0;
        while client.hear() {
            got += client.heard.len();
            client.heard.clear();
        }
        assert!(got < 50_000_000, "the whole answer came");
    }
}

#[test]
fn who_waits_too_long_for_a_worker_is_told_so() {
    let (release, arrived) = (Gate::default(), Gate::default());
    let (released, arriving) = (release.clone(), arrived.clone());
    let mut settings = impatient();
    settings.workers = 1;
    let site = open(settings, move |_| {
        arriving.open();
        released.wait();
        Response::text(200, "at last")
    });
    let mut first = site.client();
    first.say(get("/"));
    arrived.wait();
    let mut second = site.client();
    second.say(post("/", "body"));
    let answer = second.answer();
    assert_eq!((answer.status, answer.header("Connection")), (503, Some("close")));
    release.open();
    assert_eq!(first.answer().text(), "at last");
    assert_eq!(site.ask(&get("/")).text(), "at last");
    assert_eq!(site.handled(), 2, "the second was done after it had been refused");
}
