//! Many clients who mean no good, and an honest one beside them: how long he waits, and what they cost.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::net::sockopt::{set_socket_linger, set_socket_recv_buffer_size};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::process::{PATIENCE, Served};
use crate::times;

pub fn connect(address: SocketAddr) -> TcpStream {
    connect_from(1, address).unwrap()
}

/// A connection from one of many addresses of this machine.
pub fn connect_from(last: u8, address: SocketAddr) -> rustix::io::Result<TcpStream> {
    connect_at(Ipv4Addr::new(127, 0, 0, last), address)
}

/// The same from any of them.
pub fn connect_at(from: Ipv4Addr, address: SocketAddr) -> rustix::io::Result<TcpStream> {
    // A desk that another test starts must not inherit it: it would hold it open.
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddr::from((from, 0)))?;
    rustix::net::connect(&socket, &address)?;
    Ok(socket.into())
}

/// One page as a browser gets it; how long it took.
fn honest(address: SocketAddr) -> Duration {
    let begun = Instant::now();
    let mut socket = connect(address);
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    begun.elapsed()
}

/// Asks until `stop`, and returns how long each answer took, sorted.
fn honest_until(address: SocketAddr, stop: &AtomicBool) -> Vec<Duration> {
    let mut took = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        took.push(honest(address));
        std::thread::sleep(Duration::from_millis(10));
    }
    took.sort();
    took
}

pub fn at(sorted: &[Duration], percent: usize) -> u128 {
    sorted.get(sorted.len() * percent / 100).or(sorted.last()).map_or(0, Duration::as_millis)
}

/// Both ends of every connection are ours to hold.
pub fn many_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
}

pub struct Figures {
    pub threads: u64,
    pub megabytes: u64,
    /// The most that it ever had.
    pub peak: u64,
}

pub fn figures(served: &Served) -> Figures {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.id())).unwrap();
    let field = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    let megabytes = |name: &str| field(name) / 1024;
    Figures { threads: field("Threads:"), megabytes: megabytes("VmRSS:"), peak: megabytes("VmHWM:") }
}

/// Where it is reached.
pub fn address(served: &Served) -> SocketAddr {
    served.url.trim_start_matches("http://").parse().unwrap()
}

/// How many clients it holds open. Its own links within are sockets, too, but no client's.
fn clients(served: &Served) -> usize {
    let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", served.id())).unwrap();
    let tcp: HashSet<&str> = table.lines().filter_map(|line| line.split_whitespace().nth(9)).collect();
    let all = std::fs::read_dir(format!("/proc/{}/fd", served.id())).unwrap();
    let names = all.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let inode =
        |name: &PathBuf| name.to_str()?.strip_prefix("socket:[")?.strip_suffix(']').map(str::to_owned);
    names.filter_map(|name| inode(&name)).filter(|inode| tcp.contains(inode.as_str())).count()
}

/// Waits until hardly any client is left, though nobody has let go, and prints how long that took.
/// What they asked for before is answered first, which takes its time where there is much.
pub fn all_cut(served: &Served) {
    let begun = Instant::now();
    while clients(served) > 20 {
        assert!(begun.elapsed() < 10 * PATIENCE, "{} are still open", clients(served));
        std::thread::sleep(Duration::from_millis(100));
    }
    println!("  all were cut {} s after the last word", begun.elapsed().as_secs());
}

/// Lets `attack` happen while an honest client asks, and prints what it cost. The desk must be well afterwards.
pub fn beside_an_honest_client<T>(what: &str, count: usize, attack: impl FnOnce(&Served) -> T) {
    many_descriptors();
    beside(Served::new(), what, count, attack);
}

