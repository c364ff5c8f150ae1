//! A desk that is asked to stop while it is busy, and those who come meanwhile.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::crowd::half_words;
use crate::hostile::address;
use crate::load::{Load, prepare};
use crate::process::{PATIENCE, Served};
use crate::times;
use crate::verdict::Tally;

/// What those hear who come one after the other until nobody lets them in.
#[derive(Default)]
struct Heard {
    statuses: Vec<u16>,
    /// Let in, and then left without a word: a browser says that the connection was lost, and tries again.
    unanswered: usize,
}

impl Heard {
    /// Comes again and again, each time by a new connection.
    fn from(address: SocketAddr) -> JoinHandle<Heard> {
        std::thread::spawn(move || {
            let mut heard = Heard::default();
            while let Ok(mut socket) = TcpStream::connect(address) {
                socket.set_read_timeout(Some(PATIENCE)).unwrap();
                let mut answer = Vec::new();
                let asked =
                    socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                let _ = asked.and_then(|()| socket.read_to_end(&mut answer));
                let status = String::from_utf8_lossy(&answer);
                match status.split(' ').nth(1).and_then(|word| word.parse().ok()) {
                    Some(status) => heard.statuses.push(status),
                    None => heard.unanswered += 1,
                }
            }
            heard
        })
    }
}

/// T39: asked to stop under load it ends within its bound, and leaves one file. Nobody hears that the desk is at fault:
/// who comes is answered, or is not let in any more.
#[test]
fn a_stop_under_load_is_quick_and_leaves_one_file() {
    let (mut slowest, mut answered, mut unanswered) = (Duration::ZERO, 0, 0);
    let count = times(3, 100);
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let hook = prepare(&db);
    let (mut tally, mut must) = (Tally::default(), Vec::new());
    for round in 0..count {
        let served = Served::with(&db, &["serve"], "Transom serves");
        let load = Load::start(&served.url, &hook, &format!("stop{round}"));
        let hostile = half_words(&served, 60);
        let comers = [Heard::from(address(&served)), Heard::from(address(&served))];
        std::thread::sleep(Duration::from_millis(400));
        let begun = Instant::now();
        assert!(served.stop(), "it ends well");
        slowest = slowest.max(begun.elapsed());
        drop(hostile);
        for comer in comers {
            let heard = comer.join().unwrap();
            assert_eq!(heard.statuses.iter().find(|status| **status != 200), None, "{:?}", heard.statuses);
            answered += heard.statuses.len();
            unanswered += heard.unanswered;
        }
        let (acknowledged, figures) = load.end();
        assert_eq!(figures.faults, Vec::<u16>::new(), "who delivers is acknowledged or comes again");
        must.extend(acknowledged);
        assert!(!folder.path().join("transom.db-wal").exists(), "one file is left");
    }
    tally.tried = count;
    tally.judge(&db, &must);
    // The mark is two seconds; this only tells a stop from one that hangs, on whatever machine.
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    assert!(answered > count, "hardly anybody came");
    let slowest = slowest.as_millis();
    tally.close(&format!(
        "stopped under load, beside half words, slowest {slowest} ms; {answered} pages until then, 0 with 5xx, {unanswered} \
         let in and not answered"
    ));
}
