//! Moments and lengths of time, as numbers. Nothing here asks what time it is.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A length of time in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Timestamp {
    /// A provider's count of whole seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Timestamp(seconds.saturating_mul(1000))
    }

    /// Whole seconds, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// What has passed since `earlier`; negative when `earlier` is later.
    pub const fn since(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// When a day begins there.
    pub fn midnight(day: jiff::civil::Date, zone: &jiff::tz::TimeZone) -> Timestamp {
        let start = day.to_zoned(zone.clone());
        start.map_or(Timestamp(0), |start| Timestamp(start.timestamp().as_millisecond()))
    }

    /// RFC 3339 in UTC, as programs read it.
    pub fn rfc3339(self) -> String {
        // Beyond the year 9999 there is no such text; nothing that happens at a desk lies there.
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX).to_string()
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// So many seconds.
    pub const fn seconds(n: i64) -> Self {
        Span(n * 1000)
    }

    /// So many minutes.
    pub const fn minutes(n: i64) -> Self {
        Span(n * 60_000)
    }

    /// So many hours of sixty minutes.
    pub const fn hours(n: i64) -> Self {
        Span(n * 3_600_000)
    }

    /// So many days of twenty-four hours.
    pub const fn days(n: i64) -> Self {
        Span(n * 86_400_000)
    }

    /// Whole minutes, rounded down, so that no time is promised that is not there.
    pub const fn whole_minutes(self) -> i64 {
        self.0.div_euclid(60_000)
    }

    /// Whole hours, rounded down.
    pub const fn whole_hours(self) -> i64 {
        self.0.div_euclid(3_600_000)
    }
}

impl Add<Span> for Timestamp {
    type Output = Timestamp;

    fn add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Timestamp;

    fn sub(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}
