//! Times as people write them: ages, clock times, days, and how long a window stays open.

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::Texts;
use crate::domain::{Span, Timestamp};

/// How old something is, in a word for a list: `now`, `5 min`, `3 h`, `2 d`, and a date after a week.
pub fn age(t: &Texts, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let passed = now.since(at);
    match (passed.whole_minutes(), passed.whole_hours()) {
        (..1, _) => t.when_now().to_owned(),
        (minutes @ 1..60, _) => t.when_minutes(minutes),
        (_, hours @ ..24) => t.when_hours(hours),
        (_, hours @ 24..168) => t.when_days(hours / 24),
        _ => short_date(t, at, now, zone),
    }
}

/// `3 Mar`, with the year when it is another one.
fn short_date(t: &Texts, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let here = local(at, zone);
    let month = word(t.when_months_short(), usize_of(here.month()) - 1);
    if here.year() == local(now, zone).year() {
        format!("{} {month}", here.day())
    } else {
        format!("{} {month} {}", here.day(), here.year())
    }
}

/// `14:20`.
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let here = local(at, zone);
    format!("{:02}:{:02}", here.hour(), here.minute())
}

/// `14:20` for today, otherwise [`full`].
pub fn moment(t: &Texts, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    if local(at, zone).date() == local(now, zone).date() { clock(at, zone) } else { full(t, at, now, zone) }
}

/// The moment as it stands behind a preposition of time: until `14:20`, hasta `las 14:20`.
pub fn point(t: &Texts, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let here = local(at, zone);
    if here.date() != local(now, zone).date() {
        t.when_point_date(full(t, at, now, zone))
    } else if here.hour() == 1 {
        t.when_point_one(clock(at, zone))
    } else {
        t.when_point(clock(at, zone))
    }
}

/// The moment at which something happens: `at 14:20`, `on Tue 3 March at 14:20`.
pub fn then(t: &Texts, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let point = point(t, at, now, zone);
    if same_day(at, now, zone) { t.when_then(point) } else { t.when_then_date(point) }
}

/// `Tue 3 March at 14:20`, with the year when it is another one.
pub fn full(t: &Texts, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let here = local(at, zone);
    let weekday = word(t.when_weekdays_short(), usize_of(here.weekday().to_monday_zero_offset()));
    let date = t.when_weekday_date(weekday, date(t, at, now, zone));
    t.when_at(date, clock(at, zone))
}

/// `24 February`, with the year when it is another one.
pub fn date(t: &Texts, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let here = local(at, zone);
    let month = word(t.when_months(), usize_of(here.month()) - 1);
    if here.year() == local(now, zone).year() {
        t.when_day_month(here.day(), month)
    } else {
        t.when_day_month_year(here.day(), month, here.year())
    }
}

/// The heading of a day in a thread: `Today`, `Yesterday`, `Tuesday 3 March`.
pub fn day(t: &Texts, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (there, today) = (local(at, zone).date(), local(now, zone).date());
    if there == today {
        return t.when_today().to_owned();
    }
    if today.yesterday().is_ok_and(|yesterday| there == yesterday) {
        return t.when_yesterday().to_owned();
    }
    let weekday = word(t.when_weekdays(), usize_of(there.weekday().to_monday_zero_offset()));
    t.when_weekday_date(weekday, date(t, at, now, zone))
}

/// Whether two moments lie on one day for somebody in `zone`.
pub fn same_day(one: Timestamp, other: Timestamp, zone: &TimeZone) -> bool {
    local(one, zone).date() == local(other, zone).date()
}

/// What is left of a window, rounded down, because time that is not there must never be promised:
/// `6 d`, `21 h`, `1 h 40 min`, `12 min`.
pub fn left(t: &Texts, span: Span) -> String {
    let (hours, minutes) = (span.whole_hours(), span.whole_minutes());
    match (hours, minutes) {
        (_, ..1) => t.when_under_a_minute().to_owned(),
        (..1, _) => t.when_minutes(minutes),
        (1..2, _) if minutes % 60 > 0 => t.when_hours_minutes(hours, minutes % 60),
        (48.., _) => t.when_days(hours / 24),
        _ => t.when_hours(hours),
    }
}

/// The length that a rule gives, in words: `7 days`, `24 hours`.
pub fn span(t: &Texts, span: Span) -> String {
    let hours = span.whole_hours();
    if hours > 24 && hours % 24 == 0 { t.when_span_days(hours / 24) } else { t.when_span_hours(hours) }
}

/// The same before a noun, as in `the 24-hour window`.
pub fn rule(t: &Texts, span: Span) -> String {
    let hours = span.whole_hours();
    if hours > 24 && hours % 24 == 0 { t.when_rule_days(hours / 24) } else { t.when_rule_hours(hours) }
}

/// For `<time datetime>`: RFC 3339 in UTC, to the second.
pub fn machine(at: Timestamp) -> String {
    moment_of(Timestamp(at.0.div_euclid(1000) * 1000)).to_string()
}

/// For papers, which are read elsewhere and in later years: `Tue 3 March 2026 at 14:20 (Europe/Madrid)`.
pub fn record(t: &Texts, at: Timestamp, zone: &TimeZone) -> String {
    let here = local(at, zone);
    let weekday = word(t.when_weekdays_short(), usize_of(here.weekday().to_monday_zero_offset()));
    let month = word(t.when_months(), usize_of(here.month()) - 1);
    let date = t.when_weekday_date(weekday, t.when_day_month_year(here.day(), month, here.year()));
    format!("{} ({})", t.when_at(date, clock(at, zone)), here.strftime("%:Q"))
}

/// For `<input type="datetime-local">`: the wall clock in `zone`, without seconds.
pub fn field(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).strftime("%Y-%m-%dT%H:%M").to_string()
}

fn moment_of(at: Timestamp) -> jiff::Timestamp {
    // Beyond the year 9999 there is nothing to show; the epoch is as good as any.
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    moment_of(at).to_zoned(zone.clone())
}

fn word(words: &'static str, place: usize) -> &'static str {
    words.split(' ').nth(place).unwrap_or_default()
}

fn usize_of(small: i8) -> usize {
    usize::try_from(small).unwrap_or_default()
}
