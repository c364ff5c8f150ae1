//! T15: the front behind nginx, HAProxy and Caddy. Whatever a client sends, the proxy and the front count the same requests, and
//! nobody gets what is another's. `TRANSOM_REQUIRE_PROXY=1` makes a missing proxy an error.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with};

use super::harness::web::http::Response;
use super::harness::{BODY_LIMIT, PATIENCE, Site, get, open, settings};
use crate::support::ports::free_port;

/// Framings that two programs could read differently. `@` is the path of the case; what follows the framing is `~`, a
/// request that an attacker would have slipped past the proxy.
const FRAMINGS: &[&str] = &[
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n Content-Length: 44\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nContent_Length: 44\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\x0b: chunked\r\nContent-Length: 5\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nX: y\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\n\r\nhello\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n0\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 44\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello~",
    "POST @ HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\nContent-Length: 44\r\n\r\n~",
    "POST @ HTTP/1.1\r\nHost: a\r\nConnection: close, Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n~",
    "GET @ HTTP/1.1\r\nHost: a\r\nContent-Length: 44\r\n\r\n~",
    "GET @ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n~",
    "HEAD @ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello~",
    "GET @ HTTP/1.1\nHost: a\n\n~",
    "GET @ HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n\r\n~",
    "GET http://b@ HTTP/1.1\r\nHost: a\r\n\r\n~",
    "GET @ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n~",
    "GET @\rX HTTP/1.1\r\nHost: a\r\n\r\n~",
];

/// A proxy in a process and a folder of its own.
struct Proxy {
    name: &'static str,
    address: SocketAddr,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Each is one process only.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(name: &str) -> Option<String> {
    let found = ["/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"]
        .iter()
        .map(|folder| format!("{folder}{name}"))
        .find(|path| Path::new(path).exists());
    let required = std::env::var_os("TRANSOM_REQUIRE_PROXY").is_some();
    assert!(found.is_some() || !required, "{name} is not installed");
    found
}

/// As README.md shows it, with short patience so that the test ends, and with kept connections to the front, because those
/// are what smuggling needs. It numbers every request that it sees: one without a number was slipped past it.
fn nginx(folder: &Path, listen: SocketAddr, front: SocketAddr) -> String {
    let at = folder.display();
    format!(
        "daemon off; master_process off; pid {at}/pid; error_log {at}/log; worker_rlimit_nofile 1024;\n\
         events {{ worker_connections 512; }}\n\
         http {{ access_log off; client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c;\n\
         uwsgi_temp_path {at}/d; scgi_temp_path {at}/e;\n\
         client_header_timeout 1s; client_body_timeout 1s; keepalive_timeout 1s; lingering_timeout 1s;\n\
         upstream desk {{ server {front}; keepalive 4; }}\n\
         server {{ listen {listen}; client_max_body_size 30m; location / {{\n\
         proxy_pass http://desk; proxy_http_version 1.1; proxy_set_header Connection \"\";\n\
         proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme;\n\
         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n\
         proxy_set_header X-Request-ID $request_id;\n\
         proxy_buffering off; proxy_request_buffering off; proxy_read_timeout 5s; }} }} }}\n"
    )
}

fn haproxy(_: &Path, listen: SocketAddr, front: SocketAddr) -> String {
    format!(
        "global\n  maxconn 500\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 1s\n  timeout server 5s\n  \
         timeout http-request 1s\n  timeout http-keep-alive 1s\n  option forwardfor\n  http-reuse always\n\
         frontend web\n  bind {listen}\n  http-request set-header X-Forwarded-Proto http\n  \
         http-request set-header X-Request-ID %[uuid()]\n  default_backend desk\n\
         backend desk\n  server desk {front}\n"
    )
}

fn caddy(_: &Path, listen: SocketAddr, front: SocketAddr) -> String {
    format!(
        "{{\n admin off\n auto_https off\n\
         servers {{\n timeouts {{\n read_body 1s\n read_header 1s\n idle 1s\n }}\n }}\n}}\n\
         http://:{} {{\n bind 127.0.0.1\n reverse_proxy {front} {{\n\
         header_up X-Request-ID {{http.request.uuid}}\n flush_interval -1\n }}\n}}\n",
        listen.port()
    )
}

/// The command that runs it in the foreground, with this file of settings.
fn command(name: &str, program: &str, folder: &Path, file: &Path) -> Command {
    let mut command = Command::new(program);
    match name {
        "nginx" => command.arg("-p").arg(folder).arg("-c").arg(file),
        "haproxy" => command.arg("-db").arg("-f").arg(file),
        _ => command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file),
    };
    // Caddy keeps what it writes in its home.
    command.env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
    command
}

