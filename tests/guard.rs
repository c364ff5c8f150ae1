//! The address guard and the client: what may be called, and what is known when a call fails.

use std::io::Cursor;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::time::Duration;

use crate::support::provider::{Say, StandIn, nowhere};
use transom::net::guard::is_public;
use transom::net::{Answer, Body, Call, CallError, Client, DownloadError, Part};

fn get(client: &Client, url: &str, time: Duration) -> Result<Answer, CallError> {
    client.call(Call { method: "GET", url, headers: &[], body: Body::None, time, trusted: false, most: 1000 })
}

fn open() -> Client {
    Client { allow_private: true, ..Client::default() }
}

/// Every way to spell an address that lies inward.
const INWARD: [&str; 62] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0",
    "0.0.0.0",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "127.255.255.254",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1.255",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "0.1.2.3",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "user@127.0.0.1",
    "user:password@localhost",
    "example.org@127.0.0.1",
];

/// A11 of the security list: whatever the spelling, nothing reaches the listener.
#[test]
fn no_spelling_of_an_inward_address_is_called() {
    let house = StandIn::new();
    let port = house.url.rsplit(':').next().unwrap();
    let guarded = Client::default();
    for host in INWARD {
        let by_port = get(&guarded, &format!("http://{host}:{port}/"), Duration::from_secs(5));
        assert!(
            matches!(by_port, Err(CallError::Forbidden(_) | CallError::NotSent(_))),
            "{host}: {by_port:?}"
        );
        for url in [format!("http://{host}/"), format!("https://{host}/")] {
            let answer = get(&guarded, &url, Duration::from_secs(5));
            // On its own port only the guard can say no; whatever else it was, the system cannot resolve it.
            let bare = host.rsplit('@').next().unwrap();
            let nobody = format!("{bare}:80").to_socket_addrs().is_err();
            let refused = matches!(answer, Err(CallError::Forbidden(_)));
            assert!(refused || (nobody && matches!(answer, Err(CallError::NotSent(_)))), "{url}: {answer:?}");
        }
    }
    assert_eq!(house.seen().len(), 0);
}

#[test]
fn only_web_schemes_on_their_own_ports_are_called_for_strangers() {
    let guarded = Client::default();
    for url in [
        "ftp://93.184.216.34/",
        "file:///etc/passwd",
        "gopher://93.184.216.34/",
        "http://93.184.216.34:22/",
        "https://93.184.216.34:8443/",
        "http://93.184.216.34:6379/",
    ] {
        let answer = get(&guarded, url, Duration::from_secs(5));
        assert!(matches!(answer, Err(CallError::Forbidden(_) | CallError::NotSent(_))), "{url}: {answer:?}");
    }
}

