//! Card numbers and account numbers in what is about to leave.
//!
//! A number counts as a card only when its beginning and length are those of an issuer (ISO/IEC 7812) and its check
//! digit is right; an account number (IBAN, ISO 13616) only when its country writes them that long and its check digits
//! are right. Order numbers, phone numbers and dates pass.

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Card,
    Account,
}

/// One number that should not be sent, with all but its end hidden.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Finding {
    pub kind: Kind,
    /// As in `•••• 1111`.
    pub shown: String,
}

/// The shortest and the longest card number (ISO/IEC 7812-1).
const CARD: std::ops::RangeInclusive<usize> = 13..=19;

/// The length of an IBAN by its country (the registry of SWIFT).
const COUNTRIES: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 \
    EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 \
    LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 \
    SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20";

/// Every card and account number in a text, each once.
pub fn find(text: &str) -> Vec<Finding> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let begins = at == 0 || !letters[at - 1].is_alphanumeric();
        let next = if begins { account(&letters[at..]).or_else(|| card(&letters, at)) } else { None };
        match next {
            Some((finding, length)) => {
                if !found.contains(&finding) {
                    found.push(finding);
                }
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

fn is_gap(letter: char) -> bool {
    matches!(letter, ' ' | '-' | '.' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2010}' | '\u{2011}')
}

/// The characters of a number from here on and where it ends: groups that single gaps part.
fn run(letters: &[char], fits: impl Fn(char) -> bool, most: usize) -> (String, Vec<usize>) {
    let (mut number, mut ends, mut gap) = (String::new(), Vec::new(), false);
    for (place, letter) in letters.iter().enumerate() {
        if fits(*letter) && number.len() < most {
            number.push(letter.to_ascii_uppercase());
            ends.push(place + 1);
            gap = false;
        } else if is_gap(*letter) && !gap && !number.is_empty() {
            gap = true;
        } else {
            break;
        }
    }
    (number, ends)
}

/// A card number that begins here.
fn card(letters: &[char], at: usize) -> Option<(Finding, usize)> {
    // An international phone number, an amount and a number sign before it tell what else it is.
    if at > 0 && matches!(letters[at - 1], '+' | '#' | '_' | '/' | '.') {
        return None;
    }
    let rest = &letters[at..];
    let (number, ends) = run(rest, |letter| letter.is_ascii_digit(), 25);
    CARD.rev().find_map(|length| {
        let end = *ends.get(length - 1)?;
        let after = rest.get(end).copied().unwrap_or(' ');
        // What goes on as one word or with more digits is another number.
        let whole = !after.is_alphanumeric()
            && after != '_'
            && !(is_gap(after) && number.len() > length && after != ' ');
        let digits = &number[..length];
        let right = whole && is_issued(digits) && luhn(digits) && grouped(&rest[..end]);
        right.then(|| (Finding { kind: Kind::Card, shown: shown(digits) }, end))
    })
}

/// The beginnings and lengths that issuers use.
fn is_issued(digits: &str) -> bool {
    let first = |count: usize| digits[..count].parse::<u32>().unwrap_or(0);
    match digits.len() {
        13 => first(1) == 4,
        14 => matches!(first(3), 300..=305 | 309 | 360..=369 | 380..=399),
        15 => matches!(first(2), 34 | 37),
        16 => {
            first(1) == 4
                || matches!(first(2), 51..=55 | 62 | 65)
                || matches!(first(4), 2221..=2720 | 3528..=3589 | 5018 | 5020 | 5038 | 5893 | 6011 | 6304 | 6759..=6763)
                || matches!(first(3), 644..=649)
        }
        17..=19 => first(1) == 4 && digits.len() == 19 || first(2) == 62 || matches!(first(4), 6759..=6763),
        _ => false,
    }
}

/// People write cards in one piece or in groups of three and more; a list of small numbers is none.
fn grouped(written: &[char]) -> bool {
    let groups: Vec<usize> = written.split(|letter| is_gap(*letter)).map(<[char]>::len).collect();
    groups.len() == 1 || groups.iter().all(|group| *group >= 3)
}

/// The check digit of ISO/IEC 7812-1, annex B.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(digit - b'0')) {
            (0, value) => value,
            (_, value) if value > 4 => value * 2 - 9,
            (_, value) => value * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// An IBAN that begins here.
fn account(letters: &[char]) -> Option<(Finding, usize)> {
    let country: String = letters.get(..2)?.iter().map(char::to_ascii_uppercase).collect();
    let entry = COUNTRIES.split_ascii_whitespace().find(|entry| entry.starts_with(&country))?;
    let length: usize = entry[2..].parse().ok()?;
    let (number, ends) = run(letters, |letter| letter.is_ascii_alphanumeric(), length);
    let end = *ends.get(length - 1)?;
    let whole = letters.get(end).is_none_or(|after| !after.is_alphanumeric());
    let right = whole && mod_97(&number);
    right.then(|| (Finding { kind: Kind::Account, shown: shown(&number) }, end))
}

/// The check of ISO 13616: the first four go to the end, letters count from 10, and 1 remains.
fn mod_97(number: &str) -> bool {
    let turned = number.chars().skip(4).chain(number.chars().take(4));
    let rest = turned.fold(0, |rest, letter| {
        let value = letter.to_digit(36).unwrap_or(0);
        (if value > 9 { rest * 100 } else { rest * 10 } + value) % 97
    });
    rest == 1
}

fn shown(number: &str) -> String {
    format!("•••• {}", &number[number.len() - 4..])
}
