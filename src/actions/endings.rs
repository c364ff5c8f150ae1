//! How work ends: what is asked then, when it ends by itself, and what the customer reads. Each queue has its rules, and
//! what lies in no queue has those of the house.

use serde_json::json;

use super::{Result, auto_close};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::queue::{Queue, Rules};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::setting::{self, key};
use crate::store::{Tx, queue, wrapup};

/// Changes how work ends that lies in no queue.
pub fn change(tx: &Tx<'_>, by: &Viewer, rules: &Rules, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let rules = kept(tx, None, (&queue::rules(tx, None)?, rules), now)?;
    setting::set(tx, key::ENDINGS, Some(&json!(rules).to_string()))?;
    super::setting::tell(tx, by, &[key::ENDINGS], now)
}

/// How long the countdown of a wrap-up may run.
pub const COUNTDOWN: std::ops::RangeInclusive<Span> = Span::seconds(5)..=Span::minutes(60);

/// What is asked at the end of work, if it makes sense, as it is kept.
pub(super) fn kept(
    tx: &Tx<'_>,
    queue: Option<Id<Queue>>,
    (before, rules): (&Rules, &Rules),
    now: Timestamp,
) -> Result<Rules> {
    let field = |field, problem| Err(Refused::Field { field, problem }.into());
    let wrap = &rules.wrap_up;
    if !(1..=50).contains(&wrap.most) {
        return field("most", Problem::Wrong);
    }
    if wrap.countdown.is_some_and(|span| !COUNTDOWN.contains(&span)) {
        return field("countdown", Problem::Wrong);
    }
    if let Some(reason) = wrap.default_reason {
        let kept = before.wrap_up.default_reason == Some(reason);
        if !kept && !wrapup::offered(tx, queue)?.iter().any(|there| there.id == reason) {
            return field("default_reason", Problem::Unknown);
        }
    } else if wrap.countdown.is_some() {
        return field("default_reason", Problem::Missing);
    }
    if rules.close_after.is_some_and(|span| !auto_close::AFTER.contains(&span)) {
        return field("close_after", Problem::Wrong);
    }
    for (name, text) in [("joined_text", &rules.joined_text), ("left_text", &rules.left_text)] {
        if text.chars().count() > 500 {
            return field(name, Problem::TooLong { most: 500 });
        }
    }
    // What was open before it was switched on does not close by itself (S205).
    let since = if before.close_after.is_some() { before.closes_since } else { Some(now) };
    let closes_since = rules.close_after.and(since.or(Some(now)));
    Ok(Rules { closes_since, ..rules.clone() })
}
