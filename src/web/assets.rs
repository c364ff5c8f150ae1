//! Style, scripts and icons, from the binary, cached for ever under a checksum.

use rust_embed::RustEmbed;

use super::context::Cx;
use super::failure::Failure;
use super::gzip;
use super::http::Response;
use super::routes::{Guard, Route};
use crate::net::signature;
use crate::templates::frame::{Sheet, Sheets};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The joined style sheets and scripts, made once at start.
pub struct Assets {
    bundles: Vec<Bundle>,
    sheets: Sheets,
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
    // Every row of a list names it, so that its address is short.
    Route::page("/signs.svg", Guard::Open, signs),
];

impl Assets {
    /// Joins the files of these folders below `static` that hold style sheets and scripts, in the order of their names.
    pub fn join() -> Assets {
        let mut bundles = Vec::new();
        let mut sheet = |folders: &[&str]| {
            let (style, script) = (join(folders, "css"), join(folders, "js"));
            let sheet = Sheet { style: style.url.clone(), script: script.url.clone() };
            bundles.extend([style, script]);
            sheet
        };
        let sheets = Sheets {
            every: sheet(&[""]),
            // Some of them show mails as well.
            page: sheet(&["page/", "mail/"]),
            mail: sheet(&["mail/"]),
            work: sheet(&["work/"]),
            letter: sheet(&["letter/"]),
            notice: sheet(&["notice/"]),
            palette: sheet(&["palette/"]),
            find: sheet(&["find/"]).script,
        };
        Assets { bundles, sheets }
    }

    /// The addresses of all of them.
    pub fn sheets(&self) -> &Sheets {
        &self.sheets
    }
}

fn join(folders: &[&str], end: &str) -> Bundle {
    let of = |folder: &&str| {
        let folder = format!("{folder}{end}/");
        let mut names: Vec<_> = Files::iter().filter(|name| name.starts_with(&folder)).collect();
        names.sort_unstable();
        names
    };
    let mut text = String::new();
    for name in folders.iter().flat_map(of) {
        if let Some(file) = Files::get(&name) {
            let source = String::from_utf8_lossy(&file.data);
            text.push_str(&if end == "css" { slim(&source) } else { unindented(&source) });
        }
    }
    let sum = signature::hex(&signature::sha256(text.as_bytes()));
    let url = format!("/static/app-{}.{end}", sum.get(..12).unwrap_or_default());
    Bundle { url, small: gzip::small(text.as_bytes()), text }
}

/// White space and comments are for readers of the source; they would be a fifth of what browsers fetch.
fn unindented(source: &str) -> String {
    let lines =
        source.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
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
    let asked = cx.app.assets.bundles.iter().find(|bundle| bundle.url == cx.request.path);
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
    picture(&name)
}

fn signs(_: &mut Cx<'_>) -> Result<Response, Failure> {
    picture("signs.svg")
}

/// A file of the folder of icons.
fn picture(name: &str) -> Result<Response, Failure> {
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
