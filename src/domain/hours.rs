//! When people are there: times of the week on the team's clock, as somebody writes them.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The minutes of a day.
const DAY: u16 = 24 * 60;
/// How many times one day may have.
const MOST: usize = 6;

/// The times of a week, Monday first. A week without any is open always.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hours {
    pub days: [Vec<Stretch>; 7],
}

/// From the first minute of a day to the one that is no longer part of it. One that ends before it begins goes on
/// through midnight.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stretch {
    pub from: u16,
    pub until: u16,
}

impl Hours {
    /// Whether anybody said when people are there.
    pub fn are_known(&self) -> bool {
        self.days.iter().any(|day| !day.is_empty())
    }

    /// Whether people are there at `now`, by the clock of `zone`. The clock on the wall decides, so a day on which it is
    /// put forward or back needs no rule of its own.
    pub fn is_open(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let Ok(moment) = jiff::Timestamp::from_millisecond(now.0) else { return true };
        if !self.are_known() {
            return true;
        }
        let here = moment.to_zoned(zone.clone());
        let minute = u16::try_from(i32::from(here.hour()) * 60 + i32::from(here.minute())).unwrap_or(0);
        let today = usize::try_from(here.weekday().to_monday_zero_offset()).unwrap_or(0);
        let of = |day: usize| self.days.get(day).map_or(&[][..], Vec::as_slice);
        let through = |one: &Stretch| one.until <= one.from;
        of(today).iter().any(|one| minute >= one.from && (through(one) || minute < one.until))
            || of((today + 6) % 7).iter().any(|one| through(one) && minute < one.until)
    }
}

/// Reads the times of one day, as in `9-13, 15:00-18:30`; empty: nobody is there. `None`: they cannot be read.
pub fn read(text: &str) -> Option<Vec<Stretch>> {
    let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    let stretches: Vec<Stretch> = parts.map(stretch).collect::<Option<_>>()?;
    (stretches.len() <= MOST).then_some(stretches)
}

fn stretch(text: &str) -> Option<Stretch> {
    let (from, until) = text.split_once(['-', '–'])?;
    let one = Stretch { from: minute(from)?, until: minute(until)? };
    (one.from < DAY && one.from != one.until).then_some(one)
}

/// `9`, `9:30` or `24:00`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once([':', '.']).unwrap_or((text.trim(), "0"));
    let plain = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(hour) || !plain(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= DAY).then_some(all)
}

/// The times of one day as [`read`] takes them.
pub fn write(day: &[Stretch]) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let parts: Vec<String> =
        day.iter().map(|one| format!("{}-{}", clock(one.from), clock(one.until))).collect();
    parts.join(", ")
}
