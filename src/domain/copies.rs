//! When the desk copies its file, and which copies it keeps.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Id, Timestamp};

/// A copy that was made, or that could not be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Made {
    pub id: Id<Made>,
    pub at: Timestamp,
    /// The file's name in the folder of copies.
    pub name: String,
    pub bytes: u64,
    /// Why there is none, or why it is not whole; `None`: it was opened and found whole.
    pub wrong: Option<String>,
}

/// When copies are made and how many are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rota {
    /// The hour of the day, in the team's time zone.
    pub hour: i8,
    /// Of how many days the newest copy is kept; none: no copies are made.
    pub daily: usize,
    /// Of how many weeks the newest copy is kept beside those.
    pub weekly: usize,
}

impl Rota {
    /// At three in the morning; a week of days, and four weeks.
    pub const USUAL: Rota = Rota { hour: 3, daily: 7, weekly: 4 };

    /// The last moment before `now` at which a copy was to be made; `None` when none are.
    pub fn last_due(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if self.daily == 0 {
            return None;
        }
        let here = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone.clone());
        let mut day = here.date();
        for _ in 0..3 {
            let due = day.at(self.hour.clamp(0, 23), 0, 0, 0).to_zoned(zone.clone()).ok()?;
            if due <= here {
                return Some(Timestamp(due.timestamp().as_millisecond()));
            }
            day = day.yesterday().ok()?;
        }
        None
    }

    /// Which of these files of copies go. A name that is not one of ours is left alone, and the newest copy stays
    /// whatever the rota says.
    pub fn surplus(&self, stem: &str, names: &[String]) -> Vec<String> {
        let mut ours: Vec<(DateTime, &String)> =
            names.iter().filter_map(|name| Some((moment(stem, name)?, name))).collect();
        ours.sort_unstable_by(|one, other| other.cmp(one));
        let (mut days, mut weeks) = (Vec::new(), Vec::new());
        let mut gone = Vec::new();
        for (at, name) in ours {
            let week = at.date().iso_week_date();
            let week = (week.year(), week.week());
            let (new_day, new_week) = (!days.contains(&at.date()), !weeks.contains(&week));
            if new_day {
                days.push(at.date());
            }
            if new_week {
                weeks.push(week);
            }
            let stays =
                (new_day && days.len() <= self.daily.max(1)) || (new_week && weeks.len() <= self.weekly);
            if !stays {
                gone.push(name.clone());
            }
        }
        gone
    }
}

/// The name of a copy that is made now of a file called `stem`, as in `transom-2026-03-03-0300.db`.
pub fn name(stem: &str, now: Timestamp, zone: &TimeZone) -> String {
    let here =
        jiff::Timestamp::from_millisecond(now.0).unwrap_or(jiff::Timestamp::MAX).to_zoned(zone.clone());
    format!("{stem}-{}.db", here.strftime("%Y-%m-%d-%H%M"))
}

/// When a copy of this name was made; `None` for a file that is not one of ours.
fn moment(stem: &str, name: &str) -> Option<DateTime> {
    let text = name.strip_prefix(stem)?.strip_prefix('-')?.strip_suffix(".db")?;
    (text.len() == 15).then(|| DateTime::strptime("%Y-%m-%d-%H%M", text).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_weeks_are_kept_and_strangers_are_left_alone() {
        let mut names: Vec<String> =
            (1..=31).map(|day| format!("transom-2026-03-{day:02}-0300.db")).collect();
        names.push("transom-2026-03-31-1200.db".into());
        names.extend(
            ["transom-old.db", "transom-2026-03-01-0300.db.bak", "other-2026-03-01-0300.db"]
                .map(str::to_owned),
        );
        let gone = Rota { hour: 3, daily: 3, weekly: 3 }.surplus("transom", &names);
        let mut kept: Vec<&String> = names.iter().filter(|name| !gone.contains(name)).collect();
        kept.sort_unstable();
        assert_eq!(
            kept,
            [
                "other-2026-03-01-0300.db",
                // The Sundays that end the two weeks before.
                "transom-2026-03-01-0300.db.bak",
                "transom-2026-03-22-0300.db",
                "transom-2026-03-29-0300.db",
                "transom-2026-03-30-0300.db",
                "transom-2026-03-31-1200.db",
                "transom-old.db",
            ]
        );
        let none = Rota { hour: 3, daily: 0, weekly: 0 };
        assert!(!none.surplus("transom", &names).contains(&"transom-2026-03-31-1200.db".to_owned()));
    }

    #[test]
    fn a_copy_is_due_once_a_day_at_its_hour_also_when_the_clocks_change() {
        let madrid = TimeZone::get("Europe/Madrid").unwrap();
        let at = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let rota = Rota::USUAL;
        assert_eq!(rota.last_due(at("2026-03-03T01:59:00Z"), &madrid), Some(at("2026-03-02T02:00:00Z")));
        assert_eq!(rota.last_due(at("2026-03-03T02:00:00Z"), &madrid), Some(at("2026-03-03T02:00:00Z")));
        // On the night without an hour from two to three, two is three.
        let early = Rota { hour: 2, ..rota };
        assert_eq!(early.last_due(at("2026-03-29T12:00:00Z"), &madrid), Some(at("2026-03-29T01:00:00Z")));
        assert_eq!(Rota { daily: 0, ..rota }.last_due(at("2026-03-03T12:00:00Z"), &madrid), None);
    }
}
