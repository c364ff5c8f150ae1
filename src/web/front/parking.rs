//! Which connections wait for which topic, and which topics were woken lately.

use std::collections::{HashMap, HashSet, VecDeque};

use mio::Token;

/// A handler that takes longer than this many wakes is asked again without need, once.
const REMEMBERED: usize = 1024;

#[derive(Default)]
pub struct Parking {
    waiting: HashMap<String, HashSet<Token>>,
    /// The latest wakes, the last one being number `count`.
    lately: VecDeque<String>,
    count: u64,
}

impl Parking {
    /// Noted before a handler looks, and shown when its answer wants to be parked.
    pub fn mark(&self) -> u64 {
        self.count
    }

    /// Whether the topic was woken after `mark`, that is, perhaps after the handler's look.
    pub fn woken_since(&self, topic: &str, mark: u64) -> bool {
        let since = usize::try_from(self.count - mark).unwrap_or(usize::MAX);
        since > self.lately.len() || self.lately.iter().rev().take(since).any(|woken| woken == topic)
    }

    pub fn enter(&mut self, topic: &str, token: Token) {
        match self.waiting.get_mut(topic) {
            Some(tokens) => {
                tokens.insert(token);
            }
            None => {
                self.waiting.insert(topic.to_owned(), HashSet::from([token]));
            }
        }
    }

    pub fn leave(&mut self, topic: &str, token: Token) {
        if let Some(tokens) = self.waiting.get_mut(topic) {
            tokens.remove(&token);
            if tokens.is_empty() {
                self.waiting.remove(topic);
            }
        }
    }

    /// Those who wait for it now; whoever is on the way will ask `woken_since`.
    pub fn wake(&mut self, topic: String) -> Vec<Token> {
        let woken =
            self.waiting.get(&topic).map(|tokens| tokens.iter().copied().collect()).unwrap_or_default();
        self.count += 1;
        self.lately.push_back(topic);
        if self.lately.len() > REMEMBERED {
            self.lately.pop_front();
        }
        woken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_during_the_look_is_remembered() {
        let mut parking = Parking::default();
        parking.wake("inbox".to_owned());
        let mark = parking.mark();
        assert!(!parking.woken_since("inbox", mark), "that was before");
        parking.wake("other".to_owned());
        assert!(!parking.woken_since("inbox", mark));
        parking.wake("inbox".to_owned());
        assert!(parking.woken_since("inbox", mark));
        assert!(!parking.woken_since("inbox", parking.mark()));
    }

    #[test]
    fn forgotten_wakes_count_as_woken() {
        let mut parking = Parking::default();
        let mark = parking.mark();
        for _ in 0..=REMEMBERED {
            parking.wake("other".to_owned());
        }
        assert!(parking.woken_since("inbox", mark));
    }

    #[test]
    fn who_has_left_is_not_woken_and_leaves_nothing_behind() {
        let mut parking = Parking::default();
        parking.enter("inbox", Token(1));
        parking.enter("inbox", Token(2));
        parking.leave("inbox", Token(1));
        assert_eq!(parking.wake("inbox".to_owned()), [Token(2)]);
        parking.leave("inbox", Token(2));
        assert!(parking.waiting.is_empty());
    }
}
