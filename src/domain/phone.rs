//! Phone numbers: any notation in, E.164 inside, readable groups out.

use std::cell::RefCell;
use std::collections::HashMap;

use phonenumber::Mode;
use phonenumber::country;

use super::visible::is_invisible;
use super::{Refused, search};

/// `text` as E.164 with its `+`. `home` is the country (two letters) in which a number without a country
/// code is meant; without one such a number is refused, because guessing would write to a stranger (S40).
pub fn parse(text: &str, home: Option<&str>) -> Result<String, Refused> {
    let text = plain(text);
    let international = text.starts_with('+') || text.starts_with("00");
    let home: Option<country::Id> = home.and_then(|code| code.parse().ok());
    if !international && home.is_none() {
        return Err(Refused::NoCountryCode);
    }
    let spelled = text.strip_prefix("00").map_or_else(|| text.clone(), |rest| format!("+{rest}"));
    let bad = Refused::BadAddress { expected: "+34 612 345 678" };
    let number = phonenumber::parse(home.filter(|_| !international), &spelled).map_err(|_| bad.clone())?;
    if !phonenumber::is_valid(&number) {
        return Err(bad);
    }
    Ok(number.format().mode(Mode::E164).to_string())
}

/// A provider's number, which is international but often lacks the `+`. Never refused: a provider's
/// identity is kept even where the numbering plan does not know it.
pub fn from_provider(digits: &str) -> String {
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    format!("+{digits}")
}

/// So many numbers each thread remembers as they were written.
const REMEMBERED: usize = 500;

/// The number in groups as people write it, or as it stands where the plan is unknown. Pages show the same numbers again
/// and again, and to write one takes as long as to read a page of a list, so the last ones are remembered.
pub fn pretty(e164: &str) -> String {
    thread_local! {
        static WRITTEN: RefCell<HashMap<String, String>> = RefCell::new(HashMap::new());
    }
    WRITTEN.with_borrow_mut(|written| {
        if let Some(known) = written.get(e164) {
            return known.clone();
        }
        if written.len() >= REMEMBERED {
            written.clear();
        }
        let grouped = grouped(e164);
        written.insert(e164.to_owned(), grouped.clone());
        grouped
    })
}

fn grouped(e164: &str) -> String {
    match phonenumber::parse(None, e164) {
        Ok(number) if phonenumber::is_valid(&number) => number.format().mode(Mode::International).to_string(),
        _ => e164.to_owned(),
    }
}

/// A number as it was typed or copied, in plain signs: without `tel:` and the marks for the direction of writing, any
/// space a space, any hyphen a hyphen, any digit a digit, and without the `(0)` that is dialled only at home.
pub fn plain(text: &str) -> String {
    let text = text.trim();
    let text = match text.get(..4) {
        // What follows a semicolon are parameters (RFC 3966, section 3).
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => {
            text[4..].split(';').next().unwrap_or_default()
        }
        _ => text,
    };
    let letters = search::fold(text);
    let letters = letters.chars().filter(|letter| !is_invisible(*letter)).map(|letter| match letter {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '·' | '•' | '․' => '.',
        space if space.is_whitespace() => ' ',
        other => other,
    });
    let spelled: String = letters.collect();
    let spelled = spelled.trim();
    let digits: String = spelled.chars().filter(char::is_ascii_digit).collect();
    let international = spelled.starts_with('+') || digits.starts_with("00");
    // In Italy the zero belongs to the number.
    if international && !digits.trim_start_matches('0').starts_with("39") {
        return spelled.replacen("(0)", "", 1);
    }
    spelled.to_owned()
}

/// The digits of a searched number without what notations put before it, so that `+34 612`, `0034612`
/// and a national `0612` meet the same stored number. `None` when `text` is no number.
pub fn search_digits(text: &str) -> Option<String> {
    let text = plain(text);
    if !text.chars().all(|c| c.is_ascii_digit() || " +-./()[]".contains(c)) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let bare = digits.trim_start_matches('0');
    // Zeros before two digits are the end of a number rather than what stands before one.
    let sought = if bare.len() == 2 { digits.as_str() } else { bare };
    (sought.len() >= 2).then(|| sought.to_owned())
}

/// The calling code of a country (two letters), as 34 for `ES`; `None` when there is no such country.
pub fn calling_code(country: &str) -> Option<u16> {
    let id: country::Id = country.parse().ok()?;
    phonenumber::metadata::DATABASE.by_id(id.as_ref()).map(phonenumber::Metadata::country_code)
}

/// Every country with its calling code, by its two letters.
pub fn countries() -> Vec<(String, u16)> {
    let letters = || 'A'..='Z';
    let pairs = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
    pairs.filter_map(|code| Some((code.clone(), calling_code(&code)?))).collect()
}
