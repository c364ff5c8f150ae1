//! T29: the nights on which clocks are put forward and back, in zones that do it in different ways: by an hour on either
//! half of the world, by half an hour, and by a rule that was given up. And a machine that slept for eight hours.

use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use transom::actions::snooze::snooze;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::Status;
use transom::domain::copies::Rota;
use transom::domain::hours::{Hours, read};
use transom::domain::later::When;
use transom::domain::snooze::{Preset, custom};
use transom::domain::{Span, Timestamp};
use transom::jobs;
use transom::jobs::ticker::{self, Rounds};

use crate::later::stage;
use crate::support::TestDesk;

/// A night on which clocks change: the zone, the moment (in UTC), and by how many minutes they go forward.
struct Change {
    zone: &'static str,
    at: DateTime,
    forward: i64,
}

const fn change(zone: &'static str, at: DateTime, forward: i64) -> Change {
    Change { zone, at, forward }
}

const CHANGES: [Change; 8] = [
    change("Europe/Berlin", date(2026, 3, 29).at(1, 0, 0, 0), 60),
    change("Europe/Berlin", date(2026, 10, 25).at(1, 0, 0, 0), -60),
    change("America/New_York", date(2026, 3, 8).at(7, 0, 0, 0), 60),
    change("America/New_York", date(2026, 11, 1).at(6, 0, 0, 0), -60),
    change("Australia/Lord_Howe", date(2026, 10, 3).at(15, 30, 0, 0), 30),
    change("Australia/Lord_Howe", date(2026, 4, 4).at(15, 0, 0, 0), -30),
    // Brazil gave it up in 2019.
    change("America/Sao_Paulo", date(2018, 11, 4).at(3, 0, 0, 0), 60),
    change("America/Sao_Paulo", date(2019, 2, 17).at(2, 0, 0, 0), -60),
];

impl Change {
    fn zone(&self) -> TimeZone {
        TimeZone::get(self.zone).unwrap()
    }

    fn moment(&self) -> Timestamp {
        let at = self.at.to_zoned(TimeZone::UTC).unwrap();
        Timestamp(at.timestamp().as_millisecond())
    }

    /// What the clock on the wall shows `span` after the change.
    fn shows(&self, span: Span) -> DateTime {
        let moment = jiff::Timestamp::from_millisecond((self.moment() + span).0).unwrap();
        moment.to_zoned(self.zone()).datetime()
    }

    /// A time that the clock skips, or shows twice, and the moment that it means.
    fn odd(&self) -> (String, Timestamp) {
        let half = Span::minutes(self.forward.abs() / 2);
        let before = self.shows(Span(-1));
        let shown = before.checked_add(jiff::Span::new().milliseconds(1)).unwrap();
        if self.forward > 0 {
            let skipped = shown.checked_add(jiff::Span::new().milliseconds(half.0)).unwrap();
            (skipped.to_string(), self.moment())
        } else {
            let twice = shown.checked_sub(jiff::Span::new().milliseconds(half.0)).unwrap();
            (twice.to_string(), self.moment() + Span(-half.0))
        }
    }
}

fn every_day(times: &str) -> Hours {
    Hours { days: std::array::from_fn(|_| read(times).unwrap()) }
}

/// For how many minutes of real time it is open, between `from` and `until` after the change.
fn open(hours: &Hours, change: &Change, from: Span, until: Span) -> i64 {
    let (zone, minutes) = (change.zone(), (from.0 / 60_000)..(until.0 / 60_000));
    let is_open = |minute: &i64| hours.is_open(change.moment() + Span::minutes(*minute), &zone);
    i64::try_from(minutes.filter(is_open).count()).unwrap()
}

#[test]
fn t29_opening_hours_are_those_of_the_clock_on_the_wall_on_every_night_that_clocks_change() {
    for change in &CHANGES {
        let what = format!("{} {}", change.zone, change.at);
        // From noon to noon, and the day after, whose offset is the new one.
        let (noon, next) = (Span::hours(-16), Span::hours(12));
        let by_day = every_day("9-11");
        assert_eq!(open(&by_day, change, Span::ZERO, Span::hours(24)), 120, "{what}");
        assert_eq!(open(&by_day, change, Span::hours(24), Span::hours(48)), 120, "{what}");
        let by_night = every_day("20-7");
        assert_eq!(open(&by_night, change, noon, next), 11 * 60 - change.forward, "{what}");
        // Who is there in the skipped hour only is not there; in the doubled one twice.
        let first = change.shows(Span(-1)).checked_add(jiff::Span::new().milliseconds(1)).unwrap();
        let minute = i64::from(first.hour()) * 60 + i64::from(first.minute());
        let begin = if change.forward > 0 { minute } else { (minute + change.forward + 1440) % 1440 };
        let clock = |minute: i64| format!("{}:{:02}", minute / 60, minute % 60);
        let end = begin + change.forward.abs();
        let odd = every_day(&format!("{}-{}", clock(begin), clock(end)));
        let wanted = if change.forward > 0 { 0 } else { 2 * -change.forward };
        assert_eq!(open(&odd, change, Span::hours(-3), Span::hours(3)), wanted, "{what}: {begin}-{end}");
    }
}

