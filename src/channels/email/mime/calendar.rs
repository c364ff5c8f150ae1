//! An invitation in a few lines that everybody reads: what, when, where, by whom (RFC 5545).

/// The lines; empty where nothing is told.
pub(super) fn words(text: &str) -> String {
    let unfolded = text.replace("\n ", "").replace("\n\t", "");
    let Some(event) = unfolded.split("BEGIN:VEVENT").nth(1) else { return String::new() };
    let event = event.split("END:VEVENT").next().unwrap_or_default();
    let value = |wanted: &str| {
        let line = event.lines().find(|line| {
            let name = line.split([':', ';']).next().unwrap_or_default();
            name.eq_ignore_ascii_case(wanted)
        })?;
        let (before, value) = line.split_once(':')?;
        Some((before.to_owned(), plain(value)))
    };
    let mut lines: Vec<String> = value("SUMMARY").map(|(_, what)| what).into_iter().collect();
    let (from, until) = (value("DTSTART").map(when), value("DTEND").map(when));
    match (from, until) {
        (Some(from), Some(until)) => lines.push(format!("{from} – {until}")),
        (Some(from), None) => lines.push(from),
        (None, _) => {}
    }
    lines.extend(value("LOCATION").map(|(_, place)| place));
    lines.extend(value("ORGANIZER").map(|(_, who)| {
        who.get(..7)
            .filter(|start| start.eq_ignore_ascii_case("mailto:"))
            .map_or(who.as_str(), |_| &who[7..])
            .to_owned()
    }));
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n").chars().take(2_000).collect()
}

fn plain(value: &str) -> String {
    value
        .trim()
        .replace("\\n", " ")
        .replace("\\N", " ")
        .replace("\\,", ",")
        .replace("\\;", ";")
        .replace("\\\\", "\\")
}

/// `20260303T140000Z` as `2026-03-03 14:00 UTC`; with the zone that the letter names.
fn when((field, value): (String, String)) -> String {
    let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize, to: usize| digits.get(from..to).map(|part| part.iter().collect::<String>());
    let (Some(year), Some(month), Some(day)) = (part(0, 4), part(4, 6), part(6, 8)) else { return value };
    let zone = field.split("TZID=").nth(1).map(|zone| zone.split([';', ':']).next().unwrap_or_default());
    let zone = if value.ends_with('Z') { Some("UTC") } else { zone };
    let clock = part(8, 10).zip(part(10, 12)).map(|(hour, minute)| format!(" {hour}:{minute}"));
    let zone = zone.filter(|_| clock.is_some()).map(|zone| format!(" {}", zone.trim_matches('"')));
    format!("{year}-{month}-{day}{}{}", clock.unwrap_or_default(), zone.unwrap_or_default())
}
