//! How long what was said is kept.

use super::{Span, Timestamp};

/// The rule of one entry point, in days; `None`: for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rule {
    /// Closed conversations, from the last thing that was said in them.
    pub conversations: Option<u32>,
    /// The bytes of files, from when they came.
    pub files: Option<u32>,
}

impl Rule {
    /// What was said before this moment goes; `None`: nothing does.
    pub fn conversations_before(&self, now: Timestamp) -> Option<Timestamp> {
        self.conversations.map(|days| now - Span::days(i64::from(days)))
    }

    /// The same for files.
    pub fn files_before(&self, now: Timestamp) -> Option<Timestamp> {
        self.files.map(|days| now - Span::days(i64::from(days)))
    }
}
