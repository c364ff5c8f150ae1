//! Asks providers how long they let us in, and renews what can be renewed before it ends: tokens that a provider
//! lengthens, and the access that a person gave on a provider's page.

use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use crate::desk::Desk;
use crate::domain::Id;
use crate::domain::channel::Channel;
use crate::store;

/// Nobody tells this topic but the end.
pub const TOPIC: &str = "access";

/// How often one looks what runs out. An access to a mailbox lasts an hour.
const PULSE: Duration = Duration::from_secs(30);

/// Asks until it is told to stop. Nothing else is done on this thread, so that a slow provider of another kind of
/// question lets no access run out.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    while !stop.is_set() {
        let seen = desk.live.count(TOPIC);
        for id in due(desk) {
            if stop.is_set() {
                return;
            }
            desk.renew(id, false);
        }
        stop.wait(desk, TOPIC, seen, PULSE);
    }
}

/// Asks for every channel that is due, and returns how many were asked.
pub fn drain(desk: &Desk) -> usize {
    let due = due(desk);
    for id in &due {
        desk.renew(*id, false);
    }
    due.len()
}

fn due(desk: &Desk) -> Vec<Id<Channel>> {
    let now = desk.clock.now();
    let due = desk.readers.read::<_, store::Error>(|c| store::checkup::access_due(c, now));
    due.unwrap_or_else(|fault| {
        log::error!("whose access is to be asked for cannot be read: {fault}");
        Vec::new()
    })
}