#[test]
fn t29_nine_oclock_is_nine_oclock_after_the_night_and_an_hour_is_an_hour() {
    for change in &CHANGES {
        let (zone, evening) = (change.zone(), change.moment() + Span::hours(-6));
        let shown = change.shows(Span::hours(-6));
        let until = Preset::Tomorrow.moment(evening, &zone).unwrap();
        let civil = shown.date().tomorrow().unwrap().at(9, 0, 0, 0);
        let minutes = civil.duration_since(shown).as_mins() - change.forward;
        assert_eq!(until.since(evening), Span::minutes(minutes), "{} {}", change.zone, change.at);
        let before = change.moment() + Span::minutes(-30);
        assert_eq!(Preset::Hour.moment(before, &zone).unwrap().since(before), Span::hours(1));
        let week = Preset::NextWeek.moment(evening, &zone).unwrap();
        let week = jiff::Timestamp::from_millisecond(week.0).unwrap().to_zoned(zone).datetime();
        assert_eq!((week.hour(), week.minute(), week.weekday()), (9, 0, jiff::civil::Weekday::Monday));
    }
    // The rule of today and not that of the zone's past: nobody in São Paulo puts a clock forward any more.
    let zone = TimeZone::get("America/Sao_Paulo").unwrap();
    let november = date(2026, 11, 4).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let now = Timestamp(november.timestamp().as_millisecond());
    let nine = custom("2026-11-05T09:00", now, &zone).unwrap();
    assert_eq!(nine.rfc3339(), "2026-11-05T12:00:00Z");
}

#[test]
fn t29_a_time_that_is_skipped_is_the_first_moment_after_it_and_one_shown_twice_the_first() {
    for change in &CHANGES {
        let (text, means) = change.odd();
        let chosen = custom(&text, change.moment() + Span::days(-1), &change.zone()).unwrap();
        assert_eq!(chosen.rfc3339(), means.rfc3339(), "{}: {text}", change.zone);
    }
}

/// Time passes in steps of ten minutes, with every clock of the desk running.
#[test]
fn t29_what_waits_for_such_a_time_happens_once_and_at_its_moment() {
    for change in &CHANGES {
        let stage = stage();
        let start = change.moment() + Span::hours(-3);
        stage.desk.pass(start.since(stage.desk.now()));
        // Her window is open.
        stage.writes();
        let sleeper = stage.desk.writes(&stage.desk.channel(Kind::Sms), "+34600000001", "m1").id;
        let (text, means) = change.odd();
        let until = custom(&text, start, &change.zone()).unwrap();
        let by = stage.marta.clone();
        stage.desk.act(move |tx, now| snooze(tx, &by, sleeper, Some(until), now)).unwrap();
        stage.plan("Good morning", When::At { at: until, alone: false }, None).unwrap();
        let (mut rounds, mut woke) = (Rounds::default(), None);
        while stage.desk.now() < change.moment() + Span::hours(3) {
            stage.desk.pass(Span::minutes(10));
            ticker::tick(&stage.desk.desk, &mut rounds).unwrap();
            let is_open = stage.desk.conversation(sleeper).status == Status::Open;
            assert_eq!(is_open, !stage.ours().is_empty(), "both at the same moment");
            if is_open && woke.is_none() {
                woke = Some(stage.desk.now());
            }
        }
        let late = woke.unwrap().since(means);
        assert!((Span::ZERO..Span::minutes(10)).contains(&late), "{}: {late:?}", change.zone);
        let lines = stage.desk.lines(sleeper);
        assert_eq!(lines.iter().filter(|(kind, _)| kind == "conversation.woke").count(), 1);
        assert_eq!(stage.ours(), ["Good morning"]);
    }
}

#[test]
fn t29_each_night_has_one_copy_also_when_its_hour_is_skipped_or_comes_twice() {
    for change in &CHANGES {
        for hour in 0..4 {
            let plan = Rota { hour, ..Rota::USUAL };
            let zone = change.zone();
            let mut due: Vec<Timestamp> = (-36 * 12..36 * 12)
                .filter_map(|five| plan.last_due(change.moment() + Span::minutes(5 * five), &zone))
                .collect();
            due.dedup();
            let steps: Vec<i64> = due.windows(2).map(|two| two[1].since(two[0]).0 / 60_000).collect();
            assert!(due.is_sorted(), "{} at {hour}: {due:?}", change.zone);
            let day = 24 * 60;
            let fits = |step: &i64| (*step - day).abs() <= change.forward.abs();
            assert!(steps.len() >= 2 && steps.iter().all(fits), "{} at {hour}: {steps:?}", change.zone);
        }
    }
}

/// The clock that only goes forward stands still while a machine sleeps, and the one on the wall leaps: everything
/// happens once, and nothing is said to a customer that should have been said hours ago.
#[test]
fn t29_a_machine_that_slept_for_eight_hours_does_once_what_was_due() {
    let stage = stage();
    let desk: &TestDesk = &stage.desk;
    desk.person("Ada", Role::Admin);
    let sleeper = desk.writes(&desk.channel(Kind::Sms), "+34600000001", "m1").id;
    let by = stage.marta.clone();
    let until = desk.now() + Span::hours(1);
    desk.act(move |tx, now| snooze(tx, &by, sleeper, Some(until), now)).unwrap();
    stage.plan("Good morning", When::At { at: desk.now() + Span::hours(2), alone: false }, None).unwrap();
    let expired = When::At { at: desk.now() + Span::hours(3), alone: false };
    let expired = stage.plan("The offer ends at noon", expired, Some(Span::hours(4))).unwrap();
    let jobs = jobs::start(&desk.desk).unwrap();
    desk.pass(Span::hours(8));
    desk.until(|desk| desk.conversation(sleeper).status == Status::Open);
    desk.until(|_| !stage.ours().is_empty() && stage.held(expired).is_some());
    // Every clock has another look at what is done already.
    desk.pass(Span::minutes(5));
    jobs.stop();
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    assert_eq!(stage.ours(), ["Good morning"], "what was valid for four hours waits for its writer");
    let lines = desk.lines(sleeper);
    assert_eq!(lines.iter().filter(|(kind, _)| kind == "conversation.woke").count(), 1);
}
