//! Reads tags as a stream and writes them again, well nested.
//!
//! What a parser does to mend broken HTML is where cleaning goes wrong: it can cost time that grows with the square of
//! the input, and two parsers can mend differently. Here nothing is left to mend. There are no comments, no elements
//! whose content is read by other rules, no text between the rows of a table, and no element that is open for ever.

use std::borrow::Cow;

use super::allowed::{ATTRIBUTES, BLOCKS, FORMATTING, RELATION, SILENT, TAGS, VOID, mark};

/// How deep elements lie in each other; what is deeper is kept as text.
const DEEPEST: usize = 200;
/// How many elements of letters may be open at once.
const FORMATS: usize = 24;
/// How many attributes of an element are looked at.
const ATTRIBUTES_MOST: usize = 64;

/// Where an end tag no longer finds its beginning.
const CELLS: [&str; 4] = ["td", "th", "caption", "table"];
const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];
/// What stands only in a table.
const PARTS: [&str; 8] = ["td", "th", "tr", "tbody", "thead", "tfoot", "caption", "colgroup"];
/// Elements between a table and its cells.
const ROWS: [&str; 6] = ["table", "tbody", "thead", "tfoot", "tr", "colgroup"];

/// The same HTML, well nested and without what nobody needs to read.
pub(super) fn tidy(source: &str) -> String {
    let mut tidy = Tidy {
        source,
        at: 0,
        out: String::with_capacity(source.len() + source.len() / 8),
        open: Vec::new(),
        formats: 0,
        endless: Vec::new(),
    };
    tidy.run();
    tidy.out
}

struct Tidy<'a> {
    source: &'a str,
    at: usize,
    out: String,
    open: Vec<&'static str>,
    formats: usize,
    /// Silent elements that have no end from here on, so that it is looked for once.
    endless: Vec<&'static str>,
}

type Attributes<'a> = Vec<(String, &'a str)>;