#[test]
fn public_addresses_are_public() {
    for address in [
        "93.184.216.34",
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:200::1",
    ] {
        assert!(is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
}

/// An administrator's own choice of host is called; the same host is not, when a message named it.
#[test]
fn a_trusted_call_leaves_no_open_door_for_the_others() {
    let house = StandIn::new();
    let client = Client::default();
    let trusted = Call {
        method: "GET",
        url: &house.url,
        headers: &[],
        body: Body::None,
        time: Duration::from_secs(5),
        trusted: true,
        most: 1000,
    };
    assert_eq!(client.call(trusted).unwrap().status, 200);
    let answer = get(&client, &house.url, Duration::from_secs(5));
    assert!(matches!(answer, Err(CallError::Forbidden(_))), "{answer:?}");
    assert_eq!(house.seen().len(), 1);
}

#[test]
fn redirects_are_not_followed() {
    let house = StandIn::new();
    house.say("/", &[Say::With(302, "Location: http://127.0.0.1:1/inner", String::new())]);
    assert_eq!(get(&open(), &house.url, Duration::from_secs(5)).unwrap().status, 302);
    assert_eq!(house.seen().len(), 1);
}

#[test]
fn without_a_connection_nothing_was_sent() {
    for url in [nowhere(), "http://no-such-host.invalid/".to_owned(), "not a url".to_owned()] {
        let answer = get(&open(), &url, Duration::from_secs(5));
        assert!(matches!(answer, Err(CallError::NotSent(_))), "{url}: {answer:?}");
    }
}

/// TLS that does not come about: the request never left.
#[test]
fn a_failed_handshake_sent_nothing() {
    let house = StandIn::new();
    let url = house.url.replace("http://", "https://");
    let answer = get(&open(), &url, Duration::from_secs(5));
    assert!(matches!(answer, Err(CallError::NotSent(_))), "{answer:?}");
}

#[test]
fn once_the_request_is_written_nobody_knows() {
    let house = StandIn::new();
    let lines =
        [Say::HangUp, Say::Silent(Duration::from_secs(3)), Say::Cut("{\"id\": \"half an answer\"}".into())];
    house.say("/", &lines);
    for _ in lines {
        let answer = get(&open(), &house.url, Duration::from_millis(500));
        assert!(matches!(answer, Err(CallError::Unsure(_))), "{answer:?}");
    }
}

#[test]
fn an_answer_over_the_limit_is_not_read() {
    let house = StandIn::new();
    house.say("/", &[Say::Answer(200, "x".repeat(1001))]);
    let answer = get(&open(), &house.url, Duration::from_secs(5));
    assert!(matches!(answer, Err(CallError::Unsure(_))), "{answer:?}");
    house.say("/", &[Say::Answer(200, "x".repeat(1000))]);
    assert_eq!(get(&open(), &house.url, Duration::from_secs(5)).unwrap().body.len(), 1000);
}

fn download(url: &str, most: u64, sink: &mut Vec<u8>) -> Result<Answer, DownloadError> {
    let time = Duration::from_secs(5);
    let call = Call { method: "GET", url, headers: &[], body: Body::None, time, trusted: false, most };
    open().download(call, sink)
}

#[test]
fn a_download_stops_at_its_limit_and_keeps_refusals_out_of_the_file() {
    let house = StandIn::new();
    house.say("/large", &[Say::Answer(200, "y".repeat(200_000))]);
    house.say("/gone", &[Say::Answer(404, "gone".into())]);
    let mut sink = Vec::new();
    assert!(matches!(
        download(&format!("{}/large", house.url), 100_000, &mut sink),
        Err(DownloadError::TooLarge)
    ));
    assert!(sink.len() <= 100_000);
    sink.clear();
    assert_eq!(download(&format!("{}/large", house.url), 200_000, &mut sink).unwrap().status, 200);
    assert_eq!(sink.len(), 200_000);
    sink.clear();
    let refused = download(&format!("{}/gone", house.url), 1000, &mut sink).unwrap();
    assert_eq!((refused.status, refused.body.as_slice(), sink.len()), (404, b"gone".as_slice(), 0));
}

#[test]
fn a_multipart_body_has_its_length_and_no_forged_lines() {
    let house = StandIn::new();
    let part = |name: &'static str, file_name: Option<&'static str>, text: &'static str| Part {
        name,
        file_name,
        content_type: file_name.map(|_| "image/png"),
        size: text.len() as u64,
        content: Box::new(Cursor::new(text)),
    };
    let hostile = "a\"; filename=\"b.php\"\r\nX-Evil: 1\r\n.png";
    let parts = vec![part("type", None, "image"), part("file", Some(hostile), "bytes")];
    let call = Call {
        method: "POST",
        url: &house.url,
        headers: &[],
        body: Body::Multipart(parts),
        time: Duration::from_secs(5),
        trusted: false,
        most: 1000,
    };
    assert_eq!(open().call(call).unwrap().status, 200);
    let seen = &house.seen()[0];
    assert_eq!(seen.header("content-length"), seen.body.len().to_string());
    let text = String::from_utf8(seen.body.clone()).unwrap();
    assert!(
        text.contains("name=\"file\"; filename=\"a%22; filename=%22b.php%22%0D%0AX-Evil: 1%0D%0A.png\"\r\n"),
        "{text}"
    );
    assert!(!text.contains("\nX-Evil"));
    assert!(text.contains("\r\n\r\nimage\r\n--transom-") && text.contains("\r\n\r\nbytes\r\n--transom-"));
}

/// A file that turned out shorter must not go out as a shorter file.
#[test]
fn a_file_that_ends_early_is_no_whole_request() {
    let house = StandIn::new();
    let short = Part {
        name: "file",
        file_name: Some("a"),
        content_type: None,
        size: 100,
        content: Box::new(Cursor::new("only this")),
    };
    let call = Call {
        method: "POST",
        url: &house.url,
        headers: &[],
        body: Body::Multipart(vec![short]),
        time: Duration::from_secs(5),
        trusted: false,
        most: 1000,
    };
    assert!(open().call(call).is_err());
    assert_eq!(house.seen().len(), 0);
}
