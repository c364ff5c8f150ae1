//! Whatever stands in a desk: who and what is in it is found by every notation that is promised, and a walk over all pages
//! of a search meets each hit exactly once.

use std::collections::BTreeSet;

use proptest::prelude::*;
use transom::domain::contact::{AddressKind, Contact};
use transom::domain::{Id, Timestamp, search};
use transom::store;
use unicode_normalization::UnicodeNormalization as _;

use crate::properties::{Stage, Step};
use crate::support::TestDesk;

/// Every run of letters within the words of a name that is long enough to be looked for anywhere.
fn parts_of(name: &str, least: usize) -> Vec<String> {
    let mut parts = Vec::new();
    for word in name.split(' ') {
        let letters: Vec<char> = word.chars().collect();
        for from in 0..letters.len() {
            for to in from + least..=letters.len() {
                parts.push(letters[from..to].iter().collect());
            }
        }
    }
    parts
}

/// How people write a Spanish number of nine digits.
fn notations(bare: &str) -> Vec<String> {
    let (a, b, c) = (&bare[..3], &bare[3..6], &bare[6..]);
    vec![
        format!("+34{bare}"),
        format!("0034 {a} {b} {c}"),
        format!("+34 (0) {a}-{b}-{c}"),
        format!("tel:+34-{a}-{b}-{c}"),
        format!("({a}) {b}.{c}"),
        format!("{a}\u{202f}{b}\u{a0}{c}"),
        format!("\u{200e}+34 {a}\u{2011}{b}\u{2011}{c}"),
        bare.to_owned(),
        bare[4..].to_owned(),
        bare[5..].to_owned(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s5_letters_are_the_same_however_they_are_put_together(
        text in "[a-cA-C=<0 \u{301}\u{338}\u{327}\u{e9}\u{df}\u{130}\u{2260}\u{1100}\u{1161}\u{ac00}\u{30ab}\u{ff76}\u{3099}]{0,10}",
    ) {
        let (whole, apart): (String, String) = (text.nfc().collect(), text.nfd().collect());
        prop_assert_eq!(search::fold(&whole), search::fold(&apart), "{:?}", text);
        let bare = text.nfkd().filter(|letter| !"\u{301}\u{307}\u{327}".contains(*letter));
        let slow: String = bare.flat_map(char::to_lowercase).nfc().collect();
        prop_assert_eq!(search::fold(&text), slow.replace('\u{df}', "ss"), "{:?}", text);
    }

    #[test]
    fn s5_who_is_met_begins_so_exactly_where_the_index_says_so(
        text in "[abz@.+_\u{4e00}\u{4e01}\u{e9} -]{0,24}", query in "[abz@.+_\u{4e00}\u{e9}-]{1,4}",
    ) {
        let text = search::fold(&text);
        for word in search::words(&search::fold(&query)) {
            let in_index = search::tokens(&text).iter().any(|token| token.starts_with(&word));
            prop_assert_eq!(search::begins(&text, &word), in_index, "{:?} in {:?}", word, text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s5_s8_a_contact_is_found_by_every_part_of_its_name_and_every_notation_of_its_number(
        given in prop::collection::vec((prop_oneof![
            3 => "[A-Z][a-z]{2,7} [A-Z][a-zéñü]{2,7}",
            1 => "[\u{4e00}-\u{4e20}]{2,4}",
            1 => "[\u{4e00}-\u{4e20}]{2} [\u{4e00}-\u{4e20}]{1,2}",
        ], "6[0-9]{8}"), 1..8),
    ) {
        let desk = TestDesk::new();
        let mut people: Vec<(Id<Contact>, String, String)> = Vec::new();
        for (name, number) in given {
            if people.iter().any(|(_, _, known)| *known == number) {
                continue;
            }
            let (called, value) = (name.clone(), format!("+34{number}"));
            let id = desk.write(move |tx| {
                let contact = store::contact::insert(tx, &called, None, Timestamp(1))?;
                let (kind, channel) = (AddressKind::Phone, Id::new(0));
                let new = store::contact::NewAddress { contact, kind, channel, value: &value, verified: true };
                store::contact::insert_address(tx, &new, Timestamp(1))?;
                Ok(contact)
            });
            people.push((id, name, number));
        }
        for (id, name, number) in &people {
            let joined = !name.is_ascii() && name.chars().all(|c| c == ' ' || c >= '\u{4e00}');
            let mut asked = parts_of(name, if joined { 1 } else { 3 });
            asked.extend([name.clone(), name.to_uppercase(), name.chars().take(1).collect()]);
            if joined {
                asked.push(name.replace(' ', ""));
            }
            // Less than two digits behind zeros are no number.
            let is_number = |text: &String| text.trim_start_matches('0').len() >= 2;
            asked.extend(notations(number).into_iter().filter(is_number));
            for text in asked {
                let found = desk.read(|c| store::search::contacts(c, &text, None, 50));
                prop_assert!(found.contains(id), "{} of {} {}: {:?}", text, name, number, found);
            }
        }
    }

    #[test]
    fn s11_s196_a_walk_over_all_pages_of_any_query_meets_every_hit_exactly_once(
        steps in prop::collection::vec((0_u8..6, prop_oneof![
            6 => prop::sample::subsequence(vec!["alpha", "beta", "gamma", "小明", "👍"], 1..4)
                .prop_map(|words| Step::Writes(words.join(" "))),
            1 => prop::sample::select(vec!["Ana Núñez", "Anabel", "Ben", "Ana Ben"])
                .prop_map(|name| Step::Renames(name.to_owned())),
            1 => Just(Step::Closes),
            1 => Just(Step::Snoozes),
        ]), 1..40),
        limit in 1_usize..5,
    ) {
        let stage = Stage::new();
        for (number, (who, step)) in steps.into_iter().enumerate() {
            stage.happens(number, who, step);
        }
        let told: Vec<(i64, String, String, String)> = stage.desk.read(|c| {
            let mut statement = c.prepare(
                "SELECT v.id, k.name, v.status, m.body FROM message m JOIN conversation v ON v.id = m.conversation_id
                 JOIN contact k ON k.id = v.contact_id WHERE m.kind = 'inbound'",
            )?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        });
        let program = stage.desk.token_of(stage.by.agent);
        for word in ["alpha", "gamma", "小明", "明", "👍"] {
            for (more, holds) in [
                ("", (|_: &str, _: &str| true) as fn(&str, &str) -> bool),
                (" from:ana", |name, _| name.contains("Ana")),
                (" -from:ben", |name, _| !name.contains("Ben")),
                (" status:open", |_, status| status == "open"),
                (" -status:open", |_, status| status != "open"),
            ] {
                let wanted: BTreeSet<i64> = told
                    .iter()
                    .filter(|(_, name, status, body)| body.contains(word) && holds(name, status))
                    .map(|(id, ..)| *id)
                    .collect();
                for sort in ["newest", "best"] {
                    let q: String = form_urlencoded::byte_serialize(format!("{word}{more}").as_bytes()).collect();
                    let path = format!("/search?q={q}&sort={sort}&limit={limit}");
                    let found = stage.desk.api_walk(&program, &path, "conversation_id");
                    let each: BTreeSet<i64> = found.iter().copied().collect();
                    prop_assert_eq!(each.len(), found.len(), "{}{} {}: twice", word, more, sort);
                    prop_assert_eq!(&each, &wanted, "{}{} {}", word, more, sort);
                }
            }
        }
    }
}
