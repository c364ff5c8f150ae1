//! Who is next for a worker. Each address has its turn, so that one which asks for five hundred large files, each of which
//! keeps a worker for a while, makes its own requests wait and nobody else's for more than one of them.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

/// What waits, by the address that it comes from.
pub struct Turns<T> {
    waiting: HashMap<IpAddr, VecDeque<T>>,
    /// The addresses in the order of their turns: each once, as long as something of it waits.
    order: VecDeque<IpAddr>,
}

impl<T> Turns<T> {
    /// Nothing waits.
    pub fn new() -> Turns<T> {
        Turns { waiting: HashMap::new(), order: VecDeque::new() }
    }

    /// Behind everything else of this address; behind everybody when nothing of it waits.
    pub fn push(&mut self, from: IpAddr, what: T) {
        let waiting = self.waiting.entry(from).or_default();
        if waiting.is_empty() {
            self.order.push_back(from);
        }
        waiting.push_back(what);
    }

    /// The next of the address whose turn it is.
    pub fn pop(&mut self) -> Option<T> {
        let from = self.order.pop_front()?;
        let waiting = self.waiting.get_mut(&from)?;
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&from);
        } else {
            self.order.push_back(from);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_turn_and_what_one_asks_for_stays_in_order() {
        let address = |last| IpAddr::from([192, 0, 2, last]);
        let mut turns = Turns::new();
        for what in ["a1", "a2", "a3"] {
            turns.push(address(1), what);
        }
        turns.push(address(2), "b1");
        assert_eq!((turns.pop(), turns.pop()), (Some("a1"), Some("b1")));
        turns.push(address(3), "c1");
        turns.push(address(2), "b2");
        let rest: Vec<&str> = std::iter::from_fn(|| turns.pop()).collect();
        assert_eq!(rest, ["a2", "c1", "b2", "a3"]);
        assert!(turns.waiting.is_empty() && turns.order.is_empty(), "nothing of it stays behind");
    }
}