/// The same at a desk that is served already.
pub fn beside<T>(served: Served, what: &str, count: usize, attack: impl FnOnce(&Served) -> T) {
    let address = address(&served);
    let before = figures(&served);
    let stop = Arc::new(AtomicBool::new(false));
    let asking = std::thread::spawn({
        let stop = stop.clone();
        move || honest_until(address, &stop)
    });
    let attackers = attack(&served);
    // So that the honest client has asked often enough to be told of.
    std::thread::sleep(Duration::from_secs(1));
    let during = figures(&served);
    stop.store(true, Ordering::Relaxed);
    let took = asking.join().unwrap();
    drop(attackers);
    let begun = Instant::now();
    while honest(address) > Duration::from_millis(500) {
        assert!(begun.elapsed() < PATIENCE, "{what}: not well again");
    }
    println!(
        "{what}: {count} hostile, honest p50 {} ms, p99 {} ms, worst {} ms of {}; threads {} (before {}), memory {} MB \
         (before {})",
        at(&took, 50),
        at(&took, 99),
        at(&took, 100),
        took.len(),
        during.threads,
        before.threads,
        during.megabytes,
        before.megabytes
    );
    assert!(during.threads <= 100, "{what}: {} threads", during.threads);
    assert!(during.megabytes <= before.megabytes + 100, "{what}: {} MB", during.megabytes);
    assert!(served.stop(), "{what}: it stops well");
}

#[test]
fn idle_connections_cost_nearly_nothing() {
    // More than the house has room for: the last are turned away, and nobody who is in notices.
    let count = times(500, 10_000);
    beside_an_honest_client("idle connections", count, |served| {
        let address = address(served);
        let mut idle = Vec::new();
        for _ in 0..count {
            let mut socket = connect_from(u8::try_from(idle.len() / 2_500 + 2).unwrap(), address).unwrap();
            if idle.len() % 2 == 0 {
                let _ = socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            idle.push(socket);
        }
        idle
    });
}

#[test]
fn heads_and_bodies_that_drip_hold_nobody_up() {
    // T14: ten half heads for each slow body, from six addresses.
    let count = times(110, 5_500);
    beside_an_honest_client("slow heads and bodies", count, |served| {
        let from =
            |number: usize| connect_from(u8::try_from(number % 6 + 2).unwrap(), address(served)).unwrap();
        let mut slow: Vec<TcpStream> = (0..count).map(from).collect();
        for (number, socket) in slow.iter_mut().enumerate() {
            let begin: &[u8] = if number % 11 > 0 {
                b"GET /login HTTP/1.1\r\nHost: a\r\nX: "
            } else {
                b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n"
            };
            // Those that came first may have been cut by now.
            let _ = socket.write_all(begin);
        }
        // A byte a second each, until the desk has had enough of every one.
        for _ in 0..times(4, 20) {
            for socket in &mut slow {
                let _ = socket.write_all(b"a");
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        all_cut(served);
        slow
    });
}

#[test]
fn readers_that_stop_hold_nobody_up() {
    let count = times(50, 500);
    beside_an_honest_client("readers that stop, with pipelined requests", count, |served| {
        let readers: Vec<TcpStream> = (0..count).map(|_| connect(address(served))).collect();
        for mut socket in &readers {
            set_socket_recv_buffer_size(socket, 4096).unwrap();
            socket.set_nonblocking(true).unwrap();
            for _ in 0..200 {
                if socket.write_all(b"GET /static/app.css HTTP/1.1\r\nHost: a\r\n\r\nGET /login HTTP/1.1\r\nHost: a\r\n\r\n").is_err() {
                    break;
                }
            }
        }
        std::thread::sleep(Duration::from_secs(2));
        // Half a minute is what a reader may rest, and more than the short form takes.
        if times(0, 1) > 0 {
            all_cut(served);
        }
        readers
    });
}

#[test]
fn resets_broken_heads_and_foreign_protocols_hold_nobody_up() {
    let count = times(600, 12_000);
    let words: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000000\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    ];
    beside_an_honest_client("resets, broken heads, other protocols", count, |served| {
        let address = address(served);
        for number in 0..count {
            let mut socket = connect(address);
            let _ = socket.write_all(words[number % words.len()]);
            if number % 2 == 0 {
                set_socket_linger(&socket, Some(Duration::ZERO)).unwrap();
            }
            // A thousand a second: faster, and it is the system's queue that turns the honest client down.
            if number % 50 == 49 {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    });
}
