//! When people write: more by day than by night, less at weekends, more every month.

use crate::domain::{Span, Timestamp};

/// How long the desk has existed.
const DAYS: i64 = 730;
/// How busy the hours of a working day are.
const HOURS: [u64; 24] =
    [2, 1, 1, 1, 1, 2, 4, 10, 22, 34, 38, 36, 30, 28, 32, 34, 33, 30, 26, 22, 18, 14, 8, 4];

/// The hours of two years with how much has happened before each.
pub struct Calendar {
    begin: Timestamp,
    before: Vec<u64>,
}

impl Calendar {
    /// The two years before `end`.
    pub fn until(end: Timestamp) -> Calendar {
        let begin = end - Span::days(DAYS);
        let mut before = vec![0];
        let mut sum = 0;
        for hour in 0..u64::try_from(DAYS * 24).unwrap_or(0) {
            let at = begin.seconds() / 3600 + i64::try_from(hour).unwrap_or(0);
            let of_day = usize::try_from(at.rem_euclid(24)).unwrap_or(0);
            // The first day of 1970 was a Thursday.
            let weekend = (at.div_euclid(24) + 3).rem_euclid(7) >= 5;
            let growth = 100 + hour / 88;
            sum += HOURS[of_day] * growth / if weekend { 3 } else { 1 };
            before.push(sum);
        }
        Calendar { begin, before }
    }

    /// When number `number` of `all` begins; later numbers never earlier.
    pub fn moment(&self, number: i64, all: i64) -> Timestamp {
        let total = self.before.last().copied().unwrap_or(1).max(1);
        let wide = u128::from(total) * u128::from(number.unsigned_abs()) * 1000
            / u128::from(all.unsigned_abs().max(1) + 1);
        let point = u64::try_from(wide / 1000).unwrap_or(0);
        let hour =
            self.before.partition_point(|sum| *sum <= point).saturating_sub(1).min(self.before.len() - 2);
        let (start, end) = (u128::from(self.before[hour]) * 1000, u128::from(self.before[hour + 1]) * 1000);
        let within = wide.saturating_sub(start) * 3_600_000 / (end - start).max(1);
        let hours = Span::hours(i64::try_from(hour).unwrap_or(0));
        self.begin + hours + Span(i64::try_from(within).unwrap_or(0).min(3_599_999))
    }
}
