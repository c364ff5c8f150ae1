//! Answers are compressed where it tells nobody anything.

use std::io::Read as _;

use crate::support::TestDesk;
use crate::support::desk::Person;
use transom::domain::agent::Role;
use transom::web::http::{Content, Request, Response};

fn ask(desk: &TestDesk, who: &Person, target: &str, headers: &[(&str, &str)]) -> Response {
    let cookie = format!("transom={}", who.token);
    let mut request = Request::get(target).with_header("cookie", &cookie);
    for (name, value) in headers {
        request = request.with_header(name, value);
    }
    desk.app.handle(request)
}

fn bytes(response: Response) -> Vec<u8> {
    match response.body {
        Content::Bytes(bytes) => bytes,
        _ => panic!("no bytes"),
    }
}

fn packed(response: &Response) -> bool {
    response.header("content-encoding") == Some("gzip")
}

fn unpacked(response: Response) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(&bytes(response)[..]).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_page_is_compressed_for_a_browser_that_takes_it() {
    let desk = TestDesk::new();
    let marta = desk.person("Marta", Role::Agent);
    let gzip = ("accept-encoding", "gzip, deflate, br");
    let answer = ask(&desk, &marta, "/inbox", &[gzip]);
    assert!(packed(&answer));
    assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
    assert!(unpacked(answer).contains("</html>"));
    assert!(!packed(&ask(&desk, &marta, "/inbox", &[])));
    assert!(!packed(&ask(&desk, &marta, "/inbox", &[("accept-encoding", "br, gzip;q=0")])));
}

#[test]
fn a_page_that_another_site_asked_for_is_never_compressed() {
    let desk = TestDesk::new();
    let marta = desk.person("Marta", Role::Agent);
    let gzip = ("accept-encoding", "gzip");
    let site = |site, target| packed(&ask(&desk, &marta, target, &[gzip, ("sec-fetch-site", site)]));
    assert!(!site("cross-site", "/inbox"));
    assert!(!site("same-site", "/inbox?q=guess"));
    assert!(site("same-origin", "/inbox?q=garc"));
    assert!(site("none", "/inbox?view=all"));
    // A browser that does not say who asked could repeat what somebody else chose.
    assert!(!packed(&ask(&desk, &marta, "/inbox?q=guess", &[gzip])));
}

#[test]
fn the_length_of_a_compressed_page_varies_by_itself() {
    let desk = TestDesk::new();
    let marta = desk.person("Marta", Role::Agent);
    let length = || bytes(ask(&desk, &marta, "/inbox", &[("accept-encoding", "gzip")])).len();
    let first = length();
    assert!((0..40).any(|_| length() != first));
}

#[test]
fn style_and_script_come_compressed_or_as_they_are() {
    let desk = TestDesk::new();
    let every = &desk.app.assets.sheets().every;
    for url in [&every.style, &every.script] {
        let plain = bytes(desk.app.handle(Request::get(url)));
        let answer = desk.app.handle(Request::get(url).with_header("accept-encoding", "gzip"));
        assert!(packed(&answer));
        assert_eq!(unpacked(answer).as_bytes(), plain);
    }
}
