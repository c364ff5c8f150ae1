//! What a provider kept back during an outage, all at once.

use std::collections::HashMap;
use std::io::BufReader;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::client::{count, read_in};
use crate::hostile::{address, at, connect};
use crate::load::{deliver, delivery};
use crate::process::{PATIENCE, Served};
use crate::steady::{Agents, full};
use crate::times;
use crate::verdict::Tally;

/// The connections of the provider.
const CONNECTIONS: usize = 40;
/// Between two deliveries of all together: five thousand in five seconds.
const PACE: Duration = Duration::from_millis(1);

/// How it was taken.
#[derive(Default)]
pub struct Told {
    /// How long each 200 took.
    pub took: Vec<Duration>,
    /// How often each other answer was given.
    pub others: HashMap<u16, usize>,
}

/// Sends `count` deliveries at their moments, each until it is taken, as providers do; `word` begins their names.
pub fn send(served: &Served, hook: &str, word: &str, count: usize) -> Told {
    let (next, told, begun) = (AtomicUsize::new(0), Mutex::new(Told::default()), Instant::now());
    let connection = || {
        let mut stream = BufReader::new(connect(address(served)));
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            let due = begun + PACE * u32::try_from(number).unwrap();
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            loop {
                let asked = Instant::now();
                let name = format!("{word}-{number}");
                let signed = delivery(&name, u64::try_from(number % 40).unwrap(), "");
                let status = deliver(&mut stream, hook, &name, &signed);
                assert!(asked.duration_since(begun) < 10 * PATIENCE, "{number} is never taken");
                let mut told = told.lock().unwrap();
                match status {
                    Some(200) => {
                        told.took.push(asked.elapsed());
                        break;
                    }
                    other => *told.others.entry(other.unwrap_or_default()).or_default() += 1,
                }
                drop(told);
                if status.is_none() {
                    stream = BufReader::new(connect(address(served)));
                }
                std::thread::sleep(Duration::from_millis(300));
            }
        }
    };
    std::thread::scope(|threads| {
        for _ in 0..CONNECTIONS {
            threads.spawn(connection);
        }
    });
    told.into_inner().unwrap()
}

/// T17: everything is taken, if need be after a 503, and is there once; agents go on meanwhile.
#[test]
fn a_burst_after_an_outage_is_kept_once_while_agents_go_on() {
    let burst = times(300, 5_000);
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let hook = full(&db, times(1_000, 100_000), &[]);
    let served = Served::with(&db, &["serve"], "Transom serves");
    let agents = Agents::come(&served.url);
    // Until everybody has looked once.
    std::thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    let mut told = send(&served, &hook, "burst", burst);
    let lasted = begun.elapsed();
    let begun = Instant::now();
    read_in(&db);
    let waited = begun.elapsed();
    let pages = agents.go();
    told.took.sort();
    println!(
        "burst: {} deliveries in {} ms over {CONNECTIONS} connections, p50 {} ms, p99 {} ms, other answers {:?}; read in \
         {} ms later; {} pages meanwhile p50 {} ms, p99 {} ms",
        told.took.len(),
        lasted.as_millis(),
        at(&told.took, 50),
        at(&told.took, 99),
        told.others,
        waited.as_millis(),
        pages.len(),
        at(&pages, 50),
        at(&pages, 99)
    );
    assert_eq!(told.took.len(), burst);
    assert!(told.others.keys().all(|status| *status == 503), "{:?}", told.others);
    let all = i64::try_from(burst).unwrap();
    let ours = "FROM message WHERE body LIKE 'This is what burst-%'";
    assert_eq!(count(&db, &format!("SELECT count(*) {ours}")), all, "each is a message");
    assert_eq!(count(&db, &format!("SELECT count(DISTINCT body) {ours}")), all, "and one only");
    assert!(served.stop(), "it stops well");
    let mut tally = Tally { tried: 1, ..Tally::default() };
    tally.judge(&db, &(0..burst).map(|number| format!("burst-{number}")).collect::<Vec<_>>());
    tally.close("a burst");
}
