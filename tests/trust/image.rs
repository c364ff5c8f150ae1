//! The two files of a desk as a power loss leaves them: what was synced is there; of what was written since, each
//! page has any of its later states or none, some are torn, and the length is any that the file had since.

use std::collections::BTreeMap;
use std::path::Path;

use crate::disk::{Op, Part};

const PAGE: usize = 4096;
const SECTOR: usize = 512;

/// Replays what happened, and makes images on the way.
#[derive(Default)]
pub struct Replay {
    files: [State; 2],
    at: usize,
}

/// One file: what programs see of it, and what a power loss may leave.
#[derive(Default, Clone)]
pub struct State {
    /// As it is on the disk for sure.
    durable: Vec<u8>,
    /// As programs see it.
    current: Vec<u8>,
    /// The states that each page has had since the last sync.
    pages: BTreeMap<usize, Vec<Vec<u8>>>,
    lengths: Vec<usize>,
}

impl State {
    /// A file that is on the disk for sure.
    pub fn synced(bytes: Vec<u8>) -> State {
        State { durable: bytes.clone(), current: bytes, ..State::default() }
    }

    /// As programs see it.
    pub fn current(&self) -> &[u8] {
        &self.current
    }

    /// Bytes were written.
    pub fn write(&mut self, at: u64, bytes: &[u8]) {
        let from = usize::try_from(at).unwrap();
        let until = from + bytes.len();
        if self.current.len() < until {
            self.current.resize(until, 0);
        }
        self.current[from..until].copy_from_slice(bytes);
        for page in from / PAGE..until.div_ceil(PAGE) {
            let state = piece(&self.current, page);
            self.pages.entry(page).or_default().push(state);
        }
        self.lengths.push(self.current.len());
    }

    /// It was made shorter or longer.
    pub fn truncate(&mut self, to: u64) {
        self.current.resize(usize::try_from(to).unwrap(), 0);
        self.lengths.push(self.current.len());
    }

    /// It was synced.
    pub fn sync(&mut self) {
        self.durable.resize(self.current.len(), 0);
        for page in std::mem::take(&mut self.pages).into_keys() {
            let from = (page * PAGE).min(self.current.len());
            let until = (from + PAGE).min(self.current.len());
            self.durable[from..until].copy_from_slice(&self.current[from..until]);
        }
        self.lengths.clear();
    }

    /// What a power loss leaves of it.
    pub fn image(&self) -> Vec<u8> {
        let mut image = self.durable.clone();
        let length = choose(self.lengths.len() + 1).checked_sub(1).map(|n| self.lengths[n]);
        image.resize(length.unwrap_or(image.len()), 0);
        for (page, states) in &self.pages {
            let old = piece(&self.durable, *page);
            let any = |n: usize| n.checked_sub(1).map_or(&old, |n| &states[n]);
            let mut chosen = any(choose(states.len() + 1)).clone();
            if choose(5) == 0 {
                let other = any(choose(states.len() + 1));
                let tear = choose(PAGE / SECTOR) * SECTOR;
                chosen[tear..].copy_from_slice(&other[tear..]);
            }
            let from = page * PAGE;
            let until = (from + PAGE).min(image.len());
            if from < until {
                image[from..until].copy_from_slice(&chosen[..until - from]);
            }
        }
        image
    }
}

/// One page of a file, filled up with zeros where the file ends.
fn piece(file: &[u8], page: usize) -> Vec<u8> {
    let from = (page * PAGE).min(file.len());
    let mut piece = file[from..(from + PAGE).min(file.len())].to_vec();
    piece.resize(PAGE, 0);
    piece
}

/// A number below `most`.
pub fn choose(most: usize) -> usize {
    usize::try_from(transom::random::number() % u64::try_from(most.max(1)).unwrap()).unwrap()
}

impl Replay {
    /// Begins with these files on the disk.
    pub fn from(main: Vec<u8>, log: Vec<u8>) -> Replay {
        Replay { files: [State::synced(main), State::synced(log)], at: 0 }
    }

    /// Goes on to the moment at which `until` operations have happened.
    pub fn go(&mut self, ops: &[Op], until: usize) {
        for op in &ops[self.at..until] {
            match op {
                Op::Write(part, at, bytes) => self.files[*part as usize].write(*at, bytes),
                Op::Truncate(part, to) => self.files[*part as usize].truncate(*to),
                Op::Sync(part) => self.files[*part as usize].sync(),
            }
        }
        self.at = until;
    }

    /// Writes the files as a power loss at this moment leaves them.
    pub fn image(&self, database: &Path) {
        std::fs::write(database, self.files[Part::Main as usize].image()).unwrap();
        let log = self.files[Part::Log as usize].image();
        std::fs::write(transom::store::pairing::beside(database, "-wal"), log).unwrap();
    }
}
