//! Requests that wait for news: nobody misses any, and waiting costs no thread.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use super::harness::web::http::{Request, Response};
use super::harness::{Site, alone, get, open, post, settings};

const LONG: Duration = Duration::from_secs(60);

/// Says 204 and waits as long as `news` is nought, and 200 with the news afterwards. Every look
/// is reported.
fn newsroom(for_: Duration) -> (Site, Arc<AtomicUsize>, mpsc::Receiver<String>) {
    let news = Arc::new(AtomicUsize::new(0));
    let (looked, looks) = mpsc::channel();
    let (source, looked) = (news.clone(), Mutex::new(looked));
    let answer = move |request: Request| {
        let now = source.load(Ordering::SeqCst);
        looked.lock().unwrap().send(request.path.clone()).ok();
        let kept = request.headers.get("cookie") == Some("kept");
        match now {
            0 => Response::new(204).with_header("X-Kept", "1").with_park("inbox", for_),
            _ => Response::text(200, &format!("{now} {} {kept}", request.query)),
        }
    };
    (open(settings(), answer), news, looks)
}

/// By the time this answer has come, the front has parked whoever was answered before.
fn settle(site: &Site) {
    site.ask(&post("/settle", "x"));
}

#[test]
fn a_wake_brings_the_news_and_the_same_request_is_asked_again() {
    let (site, news, looks) = newsroom(LONG);
    let mut client = site.client();
    client.say("GET /changes?since=7 HTTP/1.1\r\nHost: a\r\nCookie: kept\r\n\r\n");
    looks.recv().unwrap();
    settle(&site);
    site.waker().wake("another topic");
    news.store(5, Ordering::SeqCst);
    site.waker().wake("inbox");
    assert_eq!(client.answer().text(), "5 since=7 true");
    assert_eq!(client.get("/changes?next").text(), "5 next false", "the connection goes on");
}

#[test]
fn when_the_time_is_over_the_parked_answer_comes() {
    let (site, _, looks) = newsroom(Duration::from_millis(300));
    let mut client = site.client();
    client.say(get("/changes"));
    looks.recv().unwrap();
    // Waking without news must not make the time longer.
    let waker = site.waker();
    let waking = thread::spawn(move || {
        for _ in 0..100 {
            waker.wake("inbox");
            thread::sleep(Duration::from_millis(100));
        }
    });
    let answer = client.answer();
    assert_eq!((answer.status, answer.header("X-Kept")), (204, Some("1")));
    assert!(!waking.is_finished(), "it waited until the waking ended");
    assert_eq!(client.get("/again").status, 204);
}

#[test]
fn a_wake_between_the_look_and_the_parking_is_not_lost() {
    let (looked, looks) = mpsc::channel();
    let (woken, wake) = mpsc::channel();
    let (looked, wake) = (Mutex::new(looked), Mutex::new(wake));
    let asked = AtomicUsize::new(0);
    let site = open(settings(), move |request| {
        if request.path != "/changes" || asked.fetch_add(1, Ordering::SeqCst) > 0 {
            return Response::text(200, "news");
        }
        // It has looked, found nothing, and is slow to say so; meanwhile there is news.
        looked.lock().unwrap().send(()).unwrap();
        wake.lock().unwrap().recv().unwrap();
        Response::new(204).with_park("inbox", LONG)
    });
    let mut client = site.client();
    client.say(get("/changes"));
    looks.recv().unwrap();
    site.waker().wake("inbox");
    settle(&site);
    woken.send(()).unwrap();
    assert_eq!(client.answer().text(), "news");
}

#[test]
fn many_wakes_are_one_question() {
    let (site, news, looks) = newsroom(LONG);
    let mut client = site.client();
    client.say(get("/changes"));
    assert_eq!(looks.recv().unwrap(), "/changes");
    settle(&site);
    for _ in 0..200 {
        site.waker().wake("inbox");
        thread::sleep(Duration::from_millis(1));
    }
    news.store(1, Ordering::SeqCst);
    site.waker().wake("inbox");
    assert_eq!(client.answer().status, 200);
    let looks = looks.try_iter().filter(|path| path == "/changes").count();
    assert!(looks < 100, "asked {looks} times for 201 wakes");
}

#[test]
fn only_a_get_without_a_body_is_parked() {
    let (site, _, _looks) = newsroom(LONG);
    assert_eq!(site.ask(&post("/", "")).status, 204);
    assert_eq!(site.ask(&post("/", "body")).status, 204);
    assert_eq!(site.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").status, 204);
    let with_body = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na";
    assert_eq!(site.ask(with_body).status, 204);
}

#[test]
fn who_goes_away_is_not_asked_for_any_more() {
    let (site, news, looks) = newsroom(LONG);
    let (mut gone, mut stays) = (site.client(), site.client());
    gone.say(get("/gone"));
    stays.say(get("/stays"));
    let mut first = [looks.recv().unwrap(), looks.recv().unwrap()];
    first.sort();
    assert_eq!(first, ["/gone", "/stays"]);
    settle(&site);
    drop(gone);
    settle(&site);
    news.store(1, Ordering::SeqCst);
    site.waker().wake("inbox");
    assert_eq!(stays.answer().status, 200);
    settle(&site);
    let later: Vec<_> = looks.try_iter().filter(|path| path != "/settle").collect();
    assert_eq!(later, ["/stays"]);
}

#[test]
fn what_follows_a_parked_request_waits_for_it() {
    let (site, news, looks) = newsroom(LONG);
    let mut client = site.client();
    client.say(get("/changes?first") + &get("/changes?second"));
    looks.recv().unwrap();
    settle(&site);
    news.store(1, Ordering::SeqCst);
    site.waker().wake("inbox");
    assert_eq!(client.answer().text(), "1 first false");
    assert_eq!(client.answer().text(), "1 second false");
}

#[test]
fn five_hundred_wait_without_a_thread() {
    if !alone() {
        return;
    }
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let (site, news, looks) = newsroom(LONG);
    settle(&site);
    let before = threads();
    let mut clients: Vec<_> = (0..500).map(|_| site.client()).collect();
    for client in &mut clients {
        client.say(get("/changes"));
    }
    // One more than the clients, because of the settling.
    for _ in 0..=500 {
        looks.recv().unwrap();
    }
    settle(&site);
    assert!(threads() <= before + 4, "{before} threads became {}", threads());
    assert!(threads() < 30);
    news.store(1, Ordering::SeqCst);
    site.waker().wake("inbox");
    for client in &mut clients {
        assert_eq!(client.answer().text(), "1  false");
    }
}
