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
/// The longest value, in bytes.
const LONGEST: usize = 300;
/// How many declarations of one element are kept.
const MOST: usize = 60;
/// The largest length, in the unit that it has.
const LARGEST: f64 = 4000.0;

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
    let plain = |c: char| c.is_alphanumeric() || " #.,%()+-'\"_/".contains(c);
    if value.is_empty() || value.len() > LONGEST || !value.chars().all(plain) || value.contains("//") {
        return false;
    }
    let balanced = ['"', '\''].iter().all(|quote| value.matches(*quote).count() % 2 == 0);
    let lower = value.to_ascii_lowercase();
    let fitting = match name {
        "display" => DISPLAYS.contains(&lower.as_str()),
        "float" => ["left", "right", "none"].contains(&lower.as_str()),
        _ => true,
    };
    fitting && balanced && only_colours(&lower) && measured(&lower)
}

/// No function but one that names a colour, and no bracket without one.
fn only_colours(value: &str) -> bool {
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('(') {
        let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next();
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

/// No number below nothing, which would pull a box out of its place, and none that is larger than any page.
fn measured(value: &str) -> bool {
    value.split([' ', ',', '/', '(', ')']).all(|word| {
        let signed = |part: &str| part.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        if !word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
            return true;
        }
        // In "0-3px" a second number begins.
        if word.split(['-', '+']).skip(1).any(signed) {
            return false;
        }
        let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
        let (number, unit) = word.split_at(end);
        // What reads the value after us takes "0e" for a power of ten, or for a unit that it writes with a backslash.
        if unit.starts_with('e') && !["em", "ex"].contains(&unit) {
            return false;
        }
        let most =
            if ["em", "rem", "ex", "ch", "vw", "vh", "in", "cm"].contains(&unit) { 100.0 } else { LARGEST };
        number.parse::<f64>().is_ok_and(|number| number <= most)
    })
}
