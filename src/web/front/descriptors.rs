//! Every connection is a descriptor, and the usual limit of 1,024 is soon reached.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For the database, the backend, the log and whatever else the process opens.
const OTHERS: u64 = 256;

/// A connection may hold one file for a body beside its socket.
const EACH: u64 = 2;

/// How many connections we can afford, at most `wanted`, after raising the soft limit for them.
pub fn afford(wanted: usize) -> usize {
    let need = wanted as u64 * EACH + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    let Some(mut current) = limit.current else {
        return wanted;
    };
    if current < need {
        let raised = limit.maximum.map_or(need, |maximum| maximum.min(need));
        let wish = Rlimit { current: Some(raised), maximum: limit.maximum };
        match setrlimit(Resource::Nofile, wish) {
            Ok(()) => current = raised,
            Err(error) => log::warn!("the limit of open files stays at {current}: {error}"),
        }
    }
    let affordable = current.saturating_sub(OTHERS).max(current / 2) / EACH;
    let granted = usize::try_from(affordable).map_or(wanted, |most| most.clamp(1, wanted.max(1)));
    if granted < wanted {
        log::warn!("only {granted} connections at a time: {current} files may be open");
    }
    granted
}
