//! The HTML of mails: what of it may be shown, how much of it, and what of it is folded.
//!
//! Three steps, each of which could stand alone against a stranger. [`tidy`] reads tags as a stream and writes them
//! again well nested, with few attributes and without anything that switches a parser into another mode; that also
//! bounds what the next step costs. `ammonia` parses the result as browsers do and keeps what is on its lists. And
//! the page shows it in a frame where no script runs and from which nothing is fetched but from us.

mod allowed;
mod shown;
mod style;
mod tidy;

use std::borrow::Cow;

use ammonia::Builder;

pub use shown::{Picture, folded, pictures, remote_pictures};

/// How much of a mail is read, in bytes. What is longer is cut, and its reader is told where the whole is.
pub const MOST: usize = 2 * 1024 * 1024;
/// The longest picture that stands in the mail itself, in characters of its address.
const INSIDE: usize = 512 * 1024;

/// A mail that may be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clean {
    /// Well-formed HTML without scripts, forms, addresses that run something, or styles that leave their place. Its
    /// pictures still stand where the sender has them; see [`pictures`].
    pub html: String,
    /// Something was left out because it was too long.
    pub cut: bool,
}

/// Keeps of a stranger's HTML, or of one's own on its way out, what may be shown. Twice gives the same as once.
pub fn clean(source: &str) -> Clean {
    let cut = source.len() > MOST;
    let mut end = source.len().min(MOST);
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    let tidied = tidy::tidy(source.get(..end).unwrap_or_default());
    Clean { html: lines_settled(&cleaner().clean(&tidied).to_string()), cut }
}

/// Whoever reads HTML drops a newline with which a `<pre>` begins, and nobody who writes it puts one there instead: each
/// reading would take another. So it begins with none. And a line ends as it does in HTML, also where "&#13;" said otherwise.
fn lines_settled(html: &str) -> String {
    let html = html.replace('\r', "\n");
    let mut parts = html.split("<pre");
    let mut out = String::with_capacity(html.len());
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let mut quoted = false;
        let end = part.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let (tag, text) = part.split_at(end.map_or(part.len(), |end| end + 1));
        out.extend(["<pre", tag, text.trim_start_matches('\n')]);
    }
    out
}

fn cleaner() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(allowed::TAGS.iter().copied().collect())
        .clean_content_tags(allowed::SILENT.iter().copied().collect())
        .generic_attributes(allowed::ATTRIBUTES.iter().copied().collect())
        .tag_attributes(
            [
                ("a", ["href", "target", "rel"].into()),
                ("img", ["src"].into()),
                ("ol", ["start", "type"].into()),
                ("ul", ["type"].into()),
                ("li", ["type"].into()),
            ]
            .into_iter()
            .collect(),
        )
        .allowed_classes(
            allowed::QUOTING.iter().map(|tag| (*tag, [allowed::QUOTED, allowed::HISTORY].into())).collect(),
        )
        .url_schemes(["http", "https", "mailto", "tel", "cid", "data"].into_iter().collect())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(None)
        .filter_style_properties(style::PROPERTIES.iter().copied().collect())
        .attribute_filter(attribute);
    builder
}

/// What of an attribute is kept.
fn attribute<'a>(tag: &str, name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    match (tag, name) {
        (_, "style") => Some(style::kept(value)).filter(|kept| !kept.is_empty()).map(Cow::Owned),
        ("a", "href") => {
            starts(value, &["http:", "https:", "mailto:", "tel:"]).then_some(Cow::Borrowed(value))
        }
        ("img", "src") => is_picture(value).then_some(Cow::Borrowed(value)),
        ("a", "target") => (value == "_blank").then_some(Cow::Borrowed(value)),
        ("a", "rel") => (value == allowed::RELATION).then_some(Cow::Borrowed(value)),
        (_, "class" | "lang" | "title" | "alt" | "face") => Some(Cow::Borrowed(value)),
        (_, "color" | "bgcolor") => style::is_colour(value).then_some(Cow::Borrowed(value)),
        (_, "colspan" | "rowspan") => (number(value)? <= 200).then_some(Cow::Borrowed(value)),
        (_, "width" | "height") => {
            (number(value.strip_suffix('%').or(value.strip_suffix("px")).unwrap_or(value))? <= 4000)
                .then_some(Cow::Borrowed(value))
        }
        (_, "size") => (value.len() <= 4).then_some(Cow::Borrowed(value)),
        (_, "border" | "cellpadding" | "cellspacing" | "hspace" | "vspace" | "span" | "start") => {
            (number(value)? <= 200).then_some(Cow::Borrowed(value))
        }
        (_, "align" | "valign" | "dir" | "type" | "nowrap") => {
            let plain = value.len() <= 12 && value.chars().all(|c| c.is_ascii_alphanumeric());
            plain.then_some(Cow::Borrowed(value))
        }
        _ => None,
    }
}

fn number(value: &str) -> Option<u32> {
    value.trim().parse().ok()
}

fn starts(value: &str, with: &[&str]) -> bool {
    with.iter().any(|start| value.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// A picture of the mail's own, one on the web, or one that stands in the address itself and cannot hold a program.
fn is_picture(address: &str) -> bool {
    let inside = ["png", "jpeg", "jpg", "gif", "webp"].map(|kind| format!("data:image/{kind};base64,"));
    let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
    starts(address, &["cid:", "http:", "https:"]) && address.len() <= 4096
        || starts(address, &inside) && address.len() <= INSIDE
}