impl<'a> Tidy<'a> {
    fn run(&mut self) {
        while let Some(step) = self.rest().find('<') {
            self.text(self.at, self.at + step);
            self.at += step;
            let rest = self.rest();
            let second = rest.chars().nth(1).unwrap_or(' ');
            if rest.starts_with("<!--") {
                self.comment();
            } else if second.is_ascii_alphabetic() {
                self.start();
            } else if second == '/' && rest.chars().nth(2).is_some_and(|c| c.is_ascii_alphabetic()) {
                self.end();
            } else if matches!(second, '!' | '?' | '/') {
                self.skip_past(">");
            } else {
                self.make_room("");
                self.out.push_str("&lt;");
                self.at += 1;
            }
        }
        self.text(self.at, self.source.len());
        self.close_to(0);
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn skip_past(&mut self, mark: &str) {
        self.at = self.rest().find(mark).map_or(self.source.len(), |step| self.at + step + mark.len());
    }

    fn comment(&mut self) {
        let rest = self.rest();
        if rest.starts_with("<!-->") || rest.starts_with("<!--->") {
            return self.skip_past(">");
        }
        self.at += 4;
        let rest = self.rest();
        let ends = rest.match_indices("--").find(|(at, _)| {
            let after = rest.get(at + 2..).unwrap_or_default();
            after.starts_with('>') || after.starts_with("!>")
        });
        self.at = ends.map_or(self.source.len(), |(step, _)| self.at + step);
        self.skip_past(">");
    }

    fn text(&mut self, from: usize, to: usize) {
        let text = self.source.get(from..to).unwrap_or_default();
        let blank = text.chars().all(|c| c.is_ascii_whitespace());
        if blank && self.in_rows() {
            return;
        }
        if !blank {
            self.make_room("");
        }
        self.out.extend(text.chars().filter(|c| *c != '\0').map(|c| if c == '\r' { '\n' } else { c }));
    }

    /// The name of the tag here, in lower case, and the attributes, in the order in which browsers read them.
    fn tag(&mut self, skip: usize) -> Option<(String, Attributes<'a>)> {
        self.at += skip;
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>');
        let length = self.rest().find(ends)?;
        let name = self.rest().get(..length)?.to_ascii_lowercase();
        self.at += length;
        let mut attributes = Vec::new();
        loop {
            let rest = self.rest();
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            self.at = self.source.len() - rest.len();
            match rest.chars().next()? {
                '>' => {
                    self.at += 1;
                    return Some((name, attributes));
                }
                first => {
                    let begun = first.len_utf8();
                    let found = rest.get(begun..)?.find(|c: char| ends(c) || c == '=');
                    let end = begun + found?;
                    let attribute = rest.get(..end)?;
                    self.at += end;
                    let value = self.value()?;
                    if attributes.len() < ATTRIBUTES_MOST && attribute.len() < 40 {
                        attributes.push((attribute.to_ascii_lowercase(), value));
                    }
                }
            }
        }
    }

    /// The value after the name of an attribute; empty where it has none, nothing at the end of the text.
    fn value(&mut self) -> Option<&'a str> {
        let blank = |c: char| c.is_ascii_whitespace();
        let rest = self.rest().trim_start_matches(blank);
        let Some(rest) = rest.strip_prefix('=') else { return Some("") };
        let rest = rest.trim_start_matches(blank);
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => rest.get(1..)?.split_once(quote)?,
            None => rest.split_at(rest.find(|c: char| blank(c) || c == '>')?),
        };
        self.at = self.source.len() - after.len();
        Some(value)
    }

    fn start(&mut self) {
        let Some((name, attributes)) = self.tag(1) else {
            self.at = self.source.len();
            return;
        };
        if let Some(silent) = SILENT.iter().find(|silent| **silent == name) {
            self.silence(silent);
        } else if let Some(tag) = TAGS.iter().find(|tag| **tag == name) {
            self.open(tag, &attributes);
        }
    }

    /// Leaves out an element with its content; where it never ends, only its tag.
    fn silence(&mut self, name: &'static str) {
        if self.endless.contains(&name) {
            return;
        }
        let mut rest = self.rest();
        while let Some((before, after)) = rest.split_once("</") {
            let _ = before;
            if after.get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)) {
                self.at = self.source.len() - after.len();
                return self.skip_past(">");
            }
            rest = after;
        }
        self.endless.push(name);
    }

    fn end(&mut self) {
        let Some((name, _)) = self.tag(2) else {
            self.at = self.source.len();
            return;
        };
        if name == "br" {
            return self.open("br", &Vec::new());
        }
        let within: &[&str] = match name.as_str() {
            "table" => &[],
            name if PARTS.contains(&name) => &["table"],
            _ => &CELLS,
        };
        if let Some(place) = self.nearest(&[name.as_str()], within) {
            self.close_to(place);
        }
    }

    /// The place of the innermost open element with one of these names, unless one of `within` lies further in.
    fn nearest(&self, names: &[&str], within: &[&str]) -> Option<usize> {
        for (place, open) in self.open.iter().enumerate().rev() {
            if names.contains(open) {
                return Some(place);
            }
            if within.contains(open) {
                return None;
            }
        }
        None
    }

    fn in_rows(&self) -> bool {
        self.open.last().is_some_and(|top| ROWS.contains(top))
    }

    fn close_to(&mut self, place: usize) {
        while self.open.len() > place {
            let Some(name) = self.open.pop() else { return };
            if FORMATTING.contains(&name) {
                self.formats -= 1;
            }
            self.out.extend(["</", name, ">"]);
        }
    }

    fn open(&mut self, name: &'static str, attributes: &Attributes<'_>) {
        let void = VOID.contains(&name);
        let formats = FORMATTING.contains(&name);
        if (formats && self.formats >= FORMATS) || !self.make_room(name) {
            return;
        }
        // Asked in the cell that was opened for it; the parts of a table are no deeper than the table allows.
        if !void && self.open.len() >= DEEPEST && !PARTS.contains(&name) {
            return;
        }
        self.out.extend(["<", name]);
        if name == "a" {
            self.out.extend([" target=\"_blank\" rel=\"", RELATION, "\""]);
        }
        // First, where it stays: what is left out of attributes later leaves its place to the last one.
        if let Some(class) = mark(name, attributes) {
            self.out.extend([" class=\"", class, "\""]);
        }
        for (attribute, value) in attributes {
            let own = matches!(
                (name, attribute.as_str()),
                ("a", "href") | ("img", "src") | ("ol", "start") | ("ol" | "ul" | "li", "type")
            );
            if own || ATTRIBUTES.contains(&attribute.as_str()) {
                self.out.extend([" ", attribute, "=\"", &quoted(value), "\""]);
            }
        }
        self.out.push('>');
        if !void {
            self.open.push(name);
            self.formats += usize::from(formats);
        }
    }

    /// Ends what cannot go on before this element or, for an empty name, before text, and opens the cell that it needs.
    /// Returns whether the element has a place here.
    fn make_room(&mut self, name: &str) -> bool {
        let ended: (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol", "td", "th", "caption", "table"]),
            "dd" | "dt" => (&["dd", "dt"], &["dl", "td", "th", "caption", "table"]),
            "a" => (&["a"], &CELLS),
            // A heading within another ends it or not, by what letters lie between the two.
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => (&HEADINGS, &CELLS),
            "td" | "th" => (&["td", "th", "caption", "colgroup"], &["table"]),
            "tr" => (&["tr", "caption", "colgroup"], &["table"]),
            "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => {
                (&["tbody", "thead", "tfoot", "caption", "colgroup"], &["table"])
            }
            _ => (&[], &[]),
        };
        let table = PARTS.contains(&name) || name == "col";
        if table && self.nearest(&["table"], &[]).is_none() {
            return false;
        }
        if let Some(place) = self.nearest(ended.0, ended.1) {
            self.close_to(place);
        }
        if table {
            return self.enter_rows(name);
        }
        if BLOCKS.contains(&name)
            && let Some(place) = self.nearest(&["p"], &CELLS)
        {
            self.close_to(place);
        }
        if self.in_rows() {
            self.enter_cell();
        }
        true
    }

    /// Closes down to where a part of a table may stand, and opens a row for a cell.
    fn enter_rows(&mut self, name: &str) -> bool {
        let parents: &[&'static str] = match name {
            "td" | "th" => &["tr", "tbody", "thead", "tfoot", "table"],
            "tr" => &["tbody", "thead", "tfoot", "table"],
            "col" => &["colgroup", "table"],
            _ => &["table"],
        };
        let Some(place) = self.nearest(parents, &[]) else { return false };
        self.close_to(place + 1);
        match name {
            "td" | "th" => self.enter_row(),
            "tr" => self.enter_body("tbody"),
            "col" => self.enter_body("colgroup"),
            _ => {}
        }
        true
    }

    fn enter_cell(&mut self) {
        if self.open.last() == Some(&"colgroup") {
            self.close_to(self.open.len() - 1);
        }
        self.enter_row();
        self.push("td");
    }

    fn enter_row(&mut self) {
        self.enter_body("tbody");
        if self.open.last() != Some(&"tr") {
            self.push("tr");
        }
    }

    /// What a parser puts into a table by itself stands there already: else it would lie deeper at the next reading.
    fn enter_body(&mut self, name: &'static str) {
        if self.open.last() == Some(&"table") {
            self.push(name);
        }
    }

    fn push(&mut self, name: &'static str) {
        self.out.extend(["<", name, ">"]);
        self.open.push(name);
    }
}

/// A value between quotation marks; what it says of characters stays as it is written.
fn quoted(value: &str) -> Cow<'_, str> {
    if value.contains(['<', '>', '"', '\0', '\r']) {
        let value = value.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        Cow::Owned(value.replace('\0', "").replace('\r', "\n"))
    } else {
        Cow::Borrowed(value)
    }
}
