//! What a page makes of clean HTML: its pictures where they may be fetched from, and what it only repeats folded.
//!
//! In what [`super::clean`] returns, `<` begins a tag and the next `>` ends it: in values both are written as entities.

use super::allowed::{HISTORY, QUOTED, VOID};
use crate::domain::quoted;

/// What becomes of a picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Picture {
    /// It is fetched from this address.
    At(String),
    /// It is not shown; its description is.
    Off,
}

/// The same mail with each picture where `place` says. A picture that is part of its own address stays.
pub fn pictures(clean: &str, place: &mut dyn FnMut(&str) -> Picture) -> String {
    let mut out = String::with_capacity(clean.len());
    for piece in pieces(clean) {
        let address = if is_named(piece, "img") { value(piece, "src") } else { None };
        match address {
            Some(address) if !address.starts_with("data:") => match place(&plain(address)) {
                Picture::At(at) => out.push_str(&piece.replace(&source(address), &source(&escaped(&at)))),
                Picture::Off => off(piece, &mut out),
            },
            None if is_named(piece, "img") => off(piece, &mut out),
            _ => out.push_str(piece),
        }
    }
    out
}

/// The addresses of the pictures of a mail that are fetched from elsewhere, each once, in their order.
pub fn remote_pictures(clean: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in pieces(clean).filter(|piece| is_named(piece, "img")) {
        let address = value(piece, "src").map(plain).unwrap_or_default();
        let remote = address.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("http"));
        if remote && found.len() < 500 && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

fn source(address: &str) -> String {
    format!(" src=\"{address}\"")
}

/// A picture that is not shown leaves its description.
fn off(tag: &str, out: &mut String) {
    if let Some(words) = value(tag, "alt").filter(|words| !words.trim().is_empty()) {
        out.push_str("<span class=\"unshown\">");
        out.push_str(words);
        out.push_str("</span>");
    }
}

/// The mail with its quoted history folded under `words`. A mail that only repeats stays open, and so does what was
/// passed on, because there it is what the mail is for.
pub fn folded(clean: &str, words: &str) -> String {
    let opening = format!("<details class=\"fold\"><summary>{}</summary>", escaped(words));
    let mut out = String::with_capacity(clean.len() + opening.len() + 16);
    let mut depth = 0usize;
    // At which depth the fold ends, and whether it is the element's own end.
    let mut end: Option<(usize, bool)> = None;
    let mut said = false;
    let mut rest = clean;
    for piece in pieces(clean) {
        rest = rest.get(piece.len()..).unwrap_or_default();
        let opens = piece.starts_with('<') && !piece.starts_with("</");
        let void = VOID.iter().any(|name| is_named(piece, name));
        if piece.starts_with("</") {
            depth = depth.saturating_sub(1);
            if let Some((at, own)) = end {
                // A fold of what follows ends before its parent does.
                if !own && depth + 1 == at {
                    out.push_str("</details>");
                    end = None;
                }
            }
            out.push_str(piece);
            if end == Some((depth, true)) {
                out.push_str("</details>");
                end = None;
            }
            continue;
        }
        if opens && end.is_none() && said && !is_passed_on(rest) {
            let class = value(piece, "class");
            if class == Some(QUOTED) && !void {
                out.push_str(&opening);
                end = Some((depth, true));
            } else if class == Some(HISTORY) {
                out.push_str(&opening);
                end = Some((depth, false));
            }
        }
        if opens && !void {
            depth += 1;
        }
        said |= is_named(piece, "img") || (!piece.starts_with('<') && !is_blank(piece));
        out.push_str(piece);
    }
    if end.is_some() {
        out.push_str("</details>");
    }
    out
}

fn is_blank(text: &str) -> bool {
    text.replace("&nbsp;", " ").trim().is_empty()
}

/// Whether the first words after this place say that a mail was passed on.
fn is_passed_on(rest: &str) -> bool {
    let words = pieces(rest).take(60).find(|piece| !piece.starts_with('<') && !is_blank(piece));
    words.is_some_and(|words| quoted::is_passed_on(&plain(words)))
}

/// The tags and the texts between them, in their order; together they are the text.
fn pieces(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let length = match rest.find('<') {
            _ if rest.is_empty() => return None,
            Some(0) => rest.find('>').map_or(rest.len(), |end| end + 1),
            Some(next) => next,
            None => rest.len(),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(piece)
    })
}

fn is_named(tag: &str, name: &str) -> bool {
    tag.strip_prefix('<')
        .and_then(|tag| tag.strip_prefix(name))
        .is_some_and(|after| after.starts_with([' ', '>']))
}

/// The value of an attribute as it is written. No value holds a quotation mark, so none can pose as another's.
fn value<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mark = format!(" {name}=\"");
    if !tag.starts_with('<') {
        return None;
    }
    tag.split_once(&mark)?.1.split_once('"').map(|(value, _)| value)
}

fn plain(value: &str) -> String {
    let spaced = value.replace("&nbsp;", "\u{a0}").replace("&lt;", "<").replace("&gt;", ">");
    spaced.replace("&quot;", "\"").replace("&amp;", "&")
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\u{a0}', "&nbsp;")
}
