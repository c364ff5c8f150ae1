//! When a snoozed conversation comes back: the times that people name, as moments.

use jiff::civil::Time;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{ToSpan as _, Zoned};

use super::refused::Problem;
use super::{Refused, Timestamp};

/// The word, in forms and in the API, for putting off until the customer writes, without a time.
pub const REPLY: &str = "reply";

/// Until when a form puts off, by the name of a time or by `field` on the clock of `zone`; `None`: until the customer
/// writes.
pub fn until(
    preset: &str,
    field: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Option<Timestamp>, Refused> {
    if preset == REPLY {
        return Ok(None);
    }
    match Preset::parse(preset) {
        Some(preset) => preset.moment(now, zone),
        None => custom(field, now, zone),
    }
    .map(Some)
}

/// A time by its everyday name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preset {
    /// In one hour.
    Hour,
    /// In three hours.
    LaterToday,
    /// Tomorrow at nine.
    Tomorrow,
    /// Next Monday at nine.
    NextWeek,
}

impl Preset {
    pub const ALL: [Preset; 4] = [Preset::Hour, Preset::LaterToday, Preset::Tomorrow, Preset::NextWeek];

    pub const fn as_str(self) -> &'static str {
        match self {
            Preset::Hour => "hour",
            Preset::LaterToday => "later",
            Preset::Tomorrow => "tomorrow",
            Preset::NextWeek => "week",
        }
    }

    /// Reads the word for it in forms and in the API.
    pub fn parse(text: &str) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| preset.as_str() == text)
    }

    /// The moment that the preset means for somebody in `zone`. Nine o'clock is nine o'clock there, also
    /// over a change to or from summer time.
    pub fn moment(self, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Refused> {
        let here = local(now, zone)?;
        let moment = match self {
            Preset::Hour => here.checked_add(1.hour()),
            Preset::LaterToday => here.checked_add(3.hours()),
            Preset::Tomorrow => morning(&here, 1),
            Preset::NextWeek => morning(&here, 8 - i64::from(here.weekday().to_monday_one_offset())),
        };
        moment.map(|at| Timestamp(at.timestamp().as_millisecond())).map_err(|_| Refused::TimePassed)
    }
}

fn local(now: Timestamp, zone: &TimeZone) -> Result<Zoned, Refused> {
    let moment = jiff::Timestamp::from_millisecond(now.0).map_err(|_| Refused::TimePassed)?;
    Ok(moment.to_zoned(zone.clone()))
}

fn morning(here: &Zoned, days: i64) -> Result<Zoned, jiff::Error> {
    here.checked_add(days.days())?.with().time(Time::constant(9, 0, 0, 0)).build()
}

/// The moment that `2026-03-08T14:20`, as a form field gives it, means in `zone`. A time that the clocks
/// skip is the first moment after the gap; one that they show twice is the first of the two.
pub fn custom(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Refused> {
    let moment = chosen("until", text, zone)?;
    if moment <= now { Err(Refused::TimePassed) } else { Ok(moment) }
}

/// The same for a field of another name, whenever the moment is.
pub fn chosen(field: &'static str, text: &str, zone: &TimeZone) -> Result<Timestamp, Refused> {
    let wrong = Refused::Field { field, problem: Problem::NoTime };
    let civil: jiff::civil::DateTime = text.trim().parse().map_err(|_| wrong.clone())?;
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    let is_skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    let moment = ambiguous.compatible().map_err(|_| wrong)?;
    // Of a skipped time that is as long after the gap as it would have been after its begin.
    let gap =
        is_skipped.then(|| zone.preceding(moment.saturating_add(1.nanosecond()).unwrap_or(moment)).next());
    let moment = gap.flatten().map_or(moment, |change| change.timestamp());
    Ok(Timestamp(moment.as_millisecond()))
}
