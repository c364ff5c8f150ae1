//! A session that ends while its browser waits for news.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use transom::domain::agent::Role;
use transom::store::event;
use transom::web::front::Front;

use crate::support::TestDesk;
use crate::support::desk::Person;

/// Shorter than what a waiting request is kept, so that its own end is not taken for that of the session.
const PATIENCE: Duration = Duration::from_secs(20);

fn served(desk: &TestDesk) -> Front {
    let front = desk.front();
    let waker = front.waker();
    desk.desk.live.connect(Box::new(move |topic| waker.wake(topic)));
    front
}

/// A browser that has asked for news and has been told nothing yet.
fn waiting(desk: &TestDesk, address: SocketAddr, person: &Person) -> TcpStream {
    let since = desk.read(event::latest);
    let mut socket = TcpStream::connect(address).unwrap();
    write!(
        socket,
        "GET /changes?since={since} HTTP/1.1\r\nHost: localhost\r\nCookie: transom={}\r\n\r\n",
        person.token
    )
    .unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    assert!(socket.peek(&mut [0]).is_err(), "there is no news");
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn heard(mut socket: &TcpStream) -> String {
    let mut answer = vec![0; 4096];
    let count = socket.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

/// T19: open streams too, and not when their time is over.
#[test]
fn who_is_signed_out_hears_nothing_more_on_a_request_that_waits() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let front = served(&desk);
    let end = |who: &Person, what: &str| match what {
        "signed out" => desk.post(who, "/logout", &[]).status,
        _ => desk.post(&ada, &format!("/settings/people/{}/disable", who.id), &[]).status,
    };
    for what in ["signed out", "disabled"] {
        let who = desk.person(&what.replace(' ', ""), Role::Agent);
        let waiting = waiting(&desk, front.address(), &who);
        assert_eq!(end(&who, what), 303, "{what}");
        let answer = heard(&waiting);
        assert!(answer.starts_with("HTTP/1.1 303"), "{what}: {answer}");
        assert!(answer.contains("Location: /login"), "{what}: {answer}");
    }
    front.stop(PATIENCE);
}
