//! What other threads want of the front: that it wakes a topic, or that it stops.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::locks::hold;

#[derive(Default)]
pub struct Wishes {
    pub topics: HashSet<String>,
    /// When the last client must be gone.
    pub stop_by: Option<Instant>,
    deaf: bool,
}

pub struct Calls {
    wishes: Mutex<Wishes>,
    bell: mio::Waker,
}

impl Calls {
    pub fn new(bell: mio::Waker) -> Calls {
        Calls { wishes: Mutex::default(), bell }
    }

    pub fn stop(&self, by: Instant) {
        hold(&self.wishes).stop_by = Some(by);
        self.ring();
    }

    pub fn take(&self) -> Wishes {
        std::mem::take(&mut *hold(&self.wishes))
    }

    /// Nobody listens any more, so nothing may pile up.
    pub fn close(&self) {
        let mut wishes = hold(&self.wishes);
        *wishes = Wishes::default();
        wishes.deaf = true;
    }

    fn wake(&self, topic: &str) {
        let mut wishes = hold(&self.wishes);
        // Whoever found it empty has rung, and the front empties it only after that.
        let first = wishes.topics.is_empty();
        if wishes.deaf || wishes.topics.contains(topic) {
            return;
        }
        wishes.topics.insert(topic.to_owned());
        drop(wishes);
        if first {
            self.ring();
        }
    }

    fn ring(&self) {
        match self.bell.wake() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                log::error!("the front cannot be woken: {error}");
            }
            _ => {}
        }
    }
}

/// Tells the front that something about a topic is new.
#[derive(Clone)]
pub struct Waker(pub(super) Arc<Calls>);

impl Waker {
    /// Cheap, callable from any thread, and it never waits for the front. Call it after the
    /// commit: whoever is asked again must see what is new.
    pub fn wake(&self, topic: &str) {
        self.0.wake(topic);
    }
}
