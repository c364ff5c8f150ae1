//! Keyboard shortcuts: what they do, which keys they are, and which keys can be chosen instead.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Refused;
use super::refused::Problem;

/// What a shortcut does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Next,
    Previous,
    Select,
    Reply,
    Note,
    Assign,
    Snooze,
    Close,
    Tag,
    Priority,
    Search,
    Palette,
    Overview,
}

impl Act {
    pub const ALL: [Act; 13] = [
        Act::Next,
        Act::Previous,
        Act::Select,
        Act::Reply,
        Act::Note,
        Act::Assign,
        Act::Snooze,
        Act::Close,
        Act::Tag,
        Act::Priority,
        Act::Search,
        Act::Palette,
        Act::Overview,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Act::Next => "next",
            Act::Previous => "previous",
            Act::Select => "select",
            Act::Reply => "reply",
            Act::Note => "note",
            Act::Assign => "assign",
            Act::Snooze => "snooze",
            Act::Close => "close",
            Act::Tag => "tag",
            Act::Priority => "priority",
            Act::Search => "search",
            Act::Palette => "palette",
            Act::Overview => "overview",
        }
    }

    /// The key that it has where nobody chose another.
    pub const fn default_key(self) -> &'static str {
        match self {
            Act::Next => "j",
            Act::Previous => "k",
            Act::Select => "x",
            Act::Reply => "r",
            Act::Note => "n",
            Act::Assign => "a",
            Act::Snooze => "s",
            Act::Close => "e",
            Act::Tag => "t",
            Act::Priority => "p",
            Act::Search => "/",
            Act::Palette => "Control+k",
            Act::Overview => "?",
        }
    }

    /// Whether it moves within a list, and needs no place on the page.
    pub const fn moves(self) -> bool {
        matches!(self, Act::Next | Act::Previous | Act::Select)
    }
}

impl FromStr for Act {
    type Err = ();

    fn from_str(text: &str) -> Result<Act, ()> {
        Act::ALL.into_iter().find(|act| act.as_str() == text).ok_or(())
    }
}

/// What somebody chose instead of the usual keys. An empty key: none.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Keymap {
    chosen: BTreeMap<Act, String>,
}

impl Keymap {
    /// The key of an act, in its normal form; `None` where it has none.
    pub fn key(&self, act: Act) -> Option<&str> {
        let key = self.chosen.get(&act).map_or(act.default_key(), String::as_str);
        (!key.is_empty()).then_some(key)
    }

    /// Whether nothing differs from the usual keys.
    pub fn is_usual(&self) -> bool {
        self.chosen.is_empty()
    }

    /// The map with these keys, each as it was typed. Keys that the browser needs, that are none, or that two acts would
    /// share are refused.
    pub fn of(typed: &[(Act, String)]) -> Result<Keymap, Refused> {
        let mut map = Keymap::default();
        for (act, text) in typed {
            let key = if text.trim().is_empty() { String::new() } else { normal(*act, text)? };
            if key != act.default_key() {
                map.chosen.insert(*act, key);
            }
        }
        let mut taken: BTreeMap<&str, Act> = BTreeMap::new();
        for act in Act::ALL {
            let Some(key) = map.key(act) else { continue };
            if let Some(first) = taken.insert(key, act) {
                return Err(Refused::KeyTaken { key: key.to_owned(), first, second: act });
            }
        }
        Ok(map)
    }
}

/// Keys with Control that a browser keeps for itself, or that people need in every field.
const OF_BROWSERS: &str = "acdfhjlnopqrstuvwxyz0123456789+-=";
/// With Control and Shift.
const OF_BROWSERS_SHIFTED: &str = "bcdijknoprtwz";

/// A key in its normal form: `Control`, `Alt`, `Meta` and `Shift` in this order, then one sign; letters are small.
/// Shift stands only beside letters, because other signs say by themselves that it was held.
fn normal(act: Act, text: &str) -> Result<String, Refused> {
    let wrong = || Refused::Field { field: act.as_str(), problem: Problem::Wrong };
    let text = text.trim();
    // A plus may be the sign itself.
    let (held, sign) = match text.strip_suffix('+') {
        Some("") => ("", "+"),
        Some(rest) => (rest, "+"),
        None => text.rsplit_once('+').unwrap_or(("", text)),
    };
    let mut signs = sign.trim().chars();
    let (Some(sign), None) = (signs.next(), signs.next()) else { return Err(wrong()) };
    if sign.is_whitespace() || sign.is_control() {
        return Err(wrong());
    }
    let [mut control, mut alt, mut meta, mut shift] = [false; 4];
    for word in held.split('+').map(str::trim).filter(|word| !word.is_empty()) {
        match word.to_lowercase().as_str() {
            "control" | "ctrl" | "strg" => control = true,
            "alt" | "option" | "⌥" => alt = true,
            "meta" | "cmd" | "command" | "⌘" => meta = true,
            "shift" | "mayús" | "mayus" | "⇧" => shift = true,
            _ => return Err(wrong()),
        }
    }
    let small: String = sign.to_lowercase().collect();
    if small.chars().count() > 1 {
        return Err(wrong());
    }
    // A capital letter was typed with Shift, unless the other keys say so.
    let is_letter = small != sign.to_uppercase().collect::<String>();
    shift = is_letter && (shift || (sign.is_uppercase() && held.is_empty()));
    let sign = small;
    let reserved = match (control || meta, alt, shift) {
        (true, false, false) => OF_BROWSERS.contains(&sign),
        (true, false, true) => OF_BROWSERS_SHIFTED.contains(&sign),
        _ => false,
    };
    let held = [("Control+", control), ("Alt+", alt), ("Meta+", meta), ("Shift+", shift)];
    let key: String =
        held.iter().filter(|(_, is)| *is).map(|(word, _)| *word).chain(std::iter::once(&*sign)).collect();
    if reserved { Err(Refused::KeyReserved { act, key }) } else { Ok(key) }
}
