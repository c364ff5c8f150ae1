//! Text with a little form: what agents write is Markdown, whether they typed the marks or the editor did. Here it
//! becomes the HTML of a letter and its plain words.
//!
//! Nothing that was typed can become a tag, a picture or an address that runs something: HTML is shown as it was
//! typed, pictures become links, and only harmless schemes become addresses.

use std::collections::BTreeMap;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};

/// How many quotes and lists deep a letter may go; what lies deeper is on the same level.
const DEEPEST: usize = 12;

/// What stands before the word of a picture that this desk keeps, in the text as it was typed: `![a lamp](picture:WORD)`.
pub const PICTURE: &str = "picture:";

/// Where the readers of a letter find a picture, and its size in pixels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placed {
    pub url: String,
    pub width: u32,
    pub height: u32,
}

/// The pictures inside a letter, by the address under which they were typed.
pub type Hosted = BTreeMap<String, Placed>;

/// The HTML of a letter.
pub fn html(text: &str) -> String {
    html_with(text, &Hosted::new())
}

/// The HTML of a letter with these pictures in it.
pub fn html_with(text: &str, hosted: &Hosted) -> String {
    let text = guarded(text);
    let mut page = Page { out: String::new(), links: Vec::new(), deep: 0, hosted, picture: None };
    for event in Parser::new_ext(&text, Options::ENABLE_STRIKETHROUGH) {
        page.event(event);
    }
    page.out
}

/// The words of a letter without its marks, for those who read plain text.
pub fn plain(text: &str) -> String {
    plain_with(text, &Hosted::new())
}

/// The same, saying of each of these pictures where it is.
pub fn plain_with(text: &str, hosted: &Hosted) -> String {
    let text = guarded(text);
    let mut words = Words { out: String::new(), lists: Vec::new(), quotes: 0, links: Vec::new(), hosted };
    for event in Parser::new_ext(&text, Options::ENABLE_STRIKETHROUGH) {
        words.event(event);
    }
    words.out.trim().to_owned()
}

/// Whether the text asks for a picture inside it.
pub fn has_picture(text: &str) -> bool {
    !pictures(text).is_empty()
}

/// The addresses of the pictures that the text asks for, in their order.
pub fn pictures(text: &str) -> Vec<String> {
    let text = guarded(text);
    let address = |event| match event {
        Event::Start(Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    };
    Parser::new_ext(&text, Options::ENABLE_STRIKETHROUGH).filter_map(address).collect()
}

/// A text that stands there word for word when it is read as Markdown.
pub fn escaped(text: &str) -> String {
    text.lines().map(escaped_line).collect::<Vec<_>>().join("\n")
}

fn escaped_line(line: &str) -> String {
    // Spaces at the beginning would make it code.
    let line = line.trim_start();
    let mut out = String::with_capacity(line.len() + 8);
    let numbered = line.split(['.', ')']).next().is_some_and(|first| {
        !first.is_empty()
            && first.len() < 10
            && first.bytes().all(|b| b.is_ascii_digit())
            && first.len() < line.len()
    });
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    for (place, letter) in line.char_indices() {
        let first = place == 0 && matches!(letter, '#' | '+' | '-' | '=' | '~' | '>');
        let count = numbered && place == digits;
        if first || count || matches!(letter, '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '&' | '~' | '!') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// A line of hyphens below words is a line, not a heading; and what begins far to the right is no code.
fn guarded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = "";
    for line in text.lines() {
        let bare = line.trim();
        let rule = !bare.is_empty() && (bare.bytes().all(|b| b == b'-') || bare.bytes().all(|b| b == b'='));
        if rule && !before.trim().is_empty() {
            out.push('\\');
            out.push_str(bare);
        } else if line.starts_with("    ") || line.starts_with('\t') {
            // Deeper parts of lists need two spaces; nobody means code in a letter.
            out.push_str("  ");
            out.push_str(line.trim_start());
        } else {
            out.push_str(line);
        }
        out.push('\n');
        before = line;
    }
    out
}

/// The address of a link, if a click on it can do no harm.
fn harmless(address: &str) -> Option<&str> {
    let address = address.trim();
    let lower = address.to_ascii_lowercase();
    let known = ["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| lower.starts_with(scheme));
    (known && !address.contains(char::is_control)).then_some(address)
}

fn push_escaped(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}

struct Page<'a> {
    out: String,
    /// For each open link or picture, whether it has an address.
    links: Vec<bool>,
    deep: usize,
    hosted: &'a Hosted,
    /// The picture whose words are being read, with them.
    picture: Option<(&'a Placed, String)>,
}

impl Page<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.text(&text),
            Event::Html(text) | Event::InlineHtml(text) => push_escaped(&mut self.out, &text),
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            _ => {}
        }
    }

    /// Bare addresses of the web become links, as people expect of a mail.
    fn text(&mut self, text: &CowStr<'_>) {
        if let Some((_, words)) = &mut self.picture {
            return words.push_str(text);
        }
        if !self.links.is_empty() || !text.contains("://") {
            return push_escaped(&mut self.out, text);
        }
        for piece in text.split_inclusive(char::is_whitespace) {
            let bare = piece.trim_end().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '»', '”']);
            if bare.starts_with("https://") || bare.starts_with("http://") {
                self.out.push_str("<a href=\"");
                push_escaped(&mut self.out, bare);
                self.out.push_str("\">");
                push_escaped(&mut self.out, bare);
                self.out.push_str("</a>");
                push_escaped(&mut self.out, &piece[bare.len()..]);
            } else {
                push_escaped(&mut self.out, piece);
            }
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Image { dest_url, .. } if self.hosted.contains_key(&**dest_url) => {
                self.picture = self.hosted.get(&**dest_url).map(|placed| (placed, String::new()));
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                let address = harmless(dest_url);
                self.links.push(address.is_some());
                if let Some(address) = address {
                    self.out.push_str("<a href=\"");
                    push_escaped(&mut self.out, address);
                    self.out.push_str("\">");
                }
            }
            Tag::List(_) | Tag::BlockQuote(_) => {
                self.deep += 1;
                if self.deep <= DEEPEST {
                    match tag {
                        Tag::List(None) => self.out.push_str("<ul>\n"),
                        Tag::List(Some(first)) => self.out.push_str(&format!("<ol start=\"{first}\">\n")),
                        _ => self.out.push_str("<blockquote>\n"),
                    }
                }
            }
            Tag::Paragraph => self.out.push_str("<p>"),
            Tag::Heading { .. } => self.out.push_str("<p><strong>"),
            Tag::Item => self.out.push_str("<li>"),
            Tag::CodeBlock(_) => self.out.push_str("<pre>"),
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<s>"),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        if let Some((placed, words)) = self.picture.take() {
            if tag == TagEnd::Image {
                return self.img(placed, &words);
            }
            self.picture = Some((placed, words));
        }
        let closed = match tag {
            TagEnd::Link | TagEnd::Image if self.links.pop() == Some(true) => "</a>",
            TagEnd::Link | TagEnd::Image => "",
            TagEnd::List(_) | TagEnd::BlockQuote(_) => {
                self.deep -= 1;
                match tag {
                    _ if self.deep >= DEEPEST => "",
                    TagEnd::List(true) => "</ol>\n",
                    TagEnd::List(false) => "</ul>\n",
                    _ => "</blockquote>\n",
                }
            }
            TagEnd::Paragraph => "</p>\n",
            TagEnd::Heading(_) => "</strong></p>\n",
            TagEnd::Item => "</li>\n",
            TagEnd::CodeBlock => "</pre>\n",
            TagEnd::Emphasis => "</em>",
            TagEnd::Strong => "</strong>",
            TagEnd::Strikethrough => "</s>",
            _ => "",
        };
        self.out.push_str(closed);
    }

    /// A picture as an address, never as a part of the letter (S55, S57).
    fn img(&mut self, placed: &Placed, words: &str) {
        self.out.push_str("<img src=\"");
        push_escaped(&mut self.out, &placed.url);
        self.out.push_str("\" alt=\"");
        push_escaped(&mut self.out, words);
        let (width, height) = (placed.width, placed.height);
        self.out.push_str(&format!("\" width=\"{width}\" height=\"{height}\">"));
    }
}

