//! Days as mailboxes count them.

use crate::domain::{Span, Timestamp};

/// The day of a moment, counted from 1970.
pub(super) fn day(at: Timestamp) -> i64 {
    at.0.div_euclid(Span::days(1).0)
}

/// A day as IMAP writes it: `1-Feb-2026`.
pub(super) fn date(day: i64) -> String {
    let at = jiff::Timestamp::from_second(day.saturating_mul(86_400)).unwrap_or_default();
    at.strftime("%-d-%b-%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_imap_does() {
        assert_eq!(date(0), "1-Jan-1970");
        assert_eq!(date(20_485), "1-Feb-2026");
    }
}
