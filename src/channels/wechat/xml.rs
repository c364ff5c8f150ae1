//! Reads the XML of WeChat: one root whose children carry text or CDATA.
//!
//! A reader of its own, because so little of XML occurs here and nothing else of it may: no document type, no
//! entities beyond the five, no attributes. What lies deeper than the children of the root is read over.

use std::collections::BTreeMap;

use crate::channels::Malformed;

/// Nothing of WeChat's lies deeper.
const DEEPEST: usize = 16;

/// The texts of the root's children by their names.
pub(super) fn read(body: &[u8]) -> Result<BTreeMap<String, String>, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| wrong("it is not UTF-8"))?;
    let mut rest = text.trim_start_matches('\u{feff}').trim();
    if rest.starts_with("<?xml") {
        rest = rest.split_once("?>").ok_or_else(|| wrong("the declaration has no end"))?.1.trim_start();
    }
    let mut open: Vec<&str> = Vec::new();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    while !rest.is_empty() {
        if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let (data, after) = data.split_once("]]>").ok_or_else(|| wrong("CDATA has no end"))?;
            say(&mut found, &open, data)?;
            rest = after;
        } else if let Some(tag) = rest.strip_prefix("</") {
            let (name, after) = tag.split_once('>').ok_or_else(|| wrong("a tag has no end"))?;
            if open.pop() != Some(name.trim()) {
                return Err(wrong("a tag ends that did not begin"));
            }
            rest = after;
            if open.is_empty() && !rest.trim().is_empty() {
                return Err(wrong("something follows the root"));
            }
        } else if let Some(tag) = rest.strip_prefix('<') {
            let (name, after) = tag.split_once('>').ok_or_else(|| wrong("a tag has no end"))?;
            begin(&mut found, &mut open, name)?;
            rest = after;
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            let (plain, after) = rest.split_at(end);
            if !plain.trim().is_empty() {
                say(&mut found, &open, &plain_text(plain)?)?;
            }
            rest = after;
        }
    }
    if open.is_empty() && !text.trim().is_empty() { Ok(found) } else { Err(wrong("it breaks off")) }
}

fn begin<'t>(
    found: &mut BTreeMap<String, String>,
    open: &mut Vec<&'t str>,
    name: &'t str,
) -> Result<(), Malformed> {
    let (name, empty) = name.strip_suffix('/').map_or((name, false), |name| (name.trim_end(), true));
    let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !good || open.len() >= DEEPEST {
        return Err(wrong("a tag that WeChat does not write"));
    }
    if open.len() == 1 {
        found.entry(name.to_owned()).or_default();
    }
    if !empty {
        open.push(name);
    }
    Ok(())
}

fn say(found: &mut BTreeMap<String, String>, open: &[&str], text: &str) -> Result<(), Malformed> {
    match open {
        [] => Err(wrong("text outside of the root")),
        [_, child] => {
            found.entry((*child).to_owned()).or_default().push_str(text);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The five entities that XML has by itself.
fn plain_text(text: &str) -> Result<String, Malformed> {
    const ENTITIES: [(&str, char); 5] =
        [("lt;", '<'), ("gt;", '>'), ("amp;", '&'), ("quot;", '"'), ("apos;", '\'')];
    let mut pieces = text.trim().split('&');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let known = ENTITIES.iter().find_map(|(name, sign)| Some((sign, piece.strip_prefix(name)?)));
        let (sign, rest) = known.ok_or_else(|| wrong("an entity that XML does not have"))?;
        plain.push(*sign);
        plain.push_str(rest);
    }
    Ok(plain)
}

fn wrong(why: &str) -> Malformed {
    Malformed(format!("XML: {why}"))
}
