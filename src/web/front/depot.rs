//! Who keeps how many bytes in our temporary files: bodies on their way in, answers on their way out.
//!
//! A temporary file lies on a disk that other things need, so all of them together have a bound, and each
//! address has a smaller one. Bytes are given back when the file goes, wherever it is held by then.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use super::settings::Limits;
use crate::locks::hold;
use crate::store::room::Room;

/// Of so many parts of the whole one is out of reach for strangers, so that a flood of theirs leaves room for
/// deliveries and for the team.
const RESERVE: u64 = 4;

/// The books of our temporary files.
#[derive(Debug)]
pub struct Depot {
    kept: Mutex<Kept>,
    all: u64,
    each: u64,
}

#[derive(Debug, Default)]
struct Kept {
    all: u64,
    by: HashMap<IpAddr, u64>,
}

/// The bytes of one file. They are given back when this is dropped.
#[derive(Debug)]
pub struct Share {
    depot: Arc<Depot>,
    whose: IpAddr,
    known: bool,
    bytes: u64,
}

/// There is no room for more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Full {
    /// This address has taken its part.
    Yours,
    /// All addresses together have.
    Everybodys,
}

impl Depot {
    /// As much as the limits say, and no more than half of what is free now where temporary files lie.
    pub fn open(limits: &Limits) -> Arc<Depot> {
        let free = Room::under(&std::env::temp_dir()).free;
        let all = limits.files_all.min(free / 2);
        Arc::new(Depot { kept: Mutex::default(), all, each: limits.files_each.min(all / 4) })
    }

    /// What a file of this address takes: nothing yet.
    pub fn share(self: &Arc<Depot>, whose: IpAddr, known: bool) -> Share {
        Share { depot: self.clone(), whose: household(whose), known, bytes: 0 }
    }
}

impl Share {
    /// Whoever it is has shown by now who it is.
    pub const fn know(&mut self) {
        self.known = true;
    }

    /// Takes so many bytes more, or none.
    pub fn grow(&mut self, more: u64) -> Result<(), Full> {
        let mut kept = hold(&self.depot.kept);
        let reserve = if self.known { 0 } else { self.depot.all / RESERVE };
        if kept.all.saturating_add(more) > self.depot.all - reserve {
            return Err(Full::Everybodys);
        }
        let own = kept.by.get(&self.whose).copied().unwrap_or_default();
        if own.saturating_add(more) > self.depot.each {
            return Err(Full::Yours);
        }
        kept.all += more;
        kept.by.insert(self.whose, own + more);
        self.bytes += more;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut kept = hold(&self.depot.kept);
        kept.all = kept.all.saturating_sub(self.bytes);
        let left = kept.by.get(&self.whose).map_or(0, |own| own.saturating_sub(self.bytes));
        if left == 0 {
            kept.by.remove(&self.whose);
        } else {
            kept.by.insert(self.whose, left);
        }
    }
}

impl Full {
    /// What is behind an error of writing, if it is this.
    pub fn behind(error: &io::Error) -> Option<Full> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Full::Yours => "one address keeps too much in files",
            Full::Everybodys => "too much is kept in files",
        })
    }
}

impl std::error::Error for Full {}

/// Whoever has one IPv6 address has 2^64 of them.
pub fn household(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => std::net::Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depot() -> Arc<Depot> {
        Arc::new(Depot { kept: Mutex::default(), all: 100, each: 40 })
    }

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn an_address_has_its_part_and_gives_it_back() {
        let depot = depot();
        let mut first = depot.share(address(1), true);
        assert_eq!(first.grow(30), Ok(()));
        let mut second = depot.share(address(1), true);
        assert_eq!(second.grow(20), Err(Full::Yours));
        assert_eq!(second.grow(10), Ok(()));
        drop(first);
        assert_eq!(second.grow(30), Ok(()));
        drop(second);
        let kept = hold(&depot.kept);
        assert_eq!((kept.all, kept.by.len()), (0, 0), "nothing is left behind");
    }

    #[test]
    fn strangers_leave_a_part_to_those_who_are_known() {
        let depot = depot();
        let mut strangers: Vec<Share> = (1..=3).map(|last| depot.share(address(last), false)).collect();
        assert_eq!(strangers[0].grow(40), Ok(()));
        assert_eq!(strangers[1].grow(35), Ok(()));
        assert_eq!(strangers[2].grow(1), Err(Full::Everybodys));
        let mut known = depot.share(address(3), true);
        assert_eq!(known.grow(25), Ok(()));
        assert_eq!(known.grow(1), Err(Full::Everybodys));
    }
}
