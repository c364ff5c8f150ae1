//! HTML as readable text, for the search, for lists and for people who want no HTML. One pass, no tree: nothing in
//! it can be nested too deep.

use mail_parser::decoders::html::add_html_token;

/// How much HTML is read, in bytes.
const MOST: usize = 2_000_000;

/// What is in these is not for people.
const SILENT: [&str; 7] = ["script", "style", "head", "title", "template", "noscript", "svg"];
/// These stand on lines of their own.
const BLOCKS: [&str; 25] = [
    "p",
    "div",
    "tr",
    "table",
    "ul",
    "ol",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "section",
    "article",
    "header",
    "footer",
    "hr",
    "dl",
    "dt",
    "dd",
    "address",
    "center",
];

/// The readable text.
pub(super) fn text(html: &str) -> String {
    let end = (0..=MOST.min(html.len())).rev().find(|end| html.is_char_boundary(*end)).unwrap_or(0);
    let mut reader = Reader::default();
    let mut rest = html.get(..end).unwrap_or_default();
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        reader.say(before);
        rest = reader.tag(tag);
    }
    reader.say(rest);
    reader.done()
}

/// Plain text as HTML, for parts between parts of HTML.
pub(super) fn from_text(text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<div style=\"white-space: pre-wrap\">{escaped}</div>")
}

#[derive(Default)]
struct Reader {
    out: String,
    /// The tag whose end is waited for.
    silent: Option<&'static str>,
    pre: usize,
    /// The address of the open link, and where its text began.
    link: Option<(String, usize)>,
}

impl Reader {
    fn say(&mut self, words: &str) {
        if self.silent.is_some() || words.is_empty() {
            return;
        }
        let words = entities(words);
        if self.pre > 0 {
            self.out.push_str(&words.replace("\r\n", "\n"));
            return;
        }
        if words.starts_with(|one: char| one.is_whitespace() && one != '\u{a0}') {
            self.space();
        }
        let mut first = true;
        for word in
            words.split(|one: char| one.is_whitespace() && one != '\u{a0}').filter(|word| !word.is_empty())
        {
            if !first {
                self.space();
            }
            self.out.push_str(word);
            first = false;
        }
        if !first && words.ends_with(|one: char| one.is_whitespace() && one != '\u{a0}') {
            self.space();
        }
    }

    fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
    }

    fn line(&mut self) {
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn block(&mut self) {
        if !self.out.trim_end_matches(' ').ends_with('\n') {
            self.line();
        }
    }

    /// Reads a tag and returns what follows it.
    fn tag<'a>(&mut self, text: &'a str) -> &'a str {
        if let Some(comment) = text.strip_prefix("<!--") {
            return comment.split_once("-->").map_or("", |(_, rest)| rest);
        }
        let is_tag = text[1..].starts_with(|one: char| one.is_ascii_alphabetic() || "/!?".contains(one));
        if !is_tag {
            self.say("&lt;");
            return &text[1..];
        }
        let end = end_of_tag(text);
        let (inside, rest) = (&text[1..end.min(text.len())], text.get(end + 1..).unwrap_or_default());
        let closing = inside.starts_with('/');
        let inside = inside.trim_start_matches('/');
        let name: String = inside.chars().take_while(char::is_ascii_alphanumeric).take(12).collect();
        let name = name.to_ascii_lowercase();
        if let Some(waited) = self.silent {
            if closing && name == waited {
                self.silent = None;
            }
            return rest;
        }
        self.known(&name, inside, closing);
        rest
    }

    fn known(&mut self, name: &str, inside: &str, closing: bool) {
        match (name, closing) {
            ("br", _) => self.line(),
            ("td" | "th", true) => self.space(),
            ("pre", _) => {
                self.block();
                self.pre = if closing { self.pre.saturating_sub(1) } else { self.pre + 1 };
            }
            ("li", false) => {
                self.block();
                self.out.push_str("- ");
            }
            ("p", _) => {
                self.block();
                self.line();
            }
            ("a", false) => self.link = attribute(inside, "href").map(|href| (href, self.out.len())),
            ("a", true) => self.end_link(),
            ("img", _) => {
                if let Some(words) = attribute(inside, "alt").filter(|words| !words.trim().is_empty()) {
                    self.say(&words);
                }
            }
            (name, false) => match SILENT.iter().find(|silent| **silent == name) {
                Some(silent) if !inside.ends_with('/') => self.silent = Some(silent),
                _ if BLOCKS.contains(&name) => self.block(),
                _ => {}
            },
            (name, true) if BLOCKS.contains(&name) => self.block(),
            _ => {}
        }
    }

    /// Where a link leads, unless its text says so already.
    fn end_link(&mut self) {
        let Some((href, from)) = self.link.take() else { return };
        let shown = self.out.get(from..).unwrap_or_default().trim();
        let bare = href.trim_start_matches("mailto:").trim_end_matches('/');
        let bare = bare.split_once("://").map_or(bare, |(_, rest)| rest);
        let web = href.starts_with("http://") || href.starts_with("https://");
        if web && !shown.is_empty() && !shown.contains(bare) && href.len() < 300 {
            self.out.push_str(&format!(" ({href})"));
        }
    }

    fn done(self) -> String {
        let lines: Vec<&str> = self.out.lines().map(str::trim_end).collect();
        lines.join("\n").trim().to_owned()
    }
}

/// Where the tag ends: quotes may hold a `>`. One that never ends takes its first line only.
fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().take(20_000) {
        match (quote, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    text.find(['>', '\n']).unwrap_or(text.len())
}

/// The value of an attribute, with its entities read.
fn attribute(inside: &str, wanted: &str) -> Option<String> {
    let lower = inside.to_ascii_lowercase();
    let at = lower.match_indices(wanted).map(|(at, _)| at).find(|at| {
        lower[..*at].ends_with(|one: char| one.is_ascii_whitespace() || one == '"' || one == '\'')
            && lower[at + wanted.len()..].trim_start().starts_with('=')
    })?;
    let value = inside[at + wanted.len()..].trim_start().strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split(|one: char| one.is_ascii_whitespace()).next()?,
    };
    Some(entities(value.trim()))
}

/// Reads the entities.
fn entities(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(40).position(|byte| byte == b';');
        let inside = end.and_then(|end| rest.get(1..end));
        match (end, inside) {
            (Some(end), Some(inside))
                if inside.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#') =>
            {
                add_html_token(&mut plain, &rest.as_bytes()[..=end], false);
                rest = &rest[end + 1..];
            }
            _ => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}