struct Words<'a> {
    out: String,
    /// For each open list, the number of its next point; `None` where points are not counted.
    lists: Vec<Option<u64>>,
    quotes: usize,
    links: Vec<(String, usize)>,
    hosted: &'a Hosted,
}

impl Words<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.text(&text)
            }
            Event::SoftBreak | Event::HardBreak => self.line(),
            Event::Rule => {
                self.gap();
                self.text("---");
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        for (place, line) in text.split('\n').enumerate() {
            if place > 0 {
                self.line();
            }
            self.out.push_str(line);
        }
    }

    /// A new line, with the marks of the quotes around it.
    fn line(&mut self) {
        self.out.push('\n');
        self.out.push_str(&"> ".repeat(self.quotes));
    }

    /// An empty line before a block, unless it is the first.
    fn gap(&mut self) {
        let at_start = self.out.trim_end_matches(['>', ' ']).is_empty();
        if !at_start && !self.out.ends_with("- ") && !self.out.ends_with(". ") {
            while self.out.ends_with(['\n', ' ', '>']) && !self.out.ends_with("\\>") {
                self.out.pop();
            }
            self.out.push('\n');
            self.line();
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::CodeBlock(_) => self.gap(),
            Tag::BlockQuote(_) => {
                self.gap();
                self.quotes += 1;
                self.out.push_str("> ");
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.gap();
                }
                self.lists.push(*first);
            }
            Tag::Item => {
                if !self.out.is_empty() && !self.out.ends_with('\n') && !self.out.ends_with("\n> ") {
                    self.line();
                }
                self.out.push_str(&"  ".repeat(self.lists.len().saturating_sub(1)));
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        self.out.push_str(&format!("{number}. "));
                        *number += 1;
                    }
                    _ => self.out.push_str("- "),
                }
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                let placed = self.hosted.get(&**dest_url).map(|placed| placed.url.clone());
                self.links.push((placed.unwrap_or_else(|| dest_url.to_string()), self.out.len()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link | TagEnd::Image => {
                if let Some((address, from)) = self.links.pop()
                    && !address.is_empty()
                    && self.out.get(from..).is_none_or(|words| words.trim() != address)
                {
                    self.out.push_str(&format!(" ({address})"));
                }
            }
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::List(_) => drop(self.lists.pop()),
            _ => {}
        }
    }
}
