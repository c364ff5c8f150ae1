//! Words that the team neither sends nor shows: looked for whatever their case, accents or the invisible letters between.

use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::agent::Role;
use super::search::fold;
use super::visible::is_invisible;
use super::words::is_joined;
use super::{Id, Timestamp};

/// The longest word or phrase, in characters.
pub const LONGEST: usize = 80;
/// The most words that a team can have: each message is compared with all of them.
pub const MOST: usize = 1000;
/// Stands at the end of a word for whatever follows it in the same word.
const ANYTHING: char = '*';

/// A word of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    pub id: Id<Word>,
    /// As it was typed: a word, a phrase, or the beginning of words with a `*` behind it.
    pub text: String,
    pub held: Held,
    pub created_at: Timestamp,
}

/// Where a word is held back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Held {
    /// In what is sent and in what is received.
    #[default]
    Both,
    /// It is not sent.
    Sent,
    /// It is covered where it is received.
    Received,
}

impl Held {
    pub const ALL: [Held; 3] = [Held::Both, Held::Sent, Held::Received];

    pub const fn as_str(self) -> &'static str {
        match self {
            Held::Both => "both",
            Held::Sent => "sent",
            Held::Received => "received",
        }
    }

    /// Whether a word that is held back so counts in this direction.
    pub fn counts(self, way: Way) -> bool {
        match self {
            Held::Both => true,
            Held::Sent => way == Way::Sent,
            Held::Received => way == Way::Received,
        }
    }
}

impl FromStr for Held {
    type Err = ();

    fn from_str(text: &str) -> Result<Held, ()> {
        Held::ALL.into_iter().find(|held| held.as_str() == text).ok_or(())
    }
}

/// Which way a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Sent,
    Received,
}

impl Way {
    pub const fn as_str(self) -> &'static str {
        match self {
            Way::Sent => "sent",
            Way::Received => "received",
        }
    }
}

impl FromStr for Way {
    type Err = ();

    fn from_str(text: &str) -> Result<Way, ()> {
        [Way::Sent, Way::Received].into_iter().find(|way| way.as_str() == text).ok_or(())
    }
}

/// One find, for the report: which word, when, which way, and whose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Find {
    pub at: Timestamp,
    /// The word as it stands, or stood, in the list.
    pub word: String,
    pub way: Way,
    /// Who wanted to send it; `None` for a customer, or for the desk itself.
    pub agent: Option<Id<super::agent::Agent>>,
    pub conversation: Option<Id<super::conversation::Conversation>>,
}

/// Where the report goes by mail, with its words in the language of who asked for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Report {
    pub to: String,
    /// The number of the entry point that sends it.
    pub channel: i64,
    pub subject: String,
    pub intro: String,
    /// One line, with the gaps `{word}`, `{sent}` and `{received}`.
    pub line: String,
}

/// How often each word was found, a line each, the most frequent first. Of a word stands its first letter alone.
pub fn summary(line: &str, finds: &[Find]) -> String {
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for find in finds {
        let count = counts.entry(&find.word).or_default();
        match find.way {
            Way::Sent => count[0] += 1,
            Way::Received => count[1] += 1,
        }
    }
    let mut counts: Vec<(&str, [usize; 2])> = counts.into_iter().collect();
    counts.sort_by_key(|(_, [sent, received])| std::cmp::Reverse(sent + received));
    let told = |(word, [sent, received]): (&str, [usize; 2])| {
        let hidden =
            word.chars().enumerate().map(|(at, c)| if at == 0 || c.is_whitespace() { c } else { '·' });
        line.replace("{word}", &hidden.collect::<String>())
            .replace("{sent}", &sent.to_string())
            .replace("{received}", &received.to_string())
    };
    counts.into_iter().map(told).collect::<Vec<_>>().join("\n")
}

/// What a covered message said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Original {
    pub subject: String,
    pub body: String,
    pub html: Option<String>,
    /// The words that were found in it, where it was looked through just now.
    pub words: Vec<String>,
}

/// From which role on people may see what a covered message said; `None`: nobody may.
pub fn may_uncover(setting: Option<&str>, role: Role) -> bool {
    setting.and_then(|least| least.parse::<Role>().ok()).is_some_and(|least| role >= least)
}

/// What two spellings of the same word have in common; empty where nothing is left to look for.
pub fn key(text: &str) -> String {
    let open = text.trim_end().ends_with(ANYTHING);
    let mut key: String = letters(text).into_iter().map(|letter| letter.folded).collect();
    key = key.trim().to_owned();
    if open && !key.is_empty() {
        key.push(ANYTHING);
    }
    key
}

/// One compared letter, and the place in the text that it stands for.
struct Letter {
    /// A space for everything between words.
    folded: char,
    from: usize,
    to: usize,
}

fn letters(text: &str) -> Vec<Letter> {
    let mut found: Vec<Letter> = Vec::with_capacity(text.len());
    for (from, letter) in text.char_indices() {
        let to = from + letter.len_utf8();
        let mark = unicode_normalization::char::is_combining_mark(letter);
        if is_invisible(letter) || mark {
            // An accent belongs to the letter before it.
            if let Some(last) = found.last_mut().filter(|last| mark && last.folded != ' ') {
                last.to = to;
            }
        } else if letter.is_ascii_alphanumeric() {
            found.push(Letter { folded: letter.to_ascii_lowercase(), from, to });
        } else if letter.is_alphanumeric() {
            let folded = fold(letter.encode_utf8(&mut [0; 4]));
            found.extend(folded.chars().map(|folded| Letter { folded, from, to }));
        } else if found.last().is_some_and(|last| last.folded != ' ') {
            found.push(Letter { folded: ' ', from, to });
        }
    }
    found
}

