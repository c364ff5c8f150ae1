//! Which elements and attributes of a mail are kept.

/// Elements that are kept, sorted.
pub(super) const TAGS: [&str; 69] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Elements that go with all that is in them.
pub(super) const SILENT: [&str; 20] = [
    "applet",
    "audio",
    "canvas",
    "embed",
    "frameset",
    "iframe",
    "math",
    "noembed",
    "noframes",
    "object",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "video",
    "xmp",
];

/// Attributes that every element may have; what they may say is another question.
pub(super) const ATTRIBUTES: [&str; 22] = [
    "align",
    "alt",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "color",
    "colspan",
    "dir",
    "face",
    "height",
    "hspace",
    "lang",
    "nowrap",
    "rowspan",
    "size",
    "span",
    "style",
    "title",
    "valign",
    "vspace",
    "width",
];

/// What every link says of itself: what it opens learns nothing of us and gains nothing from us.
pub(super) const RELATION: &str = "noopener noreferrer nofollow";

/// Elements without an end.
pub(super) const VOID: [&str; 5] = ["br", "col", "hr", "img", "wbr"];

/// Elements that a parser opens again in each new block until they are closed, which makes many of them dear.
pub(super) const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Elements before which a paragraph ends.
pub(super) const BLOCKS: [&str; 28] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
];

/// Elements that a quotation can be.
pub(super) const QUOTING: [&str; 3] = ["blockquote", "div", "hr"];
/// The class of an element that repeats another mail.
pub(super) const QUOTED: &str = "quoted";
/// The class of an element from which on everything beside it repeats another mail.
pub(super) const HISTORY: &str = "history";

/// The class that marks a quotation, by what mail programs write.
pub(super) fn mark(tag: &str, attributes: &[(String, &str)]) -> Option<&'static str> {
    if !QUOTING.contains(&tag) {
        return None;
    }
    let value =
        |name: &str| attributes.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value);
    let (id, classes) = (value("id"), value("class"));
    let classed = |names: &[&str]| classes.split_ascii_whitespace().any(|class| names.contains(&class));
    let style = value("style").get(..300).unwrap_or(value("style")).to_ascii_lowercase().replace(' ', "");
    let ruled = tag == "div"
        && style.contains("border-top:solid")
        && (style.contains("#e1e1e1") || style.contains("#b5c4df") || style.contains("#cccccc"));
    let quoted = [
        "gmail_quote",
        "gmail_quote_container",
        "yahoo_quoted",
        "protonmail_quote",
        "tutanota_quote",
        "zmail_extra",
        QUOTED,
    ];
    if classed(&quoted)
        || (tag == "blockquote" && value("type").eq_ignore_ascii_case("cite"))
        || ["OLK_SRC_BODY_SECTION", "mail-editor-reference-message-container", "isReplyContent"].contains(&id)
    {
        Some(QUOTED)
    } else if ["divRplyFwdMsg", "appendonsend", "stopSpelling"].contains(&id) || classed(&[HISTORY]) || ruled
    {
        Some(HISTORY)
    } else {
        None
    }
}
