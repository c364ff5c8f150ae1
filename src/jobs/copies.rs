//! Copies the desk's file once a night, opens the copy and checks it, and lets old ones go.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use crate::actions;
use crate::desk::Desk;
use crate::domain::copies::{self, Rota};
use crate::domain::{Span, Timestamp};
use crate::store::backup::{self, Pace};
use crate::store::check::{self, Step};
use crate::store::copies::TOPIC;
use crate::store::room::Room;
use crate::store::{self, copy, durable, pairing, readers, setting};

/// How often one looks at the clock.
const PULSE: Duration = Duration::from_secs(60);
/// How soon a copy that failed is tried again.
const AGAIN: Span = Span::hours(1);
/// Room that is left on the disk beside the copy.
const SPARE: u64 = 64 << 20;

/// Makes copies until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    while !stop.is_set() {
        let seen = desk.live.count(TOPIC);
        if desk.copies.is_wanted() || (!desk.options.demo && is_due(desk)) {
            make(desk, stop);
        }
        stop.wait(desk, TOPIC, seen, PULSE);
    }
}

/// Whether the hour has come since the last good copy, and a failed one lies long enough back.
pub fn is_due(desk: &Desk) -> bool {
    let now = desk.clock.now();
    let known = desk.readers.read::<_, store::Error>(|c| {
        let zone = setting::zone(c)?;
        Ok((copy::rota(c)?, zone, copy::newest(c, 100)?, copy::since(c)?))
    });
    let Ok((rota, zone, made, since)) = known else { return false };
    let Some(due) = rota.last_due(now, &zone) else { return false };
    // What was made by a clock that was put back since says nothing of last night.
    let good = made.iter().find(|made| made.wrong.is_none() && made.at <= now).map(|made| made.at).or(since);
    // A clock that was put back must not make a copy each minute.
    let tried = made.first().is_some_and(|made| now.since(made.at).0.abs() < AGAIN.0);
    good.is_some_and(|good| good < due) && !tried
}

/// Makes a copy now, verifies it, and remembers what came of it. Whether it is good.
pub fn make(desk: &Desk, stop: &Stop) -> bool {
    desk.copies.begin();
    let now = desk.clock.now();
    let name = desk
        .readers
        .read::<_, store::Error>(|c| Ok(copies::name(&stem(&desk.path), now, &setting::zone(c)?)))
        .unwrap_or_default();
    let outcome = try_to(desk, &name, stop);
    desk.copies.end();
    if stop.is_set() && outcome.is_err() {
        // It was given up because the desk stops, which is no failure.
        return false;
    }
    match &outcome {
        Ok(bytes) => log::info!("the copy {name} was made and found whole ({bytes} bytes)"),
        Err(why) => log::error!("no copy was made: {why}"),
    }
    record(desk, &name, &outcome, now);
    if outcome.is_ok()
        && let Err(fault) = tidy(desk)
    {
        log::warn!("old copies could not be taken away: {fault}");
    }
    outcome.is_ok()
}

fn record(desk: &Desk, name: &str, outcome: &Result<u64, String>, now: Timestamp) {
    let (name, outcome) = (name.to_owned(), outcome.clone());
    let kept: actions::Result<()> = desk.writer.write(move |tx| {
        actions::copies::record(tx, now, &name, outcome.as_ref().map(|bytes| *bytes).map_err(String::as_str))
    });
    if let Err(fault) = kept {
        log::error!("that a copy was made could not be kept: {fault:?}");
    }
}

fn stem(database: &Path) -> String {
    database.file_stem().map_or_else(|| "transom".into(), |stem| stem.to_string_lossy().into_owned())
}

/// Copies, verifies, and gives the copy its name; a file of that name is always a whole one.
fn try_to(desk: &Desk, name: &str, stop: &Stop) -> Result<u64, String> {
    let folder = desk.copies_folder();
    let file = |fault: io::Error| format!("{}: {fault}", folder.display());
    durable::make_folder(&folder).map_err(file)?;
    room(desk, &folder)?;
    let unfinished = folder.join(format!("{name}.unfinished"));
    pairing::remove(&unfinished);
    let outcome = copied(desk, &unfinished, stop).and_then(|()| {
        let bytes = fs::metadata(&unfinished).map_err(file)?.len();
        let there = folder.join(name);
        durable::rename(&unfinished, &there).map_err(file)?;
        Ok(bytes)
    });
    pairing::remove(&unfinished);
    outcome
}

fn room(desk: &Desk, folder: &Path) -> Result<(), String> {
    let needed = fs::metadata(&desk.path).map_or(0, |data| data.len()) + SPARE;
    let free = Room::under(folder).free;
    if free >= needed {
        return Ok(());
    }
    let (folder, needed, free) = (folder.display(), needed >> 20, free >> 20);
    Err(format!("{folder}: a copy needs {needed} MB, and {free} MB are free"))
}

/// The copy is one moment of the desk, and is opened and checked as a restored one would be.
fn copied(desk: &Desk, to: &Path, stop: &Stop) -> Result<(), String> {
    let told = |fault: store::Error| fault.to_string();
    desk.readers
        .read(|c| backup::copy_seen(c, to, Pace::Gentle, &mut |_, _| !stop.is_set()))
        .map_err(told)?;
    let copy = readers::open(to).map_err(told)?;
    for step in Step::ALL {
        if stop.is_set() {
            return Err(store::Error::Stopped.to_string());
        }
        if let Some(wrong) = check::run(&copy, step).map_err(told)?.first() {
            if step.spoils() {
                return Err(format!("the copy is not whole ({}): {wrong}", step.as_str()));
            }
            log::warn!("{}: {wrong}. The copy is whole; `transom check --repair` mends it", step.as_str());
        }
    }
    Ok(())
}

/// Takes away what the rota does not keep.
fn tidy(desk: &Desk) -> Result<(), String> {
    let folder = desk.copies_folder();
    let rota: Rota = desk.readers.read(copy::rota).map_err(|fault: store::Error| fault.to_string())?;
    let entries = fs::read_dir(&folder).map_err(|fault| fault.to_string())?;
    let names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    for name in rota.surplus(&stem(&desk.path), &names) {
        fs::remove_file(folder.join(&name)).map_err(|fault| format!("{name}: {fault}"))?;
    }
    Ok(())
}
