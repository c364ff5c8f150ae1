//! The same front under TLS.

use std::fs::{self, File};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal, kill_process};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use super::harness::web::front::{Settings, TlsFiles};
use super::harness::web::http::Response;
use super::harness::{Answer, Client, PATIENCE, Site, get, open, settings};
use crate::support::ports::free_port;

type Secure = StreamOwned<ClientConnection, TcpStream>;

struct Authority {
    folder: TempDir,
    issued: u64,
}

impl Authority {
    fn new() -> Authority {
        Authority { folder: tempfile::tempdir().unwrap(), issued: 0 }
    }

    /// Writes a new certificate with its key, newer than the one before.
    fn issue(&mut self) -> CertificateDer<'static> {
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        self.issued += 10;
        let time = SystemTime::now() + Duration::from_secs(self.issued);
        for (name, text) in [("cert", signed.cert.pem()), ("key", signed.signing_key.serialize_pem())] {
            let path = self.folder.path().join(name);
            fs::write(&path, text).unwrap();
            File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        }
        signed.cert.der().clone()
    }

    fn settings(&self) -> Settings {
        let folder = self.folder.path();
        let files = TlsFiles { cert: folder.join("cert"), key: folder.join("key") };
        Settings { tls: Some(files), ..settings() }
    }
}

fn secure(site: &Site, trusted: &CertificateDer<'static>) -> Client<Secure> {
    secured(site.client().socket, trusted)
}

fn secured(socket: TcpStream, trusted: &CertificateDer<'static>) -> Client<Secure> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    Client { socket: StreamOwned::new(connection, socket), heard: Vec::new() }
}

fn site(settings: Settings) -> Site {
    open(settings, |request| match request.path.as_str() {
        "/large" => Response::html("a".repeat(5_000_000)),
        "/parked" => Response::new(204).with_park("x", Duration::from_millis(300)),
        path => Response::text(200, &format!("{path} {} {}", request.https, request.body.len())),
    })
}

#[test]
fn requests_are_answered_under_tls() {
    let mut authority = Authority::new();
    let certificate = authority.issue();
    let site = site(authority.settings());
    let mut client = secure(&site, &certificate);
    assert_eq!(client.get("/a").text(), "/a true 0");
    // Both come in one record, so the poll set hears of the second one never.
    client.say(get("/b") + &get("/parked") + &get("/c"));
    assert_eq!(client.answer().text(), "/b true 0");
    assert_eq!(client.answer().status, 204);
    assert_eq!(client.answer().text(), "/c true 0");
    assert_eq!(client.get("/large").body.len(), 5_000_000);
    let body = "a".repeat(1_000_000);
    client.say(format!("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    assert_eq!(client.answer().text(), "/up true 1000000");
    client.say("GET /bye HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(client.answer().status, 200);
    // An end without TLS's own goodbye would be an error here.
    client.assert_closed();
}

#[test]
fn a_new_certificate_is_used_without_a_restart() {
    let mut authority = Authority::new();
    let old = authority.issue();
    let site = site(authority.settings());
    let mut before = secure(&site, &old);
    assert_eq!(before.get("/a").status, 200);

    fs::write(authority.folder.path().join("cert"), "half a certif").unwrap();
    assert_eq!(secure(&site, &old).get("/a").status, 200, "the old one serves until then");

    let new = authority.issue();
    assert_eq!(secure(&site, &new).get("/a").status, 200);
    assert!(secure(&site, &old).socket.write_all(b"GET").is_err(), "the old one is gone");
    assert_eq!(before.get("/a").status, 200, "nobody is cut off");
}

#[test]
fn plain_words_on_the_tls_port_get_a_plain_answer() {
    let mut authority = Authority::new();
    authority.issue();
    let site = site(authority.settings());
    let mut client = site.client();
    client.say(get("/"));
    assert_eq!(client.answer().status, 400);
    client.assert_closed();
    assert_eq!(site.handled(), 0);
}

#[test]
fn a_handshake_that_drips_is_cut() {
    let mut authority = Authority::new();
    let certificate = authority.issue();
    let mut settings = authority.settings();
    settings.limits.head_time = Duration::from_millis(300);
    let site = site(settings);
    let mut dripping: Vec<_> = (0..50).map(|_| site.client()).collect();
    for client in &mut dripping {
        client.say(b"\x16\x03\x01");
    }
    assert_eq!(secure(&site, &certificate).get("/").status, 200);
    for client in &mut dripping {
        while client.hear() {}
        assert!(client.heard.len() < 10, "no more than an alert");
    }
}

#[test]
fn files_that_are_no_certificate_are_said_at_the_start() {
    let authority = Authority::new();
    for name in ["cert", "key"] {
        fs::write(authority.folder.path().join(name), "nothing").unwrap();
    }
    let handler = Arc::new(Nobody);
    let error = super::harness::web::front::Front::start(authority.settings(), handler);
    assert!(error.err().unwrap().to_string().contains("cert"));
}

struct Nobody;

impl super::harness::web::server::Handler for Nobody {
    fn handle(&self, _: super::harness::web::http::Request) -> Response {
        Response::new(500)
    }

    fn body_limit(&self, _: super::harness::web::http::Method, _: &str) -> u64 {
        0
    }
}

fn ask_at(address: SocketAddr, words: &str) -> Answer {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut client = Client { socket, heard: Vec::new() };
    client.say(words);
    client.answer()
}

/// The whole program: browsers that ask without TLS are led to the configured address, over a real connection; nothing
/// else is served there.
#[test]
fn the_program_leads_from_the_plain_door_to_the_one_with_tls() {
    let mut authority = Authority::new();
    let certificate = authority.issue();
    let folder = authority.folder.path();
    let (cert, key) = (folder.join("cert"), folder.join("key"));
    let [plain, listen] = std::array::from_fn(|_| SocketAddr::from(([127, 0, 0, 1], free_port())));
    let words = [
        "serve",
        "--tls-cert",
        cert.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
        "--public-url",
        "https://desk.example.org",
        "--redirect-from",
        &plain.to_string(),
    ];
    let db = folder.join("transom.db");
    let mut child = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(words)
        .args(["--listen", &listen.to_string(), "--db", db.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let mut open = || {
        assert!(child.try_wait().unwrap().is_none(), "the desk ended by itself");
        assert!(begun.elapsed() < PATIENCE, "the desk does not come");
        [listen, plain].iter().all(|address| TcpStream::connect(address).is_ok())
    };
    while !open() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let ask = |words: &str| ask_at(plain, words);
    for (path, led) in [
        ("/inbox?view=all", "https://desk.example.org/inbox?view=all"),
        ("//evil.example/x", "https://desk.example.org//evil.example/x"),
        ("/a%0d%0aSet-Cookie:%20b=c", "https://desk.example.org/a%0d%0aSet-Cookie:%20b=c"),
    ] {
        let answer = ask(&get(path).replace("localhost", "evil.example"));
        assert_eq!((answer.status, answer.header("Location")), (301, Some(led)));
        assert!(answer.header("Set-Cookie").is_none());
    }
    let form = ask("POST /login HTTP/1.1\r\nHost: desk.example.org\r\nContent-Length: 0\r\n\r\n");
    assert_eq!((form.status, form.header("Location")), (403, None), "what came in clear is not helped on");
    let socket = TcpStream::connect(listen).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let answer = secured(socket, &certificate).get("/healthz");
    assert_eq!(answer.status, 200);
    assert!(answer.header("Strict-Transport-Security").is_some(), "{}", answer.head);
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success(), "it stops well");
}