fn proxy(name: &'static str, front: SocketAddr) -> Option<Proxy> {
    let program = program(name)?;
    let folder = tempfile::tempdir().unwrap();
    // Somebody else may take the port in between; then the proxy does not come, and the next port is tried.
    for _ in 0..5 {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let words = match name {
            "nginx" => nginx(folder.path(), address, front),
            "haproxy" => haproxy(folder.path(), address, front),
            _ => caddy(folder.path(), address, front),
        };
        let file = folder.path().join("proxy.conf");
        std::fs::write(&file, words).unwrap();
        let mut child = command(name, &program, folder.path(), &file)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && child.try_wait().unwrap().is_none() {
            if TcpStream::connect(address).is_ok() {
                return Some(Proxy { name, address, child, _folder: folder });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    panic!("{name} does not start");
}

/// What the front heard: path, and the number that the proxy gave it.
type Heard = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// A front that trusts the proxy, and says what it was asked and by whom.
fn site() -> (Site, Heard) {
    let heard = Heard::default();
    let writes = heard.clone();
    let mut settings = settings();
    settings.trust_proxy = vec!["127.0.0.1".parse().unwrap()];
    let site = open(settings, move |request| {
        let said = format!("[{}]", request.path);
        let number = request.headers.get("x-request-id").map(str::to_owned);
        writes.lock().unwrap().push((request.path.clone(), number));
        let body = request.body.into_bytes(BODY_LIMIT).unwrap_or_default();
        Response::text(200, &format!("{said} {} {} {}", request.peer, request.https, body.len()))
    });
    (site, heard)
}

/// A connection from another address of this machine than the proxy's own.
fn connect(address: SocketAddr) -> TcpStream {
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
    bind(&socket, &SocketAddr::from(([127, 0, 0, 9], 0))).unwrap();
    rustix::net::connect(&socket, &address).unwrap();
    let socket = TcpStream::from(socket);
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Everything that comes back until the proxy has heard enough.
fn say(address: SocketAddr, words: &str) -> String {
    let mut socket = connect(address);
    // A proxy may hang up before everything was said.
    let _ = socket.write_all(words.as_bytes());
    let mut answer = Vec::new();
    match socket.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(fault) if fault.kind() == ErrorKind::ConnectionReset => {}
        Err(fault) => panic!("{words:?}: {fault}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// An honest client's question over a connection of its own; the proxy takes one to the front that others have used.
fn honest(proxy: &Proxy, number: usize) {
    let path = format!("/honest{number}");
    let answer = say(proxy.address, &get(&path).replace("localhost", "localhost\r\nConnection: close"));
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains(&format!("[{path}]")),
        "{}: {answer:?}",
        proxy.name
    );
}

fn no_framing_divides(name: &'static str) {
    let (site, heard) = site();
    let Some(proxy) = proxy(name, site.address()) else {
        println!("{name}: not on this machine, not tried");
        return;
    };
    let answers: Vec<String> = std::thread::scope(|threads| {
        let proxy = &proxy;
        let ask = |(number, framing): (usize, &&str)| {
            // As long as the framings say.
            let slipped = format!("GET /slipped{number:03}. HTTP/1.1\r\nHost: aaaaaaa\r\n\r\n");
            assert_eq!(slipped.len(), 44);
            let words = framing.replace('@', &format!("/case{number:03}.")).replace('~', &slipped);
            threads.spawn(move || {
                let answer = say(proxy.address, &words);
                honest(proxy, number);
                answer
            })
        };
        let asking: Vec<_> = FRAMINGS.iter().enumerate().map(ask).collect();
        asking.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // Every connection to the front that is still open is used once more.
    (0..20).for_each(|number| honest(&proxy, 1000 + number));
    let heard = heard.lock().unwrap();
    let mut numbers = BTreeSet::new();
    for (path, number) in heard.iter() {
        let number = number.as_ref().unwrap_or_else(|| panic!("{name}: {path} was slipped past the proxy"));
        assert!(numbers.insert(number), "{name}: {path} came twice");
    }
    for (number, answer) in answers.iter().enumerate() {
        let framing = FRAMINGS[number];
        let others = answer.matches("[/").count() - answer.matches(&format!("{number:03}.]")).count();
        assert_eq!(others, 0, "{name}: {framing:?} got what is another's: {answer:?}");
        assert!(
            !answer.contains("HTTP/1.1 504"),
            "{name}: the two wait for each other: {framing:?}: {answer:?}"
        );
    }
    let both = heard.iter().filter(|(path, _)| path.starts_with("/case")).count();
    // Were nothing let through, nothing would have been tried.
    assert!(both >= 3, "{name}: only {both} of {} reached the front", FRAMINGS.len());
    println!("{name}: {} framings, {both} understood by both, 0 divided", FRAMINGS.len());
}

#[test]
fn no_framing_divides_nginx_and_the_front() {
    no_framing_divides("nginx");
}

#[test]
fn no_framing_divides_haproxy_and_the_front() {
    no_framing_divides("haproxy");
}

#[test]
fn no_framing_divides_caddy_and_the_front() {
    no_framing_divides("caddy");
}

/// Whom the desk believes is the last hop that the proxy itself has seen, whatever a client claims before it.
#[test]
fn behind_a_proxy_nobody_says_who_he_is_himself() {
    for name in ["nginx", "haproxy", "caddy"] {
        let (mut site, _) = site();
        let Some(proxy) = proxy(name, site.address()) else { continue };
        for claim in ["X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6;proto=https", "X-Real-IP: 6.6.6.6"]
        {
            let words = format!(
                "GET /who HTTP/1.1\r\nHost: a\r\n{claim}\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
            );
            let answer = say(proxy.address, &words);
            assert!(answer.starts_with("HTTP/1.1 200"), "{name}: {claim}: {answer:?}");
            assert!(
                !answer.contains("6.6.6.6") && answer.contains(" 127.0.0.9 false 0"),
                "{name}: {claim}: {answer:?}"
            );
        }
        drop(site.front.take());
        let gone = say(proxy.address, "GET /gone HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(
            ["HTTP/1.1 502", "HTTP/1.1 503", "HTTP/1.1 504"].iter().any(|bad| gone.starts_with(bad)),
            "{name}: {gone:?}"
        );
    }
}
