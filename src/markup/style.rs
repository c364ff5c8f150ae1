//! The styles of a mail: properties from a list, with values in which nothing can be fetched, run or escape.
//!
//! A value is kept only if it is made of plain characters: without backslashes, brackets and the signs of comments
//! there is nothing in it that two parsers could read differently.

/// Properties that colour, size and space what is in its place. None moves anything out of it.
pub(super) const PROPERTIES: [&str; 72] = [
    "background",
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-position",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-decoration-color",
    "text-decoration-line",
    "text-decoration-style",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
];

/// Ways to lie in the page that stay in it.
const DISPLAYS: [&str; 13] = [
    "block",
    "inline",
    "inline-block",
    "inline-table",
    "list-item",
    "none",
    "table",
    "table-caption",
    "table-cell",
    "table-footer-group",
    "table-header-group",
    "table-row",
    "table-row-group",
];

/// Functions that name a colour.
const COLOURS: [&str; 4] = ["rgb", "rgba", "hsl", "hsla"];
/// What stands between words.
const BETWEEN: [char; 5] = [' ', ',', '/', '(', ')'];
/// The longest word, in bytes.
const LONGEST: usize = 100;
/// How many words a value has at most.
const WORDS: usize = 60;
/// How many declarations of one element are kept.
const MOST: usize = 60;
/// The largest length, in the unit that it has.
const LARGEST: f64 = 4000.0;
/// The smallest that is not nothing. Smaller ones are written with a power of ten.
const SMALLEST: f64 = 0.001;

/// The declarations of a style attribute that are kept.
pub(super) fn kept(style: &str) -> String {
    let declarations = style.split(';').filter_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim();
        let value = match value.rsplit_once('!') {
            Some((value, word)) if word.trim().eq_ignore_ascii_case("important") => value.trim(),
            _ => value,
        };
        (PROPERTIES.contains(&name.as_str()) && is_harmless(&name, value)).then(|| format!("{name}:{value}"))
    });
    declarations.take(MOST).collect::<Vec<_>>().join(";")
}

/// Whether a word of an attribute names a colour.
pub(super) fn is_colour(value: &str) -> bool {
    !value.is_empty() && value.len() <= 40 && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
}

fn is_harmless(name: &str, value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " #.,%()-'\"_/".contains(c);
    if value.is_empty() || !value.chars().all(plain) || value.contains("//") {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let fitting = match name {
        "display" => DISPLAYS.contains(&lower.as_str()),
        "float" => ["left", "right", "none"].contains(&lower.as_str()),
        _ => true,
    };
    fitting && only_colours(&lower) && only_words(&lower)
}

/// No function but one that names a colour, and no bracket without one.
fn only_colours(value: &str) -> bool {
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('(') {
        let name = before.rsplit(BETWEEN).next();
        let Some((inner, next)) = after.split_once(')') else { return false };
        if !name.is_some_and(|name| COLOURS.contains(&name))
            || inner.contains(['(', '"', '\''])
            || before.contains(')')
        {
            return false;
        }
        rest = next;
    }
    !rest.contains(')')
}

/// Each word is a name, a number, a colour or a text in quotes, and nothing else. What reads the value after us takes words
/// apart at any other character and writes them with spaces between, so that a second look would not know them.
fn only_words(value: &str) -> bool {
    let (mut rest, mut words) = (value.trim_start_matches(BETWEEN), 0);
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '\'' => rest.get(1..).and_then(|rest| rest.find(first)).map_or(rest.len(), |end| end + 2),
            _ => rest.find(BETWEEN).unwrap_or(rest.len()),
        };
        let (word, next) = rest.split_at(end);
        words += 1;
        if words > WORDS
            || word.len() > LONGEST
            || !is_word(word)
            || !(next.is_empty() || next.starts_with(BETWEEN))
        {
            return false;
        }
        rest = next.trim_start_matches(BETWEEN);
    }
    true
}

fn is_word(word: &str) -> bool {
    match word.chars().next() {
        // Texts are written with double quotes, before which those inside would have a backslash.
        Some(quote @ ('"' | '\'')) => {
            let inner = word.get(1..).and_then(|rest| rest.strip_suffix(quote));
            inner.is_some_and(|inner| !inner.contains(['"', '\'']))
        }
        Some('#') => word.len() > 1 && word.chars().skip(1).all(|c| c.is_ascii_alphanumeric()),
        Some(c) if c.is_ascii_digit() || c == '.' => is_measure(word),
        _ => is_name(word),
    }
}

fn is_name(word: &str) -> bool {
    let own = word.strip_prefix('-').unwrap_or(word);
    own.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && own.chars().all(|c| c.is_alphanumeric() || "-_".contains(c))
}

/// A number that is not below nothing, which would pull a box out of its place, and not larger than any page.
fn is_measure(word: &str) -> bool {
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let (number, unit) = word.split_at(end);
    let known = unit == "%" || unit.chars().all(|c| c.is_ascii_alphabetic());
    // The dot of "0." is a word of its own; "0e" is taken for a power of ten, or for a unit that is written with a backslash.
    if !known || number.ends_with('.') || (unit.starts_with('e') && !["em", "ex"].contains(&unit)) {
        return false;
    }
    let most =
        if ["em", "rem", "ex", "ch", "vw", "vh", "in", "cm"].contains(&unit) { 100.0 } else { LARGEST };
    number.parse::<f64>().is_ok_and(|number| number == 0.0 || (SMALLEST..=most).contains(&number))
}
