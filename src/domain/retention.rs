//! How long what was said is kept.

use super::{Span, Timestamp};

/// The rule of one entry point, in days; `None`: for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rule {
    /// Closed conversations, from the last thing that was said in them.
    pub conversations: Option<u32>,
    /// The bytes of files, from when they came.
    pub files: Option<u32>,
    /// Letters as they came, beside what is shown of them.
    pub letters: Option<u32>,
    /// What was said in messages and notes, from when it came.
    pub texts: Option<u32>,
}

/// How many of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Amount {
    pub conversations: usize,
    pub files: usize,
    pub letters: usize,
    pub texts: usize,
}

/// The label of a message whose text has gone.
pub const TEXT_REMOVED: &str = "text_removed";

impl Rule {
    /// What is older than so many days lies before this moment; `None`: everything is kept.
    pub fn before(days: Option<u32>, now: Timestamp) -> Option<Timestamp> {
        days.map(|days| now - Span::days(i64::from(days)))
    }
}
