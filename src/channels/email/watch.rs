//! Further folders of a mailbox, each watched by a connection of its own: a server tells of one folder a connection
//! (RFC 2177).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::super::Account;
use super::mailbox;

/// How many folders are watched beside the first. Large providers take ten or fifteen connections from all programs
/// together (support.google.com/mail/answer/7126229).
const MOST: usize = 4;
/// For how long one goes without a word; routers forget a silent connection after ten minutes.
const WAIT: Duration = Duration::from_secs(9 * 60);
/// After how long watching is begun anew where some of it broke off.
const WORN: Duration = Duration::from_secs(10 * 60);

#[derive(Default)]
struct State {
    over: AtomicBool,
    news: AtomicBool,
    watched: AtomicUsize,
}

/// Connections that watch folders, until this is let go.
pub(super) struct Watch {
    state: Arc<State>,
    folders: usize,
    began: Instant,
}

impl Watch {
    /// Begins to watch the first of these folders. What cannot be watched is looked at from time to time instead, so
    /// nothing here is an error.
    pub(super) fn begin(account: &Account, folders: &[String]) -> Watch {
        let state = Arc::new(State::default());
        for folder in folders.iter().take(MOST) {
            let (account, folder, held) = (account.clone(), folder.clone(), state.clone());
            let started = std::thread::Builder::new()
                .name("watch".to_owned())
                .spawn(move || watch(&account, &folder, &held));
            if let Err(fault) = started {
                log::warn!("a folder of a mailbox cannot be watched: {fault}");
            }
        }
        Watch { state, folders: folders.len(), began: Instant::now() }
    }

    /// Whether something may have come since the last [`Watch::told`].
    pub(super) fn has_news(&self) -> bool {
        self.state.news.load(Ordering::Acquire)
    }

    /// What may have come is being looked at.
    pub(super) fn told(&self) {
        self.state.news.store(false, Ordering::Release);
    }

    /// Whether each folder is watched.
    pub(super) fn is_whole(&self) -> bool {
        self.state.watched.load(Ordering::Acquire) == self.folders
    }

    /// Whether it is time to begin anew, because some connection has broken off.
    pub(super) fn is_worn(&self) -> bool {
        let wanted = self.folders.min(MOST);
        self.state.watched.load(Ordering::Acquire) < wanted && self.began.elapsed() > WORN
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::Release);
    }
}

fn watch(account: &Account, folder: &str, state: &State) {
    let Ok(mut imap) = mailbox::open(account) else { return };
    if imap.can("IDLE") && imap.select(folder, false).is_ok() {
        let _watched = Watched::begin(state);
        // Something may have come between the last look and this connection.
        state.news.store(true, Ordering::Release);
        let is_over = || state.over.load(Ordering::Acquire);
        while !is_over() {
            match imap.idle(WAIT, &is_over) {
                Ok(changed) => {
                    if changed {
                        state.news.store(true, Ordering::Release);
                    }
                }
                Err(_) => break,
            }
        }
    }
    imap.leave();
}

/// A folder that is watched, until the connection ends, by whatever it ends.
struct Watched<'a>(&'a State);

impl<'a> Watched<'a> {
    fn begin(state: &'a State) -> Watched<'a> {
        state.watched.fetch_add(1, Ordering::AcqRel);
        Watched(state)
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.watched.fetch_sub(1, Ordering::AcqRel);
        self.0.news.store(true, Ordering::Release);
    }
}
