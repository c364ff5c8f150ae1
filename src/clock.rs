//! The only place that asks the system what time it is.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::{Span, Timestamp};

/// Tells the time. A simulated desk may run ahead of the world by an offset.
#[derive(Debug, Default)]
pub struct Clock {
    offset: AtomicI64,
    fixed: Option<AtomicI64>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Clock::default()
    }

    /// A clock that stands still until it is moved, for tests.
    pub fn standing(at: Timestamp) -> Self {
        Clock { offset: AtomicI64::new(0), fixed: Some(AtomicI64::new(at.0)) }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        let base = match &self.fixed {
            Some(fixed) => fixed.load(Ordering::Relaxed),
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |passed| i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)),
        };
        Timestamp(base.saturating_add(self.offset.load(Ordering::Relaxed)))
    }

    /// Moves the clock on (or back) by `span`, on a simulated desk or in a test.
    pub fn shift(&self, span: Span) {
        self.offset.fetch_add(span.0, Ordering::Relaxed);
    }

    /// How far the clock runs ahead of the system's.
    pub fn offset(&self) -> Span {
        Span(self.offset.load(Ordering::Relaxed))
    }
}
