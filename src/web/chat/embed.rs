//! What other people's pages load: the widget's script, its look, and where it may be framed.

use rust_embed::RustEmbed;
use serde_json::json;

use super::{channel, setting, speak};
use crate::domain::channel::{Channel, ChannelState};
use crate::net::signature;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

#[derive(RustEmbed)]
#[folder = "static/chat/"]
struct Files;

#[derive(RustEmbed)]
#[folder = "static/widget/"]
struct Widget;

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// `/widget.js`: what a website has in its page. Under a name that never changes, so it is kept shortly
/// and asked for again by its checksum.
pub fn widget(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let script = Widget::get("widget.js").ok_or(Failure::NotFound)?.data.into_owned();
    let tag = format!("\"{}\"", sum(&script));
    let known = cx.request.headers.get("if-none-match").is_some_and(|known| known.contains(&tag));
    let answer = if known {
        Response::new(304)
    } else {
        Response::new(200).with_header("Content-Type", JS).with_body(script)
    };
    Ok(answer
        .with_header("ETag", tag)
        .with_header("Cache-Control", "public, max-age=300")
        .with_header("Access-Control-Allow-Origin", "*")
        .with_header("Cross-Origin-Resource-Policy", "cross-origin"))
}

/// The style of the chat page.
pub fn style(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    file(cx, "chat.css", CSS)
}

/// The script of the chat page.
pub fn script(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    file(cx, "chat.js", JS)
}

fn file(cx: &Cx<'_>, name: &str, kind: &str) -> Result<Response, Failure> {
    let bytes = Files::get(name).ok_or(Failure::NotFound)?.data.into_owned();
    let current = cx.query.get("v") == Some(sum(&bytes).as_str());
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(Response::new(200)
        .with_header("Content-Type", kind)
        .with_header("Cache-Control", keep)
        .with_body(bytes))
}

/// The URL of one of our files, with the checksum of this version.
pub fn url(name: &str) -> String {
    let version = Files::get(name).map(|file| sum(&file.data)).unwrap_or_default();
    format!("/{name}?v={version}")
}

fn sum(bytes: &[u8]) -> String {
    let mut sum = signature::hex(&signature::sha256(bytes));
    sum.truncate(12);
    sum
}

/// How the widget is to look, for the websites on which it may stand.
pub fn look(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    speak(cx);
    let channel = channel(cx)?;
    if channel.state == ChannelState::Disabled {
        return Err(Failure::NotFound);
    }
    let accent = accent_of(&channel);
    let look = json!({
        "name": channel.name,
        "accent": accent.as_ref().map(|(accent, _)| accent),
        "on_accent": accent.as_ref().map(|(_, on_accent)| on_accent),
        "side": if setting(&channel, "position") == "left" { "left" } else { "right" },
        "open": cx.texts.chat_open(),
        "close": cx.texts.chat_close(),
        "unread": cx.texts.chat_unread(),
    });
    let origins = origins(setting(&channel, "allowed_origins"));
    let asked = cx.request.headers.get("origin").unwrap_or("");
    let answer = Response::json(200, look.to_string().into_bytes()).with_header("Vary", "Origin");
    Ok(match origins {
        None => answer.with_header("Access-Control-Allow-Origin", "*"),
        Some(listed) if listed.iter().any(|origin| origin == asked) => {
            answer.with_header("Access-Control-Allow-Origin", asked.to_owned())
        }
        Some(_) => answer,
    })
}

/// The colour of the channel as a style sheet, because the page allows no style in its tags.
pub fn accent(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let channel = channel(cx)?;
    let rule = accent_of(&channel).map_or(String::new(), |(accent, on_accent)| {
        format!(":root {{ --accent: {accent}; --on-accent: {on_accent}; }}\n")
    });
    Ok(Response::new(200)
        .with_header("Content-Type", CSS)
        .with_header("Cache-Control", "public, max-age=300")
        .with_body(rule.into_bytes()))
}

/// The channel's colour, and black or white, whichever is read better on it.
pub fn accent_of(channel: &Channel) -> Option<(String, &'static str)> {
    let hex = setting(channel, "accent").strip_prefix('#')?;
    if hex.len() != 6 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let light = |at: usize| {
        let part = u8::from_str_radix(hex.get(at..at + 2).unwrap_or("0"), 16).unwrap_or(0);
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    // WCAG's relative luminance; beyond 0.179 black has the better contrast.
    let luminance = 0.2126 * light(0) + 0.7152 * light(2) + 0.0722 * light(4);
    Some((format!("#{hex}"), if luminance > 0.179 { "#000000" } else { "#ffffff" }))
}

/// The websites on which the chat may stand; `None`: on any. What is no origin is left out, so that
/// nothing of it can reach a header.
pub fn origins(listed: &str) -> Option<Vec<String>> {
    if listed.trim().is_empty() {
        return None;
    }
    let origins =
        listed.split([',', ' ', '\n']).map(|origin| origin.trim().trim_end_matches('/').to_lowercase());
    Some(origins.filter(|origin| is_origin(origin)).collect())
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '*' | '[' | ']'))
    })
}

/// The policy of the chat page: as everywhere, but it may stand in the frames of these websites.
pub fn policy(channel: &Channel) -> String {
    let ancestors = match origins(setting(channel, "allowed_origins")) {
        None => "*".to_owned(),
        Some(listed) => format!("'self' {}", listed.join(" ")),
    };
    format!(
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors {}",
        ancestors.trim_end()
    )
}
