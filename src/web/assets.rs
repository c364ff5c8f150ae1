//! Style, scripts and icons, from the binary, cached for ever under a checksum.

use rust_embed::RustEmbed;

use super::context::Cx;
use super::failure::Failure;
use super::gzip;
use super::http::Response;
use super::routes::{Guard, Route};
use crate::net::signature;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The joined style sheets and scripts, made once at start.
pub struct Assets {
    style: Bundle,
    script: Bundle,
    /// What only pages with the form of a letter fetch.
    letter_style: Bundle,
    letter_script: Bundle,
}

struct Bundle {
    url: String,
    text: String,
    /// The same, compressed.
    small: Vec<u8>,
}

pub const ROUTES: &[Route] = &[
    Route::page("/static/{file}", Guard::Open, bundle),
    Route::page("/static/icons/{file}", Guard::Open, icon),
];

impl Assets {
    /// Joins `static/css/*`, `static/js/*` and the same below `static/letter` in the order of their names.
    pub fn join() -> Assets {
        Assets {
            style: join("css/", "css"),
            script: join("js/", "js"),
            letter_style: join("letter/css/", "css"),
            letter_script: join("letter/js/", "js"),
        }
    }

    /// The URLs of the style sheet and the script for writing letters.
    pub fn letter(&self) -> (String, String) {
        (self.letter_style.url.clone(), self.letter_script.url.clone())
    }

    /// The URL of the style sheet.
    pub fn style(&self) -> String {
        self.style.url.clone()
    }

    /// The URL of the script.
    pub fn script(&self) -> String {
        self.script.url.clone()
    }
}

fn join(folder: &str, end: &str) -> Bundle {
    let mut names: Vec<_> = Files::iter().filter(|name| name.starts_with(folder)).collect();
    names.sort();
    let mut text = String::new();
    for name in names {
        if let Some(file) = Files::get(&name) {
            let source = String::from_utf8_lossy(&file.data);
            text.push_str(&if end == "css" { slim(&source) } else { unindented(&source) });
        }
    }
    let sum = signature::hex(&signature::sha256(text.as_bytes()));
    let url = format!("/static/app-{}.{end}", sum.get(..12).unwrap_or_default());
    Bundle { url, small: gzip::small(text.as_bytes()), text }
}

/// White space is for readers of the source; it would be an eighth of what browsers fetch.
fn unindented(source: &str) -> String {
    source.lines().map(str::trim_start).flat_map(|line| [line, "\n"]).collect()
}

/// A style sheet means the same without the spaces beside its punctuation.
fn slim(source: &str) -> String {
    let pairs = [
        (": ", ":"),
        ("; ", ";"),
        (", ", ","),
        (" {", "{"),
        ("{ ", "{"),
        (" }", "}"),
        ("} ", "}"),
        (";}", "}"),
    ];
    let joined: String = source.lines().map(str::trim).flat_map(|line| [line, " "]).collect();
    pairs.iter().fold(joined, |text, (wide, narrow)| text.replace(wide, narrow))
}

fn bundle(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let assets = &cx.app.assets;
    let all = [&assets.style, &assets.script, &assets.letter_style, &assets.letter_script];
    let asked = all.into_iter().find(|bundle| bundle.url == cx.request.path);
    let bundle = asked.ok_or(Failure::NotFound)?;
    let css = bundle.url.ends_with(".css");
    let kind = if css { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
    let answer = if gzip::taken(&cx.request) {
        for_ever(kind, bundle.small.clone()).with_header("Content-Encoding", "gzip")
    } else {
        for_ever(kind, bundle.text.clone().into_bytes())
    };
    Ok(answer.with_header("Vary", "Accept-Encoding"))
}

fn icon(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let name: String = cx.param("file")?;
    let file = Files::get(&format!("icons/{name}")).ok_or(Failure::NotFound)?;
    let kind = match name.rsplit('.').next() {
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    Ok(for_ever(kind, file.data.into_owned()))
}

fn for_ever(kind: &str, bytes: Vec<u8>) -> Response {
    Response::new(200)
        .with_header("Content-Type", kind)
        .with_header("Cache-Control", "public, max-age=31536000, immutable")
        .with_body(bytes)
}
