//! The promises about the file, as figures: the real program under load, copied, killed and restored. Each test
//! prints what it tried and what was lost. The short form runs always; `TRANSOM_LONG=1` asks for the long one.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that meets the unexpected should stop")]

mod asleep;
mod bombs;
mod bulk;
mod burst;
mod client;
mod copies;
mod cores;
mod crashes;
mod crowd;
mod disk;
#[path = "../support/ending.rs"]
mod ending;
mod entries;
mod everywhere;
mod faults;
mod floor;
mod forged;
mod full;
mod ground;
mod guesses;
mod hostile;
mod image;
mod inside;
mod killed;
mod later;
mod leases;
mod letters;
#[path = "../support/listener.rs"]
#[expect(dead_code, reason = "shared with the other kinds of tests, which use more of it")]
mod listener;
mod load;
mod names;
mod offline;
#[path = "../support/ports.rs"]
mod ports;
mod power;
#[path = "../support/process.rs"]
#[expect(dead_code, reason = "shared with the other kinds of tests, which use more of it")]
mod process;
#[path = "../support/provider.rs"]
#[expect(dead_code, reason = "shared with the other kinds of tests, which use more of it")]
mod provider;
mod reader;
#[path = "../support/relay.rs"]
#[expect(dead_code, reason = "shared with the other kinds of tests, which use more of it")]
mod relay;
#[path = "../mail_servers/servers.rs"]
#[expect(dead_code, reason = "shared with the other kinds of tests, which use more of it")]
mod servers;
mod sessions;
#[path = "../support/shapes.rs"]
mod shapes;
mod steady;
mod stops;
mod system;
mod together;
#[path = "../support/traffic.rs"]
#[expect(dead_code, reason = "shared with the other kinds of tests, which use more of it")]
mod traffic;
mod upgrades;
mod verdict;
mod visitors;
mod year;

/// What modules that are shared know by this name.
mod support {
    pub(crate) use crate::{ending, ports, provider};
}

/// How often to try: a few times, or as often as it takes to believe it; `TRANSOM_LONG=0.2` is a fifth of that.
fn times(short: usize, long: usize) -> usize {
    let Some(part) = std::env::var("TRANSOM_LONG").ok().and_then(|part| part.parse::<f64>().ok()) else {
        return short;
    };
    (1..=long).filter(|n| (*n as f64) <= (long as f64 * part).max(short as f64)).count()
}
