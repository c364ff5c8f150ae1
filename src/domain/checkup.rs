//! Whether a channel does as it usually does: how long it is silent, and what the provider says of it.

use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::{Id, Span, Timestamp};

/// Over how long a channel's rhythm is remembered.
const MEMORY: Span = Span::days(14);
/// The silence that is taken for usual before anything is known. Generous, so that nobody is warned about a
/// channel that has only just begun.
const AT_FIRST: Span = Span::days(1);
/// No silence shorter than this is worth a word.
const NEVER_BEFORE: Span = Span::hours(24);
/// How many usual silences are an unusual one.
const TIMES: i64 = 5;
/// How often in a row the provider must complain before people are told: one failed call proves nothing.
const IN_A_ROW: u32 = 2;

/// How long before its end people are told that a token ends, and when it is pressing.
const ENDING: Span = Span::days(14);
const ENDING_SOON: Span = Span::days(3);

/// What is known of how a channel does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkup {
    pub channel: Id<Channel>,
    pub name: String,
    /// It is switched on, and its provider has not refused us.
    pub works: bool,
    /// Something else delivers to it: it is no simulator.
    pub is_fed: bool,
    pub received_at: Option<Timestamp>,
    /// How long a silence usually is; `None` until something came twice.
    pub silence: Option<Span>,
    /// How many checks in a row found something wrong.
    pub failures: u32,
    pub wrong: Vec<Wrong>,
    /// Something went in or out, or the provider said that all is well.
    pub is_proved: bool,
    /// When the provider ends our access unless somebody acts; `None`: never, or it does not tell.
    pub access_until: Option<Timestamp>,
}

/// Something that a check found wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Wrong {
    /// A key of the texts, as in `token`.
    pub step: String,
    /// The provider's own words.
    pub words: String,
}

/// Why somebody should look at a channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Worry {
    /// Nothing has come for much longer than usual.
    Silent { since: Timestamp },
    /// Its provider said this, more than once.
    Wrong(Wrong),
    /// Its provider ends our access at this time; `soon`: in a matter of days, or it has.
    Ends { at: Timestamp, soon: bool },
}

impl Checkup {
    /// What is worth a look now. A channel that is off, or known to be disconnected, says so by itself.
    pub fn worries(&self, now: Timestamp) -> Vec<Worry> {
        if !self.works {
            return Vec::new();
        }
        let mut worries = Vec::new();
        if let Some(at) = self.access_until.filter(|at| at.since(now) <= ENDING) {
            worries.push(Worry::Ends { at, soon: at.since(now) <= ENDING_SOON });
        }
        if let (true, Some(since), Some(silence)) = (self.is_fed, self.received_at, self.silence)
            && now.since(since) > patience(silence)
        {
            worries.push(Worry::Silent { since });
        }
        if self.failures >= IN_A_ROW {
            worries.extend(self.wrong.iter().cloned().map(Worry::Wrong));
        }
        worries
    }
}

/// How long a channel may be silent whose silences are usually so long.
fn patience(silence: Span) -> Span {
    NEVER_BEFORE.max(Span(silence.0.saturating_mul(TIMES)))
}

/// The usual silence after one more of this length. Silences count by their length: it is what one meets who
/// looks at any moment, so that a burst of messages does not make the following night look strange.
pub fn rhythm(usual: Option<Span>, silence: Span) -> Span {
    let (usual, length) = (i128::from(usual.unwrap_or(AT_FIRST).0), i128::from(silence.0.max(0)));
    let moved = usual + (length - usual) * length / (length + i128::from(MEMORY.0));
    Span(i64::try_from(moved).unwrap_or(i64::MAX))
}
