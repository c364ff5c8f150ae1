//! A few addresses that want everything: all places in the house, or all of its disk.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_recv_buffer_size;
use transom::store::readers;

use crate::hostile::{address, all_cut, beside, beside_an_honest_client, connect_from, many_descriptors};
use crate::load::{Load, prepare};
use crate::process::{PATIENCE, Served};
use crate::steady::{full, sign_in};
use crate::times;

const HALF_HEAD: &[u8] = b"GET /login HTTP/1.1\r\nHost: a\r\nX: ";
const HALF_BODY: &[u8] = b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf";
const UNREAD: &[u8] = b"GET /static/app.css HTTP/1.1\r\nHost: a\r\n\r\n";

/// Connections that have begun a head or a body, or do not read their answers.
pub fn half_words(served: &Served, count: usize) -> Vec<TcpStream> {
    let words = [HALF_HEAD, HALF_BODY, &UNREAD.repeat(400)];
    let begun = words.into_iter().cycle().take(count).map(|words| {
        let mut socket = connect_from(2, address(served)).unwrap();
        socket.set_nonblocking(true).unwrap();
        // As much as fits: whoever does not read is not listened to for ever.
        let _ = socket.write(words);
        socket
    });
    begun.collect()
}

/// T14: more half heads than there are places. Everybody honest is answered 200, or `beside_an_honest_client` stops.
#[test]
fn half_heads_of_a_few_addresses_keep_nobody_out() {
    let count = times(600, 10_000);
    beside_an_honest_client("half heads from five addresses", count, |served| {
        let mut half = Vec::new();
        for number in 0..count {
            let mut socket = connect_from(u8::try_from(number % 5 + 2).unwrap(), address(served)).unwrap();
            let _ = socket.write_all(HALF_HEAD);
            half.push(socket);
            // A thousand a second: faster, and it is the system's queue that turns the honest client down.
            if number % 50 == 49 {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        half
    });
}

/// Where a picture of about three megabytes is, or of half a one in the short form, and how long it is.
fn large_answer(served: &Served) -> (String, i64) {
    let connection = readers::open(&served.db).unwrap();
    let nearest = "SELECT key, size FROM attachment ORDER BY abs(size - ?1) LIMIT 1";
    let about = if times(0, 1) > 0 { 3_000_000 } else { 500_000 };
    let (key, size): (String, i64) =
        connection.query_row(nearest, [about], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    (format!("/attachments/{key}"), size)
}

/// T14: readers who ask for megabytes and take a few bytes a second of them.
#[test]
fn slow_readers_of_large_answers_hold_nobody_up() {
    let count = times(24, 500);
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    full(&db, 100, &["--files", "60MB"]);
    many_descriptors();
    let served = Served::with(&db, &["serve"], "Transom serves");
    let ((path, bytes), cookie) = (large_answer(&served), sign_in(&served.url));
    beside(served, "slow readers of large answers", count, |served| {
        let from =
            |number: usize| connect_from(u8::try_from(number % 6 + 2).unwrap(), address(served)).unwrap();
        let mut readers: Vec<TcpStream> = (0..count).map(from).collect();
        for socket in &mut readers {
            set_socket_recv_buffer_size(&*socket, 4096).unwrap();
            socket.set_nonblocking(true).unwrap();
            write!(socket, "GET {path} HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n\r\n").unwrap();
        }
        let (mut answered, mut piece, begun) = (0, [0; 256], Instant::now());
        let mut rounds = times(4, 20);
        // At least half of them shall have begun to read, however long laying down their answers takes.
        while rounds > 0 || answered * 2 < count {
            assert!(begun.elapsed() < 3 * PATIENCE, "only {answered} of {count} were given anything");
            std::thread::sleep(Duration::from_secs(1));
            for socket in &mut readers {
                let read = socket.read(&mut piece).unwrap_or(0);
                answered += usize::from(piece[..read].starts_with(b"HTTP/1.1 200"));
            }
            rounds = rounds.saturating_sub(1);
        }
        println!("  {answered} answers of {bytes} bytes have begun");
        if times(0, 1) > 0 {
            all_cut(served);
        }
        readers
    });
}

/// What the temporary files of the desk take on the disk, in bytes: they have no names.
fn kept(served: &Served) -> u64 {
    let all = std::fs::read_dir(format!("/proc/{}/fd", served.id())).unwrap();
    let nameless = all.filter_map(|entry| {
        let path = entry.ok()?.path();
        let name = std::fs::read_link(&path).ok()?;
        name.to_string_lossy()
            .ends_with("(deleted)")
            .then(|| std::fs::metadata(path).map_or(0, |file| file.len()))
    });
    nameless.sum()
}

/// The status of an answer that comes before the body has.
fn status(mut socket: &TcpStream) -> String {
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Strangers send large bodies and never end them, beside signed deliveries that all must come in.
#[test]
fn large_bodies_of_strangers_fill_no_disk_and_hold_up_no_delivery() {
    const PART: u64 = 512 << 20;
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let hook = prepare(&db);
    let served = Served::with(&db, &["serve"], "Transom serves");
    let load = Load::start(&served.url, &hook, "beside");
    for target in ["/hooks/4711", "/api/v1/attachments", "/conversations/1/messages"] {
        for number in 0..times(10, 200) {
            let mut socket = connect_from(u8::try_from(number % 5 + 2).unwrap(), address(&served)).unwrap();
            write!(socket, "POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n").unwrap();
            let told = status(&socket);
            assert!(["HTTP/1.1 404", "HTTP/1.1 401", "HTTP/1.1 413"].contains(&&*told), "{target}: {told}");
        }
    }
    assert_eq!(kept(&served), 0, "of those nothing came to the disk");
    // A channel that exists takes bodies of anybody until their signature is looked at: an address has its part.
    let (mut held, mut most) = (Vec::new(), 0);
    for _ in 0..times(10, 180) {
        let mut socket = connect_from(2, address(&served)).unwrap();
        write!(socket, "POST {hook} HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n").unwrap();
        // Who is refused stops being listened to after a while.
        let _ = socket.write_all(&vec![b'a'; 3_999_999]);
        held.push(socket);
        most = most.max(kept(&served));
    }
    let refused = load.figures().refused;
    let acknowledged = load.stop();
    println!(
        "large bodies: {} held, {} MB of temporary files at most, {} signed deliveries taken, {refused} refused",
        held.len(),
        most >> 20,
        acknowledged.len()
    );
    assert!(most > 0 && most <= PART, "{most}");
    assert_eq!((refused, acknowledged.is_empty()), (0, false));
    assert!(served.stop());
}