/// What is looked for.
struct Pattern {
    letters: Vec<char>,
    /// Words that only begin so count as well.
    open: bool,
    word: String,
}

/// The words of the list for one direction, ready to look with.
#[derive(Default)]
pub struct Restricted {
    patterns: BTreeMap<char, Vec<Pattern>>,
}

/// One place of a text at which a word stands.
struct Place<'a> {
    word: &'a str,
    at: Range<usize>,
}

impl Restricted {
    /// Of all words, those that count in this direction.
    pub fn of(words: &[Word], way: Way) -> Restricted {
        let mut patterns: BTreeMap<char, Vec<Pattern>> = BTreeMap::new();
        for word in words.iter().filter(|word| word.held.counts(way)) {
            let key = key(&word.text);
            let open = key.ends_with(ANYTHING);
            let letters: Vec<char> = key.trim_end_matches(ANYTHING).chars().collect();
            if let Some(first) = letters.first() {
                let pattern = Pattern { open, word: word.text.clone(), letters: letters.clone() };
                patterns.entry(*first).or_default().push(pattern);
            }
        }
        // Where two begin alike, the longer one is covered whole.
        for alike in patterns.values_mut() {
            alike.sort_by_key(|pattern| std::cmp::Reverse(pattern.letters.len()));
        }
        Restricted { patterns }
    }

    /// Nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    fn places(&self, text: &str) -> Vec<Place<'_>> {
        let mut found = Vec::new();
        if self.is_empty() {
            return found;
        }
        let letters = letters(text);
        let mut at = 0;
        while let Some(letter) = letters.get(at) {
            let before = at.checked_sub(1).and_then(|before| letters.get(before));
            let begins =
                before.is_none_or(|before| apart(before.folded, letter.folded)) && letter.folded != ' ';
            let alike = if begins { self.patterns.get(&letter.folded) } else { None };
            let hit =
                alike.into_iter().flatten().find_map(|pattern| Some((pattern, ends(pattern, &letters, at)?)));
            match hit {
                Some((pattern, end)) => {
                    let to = end
                        .checked_sub(1)
                        .and_then(|last| letters.get(last))
                        .map_or(letter.to, |last| last.to);
                    found.push(Place { word: &pattern.word, at: letter.from..to });
                    at = end.max(at + 1);
                }
                None => at += 1,
            }
        }
        found
    }

    /// The words of the list that stand in the text, each once, as they stand in the list.
    pub fn found(&self, text: &str) -> Vec<&str> {
        let mut words: Vec<&str> = self.places(text).into_iter().map(|place| place.word).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// The text with asterisks for the letters of these words; `None` where none stands in it.
    pub fn covered(&self, text: &str) -> Option<String> {
        let places = self.places(text);
        if places.is_empty() {
            return None;
        }
        let (mut covered, mut at) = (String::with_capacity(text.len()), 0);
        for place in places {
            covered.push_str(text.get(at..place.at.start).unwrap_or_default());
            let hidden = text.get(place.at.clone()).unwrap_or_default().chars().filter(|c| !is_invisible(*c));
            covered.extend(hidden.map(|c| if c.is_whitespace() { c } else { '*' }));
            at = place.at.end;
        }
        covered.push_str(text.get(at..).unwrap_or_default());
        Some(covered)
    }

    /// The same for the text between the tags of HTML; says how many words were covered.
    pub fn covered_html(&self, html: &str) -> (String, usize) {
        let (mut covered, mut count) = (String::with_capacity(html.len()), 0);
        for part in html.split_inclusive('>') {
            let (text, tag) = part.split_at(part.find('<').unwrap_or(part.len()));
            count += self.places(text).len();
            covered.push_str(self.covered(text).as_deref().unwrap_or(text));
            covered.push_str(tag);
        }
        (covered, count)
    }

    /// How many times words of the list stand in the text.
    pub fn count(&self, text: &str) -> usize {
        self.places(text).len()
    }
}

/// Whether a word may begin at `next` behind `before`: scripts without spaces part nothing.
fn apart(before: char, next: char) -> bool {
    before == ' ' || next == ' ' || is_joined(before) || is_joined(next)
}

/// The place behind the last letter, where the pattern stands at `at`.
fn ends(pattern: &Pattern, letters: &[Letter], at: usize) -> Option<usize> {
    let mut end = at + pattern.letters.len();
    let there = letters.get(at..end)?;
    if !there.iter().zip(&pattern.letters).all(|(letter, wanted)| letter.folded == *wanted) {
        return None;
    }
    let last = there.last()?.folded;
    if pattern.open {
        while letters.get(end).is_some_and(|letter| !apart(last, letter.folded)) {
            end += 1;
        }
        return Some(end);
    }
    letters.get(end).is_none_or(|next| apart(last, next.folded)).then_some(end)
}
